//! The sink that counts records into a snapshot.

use super::column::Latest;
use super::columns::{Columns, is_unordered};
use super::fields::count_fields;
use super::joint::{Covered, JointKey, Known};
use super::label::{LabelValues, Packed};
use super::numbers::{Unreadable, number};
use super::{Amounts, Metric, Snapshot};
use crate::category::Values;
use crate::format::Kind;
use crate::operand::{Operand, View, Views};
use crate::scan::{LineSet, Mismatch, Record, RecordSink, Records, Scanner, lines_of};
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
    /// Replaces `values`, those of the last records, by the values of each category of the plan for these.
    fn categorise(&mut self, records: &Records<'_>, values: &mut Values);
    /// A line was refused: what is told line by line goes on to the next.
    #[inline(always)]
    fn refused(&mut self) {}
    /// Whether the plan's condition number `condition` holds.
    fn holds(&mut self, condition: usize, view: &View<'_>) -> bool;
    /// The records of `of` for which it holds.
    fn holding(&mut self, condition: usize, views: &Views<'_>, of: LineSet) -> LineSet {
        lines_of(of).fold(0, |held, index| {
            held | LineSet::from(views.with(index, |view| self.holds(condition, view))) << index
        })
    }
}

/// The rules of a plan without categories and conditions.
#[derive(Debug, Clone, Copy)]
pub struct NoRules;

impl Rules for NoRules {
    const IS_EMPTY: bool = true;

    #[inline(always)]
    fn categorise(&mut self, _records: &Records<'_>, _values: &mut Values) {}

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
    columns: Columns,
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
            columns: Columns::default(),
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
        let Tally { metrics, kinds, snapshot, joint, time, refused, values, columns, .. } = self;
        Tally { metrics, kinds, snapshot, joint, time, refused, rules, selection, values, columns }
    }
}

impl<R: Rules> RecordSink for Tally<'_, R> {
    fn record(&mut self, record: &Record<'_>) {
        Records::one(record, |records| self.records(records));
    }

    fn records(&mut self, records: &Records<'_>) {
        self.snapshot.lines += records.len() as u64;
        self.snapshot.matched += records.len() as u64;
        if let (true, Some(metric)) = (self.counts_alone(), self.metrics.first()) {
            let snapshot = &mut *self.snapshot;
            snapshot.selected += records.len() as u64;
            count_fields(&mut snapshot.tables[0], metric, records, &mut snapshot.room);
            return;
        }
        let Some(window) = self.time.as_ref().and_then(|time| time.window) else {
            return self.count(records, None);
        };
        for record in records.iter() {
            let unix_ns = self.read_time(&record);
            if unix_ns.is_some_and(|unix_ns| window.contains(unix_ns)) {
                Records::one(&record, |records| self.count(records, unix_ns));
            }
        }
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
    /// When a record happened, in Unix nanoseconds.
    fn read_time(&mut self, record: &Record<'_>) -> Option<i64> {
        let time = self.time.as_mut()?;
        Some(time.reader.read(record.get(time.slot)?)?.unix_ns)
    }

    /// Counts a batch of records, which happened at `unix_ns` if that is known already.
    fn count(&mut self, records: &Records<'_>, unix_ns: Option<i64>) {
        let mut values = std::mem::take(&mut self.values);
        self.rules.categorise(records, &mut values);
        let views = Views { records, categories: &values };
        let mut rest = records.all();
        if let Some(selection) = self.selection {
            rest = self.rules.holding(selection, &views, rest);
        }
        self.snapshot.selected += u64::from(rest.count_ones());
        let known = self.find_series(&views, rest);
        // What is new is learnt line by line, in the order of lines: so limits are met by the same series.
        for index in lines_of(rest & !known) {
            views.with(index, |view| {
                let unix_ns = unix_ns.or_else(|| self.read_time(view.record));
                self.count_one(view, unix_ns);
            });
        }
        self.count_known(&views, known);
        self.values = values;
    }

    /// The records of `of` that can be counted in columns, since their series are known.
    fn find_series(&mut self, views: &Views<'_>, of: LineSet) -> LineSet {
        let Some(key) = self.joint else { return 0 };
        let is_by_line =
            self.time.is_some() || self.snapshot.slots.is_some() || !self.metrics.iter().all(is_unordered);
        if is_by_line {
            return 0;
        }
        self.columns.find(&mut self.snapshot.joint, key, self.metrics.len(), views, of)
    }

    /// Counts records whose series were found.
    fn count_known(&mut self, views: &Views<'_>, of: LineSet) {
        if of == 0 {
            return;
        }
        let Snapshot { tables, unreadable, .. } = &mut *self.snapshot;
        for (number, (metric, table)) in self.metrics.iter().zip(tables).enumerate() {
            *unreadable += self.columns.count(number, metric, table, views, self.kinds, of);
        }
    }

    /// Counts one record, which happened at `unix_ns`.
    fn count_one(&mut self, view: &View<'_>, unix_ns: Option<i64>) {
        let snapshot = &mut *self.snapshot;
        if let Some(slots) = &mut snapshot.slots {
            slots.enter(unix_ns);
        }
        let joint = self.joint.and_then(|key| {
            let row = snapshot.joint.row(key, view)?;
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
                let holds = self.rules.holds(when, view);
                if let Some((key, row)) = joint
                    && key.covers(index) != Covered::Nothing
                {
                    snapshot.joint.learn(row, index, if holds { Known::Holds } else { Known::Refused });
                }
                if !holds {
                    continue;
                }
            }
            let taken = match Taken::of(metric, view, self.kinds) {
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
                let labels = RecordLabels { metric, view: *view };
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
                match number(view, operand, self.kinds) {
                    Ok(Some(value)) => rows.each(|(amounts, row)| amounts.add(row, sum, value)),
                    Ok(None) => {}
                    Err(Unreadable) => snapshot.unreadable += 1,
                }
            }
        }
    }

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

impl Window {
    /// Whether an instant lies in it.
    pub fn contains(self, unix_ns: i64) -> bool {
        (self.since_ns..self.until_ns).contains(&unix_ns)
    }
}
