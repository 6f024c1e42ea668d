//! Counting many records at once whose series are known: metric by metric, in columns.

use super::joint::{JointKey, JointRows, Known};
use super::numbers::NumberColumn;
use super::{Metric, Table};
use crate::format::Kind;
use crate::operand::{Operand, Views};
use crate::scan::{Column, LineSet, MOST_LINES, lines_of};
use crate::spec::MetricKind;

/// What a batch of records came to; kept to be written over.
#[derive(Debug, Default)]
pub struct Columns {
    /// By metric.
    series: Vec<Series>,
    /// What was read as numbers, the first `read` of them in this batch.
    numbers: Vec<(Operand, NumberColumn)>,
    read: usize,
}

/// The series that take records of a batch.
#[derive(Debug)]
struct Series {
    /// The records that are taken.
    set: LineSet,
    numbers: Column,
}

/// Whether records that a metric takes may come in any order: then those whose series are known are counted
/// together, and before or after the others.
pub fn is_unordered(metric: &Metric) -> bool {
    use MetricKind::{Counter, Distinct, Gauge, Histogram, Quantiles, Top};
    match metric.kind {
        Counter | Histogram { .. } | Quantiles { .. } => true,
        // Texts are not read in columns.
        Gauge | Distinct | Top { .. } => false,
    }
}

impl Columns {
    /// Finds the series of records: answers those of `of` for which all metrics know what to do with them.
    pub fn find(
        &mut self,
        joint: &mut JointRows,
        key: &JointKey,
        metrics: usize,
        views: &Views<'_>,
        of: LineSet,
    ) -> LineSet {
        self.read = 0;
        self.series.resize_with(metrics, || Series { set: 0, numbers: [0; MOST_LINES] });
        let found = joint.rows(key, views, of);
        let mut unknown = 0;
        for (metric, series) in self.series.iter_mut().enumerate() {
            series.set = 0;
            for index in lines_of(found.set) {
                match joint.known(found.rows[index], metric) {
                    Known::Series(number) => {
                        series.numbers[index] = number;
                        series.set |= 1 << index;
                    }
                    Known::Refused => {}
                    Known::Nothing | Known::Holds => unknown |= 1 << index,
                }
            }
        }
        found.set & !unknown
    }

    /// Counts the records of `of`, which were found, by metric number `number`. Answers how many values could not be
    /// taken.
    pub fn count(
        &mut self,
        number: usize,
        metric: &Metric,
        table: &mut Table,
        views: &Views<'_>,
        kinds: &[Kind],
        of: LineSet,
    ) -> u64 {
        let mut taken = self.series[number].set & of;
        let mut unreadable = 0;
        let amounts = table.amounts_mut();
        if let Some((_, operand)) = metric.value {
            let place = self.read(operand, views, kinds, of);
            let (series, values) = (&self.series[number].numbers, &self.numbers[place].1);
            unreadable += u64::from((taken & (values.unreadable | values.negative)).count_ones());
            taken &= values.present & !values.negative;
            amounts.observe_numbers(taken, series, &values.values);
        }
        amounts.add_counts(taken, &self.series[number].numbers);
        for (sum, &operand) in metric.sum_operands.iter().enumerate() {
            let place = self.read(operand, views, kinds, of);
            let (series, values) = (&self.series[number].numbers, &self.numbers[place].1);
            unreadable += u64::from((taken & values.unreadable).count_ones());
            amounts.add_all(taken & values.present, series, sum, &values.values);
        }
        unreadable
    }

    /// Reads the numbers of an operand, once for all metrics; answers where they are.
    fn read(&mut self, operand: Operand, views: &Views<'_>, kinds: &[Kind], of: LineSet) -> usize {
        let known = self.numbers[..self.read].iter().position(|(known, _)| *known == operand);
        known.unwrap_or_else(|| {
            if self.read == self.numbers.len() {
                self.numbers.push((operand, NumberColumn::default()));
            }
            let (own, numbers) = &mut self.numbers[self.read];
            *own = operand;
            numbers.read(operand, views, kinds, of);
            self.read += 1;
            self.read - 1
        })
    }
}
