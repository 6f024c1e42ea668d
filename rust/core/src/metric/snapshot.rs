//! What was counted, apart from where: additive, in any order.

use super::{Metric, Table};
use crate::scan::Reason;

/// All that a stretch of log lines counted. Merging is associative and commutative.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Lines read, refused ones included.
    pub lines: u64,
    /// Lines that match their format.
    pub matched: u64,
    /// Matching lines that passed the filter (of time).
    pub selected: u64,
    /// Bytes read, line feeds included.
    pub bytes: u64,
    /// Refused lines by [`Reason`], in the order of [`Reason::ALL`].
    pub rejects: [u64; Reason::ALL.len()],
    /// Values of summed fields that are there but no numbers; they are left out of the sums.
    pub unreadable: u64,
    /// One table per metric of the plan.
    pub tables: Vec<Table>,
}

impl Snapshot {
    /// Nothing counted yet.
    pub fn new(metrics: &[Metric]) -> Snapshot {
        Snapshot {
            lines: 0,
            matched: 0,
            selected: 0,
            bytes: 0,
            rejects: [0; Reason::ALL.len()],
            unreadable: 0,
            tables: metrics.iter().map(Metric::table).collect(),
        }
    }

    /// Counts a refused line.
    pub fn reject(&mut self, reason: Reason) {
        self.lines += 1;
        self.rejects[reason as usize] += 1;
    }

    /// About how much memory the counts take, in bytes.
    pub fn held_bytes(&self) -> usize {
        self.tables.iter().map(Table::held_bytes).sum()
    }

    /// Refused lines.
    pub fn rejected(&self) -> u64 {
        self.rejects.iter().sum()
    }

    /// Adds what the other counted; both are of one plan.
    pub fn merge(&mut self, other: &Snapshot) {
        self.lines += other.lines;
        self.matched += other.matched;
        self.selected += other.selected;
        self.bytes += other.bytes;
        for (own, theirs) in self.rejects.iter_mut().zip(other.rejects) {
            *own += theirs;
        }
        self.unreadable += other.unreadable;
        for (own, theirs) in self.tables.iter_mut().zip(&other.tables) {
            own.merge(theirs);
        }
    }

    /// Forgets all counts and keeps the memory.
    pub fn clear(&mut self) {
        let Snapshot { lines, matched, selected, bytes, rejects, unreadable, tables } = self;
        (*lines, *matched, *selected, *bytes, *unreadable) = (0, 0, 0, 0, 0);
        rejects.fill(0);
        tables.iter_mut().for_each(Table::clear);
    }
}
