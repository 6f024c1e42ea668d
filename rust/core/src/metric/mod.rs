//! From records to series.

mod label;
pub mod snapshot;
pub mod table;
pub mod tally;

pub use snapshot::Snapshot;
pub use table::Table;
pub use tally::{Tally, TimeFilter, Window};

/// A metric family, compiled: which slots of a record its series are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metric {
    /// The family's name.
    pub name: String,
    /// Names of the labels.
    pub labels: Vec<String>,
    /// Slot of each label's value.
    pub label_slots: Vec<usize>,
    /// Names of the fields that are summed beside the count.
    pub sums: Vec<String>,
    /// Slot of each summed field.
    pub sum_slots: Vec<usize>,
    /// Series that are kept; further label sets are counted together.
    pub series_limit: usize,
}

impl Metric {
    /// An empty table for this metric's series.
    pub fn table(&self) -> Table {
        Table::new(self.labels.len(), self.sums.len(), self.series_limit)
    }
}
