//! The sink that counts records into a snapshot.

use super::column::{Column, Latest};
use super::{Metric, Snapshot, Table};
use crate::category::Values;
use crate::format::Kind;
use crate::operand::{Operand, View};
use crate::scan::{Mismatch, Record, RecordSink, Scanner};
use crate::value::number::Decimal;
use crate::value::time::{Layout, TimeReader};

/// Which instants are counted: `since <= t < until`, in Unix nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first instant that counts.
    pub since_ns: i64,
    /// The first instant that no longer counts.
    pub until_ns: i64,
}

/// When records happened.
#[derive(Debug)]
pub struct EventTime<'a> {
    /// The slot of `time`.
    pub slot: usize,
    /// Reads it.
    pub reader: &'a mut TimeReader,
    /// Which records are counted; with a window, those without a readable time are not.
    pub window: Option<Window>,
}

/// A reader of the instants in a slot of a scanner's records.
pub fn time_reader(scanner: &Scanner, slot: usize, year_if_absent: i16) -> TimeReader {
    // A field named `time` of another kind (a regex's group, say) is read as most logs write it.
    let layout = match &scanner.kinds()[slot] {
        Kind::Time(layout) => layout.clone(),
        _ => Layout::Clf,
    };
    TimeReader::new(&layout, year_if_absent)
}

/// What a plan's categories and conditions say of a record.
pub trait Rules {
    /// Replaces `values`, those of the last record, by the value of each category of the plan.
    fn categorise(&mut self, record: &Record<'_>, values: &mut Values);
    /// Whether the plan's condition number `condition` holds.
    fn holds(&mut self, condition: usize, view: &View<'_>) -> bool;
}

/// The rules of a plan without categories and conditions.
#[derive(Debug, Clone, Copy)]
pub struct NoRules;

impl Rules for NoRules {
    #[inline(always)]
    fn categorise(&mut self, _record: &Record<'_>, _values: &mut Values) {}

    #[inline(always)]
    fn holds(&mut self, _condition: usize, _view: &View<'_>) -> bool {
        true
    }
}

/// Counts what a scanner finds in one stretch of lines.
#[derive(Debug)]
pub struct Tally<'a, R = NoRules> {
    metrics: &'a [Metric],
    kinds: &'a [Kind],
    snapshot: &'a mut Snapshot,
    time: Option<EventTime<'a>>,
    /// Takes refused lines as they are, when somebody wants them.
    refused: Option<&'a mut Vec<u8>>,
    rules: R,
    selection: Option<usize>,
    values: Values,
}

impl<'a> Tally<'a> {
    /// Counts into `snapshot` by `metrics`, whose slots are those of `scanner`.
    pub fn new(
        metrics: &'a [Metric],
        scanner: &'a Scanner,
        snapshot: &'a mut Snapshot,
        time: Option<EventTime<'a>>,
        refused: Option<&'a mut Vec<u8>>,
    ) -> Tally<'a> {
        // Reading the time of every record is dear, and most metrics do not ask for it.
        let time = time.filter(|time| time.window.is_some() || metrics.iter().any(Metric::needs_time));
        let (kinds, values) = (scanner.kinds(), Values::default());
        Tally { metrics, kinds, snapshot, time, refused, rules: NoRules, selection: None, values }
    }

    /// The same with the plan's rules, and with a condition (by number) that selects the records that
    /// are counted at all.
    pub fn with_rules<R: Rules>(self, rules: R, selection: Option<usize>) -> Tally<'a, R> {
        let Tally { metrics, kinds, snapshot, time, refused, values, .. } = self;
        Tally { metrics, kinds, snapshot, time, refused, rules, selection, values }
    }
}

