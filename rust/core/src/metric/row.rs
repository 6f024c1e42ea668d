//! One series' cumulative counts as a row of a state database.
//!
//! The labels are a [postcard](https://postcard.jamesmunns.com/wire-format) list of texts; the state
//! is a byte for the version, then a postcard message. Sketches are written as the values that they
//! stand for, as in snapshots.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::column::{Distinct, Latest};
use super::kept::Kept;
use super::{Metric, Row, Table};
use crate::value::label::is_label_value;
use crate::value::number::Decimal;

const VERSION: u8 = 1;
/// A row's numbers are below 2^this: no log has so many lines, and counting on stays in range.
const COUNT_BITS: u32 = 62;

/// Why bytes are no row of a metric.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// Written by another version of the program.
    #[error("a series is of format version {0}, and this program reads version {VERSION}")]
    Version(u8),
    /// Not what [`encode`] writes.
    #[error("a series is damaged")]
    Damaged,
    /// Of another metric.
    #[error("a series does not fit the metric `{0}`")]
    OtherMetric(String),
}

/// A row as bytes: the labels, which are its key, and the state.
pub type Encoded = (Vec<u8>, Vec<u8>);

/// A row, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesRow {
    /// Label values; empty is absent.
    pub labels: Vec<Vec<u8>>,
    /// Records, or those of them that have a value if the metric takes one.
    pub count: u64,
    /// Sums.
    pub sums: Vec<Decimal>,
    kept: Kept,
}

/// What the metric's kind keeps of a series beside its count and sums, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KindState {
    /// Nothing.
    Counter,
    /// The last value and when it was, if there was one.
    Gauge(Option<Latest>),
    /// Values by bucket, not cumulative.
    Histogram(Vec<u64>),
    /// Bins and the values in each.
    Quantiles(Vec<(u32, u64)>),
    /// About how many distinct texts.
    Distinct(u64),
    /// Text, count and error, most frequent first.
    Top(Vec<(Vec<u8>, u64, u64)>),
}

#[derive(Serialize, Deserialize)]
struct State<'a> {
    count: u64,
    sums: Vec<i128>,
    kept: Cow<'a, Kept>,
}

/// The rows of these series of a table.
pub fn encode(table: &Table, series: &[u32]) -> Vec<Encoded> {
    let mut kept = Kept::of(table.column(), series).into_iter();
    let mut rows = Vec::with_capacity(series.len());
    table.for_each_of(series.iter().copied(), |Row { labels, count, sums, .. }| {
        let sums = sums.iter().map(|sum| sum.billionths()).collect();
        let state = State { count, sums, kept: Cow::Owned(kept.next().expect("one of each series")) };
        rows.push((
            postcard::to_stdvec(labels).expect("memory takes all bytes"),
            postcard::to_extend(&state, vec![VERSION]).expect("memory takes all bytes"),
        ));
    });
    rows
}

impl SeriesRow {
    /// Reads a row.
    ///
    /// # Errors
    /// [`RowError::Version`] and [`RowError::Damaged`].
    pub fn decode(labels: &[u8], state: &[u8]) -> Result<SeriesRow, RowError> {
        let (&version, message) = state.split_first().ok_or(RowError::Damaged)?;
        if version != VERSION {
            return Err(RowError::Version(version));
        }
        let (labels, behind_labels) =
            postcard::take_from_bytes::<Vec<Vec<u8>>>(labels).map_err(|_| RowError::Damaged)?;
        let (state, behind) =
            postcard::take_from_bytes::<State<'_>>(message).map_err(|_| RowError::Damaged)?;
        let is_whole = behind.is_empty()
            && behind_labels.is_empty()
            && state.count >> COUNT_BITS == 0
            && labels.iter().all(|text| is_label_value(text));
        if !is_whole {
            return Err(RowError::Damaged);
        }
        let sums = state.sums.into_iter().map(Decimal::from_billionths).collect();
        Ok(SeriesRow { labels, count: state.count, sums, kept: state.kept.into_owned() })
    }

    /// The state of the metric's kind.
    pub fn kind_state(&self) -> KindState {
        match &self.kept {
            Kept::Counter => KindState::Counter,
            &Kept::Gauge { unix_ns, billionths } => {
                let latest = Latest { unix_ns, value: Decimal::from_billionths(billionths) };
                KindState::Gauge((latest != Latest::NONE).then_some(latest))
            }
            Kept::Histogram(counts) => KindState::Histogram(counts.clone()),
            Kept::Quantiles(bins) => KindState::Quantiles(bins.clone()),
            Kept::Distinct(sketch) => KindState::Distinct(Distinct::estimate_of(sketch)),
            Kept::Top { counters, .. } => KindState::Top(counters.clone()),
        }
    }

    /// Adds the series to a table of the metric that it is of, beyond limits too.
    ///
    /// # Errors
    /// [`RowError::OtherMetric`] if it cannot be one of `metric`; a part may have been added.
    pub fn add_to(&self, metric: &Metric, table: &mut Table, room: &mut usize) -> Result<(), RowError> {
        let other = || RowError::OtherMetric(metric.name.clone());
        if self.labels.len() != metric.labels.len() || self.sums.len() != table.sums() {
            return Err(other());
        }
        table.establish(|label| &self.labels[label], room);
        let series = table.count(|label| &self.labels[label], self.count, room);
        for (sum, total) in self.sums.iter().enumerate() {
            table.add(series, sum, *total);
        }
        self.kept.add_to(table.column_mut(), series).ok_or_else(other)
    }
}
