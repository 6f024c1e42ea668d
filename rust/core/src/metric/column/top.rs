//! The most frequent texts: `SpaceSaving` (Metwally, Agrawal, El Abbadi: "Efficient computation of
//! frequent and top-k elements in data streams", ICDT 2005).
//!
//! The rarest counters go in batches, as in Anderson et al., "A high-performance algorithm for
//! identifying frequent items in data streams" (IMC 2017): constant time a record, amortised, and
//! summaries merge (Agarwal et al., "Mergeable summaries", PODS 2012).

use std::hash::BuildHasher as _;

use super::NOWHERE;
use crate::value::label::MAX_LABEL_BYTES;

/// Texts are told apart by this many bytes: [`label_value`](crate::value::label::label_value) reads
/// no more.
const TEXT_BYTES: usize = MAX_LABEL_BYTES + 4;
/// Counters for each text that is shown.
const COUNTERS_PER_SHOWN: usize = 16;
const FREE: u32 = u32::MAX;

/// Counters of the most frequent texts of each series.
///
/// With n texts taken, each counter keeps: count − error ≤ true count ≤ count, and
/// error ≤ n / (12 · size); so every text that came more often than that has a counter. While a
/// series met at most 16 · size different texts all is exact, and merging is associative and
/// commutative. Beyond that merging is commutative, and the bounds hold in whatever order. A series
/// takes about 2.6 KB for each text that is shown.
#[derive(Debug, Clone)]
pub struct Top {
    /// How many are shown.
    size: usize,
    hasher: foldhash::fast::RandomState,
    series: Vec<Series>,
    /// `capacity()` counters a series, the used ones first.
    counters: Vec<Counter>,
    /// `ring()` slots a series: where a text's counter is, by the text's hash.
    index: Vec<u32>,
    /// For merging, kept to be used again.
    merged: Vec<Counter>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Series {
    used: usize,
    /// No text without a counter came more often than this.
    floor: u64,
}

#[derive(Debug, Clone, Copy)]
struct Counter {
    hash: u64,
    count: u64,
    error: u64,
    length: u8,
    text: [u8; TEXT_BYTES],
}

impl Counter {
    const EMPTY: Counter = Counter { hash: 0, count: 0, error: 0, length: 0, text: [0; TEXT_BYTES] };

    fn text(&self) -> &[u8] {
        &self.text[..usize::from(self.length)]
    }

    /// The order in which counters are shown and kept.
    fn rank(&self) -> (std::cmp::Reverse<u64>, &[u8]) {
        (std::cmp::Reverse(self.count), self.text())
    }
}

/// A frequent text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ranked<'a> {
    /// Its first bytes.
    pub text: &'a [u8],
    /// How often it came, at most.
    pub count: u64,
    /// By how much `count` may be too high.
    pub error: u64,
}

impl Top {
    /// Counters to show `size` texts a series.
    pub fn new(size: usize) -> Top {
        Top {
            size,
            hasher: foldhash::fast::RandomState::default(),
            series: Vec::new(),
            counters: Vec::new(),
            index: Vec::new(),
            merged: Vec::new(),
        }
    }

    /// Counters a series.
    fn capacity(&self) -> usize {
        self.size.max(1) * COUNTERS_PER_SHOWN
    }

    /// Counters that stay when room is made: few go, for the error is less the more stay, and not
    /// just one, for finding it would cost as much.
    fn kept(&self) -> usize {
        self.capacity() * 3 / 4
    }

    fn ring(&self) -> usize {
        (2 * self.capacity()).next_power_of_two()
    }

    /// Takes a text.
    pub fn observe(&mut self, series: u32, text: &[u8]) {
        let text = &text[..text.len().min(TEXT_BYTES)];
        let series = series as usize;
        let hash = self.hasher.hash_one(text);
        let first = series * self.capacity();
        if let Some(at) = self.find(series, hash, text) {
            let counter = &mut self.counters[first + at];
            counter.count = counter.count.saturating_add(1);
            return;
        }
        if self.series[series].used == self.capacity() {
            self.make_room(series);
        }
        let Series { used, floor } = self.series[series];
        let mut counter = Counter { hash, count: floor.saturating_add(1), error: floor, ..Counter::EMPTY };
        counter.length = text.len() as u8;
        counter.text[..text.len()].copy_from_slice(text);
        self.counters[first + used] = counter;
        self.series[series].used += 1;
        self.link(series, used);
    }

    /// The counter of a text.
    fn find(&self, series: usize, hash: u64, text: &[u8]) -> Option<usize> {
        let (ring, capacity) = (self.ring(), self.capacity());
        let slots = &self.index[series * ring..(series + 1) * ring];
        let counters = &self.counters[series * capacity..(series + 1) * capacity];
        let mut at = hash as usize & (ring - 1);
        while slots[at] != FREE {
            let counter = &counters[slots[at] as usize];
            if counter.hash == hash && counter.text() == text {
                return Some(slots[at] as usize);
            }
            at = (at + 1) & (ring - 1);
        }
        None
    }

