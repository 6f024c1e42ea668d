//! The last value of each series.

use super::NOWHERE;
use crate::value::number::Decimal;

/// A value and when it was.
///
/// The order says which of two is the later one: that of the later event, and the greater value of
/// one instant (most logs tell whole seconds), so that it does not matter in which order or by how
/// many threads the records are read. A record without a readable time is before all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Latest {
    /// Nanoseconds since the Unix epoch.
    pub unix_ns: i64,
    /// The value then.
    pub value: Decimal,
}

impl Latest {
    /// No value yet: before all that can be.
    pub const NONE: Latest = Latest { unix_ns: i64::MIN, value: Decimal::from_billionths(i128::MIN) };
}

/// The latest value by series.
#[derive(Debug, Clone, Default)]
pub struct Gauge {
    latest: Vec<Latest>,
}

impl Gauge {
    /// Takes a value.
    pub fn observe(&mut self, series: u32, value: Latest) {
        let own = &mut self.latest[series as usize];
        *own = value.max(*own);
    }

    /// The latest value, [`Latest::NONE`] where there was none.
    pub fn latest(&self, series: u32) -> Latest {
        self.latest[series as usize]
    }

    /// The latest value as it is shown: 0 where there was none.
    pub fn value(&self, series: u32) -> Decimal {
        let latest = self.latest(series);
        if latest == Latest::NONE { Decimal::ZERO } else { latest.value }
    }

    pub(super) fn grow(&mut self, series: usize) {
        self.latest.resize(series, Latest::NONE);
    }

    pub(super) fn clear(&mut self) {
        self.latest.clear();
    }

    pub(super) fn held_bytes(&self) -> usize {
        size_of_val(&*self.latest)
    }

    pub(super) fn merge(&mut self, other: &Gauge, series: &[u32]) {
        for (&own, &theirs) in series.iter().zip(&other.latest).filter(|(own, _)| **own != NOWHERE) {
            self.observe(own, theirs);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Gauge, Latest};
    use crate::value::number::Decimal;

    fn at(unix_ns: i64, value: i64) -> Latest {
        Latest { unix_ns, value: Decimal::from(value) }
    }

    #[test]
    fn the_later_event_wins_and_the_greater_value_of_an_instant() {
        let mut gauge = Gauge::default();
        gauge.grow(1);
        assert_eq!(gauge.value(0), Decimal::ZERO);
        for (value, shown) in [(at(5, 1), 1), (at(4, 9), 1), (at(5, -7), 1), (at(5, 3), 3), (at(6, -2), -2)] {
            gauge.observe(0, value);
            assert_eq!(gauge.value(0), Decimal::from(shown));
        }
    }
}
