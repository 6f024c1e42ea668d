//! `Plan`: a compiled configuration.

use std::sync::Arc;

use logagent_core::explain;
use logagent_core::plan::{Plan as CorePlan, Source};
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::describe::describe;
use crate::errors;
use crate::explain::explanation_dict;
use crate::job::current_year;
use crate::surroundings::Process;

/// A compiled configuration: immutable, shared by every thread.
#[pyclass(frozen, module = "logagent._core")]
pub struct Plan {
    pub(crate) core: Arc<CorePlan>,
    files: Vec<String>,
}

#[pymethods]
impl Plan {
    #[staticmethod]
    #[pyo3(signature = (text, *, origin))]
    fn from_toml(py: Python<'_>, text: &str, origin: &str) -> PyResult<Plan> {
        let process = Process::default();
        match CorePlan::read(text, origin, &process) {
            Ok(core) => Ok(Plan { core: Arc::new(core), files: process.asked() }),
            Err(problems) => Err(errors::config(py, &problems)),
        }
    }

    #[pyo3(signature = (line, *, source = 0))]
    fn explain<'py>(&self, py: Python<'py>, line: &[u8], source: usize) -> PyResult<Bound<'py, PyDict>> {
        let format = &self.source(source)?.format;
        let explanation = explain::explain(format, line, current_year()).map_err(errors::value)?;
        let judgement = explain::judge(&self.core, format, line, current_year()).map_err(errors::value)?;
        explanation_dict(py, &explanation, judgement.as_ref(), line)
    }

    fn describe<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        describe(py, &self.core)
    }

    fn files(&self) -> Vec<String> {
        self.files.clone()
    }

    fn warnings<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        errors::problems(py, &self.core.warnings)
    }
}

impl Plan {
    /// The source of this number, in the order of the configuration.
    pub(crate) fn source(&self, number: usize) -> PyResult<&Source> {
        let source = self.core.sources.get(number);
        source.ok_or_else(|| PyIndexError::new_err(format!("the plan has no source {number}")))
    }
}
