//! A file appeared that is not known: is it new, or does it hold a content that is known?

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::time::Instant;

use super::content::{Plain, open_regular, read_at};
use super::decide::{Arrival, Decision};
use super::discover::{Found, Role, Sight};
use super::follower::Follower;
use super::generation::Opened;
use super::identity::{Identity, Stamp};
use super::look::{is_left, is_out_of_descriptors};
use super::packed::{Survey, encoding};
use super::parked::{Parked, Surveyed};
use super::siblings::is_packed_name;
use super::{Encoding, FileId};
use crate::decompress::Compression;
use crate::input::describe;

/// One turn of deciding about all files that are not known.
pub(super) struct Turn {
    pub claims: Claims,
    /// Contents known before this one are compared with all files. Those that are there when a
    /// source is first looked at are what they are, unless their names say that they were rotated.
    pub newest: FileId,
    /// Files that a path leads to.
    pub seen: HashSet<FileId>,
}

/// Which files may take the place of one that is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Claims {
    /// None yet: another that holds more may be found.
    None,
    /// Those that hold all of it.
    Whole,
    /// Shorter copies too, since there are no others.
    Shorter,
}

impl Follower {
    /// Decides about a file that is not known.
    pub(super) fn arrive(&mut self, found: Found, turn: &mut Turn) {
        let path = found.paths[0].clone();
        let source = found.source;
        match self.try_arrive(found, turn) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                if is_out_of_descriptors(&error) {
                    self.close_quietest(turn.newest);
                }
                self.sources[source].fail(format!("{}: {}", path.display(), describe(&error)));
                self.scan_due = self.scan_due.min(Instant::now() + self.options.poll_interval);
            }
        }
    }

    fn try_arrive(&mut self, found: Found, turn: &mut Turn) -> io::Result<()> {
        let file = open_regular(&found.paths[0])?;
        let metadata = file.metadata()?;
        if Identity::of(&metadata) != found.identity {
            self.scan_due = Instant::now();
            return Ok(());
        }
        let stamp = Stamp::of(&metadata);
        // A copy in the making: what it is will be seen.
        let least_bytes = if is_packed_name(&found.paths[0]) {
            Compression::MAGIC_BYTES as u64
        } else {
            u64::from(found.origin.is_some())
        };
        if stamp.size < least_bytes {
            return Ok(());
        }
        let mut magic = [0; 4];
        let filled = read_at(&file, &mut magic, 0)?;
        let encoding = encoding(&magic[..filled]);
        let is_tombstone = found.sight == Sight::First && found.role != Role::Named;
        if encoding == Encoding::Plain && is_packed_name(&found.paths[0]) && !is_tombstone {
            let reason = "not compressed in a way that can be read; gzip and Zstandard can be".to_owned();
            self.park(found, stamp, None, Surveyed::Unsound(reason));
            return Ok(());
        }
        if encoding == Encoding::Plain || is_tombstone {
            let size = stamp.size;
            let is_settled = turn.claims == Claims::Shorter
                && is_left(&file, self.parked_since(&found, stamp), self.options.rotate_wait);
            let arrival = Arrival { size, is_settled };
            let choice = self.compare(&found, arrival, turn, &mut Plain::new(&file, size));
            return match choice? {
                (Decision::Park, original) if !is_tombstone => {
                    if let Some(file) = original {
                        self.enqueue(file);
                    }
                    self.park(found, stamp, original, Surveyed::No);
                    Ok(())
                }
                (Decision::Continue, Some(original)) => {
                    self.adopt(original, &found, Opened::Plain(file), turn)
                }
                _ => self.begin(&found, encoding, Opened::Plain(file), turn),
            };
        }
        self.arrive_packed(found, file, encoding, turn)
    }

    /// A compressed file is first read through, to see whether it is complete.
    fn arrive_packed(
        &mut self,
        found: Found,
        file: File,
        encoding: Encoding,
        turn: &mut Turn,
    ) -> io::Result<()> {
        let stamp = Stamp::of(&file.metadata()?);
        let parked = self.parked.get(&found.identity);
        let known = parked.filter(|parked| parked.found.stamp == stamp && !self.is_outdated(parked));
        match known.map(|parked| &parked.survey) {
            Some(Surveyed::Done(digest)) => {
                let mut digest = digest.clone();
                let is_settled = turn.claims == Claims::Shorter;
                let arrival = Arrival { size: digest.size, is_settled };
                match self.compare(&found, arrival, turn, &mut digest)? {
                    (Decision::Park, original) => {
                        self.park(found, stamp, original, Surveyed::Done(digest));
                        Ok(())
                    }
                    (Decision::Continue, Some(original)) => {
                        self.adopt(original, &found, Opened::Packed(file, encoding, digest), turn)
                    }
                    _ => self.begin(&found, encoding, Opened::Packed(file, encoding, digest), turn),
                }
            }
            Some(Surveyed::Going(_) | Surveyed::Unsound(_)) => Ok(()),
            _ if is_left(&file, self.parked_since(&found, stamp), self.options.rotate_wait) => {
                let survey = Survey::new(file, encoding, self.positions(found.source))?;
                self.park(found, stamp, None, Surveyed::Going(Box::new(survey)));
                Ok(())
            }
            _ => {
                self.park(found, stamp, None, Surveyed::Ahead);
                self.scan_due = self.scan_due.min(Instant::now() + self.options.poll_interval);
                Ok(())
            }
        }
    }

    /// Since when a file has looked as it does now.
    fn parked_since(&self, found: &Found, stamp: Stamp) -> Instant {
        let parked = self.parked.get(&found.identity).filter(|parked| parked.found.stamp == stamp);
        parked.map_or_else(Instant::now, |parked| parked.since)
    }

    fn park(&mut self, mut found: Found, stamp: Stamp, copy_of: Option<FileId>, survey: Surveyed) {
        let since = self.parked_since(&found, stamp);
        found.stamp = stamp;
        self.parked.insert(found.identity, Parked { found, since, copy_of, survey });
    }
}
