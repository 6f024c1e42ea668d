//! A second thread that counts half of each large block: for whoever waits for all of a long log.

use std::sync::Arc;
use std::thread;

use logagent_core::metric::Snapshot;
use logagent_core::plan::Plan;
use logagent_core::reading::Reading;

use super::tally::LineCounts;

/// Bytes that are read at a time: starting a thread is a hundredth of counting half of them.
pub(super) const BATCH_BYTES: usize = 2 << 20;
/// Smaller blocks are counted by one thread.
const LEAST_BYTES: usize = 256 << 10;

/// What the second thread has counted since the last take.
#[derive(Debug)]
pub(super) struct Second {
    counted: Snapshot,
    /// What it reads with, and the year of instants that are logged without one.
    reading: Option<(Reading, i16)>,
}

impl Second {
    /// For a plan whose lines may be counted in any order: `None` where slots tell which are new, or
    /// groups are learnt.
    pub(super) fn new(plan: &Plan) -> Option<Second> {
        let is_free = plan.slot_seconds().is_none() && plan.groups().is_empty();
        is_free.then(|| Second { counted: plan.snapshot(), reading: None })
    }

    /// Counts the first half of a block into `pending` and the rest apart; what was counted apart
    /// before. `None` if the block is not large, or its lines need their order: nothing was counted.
    /// `year` is that of instants that are logged without one.
    pub(super) fn count(
        &mut self,
        plan: &Plan,
        (reading, year): (&mut Reading, i16),
        block: &[u8],
        pending: &mut Snapshot,
    ) -> Option<LineCounts> {
        if block.len() < LEAST_BYTES || reading.scanner().needs_order() {
            return None;
        }
        let (first, rest) = halves(block);
        let before = LineCounts::of(&self.counted);
        let scanner = reading.scanner();
        let is_fit = |(own, its): &(Reading, i16)| Arc::ptr_eq(own.scanner(), scanner) && *its == year;
        self.reading = self.reading.take().filter(is_fit);
        let new = || (Reading::new(plan, Arc::clone(scanner), year), year);
        let (own, _) = self.reading.get_or_insert_with(new);
        let counted = &mut self.counted;
        thread::scope(|scope| {
            scope.spawn(|| own.count(plan, rest, None, counted, None));
            reading.count(plan, first, None, pending, None);
        });
        Some(before)
    }

    /// What it has counted.
    pub(super) fn counted(&self) -> &Snapshot {
        &self.counted
    }

    /// Adds what it has counted to `pending`, and begins anew.
    pub(super) fn hand_over(&mut self, plan: &Plan, pending: &mut Snapshot) {
        if self.counted.lines > 0 {
            pending.merge(&self.counted);
            self.counted = plan.snapshot();
        }
    }
}

/// A block of lines as two of them, about equally large.
fn halves(block: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr::memrchr(b'\n', &block[..block.len() / 2]).map_or(0, |feed| feed + 1);
    block.split_at(end)
}
