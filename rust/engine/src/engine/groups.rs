//! Learnt groups of paths, kept with the positions: so they are durable together with what was counted by
//! them, and go wherever the state goes.

use std::collections::BTreeMap;
use std::sync::Arc;

use logagent_core::category::Groups;
use logagent_core::plan::Plan;

use super::{Engine, EngineError};

/// What comes before a category's name in the key of its groups. Keys of sources have a tab.
const PREFIX: &str = "groups/";

/// Groups as positions: keys with JSON lists of texts.
pub(super) fn positions(groups: &Groups) -> impl Iterator<Item = (String, Option<String>)> {
    groups.iter().map(|(category, groups)| {
        (format!("{PREFIX}{category}"), Some(serde_json::to_string(groups).expect("strings are JSON")))
    })
}

/// The groups among positions; what is no list of texts is left out.
pub(super) fn among(positions: &BTreeMap<String, String>) -> Groups {
    let own = positions.iter().filter_map(|(key, json)| {
        Some((key.strip_prefix(PREFIX)?.to_owned(), serde_json::from_str(json).ok()?))
    });
    own.collect()
}

/// The plan with the groups of the state, where it mines their categories.
pub(super) fn grouped(plan: Arc<Plan>, positions: &BTreeMap<String, String>) -> Arc<Plan> {
    let groups = among(positions);
    if groups.is_empty() {
        return plan;
    }
    plan.with_groups(&groups).map_or(plan, Arc::new)
}

impl Engine {
    /// Makes groups of what was learnt so far; the next take holds them. For the end of a run that comes
    /// again: what is learnt and did not become a group is forgotten then.
    ///
    /// # Errors
    /// [`EngineError::Broken`].
    pub fn settle_groups(&self) -> Result<(), EngineError> {
        self.intake.lock()?.counting.readings.settle_groups();
        Ok(())
    }
}
