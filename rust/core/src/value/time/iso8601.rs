//! ISO 8601 date-times, in the forms that logs use.

use jiff::fmt::temporal::DateTimePrinter;

use super::Timestamp;
use super::civil::{
    SECONDS_PER_DAY, digits, second_of_day, split_fraction, timestamp, unix_day, zone_seconds,
};

/// Reads `2000-10-10T13:55:36.123+00:00`: a `T` or a space between date and time, seconds or not, a
/// fraction after `.` or `,` or not, and `Z`, `+hh:mm`, `+hhmm`, `+hh` or nothing (UTC) at the end,
/// perhaps after a space.
pub(super) fn read(text: &[u8]) -> Option<Timestamp> {
    let (date, rest) = text.split_first_chunk::<10>()?;
    let day = read_date(*date)?;
    let [b'T' | b't' | b' ', h1, h2, b':', m1, m2, rest @ ..] = rest else {
        return None;
    };
    let (seconds, rest) = match rest {
        [b':', s1, s2, rest @ ..] => ([*s1, *s2], rest),
        _ => ([b'0', b'0'], rest),
    };
    let (fraction, zone) = split_fraction(rest)?;
    let second = second_of_day(digits([*h1, *h2])?, digits([*m1, *m2])?, digits(seconds)?)?;
    timestamp(day * SECONDS_PER_DAY + second - read_zone(zone)?, fraction)
}

/// Days since the Unix epoch of a date such as `2000-10-10`.
pub(super) fn read_date(date: [u8; 10]) -> Option<i64> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = date else {
        return None;
    };
    unix_day(digits([y1, y2, y3, y4])?, digits([m1, m2])?, digits([d1, d2])?)
}

/// Seconds east of UTC.
fn read_zone(zone: &[u8]) -> Option<i64> {
    let zone = match zone {
        [b' ', zone @ ..] if !zone.is_empty() => zone,
        _ => zone,
    };
    let (sign, hours, minutes) = match *zone {
        [] | [b'Z' | b'z'] => return Some(0),
        [sign, h1, h2] => (sign, [h1, h2], [b'0', b'0']),
        [sign, h1, h2, m1, m2] | [sign, h1, h2, b':', m1, m2] => (sign, [h1, h2], [m1, m2]),
        _ => return None,
    };
    zone_seconds(sign, digits(hours)?, digits(minutes)?)
}

/// Appends the instant as ISO 8601 in UTC with the fraction that was logged:
/// `2000-10-10T20:55:36.123Z`.
pub fn write_iso8601(out: &mut Vec<u8>, time: Timestamp) {
    let printer = DateTimePrinter::new().precision(Some(time.fraction_digits));
    let written = jiff::Timestamp::from_nanosecond(i128::from(time.unix_ns))
        .and_then(|instant| printer.print_timestamp(&instant, out));
    debug_assert!(written.is_ok(), "every i64 of nanoseconds is a jiff timestamp");
}
