//! Files that are left alone for now, and looking through compressed ones.

use std::io::ErrorKind;
use std::time::Instant;

use super::FileId;
use super::discover::Found;
use super::follower::Follower;
use super::packed::{Digest, Survey};

/// A file that is not read for now.
pub(super) struct Parked {
    pub found: Found,
    /// Why, in words.
    pub reason: String,
    /// Since when it has looked like this.
    pub since: Instant,
    /// The file that it begins like.
    pub copy_of: Option<FileId>,
    /// What it holds, if it is compressed.
    pub survey: Surveyed,
}

impl Parked {
    /// Whether it is not known yet what it holds.
    pub(super) fn may_turn_out(&self) -> bool {
        self.reason.is_empty()
    }
}

/// How far a compressed file is known.
pub(super) enum Surveyed {
    /// Not compressed, or not complete yet.
    No,
    Going(Box<Survey>),
    Done(Digest),
}

impl Follower {
    /// Goes on with reading compressed files for the first time. Whether there is more to do.
    pub(super) fn survey(&mut self) -> bool {
        let mut is_going = false;
        for parked in self.parked.values_mut() {
            let Surveyed::Going(survey) = &mut parked.survey else { continue };
            match survey.step(self.options.batch_bytes * 4) {
                Ok(None) => {
                    is_going = true;
                    break;
                }
                Ok(Some(digest)) => {
                    parked.survey = Surveyed::Done(digest);
                    (self.scan_due, self.scan_earliest) = (Instant::now(), Instant::now());
                    is_going = true;
                    break;
                }
                Err(error) => {
                    parked.reason = if error.kind() == ErrorKind::InvalidData {
                        format!("not complete: {error}")
                    } else {
                        error.to_string()
                    };
                    parked.survey = Surveyed::No;
                }
            }
        }
        is_going
    }
}
