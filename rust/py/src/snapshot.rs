//! `Snapshot`: counts as columns.

use std::collections::BTreeMap;
use std::sync::Mutex;

use logagent_core::metric::Snapshot as CoreSnapshot;
use logagent_core::scan::Reason;
use logagent_core::value::number::Decimal;
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::errors;
use crate::job::lock;
use crate::plan::Plan;

/// Counts, and what they were counted from; merging is associative and commutative.
#[pyclass(frozen, module = "logagent._core")]
pub struct Snapshot {
    plan: Py<Plan>,
    core: Mutex<CoreSnapshot>,
}

impl Snapshot {
    pub(crate) fn new(plan: Py<Plan>, core: CoreSnapshot) -> Snapshot {
        Snapshot { plan, core: Mutex::new(core) }
    }
}

/// Label values (`None` is absent) → count and sums.
type Rows = BTreeMap<Vec<Option<String>>, (u64, Vec<Decimal>)>;

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
        let mut rows: Vec<_> = self.rows(metric).into_iter().collect();
        // The map's order, by label values, stays among equal counts.
        rows.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
        let labels = PyDict::new(py);
        for (i, name) in spec.labels.iter().enumerate() {
            labels.set_item(name, PyList::new(py, rows.iter().map(|(key, _)| key[i].as_deref()))?)?;
        }
        let sums = PyDict::new(py);
        for (i, name) in spec.sums.iter().enumerate() {
            let totals: Vec<Decimal> = rows.iter().map(|(_, (_, totals))| totals[i]).collect();
            sums.set_item(name, numbers(py, &totals)?)?;
        }
        let columns = PyDict::new(py);
        columns.set_item("labels", labels)?;
        columns.set_item("count", PyList::new(py, rows.iter().map(|(_, (count, _))| *count))?)?;
        columns.set_item("sums", sums)?;
        Ok(columns)
    }

    fn __repr__(&self) -> String {
        let core = lock(&self.core);
        format!("<Snapshot of {} lines, {} matched>", core.lines, core.matched)
    }
}

impl Snapshot {
    /// Series by their label values as text: values that differ only in bytes that are not UTF-8 are
    /// one, and so is what met a limit with a value that reads the same.
    fn rows(&self, metric: usize) -> Rows {
        let mut rows = Rows::new();
        lock(&self.core).tables[metric].for_each(|labels, count, totals| {
            let text =
                |label: &&[u8]| (!label.is_empty()).then(|| String::from_utf8_lossy(label).into_owned());
            let row = rows
                .entry(labels.iter().map(text).collect())
                .or_insert_with(|| (0, vec![Decimal::ZERO; totals.len()]));
            row.0 += count;
            for (own, total) in row.1.iter_mut().zip(totals) {
                *own = own.saturating_add(*total);
            }
        });
        rows
    }
}

/// Whole numbers as `int` if all of a column are whole, else the nearest `float`s.
fn numbers<'py>(py: Python<'py>, column: &[Decimal]) -> PyResult<Bound<'py, PyList>> {
    const ONE: i128 = 1_000_000_000;
    if column.iter().all(|number| number.billionths() % ONE == 0) {
        return PyList::new(py, column.iter().map(|number| number.billionths() / ONE));
    }
    PyList::new(py, column.iter().map(|number| number.to_f64()))
}

/// A whole number as `int`, any other as the nearest `float`.
pub(crate) fn number(py: Python<'_>, decimal: Decimal) -> PyResult<Bound<'_, PyAny>> {
    numbers(py, &[decimal])?.get_item(0)
}
