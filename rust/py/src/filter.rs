//! `Filter`: which lines of JSON a condition holds for.

use std::sync::Arc;

use logagent_core::filter::{Filter as CoreFilter, Root};
use logagent_engine::engine::FIELDS;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

use crate::enter::without_gil;
use crate::errors;

/// A condition over JSON objects; immutable, used by any thread.
#[pyclass(frozen, module = "logagent._core")]
pub struct Filter {
    pub(crate) core: Arc<CoreFilter>,
}

#[expect(clippy::needless_pass_by_value, reason = "what Python hands over is owned")]
#[pymethods]
impl Filter {
    #[new]
    #[pyo3(signature = (condition, *, origin, roots = None))]
    fn new(py: Python<'_>, condition: &str, origin: &str, roots: Option<Vec<String>>) -> PyResult<Filter> {
        let keys: Vec<&str> = roots.iter().flatten().map(String::as_str).collect();
        let root = if roots.is_some() { Root::OneOf(&keys) } else { Root::Under(FIELDS) };
        let core =
            CoreFilter::compile(condition, origin, root).map_err(|found| errors::config(py, &found))?;
        Ok(Filter { core: Arc::new(core) })
    }

    fn matches(&self, py: Python<'_>, lines: Vec<PyBackedBytes>) -> Vec<bool> {
        without_gil(py, || {
            let mut scratch = self.core.scratch();
            lines.iter().map(|line| self.core.holds(line, &mut scratch)).collect()
        })
    }
}
