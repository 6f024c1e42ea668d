//! Formats of which a log may be in one, and which of them it is.

use std::cmp::Reverse;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

use super::candidate::{Candidate, State};
use super::{Detected, Ending, access};
use crate::format::named;

/// The named formats and JSON.
pub(super) static WHOLE: LazyLock<Candidates> = LazyLock::new(|| {
    let mut candidates = vec![Candidate::json(), Candidate::logfmt()];
    candidates.extend(named::all().filter_map(|format| Candidate::named(format, Ending::Whole)));
    Candidates::new(candidates)
});

/// The named formats, each followed by more.
pub(super) static MORE: LazyLock<Candidates> = LazyLock::new(|| {
    Candidates::new(named::all().filter_map(|format| Candidate::named(format, Ending::More)).collect())
});

/// What most access logs have in common: the first that matches is taken.
pub(super) static LOOSE: LazyLock<Vec<Candidates>> = LazyLock::new(|| {
    Candidate::access_logs(access::LOOSE).map(|candidate| Candidates::new(vec![candidate])).collect()
});

/// combined with own columns before the referer.
pub(super) static BETWEEN: LazyLock<Candidates> =
    LazyLock::new(|| Candidates::new(Candidate::access_logs(access::BETWEEN).collect()));

/// The candidate that matches most lines, at least half of them.
pub(super) fn best(candidates: &Candidates, lines: &[&[u8]]) -> Option<Detected> {
    let mut states = candidates.states();
    let chosen = candidates.best(&mut states, lines);
    candidates.put_by(states);
    chosen.map(|Merit { matched, place: Reverse(place), .. }| {
        candidates.all[place].detected(matched, lines.len())
    })
}

/// Why one candidate is taken and not another: the greater one is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Merit {
    /// Lines that it matches.
    matched: usize,
    /// Fields that it gives of one of them, at most.
    said: usize,
    specificity: usize,
    /// Of equal ones, the first.
    place: Reverse<usize>,
}

/// Formats of which a log may be in one.
pub(super) struct Candidates {
    all: Vec<Candidate>,
    /// Which one was taken last. It is tried first, since logs that are read together are mostly alike, and where it
    /// matches every line, few others can be greater. What is taken does not depend on it.
    latest: AtomicUsize,
    /// States of all candidates, one set for each thread that was detecting at the same time.
    spare: Mutex<Vec<Vec<State>>>,
}

impl Candidates {
    /// Of candidates whose lines look the same, only the first can be taken.
    fn new(all: Vec<Candidate>) -> Candidates {
        let mut distinct: Vec<Candidate> = Vec::new();
        for candidate in all {
            if !distinct.iter().any(|earlier| earlier.outline == candidate.outline) {
                distinct.push(candidate);
            }
        }
        Candidates { all: distinct, latest: AtomicUsize::new(0), spare: Mutex::default() }
    }

    fn states(&self) -> Vec<State> {
        let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
        spare.unwrap_or_else(|| self.all.iter().map(|_| None).collect())
    }

    fn put_by(&self, states: Vec<State>) {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).push(states);
    }

    /// The greatest merit.
    fn best(&self, states: &mut [State], lines: &[&[u8]]) -> Option<Merit> {
        let latest = self.latest.load(Ordering::Relaxed);
        let mut chosen = self.merit(states, latest, lines, lines.len().max(1));
        let order =
            if chosen.is_some() { (0..self.all.len()).collect() } else { self.likely_first(states, lines) };
        let mut least = chosen.map_or(lines.len().div_ceil(2).max(1), |merit| merit.matched);
        for place in order {
            if chosen.is_some_and(|chosen| self.most(place, lines) <= chosen) {
                continue;
            }
            if let Some(merit) = self.merit(states, place, lines, least) {
                least = merit.matched.max(least);
                chosen = chosen.max(Some(merit));
            }
        }
        if let Some(Merit { place: Reverse(place), .. }) = chosen {
            self.latest.store(place, Ordering::Relaxed);
        }
        chosen
    }

    /// The merit of the one at `place`, if it matches at least `least` lines.
    fn merit(&self, states: &mut [State], place: usize, lines: &[&[u8]], least: usize) -> Option<Merit> {
        let candidate = self.all.get(place)?;
        let (matched, said) = candidate.matches(&mut states[place], lines, least)?;
        Some(Merit { matched, said, specificity: candidate.specificity, place: Reverse(place) })
    }

    /// What the merit of the one at `place` is at most.
    fn most(&self, place: usize, lines: &[&[u8]]) -> Merit {
        let candidate = &self.all[place];
        let (said, specificity) = (candidate.most_said(), candidate.specificity);
        Merit { matched: lines.len(), said, specificity, place: Reverse(place) }
    }

    /// All places, those first that match the first lines: the others are given up sooner then.
    fn likely_first(&self, states: &mut [State], lines: &[&[u8]]) -> Vec<usize> {
        let first = &lines[..lines.len().min(2)];
        let mut places: Vec<usize> = (0..self.all.len()).collect();
        places.sort_by_cached_key(|&place| Reverse(self.all[place].matches(&mut states[place], first, 1)));
        places
    }
}
