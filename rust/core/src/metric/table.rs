//! Series of one metric: counts, sums, and what its kind keeps beside them.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::cmp::Ordering;

use super::amounts::Amounts;
use super::column::{Column, NOWHERE};
use super::keys::{Keys, Unknown};
use super::label::{LabelValues, Texts};
use super::shown::{LabelForm, ShownLabels};
use crate::scan::MOST_LINES;
use crate::spec::MetricKind;
use crate::value::label::label_value;
use crate::value::number::Decimal;

/// Bytes that a column takes before new label sets are counted together, as beyond the series limit:
/// series of sketches are large.
const COLUMN_LIMIT_BYTES: usize = 32 << 20;

/// Counts, sums and a [`Column`] per distinct set of label values.
///
/// Label sets beyond the limit are counted together in one series, so that totals stay exact; which
/// ones those are depends on the order in which they come.
#[derive(Debug, Clone)]
pub struct Table {
    keys: Keys,
    /// By series.
    amounts: Amounts,
    form: LabelForm,
    /// The values of a set in their shown form; kept to be written over.
    shown: ShownLabels,
    /// What the column of the cumulative counts takes that this table is drained to, and what this
    /// one took when nothing was counted in it: the limit is on what both are when merged.
    drained_bytes: usize,
    drained_column_bytes: usize,
}

/// Whether new series meet the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Admission {
    WithinLimits,
    Always,
}

/// One series, as numbers.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// Its number, for the table's column.
    pub series: u32,
    /// Label values; empty is absent.
    pub labels: &'a [&'a [u8]],
    /// Records, or those of them that have a value if the metric takes one.
    pub count: u64,
    /// Sums.
    pub sums: &'a [Decimal],
}

impl Table {
    /// An empty table for sets of `labels` values with `sums` sums each, of at most `limit` series.
    pub fn new(labels: usize, sums: usize, limit: usize, kind: &MetricKind) -> Table {
        Table {
            keys: Keys::new(labels, limit),
            amounts: Amounts::new(sums, kind),
            form: LabelForm::AsLogged,
            shown: ShownLabels::default(),
            drained_bytes: 0,
            drained_column_bytes: 0,
        }
    }

    /// The same, of label values in this form. It has to be empty.
    #[must_use]
    pub fn in_form(self, form: LabelForm) -> Table {
        Table { form, ..self }
    }

    /// The number of series, with the one beyond the limit if there is one.
    pub fn len(&self) -> usize {
        self.amounts.len()
    }

    /// Whether there are no series.
    pub fn is_empty(&self) -> bool {
        self.amounts.is_empty()
    }

    /// How many sums a series has.
    pub fn sums(&self) -> usize {
        self.amounts.sums()
    }

    /// About how much memory the series take, in bytes.
    pub fn held_bytes(&self) -> usize {
        self.keys.held_bytes() + self.amounts.held_bytes()
    }

    /// What the metric's kind keeps of each series.
    pub fn column(&self) -> &Column {
        self.amounts.column()
    }

    /// What was counted, by series.
    pub fn amounts(&self) -> &Amounts {
        &self.amounts
    }

    /// The same, to be added to.
    pub fn amounts_mut(&mut self) -> &mut Amounts {
        &mut self.amounts
    }

