//! Lines by template since the state began, of the most frequent templates.
//!
//! A template that was counted apart once stays so, also when another has taken its place: a counter
//! never goes down. What is not counted apart is in `__other__`, so the sum is that of all lines.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use logagent_core::template::{Miner, template_id};
use serde_json::Error;

use super::super::pending::Pending;
use super::super::stats::TemplateStats;

/// Lines of templates that are not counted apart.
const OTHER: &str = "__other__";
/// Lines that no template of a frozen model covers.
const UNMATCHED: &str = "__unmatched__";
/// For each template that may be counted apart, so many that were once may be gone.
const MOST_GONE: usize = 3;

/// Cumulative counts.
#[derive(Debug, Default)]
pub(in super::super) struct Counts {
    /// By source and template.
    lines: BTreeMap<String, BTreeMap<String, u64>>,
    /// Of those that are counted apart, as they were last.
    texts: BTreeMap<String, String>,
    are_lines_changed: bool,
    are_texts_changed: bool,
}

impl Counts {
    /// Reads what [`Counts::changes`] wrote.
    ///
    /// # Errors
    /// The part that cannot be read, and why.
    pub(super) fn restore(lines: Option<&str>, texts: Option<&str>) -> Result<Counts, (&'static str, Error)> {
        let mut counts = Counts::default();
        if let Some(json) = lines {
            counts.lines = serde_json::from_str(json).map_err(|error| ("lines", error))?;
        }
        if let Some(json) = texts {
            counts.texts = serde_json::from_str(json).map_err(|error| ("texts", error))?;
        }
        Ok(counts)
    }

    /// What changed since the last call: part and JSON.
    pub(super) fn changes(&mut self) -> Vec<(&'static str, String)> {
        let json = |texts: serde_json::Result<String>| texts.unwrap_or_default(); // texts and numbers can be
        let mut changes = Vec::new();
        if std::mem::take(&mut self.are_lines_changed) {
            changes.push(("lines", json(serde_json::to_string(&self.lines))));
        }
        if std::mem::take(&mut self.are_texts_changed) {
            changes.push(("texts", json(serde_json::to_string(&self.texts))));
        }
        changes
    }

    /// Adds what is pending. Of the templates that are not counted apart yet, the most frequent are
    /// from now on while there is room among `top`; while the model learns, only those that have a
    /// share of the lines that is fit for the top.
    pub(super) fn add(&mut self, pending: &mut Pending, miner: &Miner, top: usize, is_learning: bool) {
        let mut sources = pending.counted().peekable();
        if sources.peek().is_none() {
            return;
        }
        self.are_lines_changed = true;
        let present: HashSet<u64> = miner.numbers().collect();
        let resolve = |number: u64| {
            if present.contains(&number) { Some(number) } else { miner.present_number(number) }
        };
        let mut found: Vec<(String, HashMap<u64, u64>)> = Vec::new();
        for (source, lines) in sources {
            let mut by_template: HashMap<u64, u64> = HashMap::new();
            for (&number, &count) in &lines.by_template {
                match resolve(number) {
                    Some(number) => *by_template.entry(number).or_default() += count,
                    None => lines.other += count,
                }
            }
            let own = self.lines.entry(source.to_owned()).or_default();
            for (name, count) in [(OTHER, lines.other), (UNMATCHED, lines.unmatched)] {
                if count > 0 {
                    *own.entry(name.to_owned()).or_default() += count;
                }
            }
            lines.clear();
            found.push((source.to_owned(), by_template));
        }
        self.admit(
            found.iter().flat_map(|(_, lines)| lines.keys().copied()),
            miner,
            &present,
            top,
            is_learning,
        );
        for (source, by_template) in found {
            let own = self.lines.entry(source).or_default();
            for (number, count) in by_template {
                let id = template_id(number);
                let name = if self.texts.contains_key(&id) { id } else { OTHER.to_owned() };
                *own.entry(name).or_default() += count;
            }
        }
    }

    /// Decides which of the templates that came are counted apart from now on.
    fn admit(
        &mut self,
        came: impl Iterator<Item = u64>,
        miner: &Miner,
        present: &HashSet<u64>,
        top: usize,
        is_learning: bool,
    ) {
        let new: HashSet<u64> =
            came.filter(|&number| !self.texts.contains_key(&template_id(number))).collect();
        let living = present.iter().filter(|&&number| self.texts.contains_key(&template_id(number))).count();
        let room = top
            .saturating_sub(living)
            .min((1 + MOST_GONE).saturating_mul(top).saturating_sub(self.texts.len()));
        if new.is_empty() || room == 0 {
            return;
        }
        let lines = miner.lines_of_templates();
        let mut candidates: Vec<(u64, u64)> =
            new.into_iter().map(|number| (lines.get(&number).copied().unwrap_or(0), number)).collect();
        candidates.sort_unstable_by(|one, other| other.cmp(one));
        let least = if is_learning { miner.lines() / (2 * top as u64) } else { 0 };
        for (_, number) in candidates.into_iter().filter(|(count, _)| *count >= least).take(room) {
            self.texts.insert(template_id(number), miner.text_of(number).unwrap_or_default());
            self.are_texts_changed = true;
        }
    }

    /// Takes the texts anew of the templates that are still there: they change with what is seen.
    pub(super) fn show_texts(&mut self, miner: &Miner) {
        for number in miner.numbers() {
            if let Some(text) = self.texts.get_mut(&template_id(number))
                && let Some(now) = miner.text_of(number)
                && *text != now
            {
                *text = now;
                self.are_texts_changed = true;
            }
        }
    }

    /// The counts, the highest first.
    pub(super) fn stats(&self) -> Vec<TemplateStats> {
        let mut stats: Vec<TemplateStats> = Vec::new();
        for (source, lines) in &self.lines {
            stats.extend(lines.iter().map(|(template, &lines)| TemplateStats {
                source: source.clone(),
                template: template.clone(),
                text: self.texts.get(template).cloned().unwrap_or_default(),
                lines,
            }));
        }
        stats.sort_by_key(|one| Reverse(one.lines));
        stats
    }
}
