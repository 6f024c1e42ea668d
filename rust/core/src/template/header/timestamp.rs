//! Timestamps at the beginning of lines, in any of the usual layouts, as one kind of instant.

use std::ops::RangeInclusive;

use crate::template::class::{DIGIT, LETTER, NAME, SPACE, byte_at, digits, is_at, run};
use crate::template::lex::{is_weekday, month};
use crate::value::time::civil::unix_day;

/// The layouts; no text fits two of them. `%` letters are those of `strftime`, but for
///
/// - `%f` a fraction behind `.`, `,` or `:`, if there is one; `%z` a zone and `%?` a year behind
///   spaces, if there is one
/// - `%N`, `%T` minutes and seconds of one digit or two
/// - `%s` ten digits of Unix seconds, `%L` thirteen of milliseconds
/// - space: any number of spaces; `-`: one of `- / .`; `!`: one of `: .`; `~`: one of `T _ -` or a space
static LAYOUTS: [Layout; 15] = [
    layout(4..=4, b"%Y-%m-%d~%H!%M!%S%f%z"),
    layout(0..=0, b"%b %d %H:%M:%S%f%?"),
    layout(0..=0, b"%b %d %Y %H:%M:%S%f"),
    layout(0..=0, b"%a %b %d %H:%M:%S%f%?"),
    layout(1..=2, b"%d/%b/%Y:%H:%M:%S%f%z"),
    layout(0..=0, b"%a, %d %b %Y %H:%M:%S%f%z"),
    layout(1..=2, b"%d %b %Y %H:%M:%S%f%z"),
    layout(2..=2, b"%y-%m-%d %H:%M:%S%f"),
    layout(1..=2, b"%m-%d-%Y %H:%M:%S%f"),
    layout(1..=2, b"%m-%d %H:%M:%S%f"),
    layout(8..=8, b"%Y%m%d-%H:%N:%T%f"),
    layout(6..=6, b"%y%m%d %H%M%S"),
    layout(1..=2, b"%H:%M:%S%f"),
    layout(13..=13, b"%L"),
    layout(10..=10, b"%s%f"),
];
/// Dates alone, where no layout with a time fits.
static DATES: [Layout; 2] = [layout(4..=4, b"%Y-%m-%d"), layout(0..=0, b"%b %d")];

#[derive(Debug)]
struct Layout {
    /// How many digits it may begin with.
    digits: RangeInclusive<usize>,
    steps: &'static [u8],
}

const fn layout(digits: RangeInclusive<usize>, steps: &'static [u8]) -> Layout {
    Layout { digits, steps }
}

/// The digits of the longest first field.
const MOST_DIGITS: usize = 13;

/// What a timestamp says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fields {
    year: Option<i16>,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
    zone_seconds: i32,
    unix_seconds: Option<i64>,
}

impl Fields {
    /// Whole seconds since the Unix epoch; `None` for a time of day without a date. Without a zone it
    /// is UTC, without a year in `year_if_absent`.
    pub fn unix_seconds(&self, year_if_absent: i16) -> Option<i64> {
        if self.unix_seconds.is_some() {
            return self.unix_seconds;
        }
        if self.month == 0 {
            return None;
        }
        let year = u32::try_from(self.year.unwrap_or(year_if_absent)).ok()?;
        let day = unix_day(year, u32::from(self.month), u32::from(self.day))?;
        let of_day = i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second);
        Some(day * 86_400 + of_day - i64::from(self.zone_seconds))
    }

    /// Whether it has a date.
    pub fn has_date(&self) -> bool {
        self.month > 0 || self.unix_seconds.is_some()
    }

    fn is_plausible(&self) -> bool {
        self.month <= 12 && self.day <= 31 && self.hour <= 24 && self.minute < 60 && self.second <= 60
    }
}

/// Finds timestamps; the layout that fitted last is tried first.
#[derive(Debug, Clone, Default)]
pub struct Timestamps {
    last: usize,
}

impl Timestamps {
    /// The timestamp that begins here, maybe in square brackets, and its end. It must end at a space,
    /// `|` or the end of the line.
    #[inline]
    pub fn read(&mut self, text: &[u8], at: usize) -> Option<(usize, Fields)> {
        let opening = usize::from(byte_at(text, at) == b'[');
        let start = at + opening;
        if !is_at(text, start, NAME) {
            return None;
        }
        let digits = run(text, start, DIGIT) - start;
        let may_begin = if digits == 0 {
            month(text, start).is_some() || is_weekday(text, start)
        } else {
            digits <= MOST_DIGITS && !is_at(text, start + digits, LETTER)
        };
        if !may_begin {
            return None;
        }
        let fits = |layout: &Layout| {
            layout.digits.contains(&digits).then(|| read_layout(text, start, layout.steps)).flatten()
        };
        if let Some(found) = fits(&LAYOUTS[self.last]) {
            return Some(found);
        }
        for (index, layout) in LAYOUTS.iter().enumerate() {
            if let Some(found) = fits(layout) {
                self.last = index;
                return Some(found);
            }
        }
        DATES.iter().find_map(fits)
    }
}

