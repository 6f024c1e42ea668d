//! Merging miners, and deriving the templates from the shapes that they keep.

use std::collections::{BTreeMap, HashSet};

use super::anchor::Anchors;
use super::cluster::cluster;
use super::leaf::Leaf;
use super::miner::{Installed, MAX_ALIASES, MAX_VALUES, Miner, template_id};
use super::words::{SOFT, Symbol, Words};

impl Miner {
    /// Adds what another miner learnt. Merging is associative and commutative as long as all shapes fit.
    pub fn merge(&mut self, other: &Miner) {
        self.lines = self.lines.saturating_add(other.lines);
        self.forgotten_lines = self.forgotten_lines.saturating_add(other.forgotten_lines);
        other.headers.iter().for_each(|header| self.note_header(header));
        for &value in &other.values {
            self.note_value(value);
        }
        self.aliases.extend(other.aliases.iter().map(|(old, new)| (old.clone(), new.clone())));
        for (_, leaf) in other.shapes.living() {
            self.merge_leaf(leaf, &other.shapes.words);
        }
    }

    pub(super) fn note_value(&mut self, value: u64) {
        if self.values.len() < MAX_VALUES && self.values.insert(value) {
            self.revision += 1;
        }
    }

    pub(super) fn merge_leaf(&mut self, leaf: &Leaf, words: &Words) {
        let known = self.shapes.leaves.len();
        let index = self.shapes.merge_leaf(leaf, words);
        self.is_clustered = false;
        self.revision += 1;
        if index as usize >= known {
            self.made_leaves += 1;
            self.keep_bounds();
        }
    }

    pub(super) fn index_templates(&mut self) {
        let rows: Vec<&[Symbol]> =
            self.templates.iter().map(|template| template.symbols.as_slice()).collect();
        self.anchors = Anchors::of(&rows, |symbol| symbol & SOFT == 0 && self.shapes.words.is_text(symbol));
    }

    /// Whether the templates are those of all shapes.
    pub fn is_settled(&self) -> bool {
        self.is_clustered
    }

    /// Shapes that are kept.
    pub fn shapes(&self) -> usize {
        self.shapes.leaves.len()
    }

    /// Derives the templates anew if shapes came since. Ids that are gone become aliases of those that
    /// took their place.
    pub fn settle(&mut self) {
        if !self.is_clustered {
            self.cluster();
        }
    }

    pub(super) fn cluster(&mut self) {
        self.is_clustered = true;
        self.revision += 1;
        let clustering = cluster(&self.shapes, &self.values);
        let old = std::mem::take(&mut self.templates);
        // Soft and other tokens of the same text are one template to whoever reads it.
        let mut numbers: Vec<u32> = Vec::with_capacity(clustering.templates.len());
        let mut by_id: BTreeMap<String, u32> = BTreeMap::new();
        for symbols in clustering.templates {
            let number = template_number(&self.shapes.words, &symbols);
            let id = template_id(number);
            numbers.push(*by_id.entry(id.clone()).or_insert_with(|| {
                self.templates.push(Installed { symbols, id, number, heir: u32::MAX });
                self.templates.len() as u32 - 1
            }));
        }
        let known: HashSet<&str> = self.templates.iter().map(|template| template.id.as_str()).collect();
        let mut renamed: BTreeMap<String, String> = BTreeMap::new();
        for (leaf, &template) in self.shapes.leaves.iter_mut().zip(&clustering.of_leaf) {
            let template = numbers.get(template as usize).copied().unwrap_or(u32::MAX);
            if let Some(before) = old.get(leaf.template as usize)
                && template != u32::MAX
                && !known.contains(before.id.as_str())
            {
                let now = &self.templates[template as usize].id;
                renamed.entry(before.id.clone()).or_insert_with(|| now.clone());
            }
            leaf.template = template;
        }
        for target in self.aliases.values_mut() {
            if let Some(now) = renamed.get(target) {
                target.clone_from(now);
            }
        }
        self.aliases.extend(renamed);
        self.aliases.retain(|_, target| known.contains(target.as_str()));
        self.cut_aliases();
        self.choose_heirs();
        self.index_templates();
    }

    /// The leaf with the most lines of each template, the first of several, takes those of shapes that
    /// are not kept.
    pub(super) fn choose_heirs(&mut self) {
        let Miner { shapes, templates, .. } = self;
        for (index, leaf) in shapes.living() {
            if let Some(template) = templates.get_mut(leaf.template as usize) {
                let before = shapes.leaves.get(template.heir as usize).map_or(0, |heir| heir.count);
                if leaf.count > before {
                    template.heir = index;
                }
            }
        }
    }

    pub(super) fn cut_aliases(&mut self) {
        while self.aliases.len() > MAX_ALIASES {
            self.aliases.pop_last();
        }
    }
}

/// A template's number: the hash of its tokens as text, so that it is the same on every host.
pub(super) fn template_number(words: &Words, symbols: &[Symbol]) -> u64 {
    let mut text = Vec::new();
    for &symbol in symbols {
        text.extend_from_slice(&words.shown(symbol));
        text.push(b' ');
    }
    xxhash_rust::xxh3::xxh3_64(&text)
}
