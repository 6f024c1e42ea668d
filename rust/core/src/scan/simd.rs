//! Byte search inside a line with the widest vectors the machine has.
//!
//! The search of a field's end is short (most fields are under 32 bytes) and happens a dozen times a
//! line, so the call of a general `memchr` costs more than the search. Here the search is inlined
//! into the scan loop, which is compiled once per instruction set and chosen once per block.
//!
//! All `unsafe` of the scanning side lives in this module.

/// One instruction set's search. Implementations differ in speed only.
pub trait Search: Copy {
    /// The first index in `from..limit` at which `hay` holds one of `needles` (or, if `FEED`, a line
    /// feed), else `limit`.
    ///
    /// `hay` may go on beyond `limit`: implementations may read there (never beyond `hay`).
    ///
    /// # Panics
    /// If `limit > hay.len()`; `from > limit` answers `limit`.
    fn find<const FEED: bool, const N: usize>(
        self,
        hay: &[u8],
        from: usize,
        limit: usize,
        needles: [u8; N],
    ) -> usize;

    /// The first index from `from` on at which `hay` holds one of `needles` or a line feed; `None` if there
    /// is none, or if it lies so near to the end of `hay` that a vector does not fit any more.
    fn seek<const N: usize>(self, hay: &[u8], from: usize, needles: [u8; N]) -> Option<usize>;
}

/// Any machine: the `memchr` crate's search, which has its own vector code.
#[derive(Debug, Clone, Copy)]
pub struct Portable;

impl Search for Portable {
    #[inline(always)]
    fn find<const FEED: bool, const N: usize>(
        self,
        hay: &[u8],
        from: usize,
        limit: usize,
        needles: [u8; N],
    ) -> usize {
        let Some(text) = hay[..limit].get(from..) else { return limit };
        let found = match (needles.as_slice(), FEED) {
            ([a], false) => memchr::memchr(*a, text),
            ([a], true) => memchr::memchr2(*a, b'\n', text),
            ([a, b], false) => memchr::memchr2(*a, *b, text),
            ([a, b], true) => memchr::memchr3(*a, *b, b'\n', text),
            _ => text.iter().position(|byte| needles.contains(byte) || (FEED && *byte == b'\n')),
        };
        found.map_or(limit, |at| from + at)
    }

