//! Goes from stop to stop in a text that has one every few bytes.

use super::simd::Search;

/// The places of `N` bytes, and of bytes below a bound, in the order of the text.
///
/// Each vector is loaded once, whatever the number of stops in it; a search from every stop to the next
/// would load it again each time.
pub(super) struct Stops<'a, S, const N: usize> {
    search: S,
    hay: &'a [u8],
    /// Bytes less than this are stops.
    below: u8,
    needles: [u8; N],
    /// Where the marks begin.
    base: usize,
    /// Stops among the 64 bytes from `base` on that were not passed yet.
    marks: u64,
}

impl<'a, S: Search, const N: usize> Stops<'a, S, N> {
    /// The stops of `hay`.
    #[inline(always)]
    pub(super) fn new(search: S, hay: &'a [u8], below: u8, needles: [u8; N]) -> Self {
        Stops { search, hay, below, needles, base: 0, marks: search.marks(hay, 0, below, needles) }
    }

    /// The first stop from `at` on, or `limit` where there is none before it; it is not passed. No stop
    /// that was passed may lie behind `at`.
    #[inline(always)]
    pub(super) fn first_from(&mut self, at: usize, limit: usize) -> usize {
        self.skip_to(at);
        while self.marks == 0 {
            self.base += 64;
            if self.base >= limit {
                self.base = limit;
                return limit;
            }
            self.marks = self.search.marks(self.hay, self.base, self.below, self.needles);
        }
        limit.min(self.base + self.marks.trailing_zeros() as usize)
    }

    /// The next stop, or `limit` where there is none before it; it is passed.
    #[inline(always)]
    pub(super) fn next(&mut self, limit: usize) -> usize {
        let stop = self.first_from(self.base, limit);
        self.marks &= self.marks.wrapping_sub(1);
        stop
    }

    /// Passes the stops before `at`.
    #[inline(always)]
    pub(super) fn skip_to(&mut self, at: usize) {
        let offset = at.saturating_sub(self.base);
        if offset < 64 {
            self.marks &= u64::MAX << offset;
        } else {
            self.base = at;
            self.marks = self.search.marks(self.hay, at, self.below, self.needles);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Stops;
    use crate::scan::simd::Portable;

    proptest! {
        #[test]
        fn every_stop_is_found_once(
            hay in prop::collection::vec(prop::sample::select(b"abcdefghijklmnopqrstuvwxyz=\" \t".to_vec()), 0..400),
            limit in 0usize..400, jumps in prop::collection::vec(0usize..120, 0..8),
        ) {
            let limit = limit.min(hay.len());
            let is_stop = |byte: u8| byte <= b' ' || byte == b'=' || byte == b'"';
            let first = |from: usize| (from..limit).find(|&at| is_stop(hay[at])).unwrap_or(limit);
            let mut stops = Stops::new(Portable, &hay, b'!', *b"=\"");
            let mut at = 0;
            for jump in jumps {
                let next = stops.next(limit);
                prop_assert_eq!(next, first(at));
                at = (next + 1 + jump).min(limit);
                stops.skip_to(at);
                prop_assert_eq!(stops.first_from(at, limit), first(at));
            }
        }
    }
}
