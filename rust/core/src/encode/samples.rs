//! The samples of a family's series, one line each.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write as _;

use super::exposition::{Dialect, Family};
use crate::metric::column::Ranked;
use crate::metric::column::quantiles::SortedBins;
use crate::metric::name::label_name;
use crate::metric::{Column, Metric, Row, Table};
use crate::spec::MetricKind;
use crate::value::label::label_value;
use crate::value::number::Decimal;

/// Appends the samples of every series of a family, by label values.
pub(super) fn write_samples(
    out: &mut Vec<u8>,
    dialect: &dyn Dialect,
    family: &Family,
    metric: &Metric,
    table: &Table,
) {
    let (table, _) = table.shown(&metric.kind);
    let mut by_labels: BTreeMap<Vec<Vec<u8>>, u32> = BTreeMap::new();
    table.for_each(|Row { series, labels, .. }| {
        by_labels.insert(labels.iter().map(|text| text.to_vec()).collect(), series);
    });
    let order: Vec<u32> = by_labels.into_values().collect();
    let mut samples = Samples::new(dialect, family, metric);
    let column = samples.column(table.column(), &order);
    table.for_each_of(order.iter().copied(), |row| samples.write(out, &row, &column, None));
}

/// Writes the samples of series of one family.
pub(super) struct Samples<'a> {
    dialect: &'a dyn Dialect,
    name: &'a str,
    metric: &'a Metric,
    label_names: Vec<String>,
    /// The sum that the family shows, of the values that the metric takes or of a field beside.
    sum: Option<usize>,
    /// Whether that sum is all that it shows.
    is_sum: bool,
    /// Of the current series: `a="b",c="d"`.
    labels: String,
}

/// A column, ready to be asked series by series.
pub(super) enum SortedColumn<'a> {
    Quantiles(&'a [f64], SortedBins),
    Other(&'a Column),
}

impl<'a> Samples<'a> {
    /// For series whose label values are those of [`label_value`].
    pub(super) fn new(dialect: &'a dyn Dialect, family: &'a Family, metric: &'a Metric) -> Samples<'a> {
        Samples {
            dialect,
            name: &family.name,
            metric,
            label_names: metric.labels.iter().map(|label| label_name(label)).collect(),
            sum: family.sum.or(metric.value_sum()),
            is_sum: family.sum.is_some(),
            labels: String::new(),
        }
    }

    /// Whether all dialects write these samples alike: bounds and quantiles are what they write
    /// differently.
    pub(super) fn is_alike(&self) -> bool {
        let kind = &self.metric.kind;
        self.is_sum || !matches!(kind, MetricKind::Quantiles { .. } | MetricKind::Histogram { .. })
    }

    /// What the family shows of a column of these series.
    pub(super) fn column<'c>(&self, column: &'c Column, series: &[u32]) -> SortedColumn<'c>
    where
        'a: 'c,
    {
        match (&self.metric.kind, column) {
            _ if self.is_sum => SortedColumn::Other(&Column::Counter),
            (MetricKind::Quantiles { quantiles, .. }, Column::Quantiles(sketch)) => {
                SortedColumn::Quantiles(quantiles, sketch.sorted_of(series))
            }
            _ => SortedColumn::Other(column),
        }
    }

    /// Appends the samples of one of the series, of an instant in Unix seconds or of now.
    pub(super) fn write(
        &mut self,
        out: &mut Vec<u8>,
        row: &Row<'_>,
        column: &SortedColumn<'_>,
        unix_seconds: Option<i64>,
    ) {
        self.labels.clear();
        for (name, value) in self.label_names.iter().zip(row.labels) {
            push_label(&mut self.labels, name, &String::from_utf8_lossy(value));
        }
        let sum = self.sum.map(|sum| row.sums[sum]);
        let mut line = Line { out, name: self.name, labels: &mut self.labels, unix_seconds };
        match column {
            SortedColumn::Quantiles(quantiles, bins) => {
                for &quantile in *quantiles {
                    let value = bins.quantile(row.series, quantile).unwrap_or(f64::NAN);
                    line.sample("", Some(("quantile", &self.dialect.number(quantile))), value);
                }
                line.sum_and_count(sum, row.count);
            }
            SortedColumn::Other(Column::Counter | Column::Quantiles(_)) => match sum {
                Some(sum) => line.sample("_total", None, sum),
                None => line.sample("_total", None, row.count),
            },
            SortedColumn::Other(Column::Gauge(gauge)) => line.sample("", None, gauge.value(row.series)),
            SortedColumn::Other(Column::Histogram(histogram)) => {
                let bounds = histogram.bounds().iter().map(|bound| self.dialect.number(bound.to_f64()));
                let bounds = bounds.chain(std::iter::once("+Inf".to_owned()));
                for (bound, count) in bounds.zip(histogram.cumulative(row.series)) {
                    line.sample("_bucket", Some(("le", &bound)), count);
                }
                line.sum_and_count(sum, row.count);
            }
            SortedColumn::Other(Column::Distinct(distinct)) => {
                line.sample("", None, distinct.estimate(row.series));
            }
            SortedColumn::Other(Column::Top(top)) => {
                let value = self.metric.value.as_ref();
                let label = value.map_or_else(String::new, |(name, _)| label_name(name));
                for (text, count) in shown(&top.shown(row.series)) {
                    line.sample("", Some((&label, &text)), count);
                }
            }
        }
    }
}

/// Writes the lines of one series.
struct Line<'a> {
    out: &'a mut Vec<u8>,
    name: &'a str,
    labels: &'a mut String,
    unix_seconds: Option<i64>,
}

