//! Byte search inside a line with the widest vectors the machine has.
//!
//! The search of a field's end is short (most fields are under 32 bytes) and happens a dozen times a
//! line, so the call of a general `memchr` costs more than the search. Here the search is inlined
//! into the loops of a batch, which are compiled once per instruction set and chosen once per loop.
//!
//! All `unsafe` of the scanning side lives in this module.

mod windows;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use windows::Windows;

/// One instruction set's search. Implementations differ in speed only.
pub trait Search: Copy {
    /// The first index in `from..limit` at which `hay` holds one of `needles`, else `limit`.
    ///
    /// `hay` may go on beyond `limit`: implementations may read there (never beyond `hay`).
    ///
    /// # Panics
    /// If `limit > hay.len()`; `from > limit` answers `limit`.
    fn find<const N: usize>(self, hay: &[u8], from: usize, limit: usize, needles: [u8; N]) -> usize;

    /// Which of the 64 bytes from `at` on are one of `needles` or less than `below`: bit `i` stands for
    /// `hay[at + i]`. Bytes beyond `hay` are not.
    ///
    /// For texts with a stop every few bytes, where a search for each would load the same vector again.
    fn marks<const N: usize>(self, hay: &[u8], at: usize, below: u8, needles: [u8; N]) -> u64;

    /// Which bytes of `text` are one of `needles`: bit `i` stands for `text[i]`.
    fn marks_of_64<const N: usize>(self, text: &[u8; 64], needles: [u8; N]) -> u64;
}

/// The eight bytes of `hay` from `at` on, little endian, if they are there.
///
/// In loops over one text it is one comparison, where a slice would be three.
#[inline(always)]
pub fn word_at(hay: &[u8], at: usize) -> Option<u64> {
    let places = hay.len().saturating_sub(7);
    (at < places).then(|| {
        // SAFETY: `at + 8 <= hay.len()`, since `at < hay.len() - 7`.
        u64::from_le(unsafe { hay.as_ptr().add(at).cast::<u64>().read_unaligned() })
    })
}

/// The first index in `from..limit` at which `hay` holds one of `needles` or a byte less than `below`, which
/// is at most 0x80; else `limit`. `hay` may go on beyond `limit`.
///
/// With what every machine of its kind has, so that it can be inlined anywhere: for short texts in code that
/// is not compiled per instruction set, such as recursive functions.
#[inline(always)]
pub fn find_short<const N: usize>(
    hay: &[u8],
    from: usize,
    limit: usize,
    below: u8,
    needles: [u8; N],
) -> usize {
    let mut at = from;
    while at < limit {
        #[cfg(target_arch = "x86_64")]
        if let Some(text) = hay[at..].first_chunk::<16>() {
            let marks = x86::marks_of_16(text, below, needles);
            if marks != 0 {
                return limit.min(at + marks.trailing_zeros() as usize);
            }
            at += 16;
            continue;
        }
        let Some(word) = hay[at..].first_chunk::<8>() else {
            let is_mark = |byte: &u8| *byte < below || needles.contains(byte);
            return hay[at..limit].iter().position(is_mark).map_or(limit, |offset| at + offset);
        };
        let marks = word_marks(u64::from_le_bytes(*word), below, needles);
        if marks != 0 {
            return limit.min(at + marks.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    limit
}

/// The high bits of those bytes of `word` that are one of `needles` or less than `below`, which is at most
/// 0x80.
///
/// By the tests for zero and small bytes of S. E. Anderson's "Bit Twiddling Hacks". A borrow may mark a byte
/// too many, but only after one that is marked rightly.
#[inline(always)]
fn word_marks<const N: usize>(word: u64, below: u8, needles: [u8; N]) -> u64 {
    const LOW_BITS: u64 = u64::from_le_bytes([0x01; 8]);
    const HIGH_BITS: u64 = u64::from_le_bytes([0x80; 8]);
    let mut marks = word.wrapping_sub(u64::from_le_bytes([below; 8])) & !word;
    for needle in needles {
        let same = word ^ u64::from_le_bytes([needle; 8]);
        marks |= same.wrapping_sub(LOW_BITS) & !same;
    }
    marks & HIGH_BITS
}

/// Any machine: the `memchr` crate's search, which has its own vector code.
#[derive(Debug, Clone, Copy)]
pub struct Portable;

impl Search for Portable {
    #[inline(always)]
    fn find<const N: usize>(self, hay: &[u8], from: usize, limit: usize, needles: [u8; N]) -> usize {
        let Some(text) = hay[..limit].get(from..) else { return limit };
        let found = match needles.as_slice() {
            [a] => memchr::memchr(*a, text),
            [a, b] => memchr::memchr2(*a, *b, text),
            [a, b, c] => memchr::memchr3(*a, *b, *c, text),
            _ => text.iter().position(|byte| needles.contains(byte)),
        };
        found.map_or(limit, |at| from + at)
    }

    #[inline(always)]
    fn marks<const N: usize>(self, hay: &[u8], at: usize, below: u8, needles: [u8; N]) -> u64 {
        let text = hay.get(at..).unwrap_or_default();
        let bit = |(place, byte): (usize, &u8)| u64::from(*byte < below || needles.contains(byte)) << place;
        text.iter().take(64).enumerate().map(bit).fold(0, |marks, bit| marks | bit)
    }

    #[inline(always)]
    fn marks_of_64<const N: usize>(self, text: &[u8; 64], needles: [u8; N]) -> u64 {
        let marks = |needle| memchr::memchr_iter(needle, text).fold(0, |marks, place| marks | 1 << place);
        needles.into_iter().map(marks).fold(0, |all, marks| all | marks)
    }
}

/// Work that is generic over the instruction set; [`dispatch`] runs it with the best one.
pub trait Work {
    /// What it answers.
    type Output;
    /// Does it. Must be `#[inline(always)]`, so that it is compiled with the set's features.
    fn run<S: Search>(self, search: S) -> Self::Output;
}

/// Runs `work` with the widest instruction set that this machine has.
#[inline]
pub fn dispatch<W: Work>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    match x86::widest() {
        // SAFETY: the features were detected.
        Some(x86::Widest::Avx512) => return unsafe { x86::run_avx512(work) },
        // SAFETY: the features were detected.
        Some(x86::Widest::Avx2) => return unsafe { x86::run_avx2(work) },
        None => {}
    }
    work.run(Portable)
}

#[cfg(test)]
mod tests;
