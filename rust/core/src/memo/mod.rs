//! A bounded memory from texts to what was made of them.

mod block;

use self::block::{BLOCK, Block, BlockHasher};
use crate::field_column::{FieldColumn, WindowedText};
use crate::scan::simd::{self, Search, Work};
use crate::scan::{LineSet, MOST_LINES, Records, lines_of};

/// Longer texts are not remembered, in bytes.
const LONGEST_TEXT: usize = BLOCK * 4;

/// Two-way set-associative: a new text takes the way of its set that was not met last. So a flood of texts that
/// come once displaces nothing that comes often.
///
/// Texts are found by a keyed hash, and compared whole, 64 bytes at a time. So no collision gives a wrong answer, and
/// whoever aims at one set, by what is not hashed in the middle of long texts, gains that these are not remembered.
#[derive(Debug)]
pub struct Memo<V> {
    hasher: BlockHasher,
    /// The logarithm to base 2 of the number of sets.
    bits: u32,
    /// None until a text is remembered; so are those that follow.
    sets: Vec<Set<V>>,
    /// The first block of each text.
    firsts: Vec<[Block; 2]>,
    /// The blocks behind it; none until a text has some.
    rests: Vec<[Rest; 2]>,
}

/// What a text of more than one block has behind the first.
#[derive(Debug, Clone, Copy, Default)]
struct Rest {
    last: Block,
    /// Those between, which are in no other.
    middles: [Block; 2],
}

#[derive(Debug, Clone, Copy)]
struct Set<V> {
    /// Lengths of the texts; [`EMPTY`] where there is none.
    lens: [u32; 2],
    values: [V; 2],
    /// The way that was met last.
    met: u32,
}

/// No text is so long.
const EMPTY: u32 = u32::MAX;

/// The set where a text belongs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Key(u32);

/// Where a text is remembered: twice the set's number, and the way.
#[derive(Debug, Clone, Copy, Default)]
pub struct Place(u32);

/// What is remembered of the texts of a column.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    /// The records whose texts are.
    pub set: LineSet,
    /// Where.
    pub places: [Place; MOST_LINES],
}

impl<V: Copy + Default> Memo<V> {
    /// An empty memory with room for two texts in each of `sets`, a power of two.
    pub fn new(sets: usize) -> Memo<V> {
        debug_assert!(sets.is_power_of_two());
        Memo {
            hasher: BlockHasher::new(),
            bits: sets.trailing_zeros(),
            sets: Vec::new(),
            firsts: Vec::new(),
            rests: Vec::new(),
        }
    }

    /// Places in all.
    pub fn places(&self) -> usize {
        2 << self.bits
    }

    /// Looks for the texts that stand in this slot of the records in `set`; those that are no part of a line, or lie
    /// at the very end of all, are not found.
    pub fn find_all(&mut self, records: &Records<'_>, slot: usize, set: LineSet) -> Found {
        simd::dispatch(FindAll { memo: self, records, slot, set })
    }

    /// Looks for one text; the key is for [`Memo::keep`], `None` if the text is too long to be remembered.
    pub fn find(&mut self, text: &[u8]) -> (Option<Key>, Option<Place>) {
        with_windows(text, |text| {
            let key = self.key::<true>(text);
            (Some(key), self.place::<true>(key, text))
        })
        .unwrap_or_default()
    }

    /// Where a text belongs, of one block at most if not `LONG`.
    #[inline(always)]
    fn key<const LONG: bool>(&self, text: WindowedText<'_>) -> Key {
        // Two shifts, for there may be one set only.
        Key((self.hasher.hash::<LONG>(text) >> (63 - self.bits) >> 1) as u32)
    }

    /// Where such a text is.
    #[inline(always)]
    fn place<const LONG: bool>(&mut self, key: Key, text: WindowedText<'_>) -> Option<Place> {
        let number = key.0 as usize;
        let set = self.sets.get_mut(number)?;
        let (firsts, rests) = (&self.firsts[number], self.rests.get(number));
        let first = Block::at(text, 0);
        let met = set.met as usize % 2;
        let way = if is_of::<LONG>(met, set.lens, firsts, rests, text, &first) {
            met
        } else if is_of::<LONG>(met ^ 1, set.lens, firsts, rests, text, &first) {
            met ^ 1
        } else {
            return None;
        };
        set.met = way as u32;
        Some(Place(key.0 << 1 | set.met))
    }

