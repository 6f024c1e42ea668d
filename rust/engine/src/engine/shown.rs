//! What was committed: all that others may see.

use std::collections::BTreeMap;
use std::sync::Arc;

use logagent_core::encode::Rendered;
use logagent_core::metric::Ledger;
use logagent_core::metric::ledger::Changed;
use logagent_core::plan::Plan;

use super::mining::ModelStats;
use super::stats::{MetricStats, TallyStats};
use super::tally::{Tally, TallyKey};

/// Committed counts, ready to be shown. It has a lock of its own, so that a scrape does not wait
/// while the books are written.
#[derive(Debug)]
pub(super) struct Shown {
    plan: Arc<Plan>,
    pub(super) rendered: Rendered,
    tallies: BTreeMap<TallyKey, Tally>,
    pub(super) metrics: Vec<MetricStats>,
    pub(super) models: Vec<ModelStats>,
}

impl Shown {
    /// Nothing but the declared series.
    pub(super) fn new(plan: &Arc<Plan>, ledger: &Ledger) -> Shown {
        let mut shown = Shown {
            rendered: Rendered::new(&plan.metrics),
            tallies: BTreeMap::new(),
            metrics: Vec::new(),
            models: Vec::new(),
            plan: Arc::clone(plan),
        };
        shown.update(ledger, &ledger.all());
        shown
    }

    /// Shows the series that changed. All of the ledger is committed.
    pub(super) fn update(&mut self, ledger: &Ledger, changed: &Changed) {
        let totals = ledger.totals();
        self.rendered.update(&self.plan.metrics, totals, changed);
        let tables = self.plan.metrics.iter().zip(&totals.tables);
        self.metrics = tables.map(|(metric, table)| MetricStats::of(metric, table)).collect();
    }

    /// Shows tallies.
    pub(super) fn update_tallies(&mut self, tallies: impl IntoIterator<Item = (TallyKey, Tally)>) {
        self.tallies.extend(tallies);
    }

    /// Shows all series by another plan.
    pub(super) fn set_plan(&mut self, plan: &Arc<Plan>, ledger: &Ledger) {
        let (tallies, models) = (std::mem::take(&mut self.tallies), std::mem::take(&mut self.models));
        *self = Shown { tallies, models, ..Shown::new(plan, ledger) };
    }

    /// The tallies of the plan's sources.
    pub(super) fn tallies(&self) -> Vec<TallyStats> {
        let is_of_plan = |key: &TallyKey| self.plan.sources.iter().any(|source| source.name == key.source);
        let tallies = self.tallies.iter().filter(|(key, _)| is_of_plan(key));
        tallies.map(|(key, tally)| TallyStats { key: key.clone(), tally: tally.clone() }).collect()
    }
}
