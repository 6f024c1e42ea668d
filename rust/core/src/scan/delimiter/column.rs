//! A step in the lines of a batch: where the field of each ends, in a loop for each of the usual kinds of fields,
//! then what follows it, in loops over columns.

#![expect(
    clippy::needless_range_loop,
    clippy::needless_bitwise_bool,
    reason = "loops over several columns, without branches, become loops over vectors; zipped iterators do not"
)]

use super::ends::{NONE, digits_end, digits_of, quoted_end};
use super::kinds::{Before, Blanks, Decimals, More, Plus, TwoWords};
use super::literal::Literal;
use super::step::{Around, Found, Step, Take};
use crate::scan::batch::{Batch, Column, Lines, MOST_LINES, NOWHERE, lines_of};
use crate::scan::record::Span;
use crate::scan::simd::{self, Search, Windows, Work};

impl Step {
    /// Reads the field in every line of a batch that is still read.
    pub(super) fn scan_batch(&self, text: Windows<'_>, batch: &mut Batch) {
        if let Some(around) = &self.around {
            return simd::dispatch(PartInBatch { step: self, around, text, batch });
        }
        // Loops of their own for each of the usual kinds.
        match self.take {
            Take::Word => self.scan_as(Words, text, batch),
            Take::Quoted => self.scan_as(Quoted, text, batch),
            Take::Bracketed => self.scan_as(Bracketed, text, batch),
            Take::Digits => self.scan_as(Digits, text, batch),
            Take::Decimal => self.scan_as(Decimals, text, batch),
            Take::Before(delimiter) => self.scan_as(Before(delimiter), text, batch),
            Take::TwoWords => self.scan_as(TwoWords, text, batch),
            Take::Plus => self.scan_as(Plus, text, batch),
            Take::Blanks => self.scan_as(Blanks, text, batch),
            Take::More => self.scan_as(More, text, batch),
            Take::ToFirst if self.literal.len > 0 => self.scan_as(ToFirst, text, batch),
            Take::Run(_) => self.scan_as(Runs, text, batch),
            _ => self.scan_as(Others, text, batch),
        }
    }

    fn scan_as<K: FieldKind>(&self, kind: K, text: Windows<'_>, batch: &mut Batch) {
        simd::dispatch(InBatch { kind, step: self, text, batch });
    }
}

/// The literal before the first field, in the lines of a batch.
pub(super) fn scan_prefix(prefix: &Literal, text: Windows<'_>, batch: &mut Batch) {
    simd::dispatch(Prefix { literal: prefix, text, batch });
}

/// How fields of a kind end.
pub(super) trait FieldKind: Copy {
    /// Writes where the field of each line ends that is still read; [`NOWHERE`] if it does not, and anything
    /// for the other lines. No end is beyond a line's limit.
    fn ends<S: Search>(self, step: &Step, search: S, text: Windows<'_>, lines: &Lines, ends: &mut Column);
}

/// A step in the lines of a batch, compiled for one kind of field.
struct InBatch<'a, K> {
    kind: K,
    step: &'a Step,
    text: Windows<'a>,
    batch: &'a mut Batch,
}

impl<K: FieldKind> Work for InBatch<'_, K> {
    type Output = ();

    #[inline(always)]
    fn run<S: Search>(self, search: S) {
        let InBatch { kind, step, text, batch } = self;
        batch.fetch_ahead(text);
        let mut ends = [NOWHERE; MOST_LINES];
        kind.ends(step, search, text, &batch.lines, &mut ends);
        if step.slot != batch.spare_slot() {
            store(batch, step.slot, &ends);
        }
        follow(&step.literal, text, &mut batch.lines, &ends);
    }
}

struct Prefix<'a> {
    literal: &'a Literal,
    text: Windows<'a>,
    batch: &'a mut Batch,
}

impl Work for Prefix<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Search>(self, _search: S) {
        let ends = self.batch.lines.ats;
        follow(self.literal, self.text, &mut self.batch.lines, &ends);
    }
}

