//! The fast scanner of a [`Pattern`]: from delimiter to delimiter, without backtracking.
//!
//! Why it equals the pattern's regex. A leftmost-first regex engine tries choices in order of
//! preference: greedy classes the longest run first, lazy ones the shortest. Each step here takes the
//! *first* preference of its field (for a lazy field, and for a word before a literal that is not a
//! space, of field and literal together). If the whole line matches along this path, then it is the
//! match that the regex prefers. If it does not, then either every choice was forced, and the regex
//! fails too, or a choice was not, and the regex is asked ([`Outcome::Undecided`]).

mod ends;
mod literal;
mod step;

use self::ends::NONE;
use self::literal::Literal;
use self::step::{Choice, Found, Part, Step};
use super::record::{Mismatch, Reason, Span};
use super::simd::Search;
use crate::format::{Optional, Pattern, Piece};

/// A compiled pattern; immutable and shared.
#[derive(Debug, Clone)]
pub struct Delimiter {
    /// The literal before the first field.
    prefix: Literal,
    steps: Vec<Step>,
}

/// What one pass over a line found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The line matches and the spans are those of the regex.
    Match,
    /// The line does not match.
    Mismatch(Mismatch),
    /// It does not match along the preferred path; another path may. Where it failed is kept for
    /// the diagnosis in case the regex refuses the line too.
    Undecided(Mismatch),
}

/// What a pass found that did not look for the line's end first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ahead {
    /// A match up to here, which is the line's end.
    Match(usize),
    /// The line does not match along the preferred path.
    Left,
    /// [`Delimiter::scan`] has to look at the line.
    Unclear,
}

impl Delimiter {
    /// Compiles `pattern`; `slot_of` answers where the `i`-th field's span goes.
    pub fn compile(pattern: &Pattern, mut slot_of: impl FnMut(usize) -> usize) -> Delimiter {
        let mut prefix = Vec::new();
        let mut parts: Vec<Part> = Vec::new();
        for piece in &pattern.pieces {
            match piece {
                Piece::Literal(bytes) => {
                    parts.last_mut().map_or(&mut prefix, |part| &mut part.literal).extend_from_slice(bytes);
                }
                Piece::Field(field) => {
                    parts.push(Part { class: field.class, around: None, literal: Vec::new() });
                }
                Piece::Optional(Optional { lead, field, tail }) => {
                    let around = Some((&**lead, &**tail));
                    parts.push(Part { class: field.class, around, literal: Vec::new() });
                }
            }
        }
        let last = parts.len().saturating_sub(1);
        let steps = parts.iter().enumerate();
        let steps = steps.map(|(i, part)| Step::new(part, slot_of(i), i == last, parts.get(i + 1))).collect();
        Delimiter { prefix: Literal::new(&prefix), steps }
    }

    /// Reads the line that `hay` begins with and that ends in a line feed, without looking for its
    /// end first.
    ///
    /// Every search stops at line feeds as well, and no literal or class but `.` holds one, so a
    /// match cannot reach into the next line.
    #[inline(always)]
    pub fn scan_ahead<S: Search>(&self, search: S, hay: &[u8], spans: &mut [Span]) -> Ahead {
        let limit = hay.len();
        if !self.prefix.stands_at(hay, 0, limit) {
            return Ahead::Left;
        }
        let mut at = self.prefix.len;
        for step in &self.steps {
            // One place for both kinds of steps: the search is inlined where it is called.
            let (start, stop) = match &step.around {
                None => (at, &step.literal),
                Some(around) if around.lead.stands_at(hay, at, limit) => around.inside(at, step),
                Some(_) => {
                    spans[step.slot] = Span::ABSENT;
                    if !step.literal.stands_at(hay, at, limit) {
                        return Ahead::Left;
                    }
                    at += step.literal.len;
                    continue;
                }
            };
            let end = step.end::<true, S>(stop, search, hay, start, limit);
            let (span, next) = match &step.around {
                None if end == NONE => return Ahead::Left,
                None => (Span::line(start, end), end),
                Some(around) => match around.found(hay, start, end, limit) {
                    Found::Taken(next) => (Span::line(start, end), next),
                    Found::Skipped => (Span::ABSENT, at),
                    Found::Unclear => return Ahead::Unclear,
                },
            };
            if !step.literal.stands_at(hay, next, limit) {
                return Ahead::Left;
            }
            spans[step.slot] = span;
            at = next + step.literal.len;
        }
        match hay[at..] {
            // Not if a last field without a literal behind it took the carriage return along; and an
            // empty line is refused, whatever the format.
            [b'\n', ..] if at > 0 && hay[at - 1] != b'\r' => Ahead::Match(at),
            [b'\r', b'\n', ..] if at > 0 => Ahead::Match(at),
            _ => Ahead::Unclear,
        }
    }

