//! One metric's series as Python columns.

use std::borrow::Cow;

use logagent_core::metric::{Column, Metric, Row, Table};
use logagent_core::spec::MetricKind;
use logagent_core::value::number::Decimal;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

/// The series under label values that are text: values that differ only in bytes that are not UTF-8
/// are one.
pub(crate) fn readable(metric: &Metric, table: &Table) -> Table {
    table.relabelled(&metric.kind, |text| match String::from_utf8_lossy(text) {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    })
}

/// A series: its number, label values (`None` is absent), count and sums.
struct Series {
    number: u32,
    labels: Vec<Option<String>>,
    count: u64,
    sums: Vec<Decimal>,
}

/// The series of a table of [`readable`], ordered by count, descending, then by label values.
pub(crate) fn columns<'py>(py: Python<'py>, metric: &Metric, table: &Table) -> PyResult<Bound<'py, PyDict>> {
    let mut rows = Vec::with_capacity(table.len());
    table.for_each(|Row { series, labels, count, sums }| {
        let text = |label: &&[u8]| (!label.is_empty()).then(|| String::from_utf8_lossy(label).into_owned());
        let labels = labels.iter().map(text).collect();
        rows.push(Series { number: series, labels, count, sums: sums.to_vec() });
    });
    rows.sort_unstable_by(|a, b| b.count.cmp(&a.count).then_with(|| a.labels.cmp(&b.labels)));

    let labels = PyDict::new(py);
    for (i, name) in metric.labels.iter().enumerate() {
        labels.set_item(name, PyList::new(py, rows.iter().map(|row| row.labels[i].as_deref()))?)?;
    }
    let sum = |i: usize| -> Vec<Decimal> { rows.iter().map(|row| row.sums[i]).collect() };
    let sums = PyDict::new(py);
    for (i, name) in metric.sums.iter().enumerate() {
        sums.set_item(name, numbers(py, &sum(i))?)?;
    }
    let columns = PyDict::new(py);
    columns.set_item("labels", labels)?;
    columns.set_item("count", PyList::new(py, rows.iter().map(|row| row.count))?)?;
    columns.set_item("sums", sums)?;
    if let Some(i) = metric.value_sum() {
        columns.set_item("value", numbers(py, &sum(i))?)?;
    }
    let series = rows.iter().map(|row| row.number);
    match (table.column(), &metric.kind) {
        (Column::Gauge(gauge), _) => {
            let values: Vec<Decimal> = series.map(|series| gauge.value(series)).collect();
            columns.set_item("value", numbers(py, &values)?)?;
        }
        (Column::Histogram(histogram), _) => {
            let buckets = PyDict::new(py);
            for (i, bound) in histogram.bounds().iter().map(|bound| bound.to_f64()).enumerate() {
                let at_most = |series| histogram.cumulative(series).nth(i);
                buckets.set_item(bound, PyList::new(py, series.clone().map(at_most))?)?;
            }
            columns.set_item("buckets", buckets)?;
        }
        (Column::Quantiles(sketch), MetricKind::Quantiles { quantiles, .. }) => {
            let (bins, by_quantile) = (sketch.sorted(), PyDict::new(py));
            for &quantile in quantiles {
                let values = series.clone().map(|series| bins.quantile(series, quantile));
                by_quantile.set_item(quantile, PyList::new(py, values)?)?;
            }
            columns.set_item("quantiles", by_quantile)?;
        }
        (Column::Distinct(distinct), _) => {
            columns.set_item("distinct", PyList::new(py, series.map(|series| distinct.estimate(series)))?)?;
        }
        (Column::Top(top), _) => {
            let shown = |series| -> Vec<(String, u64, u64)> {
                let ranked = top.shown(series);
                let texts = ranked.iter().map(|own| String::from_utf8_lossy(own.text).into_owned());
                texts.zip(&ranked).map(|(text, own)| (text, own.count, own.error)).collect()
            };
            columns.set_item("top", PyList::new(py, series.map(shown))?)?;
        }
        (Column::Counter | Column::Quantiles(_), _) => {}
    }
    Ok(columns)
}

/// Whole numbers as `int` if all of a column are whole, else the nearest `float`s.
fn numbers<'py>(py: Python<'py>, column: &[Decimal]) -> PyResult<Bound<'py, PyList>> {
    const ONE: i128 = 1_000_000_000;
    if column.iter().all(|number| number.billionths() % ONE == 0) {
        return PyList::new(py, column.iter().map(|number| number.billionths() / ONE));
    }
    PyList::new(py, column.iter().map(|number| number.to_f64()))
}

/// A whole number as `int`, any other as the nearest `float`.
pub(crate) fn number(py: Python<'_>, decimal: Decimal) -> PyResult<Bound<'_, PyAny>> {
    numbers(py, &[decimal])?.get_item(0)
}
