//! The fast scanner of a [`Pattern`]: from delimiter to delimiter, without backtracking.
//!
//! Why it equals the pattern's regex. A leftmost-first regex engine tries choices in order of
//! preference: greedy classes the longest run first, lazy ones the shortest. Each step here takes the
//! *first* preference of its field (for a lazy field, and for a word before a literal that is not a
//! space, of field and literal together). If the whole line matches along this path, then it is the
//! match that the regex prefers. If it does not, then either every choice was forced, and the regex
//! fails too, or a choice was not, and the regex is asked ([`Outcome::Undecided`]).

mod column;
mod ends;
mod literal;
mod step;

pub(super) use self::ends::skip_digits;

use self::ends::NONE;
use self::literal::Literal;
use self::step::{Choice, Found, Part, Step};
use super::batch::{Batch, LineSet};
use super::record::{Mismatch, Reason, Span};
use super::simd::{Search, Windows};
use crate::format::{Optional, Pattern, Piece};

/// A compiled pattern; immutable and shared.
#[derive(Debug, Clone)]
pub struct Delimiter {
    /// The literal before the first field.
    prefix: Literal,
    steps: Vec<Step>,
    /// A line that fails in one of so many first steps matches along no other path either.
    final_steps: usize,
    /// So many first steps are those of the pattern that was tried before this one.
    shared_steps: usize,
    /// The numbers of steps up to which patterns that are tried later share them.
    kept_steps: Vec<usize>,
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
        let steps = steps.map(|(i, part)| Step::new(part, slot_of(i), i == last, parts.get(i + 1)));
        let steps: Vec<Step> = steps.collect();
        let forced = steps.iter().take_while(|step| step.choice == Choice::Forced).count();
        // The first end is where the literal stands first; without one there is none.
        let is_sought = steps.get(forced).is_some_and(|step| step.choice == Choice::IfAgain);
        Delimiter {
            prefix: Literal::new(&prefix),
            steps,
            final_steps: forced + usize::from(is_sought),
            shared_steps: 0,
            kept_steps: Vec::new(),
        }
    }

    /// How many first steps are also those of `other`, with no end but the one that is taken.
    pub fn steps_shared_with(&self, other: &Delimiter) -> usize {
        let is_same = |(own, other): &(&Step, &Step)| own.choice == Choice::Forced && own == other;
        if self.prefix != other.prefix {
            return 0;
        }
        self.steps.iter().zip(&other.steps).take_while(is_same).count()
    }

    /// Has so many first steps not be taken again on the lines of a batch on which the pattern before took them.
    pub fn share(&mut self, steps: usize) {
        self.shared_steps = steps;
    }

    /// See [`Delimiter::share`].
    pub fn shared_steps(&self) -> usize {
        self.shared_steps
    }

    /// Has a batch note how far its lines were read by so many first steps, for patterns that share them.
    pub fn keep(&mut self, steps: usize) {
        self.kept_steps.push(steps);
    }

    /// Reads the lines of `set`, which end where a window of the text begins; answers those that match along the
    /// preferred path, and those of the others that may match along another one. The pattern before read all of
    /// them, if it shares steps.
    pub fn scan_batch(&self, text: Windows<'_>, batch: &mut Batch, set: LineSet) -> (LineSet, LineSet) {
        if self.shared_steps > 0 {
            batch.resume(set, self.shared_steps);
        } else {
            batch.start(set);
            if self.prefix.len > 0 {
                column::scan_prefix(&self.prefix, text, batch);
            }
        }
        let (first, rest) = self.steps.split_at(self.final_steps);
        for (step, number) in first.iter().zip(1..).skip(self.shared_steps) {
            step.scan_batch(text, batch);
            if self.kept_steps.contains(&number) {
                batch.keep(number);
            }
        }
        let undecided = if self.is_forced() { 0 } else { batch.live() };
        for step in rest {
            step.scan_batch(text, batch);
        }
        let matched = batch.ended();
        (matched, undecided & !matched)
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
            let end = if is_there { step.take.end(stop, search, hay, start, limit) } else { NONE };
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
    fn is_forced(&self) -> bool {
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
