//! `Plan`: a compiled configuration.

use std::sync::Arc;

use logagent_core::explain;
use logagent_core::plan::{Plan as CorePlan, Source};
use logagent_core::scan::offered;
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::errors;
use crate::explain::explanation_dict;
use crate::job::current_year;

/// A compiled configuration: immutable, shared by every thread.
#[pyclass(frozen, module = "logagent._core")]
pub struct Plan {
    pub(crate) core: Arc<CorePlan>,
    pub(crate) text: String,
    pub(crate) origin: String,
}

#[pymethods]
impl Plan {
    #[staticmethod]
    #[pyo3(signature = (text, *, origin))]
    fn from_toml(py: Python<'_>, text: String, origin: String) -> PyResult<Plan> {
        match CorePlan::from_toml(&text) {
            Ok(core) => Ok(Plan { core: Arc::new(core), text, origin }),
            Err(problems) => Err(errors::config(py, &problems, &text, &origin)),
        }
    }

    #[pyo3(signature = (line, *, source = 0))]
    fn explain<'py>(&self, py: Python<'py>, line: &[u8], source: usize) -> PyResult<Bound<'py, PyDict>> {
        let format = &self.source(source)?.format;
        let explanation = explain::explain(format, line, current_year()).map_err(errors::value)?;
        explanation_dict(py, &explanation, line)
    }

    fn describe<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let plan = PyDict::new(py);
        let mut sources = Vec::new();
        for source in &self.core.sources {
            let item = PyDict::new(py);
            item.set_item("name", &source.name)?;
            item.set_item("paths", &source.paths)?;
            item.set_item("exclude", &source.exclude)?;
            item.set_item("fields", offered(&source.format))?;
            sources.push(item);
        }
        plan.set_item("sources", sources)?;
        let mut metrics = Vec::new();
        for metric in &self.core.metrics {
            let item = PyDict::new(py);
            item.set_item("name", &metric.name)?;
            item.set_item("labels", &metric.labels)?;
            item.set_item("sums", &metric.sums)?;
            item.set_item("series_limit", metric.series_limit)?;
            metrics.push(item);
        }
        plan.set_item("metrics", metrics)?;
        Ok(plan)
    }
}

impl Plan {
    /// The source of this number, in the order of the configuration.
    pub(crate) fn source(&self, number: usize) -> PyResult<&Source> {
        let source = self.core.sources.get(number);
        source.ok_or_else(|| PyIndexError::new_err(format!("the plan has no source {number}")))
    }
}
