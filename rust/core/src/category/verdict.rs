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

/// A verdict as it is remembered.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    /// The rule that wins whatever else the record holds.
    pub decided: Option<u32>,
    /// The whole verdict where that is not so; also kept to be written over.
    verdict: Option<Box<Verdict>>,
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
}

impl Kept {
    /// Whether a verdict is small enough to be kept.
    pub fn fits(verdict: &Verdict) -> bool {
        verdict.candidates.len() <= MOST_CANDIDATES && verdict.values.len() <= LONGEST_VALUES
    }

    /// Takes another verdict, which has to fit.
    pub fn replace(&mut self, verdict: &Verdict, decided: Option<u32>) {
        self.decided = decided;
        if decided.is_none() {
            let own = self.verdict.get_or_insert_default();
            own.clear();
            own.candidates.extend_from_slice(&verdict.candidates);
            own.values.extend_from_slice(&verdict.values);
        }
    }

    /// The verdict, where it is not decided.
    pub fn verdict(&self) -> Option<&Verdict> {
        self.verdict.as_deref()
    }

    /// Memory beside its own, in bytes.
    pub fn held_bytes(&self) -> usize {
        self.verdict.as_ref().map_or(0, |verdict| {
            size_of::<Verdict>()
                + verdict.values.capacity()
                + verdict.candidates.capacity() * size_of::<Candidate>()
        })
    }
}

impl Candidate {
    /// Its value, where that is not constant.
    pub fn value(self, values: &[u8]) -> &[u8] {
        &values[self.start as usize..self.end as usize]
    }
}
