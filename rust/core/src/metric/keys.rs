//! Label values to series: an open-addressing table with the key verified, of limited size.

use std::cmp::Ordering;

use super::label::{LabelValues, Packed, SetHasher, Texts};
use super::sets::PackedSets;
use crate::scan::simd::{self, Search, Work};
use crate::scan::{LineSet, MOST_LINES, lines_of};

/// The value of every label of the series that takes what is beyond a limit.
pub const OTHER: &str = "__other__";

/// Bytes of long label values that are kept per series on average: an attacker's long texts must
/// not take more memory than the limit of series suggests.
const TEXT_BYTES_PER_SERIES: usize = 256;
const LEAST_TEXT_BYTES: usize = 4 << 20;

/// Places of the index at first, and for each series at least: for most series the first place that is looked at is
/// theirs.
const LEAST_PLACES: usize = 256;
const PLACES_PER_SERIES: usize = 4;

/// Numbers sets of label values from 0 in the order in which they come.
///
/// Beyond the limit no new set gets a number of its own, and those that have one keep it.
#[derive(Debug, Clone)]
pub struct Keys {
    labels: usize,
    limit: usize,
    hasher: SetHasher,
    /// Power-of-two ring of (upper hash bits, series + 1); 0 is free.
    index: Vec<(u32, u32)>,
    hashes: Vec<u64>,
    /// `labels` values a series, and where those that are long lie in `text`.
    values: Vec<Packed>,
    places: Vec<(u32, u32)>,
    text: Vec<u8>,
    /// The series whose labels are all [`OTHER`]; the limit does not count it.
    overflow: Option<u32>,
    /// The values that are looked up, packed once; kept to be written over.
    wanted: Vec<Packed>,
    /// The same of several sets.
    sets: Box<PackedSets>,
}

/// A set of label values that has no series yet, by its hash.
#[derive(Debug, Clone, Copy)]
pub struct Unknown(u64);

/// Looks all sets up that were packed, compiled per instruction set.
struct FindSets<'k, 's> {
    keys: &'k Keys,
    series: &'s mut [u32; MOST_LINES],
}

impl Work for FindSets<'_, '_> {
    type Output = LineSet;

    #[inline(always)]
    fn run<S: Search>(self, _search: S) -> LineSet {
        let FindSets { keys, series } = self;
        let hashes = keys.sets.hashes();
        for set in 0..keys.sets.len().min(MOST_LINES) {
            series[set] = keys.candidate(hashes[set]);
        }
        keys.sets.equal(&keys.values, series)
    }
}

impl Keys {
    /// No sets yet; at most `limit` sets of `labels` values, and the one beyond.
    pub fn new(labels: usize, limit: usize) -> Keys {
        Keys {
            labels,
            limit: limit.min(u32::MAX as usize - 2),
            hasher: SetHasher::new(labels),
            index: vec![(0, 0); LEAST_PLACES],
            hashes: Vec::new(),
            values: Vec::new(),
            places: Vec::new(),
            text: Vec::new(),
            overflow: None,
            wanted: vec![Packed::default(); labels],
            sets: Box::new(PackedSets::new(labels)),
        }
    }

    /// How many values a set has.
    pub fn labels(&self) -> usize {
        self.labels
    }

    /// The number of series, the one beyond the limit too.
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// About how much memory the sets take, in bytes.
    pub fn held_bytes(&self) -> usize {
        self.len() * (8 + self.labels * size_of::<(Packed, (u32, u32))>())
            + self.text.len()
            + size_of_val(&*self.index)
    }

    /// Forgets all sets and keeps the memory.
    pub fn clear(&mut self) {
        self.index.fill((0, 0));
        self.hashes.clear();
        self.values.clear();
        self.places.clear();
        self.text.clear();
        self.overflow = None;
    }

