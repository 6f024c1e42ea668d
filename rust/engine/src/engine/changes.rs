//! Files that go on in another format than the one that was found at their beginning.
//!
//! Whoever changes a server's format seldom rotates the log first. When nothing of such a file matches any
//! more, and nearly all of what is refused is in another format, the file is read in that one from there on.
//! What was refused until then stays refused.

use std::time::{Duration, Instant};

use crate::jobs::{FEWEST_LINES, SAMPLE_BYTES, other_format, whole_lines};

/// Looking at lines takes as long as reading thousands: it is done so rarely that it does not matter.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// Changes that nobody asked for are forgotten beyond these.
const MOST_UNTOLD: usize = 256;

/// A file that goes on in another format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedFormat {
    /// Name of its source.
    pub source: String,
    /// The file; empty if there are too many to tell apart.
    pub path: String,
    /// In which format it was read, in words.
    pub before: String,
    /// In which one it is read now.
    pub format: String,
}

/// What was noticed, and when lines were looked at.
#[derive(Debug, Default)]
pub(super) struct Changes {
    untold: Vec<ChangedFormat>,
    looked: Option<Instant>,
}

/// Lines of a file behind the last one that matched.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    lines: Vec<u8>,
    count: usize,
}

impl Refusals {
    /// A block was read, of which some lines matched.
    pub(super) fn clear(&mut self) {
        *self = Refusals::default();
    }

    /// A block was read, of which none matched.
    pub(super) fn add(&mut self, block: &[u8]) {
        let kept = whole_lines(block, SAMPLE_BYTES.saturating_sub(self.lines.len()));
        self.count += memchr::memchr_iter(b'\n', kept).count();
        self.lines.extend_from_slice(kept);
    }
}

impl Changes {
    /// Whether these lines are nearly all in another format than the one `found`: then they are answered,
    /// by which that format can be opened.
    pub(super) fn look<'a>(&mut self, found: &str, refusals: &'a Refusals) -> Option<&'a [u8]> {
        let is_due = self.looked.is_none_or(|looked| looked.elapsed() >= LOOK_INTERVAL);
        if refusals.count < FEWEST_LINES || !is_due {
            return None;
        }
        self.looked = Some(Instant::now());
        other_format(found, &refusals.lines).map(|_| refusals.lines.as_slice())
    }

    /// Notes a change.
    pub(super) fn note(&mut self, change: ChangedFormat) {
        if self.untold.len() < MOST_UNTOLD {
            self.untold.push(change);
        }
    }

    /// What was noted since the last call.
    pub(super) fn take(&mut self) -> Vec<ChangedFormat> {
        std::mem::take(&mut self.untold)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMON: &[u8] = b"192.0.2.1 - - [21/Nov/2026:10:15:32 +0000] \"GET / HTTP/1.1\" 200 5\n";

    #[test]
    fn many_lines_of_another_format_are_told_and_few_are_not() {
        let mut refusals = Refusals::default();
        refusals.add(&COMMON.repeat(19));
        assert_eq!(Changes::default().look("combined (9 of 9)", &refusals), None);
        refusals.add(COMMON);
        assert_eq!(Changes::default().look("common (9 of 9)", &refusals), None);
        let mut changes = Changes::default();
        assert!(changes.look("combined (9 of 9)", &refusals).is_some());
        assert_eq!(changes.look("combined (9 of 9)", &refusals), None, "not again so soon");
        refusals.clear();
        assert_eq!(Changes::default().look("combined (9 of 9)", &refusals), None);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut refusals = Refusals::default();
        refusals.add(&COMMON.repeat(9000));
        assert!(refusals.lines.len() <= SAMPLE_BYTES && refusals.count > FEWEST_LINES);
    }
}
