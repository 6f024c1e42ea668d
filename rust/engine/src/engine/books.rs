//! What was taken, to be made durable.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use logagent_core::category::Groups;
use logagent_core::metric::ledger::Changed;
use logagent_core::metric::{Ledger, SeriesRow};
use logagent_core::plan::Plan;

use super::intake::Drained;
use super::mining::ModelStats;
use super::rows::{Rows, definition};
use super::tally::{Tally, TallyKey};
use super::{EngineError, Restored};
use crate::tail::FileId;

/// Numbers every take of the process, so that one engine's is not another's.
static TAKES: AtomicU64 = AtomicU64::new(0);

/// All rows as of the last take.
#[derive(Debug)]
pub(super) struct Books {
    pub(super) plan: Arc<Plan>,
    pub(super) ledger: Ledger,
    definitions: Vec<String>,
    files: BTreeMap<FileId, String>,
    tallies: BTreeMap<TallyKey, Tally>,
    pub(super) positions: BTreeMap<String, String>,
    models: BTreeMap<String, String>,
    pub(super) outstanding: Option<Outstanding>,
}

/// What was taken and is not committed yet.
#[derive(Debug)]
pub(super) struct Outstanding {
    number: u64,
    pub(super) changed: Changed,
    pub(super) tallies: Vec<(TallyKey, Tally)>,
    pub(super) models: Option<Vec<ModelStats>>,
    /// Groups that are used from its commit on.
    pub(super) groups: Option<Groups>,
    pub(super) since: Instant,
}

impl Books {
    pub(super) fn new(plan: Arc<Plan>) -> Books {
        Books {
            ledger: Ledger::new(&plan.metrics),
            definitions: plan.metrics.iter().map(definition).collect(),
            files: BTreeMap::new(),
            tallies: BTreeMap::new(),
            positions: BTreeMap::new(),
            models: BTreeMap::new(),
            outstanding: None,
            plan,
        }
    }

    /// Enters rows that were stored.
    pub(super) fn restore(&mut self, rows: &Rows) -> Result<Restored, EngineError> {
        let own = |definition: &String| self.definitions.iter().position(|own| own == definition);
        let numbers: Vec<Option<usize>> = rows.metrics.iter().map(own).collect();
        for (metric, labels, state) in &rows.series {
            let Some(number) = numbers.get(*metric) else { return Err(EngineError::SeriesWithoutMetric) };
            let Some(number) = *number else { continue };
            let row = SeriesRow::decode(labels, state);
            row.and_then(|row| self.ledger.restore(&self.plan.metrics, number, &row)).map_err(|error| {
                EngineError::Row { metric: self.plan.metrics[number].name.clone(), error }
            })?;
        }
        let mut restored = Restored::default();
        for (id, json) in rows.files.iter().filter_map(|(id, json)| Some((id, json.as_ref()?))) {
            let record = serde_json::from_str(json);
            let record = record.map_err(|error| EngineError::Record { row: json.clone(), error })?;
            restored.files.push((*id, record));
            self.files.insert(*id, json.clone());
        }
        for (key, json) in &rows.tallies {
            let wrong = |error| EngineError::Record { row: format!("{key} {json}"), error };
            let parsed: TallyKey = serde_json::from_str(key).map_err(wrong)?;
            let tally = Tally::parse(&parsed, json).map_err(wrong)?;
            self.tallies.insert(parsed.clone(), tally.clone());
            restored.tallies.push((parsed, tally));
        }
        enter(&mut self.positions, &rows.positions);
        enter(&mut self.models, &rows.models);
        let unknown = rows.metrics.iter().zip(&numbers).filter(|(_, number)| number.is_none());
        restored.dropped = unknown.map(|(definition, _)| definition.clone()).collect();
        Ok(restored)
    }

