//! A file appeared that is not known: is it new, or does it hold a content that is known?

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::time::Instant;

use super::content::{Plain, open_regular, read_at, same_until};
use super::decide::{Arrival, Decision, Original, Presence, decide};
use super::discover::{Found, Role, Sight};
use super::fingerprint::{Likeness, Sample, mark_positions};
use super::follower::{Follower, unix_ms};
use super::generation::{Content, Generation};
use super::identity::{Identity, Stamp};
use super::look::{is_left, is_out_of_descriptors};
use super::packed::{Digest, Packed, Survey, encoding};
use super::scan::{Parked, Surveyed};
use super::siblings::is_packed_name;
use super::{Encoding, FileId, FileRecord, Fingerprint, LineState, ReadFrom, Stage};
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
    /// Those that hold all of it.
    Whole,
    /// Shorter copies too, since there are no others.
    Shorter,
}

/// Why a file is parked.
const COPY: &str = "a copy of a file that is or was followed";

/// What of an arrived file is open.
enum Opened {
    Plain(File),
    Packed(File, Encoding, Digest),
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
                    self.close_quietest();
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
        let may_be_begun = found.origin.is_some() || is_packed_name(&found.paths[0]);
        if stamp.size < Compression::MAGIC_BYTES as u64 && may_be_begun {
            return Ok(()); // a copy in the making: what it is will be seen
        }
        let mut magic = [0; 4];
        let filled = read_at(&file, &mut magic, 0)?;
        let encoding = encoding(&magic[..filled]);
        let is_tombstone = found.sight == Sight::First && found.role != Role::Named;
        if encoding == Encoding::Plain || is_tombstone {
            let size = stamp.size;
            let is_settled = turn.claims == Claims::Shorter
                && is_left(&file, self.parked_since(&found, stamp), self.options.rotate_wait);
            let arrival = Arrival { size, is_settled };
            let choice = self.compare(&found, arrival, turn, &mut Plain { file: &file, size });
            return match choice? {
                (Decision::Park, original) if !is_tombstone => {
                    if let Some(file) = original {
                        self.enqueue(file);
                    }
                    self.park(found, stamp, COPY, original, Surveyed::No);
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
        let since = self.parked_since(&found, stamp);
        let surveyed = match self.parked.remove(&found.identity) {
            Some(parked) if parked.found.stamp == stamp && !self.is_outdated(&parked) => Some(parked),
            _ => None,
        };
        match surveyed {
            Some(Parked { survey: Surveyed::Done(digest), .. }) => {
                let is_settled = turn.claims == Claims::Shorter;
                let arrival = Arrival { size: digest.size, is_settled };
                match self.compare(&found, arrival, turn, &mut digest.clone())? {
                    (Decision::Park, original) => {
                        let survey = Surveyed::Done(digest);
                        self.park(found, stamp, COPY, original, survey);
                        Ok(())
                    }
                    (Decision::Continue, Some(original)) => {
                        self.adopt(original, &found, Opened::Packed(file, encoding, digest), turn)
                    }
                    _ => self.begin(&found, encoding, Opened::Packed(file, encoding, digest), turn),
                }
            }
            // Looked through already, and found wanting; or still being looked through.
            Some(parked) if !parked.reason.is_empty() || matches!(parked.survey, Surveyed::Going(..)) => {
                self.parked.insert(found.identity, parked);
                Ok(())
            }
            _ if is_left(&file, since, self.options.rotate_wait) => {
                let survey = Survey::new(file, encoding, self.positions(found.source))?;
                self.park(found, stamp, "", None, Surveyed::Going(Box::new(survey)));
                Ok(())
            }
            _ => {
                self.park(found, stamp, "", None, Surveyed::No);
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

    fn park(
        &mut self,
        mut found: Found,
        stamp: Stamp,
        reason: &str,
        copy_of: Option<FileId>,
        survey: Surveyed,
    ) {
        let since = self.parked_since(&found, stamp);
        found.stamp = stamp;
        let parked = Parked { reason: reason.to_owned(), since, copy_of, survey, found };
        self.parked.insert(parked.found.identity, parked);
    }

    /// Whether a survey must be made again, because other positions matter now.
    fn is_outdated(&self, parked: &Parked) -> bool {
        let Surveyed::Done(digest) = &parked.survey else { return false };
        let name = &self.sources[parked.found.source].spec.name;
        let mut records = self.files.values().map(|known| &known.record);
        records.any(|record| record.source == *name && digest.lacks(&record.print, record.offset))
    }

    /// Positions at which a content may have to be compared.
    fn positions(&self, source: usize) -> Vec<u64> {
        let name = &self.sources[source].spec.name;
        let offsets = self.files.values().filter(|known| known.record.source == *name);
        offsets.map(|known| known.record.offset).chain(mark_positions()).collect()
    }

    /// Compares a file with all contents that are known of its source.
    fn compare(
        &mut self,
        found: &Found,
        arrival: Arrival,
        turn: &Turn,
        sample: &mut dyn Sample,
    ) -> io::Result<(Decision, Option<FileId>)> {
        let name = &self.sources[found.source].spec.name;
        let parked = self.parked.get(&found.identity).filter(|parked| parked.found.stamp == found.stamp);
        let copy_of = parked.and_then(|parked| parked.copy_of);
        let mut best = (Decision::Read, Likeness::Different, 0, None);
        for (&file, known) in &self.files {
            let are_first = file >= turn.newest && found.sight == Sight::First && found.origin.is_none();
            if are_first || known.record.source != *name {
                continue;
            }
            let record = &known.record;
            let mut likeness = record.print.compare(record.offset, sample)?;
            let is_itself = Identity::recorded(record) == found.identity && record.stage != Stage::Lost;
            let mut original = Original {
                presence: Presence::Gone,
                stage: record.stage,
                offset: record.offset,
                size: known.size,
            };
            if !is_itself && (known.content.is_some() || turn.seen.contains(&file)) {
                original.presence = Presence::Held;
            }
            // Where both can be read, their bytes tell.
            if likeness != Likeness::Different
                && record.encoding == Encoding::Plain
                && let Some(Content::Plain(open)) = &known.content
            {
                original.size = open.metadata()?.len();
                let mut now = Plain { file: open, size: original.size };
                if record.offset > 0 && record.print.compare(record.offset, &mut now)? != Likeness::Same {
                    // It was overwritten, and that was not noticed yet.
                    return Ok((Decision::Park, Some(file)));
                }
                if let Some(arrived) = sample.plain_file()
                    && arrival.size <= original.size
                {
                    let is_copy = same_until(arrived, open, arrival.size)?;
                    likeness = if is_copy { likeness.max_known() } else { Likeness::Different };
                }
            }
            // It was compared when the original could be read; nothing about it changed.
            if copy_of == Some(file) {
                likeness = likeness.max_known();
            }
            let decision = decide(likeness, original, arrival);
            let is_unfinished = record.stage != Stage::Finished;
            let rank = (decision, likeness, record.offset + u64::from(is_unfinished), Some(file));
            if decision != Decision::Read && (rank.0, rank.1, rank.2) >= (best.0, best.1, best.2) {
                best = rank;
            }
        }
        Ok((best.0, best.3))
    }

    /// Lets a file take the place of the one whose content it continues.
    fn adopt(&mut self, original: FileId, found: &Found, opened: Opened, turn: &mut Turn) -> io::Result<()> {
        let Some(generation) = self.files.get_mut(&original) else { return Ok(()) };
        self.by_identity.retain(|_, owner| *owner != original);
        self.parked.remove(&found.identity);
        let record = &mut generation.record;
        let identity = found.identity;
        (record.device, record.inode, record.birth_ns) = (identity.device, identity.inode, identity.birth_ns);
        generation.path.clone_from(&found.paths[0]);
        generation.loss_bytes = None;
        let is_at_its_place = generation.path.to_string_lossy() == record.path.as_str();
        record.stage = if is_at_its_place { Stage::Open } else { Stage::Rotated };
        generation.receive(opened)?;
        if generation.size < generation.record.offset {
            generation.cut_back()?;
        }
        self.take_up(original, identity, turn);
        Ok(())
    }

    /// Begins to follow a file.
    fn begin(
        &mut self,
        found: &Found,
        encoding: Encoding,
        opened: Opened,
        turn: &mut Turn,
    ) -> io::Result<()> {
        let file = self.new_file_id();
        self.parked.remove(&found.identity);
        let path = found.origin.as_ref().filter(|_| found.role == Role::Sibling).unwrap_or(&found.paths[0]);
        let stage = match (found.role, found.sight) {
            (Role::Named, _) if found.origin.is_none() => Stage::Open,
            (Role::Named, _) | (Role::Sibling, Sight::Later) => Stage::Rotated,
            (Role::Sibling, Sight::First) => Stage::Finished,
        };
        let source = &self.sources[found.source].spec;
        let record = FileRecord {
            source: source.name.clone(),
            path: path.to_string_lossy().into_owned(),
            stage,
            offset: 0,
            at: LineState::Start,
            encoding,
            device: found.identity.device,
            inode: found.identity.inode,
            birth_ns: found.identity.birth_ns,
            print: Fingerprint::default(),
            updated_unix_ms: unix_ms(),
        };
        let starts_at_end =
            stage == Stage::Finished || found.sight == Sight::First && source.read_from == ReadFrom::End;
        let mut generation = Generation::new(record, found.paths[0].clone());
        match opened {
            // What it holds is not known; its inode is.
            Opened::Plain(_) if encoding != Encoding::Plain => {}
            Opened::Packed(_, _, ref digest) if starts_at_end => {
                generation.record.print = Fingerprint::of(&mut digest.clone(), digest.size)?;
                generation.record.offset = digest.size;
                generation.receive(opened)?;
            }
            Opened::Packed(..) => generation.receive(opened)?,
            Opened::Plain(_) => {
                generation.receive(opened)?;
                generation.learn_head()?;
                if starts_at_end {
                    generation.cut_back()?;
                }
            }
        }
        if stage == Stage::Finished {
            generation.content = None;
        }
        self.files.insert(file, generation);
        self.take_up(file, found.identity, turn);
        Ok(())
    }

    fn take_up(&mut self, file: FileId, identity: Identity, turn: &mut Turn) {
        self.by_identity.insert(identity, file);
        turn.seen.insert(file);
        if let Some(generation) = self.files.get_mut(&file)
            && let Some(content) = &generation.content
        {
            generation.is_watched = self.watches.watch(file, content.file());
            self.enqueue(file);
        }
        self.touch(file);
        if self.files.values().filter(|known| known.content.is_some()).count() > self.options.max_open_files {
            self.close_quietest();
        }
    }
}

impl Likeness {
    /// What it is once the bytes were found to be the same.
    fn max_known(self) -> Likeness {
        if self == Likeness::Unclear { Likeness::Shorter } else { self }
    }
}

impl FileRecord {
    /// The record of what the same inode holds after it was truncated.
    pub(super) fn begun_anew(&self) -> FileRecord {
        FileRecord {
            stage: if self.stage == Stage::Open { Stage::Open } else { Stage::Rotated },
            offset: 0,
            at: LineState::Start,
            print: Fingerprint::default(),
            updated_unix_ms: unix_ms(),
            ..self.clone()
        }
    }
}

impl Generation {
    /// Takes an open file for the content.
    fn receive(&mut self, opened: Opened) -> io::Result<()> {
        match opened {
            Opened::Plain(file) => {
                self.stamp = Stamp::default();
                self.size = file.metadata()?.len();
                self.record.encoding = Encoding::Plain;
                self.content = Some(Content::Plain(file));
            }
            Opened::Packed(file, encoding, digest) => {
                self.stamp = Stamp::of(&file.metadata()?);
                self.size = digest.size;
                self.record.encoding = encoding;
                self.content = Some(Content::Packed(Box::new(Packed::new(file, encoding)?)));
            }
        }
        Ok(())
    }
}
