//! Dates and times of day inside messages. (`header/timestamp.rs` reads those that head lines.)

use crate::template::class::{LETTER, NAME, SPACE, byte_at, digits, is_at, run};

use super::separated_pair;

/// The number of the month whose name begins here, from 1.
#[inline]
pub fn month(text: &[u8], at: usize) -> Option<u8> {
    Some(match text.get(at..at + 3)? {
        b"Jan" => 1,
        b"Feb" => 2,
        b"Mar" => 3,
        b"Apr" => 4,
        b"May" => 5,
        b"Jun" => 6,
        b"Jul" => 7,
        b"Aug" => 8,
        b"Sep" => 9,
        b"Oct" => 10,
        b"Nov" => 11,
        b"Dec" => 12,
        _ => return None,
    })
}

/// Whether the name of a weekday begins here.
#[inline]
pub fn is_weekday(text: &[u8], at: usize) -> bool {
    matches!(text.get(at..at + 3), Some(b"Mon" | b"Tue" | b"Wed" | b"Thu" | b"Fri" | b"Sat" | b"Sun"))
}

/// Whether the name of a month or a weekday begins here.
pub(super) fn starts_with_name(text: &[u8], at: usize) -> bool {
    month(text, at).is_some() || is_weekday(text, at)
}

/// `hh:mm[:ss[.fraction]]`
pub(super) fn clock(text: &[u8], at: usize) -> Option<usize> {
    let minutes = separated_pair(text, digits(text, at, 1, 2)?, b':')?;
    let Some(seconds) = separated_pair(text, minutes, b':') else { return Some(minutes) };
    let fraction = match byte_at(text, seconds) {
        b'.' | b',' | b':' => digits(text, seconds + 1, 1, 9),
        _ => None,
    };
    Some(fraction.unwrap_or(seconds))
}

/// `2026-10-10`, also with `/` or `.`, then maybe `T` or space, a clock and a zone.
pub(super) fn iso(text: &[u8], at: usize) -> Option<usize> {
    let separates = |at| matches!(byte_at(text, at), b'-' | b'/' | b'.');
    let year = digits(text, at, 4, 4).filter(|&end| separates(end))?;
    let month = digits(text, year + 1, 1, 2).filter(|&end| separates(end))?;
    let mut end = digits(text, month + 1, 1, 2)?;
    let after_gap = if byte_at(text, end) == b'T' { end + 1 } else { spaces(text, end) };
    if after_gap > end {
        end = clock(text, after_gap).unwrap_or(end);
    }
    end = zone(text, end).unwrap_or(end);
    (!is_at(text, end, NAME)).then_some(end)
}

/// `Z`, `+02:00`, ` +0200`
fn zone(text: &[u8], at: usize) -> Option<usize> {
    if byte_at(text, at) == b'Z' {
        return Some(at + 1);
    }
    let sign = if byte_at(text, at) == b' ' { at + 1 } else { at };
    if !matches!(byte_at(text, sign), b'-' | b'+') {
        return None;
    }
    let hours = digits(text, sign + 1, 2, 2)?;
    let minutes = if byte_at(text, hours) == b':' { hours + 1 } else { hours };
    digits(text, minutes, 2, 2)
}

/// `[Sat,] Oct 10[,] [2026] [clock] [UTC] [2026]`, or the day before the month.
pub(super) fn written(text: &[u8], at: usize) -> Option<usize> {
    let mut end = at;
    if is_weekday(text, end) {
        end = gap(text, skip(text, run(text, end, LETTER), b','))?;
    }
    if month(text, end).is_some() {
        let day = gap(text, skip(text, run(text, end, LETTER), b'.'))?;
        end = digits(text, day, 1, 2)?;
    } else {
        let name = gap(text, digits(text, end, 1, 2)?)?;
        month(text, name)?;
        end = run(text, name, LETTER);
    }
    end = year(text, end).unwrap_or(end);
    end = gap(text, skip(text, end, b',')).and_then(|at| clock(text, at)).unwrap_or(end);
    end = zone_name(text, end).unwrap_or(end);
    end = year(text, end).unwrap_or(end);
    (!is_at(text, end, NAME)).then_some(end)
}

fn year(text: &[u8], at: usize) -> Option<usize> {
    let end = digits(text, gap(text, skip(text, at, b','))?, 4, 4)?;
    (!is_at(text, end, NAME) && byte_at(text, end) != b':').then_some(end)
}

fn zone_name(text: &[u8], at: usize) -> Option<usize> {
    let start = gap(text, at)?;
    let length = text[start..].iter().take(5).take_while(|byte| byte.is_ascii_uppercase()).count();
    let end = start + length;
    ((3..=4).contains(&length) && is_at(text, end, SPACE)).then_some(end)
}

fn skip(text: &[u8], at: usize, byte: u8) -> usize {
    if byte_at(text, at) == byte { at + 1 } else { at }
}

/// The end of one or more spaces, at most 8: a run of them costs no more than its length.
fn gap(text: &[u8], at: usize) -> Option<usize> {
    let end = spaces(text, at);
    (end > at).then_some(end)
}

fn spaces(text: &[u8], at: usize) -> usize {
    let reach = &text[..text.len().min(at + 8)];
    run(reach, at, SPACE).max(at)
}
