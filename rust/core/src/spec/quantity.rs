//! Durations and sizes with their units.

use std::time::Duration;

use jiff::SpanRelativeTo;
use jiff::fmt::friendly::SpanParser;

use crate::value::number::Decimal;

/// Units of sizes, in bytes: decimal ones and, with an `i`, powers of 1024.
const SIZE_UNITS: [(&str, i128); 9] = [
    ("B", 1),
    ("kB", 1000),
    ("KB", 1000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

/// Reads a duration such as `10s`, `250ms`, `1h30m`, `30d` (days of 24 hours); `None` if it is none, or
/// negative.
pub fn duration(text: &str) -> Option<Duration> {
    let is_plain =
        text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b' ' | b'-'));
    let span = SpanParser::new().parse_span(text).ok().filter(|_| is_plain)?;
    let parsed = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    Duration::try_from(parsed).ok()
}

/// Reads a size such as `64KiB`, `10MB`, `1.5 GiB`, in bytes; `None` if it is none or no whole number
/// of bytes.
pub fn size_bytes(text: &str) -> Option<u64> {
    let digits = text.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
    let (number, unit) = text.split_at(digits);
    let (_, factor) = SIZE_UNITS.iter().find(|(name, _)| *name == unit.trim_ascii_start())?;
    let one = Decimal::from(1).billionths();
    let billionths = Decimal::parse(number.as_bytes())?.billionths().checked_mul(*factor)?;
    u64::try_from(billionths / one).ok().filter(|_| billionths % one == 0)
}

/// Reads a duration in seconds or a size in bytes, whichever it is.
pub fn quantity(text: &str) -> Option<Decimal> {
    if let Some(bytes) = size_bytes(text) {
        return i64::try_from(bytes).ok().map(Decimal::from);
    }
    let nanos = duration(text)?.as_nanos();
    i128::try_from(nanos).ok().map(Decimal::from_billionths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let millis = |text| duration(text).map(|duration| duration.as_millis());
        assert_eq!(millis("10s"), Some(10_000));
        assert_eq!(millis("5m"), Some(300_000));
        assert_eq!(millis("1h30m"), Some(5_400_000));
        assert_eq!(millis("250ms"), Some(250));
        assert_eq!(millis("1d 2h"), Some(93_600_000));
        assert_eq!(millis("1.5s"), Some(1500));
        assert_eq!(millis("0s"), Some(0));
        for text in ["", "10", "s", "10 parsecs", "-1s", "1s ago", "10s!", "99999999999999999999h", "1s,"] {
            assert_eq!(millis(text), None, "{text}");
        }
    }

    #[test]
    fn sizes() {
        assert_eq!(size_bytes("64KiB"), Some(65_536));
        assert_eq!(size_bytes("10MB"), Some(10_000_000));
        assert_eq!(size_bytes("1.5 GiB"), Some(1_610_612_736));
        assert_eq!(size_bytes("0B"), Some(0));
        for text in ["", "1", "KiB", "-1B", "1kib", "0.5B", "1e3B", "999999999999999999TiB"] {
            assert_eq!(size_bytes(text), None, "{text}");
        }
    }

    #[test]
    fn quantities_are_seconds_or_bytes() {
        assert_eq!(quantity("250ms"), Decimal::parse(b"0.25"));
        assert_eq!(quantity("2KiB"), Decimal::parse(b"2048"));
        assert_eq!(quantity("2"), None);
    }
}
