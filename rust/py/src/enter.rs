//! The one door out of the interpreter: native work runs without the GIL.

use pyo3::Python;
use pyo3::marker::Ungil;

/// Does native work while other Python threads run. What it answers is turned into Python objects
/// afterwards, with the GIL.
pub(crate) fn without_gil<T: Ungil + Send>(py: Python<'_>, work: impl FnOnce() -> T + Ungil + Send) -> T {
    py.detach(work)
}
