//! Finding the end of a [`Run`].

use super::simd::Search;
use crate::format::run::{BLANKS, ByteSet, Preference, Run};

/// A run, compiled for searching.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunTake {
    stops: Stops,
    least: usize,
    most: usize,
}

/// Which bytes end a run, as the search that finds the first of them fastest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stops {
    /// The line's end alone.
    Nothing,
    One([u8; 1]),
    Two([u8; 2]),
    Three([u8; 3]),
    /// [`BLANKS`].
    Blanks,
    /// Whatever is not in the set; such runs (digits, letters) are short.
    Outside(ByteSet),
}

impl RunTake {
    /// Compiles `run`; its preference is the caller's affair.
    pub fn new(run: &Run) -> RunTake {
        let others: Vec<u8> = run.set.others().take(BLANKS.len() + 1).collect();
        let stops = match others[..] {
            [] => Stops::Nothing,
            [a] => Stops::One([a]),
            [a, b] => Stops::Two([a, b]),
            [a, b, c] => Stops::Three([a, b, c]),
            _ if others == BLANKS => Stops::Blanks,
            _ => Stops::Outside(run.set),
        };
        RunTake { stops, least: run.least.into(), most: run.most.map_or(usize::MAX, usize::from) }
    }

    /// What a person is told was expected.
    pub fn describe(&self) -> &'static str {
        match self.stops {
            Stops::Nothing => "text",
            Stops::Blanks => "text without blanks",
            Stops::One(_) | Stops::Two(_) | Stops::Three(_) => "text up to a delimiter",
            Stops::Outside(set) if (b'0'..=b'9').all(|digit| set.contains(digit)) && !set.contains(b'a') => {
                "digits"
            }
            Stops::Outside(_) => "other characters",
        }
    }

    /// The fewest bytes of the run.
    pub fn least(&self) -> usize {
        self.least
    }

    /// The end of the longest run at `at`; `None` if it is too short.
    #[inline(always)]
    pub fn longest<S: Search>(&self, search: S, hay: &[u8], at: usize, limit: usize) -> Option<usize> {
        let limit = limit.min(at.saturating_add(self.most));
        let end = match self.stops {
            Stops::Nothing => limit,
            Stops::One(stops) => search.find::<1>(hay, at, limit, stops),
            Stops::Two(stops) => search.find::<2>(hay, at, limit, stops),
            Stops::Three(stops) => search.find::<3>(hay, at, limit, stops),
            Stops::Blanks => search.find::<5>(hay, at, limit, BLANKS),
            Stops::Outside(set) => {
                let run = hay[at..limit].iter().position(|byte| !set.contains(*byte));
                run.map_or(limit, |length| at + length)
            }
        };
        (end >= at + self.least).then_some(end)
    }

    /// Whether `hay[at..end]` is such a run.
    #[inline(always)]
    pub fn covers<S: Search>(&self, search: S, hay: &[u8], at: usize, end: usize) -> bool {
        if self.stops == Stops::Nothing && self.most == usize::MAX {
            return true;
        }
        self.longest(search, hay, at, end) == Some(end)
    }
}

/// What can stand right behind a run, as far as that decides whether another end is possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follow {
    /// The line's end.
    End,
    /// A literal that begins so.
    Byte(u8),
    /// At least one byte of the set.
    Set(ByteSet),
    /// Anything.
    Unknown,
}

impl Follow {
    /// Whether only the longest run can be followed by this: a shorter one is followed by a byte of
    /// the run.
    pub fn forces(&self, run: &Run) -> bool {
        if run.is_exact() {
            return true;
        }
        match self {
            Follow::End => true,
            Follow::Byte(byte) => run.preference == Preference::Longest && !run.set.contains(*byte),
            Follow::Set(set) => run.preference == Preference::Longest && run.set.is_disjoint(set),
            Follow::Unknown => false,
        }
    }
}