    #[inline(always)]
    fn seek<const N: usize>(self, hay: &[u8], from: usize, needles: [u8; N]) -> Option<usize> {
        let at = self.find::<true, N>(hay, from, hay.len(), needles);
        (at < hay.len()).then_some(at)
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
        __m256i, __m512i, _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_or_si256,
        _mm256_set1_epi8, _mm256_setzero_si256, _mm512_cmpeq_epi8_mask, _mm512_loadu_si512, _mm512_set1_epi8,
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

    /// What the instruction sets differ in. The search over it is one.
    trait Lanes: Copy {
        /// Bytes that are compared at once.
        const WIDTH: usize;

        /// Which of the bytes from `text` on are one of `needles` (or, if `FEED`, a line feed): bit `i` for
        /// byte `i`.
        ///
        /// # Safety
        /// `WIDTH` bytes must be readable from `text` on.
        unsafe fn hits<const FEED: bool, const N: usize>(self, text: *const u8, needles: [u8; N]) -> u64;
    }

    impl Lanes for Avx512 {
        const WIDTH: usize = 64;

        #[inline(always)]
        unsafe fn hits<const FEED: bool, const N: usize>(self, text: *const u8, needles: [u8; N]) -> u64 {
            // SAFETY: the caller's promise, and a value of this type proves the features.
            unsafe {
                let text: __m512i = _mm512_loadu_si512(text.cast());
                let mut hits = 0;
                for needle in needles {
                    hits |= _mm512_cmpeq_epi8_mask(text, _mm512_set1_epi8(needle.cast_signed()));
                }
                if FEED {
                    hits |= _mm512_cmpeq_epi8_mask(text, _mm512_set1_epi8(b'\n'.cast_signed()));
                }
                hits
            }
        }
    }

    impl Lanes for Avx2 {
        const WIDTH: usize = 32;

        #[inline(always)]
        unsafe fn hits<const FEED: bool, const N: usize>(self, text: *const u8, needles: [u8; N]) -> u64 {
            // SAFETY: the caller's promise, and a value of this type proves the features.
            unsafe {
                let text: __m256i = _mm256_loadu_si256(text.cast());
                let mut hits = _mm256_setzero_si256();
                for needle in needles {
                    let same = _mm256_cmpeq_epi8(text, _mm256_set1_epi8(needle.cast_signed()));
                    hits = _mm256_or_si256(hits, same);
                }
                if FEED {
                    let same = _mm256_cmpeq_epi8(text, _mm256_set1_epi8(b'\n'.cast_signed()));
                    hits = _mm256_or_si256(hits, same);
                }
                u64::from(_mm256_movemask_epi8(hits).cast_unsigned())
            }
        }
    }

    impl<L: Lanes> Search for L {
        #[inline(always)]
        fn find<const FEED: bool, const N: usize>(
            self,
            hay: &[u8],
            from: usize,
            limit: usize,
            needles: [u8; N],
        ) -> usize {
            assert!(limit <= hay.len());
            let mut at = from;
            while at < limit {
                if at + L::WIDTH > hay.len() {
                    return tail::<FEED, N>(hay, at, limit, needles);
                }
                // SAFETY: `at + WIDTH <= hay.len()`.
                let hits = unsafe { self.hits::<FEED, N>(hay.as_ptr().add(at), needles) };
                if hits != 0 {
                    return limit.min(at + hits.trailing_zeros() as usize);
                }
                at += L::WIDTH;
            }
            limit
        }

        #[inline(always)]
        fn seek<const N: usize>(self, hay: &[u8], from: usize, needles: [u8; N]) -> Option<usize> {
            let mut at = from;
            while at <= hay.len() && hay.len() - at >= L::WIDTH {
                // SAFETY: `WIDTH` bytes of `hay` lie behind `at`.
                let hits = unsafe { self.hits::<true, N>(hay.as_ptr().add(at), needles) };
                if hits != 0 {
                    return Some(at + hits.trailing_zeros() as usize);
                }
                at += L::WIDTH;
            }
            None
        }
    }

    /// The last bytes of `hay`, where a whole vector no longer fits.
    #[cold]
    #[inline(never)]
    fn tail<const FEED: bool, const N: usize>(
        hay: &[u8],
        at: usize,
        limit: usize,
        needles: [u8; N],
    ) -> usize {
        let mut rest = hay[at..limit].iter();
        let found = rest.position(|byte| needles.contains(byte) || (FEED && *byte == b'\n'));
        found.map_or(limit, |offset| at + offset)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Portable, Search, Work, dispatch};

    struct Find<'a> {
        hay: &'a [u8],
        from: usize,
        limit: usize,
    }

    impl Work for Find<'_> {
        type Output = [usize; 6];
        #[inline(always)]
        fn run<S: Search>(self, search: S) -> [usize; 6] {
            let Find { hay, from, limit } = self;
            [
                search.find::<false, 1>(hay, from, limit, *b" "),
                search.find::<false, 2>(hay, from, limit, *b"\"\\"),
                search.find::<true, 1>(hay, from, limit, *b" "),
                search.find::<true, 2>(hay, from, limit, *b"\"\\"),
                search.seek(hay, from, *b" ").unwrap_or_else(|| unknown(hay, from, b" \n")),
                search.seek(hay, from, *b"\"\\").unwrap_or_else(|| unknown(hay, from, b"\"\\\n")),
            ]
        }
    }

    fn naive(hay: &[u8], from: usize, limit: usize, needles: &[u8]) -> usize {
        (from..limit).find(|&at| needles.contains(&hay[at])).unwrap_or(limit)
    }

    /// What is to be found where a search gave up, which it may do near the end alone.
    fn unknown(hay: &[u8], from: usize, needles: &[u8]) -> usize {
        let found = naive(hay, from, hay.len(), needles);
        assert!(found + 64 > hay.len(), "gave up at {found} of {}", hay.len());
        found
    }

    proptest! {
        #[test]
        fn every_set_finds_what_a_plain_loop_finds(
            hay in prop::collection::vec(prop::sample::select(b"abcdefgh \"\\\n".to_vec()), 0..300)
                .prop_union(prop::collection::vec(prop::sample::select(b"abcdefghijklmnop".to_vec()), 0..300)),
            a in 0usize..320, b in 0usize..320,
        ) {
            let limit = b.min(hay.len());
            let [one, two] = [&b" \n"[..], b"\"\\\n"];
            let expected = [
                naive(&hay, a, limit, b" "),
                naive(&hay, a, limit, b"\"\\"),
                naive(&hay, a, limit, one),
                naive(&hay, a, limit, two),
                naive(&hay, a, hay.len(), one),
                naive(&hay, a, hay.len(), two),
            ];
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
