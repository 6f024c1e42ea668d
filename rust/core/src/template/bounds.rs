//! What a miner forgets so that its memory stays within 32 MB for any input.

use std::collections::{BTreeMap, BTreeSet};

use super::leaf::Leaf;
use super::miner::{Installed, Miner};
use super::words::{SOFT, Symbol, Words, is_word};

/// The most shapes that are kept.
pub const MAX_LEAVES: usize = 16 << 10;
/// The most tokens of all shapes: a third of the memory that clustering takes follows from it.
const MAX_TOKENS: usize = 384 << 10;
/// The most memory of shapes and their words, in bytes.
const MAX_HELD_BYTES: usize = 12 << 20;
/// Shapes with so many lines are established; others are forgotten first.
const ESTABLISHED_LINES: u64 = 8;
impl Miner {
    /// Whether one part in `parts` of the room is taken.
    pub(super) fn is_filled(&self, parts: usize) -> bool {
        self.shapes.leaves.len() > MAX_LEAVES / parts
            || self.shapes.tokens() > MAX_TOKENS / parts
            || self.shapes.held_bytes() > MAX_HELD_BYTES / parts
    }

    #[cold]
    pub(super) fn keep_bounds(&mut self) {
        if self.is_filled(1) {
            self.forget();
        }
        if self.made_leaves >= self.next_clustering {
            self.next_clustering = 2 * self.made_leaves;
            self.cluster();
        }
    }

    /// Whether room is scarce, so that a shape is kept from its second line on only.
    pub fn is_crowded(&self) -> bool {
        self.is_filled(2)
    }

    /// About how much memory it holds between lines, in bytes.
    pub fn held_bytes(&self) -> usize {
        const TEMPLATE_BYTES: usize = 64;
        let tokens: usize = self.templates.iter().map(|template| template.symbols.len()).sum();
        self.shapes.held_bytes() + self.templates.len() * TEMPLATE_BYTES + tokens * size_of::<Symbol>()
    }

    /// Forgets half of the shapes; the lines of those whose template has others go to one of these.
    fn forget(&mut self) {
        let mut order: Vec<(bool, u64, u32)> = self
            .shapes
            .living()
            .map(|(index, leaf)| (leaf.count >= ESTABLISHED_LINES, leaf.newest, index))
            .collect();
        order.sort_unstable();
        let mut keeps = vec![false; self.shapes.leaves.len()];
        let mut heirs = BTreeMap::new();
        for &(.., index) in order.iter().skip(order.len() / 2).rev() {
            keeps[index as usize] = true;
            heirs.entry(self.shapes.leaves[index as usize].template).or_insert(index);
        }
        for &(.., index) in order.iter().take(order.len() / 2) {
            let leaf = std::mem::replace(&mut self.shapes.leaves[index as usize], Leaf::new(Box::new([])));
            match heirs.get(&leaf.template) {
                Some(&heir) => {
                    let heir = &mut self.shapes.leaves[heir as usize];
                    heir.count = heir.count.saturating_add(leaf.count);
                    heir.timeline.merge(&leaf.timeline);
                }
                None => self.forgotten_lines += leaf.count,
            }
        }
        let old_words = self.shapes.retain(|index| keeps[index as usize]);
        self.renumber_templates(&old_words, &heirs.into_keys().collect());
    }

    /// Keeps these templates only, with their symbols in the present words.
    fn renumber_templates(&mut self, old_words: &Words, kept: &BTreeSet<u32>) {
        let mut numbers = vec![u32::MAX; self.templates.len()];
        let mut templates = Vec::with_capacity(kept.len());
        for &old in kept {
            let Some(template) = self.templates.get(old as usize) else { continue };
            numbers[old as usize] = templates.len() as u32;
            let renumbered = template.symbols.iter().map(|&symbol| match symbol {
                word if is_word(word) => self.shapes.words.intern(old_words.text(word)) | (word & SOFT),
                other => other,
            });
            templates.push(Installed {
                symbols: renumbered.collect(),
                id: template.id.clone(),
                number: template.number,
                heir: u32::MAX,
            });
        }
        self.templates = templates;
        for leaf in &mut self.shapes.leaves {
            leaf.template = numbers.get(leaf.template as usize).copied().unwrap_or(u32::MAX);
        }
        self.choose_heirs();
        self.index_templates();
    }
}
