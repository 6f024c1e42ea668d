//! Calendar arithmetic and the digits that dates and times are made of.

use super::Timestamp;

pub(super) const NS_PER_SECOND: i64 = 1_000_000_000;
pub(super) const SECONDS_PER_DAY: i64 = 86_400;

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar; `None` if there is no such
/// date.
///
/// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`: years start in
/// March, so that the leap day is their last.
pub(crate) fn unix_day(year: u32, month: u32, day: u32) -> Option<i64> {
    if !(1..=12).contains(&month) || day == 0 || day > days_in_month(year, month) {
        return None;
    }
    let year = i64::from(year) - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = i64::from((month + 9) % 12);
    let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

fn days_in_month(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Seconds since midnight; a second of 60 is a leap second.
pub(super) fn second_of_day(hour: u32, minute: u32, second: u32) -> Option<i64> {
    (hour < 24 && minute < 60 && second <= 60).then(|| i64::from(hour * 3600 + minute * 60 + second))
}

/// Seconds east of UTC of a zone written as sign, hours and minutes.
pub(super) fn zone_seconds(sign: u8, hours: u32, minutes: u32) -> Option<i64> {
    let seconds = second_of_day(hours, minutes, 0)?;
    match sign {
        b'+' => Some(seconds),
        b'-' => Some(-seconds),
        _ => None,
    }
}

/// The value of exactly `N` ASCII digits, `N` at most 9.
#[inline]
pub(super) fn digits<const N: usize>(text: [u8; N]) -> Option<u32> {
    let mut value = 0;
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + u32::from(digit);
    }
    Some(value)
}

/// The fraction of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Fraction {
    /// In billionths of the unit; digits after the ninth are cut off.
    pub(super) billionths: u32,
    /// How many digits were written, at most 9.
    pub(super) digits: u8,
}

/// Reads `.` or `,` and digits at the start of `text`, if they are there; answers the fraction and
/// the rest. `None` if no digit follows the mark.
pub(super) fn split_fraction(text: &[u8]) -> Option<(Fraction, &[u8])> {
    let [b'.' | b',', after @ ..] = text else {
        return Some((Fraction::default(), text));
    };
    let length = after.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(after.len());
    let (written, rest) = after.split_at(length);
    if written.is_empty() {
        return None;
    }
    let kept = &written[..length.min(9)];
    let value = kept.iter().fold(0, |value, digit| value * 10 + u32::from(digit - b'0'));
    let billionths = value * 10_u32.pow(9 - kept.len() as u32);
    Some((Fraction { billionths, digits: kept.len() as u8 }, rest))
}

/// The timestamp of a count of seconds since the Unix epoch and a fraction of the next one.
pub(super) fn timestamp(unix_seconds: i64, fraction: Fraction) -> Option<Timestamp> {
    let unix_ns = unix_seconds.checked_mul(NS_PER_SECOND)?.checked_add(i64::from(fraction.billionths))?;
    Some(Timestamp { unix_ns, fraction_digits: fraction.digits })
}
