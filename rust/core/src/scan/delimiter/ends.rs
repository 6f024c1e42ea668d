//! Where fields of fixed classes end.

use crate::scan::simd::{Search, word_at};

/// No end was found.
pub(super) const NONE: usize = usize::MAX;

/// [`Class::Quoted`]: up to the first quote that no backslash takes along, or the line's end.
#[inline(always)]
pub(super) fn quoted_end<S: Search>(search: S, hay: &[u8], mut at: usize, limit: usize) -> usize {
    loop {
        at = search.find::<2>(hay, at, limit, *b"\"\\");
        // What lies at the limit is a line end, or nothing.
        if hay.get(at) != Some(&b'\\') {
            return at;
        }
        if at + 2 > limit {
            return at; // a lone backslash ends the line: the class ends before it
        }
        at += 2;
    }
}

/// [`Class::Digits`].
#[inline(always)]
pub(super) fn digits_end(hay: &[u8], at: usize, limit: usize) -> usize {
    if at < limit && hay[at] == b'-' {
        return at + 1;
    }
    let end = skip_digits(hay, at, limit);
    if end > at { end } else { NONE }
}

/// [`Class::Decimal`]: a number where there is one, else a lone `-`.
#[inline(always)]
pub(super) fn decimal_end(hay: &[u8], at: usize, limit: usize) -> usize {
    let byte = |at: usize| if at < limit { hay[at] } else { b'\n' };
    let minus = usize::from(byte(at) == b'-');
    let whole = skip_digits(hay, at + minus, limit);
    if whole == at + minus {
        return if minus == 1 { at + 1 } else { NONE };
    }
    if byte(whole) == b'.' {
        let fraction = skip_digits(hay, whole + 1, limit);
        if fraction > whole + 1 {
            return fraction;
        }
    }
    whole
}

/// [`Class::Code`].
#[inline(always)]
pub(super) fn code_end(hay: &[u8], mut at: usize, limit: usize) -> usize {
    while at < limit && (hay[at].is_ascii_uppercase() || hay[at] == b'_') {
        at += 1;
    }
    at
}

/// The date of a [`Class::CompactTime`]: up to the space behind it.
#[inline(always)]
pub(super) fn compact_date_end(hay: &[u8], at: usize, limit: usize) -> usize {
    let end = skip_digits(hay, at, limit);
    let year = if end - at == 8 { 4 } else { 0 };
    let is_day = match hay[at + year..end] {
        [b'0', b'1'..=b'9', ref day @ ..] | [b'1', b'0'..=b'2', ref day @ ..] => {
            matches!(day, [b'0', b'1'..=b'9'] | [b'1' | b'2', b'0'..=b'9'] | [b'3', b'0' | b'1'])
        }
        _ => false,
    };
    if is_day && end < limit && hay[end] == b' ' { end } else { NONE }
}

/// The end of the spaces from `at` on.
#[inline(always)]
pub(super) fn skip_blanks(hay: &[u8], mut at: usize, limit: usize) -> usize {
    while at < limit && hay[at] == b' ' {
        at += 1;
    }
    at
}

/// How many digits `word` begins with; 8 if it holds nothing else.
#[inline(always)]
pub(super) fn digits_of(word: u64) -> usize {
    // 0 to 9 for digits. Adding 0x76 sets the high bit of larger ones; carries only reach bytes behind the first
    // that is no digit.
    let value = word ^ 0x3030_3030_3030_3030;
    let others = (value.wrapping_add(0x7676_7676_7676_7676) | value) & 0x8080_8080_8080_8080;
    others.trailing_zeros() as usize / 8
}

/// The end of the digits from `at` on; eight bytes at a time without a branch for each.
#[inline(always)]
pub(in crate::scan) fn skip_digits(hay: &[u8], mut at: usize, limit: usize) -> usize {
    while let Some(word) = word_at(hay, at) {
        let digits = digits_of(word);
        if digits < 8 {
            return limit.min(at + digits);
        }
        at += 8;
    }
    while at < limit && hay[at].is_ascii_digit() {
        at += 1;
    }
    at.min(limit)
}

/// [`Class::List`]: words joined by `, ` or ` : `.
#[inline(always)]
pub(super) fn list_end<S: Search>(search: S, hay: &[u8], mut at: usize, limit: usize) -> usize {
    let mut end = NONE;
    loop {
        let word = search.find::<2>(hay, at, limit, *b" ,");
        if word == at {
            return end; // the separator before it is not followed by a word: the list ended there
        }
        end = word;
        at = match hay[word..limit] {
            [b',', b' ', ..] => word + 2,
            [b' ', b':', b' ', ..] => word + 3,
            _ => return end,
        };
    }
}
