//! Label values as fixed-size keys: short texts compare as two words, long ones by their bytes too.

use crate::scan::simd::word_at;

/// A label value, packed: equal texts of up to 15 bytes, and only those, pack to equal values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Packed {
    /// The first eight bytes, little endian, zeros behind a shorter text.
    pub head: u64,
    /// Its highest byte is the text's length, or [`Packed::LONG`]; below it the bytes behind the head, or
    /// the last seven of a long text.
    pub tail: u64,
}

/// One value for each label of a metric.
pub trait LabelValues<'a> {
    /// The value of label `label`; empty is absent.
    fn text(&self, label: usize) -> &'a [u8];

    /// The same, packed.
    #[inline(always)]
    fn packed(&self, label: usize) -> Packed {
        Packed::new(self.text(label))
    }
}

/// Label values that a function answers.
pub struct Texts<F>(pub F);

impl<'a, F: Fn(usize) -> &'a [u8]> LabelValues<'a> for Texts<F> {
    #[inline(always)]
    fn text(&self, label: usize) -> &'a [u8] {
        (self.0)(label)
    }
}

impl Packed {
    /// Texts longer than this are not wholly in their packed form.
    pub const WHOLE: usize = 15;
    /// What stands for the length of those.
    const LONG: u8 = u8::MAX;
    /// A lone `-`, which stands for no value in logs.
    pub const DASH: Packed = Packed { head: b'-' as u64, tail: 1 << 56 };

    /// Packs a text.
    #[inline(always)]
    pub fn new(text: &[u8]) -> Packed {
        Packed::within(text, 0, text.len())
    }

    /// Packs `hay[start..end]`. Bytes behind `end` may be read, and make no difference: where there are
    /// some, there is no branch for each length of short texts.
    #[inline(always)]
    pub fn within(hay: &[u8], start: usize, end: usize) -> Packed {
        let len = end - start;
        match word_at(hay, start) {
            Some(head) if len > 8 => Packed::of_words(head, word(hay, end - 8), len as u32),
            Some(head) => Packed::of_words(head, 0, len as u32),
            None => Packed { head: short(&hay[start..end]), tail: (len as u64) << 56 },
        }
    }

    /// Packs a text of `len` bytes: `head` are the eight from its begin on, `last` those before its end where it is
    /// longer than that. Without a branch, for loops.
    #[inline(always)]
    pub fn of_words(head: u64, last: u64, len: u32) -> Packed {
        let below = |bytes: u32| 1u64.checked_shl(8 * bytes).unwrap_or(0).wrapping_sub(1);
        let is_long = len as usize > Packed::WHOLE;
        let shown = if is_long { u64::from(Packed::LONG) } else { u64::from(len) };
        // Of a longer text, the last seven bytes; of a shorter one, those behind the head.
        let behind = if is_long { 1 } else { 16u32.wrapping_sub(len) };
        let rest = if len > 8 { last.checked_shr(8 * behind).unwrap_or(0) } else { 0 };
        Packed { head: head & below(len.min(8)), tail: rest | shown << 56 }
    }

    /// Writes a short text back to bytes; answers how many.
    pub fn unpack(self, short: &mut [u8; Packed::WHOLE + 1]) -> usize {
        short[..8].copy_from_slice(&self.head.to_le_bytes());
        short[8..].copy_from_slice(&self.tail.to_le_bytes());
        (self.tail >> 56) as usize
    }

    /// Whether the packed form alone does not tell this text from others.
    #[inline(always)]
    pub fn is_long(self) -> bool {
        self.tail >> 56 == u64::from(Packed::LONG)
    }
}

#[inline(always)]
fn word(text: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(text[at..at + 8].try_into().expect("eight bytes"))
}

/// The bytes of a text of less than eight.
#[inline(always)]
fn short(text: &[u8]) -> u64 {
    let half = |at: usize| u64::from(u32::from_le_bytes(text[at..at + 4].try_into().expect("four bytes")));
    let byte = |at: usize| u64::from(text[at]) << (8 * at);
    match text.len() {
        len @ 4.. => half(0) | half(len - 4) << (8 * (len - 4)),
        len @ 1.. => byte(0) | byte(len / 2) | byte(len - 1),
        0 => 0,
    }
}

/// A keyed hash over label values by folded multiplication, as in wyhash and foldhash: whoever does
/// not know the keys cannot aim at collisions.
#[derive(Debug, Clone, Copy)]
pub struct Hasher {
    keys: [u64; 3],
}

impl Hasher {
    /// A hasher with keys of this process.
    pub fn new() -> Hasher {
        use std::hash::BuildHasher as _;
        let state = foldhash::quality::RandomState::default();
        Hasher { keys: [0u64, 1, 2].map(|i| state.hash_one(i)) }
    }

