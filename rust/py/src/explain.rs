//! Explanations of lines as plain values.

use logagent_core::explain::{Explanation, FieldValue, Origin, Stop, Value};
use logagent_core::format::Kind;
use logagent_core::value::time::write_iso8601;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};

use crate::columns::number;

/// Bytes of what stands at a mismatch that are shown.
const GOT_BYTES: usize = 64;

/// The dictionary that `Plan.explain` answers.
pub(crate) fn explanation_dict<'py>(
    py: Python<'py>,
    explanation: &Explanation,
    line: &[u8],
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    let fields = explanation.outcome.as_deref().unwrap_or_default();
    let of = |origin: Origin| {
        let fields = fields.iter().filter(move |field| field.origin == origin);
        fields.map(|field| field_dict(py, field)).collect::<PyResult<Vec<_>>>()
    };
    dict.set_item("matched", explanation.outcome.is_ok())?;
    dict.set_item("format", explanation.detected.as_deref())?;
    dict.set_item("fields", of(Origin::Logged)?)?;
    dict.set_item("derived", of(Origin::Derived)?)?;
    dict.set_item("categories", PyList::empty(py))?;
    dict.set_item("metrics", PyList::empty(py))?;
    let stop = explanation.outcome.as_ref().err();
    dict.set_item("mismatch", stop.map(|stop| stop_dict(py, stop, line, 0)).transpose()?)?;
    Ok(dict)
}

/// A mismatch; `line` is the line, or the part of it that begins at `start`.
pub(crate) fn stop_dict<'py>(
    py: Python<'py>,
    stop: &Stop,
    line: &[u8],
    start: usize,
) -> PyResult<Bound<'py, PyDict>> {
    let offset = (stop.offset - start).min(line.len());
    let got = &line[offset..line.len().min(offset + GOT_BYTES)];
    let dict = PyDict::new(py);
    dict.set_item("reason", stop.reason.name())?;
    dict.set_item("column", stop.offset + 1)?;
    dict.set_item("expected", &stop.expected)?;
    dict.set_item("got", String::from_utf8_lossy(got))?;
    dict.set_item("line", PyBytes::new(py, line))?;
    dict.set_item("line_column", start + 1)?;
    Ok(dict)
}

fn field_dict<'py>(py: Python<'py>, field: &FieldValue) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("name", &field.name)?;
    match &field.value {
        Value::Absent => dict.set_item("value", py.None())?,
        Value::Text(text) => dict.set_item("value", text)?,
        Value::Number(decimal) => dict.set_item("value", number(py, *decimal)?)?,
        Value::Time(time) => {
            let mut text = Vec::new();
            write_iso8601(&mut text, *time);
            dict.set_item("value", String::from_utf8_lossy(&text))?;
        }
    }
    let kind = match field.kind {
        Kind::Text => "text",
        Kind::Integer => "integer",
        Kind::Number => "number",
        Kind::Duration(_) => "duration",
        Kind::Time(_) => "time",
    };
    dict.set_item("kind", kind)?;
    dict.set_item("text", field.text.as_deref())?;
    Ok(dict)
}
