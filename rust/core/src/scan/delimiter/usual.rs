//! The loop over steps whose fields end at a marked byte, or are digits: nearly all of most formats.

use super::ends::{digits_in, others_in, skip_digits};
use super::step::{Quick, Step};
use crate::scan::marks::Marks;
use crate::scan::record::Span;
use crate::scan::simd::{Search, Work, word_at};

/// Steps that are taken until one comes that is not usual.
///
/// To be run apart from its caller ([`Search::apart`]): what all the other steps need would take the
/// registers, and each field's end would go by way of memory.
pub(super) struct Usual<'a> {
    pub(super) steps: &'a [Step],
    pub(super) marks: &'a Marks,
    /// Where in what is marked the line begins.
    pub(super) line: usize,
    pub(super) hay: &'a [u8],
    /// Where in `hay`, which the line begins, the first field begins.
    pub(super) at: usize,
    pub(super) spans: &'a mut [Span],
}

impl Work for Usual<'_> {
    /// How many steps were taken, and where in `hay` they ended; `None` if the line is not so.
    type Output = Option<(usize, usize)>;

    #[inline(always)]
    fn run<S: Search>(self, _search: S) -> Option<(usize, usize)> {
        let Usual { steps, marks, line, hay, mut at, spans } = self;
        let mut done = 0;
        for step in steps {
            let end = match step.quick {
                // Where the length was foreseen, the processor goes on with it while it is still looked up.
                Quick::Stop if marks.is_next(step.stops, line + at, step.likely_bytes) => {
                    at + step.likely_bytes
                }
                Quick::Stop => marks.next(step.stops, line + at) - line,
                Quick::Digits if step.likely_bytes > 0 && are_digits(hay, at, step.likely_bytes) => {
                    at + step.likely_bytes
                }
                Quick::Digits => {
                    let end = word_at(hay, at).map_or(at, |word| at + digits_in(word));
                    // None, eight or more, or the block ends soon.
                    if end == at || end == at + 8 { long_digits_end(hay, at) } else { end }
                }
                Quick::No => break,
            };
            let end = if step.literal.stands_ahead(hay, end) {
                end
            } else {
                escaped_end(step, marks, line, hay, end)?
            };
            if end < at + step.least {
                return None;
            }
            spans[step.slot] = Span::line(at, end);
            at = end + step.literal.len;
            done += 1;
        }
        Some((done, at))
    }
}

/// Whether so many digits, less than eight, stand at `at`, and no more.
#[inline(always)]
fn are_digits(hay: &[u8], at: usize, count: usize) -> bool {
    word_at(hay, at).is_some_and(|word| others_in(word) << (56 - 8 * (count % 8)) == 1 << 63)
}

/// The end of a field of digits of any length, or of a lone `-`.
#[cold]
#[inline(never)]
fn long_digits_end(hay: &[u8], at: usize) -> usize {
    if hay.get(at) == Some(&b'-') { at + 1 } else { skip_digits(hay, at, hay.len()) }
}

/// The end of a field in quotes that holds a backslash at `at`, which takes the next byte along.
#[cold]
#[inline(never)]
fn escaped_end(step: &Step, marks: &Marks, line: usize, hay: &[u8], mut at: usize) -> Option<usize> {
    if step.quick == Quick::Digits {
        return None;
    }
    while hay.get(at) == Some(&b'\\') && hay.get(at + 1).is_some_and(|byte| *byte != b'\n') {
        at = marks.next(step.stops, line + at + 2) - line;
    }
    step.literal.stands_ahead(hay, at).then_some(at)
}
