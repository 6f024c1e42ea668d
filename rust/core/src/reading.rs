//! Lines of one format on their way into a snapshot: a scanner, and what one thread writes to.

use std::sync::Arc;

use crate::category::Learning;
use crate::metric::{EventTime, Snapshot, Tally, Window, time_reader};
use crate::plan::{Plan, TIME};
use crate::rules::{self, Judge, TemplateJudge};
use crate::scan::{Mismatch, Record, RecordSink, Scanner, Scratch};
use crate::value::time::TimeReader;

/// Counts blocks of lines of one format by a plan.
#[derive(Debug)]
pub struct Reading {
    scanner: Arc<Scanner>,
    scratch: Scratch,
    /// `None` for lines that lack fields of the plan's metrics: only their number is counted.
    rules: Option<rules::Scratch>,
    /// The slot of `time`, and what reads it.
    time: Option<(usize, TimeReader)>,
}

impl Reading {
    /// For lines that `scanner`, compiled for `plan` or for no field at all, reads. `year_if_absent` is
    /// the year of instants that are logged without one.
    pub fn new(plan: &Plan, scanner: Arc<Scanner>, year_if_absent: i16) -> Reading {
        // A format that may lack the time has no slot for it.
        let slot = plan.slot(TIME).filter(|slot| *slot < scanner.kinds().len());
        let time = slot.map(|slot| (slot, time_reader(&scanner, slot, year_if_absent)));
        Reading {
            scratch: scanner.scratch(),
            rules: plan.is_complete(&scanner).then(|| plan.rules.scratch(scanner.kinds(), year_if_absent)),
            time,
            scanner,
        }
    }

    /// Those who learn groups from the lines from now on, none at first; `None` if lines are counted
    /// alone.
    pub fn learning_mut(&mut self) -> Option<&mut Vec<Learning>> {
        Some(self.rules.as_mut()?.categories_mut().learning_mut())
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
        self.count_mined(plan, block, window, snapshot, refused, None);
    }

    /// The same for lines whose templates are known, in order.
    pub fn count_mined(
        &mut self,
        plan: &Plan,
        block: &[u8],
        window: Option<Window>,
        snapshot: &mut Snapshot,
        refused: Option<&mut Vec<u8>>,
        templates: Option<&[Option<u64>]>,
    ) {
        let Some(rules) = &mut self.rules else {
            self.scanner.scan_block(&mut self.scratch, block, &mut LineCount { snapshot, refused });
            return;
        };
        // It is shared by sources of one format, some of which may have no model.
        rules.categories_mut().set_templates([]);
        let time = self.time.as_mut().map(|(slot, reader)| EventTime { slot: *slot, reader, window });
        let tally = Tally::new(&plan.metrics, &self.scanner, snapshot, time, refused);
        let mut tally = tally.with_joint(plan.joint.as_ref());
        if plan.rules.is_empty() {
            self.scanner.scan_block(&mut self.scratch, block, &mut tally);
            return;
        }
        let judge = Judge { rules: &plan.rules, scratch: rules };
        if let Some(templates) = templates {
            let judge = TemplateJudge { judge, templates: templates.iter() };
            let mut tally = tally.with_rules(judge, None);
            self.scanner.scan_block(&mut self.scratch, block, &mut tally);
        } else {
            let mut tally = tally.with_rules(judge, None);
            self.scanner.scan_block(&mut self.scratch, block, &mut tally);
        }
    }
}

/// Counts lines, and nothing of what they hold.
struct LineCount<'a> {
    snapshot: &'a mut Snapshot,
    refused: Option<&'a mut Vec<u8>>,
}

impl RecordSink for LineCount<'_> {
    fn record(&mut self, _record: &Record<'_>) {
        self.snapshot.lines += 1;
        self.snapshot.matched += 1;
        self.snapshot.selected += 1;
    }

    fn reject(&mut self, line: &[u8], mismatch: &Mismatch) {
        self.snapshot.reject(mismatch.reason);
        if let Some(refused) = &mut self.refused {
            refused.extend_from_slice(line);
            refused.push(b'\n');
        }
    }
}
