//! What the kinds of metrics keep per series, beside the count and the sums: one column per table,
//! all series of it in the same few arrays.

pub mod distinct;
pub mod gauge;
pub mod histogram;
pub mod quantiles;
pub mod top;

pub use distinct::Distinct;
pub use gauge::{Gauge, Latest};
pub use histogram::Histogram;
pub use quantiles::Quantiles;
pub use top::{Ranked, Top};

use crate::spec::MetricKind;

/// In a list of series to merge into: the other's series is left out.
pub const NOWHERE: u32 = u32::MAX;

/// The state that one kind of metric keeps of its series.
#[derive(Debug, Clone)]
pub enum Column {
    /// The count and the sums are all.
    Counter,
    /// The last value.
    Gauge(Gauge),
    /// Values by bucket.
    Histogram(Histogram),
    /// A sketch of the distribution of values.
    Quantiles(Quantiles),
    /// A sketch of the set of texts.
    Distinct(Distinct),
    /// A summary of the most frequent texts.
    Top(Top),
}

impl Column {
    /// The column for a kind, without series.
    pub fn new(kind: &MetricKind) -> Column {
        match kind {
            MetricKind::Counter => Column::Counter,
            MetricKind::Gauge => Column::Gauge(Gauge::default()),
            MetricKind::Histogram { buckets } => Column::Histogram(Histogram::new(buckets)),
            MetricKind::Quantiles { accuracy, .. } => Column::Quantiles(Quantiles::new(*accuracy)),
            MetricKind::Distinct => Column::Distinct(Distinct::default()),
            MetricKind::Top { size } => Column::Top(Top::new(*size)),
        }
    }

    /// Makes room for series up to number `series` − 1.
    pub fn grow(&mut self, series: usize) {
        match self {
            Column::Counter | Column::Quantiles(_) => {}
            Column::Gauge(column) => column.grow(series),
            Column::Histogram(column) => column.grow(series),
            Column::Distinct(column) => column.grow(series),
            Column::Top(column) => column.grow(series),
        }
    }

    /// Forgets all series and keeps the memory.
    pub fn clear(&mut self) {
        match self {
            Column::Counter => {}
            Column::Gauge(column) => column.clear(),
            Column::Histogram(column) => column.clear(),
            Column::Quantiles(column) => column.clear(),
            Column::Distinct(column) => column.clear(),
            Column::Top(column) => column.clear(),
        }
    }

    /// About how much memory the series take, in bytes.
    pub fn held_bytes(&self) -> usize {
        match self {
            Column::Counter => 0,
            Column::Gauge(column) => column.held_bytes(),
            Column::Histogram(column) => column.held_bytes(),
            Column::Quantiles(column) => column.held_bytes(),
            Column::Distinct(column) => column.held_bytes(),
            Column::Top(column) => column.held_bytes(),
        }
    }

    /// Adds the other's series to these: its series `i` to `series[i]`, unless that is [`NOWHERE`].
    /// Both are of one metric.
    pub fn merge(&mut self, other: &Column, series: &[u32]) {
        match (self, other) {
            (Column::Gauge(own), Column::Gauge(other)) => own.merge(other, series),
            (Column::Histogram(own), Column::Histogram(other)) => own.merge(other, series),
            (Column::Quantiles(own), Column::Quantiles(other)) => own.merge(other, series),
            (Column::Distinct(own), Column::Distinct(other)) => own.merge(other, series),
            (Column::Top(own), Column::Top(other)) => own.merge(other, series),
            _ => {}
        }
    }
}
