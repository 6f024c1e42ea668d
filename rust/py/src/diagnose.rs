//! `Diagnose`: why lines are refused.

use std::ffi::OsString;
use std::sync::Mutex;

use logagent_core::format::edit::Edit;
use logagent_core::template::Template;
use logagent_engine::jobs;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::enter::without_gil;
use crate::errors;
use crate::explain::{edit_dict, stop_dict};
use crate::job::{Reading, lock};
use crate::plan::Plan;
use crate::snapshot::Snapshot;

/// Bytes of a file that one thread reads at a time.
const RANGE_BYTES: u64 = 16 << 20;
/// Patterns of refused lines that are handed out.
const MOST_PATTERNS: usize = 100;

/// Groups refused lines by where they leave the format.
#[pyclass(frozen, module = "logagent._core")]
pub struct Diagnose {
    plan: Py<Plan>,
    job: Mutex<Option<jobs::Diagnose>>,
    reading: Reading,
    found: Mutex<Found>,
}

#[derive(Default)]
struct Found {
    formats: Vec<(String, String)>,
    groups: Vec<jobs::Group>,
    ungrouped: u64,
    first_line: Option<Vec<u8>>,
    edit: Option<Edit>,
    patterns: Vec<Template>,
}

#[pymethods]
#[expect(clippy::needless_pass_by_value, reason = "what Python hands over is owned")]
impl Diagnose {
    #[new]
    #[pyo3(signature = (plan, inputs, *, source = 0, threads = 1))]
    fn new(plan: Py<Plan>, inputs: Vec<OsString>, source: usize, threads: usize) -> PyResult<Diagnose> {
        let format = plan.get().source(source)?.format.clone();
        Ok(Diagnose {
            plan,
            job: Mutex::new(Some(jobs::Diagnose::new(format))),
            reading: Reading::new(&inputs, threads, true, RANGE_BYTES),
            found: Mutex::default(),
        })
    }

    fn run(slf: &Bound<'_, Self>) -> PyResult<Snapshot> {
        let (py, this) = (slf.py(), slf.get());
        let job = lock(&this.job).take().ok_or_else(errors::already_run)?;
        let diagnosis = without_gil(py, || {
            this.reading.run(&job);
            lock(&this.found).formats = job.detections();
            job.finish()
        });
        let mut found = lock(&this.found);
        found.groups = diagnosis.groups;
        found.ungrouped = diagnosis.ungrouped;
        found.first_line = diagnosis.first_line;
        found.edit = diagnosis.edit;
        found.patterns = diagnosis.patterns;
        Ok(Snapshot::new(this.plan.clone_ref(py), diagnosis.counts))
    }

    fn groups<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let found = lock(&self.found);
        let group = |group: &jobs::Group| {
            let dict = stop_dict(py, &group.stop, &group.example, group.example_start)?;
            dict.set_item("count", group.count)?;
            dict.set_item("fits", group.fits.as_deref())?;
            Ok(dict)
        };
        found.groups.iter().map(group).collect()
    }

    fn patterns<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let found = lock(&self.found);
        let pattern = |pattern: &Template| {
            let dict = PyDict::new(py);
            dict.set_item("id", &pattern.id)?;
            dict.set_item("pattern", &pattern.text)?;
            dict.set_item("count", pattern.count)?;
            let example = pattern.examples.first().map(|line| String::from_utf8_lossy(line));
            dict.set_item("example", example)?;
            Ok(dict)
        };
        found.patterns.iter().take(MOST_PATTERNS).map(pattern).collect()
    }

    fn edit<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        lock(&self.found).edit.as_ref().map(|edit| edit_dict(py, edit)).transpose()
    }

    #[getter]
    fn ungrouped(&self) -> u64 {
        lock(&self.found).ungrouped
    }

    fn first_line<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        lock(&self.found).first_line.as_ref().map(|line| PyBytes::new(py, line))
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
        lock(&self.found).formats.clone()
    }
}
