//! Byte search inside a line with the widest vectors the machine has.
//!
//! The search of a field's end is short (most fields are under 32 bytes) and happens a dozen times a
//! line, so the call of a general `memchr` costs more than the search. Here the search is inlined
//! into the loops of a batch, which are compiled once per instruction set and chosen once per loop.
//!
//! All `unsafe` of the scanning side lives in this module.

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

    /// Which bytes of `text` are `needle`: bit `i` stands for `text[i]`.
    fn marks_of_64(self, text: &[u8; 64], needle: u8) -> u64;
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
    fn marks_of_64(self, text: &[u8; 64], needle: u8) -> u64 {
        memchr::memchr_iter(needle, text).fold(0, |marks, place| marks | 1 << place)
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
    {
        if x86::Avx512::detected() {
            // SAFETY: the features were just detected.
            return unsafe { x86::run_avx512(work) };
        }
        if x86::Avx2::detected() {
            // SAFETY: the features were just detected.
            return unsafe { x86::run_avx2(work) };
        }
    }
    work.run(Portable)
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use core::arch::x86_64::{
        __m128i, __m256i, __m512i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_min_epu8, _mm_movemask_epi8,
        _mm_or_si128, _mm_set1_epi8, _mm_setzero_si128, _mm256_cmpeq_epi8, _mm256_loadu_si256,
        _mm256_min_epu8, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8, _mm256_setzero_si256,
        _mm512_cmpeq_epi8_mask, _mm512_cmplt_epu8_mask, _mm512_loadu_si512, _mm512_set1_epi8,
    };

    use super::{Search, Work};

    /// 64 bytes a step. Made only inside [`run_avx512`], hence proof that the features are there.
    #[derive(Debug, Clone, Copy)]
    pub struct Avx512(());

    /// 32 bytes a step. Made only inside [`run_avx2`], hence proof that the features are there.
    #[derive(Debug, Clone, Copy)]
    pub struct Avx2(());

    impl Avx512 {
        pub fn detected() -> bool {
            is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("bmi1")
                && is_x86_feature_detected!("bmi2")
                && is_x86_feature_detected!("lzcnt")
        }
    }

    impl Avx2 {
        pub fn detected() -> bool {
            is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("bmi1")
                && is_x86_feature_detected!("bmi2")
                && is_x86_feature_detected!("lzcnt")
        }
    }

    /// # Safety
    /// [`Avx512::detected`] must hold.
    #[target_feature(enable = "avx512f,avx512bw,avx2,bmi1,bmi2,lzcnt,popcnt")]
    pub unsafe fn run_avx512<W: Work>(work: W) -> W::Output {
        work.run(Avx512(()))
    }

    /// # Safety
    /// [`Avx2::detected`] must hold.
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    pub unsafe fn run_avx2<W: Work>(work: W) -> W::Output {
        work.run(Avx2(()))
    }

    impl Search for Avx512 {
        #[inline(always)]
        fn find<const N: usize>(self, hay: &[u8], from: usize, limit: usize, needles: [u8; N]) -> usize {
            // The last place of a whole vector; a sum with `at` could overflow.
            let last = hay.len().checked_sub(64);
            let mut at = from;
            while at < limit {
                if last.is_none_or(|last| at > last) {
                    return tail::<N>(hay, at, limit, needles);
                }
                // SAFETY: `at <= hay.len() - 64`, and a value of this type proves the features.
                let mask = unsafe {
                    let text: __m512i = _mm512_loadu_si512(hay.as_ptr().add(at).cast());
                    let mut mask = 0u64;
                    for needle in needles {
                        mask |= _mm512_cmpeq_epi8_mask(text, _mm512_set1_epi8(needle.cast_signed()));
                    }
                    mask
                };
                if mask != 0 {
                    return limit.min(at + mask.trailing_zeros() as usize);
                }
                at += 64;
            }
            limit
        }

        #[inline(always)]
        fn marks_of_64(self, text: &[u8; 64], needle: u8) -> u64 {
            // SAFETY: `text` has 64 bytes, and a value of this type proves the features.
            unsafe {
                let text: __m512i = _mm512_loadu_si512(text.as_ptr().cast());
                _mm512_cmpeq_epi8_mask(text, _mm512_set1_epi8(needle.cast_signed()))
            }
        }

        #[inline(always)]
        fn marks<const N: usize>(self, hay: &[u8], at: usize, below: u8, needles: [u8; N]) -> u64 {
            let mut padded = [0; 64];
            let (text, there) = window(hay, at, &mut padded);
            // SAFETY: `text` has 64 bytes, and a value of this type proves the features.
            unsafe {
                let text: __m512i = _mm512_loadu_si512(text.as_ptr().cast());
                let mut marks = _mm512_cmplt_epu8_mask(text, _mm512_set1_epi8(below.cast_signed()));
                for needle in needles {
                    marks |= _mm512_cmpeq_epi8_mask(text, _mm512_set1_epi8(needle.cast_signed()));
                }
                marks & there
            }
        }
    }

    impl Search for Avx2 {
        #[inline(always)]
        fn find<const N: usize>(self, hay: &[u8], from: usize, limit: usize, needles: [u8; N]) -> usize {
            // The last place of a whole vector; a sum with `at` could overflow.
            let last = hay.len().checked_sub(32);
            let mut at = from;
            while at < limit {
                if last.is_none_or(|last| at > last) {
                    return tail::<N>(hay, at, limit, needles);
                }
                // SAFETY: `at <= hay.len() - 32`, and a value of this type proves the features.
                let mask = unsafe {
                    let text: __m256i = _mm256_loadu_si256(hay.as_ptr().add(at).cast());
                    let mut hits = _mm256_setzero_si256();
                    for needle in needles {
                        let same = _mm256_cmpeq_epi8(text, _mm256_set1_epi8(needle.cast_signed()));
                        hits = _mm256_or_si256(hits, same);
                    }
                    _mm256_movemask_epi8(hits).cast_unsigned()
                };
                if mask != 0 {
                    return limit.min(at + mask.trailing_zeros() as usize);
                }
                at += 32;
            }
            limit
        }

        #[inline(always)]
        fn marks_of_64(self, text: &[u8; 64], needle: u8) -> u64 {
            let [low, high] = [0, 32].map(|place| {
                // SAFETY: `text` has 64 bytes, and a value of this type proves the features.
                unsafe {
                    let text: __m256i = _mm256_loadu_si256(text.as_ptr().add(place).cast());
                    let same = _mm256_cmpeq_epi8(text, _mm256_set1_epi8(needle.cast_signed()));
                    u64::from(_mm256_movemask_epi8(same).cast_unsigned())
                }
            });
            low | high << 32
        }

        #[inline(always)]
        fn marks<const N: usize>(self, hay: &[u8], at: usize, below: u8, needles: [u8; N]) -> u64 {
            let mut padded = [0; 64];
            let (text, there) = window(hay, at, &mut padded);
            let mut marks = 0;
            for place in [0, 32] {
                // SAFETY: `text` has 64 bytes, and a value of this type proves the features.
                let half = unsafe {
                    let text: __m256i = _mm256_loadu_si256(text.as_ptr().add(place).cast());
                    let mut hits = _mm256_setzero_si256();
                    if below > 0 {
                        let most = _mm256_set1_epi8((below - 1).cast_signed());
                        hits = _mm256_cmpeq_epi8(_mm256_min_epu8(text, most), text);
                    }
                    for needle in needles {
                        let same = _mm256_cmpeq_epi8(text, _mm256_set1_epi8(needle.cast_signed()));
                        hits = _mm256_or_si256(hits, same);
                    }
                    _mm256_movemask_epi8(hits).cast_unsigned()
                };
                marks |= u64::from(half) << place;
            }
            marks & there
        }
    }

    /// Bit `i` tells whether byte `i` is one of `needles` or less than `below`.
    #[inline(always)]
    pub fn marks_of_16<const N: usize>(text: &[u8; 16], below: u8, needles: [u8; N]) -> u32 {
        // SAFETY: `text` has 16 bytes, and every machine of this kind has SSE2.
        unsafe {
            let text: __m128i = _mm_loadu_si128(text.as_ptr().cast());
            let mut hits = _mm_setzero_si128();
            if below > 0 {
                let most = _mm_set1_epi8((below - 1).cast_signed());
                hits = _mm_cmpeq_epi8(_mm_min_epu8(text, most), text);
            }
            for needle in needles {
                hits = _mm_or_si128(hits, _mm_cmpeq_epi8(text, _mm_set1_epi8(needle.cast_signed())));
            }
            _mm_movemask_epi8(hits).cast_unsigned()
        }
    }

    /// The 64 bytes of `hay` from `at` on, and which of them are there; those that are not are in `padded`.
    #[inline(always)]
    fn window<'a>(hay: &'a [u8], at: usize, padded: &'a mut [u8; 64]) -> (&'a [u8; 64], u64) {
        let rest = hay.get(at..).unwrap_or_default();
        if let Some(text) = rest.first_chunk::<64>() {
            return (text, u64::MAX);
        }
        padded[..rest.len()].copy_from_slice(rest);
        (padded, (1 << rest.len()) - 1)
    }

    /// The last bytes of `hay`, where a whole vector no longer fits.
    #[cold]
    #[inline(never)]
    fn tail<const N: usize>(hay: &[u8], at: usize, limit: usize, needles: [u8; N]) -> usize {
        let mut rest = hay[at..limit].iter();
        let found = rest.position(|byte| needles.contains(byte));
        found.map_or(limit, |offset| at + offset)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Portable, Search, Work, dispatch, find_short, word_at};

    struct Find<'a> {
        hay: &'a [u8],
        from: usize,
        limit: usize,
    }

    impl Work for Find<'_> {
        type Output = ([usize; 5], [u64; 3]);
        #[inline(always)]
        fn run<S: Search>(self, search: S) -> ([usize; 5], [u64; 3]) {
            let Find { hay, from, limit } = self;
            let found = [
                search.find::<1>(hay, from, limit, *b" "),
                search.find::<2>(hay, from, limit, *b"\"\\"),
                search.find(hay, from, limit, *b" \n"),
                search.find(hay, from, limit, *b"\"\\\n"),
                find_short(hay, from, limit, b' ', *b"\"\\"),
            ];
            let word = hay.get(from..).and_then(|rest| rest.first_chunk()).copied().map(u64::from_le_bytes);
            assert_eq!(word_at(hay, from), word);
            let block = hay.first_chunk().map_or(0, |block| search.marks_of_64(block, b'"'));
            (found, [search.marks(hay, from, 0, *b" a"), search.marks(hay, from, b'"', *b"c"), block])
        }
    }

    fn naive_marks(hay: &[u8], from: usize, is: impl Fn(u8) -> bool) -> u64 {
        (0..64).filter(|i| hay.get(from + i).is_some_and(|byte| is(*byte))).map(|i| 1 << i).sum()
    }

    fn naive(hay: &[u8], from: usize, limit: usize, needles: &[u8]) -> usize {
        (from..limit).find(|&at| needles.contains(&hay[at])).unwrap_or(limit)
    }

    proptest! {
        #[test]
        fn every_set_finds_what_a_plain_loop_finds(
            hay in prop::collection::vec(prop::sample::select(b"abcdefgh \"\\\n".to_vec()), 0..300)
                .prop_union(prop::collection::vec(prop::sample::select(b"abcdefghijklmnop".to_vec()), 0..300)),
            a in 0usize..320, b in 0usize..320,
        ) {
            let limit = b.min(hay.len());
            let expected = [&b" "[..], b"\"\\", b" \n", b"\"\\\n", b"\n\"\\"].map(|needles| naive(&hay, a, limit, needles));
            let marks = [
                naive_marks(&hay, a, |byte| byte == b' ' || byte == b'a'),
                naive_marks(&hay, a, |byte| byte < b'"' || byte == b'c'),
                if hay.len() < 64 { 0 } else { naive_marks(&hay, 0, |byte| byte == b'"') },
            ];
            let expected = (expected, marks);
            prop_assert_eq!(dispatch(Find { hay: &hay, from: a, limit }), expected);
            prop_assert_eq!(Find { hay: &hay, from: a, limit }.run(Portable), expected);
            #[cfg(target_arch = "x86_64")]
            if super::x86::Avx2::detected() {
                // SAFETY: the features were just detected.
                let narrow = unsafe { super::x86::run_avx2(Find { hay: &hay, from: a, limit }) };
                prop_assert_eq!(narrow, expected);
            }
        }
    }
}
