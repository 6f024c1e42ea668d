//! `Scan`: one count over files.

use std::ffi::OsString;
use std::fs::File;
use std::sync::{Arc, Mutex};

use logagent_core::metric::Window;
use logagent_core::plan::{Source, TIME};
use logagent_engine::jobs::{Count, learn_groups};
use logagent_engine::{Input, Named, expand, expand_sources};
use pyo3::prelude::*;

use crate::enter::without_gil;
use crate::errors;
use crate::job::{Reading, current_year, lock};
use crate::plan::Plan;
use crate::snapshot::Snapshot;

/// Bytes of a file that one thread counts at a time.
const RANGE_BYTES: u64 = 16 << 20;

/// One count over files. `run` blocks without the GIL; the rest may be called meanwhile.
#[pyclass(frozen, module = "logagent._core")]
pub struct Scan {
    plan: Py<Plan>,
    job: Mutex<Option<Count>>,
    source: usize,
    reading: Reading,
    formats: Mutex<Vec<(String, String)>>,
    rejects: Option<String>,
}

#[pymethods]
impl Scan {
    #[new]
    #[pyo3(signature = (plan, inputs, *, source = 0, threads = 1, since_ns = None, until_ns = None, slot_seconds = None, rejects = None, mmap = true))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of the Python class")]
    fn new(
        py: Python<'_>,
        plan: Py<Plan>,
        inputs: Option<Vec<OsString>>,
        source: usize,
        threads: usize,
        since_ns: Option<i64>,
        until_ns: Option<i64>,
        slot_seconds: Option<u32>,
        rejects: Option<String>,
        mmap: bool,
    ) -> PyResult<Scan> {
        let window = (since_ns.is_some() || until_ns.is_some()).then(|| Window {
            since_ns: since_ns.unwrap_or(i64::MIN),
            until_ns: until_ns.unwrap_or(i64::MAX),
        });
        let own = plan.get();
        own.source(source)?;
        if slot_seconds == Some(0) {
            return Err(errors::value("`slot_seconds` is at least 1"));
        }
        let core = if window.is_some() || slot_seconds.is_some() {
            let with_time = own.core.with_field(TIME);
            Arc::new(with_time.map_err(|problems| errors::config(py, &problems))?)
        } else {
            Arc::clone(&own.core)
        };
        let refused = match &rejects {
            Some(path) => Some(File::create(path).map_err(|error| errors::system(&error, Some(path)))?),
            None => None,
        };
        let named = match inputs {
            Some(inputs) => expand(&inputs),
            None => expand_sources(&named(&core.sources)).swap_remove(source),
        };
        let mut job = Count::new(core, source, window, current_year(), refused);
        if let Some(seconds) = slot_seconds {
            job = job.by_slot(seconds);
        }
        Ok(Scan {
            plan,
            job: Mutex::new(Some(job)),
            source,
            reading: Reading::of_inputs(named, threads, mmap, RANGE_BYTES),
            formats: Mutex::default(),
            rejects,
        })
    }

    fn run(slf: &Bound<'_, Self>) -> PyResult<Snapshot> {
        let (py, this) = (slf.py(), slf.get());
        let job = this.grouped(py, lock(&this.job).take().ok_or_else(errors::already_run)?)?;
        let counted = without_gil(py, || {
            this.reading.run(&job);
            *lock(&this.formats) = job.detections();
            job.finish()
        });
        let counted = counted.map_err(|error| errors::system(&error, this.rejects.as_deref()))?;
        Ok(Snapshot::new(this.plan.clone_ref(py), counted))
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

impl Scan {
    /// The job, by a plan that has learnt the groups of mined categories, unless it has some.
    fn grouped(&self, py: Python<'_>, job: Count) -> PyResult<Count> {
        let plan = Arc::clone(job.plan());
        let groups = plan.groups();
        if groups.values().all(|groups| !groups.is_empty()) {
            return Ok(job); // also if nothing is mined
        }
        let inputs = self.reading.inputs();
        if inputs.iter().any(|input| matches!(input, Input::Stdin)) {
            let message = "standard input cannot be read twice, to learn groups of paths first: name a file";
            return Err(errors::value(message));
        }
        let learnt =
            without_gil(py, || plan.with_groups(&learn_groups(&plan, self.source, inputs, current_year())));
        let learnt = learnt.map_err(|problems| errors::config(py, &problems))?;
        Ok(job.with_plan(Arc::new(learnt)))
    }
}

/// What each source says of its files.
pub(crate) fn named(sources: &[Source]) -> Vec<Named<'_>> {
    sources.iter().map(|source| Named { paths: &source.paths, exclude: &source.exclude }).collect()
}
