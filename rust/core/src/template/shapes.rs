//! The table of shapes: from a line's tokens to its leaf by hashes, without an allocation.
//!
//! Level 0 is the hash of all tokens, level 1 that with soft tokens masked. Soft positions count until
//! they have shown more than 16 values, then they are variables for good; so the state of a position
//! only ever grows, and tables of different lines merge in any order to the same one.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hasher as _};

use super::leaf::{Leaf, Sampling};
use super::token::{HOLE_HASH, Kind, SOFT_HASH, Token, hash, mix};
use super::words::{HOLE, SOFT, Symbol, Words, is_word};

/// Values of a soft position that are told apart; with more it is a variable for good.
const SOFT_VALUES: usize = 16;
/// Soft positions of a line that are told apart; later ones are variables.
const SOFT_POSITIONS: u32 = 64;

/// Shapes that differ in soft tokens only.
#[derive(Debug, Clone)]
struct Group {
    /// The hash of level 1.
    key: u64,
    /// A bit for each soft position that is a variable for good.
    masked: u64,
    /// Hashes of the values that the others have shown.
    values: Vec<Vec<u64>>,
    leaves: Vec<u32>,
}

impl Group {
    /// Whether no soft token counts, so that all lines are of one leaf.
    fn is_uniform(&self) -> bool {
        self.masked.count_ones() as usize == self.values.len()
    }

    fn is_masked(&self, position: usize) -> bool {
        position >= SOFT_POSITIONS as usize || self.masked >> position & 1 == 1
    }
}

/// The shapes of some lines.
#[derive(Debug, Clone, Default)]
pub struct Shapes {
    /// All leaves; an index stays valid until [`Shapes::retain`].
    pub leaves: Vec<Leaf>,
    /// The texts of their words.
    pub words: Words,
    /// Which messages they keep.
    pub sampling: Sampling,
    groups: Vec<Group>,
    by_group: HashMap<u64, u32, foldhash::fast::RandomState>,
    by_leaf: HashMap<u64, u32, foldhash::fast::RandomState>,
    seed: u64,
    /// Memory of leaves and groups, in bytes.
    held_bytes: usize,
    /// Tokens of all leaves.
    tokens: usize,
}

/// A line's place in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Its shape is known.
    Known(u32),
    /// Its shape is new, and a leaf was made for it.
    New(u32),
}

impl Shapes {
    /// An empty table, with hashes that nobody can foresee.
    pub fn new() -> Shapes {
        let seed = foldhash::quality::RandomState::default().build_hasher().finish();
        Shapes { seed, ..Shapes::default() }
    }

    /// The level-1 hash of tokens and how many are soft.
    #[inline(always)]
    fn group_key(&self, hashes: impl Iterator<Item = (Kind, u64)>) -> (u64, usize) {
        let (mut key, mut soft) = (self.seed, 0);
        for (kind, hash) in hashes {
            let is_soft = kind == Kind::Soft;
            soft += usize::from(is_soft);
            key = mix(key.rotate_left(5), if is_soft { SOFT_HASH } else { hash });
        }
        (key, soft)
    }

    /// The leaf of a line's tokens, if its shape is known.
    #[inline]
    pub fn find(&self, tokens: &[Token]) -> Option<u32> {
        let (key, _) = self.group_key(tokens.iter().map(|token| (token.kind, token.hash)));
        let group = &self.groups[*self.by_group.get(&key)? as usize];
        if group.is_uniform() {
            return group.leaves.first().copied();
        }
        let values = tokens.iter().filter(|token| token.kind == Kind::Soft).map(|token| token.hash);
        self.by_leaf.get(&leaf_key(group, values)).copied()
    }

    /// A hash of a line's shape, different in every table.
    pub fn key(&self, tokens: &[Token]) -> u64 {
        let key = |key: u64, token: &Token| mix(key.rotate_left(5), token.hash);
        tokens.iter().fold(self.seed, key)
    }

