//! Values by bucket.

use super::NOWHERE;
use crate::value::number::Decimal;

/// How many values of each series fall into each of fixed buckets.
#[derive(Debug, Clone)]
pub struct Histogram {
    /// Upper bounds, inclusive, ascending; one more bucket takes what is above all.
    bounds: Box<[Decimal]>,
    /// `bounds.len() + 1` buckets a series, each with its own values only.
    counts: Vec<u64>,
}

impl Histogram {
    /// Buckets up to each of `bounds`, which ascend, and one above.
    pub fn new(bounds: &[Decimal]) -> Histogram {
        Histogram { bounds: bounds.into(), counts: Vec::new() }
    }

    fn buckets(&self) -> usize {
        self.bounds.len() + 1
    }

    /// Takes a value.
    pub fn observe(&mut self, series: u32, value: Decimal) {
        let bucket = self.bounds.partition_point(|bound| *bound < value);
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
    use super::Histogram;
    use crate::value::number::Decimal;

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
