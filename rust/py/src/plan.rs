//! `Plan`: a compiled configuration.

use std::sync::Arc;

use logagent_core::plan::Plan as CorePlan;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::describe::describe;
use crate::errors;
use crate::surroundings::Process;

/// A compiled configuration: immutable, shared by every thread.
#[pyclass(frozen, module = "logagent._core")]
pub struct Plan {
    pub(crate) core: Arc<CorePlan>,
}

#[pymethods]
impl Plan {
    #[staticmethod]
    #[pyo3(signature = (text, *, origin))]
    fn from_toml(py: Python<'_>, text: &str, origin: &str) -> PyResult<Plan> {
        match CorePlan::read(text, origin, &Process) {
            Ok(core) => Ok(Plan { core: Arc::new(core) }),
            Err(problems) => Err(errors::config(py, &problems)),
        }
    }

    fn describe<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        describe(py, &self.core)
    }

    fn warnings<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        errors::problems(py, &self.core.warnings)
    }
}