    /// Enters a counter into the index.
    fn link(&mut self, series: usize, counter: usize) {
        let ring = self.ring();
        let hash = self.counters[series * self.capacity() + counter].hash;
        let slots = &mut self.index[series * ring..(series + 1) * ring];
        let mut at = hash as usize & (ring - 1);
        while slots[at] != FREE {
            at = (at + 1) & (ring - 1);
        }
        slots[at] = counter as u32;
    }

    /// Drops the rarest counters of a full series.
    #[cold]
    fn make_room(&mut self, series: usize) {
        let mut counters = std::mem::take(&mut self.merged);
        counters.clear();
        counters.extend_from_slice(&self.counters[series * self.capacity()..(series + 1) * self.capacity()]);
        let floor = self.keep_most_frequent(&mut counters, self.series[series].floor);
        self.replace(series, &counters, floor);
        self.merged = counters;
    }

    /// Drops all but the most frequent counters. Answers the floor then, which was `floor`.
    fn keep_most_frequent(&self, counters: &mut Vec<Counter>, floor: u64) -> u64 {
        let kept = self.kept();
        counters.select_nth_unstable_by(kept, |a, b| a.rank().cmp(&b.rank()));
        let most_dropped = counters[kept].count;
        counters.truncate(kept);
        floor.max(most_dropped)
    }

    /// Makes these the counters of a series.
    fn replace(&mut self, series: usize, counters: &[Counter], floor: u64) {
        let (capacity, ring) = (self.capacity(), self.ring());
        self.counters[series * capacity..][..counters.len()].copy_from_slice(counters);
        self.series[series] = Series { used: counters.len(), floor };
        self.index[series * ring..(series + 1) * ring].fill(FREE);
        for counter in 0..counters.len() {
            self.link(series, counter);
        }
    }

    /// Adds a summary to a series: its counters, and the most that a text without one came.
    pub fn add<'a>(&mut self, series: u32, counters: impl Iterator<Item = Ranked<'a>>, their_floor: u64) {
        let series = series as usize;
        let Series { used, floor } = self.series[series];
        let mut merged = std::mem::take(&mut self.merged);
        merged.clear();
        // A text that only one side counted came on the other side up to its floor.
        let first = series * self.capacity();
        merged.extend(self.counters[first..first + used].iter().map(|counter| Counter {
            count: counter.count.saturating_add(their_floor),
            error: counter.error.saturating_add(their_floor),
            ..*counter
        }));
        for theirs in counters {
            let text = &theirs.text[..theirs.text.len().min(TEXT_BYTES)];
            let hash = self.hasher.hash_one(text);
            if let Some(at) = self.find(series, hash, text) {
                let own = &mut merged[at];
                own.count = own.count.saturating_sub(their_floor).saturating_add(theirs.count);
                own.error = own.error.saturating_sub(their_floor).saturating_add(theirs.error);
            } else {
                let count = theirs.count.saturating_add(floor);
                let error = theirs.error.saturating_add(floor);
                let mut own = Counter { hash, count, error, length: text.len() as u8, ..Counter::EMPTY };
                own.text[..text.len()].copy_from_slice(text);
                merged.push(own);
            }
        }
        let mut floor = floor.saturating_add(their_floor);
        if merged.len() > self.capacity() {
            floor = self.keep_most_frequent(&mut merged, floor);
        }
        self.replace(series, &merged, floor);
        self.merged = merged;
    }

    /// The most that a text without a counter came, and the counters, most frequent first.
    pub fn ranked(&self, series: u32) -> (u64, Vec<Ranked<'_>>) {
        let Series { used, floor } = self.series[series as usize];
        let mut counters: Vec<&Counter> =
            self.counters[series as usize * self.capacity()..][..used].iter().collect();
        counters.sort_unstable_by(|a, b| a.rank().cmp(&b.rank()));
        (floor, counters.into_iter().map(Counter::ranked).collect())
    }

    /// The texts of a series that are shown, most frequent first.
    pub fn shown(&self, series: u32) -> Vec<Ranked<'_>> {
        let (_, mut ranked) = self.ranked(series);
        ranked.truncate(self.size);
        ranked
    }

    pub(super) fn grow(&mut self, series: usize) {
        self.series.resize(series, Series::default());
        self.counters.resize(series * self.capacity(), Counter::EMPTY);
        self.index.resize(series * self.ring(), FREE);
    }

    pub(super) fn clear(&mut self) {
        self.series.clear();
        self.counters.clear();
        self.index.clear();
    }

    pub(super) fn held_bytes(&self) -> usize {
        size_of_val(&*self.counters) + size_of_val(&*self.index) + size_of_val(&*self.series)
    }

    pub(super) fn merge(&mut self, other: &Top, series: &[u32]) {
        let counters = other.counters.chunks_exact(other.capacity());
        for ((&own, theirs), counters) in series.iter().zip(&other.series).zip(counters) {
            if own == NOWHERE {
                continue;
            }
            self.add(own, counters[..theirs.used].iter().map(Counter::ranked), theirs.floor);
        }
    }
}

