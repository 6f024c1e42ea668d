//! Label values as fixed-size keys: short texts compare as two words, long ones by their bytes too.

use crate::scan::Record;

/// A label value, packed: equal texts of up to 16 bytes, and only those, pack to equal values.
#[derive(Debug, Clone, Copy, Eq, Default)]
pub struct Packed {
    /// The first eight bytes; zeros behind a shorter text.
    pub head: u64,
    /// The next eight bytes, filled up likewise; of a text longer than 16 bytes the last eight.
    pub tail: u64,
    /// Length of the text in bytes.
    pub len: u32,
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
    pub const WHOLE: usize = 16;

    /// Packs a text.
    #[inline(always)]
    pub fn new(text: &[u8]) -> Packed {
        let len = text.len();
        let (head, tail) = match len {
            17.. => (word(text, 0), word(text, len - 8)),
            9..=16 => (word(text, 0), word(text, len - 8) >> (8 * (16 - len))),
            8 => (word(text, 0), 0),
            4..=7 => (half(text, 0) | half(text, len - 4) << (8 * (len - 4)), 0),
            1..=3 => {
                // One byte may be all three of these.
                let byte = |at: usize| u64::from(text[at]) << (8 * at);
                (byte(0) | byte(len / 2) | byte(len - 1), 0)
            }
            0 => (0, 0),
        };
        Packed { head, tail, len: len as u32 }
    }

    /// Packs a field of a record; absent as an empty text.
    #[inline(always)]
    pub fn field(record: &Record<'_>, slot: usize) -> Packed {
        let (start, end, in_scratch) = record.spans[slot].bounds();
        let text = if in_scratch { record.scratch } else { record.line };
        let len = end - start;
        // Without a branch for each length: they are hard to predict.
        if let Some(ahead) = text.get(start..).and_then(|rest| rest.first_chunk())
            && let Some([head, tail]) = KEPT.get(len)
        {
            let both = u128::from_le_bytes(*ahead);
            let packed =
                Packed { head: both as u64 & head, tail: (both >> 64) as u64 & tail, len: len as u32 };
            return if packed.head == u64::from(b'-') && len == 1 { Packed::default() } else { packed };
        }
        Packed::new(record.get(slot).unwrap_or_default())
    }

    /// Writes a short text back to bytes, the first `len` of `short`.
    pub fn unpack(self, short: &mut [u8; Packed::WHOLE]) {
        short[..8].copy_from_slice(&self.head.to_le_bytes());
        short[8..].copy_from_slice(&self.tail.to_le_bytes());
    }

    /// Whether the packed form alone does not tell this text from others.
    #[inline(always)]
    pub fn is_long(self) -> bool {
        self.len as usize > Self::WHOLE
    }
}

impl PartialEq for Packed {
    #[inline(always)]
    fn eq(&self, other: &Packed) -> bool {
        // One branch instead of three.
        (self.head ^ other.head) | (self.tail ^ other.tail) | u64::from(self.len ^ other.len) == 0
    }
}

/// Which bits of the first two words belong to a text of each length.
static KEPT: [[u64; 2]; Packed::WHOLE + 1] = {
    let mut kept = [[0; 2]; Packed::WHOLE + 1];
    let mut len = 1;
    while len <= Packed::WHOLE {
        let all = u128::MAX >> (8 * (Packed::WHOLE - len));
        kept[len] = [all as u64, (all >> 64) as u64];
        len += 1;
    }
    kept
};

#[inline(always)]
fn word(text: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(text[at..at + 8].try_into().expect("eight bytes"))
}

#[inline(always)]
fn half(text: &[u8], at: usize) -> u64 {
    u64::from(u32::from_le_bytes(text[at..at + 4].try_into().expect("four bytes")))
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

    /// Adds one label value; of one that is long, [`Hasher::add_long`] adds the rest.
    #[inline(always)]
    pub fn add(self, hash: u64, packed: Packed) -> u64 {
        fold(hash ^ packed.head, packed.tail.rotate_left(32) ^ self.keys[1] ^ u64::from(packed.len))
    }

    /// Adds what is not in the packed form of a long label value.
    pub fn add_long(self, mut hash: u64, text: &[u8]) -> u64 {
        // The first and last eight bytes are in already. The last step of the others may read some
        // twice, so that all are whole words.
        let end = text.len() - 8;
        // All but the last 16 bytes before `end`, and no more.
        let (pairs, _) = text[8..end - 1].as_chunks::<16>();
        for pair in pairs {
            hash = fold(hash ^ word(pair, 0), self.keys[2] ^ word(pair, 8));
        }
        fold(hash ^ word(text, end.saturating_sub(16).max(8)), self.keys[2] ^ word(text, end - 8))
    }
}

#[inline(always)]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Hasher, Packed};
    use crate::scan::{Record, Span};

    #[test]
    fn every_byte_of_a_long_text_is_hashed() {
        let hasher = Hasher::new();
        let hash = |text: &[u8]| hasher.add_long(hasher.add(hasher.start(), Packed::new(text)), text);
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

    #[test]
    fn fields_pack_like_their_texts_wherever_they_lie() {
        let text: Vec<u8> = (0..40).map(|byte| byte + b'!').collect();
        for (start, end) in (0..=40).flat_map(|start| (start..=40).map(move |end| (start, end))) {
            for span in [Span::line(start, end), Span::scratch(start, end)] {
                let record = Record { line: &text, scratch: &text, spans: &[span] };
                let packed = Packed::field(&record, 0);
                let expected = Packed::new(record.get(0).unwrap_or_default());
                assert_eq!(packed, expected, "{start}..{end}");
                let mut short = [0; Packed::WHOLE];
                packed.unpack(&mut short);
                if !packed.is_long() {
                    assert_eq!(&short[..packed.len as usize], record.get(0).unwrap_or_default());
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn short_texts_pack_equal_only_if_equal(
            a in prop::collection::vec(0u8..3, 0..=16), b in prop::collection::vec(0u8..3, 0..=16),
        ) {
            prop_assert_eq!(Packed::new(&a) == Packed::new(&b), a == b);
        }
    }
}
