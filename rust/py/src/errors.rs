//! The one table of errors: what goes wrong in Rust, as the exception that Python users meet.

use std::io;

use logagent_core::format::FormatError;
use logagent_core::spec::{Problem, Problems};
use logagent_engine::engine::EngineError;
use pyo3::exceptions::{PyBrokenPipeError, PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// `logagent.errors.ConfigError` of these problems.
pub(crate) fn config(py: Python<'_>, found: &[Problem]) -> PyErr {
    let raised = || {
        let class = py.import("logagent.errors")?.getattr("ConfigError")?;
        Ok(PyErr::from_value(class.call1((problems(py, found)?,))?))
    };
    raised().unwrap_or_else(|error: PyErr| error)
}

/// Problems as `logagent.errors.Problem` takes them.
pub(crate) fn problems<'py>(py: Python<'py>, found: &[Problem]) -> PyResult<Vec<Bound<'py, PyDict>>> {
    let item = |problem: &Problem| {
        let place = &problem.place;
        let item = PyDict::new(py);
        item.set_item("code", problem.code)?;
        item.set_item("severity", problem.severity.name())?;
        item.set_item("message", &problem.message)?;
        item.set_item("origin", &place.origin)?;
        item.set_item("line", place.line)?;
        item.set_item("column", place.column)?;
        item.set_item("end_column", place.end_column)?;
        item.set_item("text", &place.text)?;
        item.set_item("hint", problem.hint.as_deref())?;
        Ok(item)
    };
    found.iter().map(item).collect()
}

/// The same for a format string.
pub(crate) fn format(py: Python<'_>, error: &FormatError, text: &str, origin: &str) -> PyErr {
    let problems = Problems::default();
    problems.open(origin, text.into());
    problems.add("bad-format", error.span.clone(), &error.message, error.hint.clone());
    config(py, &problems.into_sorted())
}

/// `OSError` with its number and, where there is one, the name of the file.
pub(crate) fn system(error: &io::Error, path: Option<&str>) -> PyErr {
    let Some(number) = error.raw_os_error() else {
        return PyOSError::new_err(error.to_string());
    };
    let text = error.to_string();
    let words = text.split(" (os error").next().unwrap_or_default().to_owned();
    if error.kind() == io::ErrorKind::BrokenPipe {
        return PyBrokenPipeError::new_err((number, words));
    }
    // Python picks the subclass (PermissionError, FileNotFoundError …) by the number.
    match path {
        Some(path) => PyOSError::new_err((number, words, path.to_owned())),
        None => PyOSError::new_err((number, words)),
    }
}

/// `ValueError`.
pub(crate) fn value(error: impl std::fmt::Display) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// What an engine refuses: `ValueError` for what it was given, `RuntimeError` for when it was asked.
pub(crate) fn engine(error: &EngineError) -> PyErr {
    match error {
        EngineError::System(error) => system(error, None),
        EngineError::Broken | EngineError::Outstanding | EngineError::Began => {
            PyRuntimeError::new_err(error.to_string())
        }
        EngineError::NotTaken
        | EngineError::UnknownSource(_)
        | EngineError::Format { .. }
        | EngineError::Row { .. }
        | EngineError::SeriesWithoutMetric
        | EngineError::Record { .. }
        | EngineError::ManyModels
        | EngineError::Model { .. } => value(error),
    }
}

/// An engine does not work in a child process that was forked off.
pub(crate) fn forked() -> PyErr {
    PyRuntimeError::new_err("this engine belongs to the process that this one was forked from")
}

/// A job is run once.
pub(crate) fn already_run() -> PyErr {
    PyRuntimeError::new_err("this job was run already: make a new one")
}
