//! When something was seen, as counts over time in constant memory.

use serde::{Deserialize, Serialize};

/// Bins of a timeline.
pub const BINS: usize = 32;

/// Counts in at most [`BINS`] bins that are 2ⁿ seconds wide and begin at multiples of that.
///
/// The width is the least with which all instants fit, so it follows from the first and the last one,
/// and merging is associative and commutative.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeline {
    /// The first and last instant, in Unix seconds; `None` without instants.
    pub span: Option<(i64, i64)>,
    width_bits: u8,
    /// From the bin of the first instant on.
    counts: Vec<u32>,
}

impl Timeline {
    /// Counts so many at an instant.
    #[inline]
    pub fn add(&mut self, seconds: i64, count: u32) {
        let (first, last) = self.span.unwrap_or((seconds, seconds));
        if self.span.is_none() || seconds < first || seconds > last {
            self.widen((first.min(seconds), last.max(seconds)));
        }
        let bin = self.bin(seconds);
        self.counts[bin] = self.counts[bin].saturating_add(count);
    }

    /// Adds what another has.
    pub fn merge(&mut self, other: &Timeline) {
        let Some((first, last)) = other.span else { return };
        let (own_first, own_last) = self.span.unwrap_or((first, last));
        self.widen((own_first.min(first), own_last.max(last)));
        for (index, &count) in (0..).zip(&other.counts) {
            let seconds = ((first >> other.width_bits) + index) << other.width_bits;
            let bin = self.bin(seconds.max(first));
            self.counts[bin] = self.counts[bin].saturating_add(count);
        }
    }

    /// The counts between two instants, in bins from `first` on whose width, in seconds, comes second.
    pub fn over(&self, first: i64, last: i64) -> (Vec<u32>, i64) {
        let mut whole = Timeline::default();
        whole.widen((first, last));
        whole.merge(self);
        (whole.counts, 1 << whole.width_bits)
    }

    /// Whether it is what merging and adding can make; others come from damaged models.
    pub fn is_sound(&self) -> bool {
        match self.span {
            None => self.counts.is_empty(),
            Some((first, last)) => {
                const FARTHEST_SECONDS: i64 = 1 << 40;
                first <= last
                    && first > -FARTHEST_SECONDS
                    && last < FARTHEST_SECONDS
                    && self.width_bits == width_bits(first, last)
                    && self.counts.len() == bins(first, last, self.width_bits)
            }
        }
    }

    fn bin(&self, seconds: i64) -> usize {
        let first = self.span.map_or(seconds, |(first, _)| first);
        usize::try_from((seconds >> self.width_bits) - (first >> self.width_bits)).unwrap_or_default()
    }

    /// Makes room for a span that holds the present one.
    fn widen(&mut self, (first, last): (i64, i64)) {
        let bits = width_bits(first, last);
        if let Some((own_first, _)) = self.span
            && own_first == first
            && self.width_bits == bits
        {
            self.counts.resize(bins(first, last, bits), 0); // the usual case: time goes on
            self.span = Some((first, last));
            return;
        }
        let mut counts = Vec::with_capacity(BINS);
        counts.resize(bins(first, last, bits), 0u32);
        if let Some((own_first, _)) = self.span {
            for (index, &count) in (0..).zip(&self.counts) {
                let bin =
                    (((own_first >> self.width_bits) + index) >> (bits - self.width_bits)) - (first >> bits);
                let bin = &mut counts[usize::try_from(bin).unwrap_or_default()];
                *bin = bin.saturating_add(count);
            }
        }
        *self = Timeline { span: Some((first, last)), width_bits: bits, counts };
    }
}

/// The least width with which a span fits.
fn width_bits(first: i64, last: i64) -> u8 {
    (0..63).find(|&bits| bins(first, last, bits) <= BINS).unwrap_or(63)
}

fn bins(first: i64, last: i64, bits: u8) -> usize {
    usize::try_from((last >> bits) - (first >> bits) + 1).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(instants: &[i64]) -> Timeline {
        let mut timeline = Timeline::default();
        for &seconds in instants {
            timeline.add(seconds, 1);
        }
        timeline
    }

    #[test]
    fn counts_lie_where_they_were_seen() {
        let (counts, width) = of(&[100, 101, 101, 103]).over(100, 103);
        assert_eq!((counts, width), (vec![1, 2, 0, 1], 1));
        let (counts, width) = of(&[0, 99]).over(0, 99);
        assert_eq!((counts.len(), counts[0], counts[24], width), (25, 1, 1, 4));
    }

    proptest! {
        #[test]
        fn order_and_grouping_mean_nothing(
            one in prop::collection::vec(0i64..5000, 0..20),
            two in prop::collection::vec(-50i64..200, 0..20),
            three in prop::collection::vec(100i64..110, 0..20),
        ) {
            let all = of(&[one.clone(), two.clone(), three.clone()].concat());
            let (one, two, three) = (of(&one), of(&two), of(&three));
            let mut left = one.clone();
            left.merge(&two);
            left.merge(&three);
            let mut right = three;
            right.merge(&two);
            let mut whole = one;
            whole.merge(&right);
            prop_assert_eq!(&left, &all);
            prop_assert_eq!(&whole, &all);
            prop_assert!(all.is_sound());
        }
    }
}
