//! Cumulative counts: what the snapshots that were taken come to.

#[cfg(test)]
mod tests;

use super::row::{Encoded, RowError, encode};
use super::{LabelForm, Metric, SeriesRow, Snapshot};

/// The sum of all that was drained from one pending snapshot, and its rows in a state database.
///
/// Readings count into the pending snapshot, which [`Ledger::pending`] makes: it keeps every series
/// that ever was, so that one who fills the limits does not drive out the others, and holds label
/// values in their shown form, so that a series here is one of an exposition and is found again when
/// its row is read back.
#[derive(Debug, Clone)]
pub struct Ledger {
    totals: Snapshot,
}

/// The numbers of series that changed, by metric.
pub type Changed = Vec<Vec<u32>>;

impl Ledger {
    /// Nothing counted: the declared series.
    pub fn new(metrics: &[Metric]) -> Ledger {
        Ledger { totals: Snapshot::with_form(metrics, usize::MAX, LabelForm::Shown) }
    }

    /// An empty snapshot for readings to count into, with the series of this ledger; all its tables
    /// together take at most `series_limit` series.
    pub fn pending(&self, metrics: &[Metric], series_limit: usize) -> Snapshot {
        let mut pending = Snapshot::with_form(metrics, series_limit, LabelForm::Shown);
        pending.establish(&self.totals);
        pending
    }

    /// The cumulative counts.
    pub fn totals(&self) -> &Snapshot {
        &self.totals
    }

    /// Adds what was drained from the pending snapshot.
    pub fn add(&mut self, drained: &Snapshot) -> Changed {
        self.totals.add_lines(drained);
        drained.tables.iter().enumerate().map(|(metric, table)| self.totals.adopt(metric, table)).collect()
    }

    /// Adds a series of the metric of this number that was read back.
    ///
    /// # Errors
    /// [`RowError::OtherMetric`]; a part may have been added.
    pub fn restore(&mut self, metrics: &[Metric], metric: usize, row: &SeriesRow) -> Result<(), RowError> {
        row.add_to(&metrics[metric], &mut self.totals.tables[metric], &mut self.totals.room)
    }

    /// Takes over the series of a metric of another ledger, number `theirs` there.
    pub fn adopt(&mut self, metric: usize, other: &Ledger, theirs: usize) {
        self.totals.adopt(metric, &other.totals.tables[theirs]);
    }

    /// The rows of these series of a metric.
    pub fn rows(&self, metric: usize, series: &[u32]) -> Vec<Encoded> {
        encode(&self.totals.tables[metric], series)
    }

    /// Every series.
    pub fn all(&self) -> Changed {
        self.totals.tables.iter().map(|table| (0..table.len() as u32).collect()).collect()
    }
}
