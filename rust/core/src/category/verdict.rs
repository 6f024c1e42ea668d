//! What a text alone decides about the rules of a category.

use super::template;

/// The rules that may win for a text, in order, with the values that they would give. The last one
/// has no condition, unless there is no such.
#[derive(Debug, Default)]
pub struct Verdict {
    /// In order.
    pub candidates: Vec<Candidate>,
    /// The values that are not constant, one after the other.
    pub values: Vec<u8>,
}

/// A rule whose tests hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Candidate {
    /// Its place among the category's rules; the default's is behind the last.
    pub rule: u32,
    /// Where its value begins in the verdict's values, and where it ends.
    pub start: u32,
    pub end: u32,
}

/// A verdict, borrowed from wherever it is kept.
#[derive(Debug, Clone, Copy)]
pub struct Known<'v> {
    /// In order.
    pub candidates: &'v [Candidate],
    /// The values that are not constant.
    pub values: &'v [u8],
}

impl Verdict {
    /// The verdict, borrowed.
    pub fn known(&self) -> Known<'_> {
        Known { candidates: &self.candidates, values: &self.values }
    }

    /// Adds a rule with the value that `fill` appends, cut to what a label holds.
    pub fn add(&mut self, rule: u32, fill: impl FnOnce(&mut Vec<u8>)) {
        let start = self.values.len();
        fill(&mut self.values);
        let length = template::bounded(&self.values[start..]).end;
        self.values.truncate(start + length);
        self.candidates.push(Candidate { rule, start: start as u32, end: (start + length) as u32 });
    }

    /// Forgets everything and keeps the memory.
    pub fn clear(&mut self) {
        self.candidates.clear();
        self.values.clear();
    }
}

impl Candidate {
    /// Its value, where that is not constant.
    pub fn value(self, values: &[u8]) -> &[u8] {
        &values[self.start as usize..self.end as usize]
    }
}
