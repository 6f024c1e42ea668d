//! Instants in whichever of the usual layouts they are written.

use super::Timestamp;
use super::civil::{
    Fraction, SECONDS_PER_DAY, digits, second_of_day, split_fraction, timestamp, unix_day, zone_seconds,
};
use super::clf::month;
use super::{epoch, iso8601};
use crate::format::field::Unit;

/// Reads
///
/// - `10/Oct/2000:13:55:36 -0700`, also with spaces or hyphens for slashes, a space for the colon, a fraction,
///   a zone's name or none;
/// - ISO 8601, also with ` UTC` or the name of a zone in brackets behind it; `2000/10/10 13:55:36`;
///   `20001010 13:55:36.123456`, `20001010T135536Z`;
/// - `Tue Oct 10 13:55:36.123 2000` (`asctime`), also with `UTC` before the year; `Oct 10 2000 13:55:36`;
///   `Tue, 10 Oct 2000 13:55:36 GMT` (RFC 9110);
/// - `Oct 10 13:55:36` (RFC 3164) and `1010 13:55:36` (klog) in the year `year_if_absent`;
/// - a count since 1970 of seconds, or of milli-, micro- or nanoseconds where it is as large.
///
/// Without a zone it is UTC.
pub(super) fn read(text: &[u8], year_if_absent: i16) -> Option<Timestamp> {
    match text {
        [b'0'..=b'9', _, b'/' | b'-' | b' ', b'A'..=b'Z', ..]
        | [b'0'..=b'9', b'/' | b'-' | b' ', b'A'..=b'Z', ..] => clf(text),
        [_, _, _, _, b'/', _, _, b'/', ..] => {
            let mut iso = [0; 40];
            let iso = iso.get_mut(..text.len())?;
            iso.copy_from_slice(text);
            (iso[4], iso[7]) = (b'-', b'-');
            iso8601::read(iso)
        }
        [_, _, _, _, b'-', ..] => iso8601::read(text).or_else(|| iso8601::read(without_zone_name(text)?)),
        [y1 @ b'0'..=b'9', y2, y3, y4, m1, m2, d1, d2, b' ' | b'T', clock @ ..] => {
            let day = unix_day(digits([*y1, *y2, *y3, *y4])?, digits([*m1, *m2])?, digits([*d1, *d2])?)?;
            at(day, clock)
        }
        [m1 @ (b'0' | b'1'), m2, d1, d2, b' ', clock @ ..] => {
            let year = u32::try_from(year_if_absent).ok()?;
            at(unix_day(year, digits([*m1, *m2])?, digits([*d1, *d2])?)?, clock)
        }
        [b'A'..=b'Z', ..] => words(text, year_if_absent),
        _ => epoch::read(text, epoch_unit(text)),
    }
}

/// The unit of a count since 1970, told by its size: from 2286 on seconds would be taken for others.
fn epoch_unit(text: &[u8]) -> Unit {
    match text.iter().take_while(|byte| byte.is_ascii_digit()).count() {
        0..=10 => Unit::Seconds,
        11..=13 => Unit::Milliseconds,
        14..=16 => Unit::Microseconds,
        _ => Unit::Nanoseconds,
    }
}

/// What stands before ` UTC`, ` GMT` or a zone in brackets, as `ZonedDateTime` of Java writes it.
fn without_zone_name(text: &[u8]) -> Option<&[u8]> {
    let named = text.strip_suffix(b" UTC").or_else(|| text.strip_suffix(b" GMT"));
    named.or_else(|| {
        let inside = text.strip_suffix(b"]")?;
        Some(&inside[..memchr::memrchr(b'[', inside)?])
    })
}

/// `10/Oct/2000:13:55:36.123 -0700`.
fn clf(text: &[u8]) -> Option<Timestamp> {
    let (day, rest) = number(text)?;
    let ([separator], rest) = rest.split_first_chunk::<1>()?;
    let (name, rest) = rest.split_first_chunk::<3>()?;
    let (year, rest) = number(rest.strip_prefix(&[*separator])?)?;
    let ([b':' | b' '], clock) = rest.split_first_chunk::<1>()? else { return None };
    at(unix_day(year, month(*name)?, day)?, clock)
}