    /// Looks for the texts of a column, of one block at most if not `LONG`.
    #[inline(always)]
    fn find_column<const LONG: bool>(&mut self, column: &FieldColumn<'_>, set: LineSet) -> Found {
        let mut found = Found { set: 0, places: [Place::default(); MOST_LINES] };
        let mut keys = [Key::default(); MOST_LINES];
        for index in lines_of(set) {
            keys[index] = self.key::<LONG>(column.text(index));
        }
        for index in lines_of(set) {
            if let Some(place) = self.place::<LONG>(keys[index], column.text(index)) {
                found.places[index] = place;
                found.set |= 1 << index;
            }
        }
        found
    }

    /// What was made of the text at a place.
    #[inline(always)]
    pub fn get(&self, place: Place) -> V {
        self.sets[place.0 as usize / 2].values[place.0 as usize % 2]
    }

    /// Remembers `value` for a text that was not found; answers where.
    pub fn keep(&mut self, key: Key, text: &[u8], value: V) -> Option<Place> {
        if self.sets.is_empty() {
            let set = Set { lens: [EMPTY; 2], values: [V::default(); 2], met: 0 };
            self.sets = vec![set; 1 << self.bits];
            self.firsts = vec![[Block::default(); 2]; 1 << self.bits];
        }
        if self.rests.is_empty() && text.len() > BLOCK {
            self.rests = vec![Default::default(); 1 << self.bits];
        }
        let number = key.0 as usize;
        let set = &mut self.sets[number];
        let way = set.met ^ 1;
        with_windows(text, |text| {
            self.firsts[number][way as usize] = Block::at(text, 0);
            if let Some(rests) = self.rests.get_mut(number) {
                let middles = [Block::at(text, BLOCK), Block::at(text, 2 * BLOCK)];
                rests[way as usize] = Rest { last: Block::last(text), middles };
            }
        })?;
        set.lens[way as usize] = text.len() as u32;
        set.values[way as usize] = value;
        Some(Place(key.0 << 1 | way))
    }

    /// About how much memory it takes, in bytes.
    pub fn held_bytes(&self) -> usize {
        size_of_val(&*self.rests) + size_of_val(&*self.firsts) + size_of_val(&*self.sets)
    }
}

impl Place {
    /// Its number, below [`Memo::places`].
    pub fn number(self) -> usize {
        self.0 as usize
    }
}

/// Whether the text of a way of a set is this one, of one block at most if not `LONG`.
#[inline(always)]
fn is_of<const LONG: bool>(
    way: usize,
    lens: [u32; 2],
    firsts: &[Block; 2],
    rests: Option<&[Rest; 2]>,
    text: WindowedText<'_>,
    first: &Block,
) -> bool {
    lens[way] as usize == text.len()
        && firsts[way].is(first)
        && (!LONG || rests.is_none_or(|rests| rests[way].is_of(text)))
}

impl Rest {
    /// Whether it is that of a text with this first block and length.
    #[inline(always)]
    fn is_of(&self, text: WindowedText<'_>) -> bool {
        let is_last = self.last.is(&Block::last(text));
        if text.len() <= 2 * BLOCK {
            return is_last;
        }
        let [second, third] = &self.middles;
        is_last & second.is(&Block::at(text, BLOCK)) & third.is(&Block::at(text, 2 * BLOCK))
    }
}

/// Calls `take` with a text that may have nothing behind it; `None` if it is too long.
fn with_windows<T>(text: &[u8], take: impl FnOnce(WindowedText<'_>) -> T) -> Option<T> {
    if text.len() > LONGEST_TEXT {
        return None;
    }
    let mut padded = [0; LONGEST_TEXT + BLOCK];
    padded[..text.len()].copy_from_slice(text);
    WindowedText::beginning(&padded, text.len()).map(take)
}

/// Looking for many texts, compiled per instruction set: what one of them waits for is fetched while others are
/// looked for.
struct FindAll<'a, 'r, V> {
    memo: &'a mut Memo<V>,
    records: &'a Records<'r>,
    slot: usize,
    set: LineSet,
}

impl<V: Copy + Default> Work for FindAll<'_, '_, V> {
    type Output = Found;

    #[inline(always)]
    fn run<S: Search>(self, _search: S) -> Found {
        let FindAll { memo, records, slot, set } = self;
        if memo.sets.is_empty() {
            return Found { set: 0, places: [Place::default(); MOST_LINES] };
        }
        let column = FieldColumn::new(records, slot);
        let set = set & column.within() & column.up_to(LONGEST_TEXT);
        // One way for all, since the length of each would be hard to foresee.
        if set & !column.up_to(BLOCK) == 0 {
            memo.find_column::<false>(&column, set)
        } else {
            memo.find_column::<true>(&column, set)
        }
    }
}

#[cfg(test)]
mod tests;
