//! Series of one metric: counts, sums, and what its kind keeps beside them.

use std::borrow::Cow;

use super::column::{Column, Latest};
use super::keys::{Keys, Unknown};
use super::label::{LabelValues, Texts};
use crate::spec::MetricKind;
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
    sums: usize,
    counts: Vec<u64>,
    /// `sums` sums a series.
    totals: Vec<Decimal>,
    column: Column,
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
            sums,
            counts: Vec::new(),
            totals: Vec::new(),
            column: Column::new(kind),
        }
    }

    /// The number of series, with the one beyond the limit if there is one.
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// Whether there are no series.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// How many sums a series has.
    pub fn sums(&self) -> usize {
        self.sums
    }

    /// About how much memory the series take, in bytes.
    pub fn held_bytes(&self) -> usize {
        self.keys.held_bytes()
            + size_of_val(&*self.counts)
            + size_of_val(&*self.totals)
            + self.column.held_bytes()
    }

    /// What the metric's kind keeps of each series.
    pub fn column(&self) -> &Column {
        &self.column
    }

    /// The same, to be added to.
    pub fn column_mut(&mut self) -> &mut Column {
        &mut self.column
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
        let own = &mut self.counts[series as usize];
        *own = own.saturating_add(count);
        series
    }

    #[cold]
    #[inline(never)]
    fn admit<'a>(&mut self, unknown: Unknown, labels: &impl LabelValues<'a>, room: &mut usize) -> u32 {
        let has_room = *room > 0 && self.column.held_bytes() < COLUMN_LIMIT_BYTES;
        let own = if has_room { self.keys.insert(unknown, labels) } else { None };
        let series = match own {
            Some(series) => {
                *room -= 1;
                series
            }
            None => self.keys.overflow(),
        };
        self.counts.resize(self.keys.len(), 0);
        self.totals.resize(self.keys.len() * self.sums, Decimal::ZERO);
        self.column.grow(self.keys.len());
        series
    }

    /// Adds to the `sum`-th sum of a series.
    #[inline(always)]
    pub fn add(&mut self, series: u32, sum: usize, value: Decimal) {
        let total = &mut self.totals[series as usize * self.sums + sum];
        *total = total.saturating_add(value);
    }

    /// Takes a number into a series' column, and into the sum behind those of fields if there is such.
    #[inline(always)]
    pub fn observe_number(&mut self, series: u32, latest: Latest) {
        match &mut self.column {
            Column::Counter => {}
            Column::Histogram(histogram) => histogram.observe(series, latest.value),
            Column::Quantiles(quantiles) => quantiles.observe(series, latest.value),
            Column::Gauge(gauge) => return gauge.observe(series, latest),
            Column::Distinct(_) | Column::Top(_) => return,
        }
        self.add(series, self.sums - 1, latest.value);
    }

    /// Takes a text into a series' column.
    pub fn observe_text(&mut self, series: u32, text: &[u8]) {
        match &mut self.column {
            Column::Distinct(distinct) => distinct.observe(series, text),
            Column::Top(top) => top.observe(series, text),
            Column::Counter | Column::Histogram(_) | Column::Quantiles(_) | Column::Gauge(_) => {}
        }
    }

    /// Adds the other table's series to these; both are of one metric.
    pub fn merge(&mut self, other: &Table, room: &mut usize) {
        self.merge_relabelled(other, room, |text| Cow::Borrowed(text));
    }

    /// The same series under label values that `relabel` makes of these, without a limit; those that
    /// get equal values are merged.
    #[must_use]
    pub fn relabelled(&self, kind: &MetricKind, relabel: impl Fn(&[u8]) -> Cow<'_, [u8]>) -> Table {
        let mut table = Table::new(self.keys.labels(), self.sums, usize::MAX, kind);
        let mut room = usize::MAX;
        table.merge_relabelled(self, &mut room, relabel);
        table
    }

    fn merge_relabelled(
        &mut self,
        other: &Table,
        room: &mut usize,
        relabel: impl Fn(&[u8]) -> Cow<'_, [u8]>,
    ) {
        let mut own = Vec::with_capacity(other.len());
        other.for_each(|row| {
            let labels: Vec<Cow<'_, [u8]>> = row.labels.iter().map(|text| relabel(text)).collect();
            let series = self.count(|label| &labels[label], row.count, room);
            for (sum, total) in row.sums.iter().enumerate() {
                self.add(series, sum, *total);
            }
            own.push(series);
        });
        self.column.merge(&other.column, &own);
    }

    /// Forgets all series and keeps the memory.
    pub fn clear(&mut self) {
        self.keys.clear();
        self.counts.clear();
        self.totals.clear();
        self.column.clear();
    }

    /// Every series; the one beyond a limit has [`OTHER`](super::keys::OTHER) as all its labels.
    pub fn for_each(&self, mut take: impl FnMut(Row<'_>)) {
        self.keys.for_each(|series, labels| {
            let at = series as usize;
            let sums = &self.totals[at * self.sums..(at + 1) * self.sums];
            take(Row { series, labels, count: self.counts[at], sums });
        });
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::Table;
    use crate::spec::MetricKind;
    use crate::value::number::Decimal;

    type Rows = BTreeMap<Vec<Vec<u8>>, (u64, Decimal)>;

    fn counters(labels: usize, limit: usize) -> Table {
        Table::new(labels, 1, limit, &MetricKind::Counter)
    }

    fn rows(table: &Table) -> Rows {
        let mut rows = Rows::new();
        table.for_each(|row| {
            let key = row.labels.iter().map(|text| text.to_vec()).collect();
            assert!(rows.insert(key, (row.count, row.sums[0])).is_none(), "a label set twice");
        });
        rows
    }

    fn label() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(prop::sample::select(b"ab".to_vec()), 0..20)
    }

    proptest! {
        #[test]
        fn counts_as_a_map_does_in_any_partition(
            records in prop::collection::vec((label(), label(), 0i64..1000), 0..300), parts in 1usize..5,
        ) {
            let (mut expected, mut room) = (Rows::new(), usize::MAX);
            let mut tables = vec![counters(2, 1_000_000); parts];
            for (i, (a, b, value)) in records.iter().enumerate() {
                let row = expected.entry(vec![a.clone(), b.clone()]).or_default();
                row.0 += 1;
                row.1 = row.1.saturating_add(Decimal::from(*value));
                let table = &mut tables[i % parts];
                let series = table.count(|label| if label == 0 { a } else { b }, 1, &mut room);
                table.add(series, 0, Decimal::from(*value));
            }
            let mut whole = counters(2, 1_000_000);
            for table in &tables {
                whole.merge(table, &mut room);
            }
            prop_assert_eq!(rows(&whole), expected);
        }
    }

    #[test]
    fn beyond_the_limit_totals_stay_exact() {
        let (mut table, mut room) = (counters(1, 3), usize::MAX);
        let texts: Vec<String> = (0..1000).map(|i| format!("/a/rather/long/path/{}", i % 10)).collect();
        for text in &texts {
            let series = table.count(|_| text.as_bytes(), 1, &mut room);
            table.add(series, 0, Decimal::from(2));
        }
        let rows = rows(&table);
        assert_eq!(rows.len(), 4);
        assert_eq!(rows[&vec![b"__other__".to_vec()]], (700, Decimal::from(1400)));
        assert_eq!(rows.values().map(|row| row.0).sum::<u64>(), 1000);
    }

    #[test]
    fn a_limit_of_all_tables_is_shared_and_established_series_stay() {
        let (mut first, mut second) = (counters(1, 100), counters(1, 100));
        let mut room = 3;
        for (table, text) in [(0, "a"), (1, "a"), (1, "b"), (0, "c"), (1, "d"), (0, "a"), (1, "b")] {
            let table = if table == 0 { &mut first } else { &mut second };
            table.count(|_| text.as_bytes(), 1, &mut room);
        }
        let counts = |table: &Table| -> Vec<u64> { rows(table).into_values().map(|row| row.0).collect() };
        // In the order of labels: `__other__`, then the letters.
        assert_eq!((counts(&first), counts(&second)), (vec![1, 2], vec![1, 1, 2]));
    }

    #[test]
    fn a_logged_text_that_reads_as_the_overflow_is_counted_with_it() {
        let (mut table, mut room) = (counters(1, 1), usize::MAX);
        for text in ["__other__", "a", "b", "__other__"] {
            table.count(|_| text.as_bytes(), 1, &mut room);
        }
        assert_eq!(rows(&table).into_values().map(|row| row.0).collect::<Vec<_>>(), [3, 1]);
    }

    #[test]
    fn long_texts_of_an_attacker_are_bounded() {
        let (mut table, mut room) = (counters(1, 1000), usize::MAX);
        let text = vec![b'x'; 100_000];
        for i in 0..1000 {
            table.count(|_| &text[i..], 1, &mut room);
        }
        assert!(table.held_bytes() < 5 << 20, "{}", table.held_bytes());
        assert_eq!(rows(&table).values().map(|row| row.0).sum::<u64>(), 1000);
    }
}
