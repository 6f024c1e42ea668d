//! Learns groups of paths from the beginnings of inputs, before their lines are counted.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use logagent_core::category::{Groups, Learning};
use logagent_core::metric::Snapshot;
use logagent_core::plan::Plan;
use logagent_core::reading::Reading;

use super::lock;
use crate::{Input, Job, Progress, ReadMode, RunOptions, run};

/// Lines that are learnt from in all, an equal share of each input.
const MOST_LINES: u64 = 200_000;
/// Further inputs are passed over, at equal distances.
const MOST_INPUTS: usize = 64;
/// Bytes that are read at a time.
const RANGE_BYTES: u64 = 1 << 20;

/// The groups of the categories that are mined, out of the beginnings of `inputs`, which are of the
/// source of this number; those that the plan has come first. Inputs that cannot be read are left to
/// whoever counts them, and so is standard input, which can be read once only.
pub fn learn_groups(plan: &Arc<Plan>, source: usize, inputs: &[Input], year_if_absent: i16) -> Groups {
    let learning = plan.rules.categories.learning().into_iter().map(Learning::in_one_window).collect();
    let files: Vec<&Input> = inputs.iter().filter(|input| !matches!(input, Input::Stdin)).collect();
    let step = files.len().div_ceil(MOST_INPUTS).max(1);
    let chosen: Vec<&Input> = files.into_iter().step_by(step).collect();
    let mut job = Learn {
        plan: Arc::clone(plan),
        source,
        year_if_absent,
        most_lines: MOST_LINES / chosen.len().max(1) as u64,
        state: Mutex::new(State { learning, reading: None, lines: 0, counts: plan.snapshot() }),
    };
    let options =
        RunOptions { read_mode: ReadMode::Copied, range_bytes: RANGE_BYTES, ..RunOptions::default() };
    for input in chosen {
        run(&job, std::slice::from_ref(input), &options, &Progress::default());
        job.state.get_mut().unwrap_or_else(PoisonError::into_inner).close();
    }
    let mut groups = plan.groups();
    for mut one in job.state.into_inner().unwrap_or_else(PoisonError::into_inner).learning {
        one.learner.settle();
        let name = plan.rules.categories.name_of(&one);
        groups.entry(name.to_owned()).or_default().extend(one.learner.take());
    }
    groups
}

/// Shows lines to those who learn.
#[derive(Debug)]
struct Learn {
    plan: Arc<Plan>,
    source: usize,
    year_if_absent: i16,
    /// Of one input.
    most_lines: u64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Between two inputs; with `reading` otherwise.
    learning: Vec<Learning>,
    reading: Option<Reading>,
    /// Lines of the present input.
    lines: u64,
    /// Counts that nobody looks at.
    counts: Snapshot,
}

impl State {
    /// Ends an input.
    fn close(&mut self) {
        let mut reading = self.reading.take();
        if let Some(learning) = reading.as_mut().and_then(Reading::learning_mut) {
            self.learning = std::mem::take(learning);
        }
        self.lines = 0;
    }
}

impl Job for Learn {
    type Source = ();
    type Part = ();

    fn open(&self, _input: &Input, head: &[u8]) -> Result<(), String> {
        let source = self.plan.sources.get(self.source).ok_or("the configuration has no such source")?;
        let scanner = if let Some(scanner) = &source.scanner {
            Arc::clone(scanner)
        } else {
            let resolved = source.format.resolve(head)?;
            self.plan.scanner_of(self.source, &resolved.format).map_err(|error| error.to_string())?
        };
        let mut state = lock(&self.state);
        let mut reading = Reading::new(&self.plan, scanner, self.year_if_absent);
        if let Some(learning) = reading.learning_mut() {
            *learning = std::mem::take(&mut state.learning);
        }
        state.reading = Some(reading);
        Ok(())
    }

    fn needs_order(&self, (): &()) -> bool {
        true
    }

    fn part(&self) {}

    fn lines(&self, (): &(), (): &mut (), block: &[u8]) {
        let State { reading, lines, counts, .. } = &mut *lock(&self.state);
        let Some(reading) = reading.as_mut().filter(|_| *lines < self.most_lines) else { return };
        counts.clear();
        reading.count(&self.plan, block, None, counts, None);
        *lines += counts.lines;
    }

    fn oversize(&self, (): &(), (): &mut ()) {}

    fn held_bytes(&self, (): &()) -> usize {
        0
    }

    fn collect(&self, (): ()) -> ControlFlow<()> {
        if lock(&self.state).lines < self.most_lines {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }
}
