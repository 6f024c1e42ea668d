//! Snapshots as bytes: for state, and for other processes.
//!
//! A byte for the version, then a [postcard](https://postcard.jamesmunns.com/wire-format) message.
//! Equal counts of one plan give equal bytes: series are in the order of their labels. Sketches are
//! written as the values that they stand for, so that reading is counting them again: what is read
//! meets the same limits as what is counted, and hostile bytes can do no more than hostile lines.

use serde::{Deserialize, Serialize};

use super::kept::Kept;
use super::{Metric, Row, Snapshot, Table};
use crate::scan::Reason;
use crate::spec::MetricKind;
use crate::value::number::Decimal;

const VERSION: u8 = 1;

/// Why bytes are no snapshot of a plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// Written by another version of the program.
    #[error("the counts are of format version {0}, and this program reads version {VERSION}")]
    Version(u8),
    /// Not what [`Snapshot::to_bytes`] writes.
    #[error("the counts are damaged: {0}")]
    Damaged(String),
    /// Counted by other metrics.
    #[error("the counts are of other metrics than the configuration's: `{0}` does not fit")]
    OtherMetrics(String),
}

/// The message.
#[derive(Serialize, Deserialize)]
struct Message {
    lines: u64,
    matched: u64,
    selected: u64,
    bytes: u64,
    rejects: [u64; Reason::ALL.len()],
    unreadable: u64,
    tables: Vec<Series>,
}

/// The series of a table, by column; the `i`-th of each belong together.
#[derive(Serialize, Deserialize)]
struct Series {
    shape: Shape,
    labels: Vec<Vec<Vec<u8>>>,
    counts: Vec<u64>,
    sums: Vec<Vec<i128>>,
    kept: Vec<Kept>,
}

/// What has to agree for counts to be added.
#[derive(Serialize, Deserialize, PartialEq, Eq)]
struct Shape {
    name: String,
    labels: Vec<String>,
    value: Option<String>,
    sums: Vec<String>,
    kind: KindShape,
}

#[derive(Serialize, Deserialize, PartialEq, Eq)]
enum KindShape {
    Counter,
    Gauge,
    Histogram(Vec<i128>),
    /// The bits of the relative accuracy: bins are the same only if it is.
    Quantiles(u64),
    Distinct,
    Top,
}

impl Shape {
    fn of(metric: &Metric) -> Shape {
        let kind = match &metric.kind {
            MetricKind::Counter => KindShape::Counter,
            MetricKind::Gauge => KindShape::Gauge,
            MetricKind::Histogram { buckets } => {
                KindShape::Histogram(buckets.iter().map(|bound| bound.billionths()).collect())
            }
            // Which quantiles are shown may change, and how many texts.
            MetricKind::Quantiles { accuracy, .. } => KindShape::Quantiles(accuracy.to_bits()),
            MetricKind::Distinct => KindShape::Distinct,
            MetricKind::Top { .. } => KindShape::Top,
        };
        Shape {
            name: metric.name.clone(),
            labels: metric.labels.clone(),
            value: metric.value.as_ref().map(|(name, _)| name.clone()),
            sums: metric.sums.clone(),
            kind,
        }
    }
}

impl Snapshot {
    /// The snapshot as bytes; `metrics` are those that it was counted by.
    pub fn to_bytes(&self, metrics: &[Metric]) -> Vec<u8> {
        let message = Message {
            lines: self.lines,
            matched: self.matched,
            selected: self.selected,
            bytes: self.bytes,
            rejects: self.rejects,
            unreadable: self.unreadable,
            tables: self
                .tables
                .iter()
                .zip(metrics)
                .map(|(table, metric)| Series::of(table, metric))
                .collect(),
        };
        postcard::to_extend(&message, vec![VERSION]).expect("memory takes all bytes")
    }

