//! Lines that are read together: each step of a pattern is taken on all of them before the next one.
//!
//! A loop over one step has no branch that depends on the pattern, and its lines do not wait for one another, so
//! the processor works on several at a time. This is the vectorised execution of P. Boncz, M. Zukowski and
//! N. Nes, "MonetDB/X100: Hyper-Pipelining Query Execution" (CIDR 2005), with lines for tuples.

use std::ops::Range;

use super::record::{Mismatch, RecordSink, Records, Span};
use super::simd::{Search, Work};

/// Lines of a batch at most: a set of them is one word, and their spans stay in the nearest cache.
pub const MOST_LINES: usize = u64::BITS as usize;

/// A batch takes no further line after so many bytes, so that its text is still near when it is read again.
const ENOUGH_BYTES: usize = 32 << 10;

/// [`BatchLine::at`] of a line that left the pattern.
const LEFT: u32 = u32::MAX;

/// A set of a batch's lines: bit `i` stands for line `i`.
pub type LineSet = u64;

/// An offset of the text for each line of a batch; [`LEFT`] for those that are read no further.
type Places = [u32; MOST_LINES];

/// Where a line lies in the batch's text, and how far it was read.
#[derive(Debug, Clone, Copy, Default)]
pub struct BatchLine {
    /// Offset of its first byte.
    pub start: u32,
    /// Offset of what was not read yet; [`LEFT`] in a line that is read no further.
    pub at: u32,
    /// Offset behind its last byte; a line end follows, or nothing.
    pub limit: u32,
}

/// What is known of lines that were read in a batch.
#[derive(Debug, Clone, Copy, Default)]
pub struct Found {
    /// They match.
    pub matched: LineSet,
    /// They are certainly not of the format.
    pub refused: LineSet,
}

/// The numbers of the lines of a set, in order.
#[inline(always)]
pub fn lines_of(mut set: LineSet) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let index = (set != 0).then(|| set.trailing_zeros() as usize)?;
        set &= set - 1;
        Some(index)
    })
}

impl BatchLine {
    /// Where it lies in the text.
    #[inline(always)]
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.limit as usize
    }

    /// The span of what lies at these offsets of the text.
    #[inline(always)]
    pub fn span(self, start: usize, end: usize) -> Span {
        Span::line(start - self.start as usize, end - self.start as usize)
    }
}

/// What is done with every line of a batch that is still read.
pub trait BatchStep {
    /// The span that it finds from `line.at` on, and the offset in the text of what follows; `None` if the
    /// line is read no further.
    fn take(&self, line: BatchLine) -> Option<(Span, usize)>;
}

/// Some lines of a block, and the spans of each.
#[derive(Debug)]
pub struct Batch {
    lines: Box<[BatchLine; MOST_LINES]>,
    /// Where reading each line begins, as an offset of the text: with its first byte, or inside an envelope.
    begins: Box<Places>,
    /// What [`Batch::keep`] noted.
    kept: Vec<Places>,
    len: usize,
    /// A row of `slots` for each line.
    spans: Vec<Span>,
    slots: usize,
    /// Why lines were refused; `None` for those that match.
    refused: [Option<Mismatch>; MOST_LINES],
}

impl Batch {
    /// No lines yet, of `slots` spans each.
    pub fn new(slots: usize) -> Batch {
        let slots = slots.max(1);
        Batch {
            lines: Box::new([BatchLine::default(); MOST_LINES]),
            begins: Box::new([0; MOST_LINES]),
            kept: Vec::new(),
            len: 0,
            spans: vec![Span::ABSENT; MOST_LINES * slots],
            slots,
            refused: [None; MOST_LINES],
        }
    }

    /// All lines.
    pub fn all(&self) -> LineSet {
        LineSet::MAX.checked_shr((MOST_LINES - self.len) as u32).unwrap_or(0)
    }

    /// Hands on every line, in order.
    #[inline(always)]
    pub fn hand_on<K: RecordSink>(&self, text: &[u8], scratch: &[u8], sink: &mut K) {
        let mut first = 0;
        while first < self.len {
            let alike = self.refused[first..self.len].iter().take_while(|refused| refused.is_none()).count();
            if alike > 0 {
                let lines = &self.lines[first..first + alike];
                let spans = &self.spans[first * self.slots..][..alike * self.slots];
                sink.records(&Records { text, lines, scratch, spans, slots: self.slots });
                first += alike;
            }
            if let Some(Some(mismatch)) = self.refused[..self.len].get(first) {
                sink.reject(&text[self.lines[first].range()], mismatch);
                first += 1;
            }
        }
    }

    /// Line number `index`, and its spans.
    #[inline(always)]
    pub fn row_mut(&mut self, index: usize) -> (Range<usize>, &mut [Span]) {
        (self.lines[index % MOST_LINES].range(), &mut self.spans[index * self.slots..][..self.slots])
    }

    /// Where each line begins, and its spans.
    #[inline(always)]
    pub fn rows_mut(&mut self) -> impl Iterator<Item = (usize, &mut [Span])> {
        let lines = self.lines[..self.len].iter().map(|line| line.start as usize);
        lines.zip(self.spans.chunks_exact_mut(self.slots))
    }

