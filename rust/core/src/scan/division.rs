//! Where a line divides into parts: all its delimiters at once, before any part is looked at.
//!
//! A comparison of vectors marks the delimiters among 64 bytes as bits of a word, and so the quotes; the parity of
//! the quotes before a byte tells whether it stands between two of them. After G. Langdale and D. Lemire,
//! "Parsing Gigabytes of JSON per Second" (The VLDB Journal 28, 2019), whose carry-less product is a ladder of
//! shifts here, since few words have a quote.

use std::ops::Range;

use super::simd::Search;

/// Places for parts; a line of so many has no division.
const PLACES: usize = 192;

/// Places that are written at a time.
const STRIDE: usize = 4;

/// What divides lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Division {
    pub(super) divider: Divider,
    pub(super) quotes: Quotes,
    /// A byte that is counted outside of quotes.
    pub(super) counted: Option<u8>,
}

/// What stands between two parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Divider {
    /// This byte.
    Byte(u8),
    /// A space or a control character.
    Blank,
}

/// What double quotes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    /// Bytes like any other.
    Plain,
    /// What they enclose does not divide.
    Enclose,
    /// The same, unless there is a backslash inside: then a line has no division.
    EncloseUnescaped,
}

/// The parts of a line.
#[derive(Debug)]
pub(super) struct Parts {
    /// Where each part begins, and the next one would behind the line.
    starts: [u32; PLACES],
    /// How many there are.
    pub(super) len: usize,
    /// Quotes that open.
    pub(super) opened: u32,
    /// Those of them that begin a part.
    pub(super) leading: u32,
    /// [`Division::counted`] bytes.
    pub(super) counted: u32,
}

impl Parts {
    /// None yet.
    pub(super) fn new() -> Parts {
        Parts { starts: [0; PLACES], len: 0, opened: 0, leading: 0, counted: 0 }
    }

    /// Where part number `index` lies in the text.
    #[inline(always)]
    pub(super) fn get(&self, index: usize) -> Range<usize> {
        self.starts[index] as usize..self.starts[index + 1] as usize - 1
    }

    /// Where all of them lie, in order.
    #[inline(always)]
    pub(super) fn iter(&self) -> impl Iterator<Item = Range<usize>> {
        let ends = self.starts[1..=self.len].iter();
        self.starts.iter().zip(ends).map(|(&start, &next)| start as usize..next as usize - 1)
    }

    /// Divides a line of `text`; answers whether it has a division: every quote that opens is closed, and a
    /// delimiter or the line's end follows.
    #[inline(always)]
    pub(super) fn divide<S: Search>(
        &mut self,
        search: S,
        division: Division,
        text: &[u8],
        line: Range<usize>,
    ) -> bool {
        (self.opened, self.leading, self.counted) = (0, 0, 0);
        self.starts[0] = line.start as u32;
        let (mut at, mut last) = (line.start, 0);
        // Of the byte before `at`: all ones between quotes; one behind a delimiter, behind a closing quote.
        let (mut is_inside, mut is_first, mut is_closed) = (0, 1, 0);
        let mut faults = 0;
        while at < line.end {
            let mut padded;
            let block = if let Some(block) = text[at..].first_chunk::<64>() {
                block
            } else {
                padded = [0; 64];
                padded[..line.end - at].copy_from_slice(&text[at..line.end]);
                &padded
            };
            let within = u64::MAX >> (64 - (line.end - at).min(64));
            let mut delimiters = within
                & match division.divider {
                    Divider::Byte(byte) => search.marks_of_64(block, [byte]),
                    Divider::Blank => search.marks(block, 0, b' ' + 1, []),
                };
            let mut counted = division.counted.map_or(0, |byte| within & search.marks_of_64(block, [byte]));
            let quotes = match division.quotes {
                Quotes::Plain => 0,
                Quotes::Enclose | Quotes::EncloseUnescaped => within & search.marks_of_64(block, [b'"']),
            };
            if quotes | is_inside | is_closed != 0 {
                // Opening quotes are inside, closing ones are not.
                let inside = parity(quotes) ^ is_inside;
                let (opening, closing) = (quotes & inside, quotes & !inside);
                delimiters &= !inside;
                counted &= !inside;
                faults |= (closing << 1 | is_closed) & within & !delimiters;
                if division.quotes == Quotes::EncloseUnescaped {
                    faults |= search.marks_of_64(block, [b'\\']) & inside;
                }
                self.opened += opening.count_ones();
                self.leading += (opening & (delimiters << 1 | is_first)).count_ones();
                is_inside = (inside.cast_signed() >> 63).cast_unsigned();
                is_closed = closing >> 63;
            }
            is_first = delimiters >> 63;
            self.counted += counted.count_ones();
            if last >= PLACES - 64 - STRIDE {
                return false;
            }
            let next = last + delimiters.count_ones() as usize;
            // Some more are written than there are; what is too much is written again.
            while last < next {
                for place in &mut self.starts[last + 1..][..STRIDE] {
                    *place = (at + 1) as u32 + delimiters.trailing_zeros();
                    delimiters &= delimiters.wrapping_sub(1);
                }
                last += STRIDE;
            }
            last = next;
            at += 64;
        }
        self.starts[last + 1] = line.end as u32 + 1;
        self.len = last + 1;
        faults | is_inside == 0
    }
}

