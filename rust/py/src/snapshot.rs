//! `Snapshot`: counts as columns.

use std::fs::File;
use std::io;
use std::sync::Mutex;

use logagent_core::encode::{Exposition, write_history, write_points};
use logagent_core::metric::{Metric, Snapshot as CoreSnapshot};
use logagent_core::scan::Reason;
use logagent_engine::engine::{Heard, NewTemplate, Taken};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};

use crate::columns::{columns, readable, slot_columns};
use crate::enter::without_gil;
use crate::errors;
use crate::fd;
use crate::job::lock;
use crate::plan::Plan;
use crate::rows::{rows_dict, series_dict};

/// Counts, and what they were counted from; merging is associative and commutative.
#[pyclass(frozen, module = "logagent._core")]
pub struct Snapshot {
    plan: Py<Plan>,
    core: Mutex<CoreSnapshot>,
    /// What makes it durable, if an engine was asked for it.
    taken: Option<Taken>,
}

impl Snapshot {
    pub(crate) fn new(plan: Py<Plan>, core: CoreSnapshot) -> Snapshot {
        Snapshot { plan, core: Mutex::new(core), taken: None }
    }

    /// What an engine took.
    pub(crate) fn of_take(plan: Py<Plan>, core: CoreSnapshot, taken: Taken) -> Snapshot {
        Snapshot { taken: Some(taken), ..Snapshot::new(plan, core) }
    }

    pub(crate) fn taken(&self) -> PyResult<&Taken> {
        self.taken.as_ref().ok_or_else(|| errors::value("this snapshot was not taken from an engine"))
    }
}

/// Nanoseconds as seconds.
pub(crate) fn seconds(ns: i64) -> f64 {
    ns as f64 / 1e9
}

fn no_slots() -> PyErr {
    errors::value("this snapshot was not counted by slot")
}

/// The format of expositions of this name.
pub(crate) fn exposition_named(name: &str) -> PyResult<Exposition> {
    Exposition::named(name).ok_or_else(|| {
        errors::value(format!("unknown format `{name}`: there are `prometheus` and `openmetrics`"))
    })
}

#[pymethods]
impl Snapshot {
    #[getter]
    fn lines(&self) -> u64 {
        lock(&self.core).lines
    }

    #[getter]
    fn matched(&self) -> u64 {
        lock(&self.core).matched
    }

    #[getter]
    fn selected(&self) -> u64 {
        lock(&self.core).selected
    }

    #[getter]
    fn rejected(&self) -> u64 {
        lock(&self.core).rejected()
    }

    #[getter]
    fn bytes(&self) -> u64 {
        lock(&self.core).bytes
    }

    #[getter]
    fn unreadable(&self) -> u64 {
        lock(&self.core).unreadable
    }

