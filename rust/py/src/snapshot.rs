//! `Snapshot`: counts as columns.

use std::sync::Mutex;

use logagent_core::encode::Exposition;
use logagent_core::metric::Snapshot as CoreSnapshot;
use logagent_core::scan::Reason;
use logagent_engine::engine::Taken;
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::columns::{columns, readable};
use crate::enter::without_gil;
use crate::errors;
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

    fn merge(&self, other: &Snapshot) -> PyResult<()> {
        if !self.plan.is(&other.plan) {
            return Err(errors::value("these snapshots were counted by different plans"));
        }
        let theirs = lock(&other.core).clone();
        lock(&self.core).merge(&theirs);
        Ok(())
    }

    #[pyo3(signature = (metric = 0))]
    fn series<'py>(&self, py: Python<'py>, metric: usize) -> PyResult<Bound<'py, PyDict>> {
        let plan = &self.plan.get().core;
        let Some(spec) = plan.metrics.get(metric) else {
            return Err(PyIndexError::new_err(format!("the plan has no metric {metric}")));
        };
        let table = without_gil(py, || readable(spec, &lock(&self.core).tables[metric]));
        columns(py, spec, &table)
    }

    fn exposition<'py>(&self, py: Python<'py>, format: &str) -> PyResult<Bound<'py, PyBytes>> {
        let exposition = exposition_named(format)?;
        let metrics = &self.plan.get().core.metrics;
        let mut out = Vec::new();
        without_gil(py, || exposition.write(&mut out, metrics, &lock(&self.core)));
        Ok(PyBytes::new(py, &out))
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

    #[staticmethod]
    fn read_series<'py>(py: Python<'py>, labels: &[u8], state: &[u8]) -> PyResult<Bound<'py, PyDict>> {
        series_dict(py, labels, state)
    }

    fn __repr__(&self) -> String {
        let core = lock(&self.core);
        format!("<Snapshot of {} lines, {} matched>", core.lines, core.matched)
    }
}
