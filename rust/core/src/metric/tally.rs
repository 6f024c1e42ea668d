//! The sink that counts records into a snapshot.

use super::{Metric, Snapshot};
use crate::format::Kind;
use crate::scan::{Mismatch, Record, RecordSink, Scanner};
use crate::value::number::Decimal;
use crate::value::time::TimeReader;

/// Which instants are counted: `since <= t < until`, in Unix nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first instant that counts.
    pub since_ns: i64,
    /// The first instant that no longer counts.
    pub until_ns: i64,
}

/// Counts what a scanner finds in one stretch of lines.
#[derive(Debug)]
pub struct Tally<'a> {
    metrics: &'a [Metric],
    kinds: &'a [Kind],
    snapshot: &'a mut Snapshot,
    filter: Option<TimeFilter<'a>>,
    /// Takes refused lines as they are, when somebody wants them.
    refused: Option<&'a mut Vec<u8>>,
}

/// Passes records by their time.
#[derive(Debug)]
pub struct TimeFilter<'a> {
    /// The slot of `time`.
    pub slot: usize,
    /// Reads it.
    pub reader: &'a mut TimeReader,
    /// What passes.
    pub window: Window,
}

impl<'a> Tally<'a> {
    /// Counts into `snapshot` by `metrics`, whose slots are those of `scanner`.
    pub fn new(
        metrics: &'a [Metric],
        scanner: &'a Scanner,
        snapshot: &'a mut Snapshot,
        filter: Option<TimeFilter<'a>>,
        refused: Option<&'a mut Vec<u8>>,
    ) -> Tally<'a> {
        Tally { metrics, kinds: scanner.kinds(), snapshot, filter, refused }
    }
}

impl RecordSink for Tally<'_> {
    #[inline(always)]
    fn record(&mut self, record: &Record<'_>) {
        let snapshot = &mut *self.snapshot;
        snapshot.lines += 1;
        snapshot.matched += 1;
        if let Some(filter) = &mut self.filter
            && !filter.passes(record)
        {
            return;
        }
        snapshot.selected += 1;
        for (metric, table) in self.metrics.iter().zip(&mut snapshot.tables) {
            let series = table.count(|label| record.get(metric.label_slots[label]).unwrap_or_default(), 1);
            for (sum, &slot) in metric.sum_slots.iter().enumerate() {
                match value(record, slot, &self.kinds[slot]) {
                    Ok(Some(value)) => table.add(series, sum, value),
                    Ok(None) => {}
                    Err(NotANumber) => snapshot.unreadable += 1,
                }
            }
        }
    }

    fn reject(&mut self, line: &[u8], mismatch: &Mismatch) {
        self.snapshot.reject(mismatch.reason);
        if let Some(refused) = &mut self.refused {
            refused.extend_from_slice(line);
            refused.push(b'\n');
        }
    }
}

/// The text is there and is no number.
struct NotANumber;

/// The number in a slot, durations in seconds; `None` when absent (`-1` is absent too).
#[inline(always)]
fn value(record: &Record<'_>, slot: usize, kind: &Kind) -> Result<Option<Decimal>, NotANumber> {
    let Some(text) = record.get(slot) else { return Ok(None) };
    if text == b"-1" {
        return Ok(None);
    }
    let number = Decimal::parse(text).ok_or(NotANumber)?;
    Ok(Some(match kind {
        Kind::Duration(unit) => number.to_seconds(*unit),
        _ => number,
    }))
}

impl TimeFilter<'_> {
    fn passes(&mut self, record: &Record<'_>) -> bool {
        let instant = record.get(self.slot).and_then(|text| self.reader.read(text));
        instant.is_some_and(|instant| (self.window.since_ns..self.window.until_ns).contains(&instant.unix_ns))
    }
}
