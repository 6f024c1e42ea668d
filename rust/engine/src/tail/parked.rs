//! Files that are left alone for now, and looking through compressed ones.

use std::io::ErrorKind;
use std::time::Instant;

use super::FileId;
use super::discover::Found;
use super::follower::Follower;
use super::packed::{Digest, Survey};
use crate::input::describe;

/// A file that is not read for now.
pub(super) struct Parked {
    pub found: Found,
    /// Since when it has looked like this.
    pub since: Instant,
    /// The file that it begins like.
    pub copy_of: Option<FileId>,
    /// What it holds, if it is compressed.
    pub survey: Surveyed,
}

/// How far a compressed file is known.
pub(super) enum Surveyed {
    /// It is not compressed.
    No,
    /// Somebody may still write to it.
    Ahead,
    Going(Box<Survey>),
    Done(Digest),
    /// It cannot be read, in words.
    Unsound(String),
}

impl Parked {
    /// Whether it is not known yet what it holds.
    pub(super) fn may_turn_out(&self) -> bool {
        matches!(self.survey, Surveyed::Ahead | Surveyed::Going(_))
    }

    /// Bytes of content, as far as is known.
    pub(super) fn content_bytes(&self) -> u64 {
        match &self.survey {
            Surveyed::Done(digest) => digest.size,
            _ => self.found.stamp.size,
        }
    }

    /// Why it is not read, in words.
    pub(super) fn reason(&self) -> &str {
        match &self.survey {
            Surveyed::No | Surveyed::Done(_) => "a copy of a file that is or was followed",
            Surveyed::Ahead => "compressed, and may still be written to",
            Surveyed::Going(_) => "compressed, and not looked through yet",
            Surveyed::Unsound(reason) => reason,
        }
    }
}

impl Follower {
    /// Goes on with reading compressed files for the first time. Whether there is more to do.
    pub(super) fn survey(&mut self) -> bool {
        for parked in self.parked.values_mut() {
            let Surveyed::Going(survey) = &mut parked.survey else { continue };
            // It is only decompressed, which is cheaper than counting.
            match survey.step(self.options.batch_bytes * 4) {
                Ok(None) => {}
                Ok(Some(digest)) => {
                    parked.survey = Surveyed::Done(digest);
                    (self.scan_due, self.scan_earliest) = (Instant::now(), Instant::now());
                }
                Err(error) if error.kind() == ErrorKind::InvalidData => {
                    parked.survey = Surveyed::Unsound(format!("not complete: {error}"));
                }
                Err(error) => {
                    parked.survey = Surveyed::Ahead; // again with the next scan
                    let path = parked.found.paths[0].display();
                    self.sources[parked.found.source].fail(format!("{path}: {}", describe(&error)));
                }
            }
            return true;
        }
        false
    }
}
