//! What a text alone decides about the rules of a category.

use super::template;

/// Candidates of a verdict that is kept.
const MOST_CANDIDATES: usize = 4;
/// Longer verdicts are not kept, in bytes of their values.
const LONGEST_VALUES: usize = 512;

/// The rules that may win for a text, in order, with the values that they would give. The last one
/// has no condition, unless there is no such.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    /// In order.
    pub candidates: Vec<Candidate>,
    /// The values that are not constant, one after the other.
    pub values: Vec<u8>,
}

/// What is remembered of a text.
#[derive(Debug, Clone, Copy, Default)]
pub enum Kept {
    /// The rule of this number wins whatever else the record holds, and its value is constant.
    Decided(u32),
    /// There is a [`Verdict`].
    #[default]
    Verdict,
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

impl Verdict {
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

    /// Whether it is small enough to be kept.
    pub fn is_small(&self) -> bool {
        self.candidates.len() <= MOST_CANDIDATES && self.values.len() <= LONGEST_VALUES
    }

    /// Becomes equal to another one, in the memory that it has.
    pub fn copy_from(&mut self, other: &Verdict) {
        self.clear();
        self.candidates.extend_from_slice(&other.candidates);
        self.values.extend_from_slice(&other.values);
    }

    /// Memory beside its own, in bytes.
    pub fn held_bytes(&self) -> usize {
        self.values.capacity() + self.candidates.capacity() * size_of::<Candidate>()
    }
}

impl Candidate {
    /// Its value, where that is not constant.
    pub fn value(self, values: &[u8]) -> &[u8] {
        &values[self.start as usize..self.end as usize]
    }
}
