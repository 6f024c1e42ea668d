//! `Filter`: which lines of JSON a condition holds for.

use logagent_core::filter::Filter as CoreFilter;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

use crate::enter::without_gil;
use crate::errors;

/// A condition over JSON objects; immutable, used by any thread.
#[pyclass(frozen, module = "logagent._core")]
pub struct Filter {
    core: CoreFilter,
}

#[pymethods]
impl Filter {
    #[new]
    #[pyo3(signature = (condition, *, origin, roots))]
    fn new(py: Python<'_>, condition: &str, origin: &str, roots: Vec<String>) -> PyResult<Filter> {
        let roots: Vec<&str> = roots.iter().map(String::as_str).collect();
        let core = CoreFilter::compile(condition, origin, &roots).map_err(|found| errors::config(py, &found))?;
        Ok(Filter { core })
    }

    fn matches(&self, py: Python<'_>, lines: Vec<PyBackedBytes>) -> Vec<bool> {
        without_gil(py, || {
            let mut scratch = self.core.scratch();
            lines.iter().map(|line| self.core.holds(line, &mut scratch)).collect()
        })
    }
}
