//! Instants as people write them on the command line.

use jiff::{Span, SpanRelativeTo};

use super::civil::{NS_PER_SECOND, SECONDS_PER_DAY};
use super::{epoch, iso8601};
use crate::format::field::Unit;

/// Reads the instant of an option such as `--since`, in nanoseconds since the Unix epoch.
///
/// Takes RFC 3339 (`2026-11-21T10:00:00+01:00`), a date (`2026-11-21`, its midnight), date and time
/// (`2026-11-21 10:00`), Unix seconds (`1795255200.5`), `now`, and a distance from `now_ns` with a
/// sign or `ago` (`-1h`, `-2d`, `-1h30m`, `3 hours ago`; a day is 24 h). Without a zone it is UTC.
///
/// # Errors
/// One line that repeats the text and says what is taken.
pub fn parse_instant(text: &str, now_ns: i64) -> Result<i64, String> {
    let trimmed = text.trim();
    if trimmed == "now" {
        return Ok(now_ns);
    }
    if trimmed.bytes().all(|byte| byte.is_ascii_digit()) && matches!(trimmed.len(), 4 | 8) {
        return Err(format!("`{text}` could be a year, a date or seconds: write a date as 2026-11-21"));
    }
    read_absolute(trimmed.as_bytes()).or_else(|| read_distance(trimmed, now_ns)).ok_or_else(|| {
        format!(
            "`{text}` is no instant between 1677 and 2262: write 2026-11-21, \"2026-11-21 10:00\", \
             2026-11-21T10:00:00Z, Unix seconds, or a distance from now such as -1h or -2d"
        )
    })
}

fn read_absolute(text: &[u8]) -> Option<i64> {
    if let Ok(date) = text.try_into()
        && let Some(day) = iso8601::read_date(date)
    {
        return day.checked_mul(SECONDS_PER_DAY * NS_PER_SECOND);
    }
    let time = iso8601::read(text).or_else(|| epoch::read(text, Unit::Seconds))?;
    Some(time.unix_ns)
}

fn read_distance(text: &str, now_ns: i64) -> Option<i64> {
    // Without a sign it would be a distance into the future, which nobody means by `1h`.
    if !text.starts_with(['-', '+']) && !text.ends_with("ago") {
        return None;
    }
    let span: Span = text.parse().ok()?;
    let distance = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    now_ns.checked_add(i64::try_from(distance.as_nanos()).ok()?)
}
