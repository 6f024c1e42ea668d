//! Does a file hold a content that is known?

use std::io;

use super::arrive::{Claims, Turn};
use super::content::{Plain, same_until};
use super::decide::{Arrival, Decision, Original, Presence, decide};
use super::discover::{Found, Sight};
use super::fingerprint::{Likeness, Sample, mark_positions};
use super::follower::Follower;
use super::generation::Content;
use super::identity::Identity;
use super::parked::{Parked, Surveyed};
use super::{Encoding, FileId, Stage};

impl Follower {
    /// Whether a survey must be made again, because other positions matter now.
    pub(super) fn is_outdated(&self, parked: &Parked) -> bool {
        let Surveyed::Done(digest) = &parked.survey else { return false };
        let name = &self.sources[parked.found.source].spec.name;
        let mut records = self.files.values().map(|known| &known.record);
        records.any(|record| record.source == *name && digest.lacks(&record.print, record.offset))
    }

    /// Positions at which a content may have to be compared.
    pub(super) fn positions(&self, source: usize) -> Vec<u64> {
        let name = &self.sources[source].spec.name;
        let offsets = self.files.values().filter(|known| known.record.source == *name);
        offsets.map(|known| known.record.offset).chain(mark_positions()).collect()
    }

    /// Compares a file with all contents that are known of its source.
    pub(super) fn compare(
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
                let mut now = Plain::new(open, original.size);
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
        let is_early = best.0 == Decision::Continue && turn.claims == Claims::None;
        Ok((if is_early { Decision::Park } else { best.0 }, best.3))
    }
}

impl Likeness {
    /// What it is once the bytes were found to be the same.
    fn max_known(self) -> Likeness {
        if self == Likeness::Unclear { Likeness::Shorter } else { self }
    }
}
