//! Where delimiters stand in a stretch of lines, found all at once: one bit for each byte and set.
//!
//! Fields are short, so that a vector search for each spends most of its time on waiting for its own
//! beginning. Here one pass compares whole vectors without waiting for anything, and the end of a field
//! is then a matter of shifting a word. The method is that of structural indexing in Langdale and
//! Lemire, "Parsing Gigabytes of JSON per Second" (2019), with one bitmap for each set of bytes.

use super::simd::Search;

/// Bytes that are marked at once, at most: with their marks they fit into the smallest first-level cache.
pub const STRETCH_BYTES: usize = 16 << 10;

/// Bytes that are looked at at once.
pub const STEP_BYTES: usize = 64;

/// Sets that can be told apart.
pub const MOST_SETS: usize = 6;

/// Bytes that can be told apart, the line feed among them.
const MOST_BYTES: usize = 8;

/// A set's marks, and bytes behind them in which every bit is set.
const SET_BYTES: usize = STRETCH_BYTES / 8 + 8;

/// Sets of bytes; a line feed is in each of them.
#[derive(Debug, Clone)]
pub struct StopSets {
    /// The bytes that are told apart; each has a bit.
    bytes: Vec<u8>,
    /// By the low and by the high half of a byte: the bits of those bytes that have it. A byte has the
    /// bits that both halves have, its own alone.
    low: [u8; 16],
    high: [u8; 16],
    /// The bits of each set's bytes.
    sets: Vec<u8>,
}

/// A set, by the place of its marks; [`StopSet::NONE`] is not marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StopSet(usize);

/// The sets as vectors want them.
#[derive(Debug, Clone, Copy)]
pub struct StopTable<const N: usize> {
    /// See [`StopSets`].
    pub low: [u8; 16],
    /// See [`StopSets`].
    pub high: [u8; 16],
    /// The bits of each set's bytes.
    pub sets: [u8; N],
}

impl StopSet {
    /// A set that is not marked.
    pub const NONE: StopSet = StopSet(usize::MAX);
}

impl StopSets {
    /// No sets yet.
    pub fn new() -> StopSets {
        let mut sets = StopSets { bytes: Vec::new(), low: [0; 16], high: [0; 16], sets: Vec::new() };
        sets.bit(b'\n');
        sets
    }

    /// The set of these bytes and the line feed; [`StopSet::NONE`] if there are too many sets or bytes,
    /// or bytes beyond ASCII, which vectors' tables do not tell apart.
    pub fn add(&mut self, bytes: &[u8]) -> StopSet {
        let others = bytes.iter().filter(|byte| !self.bytes.contains(byte)).count();
        if !bytes.is_ascii() || self.bytes.len() + others > MOST_BYTES {
            return StopSet::NONE;
        }
        let set = bytes.iter().fold(self.bit(b'\n'), |set, byte| set | self.bit(*byte));
        let known = self.sets.iter().position(|known| *known == set);
        let number = known.unwrap_or(self.sets.len());
        if number == MOST_SETS {
            return StopSet::NONE;
        }
        if known.is_none() {
            self.sets.push(set);
        }
        StopSet(number * SET_BYTES)
    }

    /// The bit of a byte.
    fn bit(&mut self, byte: u8) -> u8 {
        let known = self.bytes.iter().position(|known| *known == byte).unwrap_or_else(|| {
            self.bytes.push(byte);
            self.bytes.len() - 1
        });
        let bit = 1 << known;
        self.low[usize::from(byte & 15)] |= bit;
        self.high[usize::from(byte >> 4)] |= bit;
        bit
    }

    fn table<const N: usize>(&self) -> StopTable<N> {
        let sets = std::array::from_fn(|set| self.sets.get(set).copied().unwrap_or_default());
        StopTable { low: self.low, high: self.high, sets }
    }
}

impl<const N: usize> StopTable<N> {
    /// For each set which of the bytes, at most 64, are in it.
    pub fn marks_of(&self, text: &[u8]) -> [u64; N] {
        let mut marks = [0; N];
        for (place, byte) in text.iter().enumerate() {
            let bits = self.low[usize::from(byte & 15)] & self.high[usize::from(byte >> 4)];
            for (mask, set) in marks.iter_mut().zip(self.sets) {
                *mask |= u64::from(bits & set != 0) << place;
            }
        }
        marks
    }
}

/// The marks of one stretch; written over by the next.
#[derive(Debug, Clone)]
pub struct Marks {
    bits: Box<[u8; MOST_SETS * SET_BYTES]>,
}

impl Marks {
    /// Room for marks.
    pub fn new() -> Marks {
        Marks { bits: Box::new([0xff; MOST_SETS * SET_BYTES]) }
    }

    /// Marks `text`, of at most [`STRETCH_BYTES`].
    #[inline(always)]
    pub fn fill<S: Search>(&mut self, search: S, sets: &StopSets, text: &[u8]) {
        debug_assert!(text.len() <= STRETCH_BYTES);
        match sets.sets.len() {
            0..=2 => self.fill_sets::<2, S>(search, sets, text),
            3 => self.fill_sets::<3, S>(search, sets, text),
            4 => self.fill_sets::<4, S>(search, sets, text),
            _ => self.fill_sets::<MOST_SETS, S>(search, sets, text),
        }
    }

