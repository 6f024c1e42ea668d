//! Counts since the Unix epoch: `1700000000.123`.

use super::Timestamp;
use super::civil::{NS_PER_SECOND, split_fraction};
use crate::format::field::Unit;

/// Reads digits, with a fraction or not, as a count of `unit`s since the Unix epoch.
pub(super) fn read(text: &[u8], unit: Unit) -> Option<Timestamp> {
    let length = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (whole, rest) = text.split_at(length);
    let (fraction, rest) = split_fraction(rest)?;
    if whole.is_empty() || !rest.is_empty() {
        return None;
    }
    let whole = whole
        .iter()
        .try_fold(0_i64, |value, digit| value.checked_mul(10)?.checked_add(i64::from(digit - b'0')))?;
    let (scale_ns, scale_digits) = match unit {
        Unit::Seconds => (NS_PER_SECOND, 0),
        Unit::Milliseconds => (1_000_000, 3),
        Unit::Microseconds => (1000, 6),
        Unit::Nanoseconds => (1, 9),
    };
    let fraction_ns = i64::from(fraction.billionths) * scale_ns / NS_PER_SECOND;
    let unix_ns = whole.checked_mul(scale_ns)?.checked_add(fraction_ns)?;
    Some(Timestamp { unix_ns, fraction_digits: (scale_digits + fraction.digits).min(9) })
}