    /// Enters what was drained; answers its rows and the number of the take, unless nothing changed.
    pub(super) fn add(&mut self, drained: &Drained) -> Option<(u64, Rows)> {
        let changed = self.ledger.add(&drained.counted);
        let mut rows = Rows { metrics: self.definitions.clone(), ..Rows::default() };
        self.add_series(&mut rows, &changed);
        for (id, record) in &drained.files {
            let json = record.as_ref().map(|record| serde_json::to_string(record).expect("JSON"));
            match &json {
                Some(json) => drop(self.files.insert(*id, json.clone())),
                None => drop(self.files.remove(id)),
            }
            rows.files.push((*id, json));
        }
        rows.tallies.extend(drained.tallies.iter().map(|(key, tally)| tally_row(key, tally)));
        self.tallies.extend(drained.tallies.iter().cloned());
        rows.positions.extend(drained.positions.iter().map(|(key, json)| (key.clone(), json.clone())));
        enter(&mut self.positions, &rows.positions);
        rows.models.clone_from(&drained.models);
        enter(&mut self.models, &rows.models);
        if rows.is_empty() {
            return None;
        }
        let (number, tallies) = (TAKES.fetch_add(1, Ordering::Relaxed), drained.tallies.clone());
        let (models, groups) = (drained.model_stats.clone(), drained.groups.clone());
        let since = Instant::now();
        self.outstanding = Some(Outstanding { number, changed, tallies, models, groups, since });
        Some((number, rows))
    }

    fn add_series(&self, rows: &mut Rows, changed: &Changed) {
        for (metric, series) in changed.iter().enumerate() {
            let encoded = self.ledger.rows(metric, series).into_iter();
            rows.series.extend(encoded.map(|(labels, state)| (metric, labels, state)));
        }
    }

    /// The take of this number is durable.
    pub(super) fn commit(&mut self, number: u64) -> Result<Outstanding, EngineError> {
        let own = self.outstanding.take_if(|outstanding| outstanding.number == number);
        own.ok_or(EngineError::NotTaken)
    }

    /// All rows as of the last take.
    pub(super) fn everything(&self) -> Rows {
        let mut rows = Rows { metrics: self.definitions.clone(), ..Rows::default() };
        self.add_series(&mut rows, &self.ledger.all());
        rows.files = self.files.iter().map(|(id, json)| (*id, Some(json.clone()))).collect();
        rows.tallies = self.tallies.iter().map(|(key, tally)| tally_row(key, tally)).collect();
        let all = |texts: &BTreeMap<String, String>| {
            texts.iter().map(|(key, json)| (key.clone(), Some(json.clone()))).collect()
        };
        (rows.positions, rows.models) = (all(&self.positions), all(&self.models));
        rows
    }

    /// Goes on by another plan; nothing may be outstanding. Answers for each of its metrics which one
    /// of the old plan it is.
    pub(super) fn set_plan(&mut self, plan: &Arc<Plan>) -> Vec<Option<usize>> {
        let definitions: Vec<String> = plan.metrics.iter().map(definition).collect();
        let old = |definition| self.definitions.iter().position(|old| old == definition);
        let kept: Vec<Option<usize>> = definitions.iter().map(old).collect();
        let mut ledger = Ledger::new(&plan.metrics);
        for (own, old) in kept.iter().enumerate().filter_map(|(own, old)| Some((own, (*old)?))) {
            ledger.adopt(own, &self.ledger, old);
        }
        (self.plan, self.ledger, self.definitions) = (Arc::clone(plan), ledger, definitions);
        kept
    }

    pub(super) fn definitions(&self) -> &[String] {
        &self.definitions
    }
}

/// Enters texts by their keys; `None` removes one.
fn enter(texts: &mut BTreeMap<String, String>, rows: &[(String, Option<String>)]) {
    for (key, json) in rows {
        match json {
            Some(json) => drop(texts.insert(key.clone(), json.clone())),
            None => drop(texts.remove(key)),
        }
    }
}

fn tally_row(key: &TallyKey, tally: &Tally) -> (String, String) {
    let json = (serde_json::to_string(key), serde_json::to_string(tally));
    (json.0.expect("JSON"), json.1.expect("JSON"))
}