/// A step for a field of an optional part, in the lines of a batch.
struct PartInBatch<'a> {
    step: &'a Step,
    around: &'a Around,
    text: Windows<'a>,
    batch: &'a mut Batch,
}

impl Work for PartInBatch<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Search>(self, search: S) {
        let PartInBatch { step, around, text: windows, batch } = self;
        let (text, slots) = (windows.text(), batch.slots);
        let mut ends = [NOWHERE; MOST_LINES];
        for index in lines_of(batch.live()) {
            let [start, at, limit] = [&batch.lines.starts, &batch.lines.ats, &batch.lines.limits]
                .map(|column| column[index] as usize);
            let (mut span, mut next) = (Span::ABSENT, at);
            if around.lead.stands_at(text, at, limit) {
                let (from, stop) = around.inside(at, step);
                let end = step.take.end(stop, search, text, from, limit);
                match around.found(text, from, end, limit) {
                    Found::Taken(behind) => (span, next) = (Span::line(from - start, end - start), behind),
                    Found::Skipped => {}
                    Found::Unclear => continue,
                }
            }
            batch.spans[index * slots + step.slot] = span;
            ends[index] = next as u32;
        }
        follow(&step.literal, windows, &mut batch.lines, &ends);
    }
}

/// Stores the spans of the fields that end at `ends`. Those of lines that left the pattern have no meaning.
#[inline(always)]
fn store(batch: &mut Batch, slot: usize, ends: &Column) {
    let (mut from, mut to) = ([0; MOST_LINES], [0; MOST_LINES]);
    let Lines { starts, ats, .. } = &*batch.lines;
    for index in 0..MOST_LINES {
        from[index] = ats[index].wrapping_sub(starts[index]);
        to[index] = ends[index].wrapping_sub(starts[index]);
    }
    batch.put_read_fields(slot, &from, &to);
}

/// Goes on behind `literal`, which has to stand where a line's field ends.
#[inline(always)]
fn follow(literal: &Literal, text: Windows<'_>, lines: &mut Lines, ends: &Column) {
    let len = lines.len.min(MOST_LINES);
    let mut words = [0; MOST_LINES];
    for index in 0..len {
        words[index] = text.word(ends[index] as usize);
    }
    if literal.len > 8 {
        for index in 0..len {
            let (end, limit) = (ends[index] as usize, lines.limits[index] as usize);
            if words[index] & literal.mask == literal.head && !literal.stands_at(text.text(), end, limit) {
                words[index] = !literal.head;
            }
        }
    }
    for index in 0..MOST_LINES {
        let is_read = (lines.ats[index] != NOWHERE) & (ends[index] <= lines.limits[index]);
        let next = ends[index].wrapping_add(literal.len as u32);
        let is_there = words[index] & literal.mask == literal.head;
        lines.ats[index] = if is_read & is_there { next } else { NOWHERE };
    }
}

/// Writes `end(at, limit)` for each line; for those that are read no further, `at` is beyond all.
#[inline(always)]
pub(super) fn each(lines: &Lines, ends: &mut Column, end: impl Fn(usize, usize) -> usize) {
    for index in 0..lines.len.min(MOST_LINES) {
        ends[index] = end(lines.ats[index] as usize, lines.limits[index] as usize) as u32;
    }
}

/// The place of the first mark of a window at `at`.
#[inline(always)]
pub(super) fn first(marks: u64, at: usize) -> usize {
    at + marks.trailing_zeros() as usize
}

/// [`Take::Word`].
#[derive(Clone, Copy)]
struct Words;

impl FieldKind for Words {
    #[inline(always)]
    fn ends<S: Search>(self, _: &Step, search: S, text: Windows<'_>, lines: &Lines, ends: &mut Column) {
        each(lines, ends, |at, limit| match search.marks_of_64(text.at(at), *b" ") {
            0 => search.find(text.text(), at + 64, limit, *b" "),
            marks => first(marks, at),
        });
        for index in 0..MOST_LINES {
            let end = ends[index].min(lines.limits[index]);
            ends[index] = if end > lines.ats[index] { end } else { NOWHERE };
        }
    }
}

