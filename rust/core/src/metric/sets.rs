//! Sets of label values of the records of a batch, packed: a column for each label, for loops that become vectors.

use super::label::{Packed, SetHasher};
use crate::scan::{LineSet, MOST_LINES, set_of};

/// The values of one label.
#[derive(Debug, Clone)]
pub struct PackedColumn {
    /// [`Packed::head`] of each set.
    pub heads: [u64; MOST_LINES],
    /// [`Packed::tail`] of each set.
    pub tails: [u64; MOST_LINES],
}

/// As many sets as a batch has records.
#[derive(Debug, Clone)]
pub struct PackedSets {
    len: usize,
    labels: Vec<PackedColumn>,
    /// The sum of the parts of a hash that the labels have added so far.
    sums: [u64; MOST_LINES],
    /// The sets with a value that its packed form does not tell from others.
    long: LineSet,
}

impl PackedColumn {
    /// The value of set number `set`.
    #[inline(always)]
    pub fn get(&self, set: usize) -> Packed {
        Packed { head: self.heads[set], tail: self.tails[set] }
    }

    /// Makes it the value of set number `set`.
    #[inline(always)]
    pub fn put(&mut self, set: usize, value: Packed) {
        (self.heads[set], self.tails[set]) = (value.head, value.tail);
    }
}

impl PackedSets {
    /// No sets yet, of `labels` values each.
    pub fn new(labels: usize) -> PackedSets {
        let column = PackedColumn { heads: [0; MOST_LINES], tails: [0; MOST_LINES] };
        PackedSets { len: 0, labels: vec![column; labels], sums: [0; MOST_LINES], long: 0 }
    }

    /// How many there are.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len
    }

    /// The sets with a long value.
    #[inline(always)]
    pub fn long(&self) -> LineSet {
        self.long
    }

    /// Begins with `len` sets, [`MOST_LINES`] at most: [`PackedSets::pack`] takes them label by label.
    pub fn begin(&mut self, len: usize) {
        self.len = len.min(MOST_LINES);
        self.sums = [0; MOST_LINES];
        self.long = 0;
    }

    /// Packs the values of one label: `fill` writes them, and `text` answers that of a set's where it is long.
    #[inline(always)]
    pub fn pack<'a>(
        &mut self,
        hasher: &SetHasher,
        label: usize,
        fill: impl FnOnce(&mut PackedColumn),
        text: impl Fn(usize) -> &'a [u8],
    ) {
        let (column, sums) = (&mut self.labels[label], &mut self.sums);
        fill(column);
        let part = hasher.part(label);
        let mut is_any_long = false;
        for (set, sum) in sums.iter_mut().enumerate() {
            let packed = column.get(set);
            *sum = sum.wrapping_add(part(packed));
            is_any_long |= packed.is_long();
        }
        if is_any_long {
            for set in (0..self.len).filter(|set| column.get(*set).is_long()) {
                sums[set] = sums[set].wrapping_add(hasher.long_part(label, text(set)));
                self.long |= 1 << set;
            }
        }
    }

    /// The hash of each set.
    #[inline(always)]
    pub fn hashes(&self) -> [u64; MOST_LINES] {
        self.sums.map(SetHasher::finish)
    }

    /// The hash of set number `set`.
    pub fn hash(&self, set: usize) -> u64 {
        SetHasher::finish(self.sums[set])
    }

    /// The value of a label in set number `set`.
    #[inline(always)]
    pub fn get(&self, label: usize, set: usize) -> Packed {
        self.labels[label].get(set)
    }

    /// The sets that are equal to those of their `series`, whose values stand in `values` one after the other;
    /// `u32::MAX` is no series.
    #[inline(always)]
    pub fn equal(&self, values: &[Packed], series: &[u32; MOST_LINES]) -> LineSet {
        let (len, labels) = (self.len.min(MOST_LINES), self.labels.len());
        let mut unequal = series.map(|series| u64::from(series == u32::MAX));
        for (label, column) in self.labels.iter().enumerate() {
            for set in 0..len {
                let own = values.get(series[set] as usize * labels + label).copied().unwrap_or_default();
                unequal[set] |= (own.head ^ column.heads[set]) | (own.tail ^ column.tails[set]);
            }
        }
        LineSet::MAX.checked_shr((MOST_LINES - len) as u32).unwrap_or(0) & set_of(|set| unequal[set] == 0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::keys::Keys;
    use super::super::label::{Packed, Texts};
    use crate::scan::MOST_LINES;

    fn value() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            prop::collection::vec(b'a'..b'd', 0..3),
            // Longer than a packed value, and equal at both ends.
            prop::collection::vec(b'a'..b'c', 1..3)
                .prop_map(|middle| [&[b'x'; 10][..], &middle, &[b'y'; 8]].concat()),
        ]
    }

    proptest! {
        #[test]
        fn sets_are_found_together_as_they_are_one_by_one(
            known in prop::collection::vec(prop::collection::vec(value(), 3), 0..300),
            wanted in prop::collection::vec(prop::collection::vec(value(), 3), 0..=MOST_LINES),
        ) {
            let mut keys = Keys::new(3, usize::MAX);
            for set in &known {
                let labels = Texts(|label: usize| &*set[label]);
                if let Err(unknown) = keys.find(&labels) {
                    keys.insert(unknown, &labels);
                }
            }
            let (sets, hasher) = keys.sets_mut();
            sets.begin(wanted.len());
            for label in 0..3 {
                let fill = |column: &mut super::PackedColumn| {
                    wanted.iter().enumerate().for_each(|(set, texts)| column.put(set, Packed::new(&texts[label])));
                };
                sets.pack(hasher, label, fill, |set| &wanted[set][label]);
            }
            let mut series = [0; MOST_LINES];
            let labels_of = |set: usize| { let texts = &wanted[set]; Texts(move |label: usize| &*texts[label]) };
            let found = keys.find_sets(labels_of, &mut series);
            for (set, texts) in wanted.iter().enumerate() {
                let one_by_one = keys.find(&Texts(|label: usize| &*texts[label])).ok();
                prop_assert_eq!(one_by_one.is_some(), known.contains(texts));
                if found >> set & 1 == 1 {
                    prop_assert_eq!(one_by_one, Some(series[set]));
                }
                prop_assert_eq!(keys.find_set(set, &labels_of(set)).ok(), one_by_one);
            }
            prop_assert_eq!(found.checked_shr(wanted.len() as u32).unwrap_or(0), 0);
        }
    }
}
