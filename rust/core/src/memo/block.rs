//! Texts in blocks of 64 bytes, which are hashed and compared without a branch for their length.

use crate::field_column::WindowedText;

/// Bytes of a block.
pub const BLOCK: usize = 64;

/// 64 bytes of a text, as words; zeros where it has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(align(64))]
pub struct Block([u64; 8]);

/// Which bytes of a window are of the text: the window of this at `64 - n` for the first `n` of them.
static MASKS: [u8; 2 * BLOCK] = {
    let mut masks = [0; 2 * BLOCK];
    let mut place = 0;
    while place < BLOCK {
        masks[place] = u8::MAX;
        place += 1;
    }
    masks
};

impl Block {
    /// The block of a text that begins at this offset of it.
    #[inline(always)]
    pub fn at(text: WindowedText<'_>, offset: usize) -> Block {
        let (window, len) = text.window(offset);
        Block::default().exchanged(window, len)
    }

    /// The last 64 bytes of a text that is longer; zeros for others.
    #[inline(always)]
    pub fn last(text: WindowedText<'_>) -> Block {
        Block::default().last_exchanged(text)
    }

    /// The exclusive or with the first `len` bytes of a window; zeros for the others.
    #[inline(always)]
    fn exchanged(self, window: &[u8; BLOCK], len: usize) -> Block {
        let masks = MASKS[BLOCK - len.min(BLOCK)..].first_chunk::<BLOCK>().expect("as many bytes");
        let (mut block, masks) = (words(window), words(masks));
        for (word, (own, mask)) in block.iter_mut().zip(self.0.iter().zip(masks)) {
            *word = (*word ^ own) & mask;
        }
        Block(block)
    }

    #[inline(always)]
    fn last_exchanged(self, text: WindowedText<'_>) -> Block {
        let (window, len) = text.window(text.len().saturating_sub(BLOCK));
        self.exchanged(window, if text.len() > BLOCK { len } else { 0 })
    }

    /// Whether both are the same, in vectors.
    #[inline(always)]
    pub fn is(&self, other: &Block) -> bool {
        self.0.iter().zip(&other.0).fold(0, |differing, (own, other)| differing | (own ^ other)) == 0
    }

    /// The products of the halves of its words.
    #[inline(always)]
    fn products(self) -> [u64; 8] {
        self.0.map(|word| (word & u64::from(u32::MAX)) * (word >> 32))
    }
}

#[inline(always)]
fn words(bytes: &[u8; BLOCK]) -> [u64; 8] {
    let mut words = [0; 8];
    for (word, bytes) in words.iter_mut().zip(bytes.as_chunks::<8>().0) {
        *word = u64::from_le_bytes(*bytes);
    }
    words
}

/// A keyed hash of the first and the last block of a text, of up to 128 bytes hence of all: the sum of the products of
/// the halves of their keyed words, after NH (J. Black et al., "UMAC: Fast and Secure Message Authentication", CRYPTO
/// 1999), so that vectors multiply many at once.
#[derive(Debug)]
pub struct BlockHasher {
    keys: [Block; 2],
}

impl BlockHasher {
    /// A hasher with keys of its own.
    pub fn new() -> BlockHasher {
        use std::hash::BuildHasher as _;
        let state = foldhash::quality::RandomState::default();
        let key = |block: usize| Block(std::array::from_fn(|word| state.hash_one(8 * block + word)));
        BlockHasher { keys: [key(0), key(1)] }
    }

    /// The hash of a text, of one block at most if not `LONG`; the upper bits are the best.
    #[inline(always)]
    pub fn hash<const LONG: bool>(&self, text: WindowedText<'_>) -> u64 {
        let (window, len) = text.window(0);
        let mut sums = self.keys[0].exchanged(window, len).products();
        if LONG {
            let products = self.keys[1].last_exchanged(text).products();
            for (sum, product) in sums.iter_mut().zip(products) {
                *sum = sum.wrapping_add(product);
            }
        }
        let sum = sums.iter().fold(text.len() as u64, |all, sum| all.wrapping_add(*sum));
        (sum ^ sum >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}
