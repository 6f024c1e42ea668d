//! The shortest way through a pattern: where every field ends at the first of a few bytes, and every
//! literal is one word.
//!
//! It takes the path of the steps, and gives up as soon as a line is not plainly on it, or so near to the
//! end of the text that a vector or a word does not fit: then the steps are asked.

use super::ends::{NONE, digits_end};
use super::step::{Step, Take};
use crate::format::run::BLANKS;
use crate::scan::record::Span;
use crate::scan::run::Stop;
use crate::scan::simd::Search;

/// Bytes of a word, the longest literal.
const WORD: usize = 8;

/// The fields and literals of a pattern, compactly.
#[derive(Debug, Clone)]
pub(super) struct Hops(Vec<Hop>);

/// A field and the literal behind it.
#[derive(Debug, Clone, Copy)]
struct Hop {
    to: Target,
    slot: u32,
    /// The literal's length, its bytes as a word, and which of them count.
    len: u32,
    head: u64,
    mask: u64,
}

/// Where a field ends; line feeds end all of them.
#[derive(Debug, Clone, Copy)]
enum Target {
    /// At this byte, which comes behind at least so many others.
    Byte(u8, u32),
    /// At a blank, behind at least so many other bytes.
    Blank(u32),
    /// At a quote that no backslash takes along.
    Quote,
    /// Behind digits, or a lone `-`.
    BehindDigits,
    /// Where the literal behind it stands first.
    Literal,
    /// At the line's end.
    LineEnd,
}

impl Hops {
    /// The same as `steps`, if that can be.
    pub(super) fn compile(steps: &[Step]) -> Option<Hops> {
        steps.iter().map(Hop::compile).collect::<Option<_>>().map(Hops)
    }

    /// Fills the spans from `at` on; answers where the pattern ends in `hay`, or `None` if the steps have
    /// to find out.
    #[inline(always)]
    pub(super) fn scan<S: Search>(
        &self,
        search: S,
        hay: &[u8],
        mut at: usize,
        spans: &mut [Span],
    ) -> Option<usize> {
        for hop in &self.0 {
            let end = hop.end(search, hay, at)?;
            if !hop.stands_at(hay, end)? {
                return None;
            }
            spans[hop.slot as usize] = Span::line(at, end);
            at = end + hop.len as usize;
        }
        Some(at)
    }
}

impl Hop {
    fn compile(step: &Step) -> Option<Hop> {
        let to = match step.take {
            Take::Word => Target::Byte(b' ', 1),
            Take::Bracketed => Target::Byte(b']', 0),
            Take::Quoted => Target::Quote,
            Take::Digits => Target::BehindDigits,
            Take::Rest => Target::LineEnd,
            Take::ToFirst if step.literal.len > 0 => Target::Literal,
            Take::Run(run) => match run.unbounded_stop()? {
                Stop::Byte(byte) => Target::Byte(byte, run.least() as u32),
                Stop::Blank => Target::Blank(run.least() as u32),
            },
            _ => return None,
        };
        let literal = &step.literal;
        let fits = step.around.is_none() && literal.len <= WORD;
        let slot = step.slot as u32;
        fits.then_some(Hop { to, slot, len: literal.len as u32, head: literal.head, mask: literal.mask })
    }

    /// Whether the literal stands at `at`; `None` near the end of `hay`. What lies behind a line begins
    /// with a line feed, which no literal holds.
    #[inline(always)]
    fn stands_at(self, hay: &[u8], at: usize) -> Option<bool> {
        let word = u64::from_le_bytes(*hay.get(at..)?.first_chunk::<WORD>()?);
        Some(word & self.mask == self.head)
    }

    /// Where the field ends that begins at `at`.
    #[inline(always)]
    fn end<S: Search>(self, search: S, hay: &[u8], at: usize) -> Option<usize> {
        let behind = |least: u32, end: usize| (end - at >= least as usize).then_some(end);
        match self.to {
            Target::Byte(byte, least) => behind(least, search.seek(hay, at, [byte])?),
            Target::Blank(least) => behind(least, search.seek(hay, at, BLANKS)?),
            Target::Quote => {
                let mut end = search.seek(hay, at, *b"\"\\")?;
                while hay[end] == b'\\' {
                    if *hay.get(end + 1)? == b'\n' {
                        return None;
                    }
                    end = search.seek(hay, end + 2, *b"\"\\")?;
                }
                Some(end)
            }
            Target::BehindDigits => Some(digits_end(hay, at, hay.len())).filter(|end| *end != NONE),
            Target::LineEnd => search.seek(hay, at, []),
            Target::Literal => {
                let [first, ..] = self.head.to_le_bytes();
                let mut end = search.seek(hay, at, [first])?;
                while hay[end] != b'\n' && !self.stands_at(hay, end)? {
                    end = search.seek(hay, end + 1, [first])?;
                }
                Some(end)
            }
        }
    }
}