impl<R: Rules> RecordSink for Tally<'_, R> {
    #[inline(always)]
    fn record(&mut self, record: &Record<'_>) {
        let snapshot = &mut *self.snapshot;
        snapshot.lines += 1;
        snapshot.matched += 1;
        let mut unix_ns = i64::MIN;
        if let Some(time) = &mut self.time {
            let instant = record.get(time.slot).and_then(|text| time.reader.read(text));
            if let Some(window) = time.window
                && !instant.is_some_and(|instant| window.contains(instant.unix_ns))
            {
                return;
            }
            unix_ns = instant.map_or(i64::MIN, |instant| instant.unix_ns);
        }
        self.rules.categorise(record, &mut self.values);
        let view = View { record, categories: &self.values };
        if let Some(selection) = self.selection
            && !self.rules.holds(selection, &view)
        {
            return;
        }
        snapshot.selected += 1;
        for (metric, table) in self.metrics.iter().zip(&mut snapshot.tables) {
            if let Some(when) = metric.when
                && !self.rules.holds(when, &view)
            {
                continue;
            }
            let room = &mut snapshot.room;
            let series = if metric.value.is_some() {
                match observe(metric, table, &view, self.kinds, unix_ns, room) {
                    Ok(Some(series)) => series,
                    Ok(None) => continue,
                    Err(Unreadable) => {
                        snapshot.unreadable += 1;
                        continue;
                    }
                }
            } else {
                table.count(labels(metric, &view), 1, room)
            };
            for (sum, &operand) in metric.sum_operands.iter().enumerate() {
                match number(&view, operand, self.kinds) {
                    Ok(Some(value)) => table.add(series, sum, value),
                    Ok(None) => {}
                    Err(Unreadable) => snapshot.unreadable += 1,
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

/// The label values of a record.
#[inline(always)]
fn labels<'a>(metric: &'a Metric, view: &'a View<'_>) -> impl Fn(usize) -> &'a [u8] {
    |label| view.text(metric.label_operands[label]).unwrap_or_default()
}

/// Takes a record's value into the record's series; `None` if it has no value, for a record without
/// one is not the metric's.
// Not inlined: the loop over plain counters stays small.
#[inline(never)]
fn observe(
    metric: &Metric,
    table: &mut Table,
    view: &View<'_>,
    kinds: &[Kind],
    unix_ns: i64,
    room: &mut usize,
) -> Result<Option<u32>, Unreadable> {
    let Some((_, operand)) = metric.value else { return Ok(None) };
    if let Column::Distinct(_) | Column::Top(_) = table.column() {
        let Some(text) = view.text(operand) else { return Ok(None) };
        let series = table.count(labels(metric, view), 1, room);
        match table.column_mut() {
            Column::Distinct(distinct) => distinct.observe(series, text),
            Column::Top(top) => top.observe(series, text),
            _ => {}
        }
        return Ok(Some(series));
    }
    let Some(value) = number(view, operand, kinds)? else { return Ok(None) };
    // Counters and sums never go down.
    if value < Decimal::ZERO && !matches!(table.column(), Column::Gauge(_)) {
        return Err(Unreadable);
    }
    let series = table.count(labels(metric, view), 1, room);
    match table.column_mut() {
        Column::Gauge(gauge) => gauge.observe(series, Latest { unix_ns, value }),
        Column::Histogram(histogram) => histogram.observe(series, value),
        Column::Quantiles(quantiles) => quantiles.observe(series, value),
        Column::Counter | Column::Distinct(_) | Column::Top(_) => {}
    }
    if let Some(sum) = metric.value_sum() {
        table.add(series, sum, value);
    }
    Ok(Some(series))
}

/// The text is there and is no number, or is below 0 where that cannot be.
struct Unreadable;

/// The number that an operand gives, durations in seconds; `None` when absent (`-1` is absent too).
#[inline(always)]
fn number(view: &View<'_>, operand: Operand, kinds: &[Kind]) -> Result<Option<Decimal>, Unreadable> {
    let Some(text) = view.text(operand) else { return Ok(None) };
    if text == b"-1" {
        return Ok(None);
    }
    let number = Decimal::parse(text).ok_or(Unreadable)?;
    Ok(Some(match operand {
        Operand::Field(slot) => match &kinds[slot] {
            Kind::Duration(unit) => number.to_seconds(*unit),
            _ => number,
        },
        Operand::Category(_) => number,
    }))
}

impl Window {
    /// Whether an instant lies in it.
    pub fn contains(self, unix_ns: i64) -> bool {
        (self.since_ns..self.until_ns).contains(&unix_ns)
    }
}
