//! A bounded memory from a text to what a category's rules made of it.

use std::hash::{BuildHasher as _, Hasher as _};

use super::verdict::{Candidate, Known, Verdict};

/// Longer texts are judged each time, in bytes.
const LONGEST_TEXT: usize = 256;
/// Longer verdicts are not kept, in bytes of their values.
const LONGEST_VALUES: usize = 512;
/// Candidates of a verdict that is kept.
const MOST_CANDIDATES: usize = 4;
/// Sets of two slots; a power of two.
const SETS: usize = 2048;

/// Two-way set-associative: a new text takes the second slot of its set, and moves to the first when
/// it is met again. So a flood of texts that come once displaces nothing that comes often.
///
/// Texts are found by a keyed hash and compared whole: whoever does not know the keys cannot aim at
/// one set, and no collision gives a wrong answer.
#[derive(Debug)]
pub struct Memo {
    state: foldhash::quality::RandomState,
    slots: Vec<[Slot; 2]>,
}

#[derive(Debug, Clone, Default)]
struct Slot {
    hash: u64,
    /// The text, then the candidates' values.
    bytes: Vec<u8>,
    text_length: usize,
    candidates: [Candidate; MOST_CANDIDATES],
    /// 0 in an empty slot: a verdict that is kept has a candidate.
    candidate_count: usize,
}

/// Where a text belongs.
#[derive(Debug, Clone, Copy)]
pub struct Key(u64);

/// Where a verdict is kept.
#[derive(Debug, Clone, Copy)]
pub struct Place(usize);

impl Memo {
    /// An empty memory.
    pub fn new() -> Memo {
        Memo { state: foldhash::quality::RandomState::default(), slots: Vec::new() }
    }

    /// Where `text` belongs; `None` if it is too long to be kept.
    #[inline]
    pub fn key(&self, text: &[u8]) -> Option<Key> {
        if text.len() > LONGEST_TEXT {
            return None;
        }
        let mut hasher = self.state.build_hasher();
        hasher.write(text);
        Some(Key(hasher.finish()))
    }

    /// Where the verdict on `text` is kept, if it is remembered; valid until the next call.
    #[inline]
    pub fn find(&mut self, key: Key, text: &[u8]) -> Option<Place> {
        let place = key.0 as usize % SETS;
        let set = self.slots.get_mut(place)?;
        if !set[0].is_of(key, text) {
            if !set[1].is_of(key, text) {
                return None;
            }
            set.swap(0, 1);
        }
        Some(Place(place))
    }

    /// The verdict that was found.
    #[inline]
    pub fn get(&self, place: Place) -> Known<'_> {
        let slot = &self.slots[place.0][0];
        Known {
            candidates: &slot.candidates[..slot.candidate_count],
            values: &slot.bytes[slot.text_length..],
        }
    }

    /// Remembers a verdict, unless it is too large.
    pub fn keep(&mut self, key: Key, text: &[u8], verdict: &Verdict) {
        let count = verdict.candidates.len();
        if count == 0 || count > MOST_CANDIDATES || verdict.values.len() > LONGEST_VALUES {
            return;
        }
        if self.slots.is_empty() {
            self.slots = vec![Default::default(); SETS];
        }
        let slot = &mut self.slots[key.0 as usize % SETS][1];
        slot.hash = key.0;
        slot.bytes.clear();
        slot.bytes.extend_from_slice(text);
        slot.bytes.extend_from_slice(&verdict.values);
        slot.text_length = text.len();
        slot.candidates[..count].copy_from_slice(&verdict.candidates);
        slot.candidate_count = count;
    }

    /// About how much memory it takes, in bytes.
    pub fn held_bytes(&self) -> usize {
        let texts: usize = self.slots.iter().flatten().map(|slot| slot.bytes.capacity()).sum();
        texts + size_of_val(&*self.slots)
    }
}

impl Slot {
    #[inline]
    fn is_of(&self, key: Key, text: &[u8]) -> bool {
        self.hash == key.0 && self.candidate_count > 0 && self.bytes[..self.text_length] == *text
    }
}
