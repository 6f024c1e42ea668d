//! Quantiles of values: `DDSketch` (Masson, Rim, Lee: "`DDSketch`: a fast and fully-mergeable
//! quantile sketch with relative-error guarantees", VLDB 2019).

use std::collections::HashMap;

use super::NOWHERE;
use crate::value::number::Decimal;

/// Billionths in 1, the unit of [`Decimal`].
const BILLIONTHS: f64 = 1e9;

/// How many values of each series lie in each of geometrically growing bins.
///
/// An answered quantile is within the relative accuracy α of a value that has just that rank:
/// α·value, at most. Bins need no collapsing: a number is read as 0 or as 10⁻⁹ to 10¹⁸, which takes
/// at most ln 10²⁷ / ln((1+α)/(1−α)) + 2 bins a series, 3,111 with α = 0.01.
#[derive(Debug, Clone)]
pub struct Quantiles {
    /// (1+α)/(1−α), how much wider a bin is than the one before.
    gamma: f64,
    /// 1 / ln gamma
    per_log: f64,
    /// By series and bin.
    bins: HashMap<(u32, u32), u64, foldhash::fast::RandomState>,
}

/// The bins of all series in order, to be asked for quantiles.
#[derive(Debug)]
pub struct SortedBins {
    gamma: f64,
    bins: Vec<(u32, u32, u64)>,
}

impl Quantiles {
    /// Bins for a relative error of at most `accuracy`, which is between 0 and 1.
    pub fn new(accuracy: f64) -> Quantiles {
        let gamma = (1.0 + accuracy) / (1.0 - accuracy);
        Quantiles { gamma, per_log: gamma.ln().recip(), bins: HashMap::default() }
    }

    /// The bin of a value: 0 holds what is not above 0, bin b holds gamma^(b−2) < value ≤ gamma^(b−1)
    /// in billionths.
    #[expect(clippy::cast_sign_loss, reason = "a whole billionth is at least 1, its logarithm at least 0")]
    fn bin(&self, value: Decimal) -> u32 {
        if value <= Decimal::ZERO {
            return 0;
        }
        ((value.billionths() as f64).ln() * self.per_log).ceil() as u32 + 1
    }

    /// The highest bin that a number can have.
    pub fn last_bin(&self) -> u32 {
        self.bin(Decimal::from_billionths(10_i128.pow(27)))
    }

    /// Takes a value, which is not negative.
    pub fn observe(&mut self, series: u32, value: Decimal) {
        self.add(series, self.bin(value), 1);
    }

    /// Adds a count to a bin.
    pub fn add(&mut self, series: u32, bin: u32, count: u64) {
        let own = self.bins.entry((series, bin)).or_default();
        *own = own.saturating_add(count);
    }

    /// The bins in order.
    pub fn sorted(&self) -> SortedBins {
        let mut bins: Vec<_> =
            self.bins.iter().map(|(&(series, bin), &count)| (series, bin, count)).collect();
        bins.sort_unstable();
        SortedBins { gamma: self.gamma, bins }
    }

    /// The bins of these series in order; it costs no sorting of the others'.
    pub fn sorted_of(&self, series: &[u32]) -> SortedBins {
        let mut wanted = series.to_vec();
        wanted.sort_unstable();
        let is_wanted = |series: &u32| wanted.binary_search(series).is_ok();
        let own = self.bins.iter().filter(|((series, _), _)| is_wanted(series));
        let mut bins: Vec<_> = own.map(|(&(series, bin), &count)| (series, bin, count)).collect();
        bins.sort_unstable();
        SortedBins { gamma: self.gamma, bins }
    }

    pub(super) fn clear(&mut self) {
        self.bins.clear();
    }

    pub(super) fn held_bytes(&self) -> usize {
        self.bins.len() * size_of::<((u32, u32), u64)>()
    }

    pub(super) fn merge(&mut self, other: &Quantiles, series: &[u32]) {
        for (&(theirs, bin), &count) in &other.bins {
            let own = series[theirs as usize];
            if own != NOWHERE {
                self.add(own, bin, count);
            }
        }
    }
}

impl SortedBins {
    /// The bins of a series, ascending: series, bin, count.
    pub fn of(&self, series: u32) -> &[(u32, u32, u64)] {
        let first = self.bins.partition_point(|bin| bin.0 < series);
        let rest = &self.bins[first..];
        &rest[..rest.partition_point(|bin| bin.0 == series)]
    }

    /// The value below which the part `quantile` (0 to 1) of the values of a series lies; `None`
    /// without values. It is the value of rank `quantile · (n − 1)`, rounded down.
    pub fn quantile(&self, series: u32, quantile: f64) -> Option<f64> {
        let bins = self.of(series);
        let n: u64 = bins.iter().fold(0, |sum: u64, bin| sum.saturating_add(bin.2));
        let rank = quantile * n.checked_sub(1)? as f64;
        let mut below = 0u64;
        for &(_, bin, count) in bins {
            below = below.saturating_add(count);
            if below as f64 > rank {
                return Some(self.value(bin));
            }
        }
        bins.last().map(|&(_, bin, _)| self.value(bin))
    }

    /// The value in a bin's middle, in the sense of relative error.
    fn value(&self, bin: u32) -> f64 {
        match bin {
            0 => 0.0,
            _ => 2.0 * self.gamma.powf(f64::from(bin - 1)) / (self.gamma + 1.0) / BILLIONTHS,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Quantiles;
    use crate::value::number::Decimal;

    /// Checks every answer against the sorted values.
    fn check(values: &mut [i128], accuracy: f64) {
        let mut sketch = Quantiles::new(accuracy);
        for &value in &*values {
            sketch.observe(3, Decimal::from_billionths(value));
        }
        values.sort_unstable();
        let sorted = sketch.sorted();
        for step in 0..=1000 {
            let quantile = f64::from(step) / 1000.0;
            #[expect(clippy::cast_sign_loss, reason = "not negative")]
            let rank = (quantile * (values.len() - 1) as f64) as usize;
            let exact = values[rank] as f64 / 1e9;
            let answer = sorted.quantile(3, quantile).expect("has values");
            // The last term is for the rounding of floats at the edge of a bin.
            let bound = accuracy * exact * (1.0 + 1e-9);
            assert!((answer - exact).abs() <= bound, "{quantile}: {answer} for {exact}");
        }
        assert_eq!(sorted.quantile(2, 0.5), None);
    }

    #[test]
    fn answers_keep_the_stated_error_on_a_long_tail() {
        // Pareto with exponent 1: from a microsecond to minutes.
        for accuracy in [0.001, 0.01, 0.05] {
            let mut draws = fastrand::Rng::with_seed(7);
            let mut values: Vec<i128> =
                (0..50_000).map(|_| (1000.0 / draws.f64().max(1e-9)) as i128).collect();
            check(&mut values, accuracy);
        }
    }

    #[test]
    fn bins_are_as_few_as_stated() {
        assert_eq!(Quantiles::new(0.01).last_bin(), 3110);
    }

    proptest! {
        #[test]
        fn answers_keep_the_stated_error(
            mut values in prop::collection::vec(prop_oneof![Just(0), 0i128..10, 1i128..10_i128.pow(27)], 1..200)
        ) {
            check(&mut values, 0.01);
        }
    }
}
