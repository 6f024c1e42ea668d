//! Texts that shapes are made of.

use super::simd::word_at;

/// Bytes that have to stand at a place: a range of a shape's text. Up to 32 compare as one word or two.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Literal {
    start: usize,
    pub(super) len: usize,
    /// The first sixteen bytes, and those of them that count.
    first: u128,
    mask: u128,
    /// The last sixteen bytes; the first ones again where there are no more.
    last: u128,
}

impl Literal {
    /// For `text[start..]`.
    pub(super) fn new(text: &[u8], start: usize) -> Literal {
        let bytes = &text[start..];
        let word = |bytes: &[u8]| {
            let mut word = [0; 16];
            let length = bytes.len().min(16);
            word[..length].copy_from_slice(&bytes[..length]);
            u128::from_le_bytes(word)
        };
        Literal {
            start,
            len: bytes.len(),
            first: word(bytes),
            mask: word(&[0xff; 16][..bytes.len().min(16)]),
            last: word(&bytes[bytes.len().saturating_sub(16)..]),
        }
    }

    /// Whether it stands at `at`; `text` is that of the shape.
    #[inline(always)]
    pub(super) fn stands_at(&self, hay: &[u8], at: usize, text: &[u8]) -> bool {
        if self.len <= 8
            && let Some(word) = word_at(hay, at)
        {
            return (word ^ self.first as u64) & self.mask as u64 == 0;
        }
        if self.len <= 32
            && let Some(window) = hay.get(at..at + self.len.max(16))
            && let (Some(first), Some(last)) = (window.first_chunk::<16>(), window.last_chunk::<16>())
        {
            let differs =
                |word: &[u8; 16], expected: u128| (u128::from_le_bytes(*word) ^ expected) & self.mask;
            return differs(first, self.first) | differs(last, self.last) == 0;
        }
        hay.get(at..at + self.len) == Some(&text[self.start..self.start + self.len])
    }
}
