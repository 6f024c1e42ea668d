//! Numbers, with units or without.

use crate::template::class::{DIGIT, HEX, LETTER, NAME, SPACE, WORD, byte_at, is, is_at, run};

/// A number with more groups (`1.2.3,4`) ends behind that many.
const MAX_GROUPS: usize = 16;

const UNITS: [&[u8]; 38] = [
    b"B", b"b", b"kb", b"Kb", b"Mb", b"Gb", b"kB", b"KB", b"MB", b"GB", b"TB", b"PB", b"KiB", b"MiB", b"GiB",
    b"bps", b"kbps", b"Kbps", b"Mbps", b"byte", b"bytes", b"ns", b"us", b"ms", b"msec", b"msecs", b"sec",
    b"secs", b"second", b"seconds", b"min", b"mins", b"minute", b"minutes", b"hour", b"hours", b"day",
    b"days",
];
const LONGEST_UNIT_BYTES: usize = 7;

/// `0x1f`
pub(super) fn hexadecimal(text: &[u8], at: usize) -> Option<usize> {
    if byte_at(text, at) != b'0' || !matches!(byte_at(text, at + 1), b'x' | b'X') {
        return None;
    }
    let end = run(text, at + 2, HEX);
    (end > at + 2 && !is_at(text, end, NAME)).then_some(end)
}

/// `-12`, `1,234.5`
fn number(text: &[u8], at: usize) -> Option<usize> {
    let start = if matches!(byte_at(text, at), b'-' | b'+') { at + 1 } else { at };
    let mut end = run(text, start, DIGIT);
    if end == start {
        return None;
    }
    for _ in 0..MAX_GROUPS {
        let group_end = run(text, end + 1, DIGIT);
        if !matches!(byte_at(text, end), b'.' | b',') || group_end == end + 1 {
            break;
        }
        end = group_end;
    }
    Some(end)
}

/// A number, maybe after `<`, with a unit glued on or behind a space, and maybe said again in other
/// units in brackets: `<1 sec`, `2048 KB (2 MB)`.
pub(super) fn quantity(text: &[u8], at: usize) -> Option<usize> {
    let start = match byte_at(text, at) {
        b'<' if is_bracketed(text, at) => return None,
        b'<' => at + 1,
        _ => at,
    };
    let mut end = with_unit(text, number(text, start)?);
    if is_at(text, end, SPACE)
        && byte_at(text, end + 1) == b'('
        && let Some(again) = number(text, end + 2)
    {
        let again = with_unit(text, again);
        if byte_at(text, again) == b')' {
            end = again + 1;
        }
    }
    (!is_at(text, end, NAME)).then_some(end)
}

/// A quantity that no word goes on behind.
pub(super) fn whole_quantity(text: &[u8], at: usize) -> Option<usize> {
    quantity(text, at).filter(|&end| !is_at(text, end, WORD) || end >= run(text, at, WORD))
}

/// Whether `<…>` closes before a space.
fn is_bracketed(text: &[u8], at: usize) -> bool {
    let ends = |byte: &&u8| is(**byte, SPACE) || matches!(byte, b'<' | b'>');
    text[at + 1..].iter().find(ends) == Some(&b'>')
}

/// The end of the unit behind a number, or of the number.
fn with_unit(text: &[u8], number_end: usize) -> usize {
    let start = if is_at(text, number_end, SPACE) { number_end + 1 } else { number_end };
    let reach = &text[..text.len().min(start + LONGEST_UNIT_BYTES + 1)];
    let end = run(reach, start, LETTER);
    if end > start && !is_at(text, end, NAME) && UNITS.contains(&&text[start..end]) {
        end
    } else {
        number_end
    }
}
