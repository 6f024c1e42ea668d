//! Lines that are read together: each step of a pattern is taken on all of them before the next one.
//!
//! A loop over one step has no branch that depends on the pattern, its lines do not wait for one another, and
//! what is known of each line stands in columns, which vectors work on. This is the vectorised execution of
//! P. Boncz, M. Zukowski and N. Nes, "MonetDB/X100: Hyper-Pipelining Query Execution" (CIDR 2005), with lines
//! for tuples.

mod split;

pub use self::split::Split;

use std::ops::Range;

use super::record::{Mismatch, Reason, RecordSink, Records, Span};
use super::simd::Windows;

/// Lines of a batch at most: a set of them is one word, and their spans stay in the nearest cache.
pub const MOST_LINES: usize = u64::BITS as usize;

/// So many bytes behind the lines are fetched at each step: ten steps fetch about what the next batch will take.
const FETCHED_BYTES: usize = 1536;

/// In [`Lines::ats`], a line that is read no further; in a column of ends, one that has none.
pub const NOWHERE: u32 = u32::MAX;

/// A set of a batch's lines: bit `i` stands for line `i`.
pub type LineSet = u64;

/// An offset in the batch's text for each line.
pub type Column = [u32; MOST_LINES];

/// Where the lines of a batch lie in its text, and how far each was read.
#[derive(Debug, Clone)]
pub struct Lines {
    /// How many there are.
    pub len: usize,
    /// Offsets of their first bytes.
    pub starts: Column,
    /// Offsets behind their last bytes; a line end follows, or nothing.
    pub limits: Column,
    /// Offsets of what was not read yet, or [`NOWHERE`], also behind the last line.
    pub ats: Column,
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

/// The lines for which `is` holds, which is asked for every number up to [`MOST_LINES`], in a loop that becomes
/// vectors.
#[inline(always)]
pub fn set_of(is: impl Fn(usize) -> bool) -> LineSet {
    /// Moves the lowest bits of eight bytes together, into the highest byte of the product.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let mut flags = [0; MOST_LINES];
    for (index, flag) in flags.iter_mut().enumerate() {
        *flag = u8::from(is(index));
    }
    let words = flags.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word).wrapping_mul(GATHER) >> 56);
    (0..).zip(words).fold(0, |set, (number, lines)| set | lines << (8 * number))
}

impl Lines {
    /// Where line number `index` lies in the text.
    #[inline(always)]
    pub fn range(&self, index: usize) -> Range<usize> {
        self.starts[index] as usize..self.limits[index] as usize
    }

    /// All of them.
    #[inline(always)]
    pub fn all(&self) -> LineSet {
        LineSet::MAX.checked_shr((MOST_LINES - self.len) as u32).unwrap_or(0)
    }
}

/// Some lines of a block, and the spans of each.
#[derive(Debug)]
pub struct Batch {
    /// The lines.
    pub lines: Box<Lines>,
    /// Offsets at which reading begins: of a line's first byte, or of its text inside an envelope.
    begins: Box<Column>,
    /// The lines that a pattern reads now.
    reading: LineSet,
    /// What follows the lines in the text and was not fetched yet, as far as the next ones may reach.
    ahead: Range<usize>,
    /// What [`Batch::keep`] noted.
    kept: Vec<Column>,
    /// A row of `slots` for each line, counted from its first byte.
    pub spans: Vec<Span>,
    /// Spans of a row.
    pub slots: usize,
    /// The lines that were refused, and why each was.
    refused: LineSet,
    mismatches: [Mismatch; MOST_LINES],
}

impl Batch {
    /// No lines yet, of `slots` spans each.
    pub fn new(slots: usize) -> Batch {
        let slots = slots.max(1);
        let column = [0; MOST_LINES];
        Batch {
            lines: Box::new(Lines { len: 0, starts: column, limits: column, ats: column }),
            begins: Box::new(column),
            reading: 0,
            ahead: 0..0,
            kept: Vec::new(),
            spans: vec![Span::ABSENT; MOST_LINES * slots],
            slots,
            refused: 0,
            mismatches: [Mismatch { reason: Reason::Empty, offset: 0, piece: 0 }; MOST_LINES],
        }
    }

    /// All lines.
    pub fn all(&self) -> LineSet {
        self.lines.all()
    }

    /// Hands on every line, in order.
    #[inline(always)]
    pub fn hand_on<K: RecordSink>(&self, text: &[u8], scratch: &[u8], sink: &mut K) {
        let mut first = 0;
        while first < self.lines.len {
            let matched = (self.refused >> first).trailing_zeros() as usize;
            let end = self.lines.len.min(first + matched);
            if end > first {
                let (starts, limits) = (&self.lines.starts[first..end], &self.lines.limits[first..end]);
                let spans = &self.spans[first * self.slots..end * self.slots];
                sink.records(&Records { text, starts, limits, scratch, spans, slots: self.slots });
            }
            if end < self.lines.len {
                sink.reject(&text[self.lines.range(end)], &self.mismatches[end]);
            }
            first = end + 1;
        }
    }

