//! The sink that counts records into a snapshot.

use super::column::Latest;
use super::fields::count_fields;
use super::joint::{Covered, JointKey, Known};
use super::label::{LabelValues, Packed};
use super::{Amounts, Metric, Snapshot};
use crate::category::Values;
use crate::format::Kind;
use crate::operand::{Operand, View};
use crate::scan::{Mismatch, Record, RecordSink, Records, Scanner};
use crate::spec::MetricKind;
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
    /// Whether there are none.
    const IS_EMPTY: bool = false;
    /// Replaces `values`, those of the last record, by the value of each category of the plan.
    fn categorise(&mut self, record: &Record<'_>, values: &mut Values);
    /// A line was refused: what is told line by line goes on to the next.
    #[inline(always)]
    fn refused(&mut self) {}
    /// Whether the plan's condition number `condition` holds.
    fn holds(&mut self, condition: usize, view: &View<'_>) -> bool;
}

/// The rules of a plan without categories and conditions.
#[derive(Debug, Clone, Copy)]
pub struct NoRules;

impl Rules for NoRules {
    const IS_EMPTY: bool = true;

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
    joint: Option<&'a JointKey>,
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
        let needs_time = snapshot.slots.is_some() || metrics.iter().any(Metric::needs_time);
        let time = time.filter(|time| time.window.is_some() || needs_time);
        let (kinds, values) = (scanner.kinds(), Values::default());
        Tally {
            metrics,
            kinds,
            snapshot,
            joint: None,
            time,
            refused,
            rules: NoRules,
            selection: None,
            values,
        }
    }

    /// The same with one lookup for label values that several metrics share.
    #[must_use]
    pub fn with_joint(self, joint: Option<&'a JointKey>) -> Tally<'a> {
        if let Some(key) = joint {
            self.snapshot.joint.open(key, self.kinds);
        }
        Tally { joint, ..self }
    }

    /// The same with the plan's rules, and with a condition (by number) that selects the records that
    /// are counted at all.
    pub fn with_rules<R: Rules>(self, rules: R, selection: Option<usize>) -> Tally<'a, R> {
        let Tally { metrics, kinds, snapshot, joint, time, refused, values, .. } = self;
        Tally { metrics, kinds, snapshot, joint, time, refused, rules, selection, values }
    }
}

impl<R: Rules> RecordSink for Tally<'_, R> {
    #[inline(always)]
    fn record(&mut self, record: &Record<'_>) {
        let snapshot = &mut *self.snapshot;
        snapshot.lines += 1;
        snapshot.matched += 1;
        let mut unix_ns = None;
        if let Some(time) = &mut self.time {
            let instant = record.get(time.slot).and_then(|text| time.reader.read(text));
            if let Some(window) = time.window
                && !instant.is_some_and(|instant| window.contains(instant.unix_ns))
            {
                return;
            }
            unix_ns = instant.map(|instant| instant.unix_ns);
        }
        self.rules.categorise(record, &mut self.values);
        let view = View { record, categories: &self.values };
        if let Some(selection) = self.selection
            && !self.rules.holds(selection, &view)
        {
            return;
        }
        snapshot.selected += 1;
        if let Some(slots) = &mut snapshot.slots {
            slots.enter(unix_ns);
        }
        let joint = self.joint.and_then(|key| {
            let row = snapshot.joint.row(key, &view)?;
            Some((key, row))
        });
        for (index, (metric, table)) in self.metrics.iter().zip(&mut snapshot.tables).enumerate() {
            let known = joint.map_or(Known::Nothing, |(_, row)| snapshot.joint.known(row, index));
            if known == Known::Refused {
                continue;
            }
            if known == Known::Nothing
                && let Some(when) = metric.when
            {
                let holds = self.rules.holds(when, &view);
                if let Some((key, row)) = joint
                    && key.covers(index) != Covered::Nothing
                {
                    snapshot.joint.learn(row, index, if holds { Known::Holds } else { Known::Refused });
                }
                if !holds {
                    continue;
                }
            }
            let taken = match Taken::of(metric, &view, self.kinds) {
                Ok(Some(taken)) => taken,
                Ok(None) => continue,
                Err(Unreadable) => {
                    snapshot.unreadable += 1;
                    continue;
                }
            };
            let series = if let Known::Series(series) = known {
                table.count_series(series, 1);
                series
            } else {
                let labels = RecordLabels { metric, view };
                let series = table.count_labels(&labels, 1, &mut snapshot.room);
                if let Some((key, row)) = joint
                    && key.covers(index) == Covered::Series
                    && !table.is_overflow(series)
                {
                    snapshot.joint.learn(row, index, Known::Series(series));
                }
                series
            };
            let slot = snapshot.slots.as_mut().and_then(|slots| slots.count(index, series));
            let mut rows = Rows { total: (table.amounts_mut(), series), slot };
            match taken {
                Taken::Record => {}
                Taken::Text(text) => rows.each(|(amounts, row)| amounts.observe_text(row, text)),
                Taken::Number(value) => {
                    let latest = Latest { unix_ns: unix_ns.unwrap_or(i64::MIN), value };
                    rows.each(|(amounts, row)| amounts.observe_number(row, latest));
                }
            }
            for (sum, &operand) in metric.sum_operands.iter().enumerate() {
                match number(&view, operand, self.kinds) {
                    Ok(Some(value)) => rows.each(|(amounts, row)| amounts.add(row, sum, value)),
                    Ok(None) => {}
                    Err(Unreadable) => snapshot.unreadable += 1,
                }
            }
        }
    }

    fn records(&mut self, records: &Records<'_>) {
        let (true, Some(metric)) = (self.counts_alone(), self.metrics.first()) else {
            return records.iter().for_each(|record| self.record(&record));
        };
        let snapshot = &mut *self.snapshot;
        let lines = records.len() as u64;
        snapshot.lines += lines;
        snapshot.matched += lines;
        snapshot.selected += lines;
        count_fields(&mut snapshot.tables[0], metric, records, &mut snapshot.room);
    }

    fn reject(&mut self, line: &[u8], mismatch: &Mismatch) {
        self.snapshot.reject(mismatch.reason);
        self.rules.refused();
        if let Some(refused) = &mut self.refused {
            refused.extend_from_slice(line);
            refused.push(b'\n');
        }
    }
}

