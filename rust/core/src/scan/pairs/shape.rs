//! Lines that have the same keys.
//!
//! Whoever writes a log puts the same keys, in the same order, into one line after another. So the texts that hold
//! the keys are remembered as a [`Shape`], and a line that divides into as many parts is held against it: each
//! part has to begin with its text, and what follows is the value.
//!
//! Why this is exact. [`super::cursor`] goes on from where the last value ended and looks at no byte twice, so
//! behind equal bytes it has found equal keys; what remains to be checked is that the value ends where the part
//! does. That is so for a value that neither begins with a quote nor holds what ends it, nor blanks that would be
//! left out; and for one in quotes that encloses no backslash and closes the part. Where values may hold spaces, each
//! `=` of the line has to end the next key of the shape, or a text that is no key. All other lines are read as if
//! there were no shape. A property test holds both ways equal.

use std::ops::Range;

use super::cursor::{Cursor, KEY, Value, cef_header};
use crate::format::pairs::PairsDialect;
use crate::scan::division::{Divider, Division, Parts, Quotes};
use crate::scan::literal::Literal;
use crate::scan::record::Span;
use crate::scan::simd::{Portable, Search};

/// A line whose keys are longer together, in bytes, has no shape.
const MAX_TEXT_BYTES: usize = 16 << 10;

/// How the lines of a dialect are held against shapes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    dialect: PairsDialect,
    division: Division,
    way: Way,
}

/// What a line is divided into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Pairs.
    Pairs,
    /// What stands between the delimiters of a key and its value: a value, and the next key.
    Between,
}

/// The keys of a line.
#[derive(Debug, Default)]
pub(in crate::scan) struct Shape {
    steps: Vec<Step>,
    /// Parts before that of the first pair, such as a header; the first key's literal begins with them.
    leading: usize,
    /// Whether nothing follows the delimiter behind the last pair.
    is_closed: bool,
    /// The bytes of all literals.
    text: Vec<u8>,
}

/// A pair.
#[derive(Debug, Clone, Copy)]
struct Step {
    /// What the pair begins with, up to its value.
    key: Literal,
    /// The slot that takes the value.
    slot: Option<usize>,
}

impl Plan {
    /// That of a dialect, if it has one.
    pub(super) fn of(dialect: PairsDialect) -> Option<Plan> {
        let (divider, counted, way) = match dialect {
            // A `=` that belongs to no key is a mistake.
            PairsDialect::Logfmt => (Divider::Blank, Some(b'='), Way::Pairs),
            PairsDialect::Delimited { between, after } => {
                let is_odd = |byte: u8| matches!(byte, b'"' | b'\'' | b'\\');
                // An empty value would be passed with the blanks around it.
                let is_passed = after == b' ' && between == b':' || matches!(between, b' ' | b'\t');
                if is_odd(between) || is_odd(after) || is_passed {
                    return None;
                }
                (Divider::Byte(after), None, Way::Pairs)
            }
            PairsDialect::Spaced | PairsDialect::Cef => (Divider::Byte(b'='), None, Way::Between),
        };
        let quotes = if way == Way::Pairs { Quotes::EncloseUnescaped } else { Quotes::Plain };
        Some(Plan { dialect, division: Division { divider, quotes, counted }, way })
    }

    /// Whether a part that is but this text may stand before the first pair: it says nothing.
    fn may_lead(self, text: &[u8], slot: impl Fn(&[u8]) -> Option<usize>) -> bool {
        matches!(self.dialect, PairsDialect::Delimited { .. }) && slot(text).is_none()
    }

    /// Divides a line; answers whether that can be held against shapes.
    #[inline(always)]
    pub(super) fn divide<S: Search>(
        self,
        search: S,
        parts: &mut Parts,
        text: &[u8],
        line: Range<usize>,
    ) -> bool {
        let start = match self.dialect {
            PairsDialect::Cef => match cef_header(&text[line.clone()]) {
                Some(length) => line.start + length,
                None => return false,
            },
            _ => line.start,
        };
        let is_divided = parts.divide(search, self.division, text, start..line.end);
        is_divided && self.division.counted.is_none_or(|_| parts.counted as usize == parts.len)
    }
}

