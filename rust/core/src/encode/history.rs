//! How counts grew, for Prometheus: `OpenMetrics` with the cumulative value at the end of every slot.
//!
//! `promtool tsdb create-blocks-from openmetrics` makes blocks of it, in which queries find what they
//! would have found had the agent been scraped at the end of each slot.

use std::io::{self, Write};

use super::exposition::{Exposition, Family, FamilyKind};
use super::samples::Samples;
use crate::metric::{Amounts, Metric, Row, Snapshot, Table};
use crate::slot::SlotTable;

/// A series that nothing is counted in for more slots than this gets no samples until something is: a
/// log in which each line is of another slot must not make a sample of every series in each of them.
const QUIET_SLOTS: i64 = 60;

/// Bytes that are written at once.
const CHUNK_BYTES: usize = 1 << 20;
/// Rows whose columns are read at once: enough that few passes read sketches of millions of rows.
const BATCH_ROWS: usize = 1 << 16;

/// Writes how what `snapshot` counted by slot grew; nothing but the end if it has no slots.
///
/// A series that only grows begins with 0 at the start of its first slot, and when something is counted
/// after a quiet time, the value before comes once more at the start of that slot.
///
/// # Errors
/// What writing met.
pub fn write_history(out: &mut impl Write, metrics: &[Metric], snapshot: &Snapshot) -> io::Result<()> {
    let dialect = Exposition::OpenMetrics.dialect();
    let mut text = Vec::new();
    if let Some(slots) = &snapshot.slots {
        let width_seconds = slots.width_seconds();
        let starts = slots.tables().iter().flat_map(|table| table.rows().map(|(_, start, _)| start));
        let end = starts.max().map_or(0, |last| last + width_seconds);
        for family in Family::all(metrics) {
            family.head(&mut text, dialect);
            let metric = &metrics[family.metric];
            let (table, series) = snapshot.tables[family.metric].shown(&metric.kind);
            let growth = Growth {
                table: &table,
                slots: &slots.tables()[family.metric],
                width_seconds,
                end,
                only_grows: family.kind != FamilyKind::Gauge,
            };
            growth.write(out, &mut text, metric, &mut Samples::new(dialect, &family, metric), &series)?;
        }
    }
    dialect.end(&mut text);
    out.write_all(&text)
}

/// The series of one family.
struct Growth<'a> {
    /// By shown label values.
    table: &'a Table,
    slots: &'a SlotTable,
    width_seconds: i64,
    /// The end of the last slot of all.
    end: i64,
    /// Whether values begin with 0.
    only_grows: bool,
}

impl Growth<'_> {
    /// `series` says which series of the table each of the slots' is.
    fn write(
        &self,
        out: &mut impl Write,
        text: &mut Vec<u8>,
        metric: &Metric,
        samples: &mut Samples<'_>,
        series: &[u32],
    ) -> io::Result<()> {
        let ranks = self.table.ranks();
        let keys = self.slots.rows().map(|(row, start, own)| {
            let number = series[own as usize];
            (ranks[number as usize], start, number, row)
        });
        let mut keys: Vec<(u32, i64, u32, u32)> = keys.collect();
        keys.sort_unstable();
        let mut series: Option<Series> = None;
        for keys in keys.chunks(BATCH_ROWS) {
            let rows: Vec<u32> = keys.iter().map(|key| key.3).collect();
            for (&(_, start, number, row), kept) in keys.iter().zip(self.slots.amounts().kept_of(&rows)) {
                if series.as_ref().is_none_or(|series| series.number != number) {
                    self.end_of(series.take(), samples, text);
                }
                let own = series.get_or_insert_with(|| Series::new(metric, number, start));
                self.reach(own, start, samples, text);
                own.amounts.add_row(0, self.slots.amounts(), row, &kept);
                own.slot = start;
                if text.len() > CHUNK_BYTES {
                    out.write_all(text)?;
                    text.clear();
                }
            }
        }
        self.end_of(series, samples, text);
        Ok(())
    }

    /// Writes the samples up to the start of the slot at `start`.
    fn reach(&self, series: &mut Series, start: i64, samples: &mut Samples<'_>, text: &mut Vec<u8>) {
        if series.amounts.count(0) == 0 {
            if self.only_grows {
                self.sample(series, start, samples, text);
            }
            return;
        }
        if start == series.slot {
            return; // another series that looks the same
        }
        let last = self.repeat(series, start, samples, text);
        if last < start && self.only_grows {
            self.sample(series, start, samples, text);
        }
    }

    /// Writes the sample of the series' last slot and those of the quiet slots behind it, none later
    /// than `until`; answers when the last one is.
    fn repeat(&self, series: &Series, until: i64, samples: &mut Samples<'_>, text: &mut Vec<u8>) -> i64 {
        let ends = (1..=1 + QUIET_SLOTS).map(|slot| series.slot + slot * self.width_seconds);
        let mut last = series.slot;
        for at in ends.take_while(|at| *at <= until) {
            self.sample(series, at, samples, text);
            last = at;
        }
        last
    }

    fn end_of(&self, series: Option<Series>, samples: &mut Samples<'_>, text: &mut Vec<u8>) {
        if let Some(series) = series {
            self.repeat(&series, self.end, samples, text);
        }
    }

    fn sample(&self, series: &Series, unix_seconds: i64, samples: &mut Samples<'_>, text: &mut Vec<u8>) {
        let column = samples.column(series.amounts.column(), &[0]);
        self.table.for_each_of([series.number], |Row { labels, .. }| {
            let (count, sums) = (series.amounts.count(0), series.amounts.sums_of(0));
            samples.write(text, &Row { series: 0, labels, count, sums }, &column, Some(unix_seconds));
        });
    }
}

/// A series on its way through the slots.
struct Series {
    number: u32,
    /// The start of its last slot.
    slot: i64,
    /// What it came to then, in row 0.
    amounts: Amounts,
}

impl Series {
    fn new(metric: &Metric, number: u32, slot: i64) -> Series {
        let mut amounts = metric.amounts();
        amounts.grow(1);
        Series { number, slot, amounts }
    }
}
