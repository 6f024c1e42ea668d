//! Loads without a comparison for each place: a text in which every place stands for a whole vector.

/// Bytes of a window.
const WIDTH: usize = 64;

/// A text of at least a window's length, to be read from any place on.
///
/// Places are clamped to the last one with a whole window behind it, so that loops over the places of many lines
/// have no branch for the end of the text. Who reads at a place up to [`Windows::last`] gets what stands there.
#[derive(Debug, Clone, Copy)]
pub struct Windows<'a> {
    text: &'a [u8],
    last: usize,
}

impl<'a> Windows<'a> {
    /// The windows of `text`, if it has one.
    pub fn new(text: &'a [u8]) -> Option<Windows<'a>> {
        text.len().checked_sub(WIDTH).map(|last| Windows { text, last })
    }

    /// The whole text.
    #[inline(always)]
    pub fn text(self) -> &'a [u8] {
        self.text
    }

    /// The last place with a whole window.
    #[inline(always)]
    pub fn last(self) -> usize {
        self.last
    }

    /// Has what stands at `at` come from memory: it will be read soon. Does nothing where that is not known how.
    #[inline(always)]
    pub fn fetch(self, at: usize) {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a prefetch reads nothing; the address lies in the text.
        unsafe {
            use core::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
            _mm_prefetch::<_MM_HINT_T1>(self.text.as_ptr().add(at.min(self.last)).cast());
        }
    }

    /// The window at `at`.
    #[inline(always)]
    pub fn at(self, at: usize) -> &'a [u8; WIDTH] {
        let at = at.min(self.last);
        // SAFETY: `at + WIDTH <= text.len()`, for `last` is `text.len() - WIDTH`; arrays of bytes have no alignment.
        unsafe { &*self.text.as_ptr().add(at).cast() }
    }

    /// The eight bytes at `at`, little endian.
    #[inline(always)]
    pub fn word(self, at: usize) -> u64 {
        let [word, ..] = self.at(at).as_chunks().0 else { unreachable!("a window has eight words") };
        u64::from_le_bytes(*word)
    }
}