    /// Notes whether and why line number `index` was refused.
    pub fn refuse(&mut self, index: usize, mismatch: Option<Mismatch>) {
        self.refused[index] = mismatch;
    }

    /// The slot of fields that nobody asks for.
    pub fn spare_slot(&self) -> usize {
        self.slots - 1
    }

    /// Empties these slots of the lines of `set`.
    pub fn clear(&mut self, set: LineSet, slots: &[usize]) {
        for &slot in slots {
            lines_of(set).for_each(|index| self.spans[index * self.slots + slot] = Span::ABSENT);
        }
    }

    /// See [`Split`].
    #[inline(always)]
    fn split<S: Search>(&mut self, search: S, text: &[u8]) -> usize {
        self.refused.fill(None);
        self.len = 0;
        let (mut start, mut at) = (0, 0);
        let (blocks, rest) = text.as_chunks();
        let (near, further) = blocks.split_at(blocks.len().min(ENOUGH_BYTES / 64));
        for block in near {
            start = self.push_lines(text, start, at, search.marks_of_64(block, b'\n'));
            at += block.len();
            if self.len == MOST_LINES {
                return start;
            }
        }
        for block in further {
            if self.len > 0 {
                return start;
            }
            start = self.push_lines(text, start, at, search.marks_of_64(block, b'\n'));
            at += block.len();
        }
        let feeds = memchr::memchr_iter(b'\n', rest).fold(0, |feeds, feed| feeds | 1 << feed);
        start = self.push_lines(text, start, at, feeds);
        if start < text.len() && self.len < MOST_LINES {
            self.push(text, start, text.len());
            start = text.len();
        }
        start
    }

    /// Takes lines that end at the line feeds of `feeds`, which are counted from `at`; the first begins at
    /// `start`. Answers where the next one begins.
    #[inline(always)]
    fn push_lines(&mut self, text: &[u8], mut start: usize, at: usize, mut feeds: u64) -> usize {
        while feeds != 0 && self.len < MOST_LINES {
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
        let limit = feed - usize::from(ends_in_return);
        self.lines[self.len] = BatchLine { start: start as u32, at: LEFT, limit: limit as u32 };
        self.begins[self.len] = start as u32;
        self.len += 1;
    }

    /// The lines that have a byte.
    pub fn filled(&self) -> LineSet {
        self.set_of(|line| line.limit > line.start)
    }

    /// Has line number `index` be read from this offset of it on: what is before stands around its text.
    #[inline(always)]
    pub fn begin(&mut self, index: usize, offset: usize) {
        self.begins[index] = self.lines[index].start + offset as u32;
    }

    /// Begins to read the lines of `set` anew.
    pub fn start(&mut self, set: LineSet) {
        for (index, (line, begin)) in self.lines[..self.len].iter_mut().zip(&*self.begins).enumerate() {
            line.at = if set >> index & 1 == 1 { *begin } else { LEFT };
        }
    }

    /// Notes how far the lines that are still read were read, under this number.
    pub fn keep(&mut self, number: usize) {
        if self.kept.len() <= number {
            self.kept.resize(number + 1, [LEFT; MOST_LINES]);
        }
        for (place, line) in self.kept[number].iter_mut().zip(&self.lines[..self.len]) {
            *place = line.at;
        }
    }

    /// Goes on with the lines of `set` as they were under this number; those that were not read further then are not.
    pub fn resume(&mut self, set: LineSet, number: usize) {
        for (index, (line, place)) in self.lines[..self.len].iter_mut().zip(&self.kept[number]).enumerate() {
            line.at = if set >> index & 1 == 1 { *place } else { LEFT };
        }
    }

    /// Takes `step` on every line that is still read.
    #[inline(always)]
    pub fn step<T: BatchStep>(&mut self, slot: usize, step: &T) {
        let is_wanted = slot != self.spare_slot();
        let spans = &mut *self.spans;
        let mut place = slot;
        for line in &mut self.lines[..self.len] {
            if line.at != LEFT {
                match step.take(*line) {
                    Some((span, next)) => {
                        line.at = next as u32;
                        if is_wanted {
                            spans[place] = span;
                        }
                    }
                    None => line.at = LEFT,
                }
            }
            place += self.slots;
        }
    }

    /// The lines that are still read.
    pub fn live(&self) -> LineSet {
        self.set_of(|line| line.at != LEFT)
    }

    /// The lines that were read to their end.
    pub fn ended(&self) -> LineSet {
        self.set_of(|line| line.at == line.limit)
    }

    fn set_of(&self, is: impl Fn(&BatchLine) -> bool) -> LineSet {
        let lines = self.lines[..self.len].iter().enumerate();
        lines.fold(0, |set, (index, line)| set | LineSet::from(is(line)) << index)
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
        self.batch.split(search, self.text)
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
            lines.extend(batch.lines[..batch.len].iter().map(|line| rest[line.range()].to_vec()));
            most = most.max(batch.len);
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