    /// The hash of no labels.
    #[inline(always)]
    pub fn start(self) -> u64 {
        self.keys[0]
    }

    /// Adds what is not in the packed form of a long label value.
    pub fn add_long(self, hash: u64, text: &[u8]) -> u64 {
        let mut hash = hash ^ text.len() as u64;
        // The first eight and the last seven bytes are in already. The last step of the others may read some
        // twice, so that all are whole words.
        let end = text.len() - 7;
        // All but the last 16 bytes before `end`, and no more.
        let (pairs, _) = text[8..end - 1].as_chunks::<16>();
        for pair in pairs {
            hash = fold(hash ^ word(pair, 0), self.keys[2] ^ word(pair, 8));
        }
        fold(hash ^ word(text, end.saturating_sub(16).max(8)), self.keys[2] ^ word(text, end - 8))
    }
}

/// A keyed hash over the values of a set's labels that vectors compute for many sets at once: sums of products of
/// 32-bit halves, NH of J. Black et al., "UMAC: Fast and Secure Message Authentication" (CRYPTO 1999), with keys
/// of their own for each label. Whoever does not know them cannot aim at collisions.
#[derive(Debug, Clone)]
pub struct SetHasher {
    /// For the head and the tail of each label.
    keys: Vec<[u64; 2]>,
    texts: Hasher,
}

impl SetHasher {
    /// A hasher of sets of `labels` values, with keys of this process.
    pub fn new(labels: usize) -> SetHasher {
        let texts = Hasher::new();
        let key = |number: usize| fold(texts.keys[1] ^ number as u64, texts.keys[2]);
        SetHasher { keys: (0..labels).map(|label| [key(2 * label + 1), key(2 * label + 2)]).collect(), texts }
    }

    /// What a label's value adds to a set's sum; of one that is long, [`SetHasher::long_part`] is added too.
    #[inline(always)]
    pub fn part(&self, label: usize) -> impl Fn(Packed) -> u64 {
        let [head, tail] = self.keys[label];
        move |packed| product_of_halves(packed.head, head).wrapping_add(product_of_halves(packed.tail, tail))
    }

    /// What the text of a long value adds.
    pub fn long_part(&self, label: usize, text: &[u8]) -> u64 {
        self.texts.add_long(self.keys[label][0], text)
    }

    /// The hash of a set from the sum of its parts.
    #[inline(always)]
    pub fn finish(sum: u64) -> u64 {
        // The multiplier of Knuth's multiplicative hashing, 2^64 divided by the golden ratio; its best bits are the
        // upper ones.
        (sum ^ sum >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32)
    }
}

/// The product of the halves of `word`, to each of which that of `key` is added.
#[inline(always)]
fn product_of_halves(word: u64, key: u64) -> u64 {
    const HALF: u64 = u32::MAX as u64;
    let low = word.wrapping_add(key) & HALF;
    let high = (word >> 32).wrapping_add(key >> 32) & HALF;
    low.wrapping_mul(high)
}

#[inline(always)]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Packed, SetHasher};

    #[test]
    fn every_byte_of_a_long_text_is_hashed() {
        let hasher = SetHasher::new(1);
        let hash = |text: &[u8]| hasher.part(0)(Packed::new(text)).wrapping_add(hasher.long_part(0, text));
        for len in Packed::WHOLE + 1..200 {
            let mut text = vec![b'x'; len];
            let mut found = vec![hash(&text)];
            for at in 0..len {
                text[at] = b'y';
                found.push(hash(&text));
                text[at] = b'x';
            }
            found.sort_unstable();
            found.dedup();
            assert_eq!(found.len(), len + 1, "of length {len}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn what_lies_around_a_text_makes_no_difference(
            before in prop::collection::vec(any::<u8>(), 0..20),
            text in prop::collection::vec(any::<u8>(), 0..40),
            behind in prop::collection::vec(any::<u8>(), 0..20),
        ) {
            let hay = [&*before, &*text, &*behind].concat();
            let packed = Packed::within(&hay, before.len(), before.len() + text.len());
            prop_assert_eq!(packed, Packed::new(&text));
            if !packed.is_long() {
                let mut short = [0; Packed::WHOLE + 1];
                let len = packed.unpack(&mut short);
                prop_assert_eq!(&short[..len], &text);
            }
        }

        #[test]
        fn short_texts_pack_equal_only_if_equal(
            a in prop::collection::vec(0u8..3, 0..=15), b in prop::collection::vec(0u8..3, 0..=15),
        ) {
            prop_assert_eq!(Packed::new(&a) == Packed::new(&b), a == b);
        }
    }
}
