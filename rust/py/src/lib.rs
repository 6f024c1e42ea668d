//! `logagent._core`: the list of what crosses between Rust and Python, and nothing else.
use pyo3::prelude::*;

/// The native half of logagent.
#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))
}