    #[getter]
    fn rejects<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let counts = lock(&self.core).rejects;
        let by_reason = PyDict::new(py);
        for (reason, count) in Reason::ALL.into_iter().zip(counts).filter(|(_, count)| *count > 0) {
            by_reason.set_item(reason.name(), count)?;
        }
        Ok(by_reason)
    }

    #[getter]
    fn feeds(&self) -> PyResult<u64> {
        Ok(self.taken()?.feeds)
    }

    #[getter]
    fn records<'py>(&self, py: Python<'py>) -> PyResult<Vec<(Bound<'py, PyBytes>, u64)>> {
        let kept = |heard: &Heard| (PyBytes::new(py, &heard.lines), heard.skipped);
        Ok(self.taken()?.records.iter().map(kept).collect())
    }

    fn merge(&self, other: &Snapshot) -> PyResult<()> {
        if !self.plan.is(&other.plan) {
            return Err(errors::value("these snapshots were counted by different plans"));
        }
        let theirs = lock(&other.core).clone();
        let mut own = lock(&self.core);
        let width = |core: &CoreSnapshot| core.slots.as_ref().map(|slots| slots.width_seconds());
        if width(&own) != width(&theirs) {
            return Err(errors::value("these snapshots were not counted by the same slots"));
        }
        own.merge(&theirs);
        Ok(())
    }

    #[pyo3(signature = (metric = 0))]
    fn series<'py>(&self, py: Python<'py>, metric: usize) -> PyResult<Bound<'py, PyDict>> {
        let spec = self.plan.get().metric(metric)?;
        let (table, _) = without_gil(py, || readable(spec, &lock(&self.core).tables[metric]));
        columns(py, spec, &table)
    }

    fn slots<'py>(&self, py: Python<'py>, metric: usize) -> PyResult<Bound<'py, PyDict>> {
        let spec = self.plan.get().metric(metric)?;
        let slots = without_gil(py, || {
            let core = lock(&self.core);
            let (table, series) = readable(spec, &core.tables[metric]);
            let slots = core.slots.as_ref()?;
            let slots = slots.tables()[metric].renumbered(spec, &series).into_owned();
            Some((table, slots))
        });
        let (table, slots) = slots.ok_or_else(no_slots)?;
        slot_columns(py, spec, &table, &slots)
    }

    fn slot_rows<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let metrics = &self.plan.get().core.metrics;
        let rows = without_gil(py, || lock(&self.core).slot_rows(metrics)).ok_or_else(no_slots)?;
        let bytes = |bytes: &[u8]| PyBytes::new(py, bytes);
        let rows = rows.iter();
        PyList::new(
            py,
            rows.map(|(metric, start, (labels, state))| (*metric, *start, bytes(labels), bytes(state))),
        )
    }

    fn slot_notes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let notes = lock(&self.core).slots.as_ref().map(|slots| slots.notes()).ok_or_else(no_slots)?;
        let newest = PyDict::new(py);
        for (source, unix_ns) in self.taken.iter().flat_map(|taken| &taken.newest) {
            newest.set_item(source, seconds(*unix_ns))?;
        }
        let event_time = self.taken.as_ref().and_then(|taken| taken.event_time_ns).map(seconds);
        let dict = PyDict::new(py);
        dict.set_item("without_time", notes.without_time)?;
        dict.set_item("ahead_of_clock", notes.ahead_of_clock)?;
        dict.set_item("beyond_limit", notes.beyond_limit)?;
        dict.set_item("newest_unix_seconds", newest)?;
        dict.set_item("event_time", event_time)?;
        Ok(dict)
    }

    fn exposition<'py>(&self, py: Python<'py>, format: &str) -> PyResult<Bound<'py, PyBytes>> {
        let exposition = exposition_named(format)?;
        let metrics = &self.plan.get().core.metrics;
        let mut out = Vec::new();
        without_gil(py, || exposition.write(&mut out, metrics, &lock(&self.core)));
        Ok(PyBytes::new(py, &out))
    }

    fn write_slots(&self, py: Python<'_>, format: &str, output_fd: i32) -> PyResult<()> {
        let write: fn(&mut File, &[Metric], &CoreSnapshot) -> io::Result<()> = match format {
            "openmetrics" => write_history,
            "influx" => write_points,
            _ => return Err(errors::value("format: openmetrics or influx")),
        };
        let metrics = &self.plan.get().core.metrics;
        let written = without_gil(py, || {
            let core = lock(&self.core);
            core.slots.as_ref()?;
            Some(fd::duplicate(output_fd).and_then(|mut output| write(&mut output, metrics, &core)))
        });
        written.ok_or_else(no_slots)?.map_err(|error| errors::system(&error, None))
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let metrics = &self.plan.get().core.metrics;
        let bytes = without_gil(py, || lock(&self.core).to_bytes(metrics));
        PyBytes::new(py, &bytes)
    }

    #[staticmethod]
    fn from_bytes(py: Python<'_>, plan: Py<Plan>, encoded: &[u8]) -> PyResult<Snapshot> {
        let metrics = &plan.get().core.metrics;
        let core = without_gil(py, || CoreSnapshot::from_bytes(encoded, metrics)).map_err(errors::value)?;
        Ok(Snapshot::new(plan, core))
    }

    fn changes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        rows_dict(py, &self.taken()?.rows)
    }

    fn new_templates<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let dict = |one: &NewTemplate| {
            let dict = PyDict::new(py);
            dict.set_item("model", &one.model)?;
            dict.set_item("version", one.version)?;
            dict.set_item("template", &one.template)?;
            dict.set_item("text", &one.text)?;
            dict.set_item("source", &one.source)?;
            dict.set_item("path", &one.path)?;
            dict.set_item("line", String::from_utf8_lossy(&one.line))?;
            dict.set_item("unix_seconds", one.unix_seconds)?;
            Ok(dict)
        };
        self.taken()?.new_templates.iter().map(dict).collect()
    }

    #[staticmethod]
    fn read_series<'py>(py: Python<'py>, labels: &[u8], state: &[u8]) -> PyResult<Bound<'py, PyDict>> {
        series_dict(py, labels, state)
    }

    fn __repr__(&self) -> String {
        let core = lock(&self.core);
        format!("<Snapshot of {} lines, {} matched>", core.lines, core.matched)
    }
}