    /// The leaf of a line's tokens; a new one if its shape is unknown.
    pub fn place(&mut self, message: &[u8], tokens: &[Token]) -> Place {
        let symbols: Vec<u8> = tokens.iter().map(|token| token.hash as u8).collect();
        self.add(tokens.iter().zip(&symbols).map(|(token, symbol)| match token.kind {
            Kind::Punctuation => Text { kind: token.kind, text: std::slice::from_ref(symbol) },
            kind => Text { kind, text: token.text(message) },
        }))
    }

    /// Finds or makes the leaf of tokens.
    #[cold]
    fn add<'a>(&mut self, tokens: impl Iterator<Item = Text<'a>> + Clone) -> Place {
        let (key, soft) = self.group_key(tokens.clone().map(|token| (token.kind, token.hash())));
        let number = *self.by_group.entry(key).or_insert_with(|| {
            let values = vec![Vec::new(); soft.min(SOFT_POSITIONS as usize)];
            self.held_bytes += 120 + values.len() * 160;
            self.groups.push(Group { key, masked: 0, values, leaves: Vec::new() });
            self.groups.len() as u32 - 1
        });
        let soft_tokens = tokens.clone().filter(|token| token.kind == Kind::Soft);
        for (position, token) in soft_tokens.clone().take(SOFT_POSITIONS as usize).enumerate() {
            self.show(number, position, token.soft_value());
        }
        let group = &self.groups[number as usize];
        let key = leaf_key(group, soft_tokens.map(|token| token.hash()));
        let known = if group.is_uniform() { group.leaves.first() } else { self.by_leaf.get(&key) };
        if let Some(&leaf) = known {
            return Place::Known(leaf);
        }
        let mut position = 0;
        let mut symbols = Vec::new();
        for token in tokens {
            symbols.push(match token.kind {
                Kind::Hole => HOLE,
                Kind::Punctuation => token.hash() as Symbol,
                Kind::Word => self.words.intern(token.text),
                Kind::Soft => {
                    position += 1;
                    let is_masked = self.groups[number as usize].is_masked(position - 1);
                    if is_masked { SOFT } else { SOFT | self.words.intern(token.text) }
                }
            });
        }
        let leaf = Leaf::new(symbols.into());
        self.held_bytes += leaf.held_bytes();
        self.tokens += leaf.symbols.len();
        let index = self.leaves.len() as u32;
        self.leaves.push(leaf);
        self.groups[number as usize].leaves.push(index);
        if soft > 0 {
            self.by_leaf.insert(key, index);
        }
        Place::New(index)
    }

    /// Notes a value of a group's soft position; `None` is one that no longer counts. With too many the
    /// position is masked, and leaves that are then the same become one.
    fn show(&mut self, number: u32, position: usize, value: Option<u64>) {
        let group = &mut self.groups[number as usize];
        if group.is_masked(position) {
            return;
        }
        let values = &mut group.values[position];
        if let Some(value) = value {
            if !values.contains(&value) {
                values.push(value);
            }
            if values.len() <= SOFT_VALUES {
                return;
            }
        }
        group.masked |= 1 << position;
        group.values[position] = Vec::new();
        self.mask(number, position);
    }

    fn mask(&mut self, number: u32, position: usize) {
        let mut kept: Vec<u32> = Vec::new();
        for leaf in std::mem::take(&mut self.groups[number as usize].leaves) {
            let mut masked = std::mem::replace(&mut self.leaves[leaf as usize], Leaf::new(Box::new([])));
            if let Some(symbol) =
                masked.symbols.iter_mut().filter(|symbol| **symbol & SOFT != 0).nth(position)
            {
                *symbol = SOFT;
            }
            let same = |&&other: &&u32| self.leaves[other as usize].symbols == masked.symbols;
            if let Some(&same) = kept.iter().find(same) {
                self.held_bytes -= masked.held_bytes().min(self.held_bytes);
                self.tokens -= masked.symbols.len();
                self.leaves[same as usize].merge(&masked, self.sampling);
            } else {
                self.leaves[leaf as usize] = masked;
                kept.push(leaf);
            }
        }
        for &leaf in &kept {
            let key = leaf_key(&self.groups[number as usize], self.soft_hashes(leaf));
            self.by_leaf.insert(key, leaf);
        }
        self.groups[number as usize].leaves = kept;
    }

    /// The hashes of a leaf's soft tokens; of those without text any.
    fn soft_hashes(&self, leaf: u32) -> impl Iterator<Item = u64> {
        let soft = self.leaves[leaf as usize].symbols.iter().filter(|&&symbol| symbol & SOFT != 0);
        soft.map(|&symbol| if symbol == SOFT { 0 } else { hash(self.words.text(symbol)) })
    }

    /// The index of a leaf of another table, which is made without lines if it is unknown.
    pub fn index_of(&mut self, leaf: &Leaf, words: &Words) -> u32 {
        let bytes: Vec<u8> = leaf.symbols.iter().map(|&symbol| symbol as u8).collect();
        let tokens = leaf.symbols.iter().zip(&bytes).map(|(&symbol, byte)| {
            let kind = match symbol {
                HOLE => Kind::Hole,
                soft if soft & SOFT != 0 => Kind::Soft,
                word if is_word(word) => Kind::Word,
                _ => Kind::Punctuation,
            };
            let text =
                if kind == Kind::Punctuation { std::slice::from_ref(byte) } else { words.text(symbol) };
            Text { kind, text }
        });
        let (Place::Known(index) | Place::New(index)) = self.add(tokens);
        index
    }

    /// Adds a leaf of another table; answers its index.
    pub fn merge_leaf(&mut self, leaf: &Leaf, words: &Words) -> u32 {
        let index = self.index_of(leaf, words);
        let own = &mut self.leaves[index as usize];
        let before = own.held_bytes();
        own.merge(leaf, self.sampling);
        self.held_bytes = (self.held_bytes + own.held_bytes()).saturating_sub(before);
        index
    }

    /// Counts a line of a leaf; answers whether its message is kept as an exemplar.
    #[inline]
    pub fn count(&mut self, leaf: u32, message: &[u8], number: u64, unix_seconds: Option<i64>) -> bool {
        let sampling = self.sampling;
        let kept_bytes = self.leaves[leaf as usize].add(message, number, unix_seconds, sampling);
        self.held_bytes += kept_bytes;
        kept_bytes > 0
    }

    /// About how much memory all takes, in bytes.
    pub fn held_bytes(&self) -> usize {
        const KEY_BYTES: usize = 28;
        self.held_bytes + self.words.held_bytes() + (self.by_group.len() + self.by_leaf.len()) * KEY_BYTES
    }

    /// Tokens of all leaves.
    pub fn tokens(&self) -> usize {
        self.tokens
    }

    /// Leaves that have lines.
    pub fn living(&self) -> impl Iterator<Item = (u32, &Leaf)> {
        self.leaves.iter().enumerate().filter(|(_, leaf)| leaf.count > 0).map(|(at, leaf)| (at as u32, leaf))
    }

    /// Forgets leaves, and words and groups that no other leaf needs; answers the words before.
    pub fn retain(&mut self, mut keeps: impl FnMut(u32) -> bool) -> Words {
        let mut kept = Shapes { seed: self.seed, sampling: self.sampling, ..Shapes::default() };
        for (index, leaf) in self.living() {
            if keeps(index) {
                let index = kept.merge_leaf(leaf, &self.words);
                kept.leaves[index as usize].template = leaf.template;
            }
        }
        std::mem::replace(self, kept).words
    }
}

/// A token by its text, punctuation by its symbol; soft tokens without text no longer count.
#[derive(Clone, Copy)]
struct Text<'a> {
    kind: Kind,
    text: &'a [u8],
}

impl Text<'_> {
    fn hash(&self) -> u64 {
        match self.kind {
            Kind::Hole => HOLE_HASH,
            Kind::Punctuation => u64::from(self.text[0]),
            Kind::Word | Kind::Soft => hash(self.text),
        }
    }

    fn soft_value(&self) -> Option<u64> {
        (!self.text.is_empty()).then(|| self.hash())
    }
}

/// The level-0 hash: that of the group, and the soft tokens that count.
#[inline(always)]
fn leaf_key(group: &Group, soft_hashes: impl Iterator<Item = u64>) -> u64 {
    let mut key = mix(group.key, group.masked);
    for (position, hash) in soft_hashes.enumerate() {
        if !group.is_masked(position) {
            key = mix(key, hash);
        }
    }
    key
}
