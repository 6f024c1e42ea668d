//! Shapes → templates. What is clustered are shapes, of which there are hundreds, and not lines.
//!
//! Four levels, each on what the one before left: positions of soft tokens ([`closed`]), positions of
//! words ([`slot`]), rare shapes that a template covers with longer variables ([`absorb`]). The result
//! depends on the set of shapes and their counts alone, not on the order in which they came.

mod absorb;
mod align;
mod closed;
mod slot;
mod vocabulary;

pub use align::align;
pub use vocabulary::{Vocabulary, is_cue};

use std::collections::{HashMap, HashSet};

use super::shapes::Shapes;
use super::words::{HOLE, Symbol};

/// Hashes of texts in lower case that were seen as values of keys.
pub type Values = HashSet<u64, foldhash::fast::RandomState>;

/// Templates out of shapes.
#[derive(Debug, Clone, Default)]
pub struct Clustering {
    /// The tokens of each template, in symbols of the shapes' words; those with lines only.
    pub templates: Vec<Vec<Symbol>>,
    /// The template of each leaf; `u32::MAX` for leaves without lines.
    pub of_leaf: Vec<u32>,
}

/// A set of shapes that are one template, or were.
#[derive(Debug, Clone)]
struct Cluster {
    symbols: Vec<Symbol>,
    count: u64,
    /// Whether it has not become part of another.
    is_live: bool,
}

/// The clusters at one time.
#[derive(Debug, Default)]
struct Clusters {
    all: Vec<Cluster>,
    by_symbols: HashMap<Vec<Symbol>, u32, foldhash::fast::RandomState>,
    /// Of each cluster one that it became part of, or itself.
    parents: Vec<u32>,
}

impl Clusters {
    /// The cluster of these tokens, which is a new one if there is none.
    fn of(&mut self, symbols: Vec<Symbol>) -> u32 {
        if let Some(&known) = self.by_symbols.get(&symbols) {
            return known;
        }
        let number = self.all.len() as u32;
        self.by_symbols.insert(symbols.clone(), number);
        self.all.push(Cluster { symbols, count: 0, is_live: true });
        self.parents.push(number);
        number
    }

    /// Makes one cluster part of another, which lives on.
    fn join(&mut self, part: u32, whole: u32) {
        let count = std::mem::take(&mut self.all[part as usize].count);
        self.all[part as usize].is_live = false;
        self.all[whole as usize].is_live = true;
        let whole_count = &mut self.all[whole as usize].count;
        *whole_count = whole_count.saturating_add(count);
        let (part, whole) = (self.root(part), self.root(whole));
        self.parents[part as usize] = whole;
    }

    /// The cluster that a cluster became part of in the end.
    fn root(&mut self, mut of: u32) -> u32 {
        while self.parents[of as usize] != of {
            let parent = self.parents[of as usize];
            self.parents[of as usize] = self.parents[parent as usize];
            of = parent;
        }
        of
    }

    fn live(&self) -> impl Iterator<Item = (u32, &Cluster)> {
        self.all.iter().enumerate().filter(|(_, one)| one.is_live).map(|(at, one)| (at as u32, one))
    }
}

/// Clusters shapes.
pub fn cluster(shapes: &Shapes, values: &Values) -> Clustering {
    let vocabulary = Vocabulary::of(shapes);
    let mut leaves: Vec<(u32, Vec<Symbol>, u64)> =
        shapes.living().map(|(index, leaf)| (index, vocabulary.ranked(&leaf.symbols), leaf.count)).collect();
    leaves.sort_unstable_by(|one, other| one.1.cmp(&other.1));
    let mut clusters = Clusters::default();
    let of: Vec<u32> = closed::close(&vocabulary, &leaves, &mut clusters);
    slot::merge_slots(&vocabulary, values, &mut clusters);
    absorb::absorb_rare(&vocabulary, &mut clusters);

    let mut clustering = Clustering { templates: Vec::new(), of_leaf: vec![u32::MAX; shapes.leaves.len()] };
    let mut numbers: HashMap<u32, u32> = HashMap::new();
    for ((leaf, ..), cluster) in leaves.iter().zip(of) {
        let root = clusters.root(cluster);
        let number = *numbers.entry(root).or_insert_with(|| {
            clustering.templates.push(vocabulary.unranked(&clusters.all[root as usize].symbols));
            clustering.templates.len() as u32 - 1
        });
        clustering.of_leaf[*leaf as usize] = number;
    }
    clustering
}

/// Makes variables that follow one another one, also over punctuation that joins values.
pub fn squeeze(symbols: impl IntoIterator<Item = Symbol>) -> Vec<Symbol> {
    let mut squeezed: Vec<Symbol> = Vec::new();
    for symbol in symbols {
        if symbol == HOLE {
            match squeezed.as_slice() {
                [.., HOLE] => continue,
                [.., HOLE, between]
                    if (1..256).contains(between) && b",:./-@|".contains(&(*between as u8)) =>
                {
                    squeezed.pop();
                    continue;
                }
                _ => {}
            }
        }
        squeezed.push(symbol);
    }
    squeezed
}
