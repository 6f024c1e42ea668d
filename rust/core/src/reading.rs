//! Lines of one format on their way into a snapshot: a scanner, and what one thread writes to.

use std::sync::Arc;

use crate::category::Learning;
use crate::metric::{EventTime, Snapshot, Tally, Window, time_reader};
use crate::plan::{Plan, TIME};
use crate::rules::{self, Judge};
use crate::scan::{Scanner, Scratch};
use crate::value::time::TimeReader;

/// Counts blocks of lines of one format by a plan.
#[derive(Debug)]
pub struct Reading {
    scanner: Arc<Scanner>,
    scratch: Scratch,
    rules: rules::Scratch,
    /// The slot of `time`, and what reads it.
    time: Option<(usize, TimeReader)>,
}

impl Reading {
    /// For lines that `scanner`, compiled for `plan`, reads. `year_if_absent` is the year of instants
    /// that are logged without one.
    pub fn new(plan: &Plan, scanner: Arc<Scanner>, year_if_absent: i16) -> Reading {
        // A format that may lack the time has no slot for it.
        let slot = plan.slot(TIME).filter(|slot| *slot < scanner.kinds().len());
        let time = slot.map(|slot| (slot, time_reader(&scanner, slot, year_if_absent)));
        Reading {
            scratch: scanner.scratch(),
            rules: plan.rules.scratch(scanner.kinds(), year_if_absent),
            time,
            scanner,
        }
    }

    /// Those who learn groups from the lines from now on, none at first.
    pub fn learning_mut(&mut self) -> &mut Vec<Learning> {
        self.rules.categories_mut().learning_mut()
    }

    /// What reads the lines.
    pub fn scanner(&self) -> &Arc<Scanner> {
        &self.scanner
    }

    /// Counts a block of whole lines into `snapshot`: by `window`, those of its instants. Refused
    /// lines go to `refused` as they are, each with a line feed.
    pub fn count(
        &mut self,
        plan: &Plan,
        block: &[u8],
        window: Option<Window>,
        snapshot: &mut Snapshot,
        refused: Option<&mut Vec<u8>>,
    ) {
        let time = self.time.as_mut().map(|(slot, reader)| EventTime { slot: *slot, reader, window });
        let tally = Tally::new(&plan.metrics, &self.scanner, snapshot, time, refused);
        let mut tally = tally.with_joint(plan.joint.as_ref());
        if plan.rules.is_empty() {
            self.scanner.scan_block(&mut self.scratch, block, &mut tally);
        } else {
            let judge = Judge { rules: &plan.rules, scratch: &mut self.rules };
            let mut tally = tally.with_rules(judge, None);
            self.scanner.scan_block(&mut self.scratch, block, &mut tally);
        }
    }
}
