//! Instants in a user's `strftime` layout, read by `jiff`.

use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;

use super::Timestamp;

/// Says what is wrong with a `strftime` layout that no text could be read by.
///
/// # Errors
/// One line that names the layout and what it cannot do.
pub fn check_strftime(layout: &str) -> Result<(), String> {
    let sample = jiff::Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC);
    let text = BrokenDownTime::from(&sample)
        .to_string(spelt_out(layout))
        .map_err(|error| format!("time layout `{layout}`: {error}"))?;
    match read(text.as_bytes(), &spelt_out(layout), 1970) {
        Some(_) => Ok(()),
        None => Err(format!(
            "time layout `{layout}` does not give an instant: it needs a date and a time of day, \
             and a zone only as an offset (%z) or as UTC (%Z)"
        )),
    }
}

/// What POSIX's C locale has for conversions that stand for several, which `jiff` does not read.
const COMPOSITES: [(&str, &str); 5] = [
    ("%c", "%a %b %e %H:%M:%S %Y"),
    ("%D", "%m/%d/%y"),
    ("%x", "%m/%d/%y"),
    ("%r", "%I:%M:%S %p"),
    ("%X", "%H:%M:%S"),
];

/// The layout with conversions that stand for several spelt out.
pub(super) fn spelt_out(layout: &str) -> String {
    // A doubled percent sign must not lend its second half to a letter.
    let parts = layout
        .split("%%")
        .map(|part| COMPOSITES.iter().fold(part.to_owned(), |part, (short, long)| part.replace(short, long)));
    parts.collect::<Vec<_>>().join("%%")
}

/// Reads `text` by `layout`, which is [`spelt_out`]. A layout without zone is UTC, one without year takes
/// `year_if_absent`. Of the names of zones, only those of UTC are read: others mean several offsets.
///
/// `jiff` reads a leap second as the second before it.
pub(super) fn read(text: &[u8], layout: &str, year_if_absent: i16) -> Option<Timestamp> {
    if layout.contains("%Z") {
        let named = |zone| read_offset(text, &layout.replace("%Z", zone), year_if_absent);
        return ["UTC", "GMT", "Z"].into_iter().find_map(named);
    }
    read_offset(text, layout, year_if_absent)
}

fn read_offset(text: &[u8], layout: &str, year_if_absent: i16) -> Option<Timestamp> {
    let mut parts = BrokenDownTime::parse(layout, text).ok()?;
    if parts.timestamp().is_none() && parts.year().is_none() {
        parts.set_year(Some(year_if_absent)).ok()?;
    }
    let instant = match parts.to_timestamp() {
        Ok(instant) => instant,
        Err(_) if parts.offset().is_none() => {
            parts.to_datetime().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp()
        }
        Err(_) => return None,
    };
    let unix_ns = i64::try_from(instant.as_nanosecond()).ok()?;
    Some(Timestamp { unix_ns, fraction_digits: fraction_digits(text, layout, unix_ns) })
}

/// How many digits of a fraction were logged: `jiff` tells its value only, so it is looked for in
/// the text, as digits after `.` or `,` that have this value.
fn fraction_digits(text: &[u8], layout: &str, unix_ns: i64) -> u8 {
    if !layout.contains(['f', 'N']) {
        return 0;
    }
    let fraction_ns = unix_ns.rem_euclid(super::civil::NS_PER_SECOND);
    (0..text.len())
        .filter_map(|start| super::civil::split_fraction(&text[start..]))
        .map(|(fraction, _)| fraction)
        .filter(|fraction| i64::from(fraction.billionths) == fraction_ns)
        .map(|fraction| fraction.digits)
        .max()
        .unwrap_or(0)
}
