//! The literals of a pattern.

use super::ends::NONE;
use crate::scan::record::{Mismatch, Reason, Span};
use crate::scan::simd::{Search, word_at};

/// Bytes that have to stand at a place; short ones compare as one word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Literal {
    pub(super) len: usize,
    /// The first eight bytes, little endian, zero filled; and which of them count.
    pub(super) head: u64,
    pub(super) mask: u64,
    pub(super) bytes: Box<[u8]>,
}

impl Literal {
    pub(super) fn new(bytes: &[u8]) -> Literal {
        let mut head = [0; 8];
        let mut mask = [0; 8];
        for (i, &byte) in bytes.iter().take(8).enumerate() {
            head[i] = byte;
            mask[i] = 0xff;
        }
        let (head, mask) = (u64::from_le_bytes(head), u64::from_le_bytes(mask));
        Literal { len: bytes.len(), head, mask, bytes: bytes.into() }
    }

    #[inline(always)]
    pub(super) fn stands_at(&self, hay: &[u8], at: usize, limit: usize) -> bool {
        match word_at(hay, at) {
            // What lies behind the limit begins with a line end, which no literal holds.
            Some(word) => {
                let begins = word & self.mask == self.head;
                begins && (self.len <= 8 || self.stands_whole_at(hay, at, limit))
            }
            None => self.stands_whole_at(hay, at, limit),
        }
    }

    /// The same for long literals, at the end of a text, and for [`NONE`].
    #[cold]
    #[inline(never)]
    fn stands_whole_at(&self, hay: &[u8], at: usize, limit: usize) -> bool {
        hay[..limit].get(at..).is_some_and(|rest| rest.starts_with(&self.bytes))
    }

    /// The first place from `at` on where the literal stands, or [`NONE`].
    #[inline(always)]
    pub(super) fn find<S: Search>(&self, search: S, hay: &[u8], mut at: usize, limit: usize) -> usize {
        let Some(&first) = self.bytes.first() else { return at };
        loop {
            at = search.find::<1>(hay, at, limit, [first]);
            if at == limit || hay[at] != first {
                return NONE;
            }
            if self.stands_at(hay, at, limit) {
                return at;
            }
            at += 1;
        }
    }

    /// The last place in `from..until` where the literal begins and stands whole, or [`NONE`].
    #[inline(always)]
    pub(super) fn rfind(&self, hay: &[u8], from: usize, until: usize, limit: usize) -> usize {
        let mut at = until;
        while at > from {
            at -= 1;
            if hay[at] == self.bytes[0] && self.stands_at(hay, at, limit) {
                return at;
            }
        }
        NONE
    }

    /// Whether the literal stands once more beyond the place where it closed `span`.
    pub(super) fn stands_after(&self, line: &[u8], span: Span) -> bool {
        let after = span.bounds().1 + 1;
        line.get(after..).is_some_and(|rest| memchr::memmem::find(rest, &self.bytes).is_some())
    }

    /// Where and why the literal, expected at `at`, does not stand there.
    #[cold]
    #[inline(never)]
    pub(super) fn mismatch(&self, hay: &[u8], at: usize, limit: usize, index: usize) -> Mismatch {
        let line = &hay[at.min(limit)..limit];
        let same = line.iter().zip(&*self.bytes).take_while(|(a, b)| a == b).count();
        let reason = if same == line.len() { Reason::Short } else { Reason::Literal };
        Mismatch { reason, offset: at.min(limit) as u32, piece: 2 * index as u32 }
    }
}
