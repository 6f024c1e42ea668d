//! Text, split into the lines of a batch.

use super::{Batch, MOST_LINES};
use crate::scan::simd::{Search, Work};

/// A batch takes no further line after so many bytes, so that its text is still near when it is read again.
const ENOUGH_BYTES: usize = 32 << 10;

impl Batch {
    /// See [`Split`].
    #[inline(always)]
    fn split<S: Search>(&mut self, search: S, text: &[u8]) -> usize {
        self.refused = 0;
        self.lines.len = 0;
        let (mut start, mut at) = (0, 0);
        let (blocks, rest) = text.as_chunks();
        let (near, further) = blocks.split_at(blocks.len().min(ENOUGH_BYTES / 64));
        for block in near {
            start = self.push_lines(text, start, at, search.marks_of_64(block, *b"\n"));
            at += block.len();
            if self.lines.len == MOST_LINES {
                return start;
            }
        }
        for block in further {
            if self.lines.len > 0 {
                return start;
            }
            start = self.push_lines(text, start, at, search.marks_of_64(block, *b"\n"));
            at += block.len();
        }
        let feeds = memchr::memchr_iter(b'\n', rest).fold(0, |feeds, feed| feeds | 1 << feed);
        start = self.push_lines(text, start, at, feeds);
        if start < text.len() && self.lines.len < MOST_LINES {
            self.push(text, start, text.len());
            start = text.len();
        }
        start
    }

    /// Takes lines that end at the line feeds of `feeds`, which are counted from `at`; the first begins at
    /// `start`. Answers where the next one begins.
    #[inline(always)]
    fn push_lines(&mut self, text: &[u8], mut start: usize, at: usize, mut feeds: u64) -> usize {
        while feeds != 0 && self.lines.len < MOST_LINES {
            let feed = at + feeds.trailing_zeros() as usize;
            self.push(text, start, feed);
            start = feed + 1;
            feeds &= feeds - 1;
        }
        start
    }

    #[inline(always)]
    fn push(&mut self, text: &[u8], start: usize, feed: usize) {
        let ends_in_return = feed > start && text[feed - 1] == b'\r';
        let index = self.lines.len;
        self.lines.starts[index] = start as u32;
        self.begins[index] = start as u32;
        self.lines.limits[index] = (feed - usize::from(ends_in_return)) as u32;
        self.lines.len += 1;
    }
}

/// Takes the first lines of a text in the place of those a batch had; answers where the next one begins.
pub struct Split<'a> {
    pub batch: &'a mut Batch,
    pub text: &'a [u8],
}

impl Work for Split<'_> {
    type Output = usize;

    #[inline(always)]
    fn run<S: Search>(self, search: S) -> usize {
        let next = self.batch.split(search, self.text);
        self.batch.ahead = next..self.text.len().min(2 * next);
        next
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Batch, ENOUGH_BYTES, MOST_LINES, Split};
    use crate::scan::simd::{Portable, Work as _, dispatch};

    /// All lines of `text`, batch by batch, and the most lines of a batch.
    fn split(text: &[u8], is_portable: bool) -> (Vec<Vec<u8>>, usize) {
        let (mut lines, mut most, mut rest) = (Vec::new(), 0, text);
        let mut batch = Batch::new(1);
        while !rest.is_empty() {
            let work = Split { batch: &mut batch, text: rest };
            let next = if is_portable { work.run(Portable) } else { dispatch(work) };
            lines.extend((0..batch.lines.len).map(|index| rest[batch.lines.range(index)].to_vec()));
            most = most.max(batch.lines.len);
            rest = &rest[next..];
        }
        (lines, most)
    }

    fn naive(text: &[u8]) -> Vec<Vec<u8>> {
        let lines = text.split_inclusive(|byte| *byte == b'\n');
        lines
            .map(|line| {
                let Some(ended) = line.strip_suffix(b"\n") else {
                    return line.strip_suffix(b"\r").unwrap_or(line).to_vec();
                };
                ended.strip_suffix(b"\r").unwrap_or(ended).to_vec()
            })
            .collect()
    }

    proptest! {
        #[test]
        fn every_line_is_in_one_batch(
            lengths in prop::collection::vec((0usize..3, 0usize..200), 0..300), is_ended: bool,
        ) {
            let mut text = Vec::new();
            for (ending, length) in lengths {
                text.extend(std::iter::repeat_n(b'x', length));
                text.extend_from_slice([&b"\n"[..], b"\r\n", b"\r\r\n"][ending]);
            }
            if !is_ended {
                text.pop();
            }
            for is_portable in [false, true] {
                let (lines, most) = split(&text, is_portable);
                prop_assert_eq!(&lines, &naive(&text));
                prop_assert!(most <= MOST_LINES);
            }
        }
    }

    #[test]
    fn a_batch_ends_after_enough_bytes() {
        let line = [vec![b'x'; ENOUGH_BYTES / 3], vec![b'\n']].concat();
        let (lines, most) = split(&line.repeat(20), false);
        assert_eq!((lines.len(), most <= 4), (20, true));
        let (lines, most) = split(&[line.repeat(9), vec![b'y'; 3 * ENOUGH_BYTES]].concat(), false);
        assert_eq!((lines.len(), lines[9].len(), most <= 4), (10, 3 * ENOUGH_BYTES, true));
    }
}