    /// The series of a set of label values.
    ///
    /// # Errors
    /// What [`Keys::insert`] needs, if the set has none.
    #[inline(always)]
    pub fn find<'a>(&mut self, labels: &impl LabelValues<'a>) -> Result<u32, Unknown> {
        let mut sum = 0u64;
        for (label, wanted) in self.wanted.iter_mut().enumerate() {
            let packed = labels.packed(label);
            *wanted = packed;
            sum = sum.wrapping_add(self.hasher.part(label)(packed));
            if packed.is_long() {
                sum = sum.wrapping_add(self.hasher.long_part(label, labels.text(label)));
            }
        }
        let hash = SetHasher::finish(sum);
        self.find_wanted(hash, &self.wanted, labels).ok_or(Unknown(hash))
    }

    /// The sets of label values that [`Keys::find_sets`] looks up, to be packed by this hasher.
    #[inline(always)]
    pub fn sets_mut(&mut self) -> (&mut PackedSets, &SetHasher) {
        (&mut self.sets, &self.hasher)
    }

    /// How many sets were packed.
    pub fn sets(&self) -> usize {
        self.sets.len()
    }

    /// As [`Keys::find`] for each set that was packed: writes the series of those that it answers. The others may
    /// have one too.
    #[inline(always)]
    pub fn find_sets<'a, L: LabelValues<'a>>(
        &self,
        labels_of: impl Fn(usize) -> L,
        series: &mut [u32; MOST_LINES],
    ) -> LineSet {
        let equal = simd::dispatch(FindSets { keys: self, series });
        lines_of(equal & self.sets.long()).fold(equal, |found, set| {
            let has_texts = self.has_long_texts(series[set], &labels_of(set));
            if has_texts { found } else { found & !(1 << set) }
        })
    }

    /// As [`Keys::find`], for set number `set` of those that were packed.
    ///
    /// # Errors
    /// What [`Keys::insert`] needs, if the set has none.
    pub fn find_set<'a>(&mut self, set: usize, labels: &impl LabelValues<'a>) -> Result<u32, Unknown> {
        for (label, wanted) in self.wanted.iter_mut().enumerate() {
            *wanted = self.sets.get(label, set);
        }
        let hash = self.sets.hash(set);
        self.find_wanted(hash, &self.wanted, labels).ok_or(Unknown(hash))
    }

    #[inline(always)]
    fn find_wanted<'a>(&self, hash: u64, wanted: &[Packed], labels: &impl LabelValues<'a>) -> Option<u32> {
        let mask = self.index.len() - 1;
        let tag = (hash >> 32) as u32;
        let mut at = hash as usize & mask;
        loop {
            let (own, series) = self.index[at];
            if series == 0 {
                return None;
            }
            if own == tag && self.is_wanted(series - 1, wanted, labels) {
                return Some(series - 1);
            }
            at = (at + 1) & mask;
        }
    }

    /// The first series of this hash's tag where it would be; `u32::MAX` if there is none.
    #[inline(always)]
    fn candidate(&self, hash: u64) -> u32 {
        let mask = self.index.len() - 1;
        let tag = (hash >> 32) as u32;
        let mut at = hash as usize & mask;
        loop {
            let (own, series) = self.index[at];
            if series == 0 || own == tag {
                return series.wrapping_sub(1);
            }
            at = (at + 1) & mask;
        }
    }

    #[inline(always)]
    fn is_wanted<'a>(&self, series: u32, wanted: &[Packed], labels: &impl LabelValues<'a>) -> bool {
        let first = series as usize * wanted.len();
        let own = &self.values[first..][..wanted.len()];
        own == wanted && (!own.iter().any(|value| value.is_long()) || self.has_long_texts(series, labels))
    }

    /// Whether those values of a series that are long are these.
    fn has_long_texts<'a>(&self, series: u32, labels: &impl LabelValues<'a>) -> bool {
        let first = series as usize * self.labels;
        let own = &self.values[first..][..self.labels];
        (0..own.len()).all(|label| !own[label].is_long() || self.long(first + label) == labels.text(label))
    }

    /// A new series for a set that has none; `None` beyond the limit.
    pub fn insert<'a>(&mut self, unknown: Unknown, labels: &impl LabelValues<'a>) -> Option<u32> {
        if self.is_other(labels) {
            let series = self.push(unknown, labels);
            self.overflow = Some(series);
            return Some(series);
        }
        let lengths = (0..self.labels).map(|label| labels.text(label).len());
        let long: usize = lengths.filter(|&len| len > Packed::WHOLE).sum();
        let text_limit = self.limit.saturating_mul(TEXT_BYTES_PER_SERIES).max(LEAST_TEXT_BYTES);
        let kept = self.len() - usize::from(self.overflow.is_some());
        let fits = kept < self.limit && self.text.len() + long <= text_limit.min(u32::MAX as usize);
        fits.then(|| self.push(unknown, labels))
    }

    /// A new series for a set that has none, whatever the limit.
    pub fn establish<'a>(&mut self, unknown: Unknown, labels: &impl LabelValues<'a>) -> u32 {
        let is_other = self.is_other(labels);
        let series = self.push(unknown, labels);
        if is_other {
            self.overflow = Some(series);
        }
        series
    }

    /// Whether these are the values of the series beyond the limit.
    fn is_other<'a>(&self, labels: &impl LabelValues<'a>) -> bool {
        self.labels > 0 && (0..self.labels).all(|label| labels.text(label) == OTHER.as_bytes())
    }

    /// The number of the series beyond the limit, if something was counted there.
    pub fn overflowed(&self) -> Option<u32> {
        self.overflow
    }

    /// The series of all that is beyond a limit.
    pub fn overflow(&mut self) -> u32 {
        if let Some(series) = self.overflow {
            return series;
        }
        let labels = Texts(|_| OTHER.as_bytes());
        let series = self.find(&labels).unwrap_or_else(|unknown| self.push(unknown, &labels));
        self.overflow = Some(series);
        series
    }

    fn push<'a>(&mut self, Unknown(hash): Unknown, labels: &impl LabelValues<'a>) -> u32 {
        for label in 0..self.labels {
            let value = labels.text(label);
            let packed = Packed::new(value);
            self.values.push(packed);
            self.places.push((self.text.len() as u32, value.len() as u32));
            if packed.is_long() {
                self.text.extend_from_slice(value);
            }
        }
        let series = self.hashes.len() as u32;
        self.hashes.push(hash);
        if self.hashes.len() * PLACES_PER_SERIES > self.index.len() {
            self.index = vec![(0, 0); self.index.len() * 2];
            for series in 0..self.hashes.len() as u32 {
                self.link(series);
            }
        } else {
            self.link(series);
        }
        series
    }

    /// Enters a series into the index.
    fn link(&mut self, series: u32) {
        let hash = self.hashes[series as usize];
        let mask = self.index.len() - 1;
        let mut at = hash as usize & mask;
        while self.index[at].1 != 0 {
            at = (at + 1) & mask;
        }
        self.index[at] = ((hash >> 32) as u32, series + 1);
    }

    /// These series with their label values.
    pub fn for_each_of(&self, series: impl IntoIterator<Item = u32>, mut take: impl FnMut(u32, &[&[u8]])) {
        let mut short = vec![[0u8; Packed::WHOLE + 1]; self.labels];
        for series in series {
            let first = series as usize * self.labels;
            let texts = short.iter_mut().enumerate().map(|(label, short)| self.text(first + label, short));
            take(series, &texts.collect::<Vec<_>>());
        }
    }

    /// The order of two series by their label values.
    pub fn compare(&self, a: u32, b: u32) -> Ordering {
        let (mut short_a, mut short_b) = ([0; Packed::WHOLE + 1], [0; Packed::WHOLE + 1]);
        let mut compared = (0..self.labels).map(|label| {
            let [a, b] = [a, b].map(|series| series as usize * self.labels + label);
            self.text(a, &mut short_a).cmp(self.text(b, &mut short_b))
        });
        compared.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }

    /// Label value number `index` of all, in `short` if it is.
    fn text<'s>(&'s self, index: usize, short: &'s mut [u8; Packed::WHOLE + 1]) -> &'s [u8] {
        if self.values[index].is_long() {
            return self.long(index);
        }
        let len = self.values[index].unpack(short);
        &short[..len]
    }

    fn long(&self, index: usize) -> &[u8] {
        let (at, len) = self.places[index];
        &self.text[at as usize..][..len as usize]
    }
}