impl<R: Rules> Tally<'_, R> {
    /// Whether records are but counted, by the fields of one metric.
    fn counts_alone(&self) -> bool {
        let is_plain = |metric: &Metric| {
            metric.when.is_none()
                && metric.value.is_none()
                && metric.sum_operands.is_empty()
                && metric.label_operands.iter().all(|operand| matches!(operand, Operand::Field(_)))
        };
        R::IS_EMPTY
            && self.time.is_none()
            && self.selection.is_none()
            && self.joint.is_none()
            && self.snapshot.slots.is_none()
            && matches!(self.metrics, [metric] if is_plain(metric))
    }
}

/// The label values of a record.
struct RecordLabels<'a> {
    metric: &'a Metric,
    view: View<'a>,
}

impl<'a> LabelValues<'a> for RecordLabels<'a> {
    #[inline(always)]
    fn text(&self, label: usize) -> &'a [u8] {
        self.view.text(self.metric.label_operands[label]).unwrap_or_default()
    }

    #[inline(always)]
    fn packed(&self, label: usize) -> Packed {
        match self.metric.label_operands[label] {
            Operand::Category(category) => self.view.categories.packed(category),
            Operand::Field(slot) => Packed::new(self.view.record.get(slot).unwrap_or_default()),
        }
    }
}

/// The rows of a metric that take a record: that of its series, and that of the series in a slot.
struct Rows<'a> {
    total: (&'a mut Amounts, u32),
    slot: Option<(&'a mut Amounts, u32)>,
}

impl Rows<'_> {
    #[inline(always)]
    fn each(&mut self, take: impl Fn((&mut Amounts, u32))) {
        take((&mut *self.total.0, self.total.1));
        if let Some((amounts, row)) = &mut self.slot {
            take((&mut **amounts, *row));
        }
    }
}

/// What a metric takes of a record.
enum Taken<'a> {
    /// That there is one.
    Record,
    Number(Decimal),
    /// For what tells values apart and does not calculate.
    Text(&'a [u8]),
}

impl<'a> Taken<'a> {
    /// `None` if the record lacks the metric's value: then it is none of the metric's records.
    #[inline(always)]
    fn of(metric: &Metric, view: &View<'a>, kinds: &[Kind]) -> Result<Option<Taken<'a>>, Unreadable> {
        let Some((_, operand)) = metric.value else { return Ok(Some(Taken::Record)) };
        if let MetricKind::Distinct | MetricKind::Top { .. } = metric.kind {
            return Ok(view.text(operand).map(Taken::Text));
        }
        let Some(value) = number(view, operand, kinds)? else { return Ok(None) };
        // Counters and sums never go down.
        if value < Decimal::ZERO && !matches!(metric.kind, MetricKind::Gauge) {
            return Err(Unreadable);
        }
        Ok(Some(Taken::Number(value)))
    }
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
