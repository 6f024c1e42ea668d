//! The counts of one series as bytes: cumulative as a row of a state database, or of one slot of time.
//!
//! The labels are a [postcard](https://postcard.jamesmunns.com/wire-format) list of texts; the state
//! is a byte for the version, then a postcard message. Sketches are written as the values that they
//! stand for, as in snapshots.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::column::{Distinct, Latest};
use super::kept::Kept;
use super::{Amounts, Metric, Table};
use crate::slot::SlotTable;
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
    /// What was counted.
    pub state: SeriesState,
}

/// What was counted of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesState {
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
    let mut states = encode_states(table.amounts(), series).into_iter();
    let mut rows = Vec::with_capacity(series.len());
    table.for_each_of(series.iter().copied(), |row| {
        rows.push((encode_labels(row.labels), states.next().expect("one of each series")));
    });
    rows
}

/// The rows of every slot of a metric, by their slots' starts (Unix seconds); `table` has its series.
pub fn encode_slots(table: &Table, slots: &SlotTable) -> Vec<(i64, Encoded)> {
    let mut labels = Vec::with_capacity(table.len());
    table.for_each(|row| labels.push(encode_labels(row.labels)));
    let mut keys: Vec<(u32, i64, u32)> = slots.rows().collect();
    keys.sort_unstable_by_key(|&(_, start, series)| (start, series));
    let rows: Vec<u32> = keys.iter().map(|key| key.0).collect();
    let states = encode_states(slots.amounts(), &rows);
    let encoded = keys.into_iter().zip(states);
    encoded.map(|((_, start, series), state)| (start, (labels[series as usize].clone(), state))).collect()
}

/// The sum of states of a metric, of which each is what [`encode`] and [`encode_slots`] write.
///
/// # Errors
/// A state that cannot be read, or is not one of the metric's.
pub fn merge_states<'s>(
    metric: &Metric,
    states: impl IntoIterator<Item = &'s [u8]>,
) -> Result<Vec<u8>, RowError> {
    let mut amounts = metric.amounts();
    amounts.grow(1);
    for state in states {
        SeriesState::decode(state)?.add_to(metric, &mut amounts, 0)?;
    }
    Ok(encode_states(&amounts, &[0]).swap_remove(0))
}

fn encode_labels(labels: &[&[u8]]) -> Vec<u8> {
    postcard::to_stdvec(labels).expect("memory takes all bytes")
}

fn encode_states(amounts: &Amounts, rows: &[u32]) -> Vec<Vec<u8>> {
    let kept = Kept::of(amounts.column(), rows);
    let states = rows.iter().zip(kept).map(|(&row, kept)| {
        let sums = amounts.sums_of(row).iter().map(|sum| sum.billionths()).collect();
        let state = State { count: amounts.count(row), sums, kept: Cow::Owned(kept) };
        postcard::to_extend(&state, vec![VERSION]).expect("memory takes all bytes")
    });
    states.collect()
}

impl SeriesRow {
    /// Reads a row.
    ///
    /// # Errors
    /// [`RowError::Version`] and [`RowError::Damaged`].
    pub fn decode(labels: &[u8], state: &[u8]) -> Result<SeriesRow, RowError> {
        let state = SeriesState::decode(state)?;
        let (labels, behind) =
            postcard::take_from_bytes::<Vec<Vec<u8>>>(labels).map_err(|_| RowError::Damaged)?;
        if !behind.is_empty() || !labels.iter().all(|text| is_label_value(text)) {
            return Err(RowError::Damaged);
        }
        Ok(SeriesRow { labels, state })
    }

    /// Adds the series to a table of the metric that it is of, beyond limits too.
    ///
    /// # Errors
    /// [`RowError::OtherMetric`] if it cannot be one of `metric`; a part may have been added.
    pub fn add_to(&self, metric: &Metric, table: &mut Table, room: &mut usize) -> Result<(), RowError> {
        if self.labels.len() != metric.labels.len() {
            return Err(RowError::OtherMetric(metric.name.clone()));
        }
        let series = table.establish(|label| &self.labels[label], room);
        self.state.add_to(metric, table.amounts_mut(), series)
    }
}

impl SeriesState {
    /// Reads a state.
    ///
    /// # Errors
    /// [`RowError::Version`] and [`RowError::Damaged`].
    pub fn decode(state: &[u8]) -> Result<SeriesState, RowError> {
        let (&version, message) = state.split_first().ok_or(RowError::Damaged)?;
        if version != VERSION {
            return Err(RowError::Version(version));
        }
        let (state, behind) =
            postcard::take_from_bytes::<State<'_>>(message).map_err(|_| RowError::Damaged)?;
        if !behind.is_empty() || state.count >> COUNT_BITS != 0 {
            return Err(RowError::Damaged);
        }
        let sums = state.sums.into_iter().map(Decimal::from_billionths).collect();
        Ok(SeriesState { count: state.count, sums, kept: state.kept.into_owned() })
    }

    /// Adds the state to a row of what the metric counts that it is of.
    ///
    /// # Errors
    /// [`RowError::OtherMetric`] if it cannot be one of `metric`; a part may have been added.
    pub fn add_to(&self, metric: &Metric, amounts: &mut Amounts, row: u32) -> Result<(), RowError> {
        let other = || RowError::OtherMetric(metric.name.clone());
        if self.sums.len() != amounts.sums() {
            return Err(other());
        }
        amounts.add_count(row, self.count);
        for (sum, total) in self.sums.iter().enumerate() {
            amounts.add(row, sum, *total);
        }
        self.kept.add_to(amounts.column_mut(), row).ok_or_else(other)
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
}
