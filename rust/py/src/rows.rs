//! Rows of a state database, as Python holds them.

use logagent_core::metric::SeriesRow;
use logagent_core::metric::row::KindState;
use logagent_engine::engine::Rows;
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};

use crate::errors;

/// `Rows` of `_core.pyi`.
pub(crate) fn rows_dict<'py>(py: Python<'py>, rows: &Rows) -> PyResult<Bound<'py, PyDict>> {
    let series = rows
        .series
        .iter()
        .map(|(metric, labels, state)| (*metric, PyBytes::new(py, labels), PyBytes::new(py, state)));
    let dict = PyDict::new(py);
    dict.set_item("metrics", &rows.metrics)?;
    dict.set_item("series", PyList::new(py, series)?)?;
    dict.set_item("files", &rows.files)?;
    dict.set_item("tallies", &rows.tallies)?;
    dict.set_item("positions", &rows.positions)?;
    dict.set_item("models", &rows.models)?;
    Ok(dict)
}

/// The reverse of [`rows_dict`].
pub(crate) fn read_rows(dict: &Bound<'_, PyDict>) -> PyResult<Rows> {
    let item = |name: &str| dict.get_item(name)?.ok_or_else(|| PyKeyError::new_err(name.to_owned()));
    Ok(Rows {
        metrics: item("metrics")?.extract()?,
        series: item("series")?.extract()?,
        files: item("files")?.extract()?,
        tallies: item("tallies")?.extract()?,
        positions: item("positions")?.extract()?,
        models: item("models")?.extract()?,
    })
}

/// A series as plain values.
pub(crate) fn series_dict<'py>(py: Python<'py>, labels: &[u8], state: &[u8]) -> PyResult<Bound<'py, PyDict>> {
    let row = SeriesRow::decode(labels, state).map_err(errors::value)?;
    let texts: Vec<_> = row.labels.iter().map(|text| String::from_utf8_lossy(text)).collect();
    let sums: Vec<String> = row.state.sums.iter().map(ToString::to_string).collect();
    let dict = PyDict::new(py);
    dict.set_item("labels", texts)?;
    dict.set_item("count", row.state.count)?;
    dict.set_item("sums", sums)?;
    match row.state.kind_state() {
        KindState::Counter => {}
        KindState::Gauge(latest) => {
            let last = latest.map(|latest| {
                let last = PyDict::new(py);
                last.set_item("unix_ns", latest.unix_ns)?;
                last.set_item("value", latest.value.to_string())?;
                PyResult::Ok(last)
            });
            dict.set_item("last", last.transpose()?)?;
        }
        KindState::Histogram(counts) => dict.set_item("buckets", counts)?,
        KindState::Quantiles(bins) => dict.set_item("bins", bins)?,
        KindState::Distinct(estimate) => dict.set_item("distinct", estimate)?,
        KindState::Top(counters) => {
            let counter = |(text, count, error): &(Vec<u8>, u64, u64)| {
                (String::from_utf8_lossy(text).into_owned(), *count, *error)
            };
            dict.set_item("top", counters.iter().map(counter).collect::<Vec<_>>())?;
        }
    }
    Ok(dict)
}
