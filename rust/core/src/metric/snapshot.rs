//! What was counted, apart from where: additive, in any order.

use super::joint::JointRows;
use super::row::{Encoded, encode_slots};
use super::{LabelForm, Metric, TOTAL_SERIES_LIMIT, Table};
use crate::scan::Reason;
use crate::slot::{SlotLimits, Slots};

/// All that a stretch of log lines counted.
///
/// Merging is associative and commutative, with two exceptions: which label sets are kept apart where
/// a limit is met (totals stay exact), and the counts of [`Top`](super::column::Top) beyond its
/// capacity (its bounds hold).
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Lines read, refused ones included.
    pub lines: u64,
    /// Lines that match their format.
    pub matched: u64,
    /// Matching lines that passed the filter.
    pub selected: u64,
    /// Bytes read, line feeds included.
    pub bytes: u64,
    /// Refused lines by [`Reason`], in the order of [`Reason::ALL`].
    pub rejects: [u64; Reason::ALL.len()],
    /// Values that are there and cannot be taken: no numbers, or below 0 where that cannot be.
    pub unreadable: u64,
    /// One table per metric of the plan.
    pub tables: Vec<Table>,
    /// What is known of records with the same label values.
    pub(super) joint: JointRows,
    /// The same counts by slot of event time, where somebody wants them.
    pub slots: Option<Box<Slots>>,
    /// Series that all tables together may still make.
    pub(super) room: usize,
    pub(super) series_limit: usize,
}

impl Snapshot {
    /// Nothing counted yet, with the limit of series for all metrics that stands where nobody sets
    /// one: [`TOTAL_SERIES_LIMIT`], or the greatest limit of a metric.
    pub fn new(metrics: &[Metric]) -> Snapshot {
        let greatest = metrics.iter().map(|metric| metric.series_limit).max();
        Snapshot::with_series_limit(metrics, greatest.unwrap_or(0).max(TOTAL_SERIES_LIMIT))
    }

    /// Nothing counted yet; all tables together take at most `series_limit` series, those beyond
    /// limits not counted.
    pub fn with_series_limit(metrics: &[Metric], series_limit: usize) -> Snapshot {
        Snapshot::with_form(metrics, series_limit, LabelForm::AsLogged)
    }

    /// The same, with label values kept in this form.
    pub fn with_form(metrics: &[Metric], series_limit: usize, form: LabelForm) -> Snapshot {
        let mut room = series_limit;
        Snapshot {
            lines: 0,
            matched: 0,
            selected: 0,
            bytes: 0,
            rejects: [0; Reason::ALL.len()],
            unreadable: 0,
            tables: metrics.iter().map(|metric| metric.table(form, &mut room)).collect(),
            joint: JointRows::default(),
            slots: None,
            room,
            series_limit,
        }
    }

    /// The same, that counts by slot of event time too. It has counted nothing yet.
    #[must_use]
    pub fn with_slots(self, metrics: &[Metric], width_seconds: u32, limits: SlotLimits) -> Snapshot {
        Snapshot { slots: Some(Box::new(Slots::new(metrics, width_seconds, limits))), ..self }
    }

    /// The counts by slot as rows: the metric's number, where the slot starts (Unix seconds), labels
    /// and state; by metric, then by slot. `None` if nobody wanted them.
    pub fn slot_rows(&self, metrics: &[Metric]) -> Option<Vec<(usize, i64, Encoded)>> {
        let slots = self.slots.as_ref()?.tables();
        let mut rows = Vec::new();
        for (number, ((metric, table), slots)) in metrics.iter().zip(&self.tables).zip(slots).enumerate() {
            let encoded = if table.form() == LabelForm::Shown {
                encode_slots(table, slots)
            } else {
                let (table, series) = table.shown(&metric.kind);
                encode_slots(&table, &slots.renumbered(metric, &series))
            };
            rows.extend(encoded.into_iter().map(|(start, row)| (number, start, row)));
        }
        Some(rows)
    }

    /// Series that all tables together take at most, those beyond limits not counted.
    pub fn series_limit(&self) -> usize {
        self.series_limit
    }

    /// Counts a refused line.
    pub fn reject(&mut self, reason: Reason) {
        self.lines += 1;
        self.rejects[reason as usize] += 1;
    }

    /// About how much memory the counts take, in bytes.
    pub fn held_bytes(&self) -> usize {
        let slots = self.slots.as_ref().map_or(0, |slots| slots.held_bytes());
        slots + self.tables.iter().map(Table::held_bytes).sum::<usize>() + self.joint.held_bytes()
    }