fn read_layout(text: &[u8], start: usize, layout: &[u8]) -> Option<(usize, Fields)> {
    let mut fields = Fields::default();
    let mut at = start;
    let mut steps = layout.iter();
    while let Some(&step) = steps.next() {
        at = match step {
            b'%' => read_field(text, at, *steps.next()?, &mut fields)?,
            b' ' => Some(run(text, at, SPACE)).filter(|&end| end > at)?,
            b'-' if matches!(byte_at(text, at), b'-' | b'/' | b'.') => at + 1,
            b'!' if matches!(byte_at(text, at), b':' | b'.') => at + 1,
            b'~' if matches!(byte_at(text, at), b'T' | b' ' | b'_' | b'-') => at + 1,
            literal if byte_at(text, at) == literal => at + 1,
            _ => return None,
        };
    }
    if byte_at(text, at) == b']' {
        at += 1;
    }
    if byte_at(text, at) == b',' {
        at += 1;
    }
    let ends = at >= text.len() || is_at(text, at, SPACE) || text[at] == b'|';
    (ends && fields.is_plausible()).then_some((at, fields))
}

#[inline(always)]
fn read_field(text: &[u8], at: usize, field: u8, fields: &mut Fields) -> Option<usize> {
    let (least, most) = match field {
        b'Y' => (4, 4),
        b'y' | b'M' | b'S' => (2, 2),
        b'm' | b'd' | b'H' | b'N' | b'T' => (1, 2),
        b's' => return read_epoch(text, at, 10, 1, fields),
        b'L' => return read_epoch(text, at, 13, 1000, fields),
        b'b' => {
            fields.month = month(text, at)?;
            return Some(at + 3);
        }
        b'?' => return Some(read_year(text, at, fields).unwrap_or(at)),
        b'a' => return is_weekday(text, at).then_some(at + 3),
        b'f' => {
            let has_fraction = matches!(byte_at(text, at), b'.' | b',' | b':');
            return Some(if has_fraction { digits(text, at + 1, 1, 9).unwrap_or(at) } else { at });
        }
        _ => return Some(read_zone(text, at, fields).unwrap_or(at)),
    };
    let end = digits(text, at, least, most)?;
    let value = decimal(&text[at..end]);
    match (field, u8::try_from(value)) {
        (b'Y', _) => fields.year = Some(value as i16),
        (b'y', _) => fields.year = Some(2000 + value as i16),
        (b'm', Ok(month)) if month > 0 => fields.month = month,
        (b'd', Ok(day)) => fields.day = day,
        (b'H', Ok(hour)) => fields.hour = hour,
        (b'M' | b'N', Ok(minute)) => fields.minute = minute,
        (b'S' | b'T', Ok(second)) => fields.second = second,
        _ => return None,
    }
    Some(end)
}

/// ` 2026`, where no more follows.
fn read_year(text: &[u8], at: usize, fields: &mut Fields) -> Option<usize> {
    let start = run(text, at, SPACE);
    let end = digits(text, start, 4, 4).filter(|&end| start > at && !is_at(text, end, NAME))?;
    fields.year = Some(decimal(&text[start..end]) as i16);
    Some(end)
}

/// Exactly so many digits, of which the first is a 1: the years 2001 to 2033.
fn read_epoch(text: &[u8], at: usize, count: usize, per_second: i64, fields: &mut Fields) -> Option<usize> {
    let end = digits(text, at, count, count).filter(|_| text[at] == b'1')?;
    fields.unix_seconds = Some(decimal(&text[at..end]) / per_second);
    Some(end)
}

/// `Z`, `+02:00`, ` -0700`
fn read_zone(text: &[u8], at: usize, fields: &mut Fields) -> Option<usize> {
    if byte_at(text, at) == b'Z' {
        return Some(at + 1);
    }
    let sign_at = if byte_at(text, at) == b' ' { at + 1 } else { at };
    let sign = match byte_at(text, sign_at) {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let hours_end = digits(text, sign_at + 1, 2, 2)?;
    let minutes = if byte_at(text, hours_end) == b':' { hours_end + 1 } else { hours_end };
    let end = digits(text, minutes, 2, 2)?;
    let (hours, minutes) = (decimal(&text[sign_at + 1..hours_end]), decimal(&text[minutes..end]));
    fields.zone_seconds = sign * (hours * 3600 + minutes * 60) as i32;
    Some(end)
}

/// The value of at most 18 digits.
fn decimal(digits: &[u8]) -> i64 {
    digits.iter().fold(0, |value, digit| value * 10 + i64::from(digit - b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_layouts_are_one_instant() {
        for text in [
            "2026-10-10 13:55:36,123",
            "2026-10-10T13:55:36.123Z",
            "2026-10-10T15:55:36+02:00",
            "[2026/10/10 13:55:36]",
            "2026-10-10-13.55.36.675872",
            "Oct 10 13:55:36",
            "Oct 10 13:55:36 2026",
            "[Sat Oct 10 13:55:36.5 2026]",
            "[10/Oct/2026:06:55:36 -0700]",
            "Sat, 10 Oct 2026 13:55:36 +0000",
            "26/10/10 13:55:36",
            "10-10 13:55:36.811",
            "20261010-13:55:36:606|",
            "261010 135536",
            "1791640536",
            "1791640536123",
        ] {
            let found = Timestamps::default().read(text.as_bytes(), 0);
            let (end, fields) = found.unwrap_or_else(|| panic!("{text}"));
            assert_eq!(fields.unix_seconds(2026), Some(1_791_640_536), "{text}");
            assert_eq!(end, text.trim_end_matches('|').len(), "{text}");
        }
    }

    #[test]
    fn other_numbers_are_none() {
        for text in ["2026-13-10 13:55:36", "10.0.0.1", "123456 999999", "12", "May I", "2026-10-10x", ""] {
            assert_eq!(Timestamps::default().read(text.as_bytes(), 0), None, "{text}");
        }
    }

    #[test]
    fn a_time_of_day_is_no_instant() {
        let (end, fields) = Timestamps::default().read(b"13:55:36 x", 0).unwrap();
        assert_eq!((end, fields.unix_seconds(2026)), (8, None));
    }
}
