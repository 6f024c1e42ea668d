//! Counts as an exposition for Prometheus: families sorted by name, series by label values.
//!
//! What both formats share is here; [`prometheus`](super::prometheus) and
//! [`openmetrics`](super::openmetrics) say how each writes a family's head and numbers.

use super::openmetrics::OpenMetrics;
use super::prometheus::Prometheus;
use super::samples::write_samples;
use crate::metric::name::{family_name, sum_name};
use crate::metric::{Metric, Snapshot};
use crate::spec::MetricKind;

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
        let dialect = self.dialect();
        for family in Family::all(metrics) {
            family.head(out, dialect);
            write_samples(out, dialect, &family, &metrics[family.metric], &snapshot.tables[family.metric]);
        }
        dialect.end(out);
    }

    pub(super) fn dialect(self) -> &'static dyn Dialect {
        match self {
            Exposition::Prometheus => &Prometheus,
            Exposition::OpenMetrics => &OpenMetrics,
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
#[derive(Debug)]
pub(super) struct Family {
    pub(super) name: String,
    pub(super) kind: FamilyKind,
    pub(super) help: String,
    /// The metric's number.
    pub(super) metric: usize,
    /// Which sum it is.
    pub(super) sum: Option<usize>,
}

impl Family {
    /// The families of all metrics, sorted by name.
    pub(super) fn all(metrics: &[Metric]) -> Vec<Family> {
        let mut families: Vec<Family> =
            metrics.iter().enumerate().flat_map(|(number, metric)| Family::of(number, metric)).collect();
        families.sort_by(|a, b| a.name.cmp(&b.name));
        families
    }

    fn of(number: usize, metric: &Metric) -> impl Iterator<Item = Family> {
        let own = Family {
            name: family_name(&metric.name, &metric.kind).to_owned(),
            kind: FamilyKind::of(&metric.kind),
            help: metric.help.clone().unwrap_or_else(|| default_help(metric)),
            metric: number,
            sum: None,
        };
        let sums = metric.sums.iter().enumerate().map(move |(i, field)| Family {
            name: sum_name(&metric.name, &metric.kind, field),
            kind: FamilyKind::Counter,
            help: format!("Sum of {field} over log records."),
            metric: number,
            sum: Some(i),
        });
        std::iter::once(own).chain(sums)
    }

    /// Appends the lines before the samples.
    pub(super) fn head(&self, out: &mut Vec<u8>, dialect: &dyn Dialect) {
        dialect.head(out, &self.name, self.kind, &self.help);
    }
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
