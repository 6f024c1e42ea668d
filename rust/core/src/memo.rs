//! A bounded memory from texts to what was made of them.

use crate::metric::{Hasher, Packed};

/// Longer texts are not remembered, in bytes.
const LONGEST_TEXT: usize = 256;

/// Two-way set-associative: a new text takes the second slot of its set, and moves to the first when
/// it is met again. So a flood of texts that come once displaces nothing that comes often.
///
/// Texts are found by a keyed hash and compared whole: whoever does not know the keys cannot aim at
/// one set, and no collision gives a wrong answer.
#[derive(Debug)]
pub struct Memo<V> {
    hasher: Hasher,
    /// A power of two.
    sets: usize,
    /// None until a text is remembered.
    slots: Vec<[Slot<V>; 2]>,
}

#[derive(Debug, Clone, Default)]
struct Slot<V> {
    /// None in an empty slot.
    packed: Option<Packed>,
    /// A text that is not wholly in its packed form.
    long: Vec<u8>,
    value: V,
}

/// Where a text belongs.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    set: usize,
    packed: Packed,
}

/// Where a text is remembered.
#[derive(Debug, Clone, Copy)]
pub struct Place(usize);

impl<V: Clone + Default> Memo<V> {
    /// An empty memory with room for two texts in each of `sets`, a power of two.
    pub fn new(sets: usize) -> Memo<V> {
        debug_assert!(sets.is_power_of_two());
        Memo { hasher: Hasher::new(), sets, slots: Vec::new() }
    }

    /// Where `text` belongs; `None` if it is too long to be remembered.
    #[inline(always)]
    pub fn key(&self, text: &[u8]) -> Option<Key> {
        if text.len() > LONGEST_TEXT {
            return None;
        }
        let packed = Packed::new(text);
        let mut hash = self.hasher.add(self.hasher.start(), packed);
        if packed.is_long() {
            hash = self.hasher.add_long(hash, text);
        }
        Some(Key { set: hash as usize & (self.sets - 1), packed })
    }

    /// Where `text` is remembered, if it is; valid until the next call.
    #[inline(always)]
    pub fn find(&mut self, key: Key, text: &[u8]) -> Option<Place> {
        let set = self.slots.get_mut(key.set)?;
        if !set[0].is_of(key, text) {
            if !set[1].is_of(key, text) {
                return None;
            }
            set.swap(0, 1);
        }
        Some(Place(key.set))
    }

    /// What was made of the text that was found.
    #[inline(always)]
    pub fn get(&self, place: Place) -> &V {
        &self.slots[place.0][0].value
    }

    /// Makes room for a text that was not found: what is answered, another text's, is to be written
    /// over.
    pub fn keep(&mut self, key: Key, text: &[u8]) -> &mut V {
        if self.slots.is_empty() {
            self.slots = vec![Default::default(); self.sets];
        }
        let slot = &mut self.slots[key.set][1];
        slot.packed = Some(key.packed);
        slot.long.clear();
        if key.packed.is_long() {
            slot.long.extend_from_slice(text);
        }
        &mut slot.value
    }

    /// About how much memory it takes, in bytes; `of` says that of a value, what it points to.
    pub fn held_bytes(&self, of: impl Fn(&V) -> usize) -> usize {
        let slots = self.slots.iter().flatten();
        let pointed_to: usize = slots.map(|slot| slot.long.capacity() + of(&slot.value)).sum();
        pointed_to + size_of_val(&*self.slots)
    }
}

impl<V> Slot<V> {
    #[inline(always)]
    fn is_of(&self, key: Key, text: &[u8]) -> bool {
        self.packed == Some(key.packed) && (!key.packed.is_long() || *self.long == *text)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::Memo;

    proptest! {
        #[test]
        fn what_is_remembered_is_what_was_kept(
            texts in prop::collection::vec("[ab]{0,4}|c{15,20}[ab]{0,2}c{15}", 0..200), sets in 0u32..4,
        ) {
            let mut memo = Memo::new(1 << sets);
            let mut kept = HashMap::new();
            for (number, text) in texts.iter().enumerate() {
                let text = text.as_bytes();
                let key = memo.key(text).expect("a short text");
                if let Some(place) = memo.find(key, text) {
                    prop_assert_eq!(Some(memo.get(place)), kept.get(text));
                } else {
                    *memo.keep(key, text) = number;
                    kept.insert(text, number);
                }
            }
        }
    }

    #[test]
    fn a_collision_of_hashes_is_no_hit() {
        // All texts share the only set; the long ones differ in the middle alone.
        let mut memo = Memo::new(1);
        let long = [
            b"the same beginning, then one, and the same end",
            b"the same beginning, then two, and the same end",
        ];
        for [known, other] in [[&b"one"[..], b"two"], long.map(|text| &text[..])] {
            let [key, other_key] = [known, other].map(|text| memo.key(text).expect("a short text"));
            *memo.keep(key, known) = 1;
            assert!(memo.find(other_key, other).is_none());
            assert_eq!(memo.find(key, known).map(|place| *memo.get(place)), Some(1));
        }
    }

    #[test]
    fn texts_that_come_once_displace_none_that_come_often() {
        let mut memo = Memo::new(1);
        let often = memo.key(b"often").expect("a short text");
        *memo.keep(often, b"often") = 1;
        for number in 0..1000 {
            assert!(memo.find(often, b"often").is_some(), "displaced by the text before {number}");
            let text = format!("once {number}").into_bytes();
            let key = memo.key(&text).expect("a short text");
            assert!(memo.find(key, &text).is_none());
            *memo.keep(key, &text) = number;
        }
    }

    #[test]
    fn long_texts_are_not_kept_and_the_room_is_bounded() {
        let mut memo = Memo::<u64>::new(16);
        assert!(memo.key(&[b'x'; 257]).is_none());
        for number in 0u32..10_000 {
            let text = [&number.to_le_bytes()[..], &[b'x'; 252]].concat();
            let key = memo.key(&text).expect("not too long");
            *memo.keep(key, &text) = 0;
        }
        assert!(memo.held_bytes(|_| 0) <= 32 * (256 + 64), "{}", memo.held_bytes(|_| 0));
    }
}
