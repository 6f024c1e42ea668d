//! Framing of one part of a longer input.

use std::ops::{ControlFlow, Range};

use memchr::memchr;

use super::{LineFeed, LineSink};

const LF: u8 = b'\n';

/// Where in its range a feed stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Before the first line feed: these bytes belong to a line of an earlier range.
    Before,
    /// Among the lines that begin in the range.
    Inside,
    /// Every line of the range was handed on.
    Done,
}

/// Hands on the lines whose first byte lies in one range of an input.
///
/// Ranges that cover an input without overlap hand on each of its lines exactly once, whatever
/// their sizes. The bytes must come from [`RangeFeed::start`] on, without gaps, in chunks of any
/// size, until [`RangeFeed::feed`] breaks or the input ends.
#[derive(Debug)]
pub struct RangeFeed<'a> {
    lines: &'a mut LineFeed,
    start: u64,
    position: u64,
    end: u64,
    stage: Stage,
}

impl<'a> RangeFeed<'a> {
    /// Frames `range` (bytes of the input) with `lines`, whose unfinished line is forgotten.
    pub fn new(range: Range<u64>, lines: &'a mut LineFeed) -> RangeFeed<'a> {
        lines.reset();
        // The byte before the range tells whether a line begins at the range's first byte.
        let start = range.start.saturating_sub(1);
        let stage = match range.start {
            _ if range.is_empty() => Stage::Done,
            0 => Stage::Inside,
            _ => Stage::Before,
        };
        RangeFeed { lines, start, position: start, end: range.end, stage }
    }

    /// The position in the input that the first chunk must come from.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// Takes the next bytes; breaks when the range needs no more.
    pub fn feed(&mut self, chunk: &[u8], sink: &mut impl LineSink) -> ControlFlow<()> {
        let within = usize::try_from(self.end - self.position.min(self.end)).unwrap_or(usize::MAX);
        let (mut owned, after) = chunk.split_at(within.min(chunk.len()));
        self.position += chunk.len() as u64;
        if self.stage == Stage::Before
            && let Some(at) = memchr(LF, owned)
        {
            owned = &owned[at + 1..];
            self.stage = Stage::Inside;
        }
        if self.stage == Stage::Inside {
            self.lines.feed(owned, sink);
            self.feed_last_line(after, sink);
        }
        if self.position >= self.end && !self.lines.holds_line() {
            self.stage = Stage::Done;
        }
        match self.stage {
            Stage::Done => ControlFlow::Break(()),
            Stage::Before | Stage::Inside => ControlFlow::Continue(()),
        }
    }

    /// Ends the input: a last line without line feed is handed on.
    pub fn finish(self, sink: &mut impl LineSink) {
        self.lines.finish(sink);
    }

    /// Bytes after the range complete a line that began in it; nothing else of them is wanted.
    fn feed_last_line(&mut self, after: &[u8], sink: &mut impl LineSink) {
        if self.lines.holds_line() && !after.is_empty() {
            let line_end = memchr(LF, after).map_or(after.len(), |at| at + 1);
            self.lines.feed(&after[..line_end], sink);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::feed::tests::{Lines, Seen, plain, text};
    use super::*;
    use proptest::prelude::*;

    fn read_range(input: &[u8], range: Range<u64>, chunk_bytes: usize, limit: usize) -> Vec<Seen> {
        let mut lines = LineFeed::new(limit);
        let mut seen = Lines::default();
        let mut feed = RangeFeed::new(range, &mut lines);
        let from = usize::try_from(feed.start()).unwrap();
        for chunk in input[from..].chunks(chunk_bytes) {
            if feed.feed(chunk, &mut seen).is_break() {
                return seen.0;
            }
        }
        feed.finish(&mut seen);
        seen.0
    }

    proptest! {
        #[test]
        fn ranges_hand_on_each_line_once(
            input in text(),
            range_bytes in 1usize..40,
            chunk_bytes in 1usize..50,
            max_line_bytes in 1usize..12,
        ) {
            let size = input.len() as u64;
            let seen: Vec<Seen> = (0..size)
                .step_by(range_bytes)
                .flat_map(|at| {
                    let range = at..size.min(at + range_bytes as u64);
                    read_range(&input, range, chunk_bytes, max_line_bytes)
                })
                .collect();
            prop_assert_eq!(seen, plain(&input, max_line_bytes));
        }
    }

    #[test]
    fn reading_stops_at_the_end_of_the_last_line() {
        let mut lines = LineFeed::new(10);
        let mut seen = Lines::default();
        let mut feed = RangeFeed::new(2..6, &mut lines);
        assert_eq!(feed.start(), 1);
        assert!(feed.feed(b"b\ncd", &mut seen).is_continue());
        assert!(feed.feed(b"ef", &mut seen).is_continue());
        assert!(feed.feed(b"g\nhij\n", &mut seen).is_break());
        assert_eq!(seen.0, [Seen::Line(b"cdefg\n".to_vec())]);
    }
}
