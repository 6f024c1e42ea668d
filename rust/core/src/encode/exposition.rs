//! Counts as an exposition for Prometheus: families sorted by name, series by label values.
//!
//! What both formats share is here; [`prometheus`](super::prometheus) and
//! [`openmetrics`](super::openmetrics) say how each writes a family's head and numbers.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write as _;

use super::openmetrics::OpenMetrics;
use super::prometheus::Prometheus;
use crate::metric::column::Ranked;
use crate::metric::name::{family_name, label_name, sum_name};
use crate::metric::{Column, Metric, Row, Snapshot, Table};
use crate::spec::MetricKind;
use crate::value::label::label_value;
use crate::value::number::Decimal;

/// A format of expositions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposition {
    /// Prometheus text format 0.0.4.
    Prometheus,
    /// `OpenMetrics` 1.0.
    OpenMetrics,
}

impl Exposition {
    /// The format with the name that people use for it.
    pub fn named(name: &str) -> Option<Exposition> {
        match name {
            "prometheus" => Some(Exposition::Prometheus),
            "openmetrics" => Some(Exposition::OpenMetrics),
            _ => None,
        }
    }

    /// The media type of the text.
    pub fn content_type(self) -> &'static str {
        match self {
            Exposition::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Exposition::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }

    /// Appends what `snapshot` counted by `metrics`.
    ///
    /// Label values are those of [`label_value`]; series whose values become equal by that are
    /// merged. An absent value is empty, which to Prometheus is the same. A field that a counter sums
    /// beside its records is a counter of its own: `requests_total` summing `bytes` comes with
    /// `requests_bytes_total`.
    pub fn write(self, out: &mut Vec<u8>, metrics: &[Metric], snapshot: &Snapshot) {
        match self {
            Exposition::Prometheus => write(out, &Prometheus, metrics, snapshot),
            Exposition::OpenMetrics => write(out, &OpenMetrics, metrics, snapshot),
        }
    }
}

/// What a family's samples are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FamilyKind {
    /// What only grows, `_total`.
    Counter,
    /// A number.
    Gauge,
    /// `_bucket`, `_sum`, `_count`.
    Histogram,
    /// Quantiles, `_sum`, `_count`.
    Summary,
}

impl FamilyKind {
    fn of(kind: &MetricKind) -> FamilyKind {
        match kind {
            MetricKind::Counter => FamilyKind::Counter,
            MetricKind::Gauge | MetricKind::Distinct | MetricKind::Top { .. } => FamilyKind::Gauge,
            MetricKind::Histogram { .. } => FamilyKind::Histogram,
            MetricKind::Quantiles { .. } => FamilyKind::Summary,
        }
    }

    /// As `# TYPE` has it.
    pub fn name(self) -> &'static str {
        match self {
            FamilyKind::Counter => "counter",
            FamilyKind::Gauge => "gauge",
            FamilyKind::Histogram => "histogram",
            FamilyKind::Summary => "summary",
        }
    }
}

/// How a format writes what the formats write differently.
pub trait Dialect {
    /// Appends the lines before a family's samples. `name` is without a counter's `_total`.
    fn head(&self, out: &mut Vec<u8>, name: &str, kind: FamilyKind, help: &str);
    /// A bound or quantile as a label value.
    fn number(&self, number: f64) -> String;
    /// Appends what stands behind the last family.
    fn end(&self, out: &mut Vec<u8>);
}

/// What becomes one family: a metric, or one of the sums beside it.
struct Family<'a> {
    name: String,
    kind: FamilyKind,
    help: String,
    metric: &'a Metric,
    table: &'a Table,
    /// Which sum it is.
    sum: Option<usize>,
}

impl<'a> Family<'a> {
    /// The families of a metric.
    fn of(metric: &'a Metric, table: &'a Table) -> impl Iterator<Item = Family<'a>> {
        let own = Family {
            name: family_name(&metric.name, &metric.kind).to_owned(),
            kind: FamilyKind::of(&metric.kind),
            help: metric.help.clone().unwrap_or_else(|| default_help(metric)),
            metric,
            table,
            sum: None,
        };
        let sums = metric.sums.iter().enumerate().map(move |(i, field)| Family {
            name: sum_name(&metric.name, &metric.kind, field),
            kind: FamilyKind::Counter,
            help: format!("Sum of {field} over log records."),
            metric,
            table,
            sum: Some(i),
        });
        std::iter::once(own).chain(sums)
    }
}

fn write(out: &mut Vec<u8>, dialect: &dyn Dialect, metrics: &[Metric], snapshot: &Snapshot) {
    let tables = metrics.iter().zip(&snapshot.tables);
    let mut families: Vec<Family<'_>> =
        tables.flat_map(|(metric, table)| Family::of(metric, table)).collect();
    families.sort_by(|a, b| a.name.cmp(&b.name));
    for family in families {
        dialect.head(out, &family.name, family.kind, &family.help);
        write_samples(out, dialect, &family);
    }
    dialect.end(out);
}