    /// Finds or makes the series of the label values that `text` answers (empty is absent) and adds
    /// `count` to it. A new series takes one from `room`, and there has to be one.
    #[inline(always)]
    pub fn count<'a>(&mut self, text: impl Fn(usize) -> &'a [u8], count: u64, room: &mut usize) -> u32 {
        self.count_labels(&Texts(text), count, room)
    }

    /// The same for label values that may be packed already.
    #[inline(always)]
    pub fn count_labels<'a>(&mut self, labels: &impl LabelValues<'a>, count: u64, room: &mut usize) -> u32 {
        let series = match self.keys.find(labels) {
            Ok(series) => series,
            Err(unknown) => self.admit(unknown, labels, room),
        };
        self.count_series(series, count);
        series
    }

    /// Where label values are packed for [`Table::count_sets`].
    pub fn keys_mut(&mut self) -> &mut Keys {
        &mut self.keys
    }

    /// Counts one record for each of the sets of label values that were packed, in order.
    #[inline(always)]
    pub fn count_sets<'a, L: LabelValues<'a>>(&mut self, labels_of: impl Fn(usize) -> L, room: &mut usize) {
        let mut series = [0; MOST_LINES];
        let found = self.keys.find_sets(&labels_of, &mut series);
        let sets = self.keys.sets();
        for set in (0..sets).filter(|set| found >> set & 1 == 0) {
            let labels = labels_of(set);
            series[set] = match self.keys.find_set(set, &labels) {
                Ok(series) => series,
                Err(unknown) => self.admit(unknown, &labels, room),
            };
        }
        for series in &series[..sets] {
            self.count_series(*series, 1);
        }
    }

    /// Adds `count` to a series that is there.
    #[inline(always)]
    pub fn count_series(&mut self, series: u32, count: u64) {
        self.amounts.add_count(series, count);
    }

    /// The series of a set that is not known as it is.
    #[cold]
    #[inline(never)]
    fn admit<'a>(&mut self, unknown: Unknown, labels: &impl LabelValues<'a>, room: &mut usize) -> u32 {
        if self.form == LabelForm::AsLogged
            || !self.shown.fill(self.keys.labels(), |label| labels.text(label))
        {
            return self.insert(unknown, labels, room);
        }
        let shown = std::mem::take(&mut self.shown);
        let labels = Texts(|label| shown.text(label));
        let series = match self.keys.find(&labels) {
            Ok(series) => series,
            Err(unknown) => self.insert(unknown, &labels, room),
        };
        self.shown = shown;
        series
    }

    fn insert<'a>(&mut self, unknown: Unknown, labels: &impl LabelValues<'a>, room: &mut usize) -> u32 {
        let counted_bytes = self.column().held_bytes().saturating_sub(self.drained_column_bytes);
        let column_bytes = self.drained_bytes + counted_bytes;
        let has_room = *room > 0 && column_bytes < COLUMN_LIMIT_BYTES;
        let own = if has_room { self.keys.insert(unknown, labels) } else { None };
        let series = match own {
            Some(series) => {
                *room -= 1;
                series
            }
            None => self.keys.overflow(),
        };
        self.grow();
        series
    }

    /// Finds or makes the series of label values that had one before: limits do not refuse it.
    pub fn establish<'a>(&mut self, text: impl Fn(usize) -> &'a [u8], room: &mut usize) -> u32 {
        let labels = Texts(text);
        match self.keys.find(&labels) {
            Ok(series) => series,
            Err(unknown) => {
                let series = self.keys.establish(unknown, &labels);
                if self.keys.overflowed() != Some(series) {
                    *room = room.saturating_sub(1);
                }
                self.grow();
                series
            }
        }
    }

    /// Makes room for every series that has a key.
    fn grow(&mut self) {
        self.amounts.grow(self.keys.len());
    }

    /// Adds the other table's series to these; both are of one metric. Answers the series that the
    /// other's were added to, in their order.
    pub fn merge(&mut self, other: &Table, room: &mut usize) -> Vec<u32> {
        self.merge_relabelled(other, Admission::WithinLimits, room, |text| Cow::Borrowed(text))
    }

    /// The same, without limits.
    pub fn merge_established(&mut self, other: &Table, room: &mut usize) -> Vec<u32> {
        self.merge_relabelled(other, Admission::Always, room, |text| Cow::Borrowed(text))
    }

    /// Moves what was counted into a table of just the series that were; they stay here too, with
    /// nothing counted, and keep their place when limits are met. Answers too which series of the new
    /// table each is, [`NOWHERE`] if it is none.
    #[must_use]
    pub fn drain(&mut self, kind: &MetricKind) -> (Table, Vec<u32>) {
        let drained = Table::new(self.keys.labels(), self.sums(), usize::MAX, kind);
        let mut drained = drained.in_form(self.form);
        let (mut own, mut room) = (vec![NOWHERE; self.len()], usize::MAX);
        let counted = (0..self.len() as u32).filter(|series| self.amounts.count(*series) > 0);
        self.keys.for_each_of(counted, |series, labels| {
            own[series as usize] = drained.establish(|label| labels[label], &mut room);
        });
        drained.amounts.merge(&self.amounts, &own);
        self.amounts.reset();
        self.drained_column_bytes = self.column().held_bytes();
        (drained, own)
    }

    /// The order of two series by their label values.
    pub fn compare_labels(&self, a: u32, b: u32) -> Ordering {
        self.keys.compare(a, b)
    }

    /// The place of each series in the order of their label values.
    pub fn ranks(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.len() as u32).collect();
        order.sort_unstable_by(|&a, &b| self.compare_labels(a, b));
        let mut ranks = vec![0; order.len()];
        for (rank, series) in (0..).zip(order) {
            ranks[series as usize] = rank;
        }
        ranks
    }

    /// Says what this table is drained to: what the column there takes counts towards the limit.
    pub fn share_limit(&mut self, totals: &Table) {
        self.drained_bytes = totals.column().held_bytes();
    }

    /// Gives every series of the cumulative counts its place, beyond limits too. This table has
    /// counted nothing yet.
    pub fn establish_all(&mut self, totals: &Table, room: &mut usize) {
        totals.for_each(|row| {
            self.establish(|label| row.labels[label], room);
        });
        self.drained_column_bytes = self.column().held_bytes();
        self.share_limit(totals);
    }

    /// Whether this is the series of what is beyond the limit.
    pub fn is_overflow(&self, series: u32) -> bool {
        self.keys.overflowed() == Some(series)
    }

    /// The records that were counted beyond the limit.
    pub fn overflowed(&self) -> u64 {
        self.keys.overflowed().map_or(0, |series| self.amounts.count(series))
    }

    /// The same series under label values that `relabel` makes of these, without a limit; those that
    /// get equal values are merged. Answers too which series of the new table each is.
    #[must_use]
    pub fn relabelled(
        &self,
        kind: &MetricKind,
        relabel: impl Fn(&[u8]) -> Cow<'_, [u8]>,
    ) -> (Table, Vec<u32>) {
        let mut table = Table::new(self.keys.labels(), self.sums(), usize::MAX, kind);
        let mut room = usize::MAX;
        let own = table.merge_relabelled(self, Admission::Always, &mut room, relabel);
        (table, own)
    }

    /// The same under their shown values, as an exposition has them.
    #[must_use]
    pub fn shown(&self, kind: &MetricKind) -> (Table, Vec<u32>) {
        self.relabelled(kind, |text| match label_value(text) {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        })
    }

    /// How label values are kept.
    pub fn form(&self) -> LabelForm {
        self.form
    }

    fn merge_relabelled(
        &mut self,
        other: &Table,
        admission: Admission,
        room: &mut usize,
        relabel: impl Fn(&[u8]) -> Cow<'_, [u8]>,
    ) -> Vec<u32> {
        let mut own = Vec::with_capacity(other.len());
        other.for_each(|row| {
            let labels: Vec<Cow<'_, [u8]>> = row.labels.iter().map(|text| relabel(text)).collect();
            if admission == Admission::Always {
                self.establish(|label| &labels[label], room);
            }
            own.push(self.count(|label| &labels[label], 0, room));
        });
        self.amounts.merge(&other.amounts, &own);
        own
    }

    /// Forgets all series and keeps the memory.
    pub fn clear(&mut self) {
        self.keys.clear();
        self.amounts.clear();
        (self.drained_bytes, self.drained_column_bytes) = (0, 0);
    }

    /// Every series; the one beyond a limit has [`OTHER`](super::keys::OTHER) as all its labels.
    pub fn for_each(&self, take: impl FnMut(Row<'_>)) {
        self.for_each_of(0..self.len() as u32, take);
    }

    /// The series of these numbers.
    pub fn for_each_of(&self, series: impl IntoIterator<Item = u32>, mut take: impl FnMut(Row<'_>)) {
        self.keys.for_each_of(series, |series, labels| {
            let (count, sums) = (self.amounts.count(series), self.amounts.sums_of(series));
            take(Row { series, labels, count, sums });
        });
    }
}
