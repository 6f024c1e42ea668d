//! What is learnt of lines while they are counted: models of their templates.
//!
//! The lines of a block are mined before they are counted, and the template of each is handed on with
//! them. What was learnt is drained together with the positions, so a model is durable exactly up to
//! the line where its files are.

mod header;
mod model;
mod pending;
mod stats;

use std::collections::BTreeMap;

use logagent_core::plan::Plan;
use logagent_core::spec::{PatternMode, PatternsSpec};
use logagent_core::template::{Learnt, Miner, Novelty};

use super::tally::TallyKey;
use header::HeaderTrial;
use model::Model;

pub use model::NewTemplate;
pub use stats::{ModelStats, TemplateStats};

/// Models that are kept at most; each takes up to 32 MB.
const MOST_MODELS: usize = 32;
/// Lines that no template of a frozen model covers, of a source, until somebody asks for them.
const MOST_UNMATCHED: usize = 4;
/// Bytes that are kept of a line.
const MOST_LINE_BYTES: usize = 2048;

/// A line that no template of a frozen model covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmatchedLine {
    /// Name of its source.
    pub source: String,
    /// The file that it stands in, or the key of a position.
    pub path: String,
    /// Name of the model.
    pub model: String,
    /// The line, cut.
    pub line: Vec<u8>,
}

/// All models, and what reads lines for them.
#[derive(Debug, Default)]
pub(super) struct Mining {
    models: BTreeMap<String, Model>,
    readers: Vec<Option<LineReader>>,
    /// The templates of the lines that were mined last.
    templates: Vec<Option<u64>>,
    unmatched: Vec<UnmatchedLine>,
    /// Rows to write beside those of the models.
    rows: Vec<(String, Option<String>)>,
    is_changed: bool,
}

/// Reads the lines of a file, or of a source that is fed, for a model.
#[derive(Debug)]
struct LineReader {
    model: String,
    mode: PatternMode,
    /// Where the model counts its lines.
    place: usize,
    trial: HeaderTrial,
}

/// What the models say when a take is made.
#[derive(Debug, Default)]
pub(super) struct Learned {
    /// As in [`Rows`](super::Rows).
    pub(super) rows: Vec<(String, Option<String>)>,
    pub(super) new_templates: Vec<NewTemplate>,
    /// All models, unless nothing changed.
    pub(super) stats: Option<Vec<ModelStats>>,
}

impl Mining {
    /// Goes on from rows that were stored.
    ///
    /// # Errors
    /// The key of the row that is damaged, and what is wrong with it.
    pub(super) fn restore(
        &mut self,
        plan: &Plan,
        rows: &[(String, Option<String>)],
    ) -> Result<(), (String, String)> {
        let mut texts: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
        for (key, json) in rows {
            let named = key.strip_prefix("model/").and_then(|rest| rest.split_once('/'));
            if let (Some((name, part)), Some(json)) = (named, json) {
                texts.entry(name).or_default().insert(part, json);
            }
        }
        for (name, parts) in texts {
            let model = Model::restore(&parts);
            let model = model.map_err(|(part, message)| (format!("model/{name}/{part}"), message))?;
            self.models.insert(name.to_owned(), model);
        }
        self.begin(plan);
        Ok(())
    }

    /// Goes by a plan, from now on: all files are opened anew. Models that it does not name stay.
    pub(super) fn begin(&mut self, plan: &Plan) {
        self.readers.clear();
        for spec in &plan.spec.patterns {
            self.models.entry(spec.name.value.clone()).or_default();
        }
        self.is_changed = true;
    }

    /// A reader of lines that begin with `head`, if those of this source are mined.
    pub(super) fn open(&mut self, plan: &Plan, source: usize, head: &[u8], year: i16) -> Option<usize> {
        let spec = plan.patterns_of(source)?;
        let model = self.models.entry(spec.name.value.clone()).or_default();
        let trial = HeaderTrial::begin(&mut model.miner, head, year);
        let place = model.pending.place(&plan.sources[source].name);
        let reader = LineReader { model: spec.name.value.clone(), mode: spec.mode, place, trial };
        let free = self.readers.iter().position(Option::is_none).unwrap_or_else(|| {
            self.readers.push(None);
            self.readers.len() - 1
        });
        self.readers[free] = Some(reader);
        Some(free)
    }

    /// Forgets a reader.
    pub(super) fn close(&mut self, reader: usize) {
        if let Some(slot) = self.readers.get_mut(reader) {
            *slot = None;
        }
    }

