//! What is new: two models side by side.

use std::collections::BTreeMap;

use super::{Miner, Template};

/// A template and its lines in two models.
#[derive(Debug, Clone)]
pub struct Change {
    /// The template, as both models together give it.
    pub template: Template,
    /// Its lines in the first model.
    pub before: u64,
    /// Its lines in the second one.
    pub after: u64,
}

/// The templates of two models, which are mined together so that both speak of the same ones.
pub fn diff(before: &Miner, after: &Miner) -> Vec<Change> {
    let mut both = before.clone();
    both.merge(after);
    both.settle();
    let counts_before = counts(&mut both, before);
    let counts_after = counts(&mut both, after);
    let count = |counts: &BTreeMap<String, u64>, id: &str| counts.get(id).copied().unwrap_or(0);
    let change = |template: Template| Change {
        before: count(&counts_before, &template.id),
        after: count(&counts_after, &template.id),
        template,
    };
    both.templates().into_iter().map(change).collect()
}

/// Lines of one model by the templates of another that knows its shapes.
fn counts(both: &mut Miner, one: &Miner) -> BTreeMap<String, u64> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for (_, leaf) in one.shapes.living() {
        let index = both.shapes.index_of(leaf, &one.shapes.words);
        let template = both.shapes.leaves[index as usize].template as usize;
        let count = counts.entry(both.id(template).to_owned()).or_default();
        *count = count.saturating_add(leaf.count);
    }
    counts
}