impl Shape {
    /// Takes on the shape of a line that was divided into `parts`; answers whether it has one. `slot` says which
    /// slot takes the value of a key.
    pub(super) fn learn(
        &mut self,
        plan: Plan,
        parts: &Parts,
        line: &[u8],
        start: usize,
        slot: impl Fn(&[u8]) -> Option<usize>,
    ) -> bool {
        self.steps.clear();
        self.text.clear();
        self.leading = 0;
        let mut cursor = Cursor::new(Portable, line, line.len(), plan.dialect);
        while let Ok(Some(pair)) = cursor.next_pair() {
            let value = match pair.value {
                Value::Plain(from, _) | Value::Escaped(from, _) => from,
                // Such as the parts of a header before the first pair.
                Value::None
                    if self.steps.is_empty() && plan.may_lead(&line[pair.key.0..pair.key.1], &slot) =>
                {
                    continue;
                }
                Value::None => return false,
            };
            if matches!(plan.dialect, PairsDialect::Delimited { .. }) && self.steps.is_empty() {
                self.leading = parts.iter().take_while(|part| part.end - start < pair.key.0).count();
            }
            let begin = match plan.way {
                Way::Pairs if self.leading + self.steps.len() >= parts.len => return false,
                Way::Pairs => parts.get(self.leading + self.steps.len()).start - start,
                // The space before a key belongs to it.
                Way::Between => pair.key.0 - usize::from(!self.steps.is_empty()),
            };
            let is_quoted = matches!(line[pair.key.1..value].last(), Some(b'"' | b'\''));
            let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
            if !line.get(begin..pair.key.0).is_some_and(|lead| lead.iter().all(is_blank)) {
                return false;
            }
            let begin = if self.steps.is_empty() && self.leading > 0 { 0 } else { begin };
            let key = &line[begin..value - usize::from(is_quoted)];
            if key.contains(&b'"') || self.text.len() + key.len() > MAX_TEXT_BYTES {
                return false;
            }
            let from = self.text.len();
            self.text.extend_from_slice(key);
            let key = Literal::new(&self.text, from);
            self.steps.push(Step { key, slot: slot(&line[pair.key.0..pair.key.1]) });
        }
        let behind = parts.len - (self.leading + self.steps.len()).min(parts.len);
        let is_delimited = matches!(plan.dialect, PairsDialect::Delimited { .. });
        self.is_closed = is_delimited && behind == 1 && parts.get(parts.len - 1).is_empty();
        !self.steps.is_empty()
    }

    /// Reads the line of `text` that was divided into `parts` and begins at `start`, if it is of this shape;
    /// answers whether it is. Fills the slots of its values only.
    #[inline(always)]
    pub(super) fn read(
        &self,
        plan: Plan,
        parts: &Parts,
        text: &[u8],
        start: usize,
        spans: &mut [Span],
    ) -> bool {
        match plan.way {
            Way::Pairs => {
                parts.len == self.leading + self.steps.len() + usize::from(self.is_closed)
                    && (!self.is_closed || parts.get(parts.len - 1).is_empty())
                    && self.read_pairs(plan.dialect, parts, text, start, spans)
            }
            Way::Between => self.read_between(parts, text, start, spans),
        }
    }

    /// Pair by pair.
    #[inline(always)]
    fn read_pairs(
        &self,
        dialect: PairsDialect,
        parts: &Parts,
        text: &[u8],
        start: usize,
        spans: &mut [Span],
    ) -> bool {
        let mut quoted = 0;
        // What stands before the first pair is a part of its literal.
        let mut lead = if self.leading > 0 { Some(start) } else { None };
        for (step, Range { start: begin, mut end }) in self.steps.iter().zip(parts.iter().skip(self.leading))
        {
            let begin = lead.take().unwrap_or(begin);
            let mut value = begin + step.key.len;
            if value > end || !step.key.stands_at(text, begin, &self.text) {
                return false;
            }
            let inside = &text[value..end];
            // What is larger, and most is, is no quote and no blank.
            if let (Some(&first), Some(&last)) = (inside.first(), inside.last())
                && (first <= b'\'' || last <= b' ')
            {
                if first == b'"' {
                    quoted += 1;
                    value += 1;
                    end -= 1;
                } else if dialect != PairsDialect::Logfmt
                    && (matches!(first, b'\'' | b' ' | b'\t') || last.is_ascii_whitespace())
                {
                    return false;
                }
            }
            if let Some(slot) = step.slot {
                spans[slot] = Span::line(value - start, end - start);
            }
        }
        // A quote that opens inside a value is a text's own.
        quoted == parts.opened
    }

    /// From key to key.
    #[inline(always)]
    fn read_between(&self, parts: &Parts, text: &[u8], start: usize, spans: &mut [Span]) -> bool {
        let begin = parts.get(0);
        let is_first = |step: &Step| {
            begin.len() + 1 == step.key.len && step.key.stands_at(text, begin.start, &self.text)
        };
        if !self.steps.first().is_some_and(is_first) {
            return false;
        }
        let mut value = begin.end + 1;
        // Each part but the first has a delimiter before it, and each but the last one behind it.
        let mut index = 1;
        for (step, next) in self.steps.iter().zip(self.steps.iter().skip(1).map(Some).chain([None])) {
            let (end, next_value) = loop {
                let part = parts.get(index);
                index += 1;
                if index == parts.len {
                    break (part.end, part.end);
                }
                if let Some(next) = next
                    && part.len() + 1 >= next.key.len
                    && next.key.stands_at(text, part.end + 1 - next.key.len, &self.text)
                {
                    break (part.end + 1 - next.key.len, part.end + 1);
                }
                if ends_in_key(&text[part]) {
                    return false;
                }
            };
            if (index == parts.len) != next.is_none() || text[value..end].first() == Some(&b'"') {
                return false;
            }
            if let Some(slot) = step.slot {
                spans[slot] = Span::line(value - start, end - start);
            }
            value = next_value;
        }
        true
    }
}

/// Whether a key without blanks, behind a space, ends the text.
fn ends_in_key(text: &[u8]) -> bool {
    let length = text.iter().rev().take_while(|byte| KEY[usize::from(**byte)]).count();
    length > 0 && text[..text.len() - length].last() == Some(&b' ')
}
