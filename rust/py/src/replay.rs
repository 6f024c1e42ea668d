//! `Replay`: lines by slot and records, for checkers over old logs.

use std::ffi::OsString;
use std::sync::{Arc, Mutex};

use logagent_core::metric::Window;
use logagent_engine::jobs::{self, Replayed, Slotting, Wanted};
use logagent_engine::{expand, expand_sources};
use pyo3::prelude::*;

use crate::enter::without_gil;
use crate::errors;
use crate::fd;
use crate::filter::Filter;
use crate::job::{Reading, current_year, lock};
use crate::plan::Plan;
use crate::scan::named;
use crate::snapshot::Snapshot;

/// Bytes of a file that one thread reads at a time: the records in it, some times as large, are held
/// until their turn comes.
const RANGE_BYTES: u64 = 1 << 20;

/// Puts lines into slots, and writes the records that somebody wants to file descriptors.
#[pyclass(frozen, module = "logagent._core")]
pub struct Replay {
    plan: Py<Plan>,
    job: Mutex<Option<jobs::Replay>>,
    reading: Reading,
    formats: Mutex<Vec<(String, String)>>,
    found: Mutex<Replayed>,
}

#[pymethods]
impl Replay {
    #[new]
    #[pyo3(signature = (plan, inputs, *, source, slot_seconds, wishes, threads = 1, since_ns = None, until_ns = None))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of the Python class")]
    fn new(
        plan: Py<Plan>,
        inputs: Option<Vec<OsString>>,
        source: usize,
        slot_seconds: u32,
        wishes: Vec<(Option<Py<Filter>>, i32)>,
        threads: usize,
        since_ns: Option<i64>,
        until_ns: Option<i64>,
    ) -> PyResult<Replay> {
        let window =
            Window { since_ns: since_ns.unwrap_or(i64::MIN), until_ns: until_ns.unwrap_or(i64::MAX) };
        let wanted = |(filter, output): (Option<Py<Filter>>, i32)| {
            let output = fd::duplicate(output).map_err(|error| errors::system(&error, None))?;
            Ok(Wanted { filter: filter.map(|filter| Arc::clone(&filter.get().core)), output })
        };
        let wanted = wishes.into_iter().map(wanted).collect::<PyResult<Vec<_>>>()?;
        let own = plan.get().source(source)?;
        let read = match inputs {
            Some(inputs) => expand(&inputs),
            None => expand_sources(&named(&plan.get().core.sources)).swap_remove(source),
        };
        let slotting = Slotting { slot_seconds, window: Some(window), year_if_absent: current_year() };
        let job = jobs::Replay::new(own, slotting, wanted);
        Ok(Replay {
            plan,
            job: Mutex::new(Some(job)),
            reading: Reading::of_inputs(read, threads, true, RANGE_BYTES),
            formats: Mutex::default(),
            found: Mutex::default(),
        })
    }

    fn run(slf: &Bound<'_, Self>) -> PyResult<Snapshot> {
        let (py, this) = (slf.py(), slf.get());
        let job = lock(&this.job).take().ok_or_else(errors::already_run)?;
        let outcome = without_gil(py, || {
            this.reading.run(&job);
            *lock(&this.formats) = job.detections();
            job.finish()
        });
        let (found, counts) = outcome.map_err(|error| errors::system(&error, None))?;
        *lock(&this.found) = found;
        Ok(Snapshot::new(this.plan.clone_ref(py), counts))
    }

    fn lines(&self) -> Vec<(i64, u64, u64)> {
        let found = lock(&self.found);
        found.slots.iter().map(|(slot, one)| (*slot, one.lines, one.rejected)).collect()
    }

    fn runs(&self, wish: usize) -> Vec<(i64, u64)> {
        let found = lock(&self.found);
        found.runs.get(wish).into_iter().flatten().map(|run| (run.slot, run.bytes)).collect()
    }

    fn cancel(&self) {
        self.reading.progress.cancel();
    }

    fn progress(&self) -> (u64, Option<u64>) {
        self.reading.progress()
    }

    fn errors(&self) -> Vec<(String, String)> {
        self.reading.errors()
    }

    fn formats(&self) -> Vec<(String, String)> {
        lock(&self.formats).clone()
    }
}