impl Counter {
    fn ranked(&self) -> Ranked<'_> {
        Ranked { text: self.text(), count: self.count, error: self.error }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::{Ranked, Top};

    /// Texts by Zipf's law with exponent 1 among a million.
    fn zipf(n: usize, seed: u64) -> Vec<String> {
        let mut draws = fastrand::Rng::with_seed(seed);
        (0..n).map(|_| format!("/page/{:.0}", 1e6_f64.powf(draws.f64()).floor())).collect()
    }

    fn count(texts: &[String], size: usize) -> Top {
        let mut top = Top::new(size);
        top.grow(1);
        for text in texts {
            top.observe(0, text.as_bytes());
        }
        top
    }

    /// Holds the counters of a summary to the true counts.
    fn check(top: &Top, texts: &[String]) {
        let mut exact: HashMap<&[u8], u64> = HashMap::new();
        for text in texts {
            *exact.entry(text.as_bytes()).or_default() += 1;
        }
        let bound = texts.len() as u64 / top.kept() as u64;
        let (floor, ranked) = top.ranked(0);
        assert!(floor <= bound && ranked.len() <= top.capacity());
        for Ranked { text, count, error } in &ranked {
            let exact = exact.remove(text).unwrap_or(0);
            assert!(count - error <= exact && exact <= *count && *error <= bound, "{count} {error} {exact}");
        }
        assert!(exact.values().all(|count| *count <= floor), "a frequent text was lost");
    }

    #[test]
    fn counters_keep_the_stated_bounds() {
        for (n, size) in [(10_000, 1), (100_000, 10), (100_000, 50)] {
            let texts = zipf(n, 3);
            check(&count(&texts, size), &texts);
        }
        // The worst: every text is new, then one is not.
        let mut texts: Vec<String> = (0..20_000).map(|i| i.to_string()).collect();
        texts.extend(std::iter::repeat_n("often".to_owned(), 3000));
        let top = count(&texts, 10);
        check(&top, &texts);
        assert_eq!(top.shown(0)[0].text, b"often");
    }

    #[test]
    fn the_most_frequent_of_skewed_texts_are_found_in_order() {
        let texts = zipf(200_000, 9);
        let top = count(&texts, 10);
        let shown: Vec<&[u8]> = top.shown(0).iter().map(|ranked| ranked.text).collect();
        assert_eq!(&shown[..4], [b"/page/1", b"/page/2", b"/page/3", b"/page/4"]);
    }

    #[test]
    fn merged_summaries_keep_the_bounds_in_any_order() {
        let texts = zipf(60_000, 5);
        let parts: Vec<Top> = texts.chunks(7_000).map(|texts| count(texts, 4)).collect();
        let merge = |order: &mut dyn Iterator<Item = &Top>| {
            let mut whole = count(&[], 4);
            order.for_each(|part| whole.merge(part, &[0]));
            whole
        };
        check(&merge(&mut parts.iter()), &texts);
        check(&merge(&mut parts.iter().rev()), &texts);
    }

    #[test]
    fn merging_is_commutative_beyond_the_capacity() {
        let (a, b) = (count(&zipf(5_000, 1), 4), count(&zipf(9_000, 2), 4));
        let (mut ab, mut ba) = (a.clone(), b.clone());
        ab.merge(&b, &[0]);
        ba.merge(&a, &[0]);
        assert_eq!(ab.ranked(0), ba.ranked(0));
    }

    #[test]
    fn up_to_the_capacity_all_is_exact_in_any_partition() {
        // 160 different texts, which is just the capacity.
        let texts: Vec<String> = (0..5_000).map(|i| (i % 37 * i % 160).to_string()).collect();
        let whole = count(&texts, 10);
        let mut merged = count(&[], 10);
        for part in texts.chunks(700) {
            merged.merge(&count(part, 10), &[0]);
        }
        assert_eq!(whole.ranked(0), merged.ranked(0));
        assert!(whole.ranked(0).1.iter().all(|ranked| ranked.error == 0));
    }

    #[test]
    fn long_texts_are_cut() {
        let mut top = count(&[], 1);
        top.observe(0, &[b'a'; 1000]);
        top.observe(0, &[b'a'; 2000]);
        assert_eq!(top.shown(0)[0].text.len(), 132);
        assert_eq!(top.shown(0)[0].count, 2);
    }
}
