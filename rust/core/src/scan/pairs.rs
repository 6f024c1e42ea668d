//! Lines of keys with values: logfmt and its relatives. One pass, no allocation per line.

mod batch;
mod cursor;
mod shape;
#[cfg(test)]
mod tests;

pub(super) use batch::PairLines;
pub(super) use shape::Shape;

use super::derive::TRUE;
use super::record::{Mismatch, Reason, Span};
use super::simd::{Portable, Search};
use crate::format::pairs::PairsDialect;
use cursor::{Cursor, Pair, Value};
use shape::Plan;

/// More keys than this are no fields.
const MAX_DISCOVERED_KEYS: usize = 256;

/// Reads pairs by a mapping from keys to slots.
#[derive(Debug)]
pub struct PairScanner {
    dialect: PairsDialect,
    keys: Vec<(Box<[u8]>, usize)>,
    /// Slots of fields, cleared before each line.
    slots: Vec<usize>,
    settle: super::keyed::Settle,
    /// How lines are held against the shapes of others, if they are.
    plan: Option<Plan>,
}

impl PairScanner {
    /// For `keys` and the slots that take their values.
    pub(super) fn new(
        dialect: PairsDialect,
        keys: Vec<(String, usize)>,
        settle: super::keyed::Settle,
    ) -> PairScanner {
        let mut slots: Vec<usize> = keys.iter().map(|(_, slot)| *slot).collect();
        slots.sort_unstable();
        slots.dedup();
        // Of equal keys in the mapping, the place in the line decides which is meant.
        let is_unique = |(index, (key, _)): (usize, &(String, usize))| {
            keys[..index].iter().all(|(other, _)| other != key)
        };
        let plan = Plan::of(dialect).filter(|_| keys.iter().enumerate().all(is_unique));
        let keys = keys.into_iter().map(|(key, slot)| (key.into_bytes().into_boxed_slice(), slot)).collect();
        PairScanner { dialect, keys, slots, settle, plan }
    }

    /// Reads the line `hay[..limit]`: sets every slot's span. A key without a value is `true`, in logfmt
    /// absent; of equal keys the last
    /// one counts.
    ///
    /// # Errors
    /// Where the line stops being pairs, or without a field that is needed.
    #[inline(always)]
    pub fn scan<S: Search>(
        &self,
        search: S,
        hay: &[u8],
        limit: usize,
        spans: &mut [Span],
        text: &mut Vec<u8>,
    ) -> Result<(), Mismatch> {
        let line = &hay[..limit];
        self.clear(spans);
        let mut cursor = Cursor::new(search, hay, limit, self.dialect);
        let mut likely = 0;
        let mut any = false;
        while let Some(pair) = cursor.next_pair().map_err(|offset| mismatch(offset, Part::Pair))? {
            any = true;
            let key = &line[pair.key.0..pair.key.1];
            // Lines keep the order of their keys: the search goes on where the last one ended.
            let (before, after) = self.keys.split_at(likely);
            let Some(hit) = after.iter().chain(before).position(|(known, _)| **known == *key) else {
                continue;
            };
            let place = (likely + hit) % self.keys.len();
            likely = (place + 1) % self.keys.len();
            spans[self.keys[place].1] = value(&pair, self.dialect, line, text);
        }
        if !any {
            return Err(mismatch(0, Part::Pair));
        }
        self.settle.settle(spans, line, text).map_err(|()| mismatch(line.len(), Part::Needed))
    }

    #[inline(always)]
    fn clear(&self, spans: &mut [Span]) {
        for &slot in &self.slots {
            spans[slot] = Span::ABSENT;
        }
    }

    /// What was expected at a mismatch, in words.
    pub fn expected(&self, mismatch: &Mismatch) -> String {
        match (mismatch.piece == Part::Needed as u32, self.dialect) {
            (true, _) => format!("the fields that every line has: {}", self.settle.needed()),
            (false, PairsDialect::Delimited { between, .. }) => {
                format!("a key, `{}` and a value", char::from(between))
            }
            (false, _) => "key=value, values with spaces in quotes".to_owned(),
        }
    }
}

/// The part of a line that was expected.
#[derive(Debug, Clone, Copy)]
enum Part {
    Pair = 0,
    Needed = 1,
}

fn mismatch(offset: usize, part: Part) -> Mismatch {
    Mismatch { reason: Reason::Pairs, offset: offset as u32, piece: part as u32 }
}

fn value(pair: &Pair, dialect: PairsDialect, line: &[u8], text: &mut Vec<u8>) -> Span {
    match pair.value {
        Value::None if dialect == PairsDialect::Logfmt => Span::ABSENT,
        Value::None => TRUE,
        Value::Plain(start, end) => Span::line(start, end),
        Value::Escaped(start, end) => {
            let from = text.len();
            super::unescape::unescape(&line[start..end], text);
            Span::scratch(from, text.len())
        }
    }
}

/// The keys of a line, in order; empty where it is no line of pairs with at least one value.
pub fn keys(line: &[u8], dialect: PairsDialect) -> Vec<String> {
    let mut cursor = Cursor::new(Portable, line, line.len(), dialect);
    let mut keys = Vec::new();
    let mut values = 0;
    while keys.len() < MAX_DISCOVERED_KEYS {
        match cursor.next_pair() {
            Ok(Some(pair)) => {
                values += usize::from(!matches!(pair.value, Value::None));
                keys.extend(std::str::from_utf8(&line[pair.key.0..pair.key.1]).ok().map(str::to_owned));
            }
            Ok(None) => break,
            Err(_) => return Vec::new(),
        }
    }
    if values == 0 && dialect != PairsDialect::Logfmt && keys.len() < 2 { Vec::new() } else { keys }
}