impl Line<'_> {
    fn sum_and_count(&mut self, sum: Option<Decimal>, count: u64) {
        self.sample("_sum", None, sum.unwrap_or_default());
        self.sample("_count", None, count);
    }

    fn sample(&mut self, suffix: &str, label: Option<(&str, &str)>, value: impl std::fmt::Display) {
        let length = self.labels.len();
        if let Some((name, value)) = label {
            push_label(self.labels, name, value);
        }
        for text in [self.name, suffix] {
            self.out.extend_from_slice(text.as_bytes());
        }
        if !self.labels.is_empty() {
            self.out.push(b'{');
            self.out.extend_from_slice(self.labels.as_bytes());
            self.out.push(b'}');
        }
        let written = match self.unix_seconds {
            None => writeln!(self.out, " {value}"),
            Some(seconds) => writeln!(self.out, " {value} {seconds}"),
        };
        debug_assert!(written.is_ok(), "writing to memory does not fail");
        self.labels.truncate(length);
    }
}

/// The texts as label values, most frequent first; those that become equal are added up.
fn shown(ranked: &[Ranked<'_>]) -> Vec<(String, u64)> {
    let mut by_text: BTreeMap<Cow<'_, str>, u64> = BTreeMap::new();
    for text in ranked {
        let count = by_text.entry(label_value(text.text)).or_default();
        *count = count.saturating_add(text.count);
    }
    let mut shown: Vec<(String, u64)> =
        by_text.into_iter().map(|(text, count)| (text.into_owned(), count)).collect();
    shown.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    shown
}

fn push_label(labels: &mut String, name: &str, value: &str) {
    if !labels.is_empty() {
        labels.push(',');
    }
    labels.push_str(name);
    labels.push_str("=\"");
    labels.push_str(&escaped(value, &['\\', '"', '\n']));
    labels.push('"');
}

/// The text with backslashes before what is `special`; line feeds become `\n`.
pub(super) fn escaped<'t>(text: &'t str, special: &[char]) -> Cow<'t, str> {
    if !text.contains(special) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if special.contains(&character) {
            escaped.push('\\');
        }
        escaped.push(if character == '\n' { 'n' } else { character });
    }
    Cow::Owned(escaped)
}
