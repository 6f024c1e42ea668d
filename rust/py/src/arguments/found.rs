//! What clap found, as Python takes it.

use std::ffi::OsString;

use clap::ArgMatches;
use clap::parser::ValueSource;
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::declared::{Arity, Parameter, Range};

/// Whether a parameter stood on the command line.
pub(super) fn is_given(parameter: &Parameter, matches: &ArgMatches) -> bool {
    matches.value_source(&parameter.name) == Some(ValueSource::CommandLine)
}

/// The value of a parameter: a tuple of all where there may be many.
pub(super) fn value<'py>(
    py: Python<'py>,
    parameter: &Parameter,
    matches: &ArgMatches,
) -> PyResult<Bound<'py, PyAny>> {
    let name = &parameter.name;
    match (parameter.arity, &parameter.within) {
        (Arity::Flag, _) => Ok(matches.get_flag(name).into_pyobject(py)?.to_owned().into_any()),
        (Arity::Many, _) => {
            let values = matches.get_many::<OsString>(name).unwrap_or_default();
            Ok(PyTuple::new(py, values)?.into_any())
        }
        (Arity::One, Some(Range::Whole(..))) => matches.get_one::<u64>(name).into_bound_py_any(py),
        (Arity::One, Some(Range::Decimal(..))) => matches.get_one::<f64>(name).into_bound_py_any(py),
        (Arity::One, None) if parameter.has_choices() => {
            matches.get_one::<String>(name).into_bound_py_any(py)
        }
        (Arity::One, None) => matches.get_one::<OsString>(name).into_bound_py_any(py),
    }
}

/// `logagent.errors.UsageError` with the message of clap and its tips, without the usage.
pub(super) fn usage_error(py: Python<'_>, error: &clap::Error) -> PyErr {
    let text = error.render().to_string();
    let mut paragraphs = text.trim_end().split("\n\n");
    let message = paragraphs.next().unwrap_or_default();
    let message = message.strip_prefix("error: ").unwrap_or(message);
    let tips = paragraphs.filter_map(|one| one.trim_start().strip_prefix("tip: "));
    let tips: Vec<&str> = tips.flat_map(|one| one.split("\n  tip: ")).collect();
    let raised = || {
        let class = py.import("logagent.errors")?.getattr("UsageError")?;
        Ok(PyErr::from_value(class.call1((message, tips))?))
    };
    raised().unwrap_or_else(|error: PyErr| error)
}