    /// Where line number `index` lies in the text, and its spans.
    #[inline(always)]
    pub fn row_mut(&mut self, index: usize) -> (Range<usize>, &mut [Span]) {
        (self.lines.range(index % MOST_LINES), &mut self.spans[index * self.slots..][..self.slots])
    }

    /// Notes whether and why line number `index` was refused.
    pub fn refuse(&mut self, index: usize, mismatch: Option<Mismatch>) {
        let Some(mismatch) = mismatch else { return };
        self.refused |= 1 << index;
        self.mismatches[index] = mismatch;
    }

    /// Where the fields of a slot begin and end, as their spans say. For loops over columns.
    #[inline(always)]
    pub fn fields(&self, slot: usize) -> (Column, Column) {
        let (mut starts, mut ends) = ([0; MOST_LINES], [0; MOST_LINES]);
        let spans = &self.spans[slot..];
        for index in 0..self.lines.len.min(MOST_LINES) {
            (starts[index], ends[index]) = spans[index * self.slots].marked_bounds();
        }
        (starts, ends)
    }

    /// Writes where the fields of a slot begin and end, counted from the first bytes of their lines, in the lines
    /// that are read now.
    #[inline(always)]
    pub fn put_read_fields(&mut self, slot: usize, starts: &Column, ends: &Column) {
        if self.reading == self.all() {
            return self.put_fields(slot, starts, ends);
        }
        // The others may have been read already.
        for index in lines_of(self.reading) {
            let span = Span::line(starts[index] as usize, ends[index] as usize);
            self.spans[index * self.slots + slot] = span;
        }
    }

    /// Writes where the fields of a slot begin and end, counted from the first bytes of their lines.
    #[inline(always)]
    pub fn put_fields(&mut self, slot: usize, starts: &Column, ends: &Column) {
        let spans = &mut self.spans[slot..];
        for index in 0..self.lines.len.min(MOST_LINES) {
            spans[index * self.slots] = Span::line(starts[index] as usize, ends[index] as usize);
        }
    }

    /// The same, unless nobody asks for the slot.
    #[inline(always)]
    pub fn put_wanted(&mut self, slot: usize, starts: &Column, ends: &Column) {
        if slot != self.spare_slot() {
            self.put_fields(slot, starts, ends);
        }
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

    /// The lines that have a byte.
    pub fn filled(&self) -> LineSet {
        let Lines { starts, limits, .. } = &*self.lines;
        self.all() & set_of(|index| limits[index] > starts[index])
    }

    /// The lines that have a byte and end where a window begins.
    pub fn filled_within(&self, windows: Windows<'_>) -> LineSet {
        let last = windows.last() as u32;
        self.filled() & set_of(|index| self.lines.limits[index] <= last)
    }

    /// Has some of what follows the lines come from memory while these are read. All at once would have to wait: a
    /// processor fetches a few places at a time.
    #[inline(always)]
    pub fn fetch_ahead(&mut self, text: Windows<'_>) {
        let end = self.ahead.end.min(self.ahead.start + FETCHED_BYTES);
        for place in (self.ahead.start..end).step_by(64) {
            text.fetch(place);
        }
        self.ahead.start = end;
    }

    /// Has line number `index` be read from this offset of it on: what is before stands around its text.
    #[inline(always)]
    pub fn begin(&mut self, index: usize, offset: usize) {
        self.begins[index] = self.lines.starts[index] + offset as u32;
    }

    /// Begins to read the lines of `set` anew.
    pub fn start(&mut self, set: LineSet) {
        self.read_from(set, *self.begins);
    }

    /// Notes under this number how far the lines were read that are still read.
    pub fn keep(&mut self, number: usize) {
        if self.kept.len() <= number {
            self.kept.resize(number + 1, [NOWHERE; MOST_LINES]);
        }
        self.kept[number] = self.lines.ats;
    }

    /// Goes on with the lines of `set` as they were under this number; those that were not read further then are
    /// not now.
    pub fn resume(&mut self, set: LineSet, number: usize) {
        self.read_from(set, self.kept[number]);
    }

    #[inline(always)]
    fn read_from(&mut self, set: LineSet, places: Column) {
        self.reading = set;
        for (index, (at, place)) in self.lines.ats.iter_mut().zip(&places).enumerate() {
            *at = if set >> index & 1 == 1 { *place } else { NOWHERE };
        }
    }

    /// The lines that are still read.
    pub fn live(&self) -> LineSet {
        self.all() & set_of(|index| self.lines.ats[index] != NOWHERE)
    }

    /// The lines that were read to their end.
    pub fn ended(&self) -> LineSet {
        let Lines { limits, ats, .. } = &*self.lines;
        self.all() & set_of(|index| ats[index] == limits[index])
    }
}
