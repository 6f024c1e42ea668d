//! Values by bucket.

use super::NOWHERE;
use crate::value::number::Decimal;

/// So many bounds are all compared with a value.
const FEW_BOUNDS: usize = 16;

/// How many values of each series fall into each of fixed buckets.
#[derive(Debug, Clone)]
pub struct Histogram {
    /// Upper bounds, inclusive, ascending; one more bucket takes what is above all.
    bounds: Box<[Decimal]>,
    /// Those from 0 on in units of 10⁻⁹, as far as a word goes: to be compared with values that are one.
    words: Box<[u64]>,
    /// `bounds.len() + 1` buckets a series, each with its own values only.
    counts: Vec<u64>,
}

impl Histogram {
    /// Buckets up to each of `bounds`, which ascend, and one above.
    pub fn new(bounds: &[Decimal]) -> Histogram {
        let word = |bound: &Decimal| u64::try_from(bound.billionths()).unwrap_or(u64::MAX);
        let words = bounds.iter().skip_while(|bound| **bound < Decimal::ZERO).map(word).collect();
        Histogram { bounds: bounds.into(), words, counts: Vec::new() }
    }

    fn buckets(&self) -> usize {
        self.bounds.len() + 1
    }

    /// Takes a value.
    pub fn observe(&mut self, series: u32, value: Decimal) {
        let bucket = match u64::try_from(value.billionths()) {
            // Without a branch for each bound where there are few.
            Ok(value) if self.words.len() <= FEW_BOUNDS => {
                let below_zero = self.bounds.len() - self.words.len();
                self.words.iter().fold(below_zero, |bucket, bound| bucket + usize::from(*bound < value))
            }
            _ => self.bounds.partition_point(|bound| *bound < value),
        };
        let at = series as usize * self.buckets() + bucket;
        self.counts[at] = self.counts[at].saturating_add(1);
    }

    /// Adds counts by bucket.
    pub fn add(&mut self, series: u32, counts: &[u64]) {
        let first = series as usize * self.buckets();
        for (own, theirs) in self.counts[first..].iter_mut().zip(counts.iter().take(self.bounds.len() + 1)) {
            *own = own.saturating_add(*theirs);
        }
    }

    /// The upper bounds, without +Inf.
    pub fn bounds(&self) -> &[Decimal] {
        &self.bounds
    }

    /// The values of a series by bucket, not cumulative; the last is above all bounds.
    pub fn counts(&self, series: u32) -> &[u64] {
        let first = series as usize * self.buckets();
        &self.counts[first..first + self.buckets()]
    }

    /// How many values of a series are at most each bound, and how many there are.
    pub fn cumulative(&self, series: u32) -> impl Iterator<Item = u64> {
        self.counts(series).iter().scan(0u64, |below, count| {
            *below = below.saturating_add(*count);
            Some(*below)
        })
    }

    pub(super) fn grow(&mut self, series: usize) {
        self.counts.resize(series * self.buckets(), 0);
    }

    pub(super) fn clear(&mut self) {
        self.counts.clear();
    }

    pub(super) fn held_bytes(&self) -> usize {
        size_of_val(&*self.counts)
    }

    pub(super) fn merge(&mut self, other: &Histogram, series: &[u32]) {
        let theirs = other.counts.chunks_exact(other.buckets());
        for (&own, counts) in series.iter().zip(theirs).filter(|(own, _)| **own != NOWHERE) {
            self.add(own, counts);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Histogram;
    use crate::value::number::Decimal;

    proptest! {
        #[test]
        fn a_value_is_in_the_first_bucket_that_reaches_it(
            bounds in prop::collection::btree_set(prop_oneof![-5i128..5, any::<i128>()], 1..20),
            values in prop::collection::vec(prop_oneof![-6i128..6, any::<i64>().prop_map(i128::from), any::<i128>()], 0..20),
        ) {
            let bounds: Vec<Decimal> = bounds.into_iter().map(Decimal::from_billionths).collect();
            let mut histogram = Histogram::new(&bounds);
            histogram.grow(1);
            let mut expected = vec![0; bounds.len() + 1];
            for value in values.into_iter().map(Decimal::from_billionths) {
                histogram.observe(0, value);
                expected[bounds.iter().position(|bound| value <= *bound).unwrap_or(bounds.len())] += 1;
            }
            prop_assert_eq!(histogram.counts(0), expected);
        }
    }

    #[test]
    fn bounds_belong_to_their_bucket() {
        let bounds = ["0.1", "1", "10"].map(|text| Decimal::parse(text.as_bytes()).expect("a number"));
        let mut histogram = Histogram::new(&bounds);
        histogram.grow(2);
        for text in ["0", "0.1", "0.100000001", "1", "9.99", "10", "10.000000001", "1e17"] {
            histogram.observe(1, Decimal::parse(text.as_bytes()).expect("a number"));
        }
        assert_eq!(histogram.counts(0), [0, 0, 0, 0]);
        assert_eq!(histogram.counts(1), [2, 2, 2, 2]);
        assert_eq!(histogram.cumulative(1).collect::<Vec<_>>(), [2, 4, 6, 8]);
    }
}
