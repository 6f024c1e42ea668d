//! The formats that have a name.

use logagent_core::format::{named, page};
use pyo3::prelude::*;

/// Name, description, example and fields of each named format.
#[pyfunction]
pub fn formats() -> Vec<(&'static str, &'static str, &'static str, Vec<String>)> {
    named::all()
        .map(|format| (format.name, format.description, format.example, page::fields(format)))
        .collect()
}