/// Of each bit, whether those up to it are odd in number.
#[inline(always)]
fn parity(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Divider, Division, Parts, Quotes};
    use crate::scan::simd::{Portable, Search, Work, dispatch};

    struct Divide<'a> {
        division: Division,
        text: &'a [u8],
        line: std::ops::Range<usize>,
    }

    type Divided = (Vec<Vec<u8>>, [u32; 3]);

    impl Work for Divide<'_> {
        type Output = Option<Divided>;

        #[inline(always)]
        fn run<S: Search>(self, search: S) -> Option<Divided> {
            let mut parts = Parts::new();
            parts.divide(search, self.division, self.text, self.line).then(|| {
                let texts = (0..parts.len).map(|index| self.text[parts.get(index)].to_vec()).collect();
                (texts, [parts.opened, parts.leading, parts.counted])
            })
        }
    }

    /// Byte after byte.
    fn naive(division: Division, line: &[u8]) -> Option<Divided> {
        let (mut texts, mut numbers, mut is_inside) = (vec![Vec::new()], [0; 3], false);
        for (at, &byte) in line.iter().enumerate() {
            let is_delimiter = |byte: u8| match division.divider {
                Divider::Byte(delimiter) => byte == delimiter,
                Divider::Blank => byte <= b' ',
            };
            let part = texts.last_mut().expect("at least one");
            if byte == b'"' && division.quotes != Quotes::Plain {
                is_inside = !is_inside;
                if is_inside {
                    numbers[0] += 1;
                    numbers[1] += u32::from(part.is_empty());
                } else if line.get(at + 1).is_some_and(|&next| !is_delimiter(next)) {
                    return None;
                }
            }
            if is_inside && byte == b'\\' && division.quotes == Quotes::EncloseUnescaped {
                return None;
            }
            numbers[2] += u32::from(!is_inside && division.counted == Some(byte));
            if !is_inside && is_delimiter(byte) {
                texts.push(Vec::new());
            } else {
                part.push(byte);
            }
        }
        (!is_inside).then_some((texts, numbers))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn parts_equal_those_of_a_plain_loop(
            before in 0usize..70, behind in 0usize..70,
            bytes in prop_oneof![
                prop::collection::vec(prop::sample::select(b"abcdefghijklmno=\t,".to_vec()), 0..300),
                prop::collection::vec(prop::sample::select(b"abc,\"".to_vec()), 0..40),
                prop::collection::vec(
                    prop::sample::select(vec!["ab", "=", ",", ",\"c,d=\",", "\"\\\"", ",\"\"", ",\" \n\","]), 0..60
                ).prop_map(|texts| texts.concat().into_bytes()),
            ],
            divider in prop::sample::select(vec![Divider::Byte(b','), Divider::Byte(b'\t'), Divider::Blank]),
            quotes in prop::sample::select(vec![Quotes::Plain, Quotes::Enclose, Quotes::EncloseUnescaped]),
            counted in prop::option::of(Just(b'=')),
        ) {
            let division = Division { divider, quotes, counted };
            let text = [&b"\",".repeat(before)[..before], &bytes, &b"\"\n,".repeat(behind)[..behind]].concat();
            let line = before..before + bytes.len();
            let expected = naive(division, &bytes);
            let found = dispatch(Divide { division, text: &text, line: line.clone() });
            if expected.as_ref().is_none_or(|(texts, _)| texts.len() < 100) {
                prop_assert_eq!(&found, &expected);
            } else {
                prop_assert!(found.is_none() || found == expected);
            }
            prop_assert_eq!(Divide { division, text: &text, line }.run(Portable), found);
        }
    }

    #[test]
    fn a_line_of_too_many_parts_has_no_division() {
        let division = Division { divider: Divider::Byte(b','), quotes: Quotes::Plain, counted: None };
        for (commas, is_divided) in [(100, true), (1000, false), (100_000, false)] {
            let text = vec![b','; commas];
            let parts = dispatch(Divide { division, text: &text, line: 0..commas });
            assert_eq!(parts.map(|(texts, _)| texts.len()), is_divided.then_some(commas + 1));
        }
    }
}
