//! Label values as fixed-size keys: short texts compare as two words, long ones by their bytes too.

/// A label value, packed: equal texts of up to 16 bytes, and only those, pack to equal values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Packed {
    /// The first and last eight bytes (overlapping in short texts).
    pub head: u64,
    pub tail: u64,
    pub len: u32,
}

impl Packed {
    /// Texts longer than this are not wholly in their packed form.
    pub const WHOLE: usize = 16;

    #[inline(always)]
    pub fn new(text: &[u8]) -> Packed {
        let len = text.len();
        let (head, tail) = match len {
            8.. => (word(text, 0), word(text, len - 8)),
            4..=7 => (half(text, 0) | half(text, len - 4) << 32, 0),
            1..=3 => {
                let [a, b, c] = [text[0], text[len / 2], text[len - 1]].map(u64::from);
                (a | b << 8 | c << 16, 0)
            }
            0 => (0, 0),
        };
        Packed { head, tail, len: len as u32 }
    }

    /// Writes a short text back to bytes, the first `len` of `short`.
    pub fn unpack(self, short: &mut [u8; Packed::WHOLE]) {
        let len = self.len as usize;
        let head = self.head.to_le_bytes();
        match len {
            8..=Packed::WHOLE => {
                short[..8].copy_from_slice(&head);
                short[len - 8..len].copy_from_slice(&self.tail.to_le_bytes());
            }
            4..=7 => {
                short[..4].copy_from_slice(&head[..4]);
                short[len - 4..len].copy_from_slice(&head[4..]);
            }
            1..=3 => {
                short[0] = head[0];
                short[len / 2] = head[1];
                short[len - 1] = head[2];
            }
            _ => {}
        }
    }

    /// Whether the packed form alone does not tell this text from others.
    #[inline(always)]
    pub fn is_long(self) -> bool {
        self.len as usize > Self::WHOLE
    }
}

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

    /// Adds one label value; `text` is what `packed` was made of.
    #[inline(always)]
    pub fn add(self, hash: u64, packed: Packed, text: &[u8]) -> u64 {
        let mut hash =
            fold(hash ^ packed.head, packed.tail.rotate_left(32) ^ self.keys[1] ^ u64::from(packed.len));
        if packed.is_long() {
            hash = self.add_long(hash, text);
        }
        hash
    }

    fn add_long(self, mut hash: u64, text: &[u8]) -> u64 {
        // The first and last eight bytes are in already; whole words of the middle follow.
        for chunk in text[8..text.len() - 8].chunks(8) {
            let mut bytes = [0; 8];
            bytes[..chunk.len()].copy_from_slice(chunk);
            hash = fold(hash ^ u64::from_le_bytes(bytes), self.keys[2]);
        }
        hash
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

    use super::Packed;

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
