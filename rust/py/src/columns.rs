//! One metric's series as Python columns.

use std::borrow::Cow;
use std::cmp::Reverse;

use logagent_core::metric::{Amounts, Column, Metric, Row, Table};
use logagent_core::slot::SlotTable;
use logagent_core::spec::MetricKind;
use logagent_core::value::number::Decimal;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};

/// The series under label values that are text: values that differ only in bytes that are not UTF-8
/// are one. Answers too which of them each is.
pub(crate) fn readable(metric: &Metric, table: &Table) -> (Table, Vec<u32>) {
    table.relabelled(&metric.kind, |text| match String::from_utf8_lossy(text) {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    })
}

/// The series of a table of [`readable`], ordered by count, descending, then by label values.
pub(crate) fn columns<'py>(py: Python<'py>, metric: &Metric, table: &Table) -> PyResult<Bound<'py, PyDict>> {
    let mut order: Vec<u32> = (0..table.len() as u32).collect();
    let count = |series: u32| table.amounts().count(series);
    order.sort_unstable_by(|&a, &b| count(b).cmp(&count(a)).then_with(|| table.compare_labels(a, b)));
    let columns = PyDict::new(py);
    columns.set_item("labels", labels(py, metric, table, &order)?)?;
    amounts(&columns, metric, table.amounts(), &order)?;
    Ok(columns)
}

/// The slots of the series of a table of [`readable`], ordered by slot, then as [`columns`].
pub(crate) fn slot_columns<'py>(
    py: Python<'py>,
    metric: &Metric,
    table: &Table,
    slots: &SlotTable,
) -> PyResult<Bound<'py, PyDict>> {
    let ranks = table.ranks();
    let mut order: Vec<(u32, i64, u32)> = slots.rows().collect();
    order.sort_unstable_by_key(|&(row, start, series)| {
        (start, Reverse(slots.amounts().count(row)), ranks[series as usize])
    });
    let (rows, series): (Vec<u32>, Vec<u32>) = order.iter().map(|&(row, _, series)| (row, series)).unzip();
    let columns = PyDict::new(py);
    columns.set_item("slot", PyList::new(py, order.iter().map(|&(_, start, _)| start))?)?;
    columns.set_item("labels", labels(py, metric, table, &series)?)?;
    amounts(&columns, metric, slots.amounts(), &rows)?;
    Ok(columns)
}

/// The label values of these series by label; `None` is absent.
fn labels<'py>(
    py: Python<'py>,
    metric: &Metric,
    table: &Table,
    order: &[u32],
) -> PyResult<Bound<'py, PyDict>> {
    let mut texts: Vec<Option<Bound<'py, PyString>>> = Vec::with_capacity(table.len() * metric.labels.len());
    table.for_each(|Row { labels, .. }| {
        let text =
            |label: &&[u8]| (!label.is_empty()).then(|| PyString::new(py, &String::from_utf8_lossy(label)));
        texts.extend(labels.iter().map(text));
    });
    let by_name = PyDict::new(py);
    for (i, name) in metric.labels.iter().enumerate() {
        let text = |&series: &u32| texts[series as usize * metric.labels.len() + i].as_ref();
        by_name.set_item(name, PyList::new(py, order.iter().map(text))?)?;
    }
    Ok(by_name)
}

/// Adds the columns of what these rows counted.
fn amounts(columns: &Bound<'_, PyDict>, metric: &Metric, amounts: &Amounts, order: &[u32]) -> PyResult<()> {
    let py = columns.py();
    let rows = order.iter().copied();
    let sum = |i: usize| -> Vec<Decimal> { rows.clone().map(|row| amounts.sums_of(row)[i]).collect() };
    let sums = PyDict::new(py);
    for (i, name) in metric.sums.iter().enumerate() {
        sums.set_item(name, numbers(py, &sum(i))?)?;
    }
    columns.set_item("count", PyList::new(py, rows.clone().map(|row| amounts.count(row)))?)?;
    columns.set_item("sums", sums)?;
    if let Some(i) = metric.value_sum() {
        columns.set_item("value", numbers(py, &sum(i))?)?;
    }
    match (amounts.column(), &metric.kind) {
        (Column::Gauge(gauge), _) => {
            let values: Vec<Decimal> = rows.map(|row| gauge.value(row)).collect();
            columns.set_item("value", numbers(py, &values)?)?;
        }
        (Column::Histogram(histogram), _) => {
            let buckets = PyDict::new(py);
            for (i, bound) in histogram.bounds().iter().map(|bound| bound.to_f64()).enumerate() {
                let at_most = |row| histogram.cumulative(row).nth(i);
                buckets.set_item(bound, PyList::new(py, rows.clone().map(at_most))?)?;
            }
            columns.set_item("buckets", buckets)?;
        }
        (Column::Quantiles(sketch), MetricKind::Quantiles { quantiles, .. }) => {
            let (bins, by_quantile) = (sketch.sorted(), PyDict::new(py));
            for &quantile in quantiles {
                let values = rows.clone().map(|row| bins.quantile(row, quantile));
                by_quantile.set_item(quantile, PyList::new(py, values)?)?;
            }
            columns.set_item("quantiles", by_quantile)?;
        }
        (Column::Distinct(distinct), _) => {
            columns.set_item("distinct", PyList::new(py, rows.map(|row| distinct.estimate(row)))?)?;
        }
        (Column::Top(top), _) => {
            let shown = |row| -> Vec<(String, u64, u64)> {
                let ranked = top.shown(row);
                let texts = ranked.iter().map(|own| String::from_utf8_lossy(own.text).into_owned());
                texts.zip(&ranked).map(|(text, own)| (text, own.count, own.error)).collect()
            };
            columns.set_item("top", PyList::new(py, rows.map(shown))?)?;
        }
        (Column::Counter | Column::Quantiles(_), _) => {}
    }
    Ok(())
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
