//! What is counted by row: records, sums, and what the metric's kind keeps beside them.

use super::column::{Column, Latest, NOWHERE};
use super::kept::Kept;
use crate::scan::{Column as Lines, LineSet, MOST_LINES, lines_of};
use crate::spec::MetricKind;
use crate::value::number::Decimal;

/// Counts, sums and a [`Column`], by row: a row is a series of a [`Table`](super::Table), or a series
/// within a slot of time.
#[derive(Debug, Clone)]
pub struct Amounts {
    sums: usize,
    counts: Vec<u64>,
    /// `sums` sums a row.
    totals: Vec<Decimal>,
    column: Column,
}

impl Amounts {
    /// No rows yet, with `sums` sums each.
    pub fn new(sums: usize, kind: &MetricKind) -> Amounts {
        Amounts { sums, counts: Vec::new(), totals: Vec::new(), column: Column::new(kind) }
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// How many sums a row has.
    pub fn sums(&self) -> usize {
        self.sums
    }

    /// Makes rows up to number `rows` − 1, with nothing counted.
    pub fn grow(&mut self, rows: usize) {
        self.counts.resize(rows, 0);
        self.totals.resize(rows * self.sums, Decimal::ZERO);
        self.column.grow(rows);
    }

    /// Forgets all rows and keeps the memory.
    pub fn clear(&mut self) {
        self.counts.clear();
        self.totals.clear();
        self.column.clear();
    }

    /// Forgets what was counted, and keeps the rows.
    pub fn reset(&mut self) {
        let rows = self.len();
        self.clear();
        self.grow(rows);
    }

    /// About how much memory the rows take, in bytes.
    pub fn held_bytes(&self) -> usize {
        size_of_val(&*self.counts) + size_of_val(&*self.totals) + self.column.held_bytes()
    }

    /// The records of a row, or those of them that have a value if the metric takes one.
    pub fn count(&self, row: u32) -> u64 {
        self.counts[row as usize]
    }

    /// The sums of a row.
    pub fn sums_of(&self, row: u32) -> &[Decimal] {
        &self.totals[row as usize * self.sums..][..self.sums]
    }

    /// What the metric's kind keeps of each row.
    pub fn column(&self) -> &Column {
        &self.column
    }

    /// The same, to be added to.
    pub fn column_mut(&mut self) -> &mut Column {
        &mut self.column
    }

    /// Adds records to a row.
    #[inline(always)]
    pub fn add_count(&mut self, row: u32, count: u64) {
        let own = &mut self.counts[row as usize];
        *own = own.saturating_add(count);
    }

    /// Adds to the `sum`-th sum of a row.
    #[inline(always)]
    pub fn add(&mut self, row: u32, sum: usize, value: Decimal) {
        let total = &mut self.totals[row as usize * self.sums + sum];
        *total = total.saturating_add(value);
    }

    /// Takes a number into a row's column, and into the sum behind those of fields if there is such.
    #[inline(always)]
    pub fn observe_number(&mut self, row: u32, latest: Latest) {
        match &mut self.column {
            Column::Counter => {}
            Column::Histogram(histogram) => histogram.observe(row, latest.value),
            Column::Quantiles(quantiles) => quantiles.observe(row, latest.value),
            Column::Gauge(gauge) => return gauge.observe(row, latest),
            Column::Distinct(_) | Column::Top(_) => return,
        }
        self.add(row, self.sums - 1, latest.value);
    }

    /// Adds one record of those of a batch in `set` to the row that `rows` says of each.
    #[inline(always)]
    pub fn add_counts(&mut self, set: LineSet, rows: &Lines) {
        lines_of(set).for_each(|index| self.add_count(rows[index], 1));
    }

    /// As [`Amounts::add`] for the records of a batch in `set`, each with its row and value.
    #[inline(always)]
    pub fn add_all(&mut self, set: LineSet, rows: &Lines, sum: usize, values: &[Decimal; MOST_LINES]) {
        lines_of(set).for_each(|index| self.add(rows[index], sum, values[index]));
    }

    /// As [`Amounts::observe_number`] for the same; nobody knows when they were.
    pub fn observe_numbers(&mut self, set: LineSet, rows: &Lines, values: &[Decimal; MOST_LINES]) {
        match &mut self.column {
            Column::Histogram(histogram) => {
                lines_of(set).for_each(|index| histogram.observe(rows[index], values[index]));
                self.add_all(set, rows, self.sums - 1, values);
            }
            Column::Counter => self.add_all(set, rows, self.sums - 1, values),
            Column::Quantiles(_) | Column::Gauge(_) | Column::Distinct(_) | Column::Top(_) => {
                for index in lines_of(set) {
                    let latest = Latest { unix_ns: i64::MIN, value: values[index] };
                    self.observe_number(rows[index], latest);
                }
            }
        }
    }

    /// Takes a text into a row's column.
    pub fn observe_text(&mut self, row: u32, text: &[u8]) {
        match &mut self.column {
            Column::Distinct(distinct) => distinct.observe(row, text),
            Column::Top(top) => top.observe(row, text),
            Column::Counter | Column::Histogram(_) | Column::Quantiles(_) | Column::Gauge(_) => {}
        }
    }

    /// Adds one row as [`Amounts::kept_of`] answers it with its count and sums.
    pub fn add_row(&mut self, row: u32, other: &Amounts, theirs: u32, kept: &Kept) {
        self.add_count(row, other.count(theirs));
        for (sum, total) in other.sums_of(theirs).iter().enumerate() {
            self.add(row, sum, *total);
        }
        let added = kept.add_to(&mut self.column, row);
        debug_assert!(added.is_some(), "both are of one metric");
    }

    /// What the column keeps of these rows, in their order.
    pub fn kept_of(&self, rows: &[u32]) -> Vec<Kept> {
        Kept::of(&self.column, rows)
    }

    /// Adds the other's rows to these: its row `i` to `rows[i]`, unless that is [`NOWHERE`]. Both are
    /// of one metric.
    pub fn merge(&mut self, other: &Amounts, rows: &[u32]) {
        for (theirs, &own) in (0..).zip(rows).filter(|(_, own)| **own != NOWHERE) {
            self.add_count(own, other.count(theirs));
            for (sum, total) in other.sums_of(theirs).iter().enumerate() {
                self.add(own, sum, *total);
            }
        }
        self.column.merge(&other.column, rows);
    }
}
