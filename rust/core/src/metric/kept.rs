//! What a column holds of one series, as values that are written and read.

use serde::{Deserialize, Serialize};

use super::column::distinct::Sketch;
use super::column::quantiles::SortedBins;
use super::column::{Column, Latest, Ranked};
use crate::value::number::Decimal;

/// The state of one series in a [`Column`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kept {
    /// Nothing beside the count and the sums.
    Counter,
    /// The last value.
    Gauge {
        /// When it was, in nanoseconds since the Unix epoch.
        unix_ns: i64,
        /// In units of 10⁻⁹.
        billionths: i128,
    },
    /// Values by bucket, not cumulative.
    Histogram(Vec<u64>),
    /// Bins and the values in each.
    Quantiles(Vec<(u32, u64)>),
    /// The set of texts.
    Distinct(Sketch),
    /// The most frequent texts.
    Top {
        /// The most that a text without a counter came.
        floor: u64,
        /// Text, count and error.
        counters: Vec<(Vec<u8>, u64, u64)>,
    },
}

impl Kept {
    /// What a column holds of each of these series.
    pub fn of(column: &Column, series: &[u32]) -> Vec<Kept> {
        // Bins lie by series and bin in no order: they are gathered once for all.
        let bins = match column {
            Column::Quantiles(quantiles) => Some(quantiles.sorted_of(series)),
            _ => None,
        };
        series.iter().map(|&series| Kept::of_one(column, bins.as_ref(), series)).collect()
    }

    fn of_one(column: &Column, bins: Option<&SortedBins>, series: u32) -> Kept {
        match column {
            Column::Counter => Kept::Counter,
            Column::Gauge(gauge) => {
                let Latest { unix_ns, value } = gauge.latest(series);
                Kept::Gauge { unix_ns, billionths: value.billionths() }
            }
            Column::Histogram(histogram) => Kept::Histogram(histogram.counts(series).to_vec()),
            Column::Quantiles(_) => {
                let bins = bins.map_or(&[][..], |bins| bins.of(series));
                Kept::Quantiles(bins.iter().map(|&(_, bin, count)| (bin, count)).collect())
            }
            Column::Distinct(distinct) => Kept::Distinct(distinct.sketch(series)),
            Column::Top(top) => {
                let (floor, ranked) = top.ranked(series);
                let counter = |own: Ranked<'_>| (own.text.to_vec(), own.count, own.error);
                Kept::Top { floor, counters: ranked.into_iter().map(counter).collect() }
            }
        }
    }

    /// Adds this to a series of a column; `None`, and maybe a part added, if it is not one of the
    /// column's kind.
    pub fn add_to(&self, column: &mut Column, series: u32) -> Option<()> {
        match (self, column) {
            (Kept::Counter, Column::Counter) => {}
            (&Kept::Gauge { unix_ns, billionths }, Column::Gauge(gauge)) => {
                gauge.observe(series, Latest { unix_ns, value: Decimal::from_billionths(billionths) });
            }
            (Kept::Histogram(counts), Column::Histogram(histogram)) => {
                (counts.len() == histogram.bounds().len() + 1).then_some(())?;
                histogram.add(series, counts);
            }
            (Kept::Quantiles(bins), Column::Quantiles(quantiles)) => {
                let last = quantiles.last_bin();
                bins.iter().all(|&(bin, _)| bin <= last).then_some(())?;
                for &(bin, count) in bins {
                    quantiles.add(series, bin, count);
                }
            }
            (Kept::Distinct(sketch), Column::Distinct(distinct)) => {
                distinct.add(series, sketch).then_some(())?;
            }
            (Kept::Top { floor, counters }, Column::Top(top)) => {
                let counters = counters.iter();
                let ranked =
                    counters.map(|(text, count, error)| Ranked { text, count: *count, error: *error });
                top.add(series, ranked, *floor);
            }
            _ => return None,
        }
        Some(())
    }
}
