//! Matches of a relaxed regex: which of them are the regex's own, and what its groups are.

use super::batch::{Batch, LineSet, lines_of};
use super::derive::Derive;
use super::record::Span;
use super::regex::{RegexReader, RegexScratch};
use super::simd::Portable;
use crate::format::Piece;
use crate::format::relax::{Check, Relaxed, Test};

/// Certifies matches; the regex reads the lines whose match is not.
#[derive(Debug)]
pub struct Certified {
    regex: RegexReader,
    checks: Vec<Checked>,
    /// How groups of several parts follow from their first and last field.
    covers: Vec<Derive>,
    /// Slots of groups that take no part in what is certified.
    absent: Vec<usize>,
}

/// A check, and where its field's span is.
#[derive(Debug)]
struct Checked {
    slot: usize,
    /// Whether the line may lack the field.
    is_optional: bool,
    check: Check,
}

/// Where the fields of a relaxed pattern go.
#[derive(Debug)]
pub struct Placed {
    /// The slot of each field of the pattern; `None` where nobody wants it.
    pub slots: Vec<Option<usize>>,
    /// The first slot that is free.
    pub next: usize,
}

impl Placed {
    fn slot_of(&mut self, field: usize) -> usize {
        *self.slots[field].get_or_insert_with(|| {
            self.next += 1;
            self.next - 1
        })
    }
}

impl Certified {
    /// For matches of `relaxed`'s pattern, whose fields go where the second answer says. `group_slot` answers where the
    /// group of this number − 1 is wanted, `regex` reads the groups there; slots from `next` on are free.
    ///
    /// # Errors
    /// In words, why the regex has to read all lines.
    pub fn new(
        relaxed: Relaxed,
        regex: RegexReader,
        group_slot: impl Fn(usize) -> Option<usize>,
        next: usize,
    ) -> Result<(Certified, Placed), String> {
        let fields = relaxed.pattern.pieces.iter().filter(|piece| !matches!(piece, Piece::Literal(_)));
        let mut may_lack: Vec<bool> = fields.map(|piece| matches!(piece, Piece::Optional(_))).collect();
        let is_optional = may_lack.clone();
        for check in &relaxed.checks {
            may_lack[check.field] |= check.unless.is_some();
        }
        let mut placed = Placed { slots: vec![None; may_lack.len()], next };
        let (mut covers, mut absent, mut taken) = (Vec::new(), Vec::new(), Vec::new());
        for (group, cover) in relaxed.groups.iter().enumerate() {
            let Some(to) = group_slot(group) else { continue };
            if taken.contains(&to) {
                return Err("two of its groups give one field".to_owned());
            }
            taken.push(to);
            let Some(cover) = cover else {
                absent.push(to);
                continue;
            };
            let is_one_field = cover.first == cover.last && cover.before == 0 && cover.after == 0;
            if is_one_field && placed.slots[cover.first].is_none() {
                placed.slots[cover.first] = Some(to);
            } else if may_lack[cover.first] || may_lack[cover.last] {
                return Err("a group of it holds a part that may be missing".to_owned());
            } else {
                let (first, last) = (placed.slot_of(cover.first), placed.slot_of(cover.last));
                covers.push(Derive::Cover { first, before: cover.before, last, after: cover.after, to });
            }
        }
        let mut checks = Vec::new();
        for check in relaxed.checks {
            let is_optional = is_optional[check.field];
            checks.push(Checked { slot: placed.slot_of(check.field), is_optional, check });
        }
        Ok((Certified { regex, checks, covers, absent }, placed))
    }

    /// Those of the `matched` lines of a batch of `text` whose match is the regex's.
    pub fn of_batch(&self, text: &[u8], batch: &mut Batch, matched: LineSet) -> LineSet {
        let certain = lines_of(matched).filter(|&index| {
            let (line, spans) = batch.row_mut(index);
            self.holds(&text[line], spans)
        });
        certain.fold(0, |lines, index| lines | 1 << index)
    }

    /// Whether the pattern's match, whose fields are in `spans`, is the regex's; then the groups are there too.
    pub fn holds(&self, line: &[u8], spans: &mut [Span]) -> bool {
        for Checked { slot, is_optional, check } in &self.checks {
            let span = spans[*slot];
            if *is_optional && span == Span::ABSENT {
                continue;
            }
            let (start, mut end, _) = span.bounds();
            let is_certain = match &check.test {
                None => true,
                Some(Test::Delimited(language)) => language.ends_at(line, start, end),
                Some(Test::Quoted(language)) => {
                    let (start, end) = (start - 1, end + 1);
                    language.ends_at(line, start, end) && language.ends_nowhere_before(line, start, end)
                }
                Some(Test::Cut(preferred)) => preferred.end(line, start).is_some_and(|found| {
                    end = found;
                    spans[*slot] = Span::line(start, end);
                    true
                }),
            };
            if !is_certain {
                return false;
            }
            if check.unless.as_deref() == Some(&line[start..end]) {
                spans[*slot] = Span::ABSENT;
            }
        }
        for &slot in &self.absent {
            spans[slot] = Span::ABSENT;
        }
        for cover in &self.covers {
            cover.apply(Portable, line, &mut Vec::new(), spans);
        }
        true
    }

    /// Reads a line by the regex.
    #[cold]
    #[inline(never)]
    pub fn scan_plain(&self, scratch: &mut Option<RegexScratch>, line: &[u8], spans: &mut [Span]) -> bool {
        self.regex.scan(scratch.get_or_insert_with(|| self.regex.scratch()), line, spans)
    }
}

#[cfg(test)]
mod tests;
