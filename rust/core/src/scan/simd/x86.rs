//! The instruction sets of x86-64.

use core::arch::x86_64::{
    __m128i, __m256i, __m512i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_min_epu8, _mm_movemask_epi8,
    _mm_or_si128, _mm_set1_epi8, _mm_setzero_si128, _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_min_epu8,
    _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8, _mm256_setzero_si256, _mm512_cmpeq_epi8_mask,
    _mm512_cmplt_epu8_mask, _mm512_loadu_si512, _mm512_set1_epi8,
};

use std::sync::OnceLock;

use super::{Search, Work};

/// 64 bytes a step. Made only inside [`run_avx512`], hence proof that the features are there.
#[derive(Debug, Clone, Copy)]
pub struct Avx512(());

/// 32 bytes a step. Made only inside [`run_avx2`], hence proof that the features are there.
#[derive(Debug, Clone, Copy)]
pub struct Avx2(());

/// The sets that code is compiled for.
#[derive(Debug, Clone, Copy)]
pub enum Widest {
    Avx512,
    Avx2,
}

/// The widest set that this machine has, detected once; `None` if it has neither.
#[inline]
pub fn widest() -> Option<Widest> {
    static WIDEST: OnceLock<Option<Widest>> = OnceLock::new();
    *WIDEST.get_or_init(|| match (Avx512::detected(), Avx2::detected()) {
        (true, _) => Some(Widest::Avx512),
        (false, true) => Some(Widest::Avx2),
        _ => None,
    })
}

impl Avx512 {
    pub fn detected() -> bool {
        is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
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
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,bmi1,bmi2,lzcnt,popcnt")]
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
    fn marks_of_64<const N: usize>(self, text: &[u8; 64], needles: [u8; N]) -> u64 {
        // SAFETY: `text` has 64 bytes, and a value of this type proves the features.
        unsafe {
            let text: __m512i = _mm512_loadu_si512(text.as_ptr().cast());
            let mut marks = 0;
            for needle in needles {
                marks |= _mm512_cmpeq_epi8_mask(text, _mm512_set1_epi8(needle.cast_signed()));
            }
            marks
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
    fn marks_of_64<const N: usize>(self, text: &[u8; 64], needles: [u8; N]) -> u64 {
        let mut marks = 0;
        for place in [0, 32] {
            // SAFETY: `text` has 64 bytes, and a value of this type proves the features.
            let half = unsafe {
                let text: __m256i = _mm256_loadu_si256(text.as_ptr().add(place).cast());
                let mut hits = _mm256_setzero_si256();
                for needle in needles {
                    let same = _mm256_cmpeq_epi8(text, _mm256_set1_epi8(needle.cast_signed()));
                    hits = _mm256_or_si256(hits, same);
                }
                _mm256_movemask_epi8(hits).cast_unsigned()
            };
            marks |= u64::from(half) << place;
        }
        marks
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
