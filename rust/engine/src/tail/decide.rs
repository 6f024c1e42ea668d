//! What to do with a file that appeared: a table, without looking at anything.

use super::Stage;
use super::fingerprint::{HEAD_BYTES, Likeness};

/// Whether the file that a content was first read from is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    /// It is open, or a path leads to it.
    Held,
    Gone,
}

/// A known content that a file may be a copy of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Original {
    pub presence: Presence,
    pub stage: Stage,
    /// So much of it was consumed.
    pub offset: u64,
    /// So much of it there is, as far as is known.
    pub size: u64,
}

/// The file that appeared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Arrival {
    pub size: u64,
    /// Nobody writes to it any more.
    pub is_settled: bool,
}

/// What is done with a file that appeared. In ascending order of what decides where several
/// contents are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Decision {
    /// A content of its own: read it from the beginning.
    Read,
    /// A copy, or one in the making: leave it alone until it differs or the original is gone.
    Park,
    /// It takes the original's place: go on at the same position, or at its end if that is less.
    Continue,
}

/// Decides by comparing with one known content. (`FAULTS` of the design: "Is it still the same
/// file?")
pub(super) fn decide(likeness: Likeness, original: Original, arrival: Arrival) -> Decision {
    let is_finished = original.stage == Stage::Finished;
    match (likeness, original.presence) {
        (Likeness::Different | Likeness::Unclear, _) => Decision::Read,
        // A copy is never longer than what it is a copy of: they merely begin alike.
        (Likeness::Same, Presence::Held) if arrival.size > original.size => Decision::Read,
        (Likeness::Same, Presence::Gone) if is_finished && original.offset < HEAD_BYTES => {
            // So little proves nothing about what comes after it: it may be a header.
            if arrival.size > original.offset { Decision::Read } else { Decision::Park }
        }
        (Likeness::Same, Presence::Gone) => Decision::Continue,
        (Likeness::Shorter, Presence::Gone) if !is_finished && arrival.is_settled => Decision::Continue,
        (Likeness::Same | Likeness::Shorter, _) => Decision::Park,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Decision::{Continue, Park, Read};
    use Likeness::{Different, Same, Shorter, Unclear};
    use Presence::{Gone, Held};
    use Stage::{Finished, Lost, Open, Rotated};

    #[test]
    fn decisions() {
        for (likeness, presence, stage, offset, original_size, size, is_settled, expected) in [
            // Identical headers never merge two files.
            (Different, Held, Open, 5000, 5000, 6000, false, Read),
            (Same, Held, Open, 2000, 5000, 6000, false, Read),
            (Unclear, Held, Open, 5000, 5000, 10, false, Read),
            // copytruncate makes its copy under the final name, while the original is open.
            (Shorter, Held, Open, 5000, 5000, 3000, false, Park),
            (Same, Held, Open, 5000, 5000, 5000, true, Park),
            // The original was truncated: the copy is finished instead.
            (Same, Gone, Lost, 5000, 5000, 6000, false, Continue),
            (Shorter, Gone, Lost, 5000, 5000, 4000, true, Continue),
            (Shorter, Gone, Lost, 5000, 5000, 4000, false, Park),
            // Renamed to nowhere and compressed while we were not running.
            (Same, Gone, Rotated, 100, 100, 6000, true, Continue),
            // A backup of a finished file.
            (Same, Gone, Finished, 5000, 5000, 5000, true, Continue),
            (Same, Held, Finished, 5000, 5000, 5000, true, Park),
            (Shorter, Gone, Finished, 5000, 5000, 4000, true, Park),
            // A new log that begins with the header of a finished one that held nothing else.
            (Same, Gone, Finished, 300, 300, 300, false, Park),
            (Same, Gone, Finished, 300, 300, 400, false, Read),
            (Same, Held, Finished, 300, 300, 400, false, Read),
        ] {
            let original = Original { presence, stage, offset, size: original_size };
            let arrival = Arrival { size, is_settled };
            assert_eq!(
                decide(likeness, original, arrival),
                expected,
                "{likeness:?} {original:?} {arrival:?}"
            );
        }
    }
}
