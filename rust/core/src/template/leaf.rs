//! One shape of lines and what was seen of it.

use super::timeline::Timeline;
use super::token::hash;
use super::words::{HOLE, SOFT, Symbol};

/// Messages that a shape keeps as examples.
pub const EXEMPLARS: usize = 8;
/// They are cut behind so many bytes.
pub const EXEMPLAR_BYTES: usize = 512;

/// Which messages become exemplars.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sampling {
    /// Some of all, for models that grow with time.
    #[default]
    Spread,
    /// The first ones, so that they are the same in whatever parts lines are learnt that are merged in order.
    First,
}

/// A shape of lines.
#[derive(Debug, Clone)]
pub struct Leaf {
    /// Its tokens.
    pub symbols: Box<[Symbol]>,
    /// Lines of it.
    pub count: u64,
    /// When they were logged, as far as they say.
    pub timeline: Timeline,
    /// Some of their messages, all different.
    pub exemplars: Vec<Box<[u8]>>,
    /// The number of its newest line among all.
    pub newest: u64,
    /// The template that it belongs to, as an index.
    pub template: u32,
}

/// Bytes that a shape takes beside its tokens and exemplars.
const LEAF_BYTES: usize = 400;

impl Leaf {
    /// A shape without lines.
    pub fn new(symbols: Box<[Symbol]>) -> Leaf {
        Leaf {
            symbols,
            count: 0,
            timeline: Timeline::default(),
            exemplars: Vec::new(),
            newest: 0,
            template: u32::MAX,
        }
    }

    /// Counts a line. Its message becomes an exemplar if it is new, and, where samples are spread, among the
    /// first four or of a number that is a power of two.
    #[inline]
    pub fn add(
        &mut self,
        message: &[u8],
        number: u64,
        unix_seconds: Option<i64>,
        sampling: Sampling,
    ) -> usize {
        self.count_only(number, unix_seconds);
        let is_sampled = self.count <= 4 || self.count.is_power_of_two() || sampling == Sampling::First;
        if is_sampled && self.exemplars.len() < EXEMPLARS { self.keep(message) } else { 0 }
    }

    /// Counts a line without looking at its message.
    #[inline]
    pub fn count_only(&mut self, number: u64, unix_seconds: Option<i64>) {
        self.count = self.count.saturating_add(1);
        self.newest = number;
        if let Some(seconds) = unix_seconds {
            self.timeline.add(seconds, 1);
        }
    }

    #[cold]
    fn keep(&mut self, message: &[u8]) -> usize {
        let message = &message[..message.len().min(EXEMPLAR_BYTES)];
        if self.exemplars.iter().any(|known| **known == *message) {
            return 0;
        }
        self.exemplars.push(message.into());
        message.len() + 16
    }

    /// Adds what was seen of another, of later lines if the first are sampled; else the exemplars with the
    /// least hashes stay. Either way merging is associative.
    pub fn merge(&mut self, other: &Leaf, sampling: Sampling) {
        self.count = self.count.saturating_add(other.count);
        self.newest = self.newest.max(other.newest);
        self.timeline.merge(&other.timeline);
        for exemplar in &other.exemplars {
            if !self.exemplars.contains(exemplar) {
                self.exemplars.push(exemplar.clone());
            }
        }
        if sampling == Sampling::Spread {
            self.exemplars.sort_by_cached_key(|exemplar| (hash(exemplar), exemplar.clone()));
        }
        self.exemplars.truncate(EXEMPLARS);
    }

    /// About how much memory it takes, in bytes.
    pub fn held_bytes(&self) -> usize {
        LEAF_BYTES
            + self.symbols.len() * size_of::<Symbol>()
            + self.exemplars.iter().map(|exemplar| exemplar.len() + 16).sum::<usize>()
    }
}

/// The tokens of a shape in which no soft token without text is left: those are variables.
pub fn without_masked(symbols: &[Symbol]) -> Vec<Symbol> {
    symbols.iter().map(|&symbol| if symbol == SOFT { HOLE } else { symbol }).collect()
}
