//! Two ways of finding where a field may end.

use crate::scan::marks::{Marks, StopSet};
use crate::scan::simd::{Portable, Search};

/// Finds the next byte of a set.
pub trait Seek: Copy {
    /// Whether line feeds are found too.
    const FEED: bool;
    /// What searches for other bytes.
    type Search: Search;

    /// What searches for other bytes.
    fn search(self) -> Self::Search;

    /// The first index in `from..limit` at which `hay` holds one of `needles`, or a line feed if
    /// [`Seek::FEED`]; else `limit`. `stops` is the set of `needles`.
    fn find<const N: usize>(
        self,
        stops: StopSet,
        hay: &[u8],
        from: usize,
        limit: usize,
        needles: [u8; N],
    ) -> usize;

    /// Itself, if there are marks.
    fn marked<'a>(self) -> Option<Marked<'a, Self::Search>>
    where
        Self: 'a;
}

/// Searches.
#[derive(Debug, Clone, Copy)]
pub struct Direct<S, const FEED: bool>(pub S);

impl<S: Search, const FEED: bool> Seek for Direct<S, FEED> {
    const FEED: bool = FEED;
    type Search = S;

    #[inline(always)]
    fn search(self) -> S {
        self.0
    }

    #[inline(always)]
    fn find<const N: usize>(
        self,
        _stops: StopSet,
        hay: &[u8],
        from: usize,
        limit: usize,
        needles: [u8; N],
    ) -> usize {
        self.0.find::<FEED, N>(hay, from, limit, needles)
    }

    #[inline(always)]
    fn marked<'a>(self) -> Option<Marked<'a, S>>
    where
        Self: 'a,
    {
        None
    }
}

/// Looks up what is marked in the stretch that holds the line.
#[derive(Debug, Clone, Copy)]
pub struct Marked<'a, S> {
    /// The marks of the stretch.
    pub marks: &'a Marks,
    /// Where in the stretch the line begins.
    pub line: usize,
    /// What searches for other bytes.
    pub search: S,
}

impl<S: Search> Seek for Marked<'_, S> {
    const FEED: bool = true;
    type Search = S;

    #[inline(always)]
    fn search(self) -> S {
        self.search
    }

    #[inline(always)]
    fn find<const N: usize>(
        self,
        stops: StopSet,
        hay: &[u8],
        from: usize,
        limit: usize,
        needles: [u8; N],
    ) -> usize {
        if stops == StopSet::NONE {
            return find_unmarked(hay, from, limit, needles);
        }
        (self.marks.next(stops, self.line + from) - self.line).min(limit)
    }

    #[inline(always)]
    fn marked<'b>(self) -> Option<Marked<'b, S>>
    where
        Self: 'b,
    {
        Some(self)
    }
}

/// For formats with more stops than are marked.
#[inline(never)]
fn find_unmarked<const N: usize>(hay: &[u8], from: usize, limit: usize, needles: [u8; N]) -> usize {
    Portable.find::<true, N>(hay, from, limit, needles)
}
