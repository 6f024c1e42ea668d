//! Series of one metric: an open-addressing table from label values to counts and sums.

use super::label::{Hasher, Packed};
use crate::value::number::Decimal;

/// Bytes of long label values that a table holds at most; beyond it new label sets are counted
/// together, as beyond the series limit.
const TEXT_LIMIT_BYTES: usize = 256 << 20;

/// The value of every label of the series that takes what is beyond a limit.
pub const OTHER: &str = "__other__";

/// Counts and sums per distinct set of label values, keyed by a 64-bit hash with the key verified.
#[derive(Debug, Clone)]
pub struct Table {
    labels: usize,
    sums: usize,
    limit: usize,
    hasher: Hasher,
    /// Power-of-two ring of (upper hash bits, series + 1); 0 is free.
    index: Vec<(u32, u32)>,
    hashes: Vec<u64>,
    /// `labels` values a series, and where the text of long ones begins in `text`.
    keys: Vec<(Packed, u32)>,
    text: Vec<u8>,
    counts: Vec<u64>,
    /// `sums` sums a series.
    totals: Vec<Decimal>,
    other: Option<Other>,
    /// The label values that are looked up, kept to be written over.
    wanted: Vec<Packed>,
}

/// What the limits left without a series of its own.
#[derive(Debug, Clone)]
struct Other {
    count: u64,
    totals: Vec<Decimal>,
}

/// A series to be added to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Series(Option<u32>);

impl Table {
    /// An empty table for sets of `labels` values with `sums` sums each, of at most `limit` series.
    pub fn new(labels: usize, sums: usize, limit: usize) -> Table {
        Table {
            labels,
            sums,
            limit: limit.min(u32::MAX as usize - 1),
            hasher: Hasher::new(),
            index: vec![(0, 0); 64],
            hashes: Vec::new(),
            keys: Vec::new(),
            text: Vec::new(),
            counts: Vec::new(),
            totals: Vec::new(),
            other: None,
            wanted: vec![Packed::default(); labels],
        }
    }

    /// The number of series, without the one beyond the limit.
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// About how much memory the series take, in bytes.
    pub fn held_bytes(&self) -> usize {
        let per_series = 16 + self.labels * size_of::<(Packed, u32)>() + self.sums * size_of::<Decimal>();
        self.len() * per_series + self.text.len() + size_of_val(&*self.index)
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty() && self.other.is_none()
    }