    /// Adds what [`Snapshot::to_bytes`] wrote, whose metrics have to be `metrics`, which these counts
    /// are of. Series that are here already stay when limits are met; so counts that are to keep
    /// their series are read before others.
    ///
    /// # Errors
    /// Bytes that are no snapshot, or one of other metrics. The counts are then as they were.
    pub fn add_bytes(&mut self, bytes: &[u8], metrics: &[Metric]) -> Result<(), SnapshotError> {
        let (&version, message) =
            bytes.split_first().ok_or_else(|| SnapshotError::Damaged("they are empty".to_owned()))?;
        if version != VERSION {
            return Err(SnapshotError::Version(version));
        }
        let damaged = |what: &dyn std::fmt::Display| SnapshotError::Damaged(what.to_string());
        let (message, rest) =
            postcard::take_from_bytes::<Message>(message).map_err(|error| damaged(&error))?;
        if !rest.is_empty() {
            return Err(damaged(&"they go on after their end"));
        }
        // No log has so many lines; counting on from there would leave the range.
        let Message { lines, matched, selected, bytes, unreadable, .. } = message;
        if [lines, matched, selected, bytes, unreadable].iter().chain(&message.rejects).any(|n| n >> 62 != 0)
        {
            return Err(damaged(&"a count is too large"));
        }
        for (i, metric) in metrics.iter().enumerate() {
            if message.tables.get(i).is_none_or(|series| series.shape != Shape::of(metric)) {
                return Err(SnapshotError::OtherMetrics(metric.name.clone()));
            }
        }
        if let Some(more) = message.tables.get(metrics.len()) {
            return Err(SnapshotError::OtherMetrics(more.shape.name.clone()));
        }
        let mut read = Snapshot::with_series_limit(metrics, self.series_limit());
        read.clear();
        for (table, series) in read.tables.iter_mut().zip(&message.tables) {
            series.add_to(table, &mut read.room).ok_or_else(|| damaged(&"a series is incomplete"))?;
        }
        let rejects = message.rejects;
        read = Snapshot { lines, matched, selected, bytes, rejects, unreadable, ..read };
        self.merge(&read);
        Ok(())
    }

    /// A snapshot of just what [`Snapshot::to_bytes`] wrote.
    ///
    /// # Errors
    /// As [`Snapshot::add_bytes`].
    pub fn from_bytes(bytes: &[u8], metrics: &[Metric]) -> Result<Snapshot, SnapshotError> {
        let mut snapshot = Snapshot::new(metrics);
        snapshot.clear();
        snapshot.add_bytes(bytes, metrics)?;
        Ok(snapshot)
    }
}

impl Series {
    fn of(table: &Table, metric: &Metric) -> Series {
        let mut rows = Vec::new();
        table.for_each(|Row { series, labels, count, sums }| {
            let labels: Vec<Vec<u8>> = labels.iter().map(|text| text.to_vec()).collect();
            let sums: Vec<i128> = sums.iter().map(|sum| sum.billionths()).collect();
            rows.push((labels, series, count, sums));
        });
        rows.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let order: Vec<u32> = rows.iter().map(|row| row.1).collect();
        let mut series = Series {
            shape: Shape::of(metric),
            labels: Vec::with_capacity(rows.len()),
            counts: rows.iter().map(|row| row.2).collect(),
            sums: Vec::with_capacity(rows.len()),
            kept: Kept::of(table.column(), &order),
        };
        for (labels, _, _, sums) in rows {
            series.labels.push(labels);
            series.sums.push(sums);
        }
        series
    }

    /// Counts the series into a table of the same metric; `None` if they are not whole.
    fn add_to(&self, table: &mut Table, room: &mut usize) -> Option<()> {
        let (labels, sums) = (self.shape.labels.len(), table.sums());
        let is_whole = self.counts.len() == self.labels.len()
            && self.sums.len() == self.labels.len()
            && self.kept.len() == self.labels.len()
            && self.labels.iter().all(|texts| texts.len() == labels)
            && self.sums.iter().all(|totals| totals.len() == sums);
        if !is_whole {
            return None;
        }
        for (i, texts) in self.labels.iter().enumerate() {
            let series = table.count(|label| &texts[label], self.counts[i], room);
            let amounts = table.amounts_mut();
            for (sum, &total) in self.sums[i].iter().enumerate() {
                amounts.add(series, sum, Decimal::from_billionths(total));
            }
            self.kept[i].add_to(amounts.column_mut(), series)?;
        }
        Some(())
    }
}