/// Layouts that begin with the name of a weekday or month.
fn words(text: &[u8], year_if_absent: i16) -> Option<Timestamp> {
    // At most eight words, so that a long text costs nothing.
    let mut words = text.splitn(8, |&byte| byte == b' ').filter(|word| !word.is_empty());
    let mut first = words.next()?;
    if let Some(weekday) = first.strip_suffix(b",") {
        if weekday.len() < 3 {
            return None;
        }
        let (day, _) = number(words.next()?)?;
        let name = month(words.next()?.try_into().ok()?)?;
        let (year, _) = number(words.next()?)?;
        return at(unix_day(year, name, day)?, words.next()?);
    }
    if first.len() == 3 && month(first.try_into().ok()?).is_none() {
        first = words.next()?; // a weekday
    }
    let name = month(first.try_into().ok()?)?;
    let (day, _) = number(words.next()?)?;
    let second = words.next()?;
    if !second.contains(&b':') {
        return at(unix_day(number(second)?.0, name, day)?, words.next()?);
    }
    let year = match words.next() {
        Some(b"UTC" | b"GMT") => number(words.next()?)?.0,
        Some(year) => number(year)?.0,
        None => u32::try_from(year_if_absent).ok()?,
    };
    at(unix_day(year, name, day)?, second)
}

/// The instant of a time of day such as `13:55:36.123 -0700` on a day since 1970.
fn at(day: i64, clock: &[u8]) -> Option<Timestamp> {
    let ([h1, h2, b':', m1, m2, b':', s1, s2, rest @ ..] | [h1, h2, m1, m2, s1, s2, rest @ ..]) = clock
    else {
        return None;
    };
    let second = second_of_day(digits([*h1, *h2])?, digits([*m1, *m2])?, digits([*s1, *s2])?)?;
    let (fraction, rest) = split_fraction(rest)?;
    instant(day, second, fraction, rest.strip_prefix(b" ").unwrap_or(rest))
}

fn instant(day: i64, second: i64, fraction: Fraction, zone: &[u8]) -> Option<Timestamp> {
    let zone = match *zone {
        [] | [b'Z'] => 0,
        [sign @ (b'+' | b'-'), h1, h2, m1, m2] | [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            zone_seconds(sign, digits([h1, h2])?, digits([m1, m2])?)?
        }
        _ if matches!(zone, b"UTC" | b"GMT") => 0,
        _ => return None,
    };
    timestamp(day * SECONDS_PER_DAY + second - zone, fraction)
}

/// The number of at most four digits that `text` begins with, and what follows.
fn number(text: &[u8]) -> Option<(u32, &[u8])> {
    let length = text.iter().take(5).take_while(|byte| byte.is_ascii_digit()).count();
    let (number, rest) = text.split_at(length);
    let value = number.iter().fold(0, |value, digit| value * 10 + u32::from(digit - b'0'));
    (1..=4).contains(&length).then_some((value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::time::write_iso8601;

    fn iso(text: &str) -> String {
        let mut out = Vec::new();
        if let Some(time) = read(text.as_bytes(), 2000) {
            write_iso8601(&mut out, time);
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn usual_layouts_are_read() {
        for text in [
            "10/Oct/2000:13:55:36 -0700",
            "10/Oct/2000 20:55:36",
            "2000-10-10T20:55:36Z",
            "2000/10/10 20:55:36",
            "20001010 20:55:36",
            "Tue Oct 10 20:55:36 2000",
            "Tue, 10 Oct 2000 20:55:36 GMT",
            "Oct 10 20:55:36",
            "Oct 10 2000 20:55:36",
            "Tue Oct 10 20:55:36 UTC 2000",
            "10-Oct-2000 20:55:36",
            "10 Oct 2000 20:55:36",
            "1010 20:55:36",
            "20001010T205536Z",
            "2000-10-10 20:55:36 UTC",
            "2000-10-10 22:55:36 +0200 GMT",
            "2000-10-10T22:55:36+02:00[Europe/Paris]",
            "971211336",
        ] {
            assert_eq!(iso(text), "2000-10-10T20:55:36Z", "{text}");
        }
        for text in
            ["10/Oct/2000:20:55:36.123", "Tue Oct 10 20:55:36.123 2000", "971211336123", "971211336.123"]
        {
            assert_eq!(iso(text), "2000-10-10T20:55:36.123Z", "{text}");
        }
        for text in ["Oct  9 20:55:36", "Mon Oct  9 20:55:36 2000"] {
            assert_eq!(iso(text), "2000-10-09T20:55:36Z", "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_instants() {
        for text in [
            "",
            "-",
            "x",
            "Oct",
            "10-Oct/2000 00:00:00",
            "1310 00:00:00",
            "2000-10-10[UTC]",
            "]",
            "32/Oct/2000:00:00:00",
            "20001000 20:55:36",
            "Oct 10 25:00:00",
            "1e9",
        ] {
            assert_eq!(iso(text), "", "{text}");
        }
    }
}
