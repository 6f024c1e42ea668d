//! What a line is made of, and the hashes that shapes are known by.

use super::class::{SPACE, is};

/// What a token is to the shape of its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text that belongs to the shape.
    Word,
    /// Text that may be a variable: a dotted name, a quoted word, a device. Its values decide.
    Soft,
    /// A variable by its looks, such as a number or an address.
    Hole,
    /// One byte that is neither.
    Punctuation,
}

/// Some bytes of a message.
#[derive(Debug, Clone, Copy)]
pub struct Token {
    /// What it is to the shape.
    pub kind: Kind,
    /// Its first byte.
    pub start: u32,
    /// The byte after its last.
    pub end: u32,
    /// Of its text; the same for all holes.
    pub hash: u64,
}

/// The hash of every hole.
pub const HOLE_HASH: u64 = 0x9E37_79B9_7F4A_7C15;
/// What stands for a soft token where its text does not count.
pub const SOFT_HASH: u64 = HOLE_HASH ^ 1;

impl Token {
    /// A token of `text[start..end]`.
    #[inline(always)]
    pub fn new(kind: Kind, text: &[u8], start: usize, end: usize) -> Token {
        let hash = match kind {
            Kind::Hole => HOLE_HASH,
            Kind::Punctuation => punctuation_hash(text, start),
            Kind::Word | Kind::Soft => hash(&text[start..end]),
        };
        Token { kind, start: start as u32, end: end as u32, hash }
    }

    /// A variable.
    pub fn hole(start: u32, end: u32) -> Token {
        Token { kind: Kind::Hole, start, end, hash: HOLE_HASH }
    }

    /// Its bytes.
    #[inline(always)]
    pub fn text<'a>(&self, message: &'a [u8]) -> &'a [u8] {
        &message[self.start as usize..self.end as usize]
    }

    /// Whether it is punctuation between values of one variable.
    #[inline(always)]
    pub fn joins(&self) -> bool {
        self.kind == Kind::Punctuation && b",:./-#@|_+&".contains(&(self.hash as u8))
    }

    /// Its byte if it is punctuation, else NUL.
    #[inline(always)]
    pub fn punctuation(&self, message: &[u8]) -> u8 {
        if self.kind == Kind::Punctuation { message[self.start as usize] } else { 0 }
    }
}

/// A colon that white space follows: it parts a line, where others join values (`host:port`).
pub const PARTING_COLON: u8 = b':' | 0x80;

/// The hash of punctuation, which is also its symbol: the byte, but 0 is that of variables, and 0x80 and
/// above, which are bytes of letters, are free.
#[inline(always)]
fn punctuation_hash(text: &[u8], at: usize) -> u64 {
    let is_parting = text[at] == b':' && text.get(at + 1).is_none_or(|&next| is(next, SPACE));
    u64::from(if is_parting { PARTING_COLON } else { text[at].max(1) })
}

/// Folds a word into a hash: the halves of a 128-bit product, as wyhash does.
#[inline(always)]
pub fn mix(hash: u64, word: u64) -> u64 {
    let product = u128::from(hash ^ 0xA076_1D64_78BD_642F) * u128::from(word ^ 0xE703_7ED1_A0B4_28DB);
    (product as u64) ^ (product >> 64) as u64
}

/// The hash of a text, the same in every process.
#[inline(always)]
pub fn hash(text: &[u8]) -> u64 {
    let mut hash = text.len() as u64;
    let mut words = text.chunks_exact(8);
    for word in &mut words {
        hash = mix(hash, u64::from_le_bytes(word.try_into().unwrap_or_default()));
    }
    let mut last = 0;
    for (index, &byte) in words.remainder().iter().enumerate() {
        last |= u64::from(byte) << (8 * index);
    }
    mix(hash, last)
}