/// [`Take::Bracketed`].
#[derive(Clone, Copy)]
struct Bracketed;

impl FieldKind for Bracketed {
    #[inline(always)]
    fn ends<S: Search>(self, _: &Step, search: S, text: Windows<'_>, lines: &Lines, ends: &mut Column) {
        each(lines, ends, |at, limit| match search.marks_of_64(text.at(at), *b"]") {
            0 => search.find(text.text(), at + 64, limit, *b"]"),
            marks => first(marks, at),
        });
        within(lines, ends);
    }
}

/// Ends beyond a line's limit become the limit.
#[inline(always)]
pub(super) fn within(lines: &Lines, ends: &mut Column) {
    ends.iter_mut().zip(&lines.limits).for_each(|(end, limit)| *end = (*end).min(*limit));
}

/// [`Take::Quoted`].
#[derive(Clone, Copy)]
struct Quoted;

impl FieldKind for Quoted {
    #[inline(always)]
    fn ends<S: Search>(self, _: &Step, search: S, text: Windows<'_>, lines: &Lines, ends: &mut Column) {
        each(lines, ends, |mut at, limit| {
            loop {
                let window = text.at(at);
                let quotes = search.marks_of_64(window, *b"\"");
                let escapes = search.marks_of_64(window, *b"\\");
                // Those before the first quote.
                if escapes & (quotes ^ quotes.wrapping_sub(1)) != 0 {
                    return if at < limit { quoted_end(search, text.text(), at, limit) } else { limit };
                }
                if quotes != 0 {
                    return first(quotes, at);
                }
                at += 64;
                if at >= limit {
                    return limit;
                }
            }
        });
        within(lines, ends);
    }
}

/// [`Take::Digits`].
#[derive(Clone, Copy)]
struct Digits;

impl FieldKind for Digits {
    #[inline(always)]
    fn ends<S: Search>(self, _: &Step, _: S, text: Windows<'_>, lines: &Lines, ends: &mut Column) {
        each(lines, ends, |at, limit| match digits_of(text.word(at)) {
            0 | 8 if at < limit => digits_end(text.text(), at, limit),
            0 | 8 => NONE,
            digits => at + digits,
        });
    }
}

/// [`Take::ToFirst`] before a literal.
#[derive(Clone, Copy)]
struct ToFirst;

impl FieldKind for ToFirst {
    #[inline(always)]
    fn ends<S: Search>(self, step: &Step, search: S, text: Windows<'_>, lines: &Lines, ends: &mut Column) {
        let literal = &step.literal;
        let needle = [literal.bytes[0]];
        each(lines, ends, |at, limit| {
            let marks = search.marks_of_64(text.at(at), needle);
            let end = first(marks, at);
            if marks != 0 && text.word(end) & literal.mask == literal.head && literal.len <= 8 {
                return end;
            }
            if at < limit { literal.find(search, text.text(), at, limit) } else { NONE }
        });
    }
}

/// A kind whose steps find ends line by line.
macro_rules! line_by_line {
    ($($(#[$doc:meta])* $name:ident = $take:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy)]
        struct $name;

        impl FieldKind for $name {
            #[inline(always)]
            fn ends<S: Search>(self, step: &Step, search: S, text: Windows<'_>, lines: &Lines, ends: &mut Column) {
                let take: fn(&Step) -> Take = $take;
                // No closure: a large one is not inlined, and has not the instruction set.
                for index in 0..lines.len.min(MOST_LINES) {
                    let (at, limit) = (lines.ats[index] as usize, lines.limits[index] as usize);
                    if at <= limit {
                        ends[index] = take(step).end(&step.literal, search, text.text(), at, limit) as u32;
                    }
                }
            }
        }
    )*};
}

line_by_line! {
    /// [`Take::Run`].
    Runs = |step| match step.take {
        Take::Run(run) => Take::Run(run),
        _ => unreachable!("a step of another kind"),
    };
    /// Whatever the step says.
    Others = |step| step.take;
}
