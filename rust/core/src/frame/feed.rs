//! Framing of one sequence of chunks.

use memchr::{memchr, memrchr};

const LF: u8 = b'\n';

/// Takes what framing finds, in input order.
pub trait LineSink {
    /// One or more whole lines, each ending in a line feed.
    ///
    /// Only the last block of an input may lack its last line feed. A block is never empty and at
    /// most one line limit plus one byte long; how lines are grouped into blocks means nothing.
    fn lines(&mut self, block: &[u8]);

    /// A line longer than the limit. Its bytes were skipped.
    fn oversize(&mut self);
}

/// Cuts chunks of any size into blocks of whole lines.
///
/// Blocks borrow from the chunk; only a line that straddles chunks is copied, into a buffer that
/// is kept for the next one. Memory stays within about two line limits whatever comes.
#[derive(Debug)]
pub struct LineFeed {
    max_line_bytes: usize,
    /// The beginning of a line whose line feed has not come yet; at most `max_line_bytes`.
    carry: Vec<u8>,
    /// Inside a line that was already counted as oversize.
    skipping: bool,
}

impl LineFeed {
    /// A feed at the beginning of a line. A line of more than `max_line_bytes` bytes, its line
    /// feed not counted, is oversize.
    pub fn new(max_line_bytes: usize) -> LineFeed {
        LineFeed { max_line_bytes, carry: Vec::new(), skipping: false }
    }

    /// Takes the next bytes of the input.
    pub fn feed(&mut self, chunk: &[u8], sink: &mut impl LineSink) {
        let mut rest = self.end_straddling_line(chunk, sink);
        while !rest.is_empty() {
            // Whatever ends within this reach cannot be oversize, so no line is looked at singly.
            let reach = &rest[..rest.len().min(self.max_line_bytes + 1)];
            if let Some(last) = memrchr(LF, reach) {
                let (block, after) = rest.split_at(last + 1);
                sink.lines(block);
                rest = after;
            } else if reach.len() <= self.max_line_bytes {
                self.carry.extend_from_slice(rest);
                return;
            } else {
                sink.oversize();
                self.skipping = true;
                rest = self.end_straddling_line(&rest[reach.len()..], sink);
            }
        }
    }

    /// Ends the input: a last line without line feed is handed on. The feed is then as new.
    pub fn finish(&mut self, sink: &mut impl LineSink) {
        if !self.carry.is_empty() {
            sink.lines(&self.carry);
        }
        self.reset();
    }

    /// Forgets an unfinished line; the feed is then as new.
    pub fn reset(&mut self) {
        self.carry.clear();
        self.skipping = false;
    }

    /// Whether the bytes so far end inside a line that may still be handed on.
    pub fn holds_line(&self) -> bool {
        !self.carry.is_empty()
    }

    /// Brings a line that began in an earlier chunk to its end; returns what follows it.
    fn end_straddling_line<'a>(&mut self, chunk: &'a [u8], sink: &mut impl LineSink) -> &'a [u8] {
        if !self.skipping && self.carry.is_empty() {
            return chunk;
        }
        let end = memchr(LF, chunk);
        let (piece, rest) = chunk.split_at(end.map_or(chunk.len(), |at| at + 1));
        let text_bytes = end.unwrap_or(chunk.len());
        if self.skipping {
            self.skipping = end.is_none();
        } else if self.carry.len() + text_bytes > self.max_line_bytes {
            sink.oversize();
            self.carry.clear();
            self.skipping = end.is_none();
        } else {
            self.carry.extend_from_slice(piece);
            if end.is_some() {
                sink.lines(&self.carry);
                self.carry.clear();
            }
        }
        rest
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// One line as a sink sees it.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(in crate::frame) enum Seen {
        Line(Vec<u8>),
        Oversize,
    }

    #[derive(Default)]
    pub(in crate::frame) struct Lines(pub Vec<Seen>);

    impl LineSink for Lines {
        fn lines(&mut self, block: &[u8]) {
            assert!(!block.is_empty());
            let lines = block.split_inclusive(|&byte| byte == LF);
            self.0.extend(lines.map(|line| Seen::Line(line.to_vec())));
        }

        fn oversize(&mut self) {
            self.0.push(Seen::Oversize);
        }
    }

    /// The plain reading of the rules, for whole inputs.
    pub(in crate::frame) fn plain(input: &[u8], max_line_bytes: usize) -> Vec<Seen> {
        let lines = input.split_inclusive(|&byte| byte == LF);
        lines
            .map(|line| {
                let text = line.strip_suffix(b"\n").unwrap_or(line);
                if text.len() > max_line_bytes { Seen::Oversize } else { Seen::Line(line.to_vec()) }
            })
            .collect()
    }

    /// Text rich in line feeds, and in lines around small limits.
    pub(in crate::frame) fn text() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![3 => Just(b'a'), 1 => Just(LF), 1 => any::<u8>()];
        prop::collection::vec(byte, 0..200)
    }

    proptest! {
        #[test]
        fn cuts_change_nothing(
            input in text(),
            cuts in prop::collection::vec(0usize..200, 0..12),
            max_line_bytes in 1usize..12,
        ) {
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (input.len() + 1)).collect();
            cuts.extend([0, input.len()]);
            cuts.sort_unstable();
            let mut feed = LineFeed::new(max_line_bytes);
            let mut seen = Lines::default();
            for pair in cuts.windows(2) {
                feed.feed(&input[pair[0]..pair[1]], &mut seen);
            }
            feed.finish(&mut seen);
            prop_assert_eq!(seen.0, plain(&input, max_line_bytes));
        }
    }

    #[test]
    fn a_finished_feed_is_as_new() {
        let mut feed = LineFeed::new(3);
        for (input, expected) in [
            (&b"ab"[..], vec![Seen::Line(b"ab".to_vec())]),
            (b"abcdef", vec![Seen::Oversize]),
            (b"", vec![]),
            (b"x\n", vec![Seen::Line(b"x\n".to_vec())]),
        ] {
            let mut seen = Lines::default();
            feed.feed(input, &mut seen);
            feed.finish(&mut seen);
            assert_eq!(seen.0, expected);
        }
    }

    #[test]
    fn an_endless_line_is_not_held() {
        let mut feed = LineFeed::new(1 << 10);
        let mut seen = Lines::default();
        for _ in 0..1000 {
            feed.feed(&[b'a'; 700], &mut seen);
        }
        assert_eq!(seen.0, [Seen::Oversize]);
        assert!(feed.carry.capacity() <= 4 << 10);
    }
}