    /// Reads the line `hay[..limit]`; `hay` may go on beyond it (the block's next lines).
    #[inline(always)]
    pub fn scan<S: Search>(&self, search: S, hay: &[u8], limit: usize, spans: &mut [Span]) -> Outcome {
        let mut at = 0;
        if !self.prefix.stands_at(hay, at, limit) {
            return Outcome::Mismatch(self.prefix.mismatch(hay, at, limit, 0));
        }
        at += self.prefix.len;
        for (index, step) in self.steps.iter().enumerate() {
            let is_there = step.around.as_ref().is_none_or(|around| around.lead.stands_at(hay, at, limit));
            let (start, stop) = match &step.around {
                Some(around) if is_there => around.inside(at, step),
                _ => (at, &step.literal),
            };
            let end = if is_there { step.end::<false, S>(stop, search, hay, start, limit) } else { NONE };
            let (span, next) = match &step.around {
                None if end == NONE => {
                    return self.fail(hay, limit, index, step.refuse(search, hay, at, limit, index), spans);
                }
                None => (Span::line(start, end), end),
                Some(around) => match around.found(hay, start, end, limit) {
                    Found::Taken(next) => (Span::line(start, end), next),
                    Found::Skipped => (Span::ABSENT, at),
                    Found::Unclear => {
                        return Outcome::Undecided(around.tail.mismatch(hay, at, limit, index + 1));
                    }
                },
            };
            if !step.literal.stands_at(hay, next, limit) {
                return self.fail(
                    hay,
                    limit,
                    index,
                    step.literal.mismatch(hay, next, limit, index + 1),
                    spans,
                );
            }
            spans[step.slot] = span;
            at = next + step.literal.len;
        }
        if at == limit {
            return Outcome::Match;
        }
        let mismatch = Mismatch { reason: Reason::Trailing, offset: at as u32, piece: self.end_piece() };
        self.fail(hay, limit, self.steps.len(), mismatch, spans)
    }

    /// Whether no line that fails along the preferred path can match along another one.
    pub fn is_forced(&self) -> bool {
        self.steps.iter().all(|step| step.choice == Choice::Forced)
    }

    /// What was expected at a mismatch, in words.
    pub fn expected(&self, mismatch: &Mismatch) -> String {
        let index = (mismatch.piece / 2) as usize;
        if mismatch.piece == self.end_piece() {
            return "the end of the line".to_owned();
        }
        if mismatch.piece.is_multiple_of(2) {
            let literal = if index == 0 { &self.prefix } else { &self.steps[index - 1].literal };
            format!("\"{}\"", literal.bytes.escape_ascii().to_string().replace("\\\"", "\""))
        } else {
            self.steps[index].take.describe().to_owned()
        }
    }

    /// The piece number of the end of the line.
    fn end_piece(&self) -> u32 {
        2 * self.steps.len() as u32 + 1
    }

    /// Decides whether a failure in or after step `failed` is final. Out of the hot path: rejects.
    #[cold]
    #[inline(never)]
    fn fail(&self, hay: &[u8], limit: usize, failed: usize, mismatch: Mismatch, spans: &[Span]) -> Outcome {
        let line = &hay[..limit];
        let open = self.steps[..failed].iter().any(|step| match step.choice {
            Choice::Forced => false,
            Choice::Open => true,
            Choice::IfAgain => {
                // The step's own span may be overwritten where fields share the spare slot; then
                // the position is not known and the regex has to decide.
                step.slot + 1 == spans.len() || step.literal.stands_after(line, spans[step.slot])
            }
        });
        let own = self.steps.get(failed).is_some_and(|step| step.choice == Choice::Open);
        if open || own { Outcome::Undecided(mismatch) } else { Outcome::Mismatch(mismatch) }
    }
}