    /// Finds or makes the series of the label values that `text` answers (empty is absent) and adds
    /// `count` to it.
    #[inline(always)]
    pub fn count<'a>(&mut self, text: impl Fn(usize) -> &'a [u8], count: u64) -> Series {
        let mut hash = self.hasher.start();
        let mut wanted = std::mem::take(&mut self.wanted);
        for (label, packed) in wanted.iter_mut().enumerate() {
            let value = text(label);
            *packed = Packed::new(value);
            hash = self.hasher.add(hash, *packed, value);
        }
        let series = self.find(hash, &wanted, &text);
        self.wanted = wanted;
        if let Some(series) = series {
            self.counts[series as usize] += count;
            return Series(Some(series));
        }
        self.insert(hash, &text, count)
    }

    /// Adds to the `sum`-th sum of a series.
    #[inline(always)]
    pub fn add(&mut self, series: Series, sum: usize, value: Decimal) {
        let total = match series.0 {
            Some(series) => &mut self.totals[series as usize * self.sums + sum],
            None => &mut self.other.as_mut().expect("made when the series was").totals[sum],
        };
        *total = total.saturating_add(value);
    }

    /// The series of these label values, if there is one.
    #[inline(always)]
    fn find<'a>(&self, hash: u64, wanted: &[Packed], text: &impl Fn(usize) -> &'a [u8]) -> Option<u32> {
        let mask = self.index.len() - 1;
        let tag = (hash >> 32) as u32;
        let mut at = hash as usize & mask;
        loop {
            let (own, series) = self.index[at];
            if series == 0 {
                return None;
            }
            if own == tag && self.has_key(series - 1, wanted, text) {
                return Some(series - 1);
            }
            at = (at + 1) & mask;
        }
    }

    #[inline(always)]
    fn has_key<'a>(&self, series: u32, wanted: &[Packed], text: &impl Fn(usize) -> &'a [u8]) -> bool {
        let first = series as usize * wanted.len();
        for (label, (&(own, at), packed)) in self.keys[first..].iter().zip(wanted).enumerate() {
            if own != *packed || (own.is_long() && self.long(own, at) != text(label)) {
                return false;
            }
        }
        true
    }

    fn long(&self, packed: Packed, at: u32) -> &[u8] {
        &self.text[at as usize..at as usize + packed.len as usize]
    }

    #[cold]
    #[inline(never)]
    fn insert<'a>(&mut self, hash: u64, text: &impl Fn(usize) -> &'a [u8], count: u64) -> Series {
        let long: usize =
            (0..self.labels).map(|label| text(label).len()).filter(|&len| len > Packed::WHOLE).sum();
        if self.len() >= self.limit || self.text.len() + long > TEXT_LIMIT_BYTES {
            let sums = self.sums;
            let other =
                self.other.get_or_insert_with(|| Other { count: 0, totals: vec![Decimal::ZERO; sums] });
            other.count += count;
            return Series(None);
        }
        for label in 0..self.labels {
            let value = text(label);
            let packed = Packed::new(value);
            self.keys.push((packed, self.text.len() as u32));
            if packed.is_long() {
                self.text.extend_from_slice(value);
            }
        }
        let series = self.counts.len() as u32;
        self.hashes.push(hash);
        self.counts.push(count);
        self.totals.resize(self.counts.len() * self.sums, Decimal::ZERO);
        if self.counts.len() * 2 > self.index.len() {
            self.index = vec![(0, 0); self.index.len() * 2];
            for series in 0..self.counts.len() as u32 {
                self.link(series);
            }
        } else {
            self.link(series);
        }
        Series(Some(series))
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

    /// Adds the other table's counts and sums to these; both are of one metric.
    pub fn merge(&mut self, other: &Table) {
        let mut short = vec![[0u8; Packed::WHOLE]; self.labels];
        for series in 0..other.len() {
            for (label, short) in short.iter_mut().enumerate() {
                other.unpack(series, label, short);
            }
            let texts = |label: usize| other.text_of(series, label, &short[label]);
            let own = self.count(texts, other.counts[series]);
            for sum in 0..self.sums {
                self.add(own, sum, other.totals[series * self.sums + sum]);
            }
        }
        if let Some(beyond) = &other.other {
            let sums = self.sums;
            let own = self.other.get_or_insert_with(|| Other { count: 0, totals: vec![Decimal::ZERO; sums] });
            own.count += beyond.count;
            for (sum, total) in beyond.totals.iter().enumerate() {
                own.totals[sum] = own.totals[sum].saturating_add(*total);
            }
        }
    }

    /// Forgets all series and keeps the memory.
    pub fn clear(&mut self) {
        self.index.fill((0, 0));
        self.hashes.clear();
        self.keys.clear();
        self.text.clear();
        self.counts.clear();
        self.totals.clear();
        self.other = None;
    }

    /// Every series with its label values (empty is absent), count and sums; then, if a limit was
    /// met, the one beyond it, with [`OTHER`] as the value of every label.
    pub fn for_each(&self, mut take: impl FnMut(&[&[u8]], u64, &[Decimal])) {
        let mut short = vec![[0u8; Packed::WHOLE]; self.labels];
        for series in 0..self.len() {
            for (label, short) in short.iter_mut().enumerate() {
                self.unpack(series, label, short);
            }
            let texts: Vec<&[u8]> =
                short.iter().enumerate().map(|(label, short)| self.text_of(series, label, short)).collect();
            take(&texts, self.counts[series], &self.totals[series * self.sums..(series + 1) * self.sums]);
        }
        if let Some(other) = &self.other {
            take(&vec![OTHER.as_bytes(); self.labels], other.count, &other.totals);
        }
    }

    /// Writes a short label value back to bytes.
    fn unpack(&self, series: usize, label: usize, short: &mut [u8; Packed::WHOLE]) {
        let (packed, _) = self.keys[series * self.labels + label];
        let len = packed.len as usize;
        match len {
            8..=Packed::WHOLE => {
                short[..8].copy_from_slice(&packed.head.to_le_bytes());
                short[len - 8..len].copy_from_slice(&packed.tail.to_le_bytes());
            }
            4..=7 => {
                let bytes = packed.head.to_le_bytes();
                short[..4].copy_from_slice(&bytes[..4]);
                short[len - 4..len].copy_from_slice(&bytes[4..]);
            }
            1..=3 => {
                let bytes = packed.head.to_le_bytes();
                short[0] = bytes[0];
                short[len / 2] = bytes[1];
                short[len - 1] = bytes[2];
            }
            _ => {}
        }
    }

    fn text_of<'a>(&'a self, series: usize, label: usize, short: &'a [u8; Packed::WHOLE]) -> &'a [u8] {
        let (packed, at) = self.keys[series * self.labels + label];
        if packed.is_long() { self.long(packed, at) } else { &short[..packed.len as usize] }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::Table;
    use crate::value::number::Decimal;

    type Rows = BTreeMap<Vec<Vec<u8>>, (u64, Decimal)>;

    fn rows(table: &Table) -> Rows {
        let mut rows = Rows::new();
        table.for_each(|labels, count, sums| {
            let key = labels.iter().map(|text| text.to_vec()).collect();
            assert!(rows.insert(key, (count, sums[0])).is_none(), "a label set twice");
        });
        rows
    }

    fn label() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(prop::sample::select(b"ab".to_vec()), 0..20)
    }

    proptest! {
        #[test]
        fn counts_as_a_map_does_in_any_partition(
            records in prop::collection::vec((label(), label(), 0i64..1000), 0..300), parts in 1usize..5,
        ) {
            let mut expected = Rows::new();
            let mut tables = vec![Table::new(2, 1, 1_000_000); parts];
            for (i, (a, b, value)) in records.iter().enumerate() {
                let row = expected.entry(vec![a.clone(), b.clone()]).or_default();
                row.0 += 1;
                row.1 = row.1.saturating_add(Decimal::from(*value));
                let table = &mut tables[i % parts];
                let series = table.count(|label| if label == 0 { a } else { b }, 1);
                table.add(series, 0, Decimal::from(*value));
            }
            let mut whole = Table::new(2, 1, 1_000_000);
            for table in &tables {
                whole.merge(table);
            }
            prop_assert_eq!(rows(&whole), expected);
        }
    }

    #[test]
    fn beyond_the_limit_totals_stay_exact() {
        let mut table = Table::new(1, 1, 3);
        let texts: Vec<String> = (0..1000).map(|i| format!("/a/rather/long/path/{}", i % 10)).collect();
        for text in &texts {
            let series = table.count(|_| text.as_bytes(), 1);
            table.add(series, 0, Decimal::from(2));
        }
        let rows = rows(&table);
        assert_eq!(rows.len(), 4);
        assert_eq!(rows[&vec![b"__other__".to_vec()]], (700, Decimal::from(1400)));
        assert_eq!(rows.values().map(|row| row.0).sum::<u64>(), 1000);
    }
}
