//! Choosing at random: weighted choices and log-normal amounts, both from tables made once.

use std::hint;

use fastrand::Rng;

/// A choice among `0..len` by weight, in constant time: Walker's alias method with Vose's tables
/// (M. D. Vose, "A Linear Algorithm for Generating Random Numbers with a Given Distribution", 1991).
#[derive(Debug)]
pub struct Weighted {
    cells: Box<[Cell]>,
}

/// An equal share of the choice: its own index up to `threshold` / 2¹⁶ of it, `alias` above.
/// Small, so that the tables of thousands stay in the processor's cache.
#[derive(Debug, Clone, Copy)]
struct Cell {
    threshold: u16,
    alias: u16,
}

impl Weighted {
    /// Index `i` is chosen with probability `weights[i] / Σ weights`.
    ///
    /// `weights` are finite, not negative, at most 65,536, and at least one is positive.
    pub fn new(weights: &[f64]) -> Weighted {
        let mean = weights.iter().sum::<f64>() / weights.len() as f64;
        let mut left: Vec<f64> = weights.iter().map(|weight| weight / mean).collect();
        let (mut poor, mut rich): (Vec<usize>, Vec<usize>) =
            (0..left.len()).partition(|&index| left[index] < 1.0);
        // What rounding leaves over at the end stays as it is here: itself, but never what weighs nothing.
        let heaviest = (0..left.len()).max_by(|&a, &b| left[a].total_cmp(&left[b])).unwrap_or(0);
        let mut cells: Box<[Cell]> = (0..left.len())
            .map(|own| match left[own] {
                0.0 => Cell { threshold: 0, alias: heaviest as u16 },
                _ => Cell { threshold: u16::MAX, alias: own as u16 },
            })
            .collect();
        while let (Some(low), Some(high)) = (poor.pop(), rich.pop()) {
            cells[low] = Cell { threshold: threshold(left[low]), alias: high as u16 };
            left[high] -= 1.0 - left[low];
            if left[high] < 1.0 {
                poor.push(high);
            } else {
                rich.push(high);
            }
        }
        Weighted { cells }
    }

    /// One choice.
    #[inline]
    pub fn pick(&self, rng: &mut Rng) -> usize {
        let draw = rng.u64(..);
        let index = (((draw >> 32) * self.cells.len() as u64) >> 32) as usize;
        let cell = self.cells[index];
        hint::select_unpredictable((draw as u16) < cell.threshold, index, cell.alias.into())
    }
}

/// `share` (0 to 1) of 2¹⁶, rounded down.
#[allow(clippy::cast_sign_loss)] // shares are not negative
fn threshold(share: f64) -> u16 {
    (share * 65_536.0) as u16 // saturates
}

/// Zipf's law: the weight of the thing at `rank`, from 0, that is in demand.
pub fn zipf_weight(rank: usize, exponent: f64) -> f64 {
    ((rank + 1) as f64).powf(exponent).recip()
}

/// Gives each member of `groups` its group's share of the whole, spread by Zipf's law in the order
/// of the members: `groups[i]` is the group of member `i`, `shares[group]` that group's share.
pub fn zipf_within_groups(groups: &[usize], shares: &[f64], exponent: f64) -> Vec<f64> {
    let mut ranks = vec![0; shares.len()];
    let mut totals = vec![0.0; shares.len()];
    let weights: Vec<f64> = groups
        .iter()
        .map(|&group| {
            let weight = zipf_weight(ranks[group], exponent);
            ranks[group] += 1;
            totals[group] += weight;
            weight
        })
        .collect();
    groups.iter().zip(weights).map(|(&group, weight)| shares[group] * weight / totals[group]).collect()
}

/// Whole amounts that are distributed log-normally, as sizes and durations of requests are.
#[derive(Debug)]
pub struct LogNormal {
    quantiles: Box<[u64]>,
}

impl LogNormal {
    const QUANTILES: usize = 513;

    /// `median` in the unit of the amounts; `sigma` of the natural logarithm. The tails end at the
    /// quantiles 1/1026 and 1025/1026.
    #[allow(clippy::cast_sign_loss)] // an exponential is not negative
    pub fn new(median: f64, sigma: f64) -> LogNormal {
        let quantiles = (0..Self::QUANTILES)
            .map(|index| (index as f64 + 0.5) / Self::QUANTILES as f64)
            .map(|probability| (median * (sigma * normal_quantile(probability)).exp()) as u64)
            .collect();
        LogNormal { quantiles }
    }

    /// One amount: uniform between two neighbouring quantiles.
    #[inline]
    pub fn pick(&self, rng: &mut Rng) -> u64 {
        let draw = rng.u64(..);
        let index = (((draw >> 32) * (Self::QUANTILES as u64 - 1)) >> 32) as usize;
        let (low, high) = (self.quantiles[index], self.quantiles[index + 1]);
        low + (((high - low) * (draw & 0xffff)) >> 16)
    }
}

/// The standard normal quantile at `probability` (0 to 1, exclusive), to 4.5e-4: Abramowitz and
/// Stegun, "Handbook of Mathematical Functions", 26.2.23.
fn normal_quantile(probability: f64) -> f64 {
    let tail = probability.min(1.0 - probability);
    let t = (-2.0 * tail.ln()).sqrt();
    let numerator = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let denominator = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    let distance = t - numerator / denominator;
    if probability < 0.5 { -distance } else { distance }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_follow_their_weights() {
        let weights = [0.0, 5.0, 1.0, 3.5, 0.5];
        let choice = Weighted::new(&weights);
        let mut rng = Rng::with_seed(1);
        let mut counts = [0_u32; 5];
        for _ in 0..100_000 {
            counts[choice.pick(&mut rng)] += 1;
        }
        for (weight, count) in weights.iter().zip(counts) {
            let share = f64::from(count) / 100_000.0;
            assert!((share - weight / 10.0).abs() < 0.006, "{weight} came as {share}");
        }
        assert_eq!(counts[0], 0);
    }

    #[test]
    fn amounts_are_log_normal() {
        let amounts = LogNormal::new(1_000.0, 0.5);
        let mut rng = Rng::with_seed(2);
        let mut drawn: Vec<u64> = (0..20_000).map(|_| amounts.pick(&mut rng)).collect();
        drawn.sort_unstable();
        // The median, and one standard deviation on each side: a factor of e^0.5 = 1.649.
        for (rank, expected) in [(3_173, 606.5), (10_000, 1_000.0), (16_827, 1_648.7)] {
            let amount = drawn[rank] as f64;
            assert!((amount / expected - 1.0).abs() < 0.03, "rank {rank}: {amount}");
        }
    }

    #[test]
    fn groups_keep_their_shares() {
        let weights = zipf_within_groups(&[0, 1, 0, 0, 1], &[0.75, 0.25], 1.0);
        assert!((weights[0] + weights[2] + weights[3] - 0.75).abs() < 1e-12);
        assert!((weights[1] / weights[4] - 2.0).abs() < 1e-12);
    }
}