    /// Mines a block of whole lines; answers the number of each line's template.
    pub(super) fn mine(
        &mut self,
        plan: &Plan,
        reader: usize,
        key: &TallyKey,
        block: &[u8],
    ) -> &[Option<u64>] {
        self.templates.clear();
        let Some(Some(LineReader { model: name, mode, place, trial })) = self.readers.get_mut(reader) else {
            return &[];
        };
        let Some(model) = self.models.get_mut(name) else { return &[] };
        let spec = spec_of(plan, name);
        let now = super::event_time::wall_clock_ns() / 1_000_000_000;
        model.begin(now);
        for line in lines(block) {
            if line.is_empty() {
                self.templates.push(None);
                continue;
            }
            let template = match mode {
                PatternMode::Learn => {
                    trial.watch(model, line);
                    let message = trial.reader.read(line);
                    let Learnt { novelty, template } = model.miner.learn(&message);
                    if novelty == Novelty::NewTemplate && !model.is_learning(spec, now) {
                        model.note_new(template, key, line, message.unix_seconds);
                    }
                    template
                }
                PatternMode::Frozen => model.miner.find_number(&trial.reader.read(line)),
            };
            let pending = model.pending.at(*place);
            match template {
                Some(number) => pending.count(number),
                None if *mode == PatternMode::Learn => pending.other += 1,
                None => {
                    pending.unmatched += 1;
                    note_unmatched(&mut self.unmatched, name, key, line);
                }
            }
            self.templates.push(template);
        }
        if plan.wants_templates() {
            model.settle_block(&mut self.templates);
        }
        &self.templates
    }

    /// A few of the lines that frozen models did not match since the last call.
    pub(super) fn take_unmatched(&mut self) -> Vec<UnmatchedLine> {
        std::mem::take(&mut self.unmatched)
    }

    /// Hands over what was learnt since the last call.
    pub(super) fn drain(&mut self, plan: &Plan) -> Learned {
        let now = super::event_time::wall_clock_ns() / 1_000_000_000;
        let mut learned = Learned { rows: std::mem::take(&mut self.rows), ..Learned::default() };
        let mut is_changed = std::mem::take(&mut self.is_changed) || !learned.rows.is_empty();
        for (name, model) in &mut self.models {
            let spec = spec_of(plan, name);
            is_changed |= model.drain(name, spec, now, &mut learned);
        }
        learned.stats = is_changed.then(|| self.stats(plan));
        learned
    }

    /// How all models are.
    pub(super) fn stats(&self, plan: &Plan) -> Vec<ModelStats> {
        let now = super::event_time::wall_clock_ns() / 1_000_000_000;
        self.models.iter().map(|(name, model)| model.stats(name, spec_of(plan, name), now)).collect()
    }

    /// The version of a model and a copy of it.
    pub(super) fn copy(&self, name: &str) -> Option<(u64, Miner)> {
        let model = self.models.get(name)?;
        Some((model.version, model.miner.clone()))
    }

    /// An earlier version of a model as JSON.
    pub(super) fn earlier(&self, name: &str, version: u64) -> Option<String> {
        self.models.get(name)?.earlier.get(&version).cloned()
    }

    /// Puts another model, or none, in the place of one; answers the version that it now has. What was
    /// counted by the old one stays counted. `None`: there are too many models.
    pub(super) fn replace(&mut self, plan: &Plan, name: &str, miner: Option<Miner>) -> Option<u64> {
        let spec = spec_of(plan, name);
        self.is_changed = true;
        if miner.is_none() && spec.is_none() {
            let removed = self.models.remove(name)?;
            self.rows.extend(removed.keys(name).into_iter().map(|key| (key, None)));
            return Some(removed.version + 1);
        }
        if !self.models.contains_key(name) && self.models.len() >= MOST_MODELS {
            return None;
        }
        let model = self.models.entry(name.to_owned()).or_default();
        let version = model.replace(name, spec, miner, &mut self.rows);
        for reader in self.readers.iter().flatten().filter(|reader| reader.model == name) {
            reader.trial.note(&mut model.miner);
        }
        Some(version)
    }
}

fn spec_of<'p>(plan: &'p Plan, name: &str) -> Option<&'p PatternsSpec> {
    plan.spec.patterns.iter().find(|spec| spec.name.value == name)
}

#[cold]
fn note_unmatched(kept: &mut Vec<UnmatchedLine>, model: &str, key: &TallyKey, line: &[u8]) {
    const MOST: usize = 64;
    let same = kept.iter().filter(|one| one.source == key.source).count();
    if same < MOST_UNMATCHED && kept.len() < MOST {
        kept.push(UnmatchedLine {
            source: key.source.clone(),
            path: key.path.clone().unwrap_or_default(),
            model: model.to_owned(),
            line: line[..line.len().min(MOST_LINE_BYTES)].to_vec(),
        });
    }
}

/// The lines of a block as scanners see them: without line feeds and a carriage return before one.
fn lines(block: &[u8]) -> impl Iterator<Item = &[u8]> {
    let whole = block.strip_suffix(b"\n").unwrap_or(block);
    let mut start = 0;
    let ends = memchr::memchr_iter(b'\n', whole).chain((!block.is_empty()).then_some(whole.len()));
    ends.map(move |end| {
        let line = &whole[std::mem::replace(&mut start, end + 1)..end];
        line.strip_suffix(b"\r").unwrap_or(line)
    })
}

#[cfg(test)]
mod tests;