fn write_samples(out: &mut Vec<u8>, dialect: &dyn Dialect, family: &Family<'_>) {
    let metric = family.metric;
    let table = family.table.relabelled(&metric.kind, |text| match label_value(text) {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    });
    let sum = family.sum.or(metric.value_sum());
    let mut rows: BTreeMap<Vec<String>, Sampled> = BTreeMap::new();
    table.for_each(|Row { series, labels, count, sums }| {
        let labels = labels.iter().map(|text| String::from_utf8_lossy(text).into_owned()).collect();
        rows.insert(labels, Sampled { series, count, sum: sum.map(|sum| sums[sum]) });
    });
    let names: Vec<String> = metric.labels.iter().map(|label| label_name(label)).collect();
    let column = match family.sum {
        Some(_) => SortedColumn::Other(&Column::Counter),
        None => SortedColumn::of(metric, table.column()),
    };
    let mut samples = Samples { out, dialect, name: &family.name, labels: String::new() };
    for (values, row) in rows {
        samples.labels.clear();
        for (name, value) in names.iter().zip(&values) {
            push_label(&mut samples.labels, name, value);
        }
        samples.series(metric, &column, row);
    }
}

/// The numbers of a series beside its column's.
#[derive(Debug, Clone, Copy)]
struct Sampled {
    series: u32,
    count: u64,
    /// The sum that the family shows, of the values that the metric takes or of a field beside.
    sum: Option<Decimal>,
}

/// A column, ready to be asked series by series.
enum SortedColumn<'a> {
    Quantiles(&'a [f64], crate::metric::column::quantiles::SortedBins),
    Other(&'a Column),
}

impl<'a> SortedColumn<'a> {
    fn of(metric: &'a Metric, column: &'a Column) -> SortedColumn<'a> {
        match (&metric.kind, column) {
            (MetricKind::Quantiles { quantiles, .. }, Column::Quantiles(sketch)) => {
                SortedColumn::Quantiles(quantiles, sketch.sorted())
            }
            _ => SortedColumn::Other(column),
        }
    }
}

/// Writes the samples of one family.
struct Samples<'o, 'd> {
    out: &'o mut Vec<u8>,
    dialect: &'d dyn Dialect,
    name: &'d str,
    /// Of the current series: `a="b",c="d"`.
    labels: String,
}

impl Samples<'_, '_> {
    fn series(&mut self, metric: &Metric, column: &SortedColumn<'_>, row: Sampled) {
        match column {
            SortedColumn::Quantiles(quantiles, bins) => {
                for &quantile in *quantiles {
                    let value = bins.quantile(row.series, quantile).unwrap_or(f64::NAN);
                    self.sample("", Some(("quantile", &self.dialect.number(quantile))), value);
                }
                self.sum_and_count(row);
            }
            SortedColumn::Other(Column::Counter | Column::Quantiles(_)) => match row.sum {
                Some(sum) => self.sample("_total", None, sum),
                None => self.sample("_total", None, row.count),
            },
            SortedColumn::Other(Column::Gauge(gauge)) => self.sample("", None, gauge.value(row.series)),
            SortedColumn::Other(Column::Histogram(histogram)) => {
                let bounds = histogram.bounds().iter().map(|bound| self.dialect.number(bound.to_f64()));
                let bounds: Vec<String> = bounds.chain(["+Inf".to_owned()]).collect();
                for (bound, count) in bounds.iter().zip(histogram.cumulative(row.series)) {
                    self.sample("_bucket", Some(("le", bound)), count);
                }
                self.sum_and_count(row);
            }
            SortedColumn::Other(Column::Distinct(distinct)) => {
                self.sample("", None, distinct.estimate(row.series));
            }
            SortedColumn::Other(Column::Top(top)) => {
                let label = metric.value.as_ref().map_or_else(String::new, |(name, _)| label_name(name));
                for (text, count) in shown(&top.shown(row.series)) {
                    self.sample("", Some((&label, &text)), count);
                }
            }
        }
    }

    fn sum_and_count(&mut self, row: Sampled) {
        self.sample("_sum", None, row.sum.unwrap_or_default());
        self.sample("_count", None, row.count);
    }

    /// Appends a sample of the current series.
    fn sample(&mut self, suffix: &str, label: Option<(&str, &str)>, value: impl std::fmt::Display) {
        let length = self.labels.len();
        if let Some((name, value)) = label {
            push_label(&mut self.labels, name, value);
        }
        let (name, labels) = (self.name, &self.labels);
        let written = if labels.is_empty() {
            writeln!(self.out, "{name}{suffix} {value}")
        } else {
            writeln!(self.out, "{name}{suffix}{{{labels}}} {value}")
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
pub fn escaped<'t>(text: &'t str, special: &[char]) -> Cow<'t, str> {
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

/// What a family is, where the configuration does not say.
fn default_help(metric: &Metric) -> String {
    let value = metric.value.as_ref().map_or("", |(name, _)| name);
    match &metric.kind {
        MetricKind::Counter if metric.value.is_none() => "Number of log records.".to_owned(),
        MetricKind::Counter => format!("Sum of {value} over log records."),
        MetricKind::Gauge => format!("Last {value} of log records."),
        MetricKind::Histogram { .. } => format!("Distribution of {value} of log records."),
        MetricKind::Quantiles { .. } => format!("Quantiles of {value} of log records."),
        MetricKind::Distinct => format!("Number of distinct {value} of log records, about."),
        MetricKind::Top { .. } => format!("Number of log records of the most frequent {value}, at most."),
    }
}
