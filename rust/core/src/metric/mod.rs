//! From records to series.

mod amounts;
pub mod column;
mod columns;
mod fields;
mod joint;
mod kept;
mod keys;
mod label;
pub mod ledger;
pub mod name;
mod numbers;
pub mod row;
mod sets;
mod shown;
pub mod snapshot;
pub mod table;
pub mod tally;
mod wire;

#[cfg(test)]
pub(crate) mod tests;

pub use amounts::Amounts;
pub use column::Column;
pub use joint::JointKey;
pub use keys::OTHER;
pub use label::Packed;
pub use ledger::Ledger;
pub use row::SeriesRow;
pub use shown::LabelForm;
pub use snapshot::Snapshot;
pub use table::{Row, Table};
pub use tally::{EventTime, NoRules, Rules, Tally, Window, time_reader};
pub use wire::SnapshotError;

use crate::operand::Operand;
use crate::spec::{MetricKind, MetricSpec, Text};

/// Series that all metrics of a plan keep together, unless one of them has a greater limit.
pub const TOTAL_SERIES_LIMIT: usize = 100_000;

/// A metric family, compiled: what its series are made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// The family's name.
    pub name: String,
    /// What it keeps of its records.
    pub kind: MetricKind,
    /// What it is, for people.
    pub help: Option<String>,
    /// Names of the labels.
    pub labels: Vec<String>,
    /// What gives each label's value.
    pub label_operands: Vec<Operand>,
    /// The condition of the plan that a record has to meet.
    pub when: Option<usize>,
    /// What gives the value that it takes, and how that is called; a counter without one takes
    /// records.
    pub value: Option<(String, Operand)>,
    /// Names of the fields that are summed beside the count.
    pub sums: Vec<String>,
    /// What gives each summed number.
    pub sum_operands: Vec<Operand>,
    /// Label sets whose series are there from the beginning.
    pub declared: Vec<Vec<String>>,
    /// Series that are kept; further label sets are counted together.
    pub series_limit: usize,
}

impl Metric {
    /// Compiles a metric whose names `operand` resolves and whose condition is number `when`.
    pub fn compile(
        spec: &MetricSpec,
        when: Option<usize>,
        mut operand: impl FnMut(&Text) -> Operand,
    ) -> Metric {
        let names = |texts: &[Text]| texts.iter().map(|text| text.value.clone()).collect();
        Metric {
            name: spec.name.value.clone(),
            kind: spec.kind.clone(),
            help: spec.help.as_ref().map(|help| help.value.clone()),
            labels: names(&spec.labels),
            label_operands: spec.labels.iter().map(&mut operand).collect(),
            when,
            value: spec.value.as_ref().map(|value| (value.value.clone(), operand(value))),
            sums: names(&spec.sums),
            sum_operands: spec.sums.iter().map(operand).collect(),
            declared: declared(spec),
            series_limit: spec.series_limit,
        }
    }

    /// A table for this metric's series with label values in this form, with the declared series.
    pub fn table(&self, form: LabelForm, room: &mut usize) -> Table {
        let mut table = self.bare_table(self.series_limit).in_form(form);
        for labels in &self.declared {
            table.count(|label| labels[label].as_bytes(), 0, room);
        }
        table
    }

    /// A table for at most `series_limit` of this metric's series, without the declared ones.
    pub fn bare_table(&self, series_limit: usize) -> Table {
        Table::new(self.labels.len(), self.sum_count(), series_limit, &self.kind)
    }

    /// What this metric counts, without rows.
    pub fn amounts(&self) -> Amounts {
        Amounts::new(self.sum_count(), &self.kind)
    }

    /// Sums of a row: those of fields, then that of the value.
    fn sum_count(&self) -> usize {
        self.sums.len() + usize::from(self.value_sum().is_some())
    }

    /// Which sum of a [`Row`] is that of the value; `None` if values are not added up.
    pub fn value_sum(&self) -> Option<usize> {
        match self.kind {
            MetricKind::Counter | MetricKind::Histogram { .. } | MetricKind::Quantiles { .. } => {
                self.value.as_ref().map(|_| self.sums.len())
            }
            MetricKind::Gauge | MetricKind::Distinct | MetricKind::Top { .. } => None,
        }
    }

    /// Whether it has to know when a record happened.
    pub fn needs_time(&self) -> bool {
        self.kind == MetricKind::Gauge
    }
}

/// Every combination of the declared values, in order, if each label has some; no more than the
/// metric keeps.
fn declared(spec: &MetricSpec) -> Vec<Vec<String>> {
    let values_of = |label: &Text| {
        let declared = spec.declared.iter().find(|(name, _)| name.value == label.value);
        declared.map_or(&[][..], |(_, values)| values)
    };
    if spec.declared.is_empty() {
        return Vec::new();
    }
    let mut sets = vec![Vec::new()];
    for label in &spec.labels {
        let longer = sets.iter().flat_map(|set: &Vec<String>| {
            values_of(label).iter().map(move |value| {
                let mut longer = set.clone();
                longer.push(value.value.clone());
                longer
            })
        });
        sets = longer.take(spec.series_limit).collect();
    }
    sets
}