    #[inline(always)]
    fn fill_sets<const N: usize, S: Search>(&mut self, search: S, sets: &StopSets, text: &[u8]) {
        let (each, _) = self.bits.as_chunks_mut::<SET_BYTES>();
        if let Some(marks) = each.first_chunk_mut::<N>() {
            search.mark_stretch(
                text,
                &sets.table(),
                marks.each_mut().map(|set| &mut set[..STRETCH_BYTES / 8]),
            );
        }
    }

    /// The place of the first byte of `set` from place `from` on, or a place behind the stretch.
    #[inline(always)]
    pub fn next(&self, set: StopSet, from: usize) -> usize {
        let mut at = from;
        while let Some(bits) = self.bits_at(set, at) {
            if bits != 0 {
                return at + bits.trailing_zeros() as usize;
            }
            at += 64 - at % 8;
        }
        at
    }

    /// Whether the first byte of `set` from place `from` on is so many bytes ahead, less than 57.
    #[inline(always)]
    pub fn is_next(&self, set: StopSet, from: usize, ahead: usize) -> bool {
        self.bits_at(set, from).is_some_and(|bits| bits << (63 - ahead % 64) == 1 << 63)
    }

    /// Which of at least 57 bytes from place `at` on are in `set`; `None` behind the stretch.
    #[inline(always)]
    fn bits_at(&self, StopSet(marks): StopSet, at: usize) -> Option<u64> {
        let place = marks + at / 8;
        // Not `get`: its range has two ends to be checked.
        if place > self.bits.len() - 8 {
            return None;
        }
        let word = self.bits[place..place + 8].try_into().expect("eight bytes");
        Some(u64::from_le_bytes(word) >> (at % 8))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Marks, STRETCH_BYTES, StopSet, StopSets};
    use crate::scan::simd::{Search, Work, dispatch};

    struct Fill<'a>(&'a mut Marks, &'a StopSets, &'a [u8]);

    impl Work for Fill<'_> {
        type Output = ();
        #[inline(always)]
        fn run<S: Search>(self, search: S) {
            self.0.fill(search, self.1, self.2);
        }
    }

    fn assert_marked(marks: &Marks, text: &[u8], sets: &[(StopSet, &[u8])]) {
        for (set, bytes) in sets {
            for from in 0..text.len() {
                let is_stop = |byte: &u8| bytes.contains(byte) || *byte == b'\n';
                let found = text[from..].iter().position(is_stop).map(|ahead| from + ahead);
                let marked = Some(marks.next(*set, from)).filter(|at| *at < text.len());
                assert_eq!(marked, found, "from {from} of {text:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn marks_are_where_the_bytes_stand(
            texts in prop::collection::vec(prop::collection::vec(any::<u8>().prop_map(|byte| byte % 140), 0..400), 1..4),
        ) {
            let all: [&[u8]; 6] = [b" ", b"\"\\", b"]", b" ,", b"\0", b"\""];
            for count in 1..=all.len() {
                let (mut sets, mut marks) = (StopSets::new(), Marks::new());
                let numbered: Vec<_> = all[..count].iter().map(|bytes| (sets.add(bytes), *bytes)).collect();
                let (mut portable, portable_sets) = (Marks::new(), &sets);
                for text in &texts {
                    dispatch(Fill(&mut marks, &sets, text));
                    assert_marked(&marks, text, &numbered);
                    portable.fill(crate::scan::simd::Portable, portable_sets, text);
                    assert_marked(&portable, text, &numbered);
                }
            }
        }
    }

    #[test]
    fn a_whole_stretch_is_marked_and_nothing_behind_it_is_missed() {
        let (mut sets, mut marks) = (StopSets::new(), Marks::new());
        let (space, quote) = (sets.add(b" "), sets.add(b"\""));
        let mut text = vec![b'x'; STRETCH_BYTES];
        text[STRETCH_BYTES - 1] = b' ';
        dispatch(Fill(&mut marks, &sets, &text));
        assert_eq!(marks.next(space, 0), STRETCH_BYTES - 1);
        assert!((STRETCH_BYTES..STRETCH_BYTES + 64).contains(&marks.next(quote, 0)));
        assert!(marks.next(quote, STRETCH_BYTES + 100) >= STRETCH_BYTES + 100);
    }

    #[test]
    fn equal_sets_are_one_and_too_many_are_refused() {
        let mut sets = StopSets::new();
        assert_eq!(sets.add(b" "), sets.add(b" \n"));
        assert_eq!(sets.add("\u{a7}".as_bytes()), StopSet::NONE);
        let more: Vec<StopSet> = (b'a'..b'z').map(|byte| sets.add(&[byte])).collect();
        assert_eq!(more.iter().filter(|set| **set != StopSet::NONE).count(), super::MOST_SETS - 1);
        assert_eq!(sets.add(b"abcdefgh"), StopSet::NONE);
    }
}
