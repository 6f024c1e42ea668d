//! Kinds of fields whose ends are found by the eight bytes or the window where they begin; what is longer, line by
//! line.

use super::column::{FieldKind, each, first, within};
use super::ends::{NONE, decimal_end, digits_of, skip_blanks};
use super::step::{Step, Take};
use crate::scan::batch::{Column, Lines};
use crate::scan::simd::{Search, Windows};

/// [`Take::Decimal`].
#[derive(Clone, Copy)]
pub(super) struct Decimals;

impl FieldKind for Decimals {
    #[inline(always)]
    fn ends<S: Search>(self, _: &Step, _: S, text: Windows<'_>, lines: &Lines, ends: &mut Column) {
        each(lines, ends, |at, limit| {
            let word = text.word(at);
            let whole = digits_of(word);
            if 0 < whole && whole < 8 {
                if (word >> (8 * whole)) as u8 != b'.' {
                    return at + whole;
                }
                let point = at + whole;
                let fraction = digits_of(text.word(point + 1));
                if fraction < 8 {
                    return if fraction > 0 { point + 1 + fraction } else { point };
                }
            }
            if at < limit { decimal_end(text.text(), at, limit) } else { NONE }
        });
    }
}

/// [`Take::Before`] this byte.
#[derive(Clone, Copy)]
pub(super) struct Before(pub(super) u8);

impl FieldKind for Before {
    #[inline(always)]
    fn ends<S: Search>(self, _: &Step, search: S, text: Windows<'_>, lines: &Lines, ends: &mut Column) {
        let stops = [b' ', self.0];
        each(lines, ends, |at, limit| match search.marks_of_64(text.at(at), stops) {
            0 => search.find(text.text(), at + 64, limit, stops),
            marks => first(marks, at),
        });
        within(lines, ends);
    }
}

/// [`Take::TwoWords`].
#[derive(Clone, Copy)]
pub(super) struct TwoWords;

impl FieldKind for TwoWords {
    #[inline(always)]
    fn ends<S: Search>(self, step: &Step, search: S, text: Windows<'_>, lines: &Lines, ends: &mut Column) {
        each(lines, ends, |at, limit| {
            let spaces = search.marks_of_64(text.at(at), *b" ");
            let others = spaces & spaces.wrapping_sub(1);
            let (between, end) = (first(spaces, at), first(others, at).min(limit));
            if others == 0 {
                let is_read = at <= limit;
                return if is_read {
                    Take::TwoWords.end(&step.literal, search, text.text(), at, limit)
                } else {
                    NONE
                };
            }
            if between > at && end > between + 1 { end } else { NONE }
        });
    }
}

/// [`Take::Plus`].
#[derive(Clone, Copy)]
pub(super) struct Plus;

impl FieldKind for Plus {
    #[inline(always)]
    fn ends<S: Search>(self, _: &Step, _: S, text: Windows<'_>, lines: &Lines, ends: &mut Column) {
        each(lines, ends, |at, _| at + usize::from(text.word(at) as u8 == b'+'));
    }
}

/// [`Take::Blanks`].
#[derive(Clone, Copy)]
pub(super) struct Blanks;

impl FieldKind for Blanks {
    #[inline(always)]
    fn ends<S: Search>(self, _: &Step, _: S, text: Windows<'_>, lines: &Lines, ends: &mut Column) {
        each(lines, ends, |at, limit| match text.word(at) ^ u64::from_le_bytes([b' '; 8]) {
            0 => skip_blanks(text.text(), at, limit),
            others => at + others.trailing_zeros() as usize / 8,
        });
    }
}

/// [`Take::More`].
#[derive(Clone, Copy)]
pub(super) struct More;

impl FieldKind for More {
    #[inline(always)]
    fn ends<S: Search>(self, _: &Step, _: S, text: Windows<'_>, lines: &Lines, ends: &mut Column) {
        each(lines, ends, |at, limit| if text.word(at) as u8 == b' ' { limit } else { at });
    }
}