    /// Refused lines.
    pub fn rejected(&self) -> u64 {
        self.rejects.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// Adds what the other counted; both are of one plan.
    pub fn merge(&mut self, other: &Snapshot) {
        self.add_lines(other);
        let tables = self.tables.iter_mut().zip(&other.tables);
        let series: Vec<Vec<u32>> = tables.map(|(own, theirs)| own.merge(theirs, &mut self.room)).collect();
        if let (Some(own), Some(theirs)) = (&mut self.slots, &other.slots) {
            own.merge(theirs, &series);
        }
    }

    /// Adds what the other says of lines, without the series.
    pub(super) fn add_lines(&mut self, other: &Snapshot) {
        let add = |own: &mut u64, theirs: u64| *own = own.saturating_add(theirs);
        add(&mut self.lines, other.lines);
        add(&mut self.matched, other.matched);
        add(&mut self.selected, other.selected);
        add(&mut self.bytes, other.bytes);
        for (own, theirs) in self.rejects.iter_mut().zip(other.rejects) {
            add(own, theirs);
        }
        add(&mut self.unreadable, other.unreadable);
    }

    /// Moves what was counted into a snapshot of just the series that were; these stay here too, with
    /// nothing counted, and keep their place when limits are met. `metrics` are those counted by.
    #[must_use]
    pub fn drain(&mut self, metrics: &[Metric]) -> Snapshot {
        let tables = self.tables.iter_mut().zip(metrics).map(|(table, metric)| table.drain(&metric.kind));
        let (tables, series): (Vec<Table>, Vec<Vec<u32>>) = tables.unzip();
        let slots = self.slots.as_mut().map(|slots| Box::new(slots.drain(metrics, &series)));
        let drained = Snapshot {
            tables,
            joint: JointRows::default(),
            slots,
            room: usize::MAX,
            series_limit: usize::MAX,
            ..*self
        };
        (self.lines, self.matched, self.selected, self.bytes, self.unreadable) = (0, 0, 0, 0, 0);
        self.rejects.fill(0);
        drained
    }

    /// Gives every series of the cumulative counts its place, beyond limits too; they are of the same
    /// metrics. Then as [`Snapshot::share_limits`].
    pub fn establish(&mut self, totals: &Snapshot) {
        for (own, totals) in self.tables.iter_mut().zip(&totals.tables) {
            own.establish_all(totals, &mut self.room);
        }
    }

    /// Counts what the columns of the cumulative counts take towards the limits; to be called when
    /// they grew.
    pub fn share_limits(&mut self, totals: &Snapshot) {
        for (own, totals) in self.tables.iter_mut().zip(&totals.tables) {
            own.share_limit(totals);
        }
    }

    /// Goes on from another pending snapshot: table `i` with the counts of its table `kept[i]`.
    pub fn continue_from(&mut self, other: &Snapshot, kept: &[Option<usize>]) {
        self.add_lines(other);
        for (metric, table) in kept.iter().enumerate().filter_map(|(i, old)| Some((i, (*old)?))) {
            let series = self.adopt(metric, &other.tables[table]);
            if let (Some(own), Some(theirs)) = (&mut self.slots, &other.slots) {
                own.merge_metric(metric, theirs, table, &series);
            }
        }
        if let (Some(own), Some(theirs)) = (&mut self.slots, &other.slots) {
            own.add_notes(theirs);
        }
    }

    /// Adds one table of counts of the metric of this number, whose series stay beyond limits too.
    /// Answers the series that they were added to, in the order of theirs.
    pub fn adopt(&mut self, metric: usize, counted: &Table) -> Vec<u32> {
        self.tables[metric].merge_established(counted, &mut self.room)
    }

    /// Forgets all counts and series, declared ones too, and keeps the memory.
    pub fn clear(&mut self) {
        let Snapshot {
            lines,
            matched,
            selected,
            bytes,
            rejects,
            unreadable,
            tables,
            joint,
            slots,
            room,
            series_limit,
        } = self;
        (*lines, *matched, *selected, *bytes, *unreadable) = (0, 0, 0, 0, 0);
        rejects.fill(0);
        tables.iter_mut().for_each(Table::clear);
        joint.clear();
        if let Some(slots) = slots {
            slots.clear();
        }
        *room = *series_limit;
    }
}
