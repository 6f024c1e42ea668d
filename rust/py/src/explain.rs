//! Explanations of lines as plain values.

use logagent_core::category;
use logagent_core::explain::{Explanation, FieldValue, Judgement, Moved, Origin, Stop, Value};
use logagent_core::format::Kind;
use logagent_core::format::edit::Edit;
use logagent_core::value::time::write_iso8601;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::columns::number;

/// Bytes of what stands at a mismatch that are shown.
const GOT_BYTES: usize = 64;

/// The dictionary that `Plan.explain` answers.
pub(crate) fn explanation_dict<'py>(
    py: Python<'py>,
    explanation: &Explanation,
    judgement: Option<&Judgement>,
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
    dict.set_item("fits", explanation.fits.as_deref())?;
    dict.set_item("edit", explanation.edit.as_ref().map(|edit| edit_dict(py, edit)).transpose()?)?;
    dict.set_item("fields", of(Origin::Logged)?)?;
    dict.set_item("derived", of(Origin::Derived)?)?;
    let categories = judgement.map_or(&[][..], |judgement| &judgement.categories);
    let categories = categories.iter().map(|category| category_dict(py, category));
    dict.set_item("categories", categories.collect::<PyResult<Vec<_>>>()?)?;
    let metrics = judgement.map_or(&[][..], |judgement| &judgement.metrics);
    let metrics = metrics.iter().map(|moved| moved_dict(py, moved));
    dict.set_item("metrics", metrics.collect::<PyResult<Vec<_>>>()?)?;
    let stop = explanation.outcome.as_ref().err();
    dict.set_item("mismatch", stop.map(|stop| stop_dict(py, stop, line, 0)).transpose()?)?;
    Ok(dict)
}

/// The one edit of a format that would make refused lines match.
pub(crate) fn edit_dict<'py>(py: Python<'py>, edit: &Edit) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("text", &edit.words)?;
    dict.set_item("matched", edit.matched)?;
    dict.set_item("lines", edit.lines)?;
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

fn category_dict<'py>(py: Python<'py>, category: &category::Explanation) -> PyResult<Bound<'py, PyDict>> {
    let rule = |rule: &category::Match| {
        let dict = PyDict::new(py);
        dict.set_item("index", rule.rule)?;
        dict.set_item("name", &rule.name)?;
        let test = rule.test.as_ref().map_or("always".to_owned(), |(key, text)| format!("{key} {text}"));
        dict.set_item("test", test)?;
        Ok(dict)
    };
    let mut rules = category.matches.iter().map(rule).collect::<PyResult<Vec<_>>>()?.into_iter();
    let dict = PyDict::new(py);
    dict.set_item("name", &category.category)?;
    let value = (!category.value.is_empty()).then(|| String::from_utf8_lossy(&category.value));
    dict.set_item("value", value)?;
    dict.set_item("rule", rules.next())?;
    dict.set_item("runners_up", rules.collect::<Vec<_>>())?;
    Ok(dict)
}

fn moved_dict<'py>(py: Python<'py>, moved: &Moved) -> PyResult<Bound<'py, PyDict>> {
    let labels = PyDict::new(py);
    for (name, value) in &moved.labels {
        labels.set_item(name, (!value.is_empty()).then_some(value))?;
    }
    let dict = PyDict::new(py);
    dict.set_item("name", &moved.metric)?;
    dict.set_item("labels", labels)?;
    set_value(py, &dict, &moved.value)?;
    Ok(dict)
}

/// Puts what a text means under `value`.
fn set_value<'py>(py: Python<'py>, dict: &Bound<'py, PyDict>, value: &Value) -> PyResult<()> {
    match value {
        Value::Absent => dict.set_item("value", py.None()),
        Value::Text(text) => dict.set_item("value", text),
        Value::Number(decimal) => dict.set_item("value", number(py, *decimal)?),
        Value::Time(time) => {
            let mut text = Vec::new();
            write_iso8601(&mut text, *time);
            dict.set_item("value", String::from_utf8_lossy(&text))
        }
    }
}

fn field_dict<'py>(py: Python<'py>, field: &FieldValue) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("name", &field.name)?;
    set_value(py, &dict, &field.value)?;
    let kind = match field.kind {
        Kind::Text | Kind::Elements => "text",
        Kind::Integer => "integer",
        Kind::Number => "number",
        Kind::Duration(_) => "duration",
        Kind::Time(_) => "time",
    };
    dict.set_item("kind", kind)?;
    dict.set_item("text", field.text.as_deref())?;
    Ok(dict)
}
