//! Addresses: IP, MAC, UUID.

use crate::template::class::{DIGIT, HEX, NAME, byte_at, digits, is_at, run};

/// Groups of an IPv6 address with its prefix; a longer row of groups is none.
const MAX_GROUPS: usize = 9;

/// `10.0.0.9`, with `:port` or `/bits`, and maybe a `/` before it as Java prints it.
pub(super) fn ip(text: &[u8], at: usize) -> Option<usize> {
    let mut end = if byte_at(text, at) == b'/' { at + 1 } else { at };
    for group in 0..4 {
        if group > 0 {
            end = if byte_at(text, end) == b'.' { end + 1 } else { return None };
        }
        end = digits(text, end, 1, 3)?;
    }
    if matches!(byte_at(text, end), b':' | b'/') {
        let port = run(text, end + 1, DIGIT);
        if port > end + 1 {
            end = port;
        }
    }
    let goes_on = is_at(text, end, NAME) || (byte_at(text, end) == b'.' && is_at(text, end + 1, NAME));
    (!goes_on).then_some(end)
}

/// Eight, four, four, four and twelve hexadecimal digits.
pub(super) fn uuid(text: &[u8], at: usize) -> Option<usize> {
    let candidate = text.get(at..at + 36)?;
    if candidate[8] != b'-' || candidate[13] != b'-' {
        return None;
    }
    let fits = candidate.iter().enumerate().all(|(index, byte)| match index {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    (fits && !is_at(text, at + 36, NAME)).then_some(at + 36)
}

/// Groups of at most four hexadecimal digits between colons: MAC and IPv6 addresses.
pub(super) fn mac(text: &[u8], at: usize) -> Option<usize> {
    let mut start = at;
    for separators in 0..MAX_GROUPS {
        let mut end = start;
        while end - start < 4 && is_at(text, end, HEX) {
            end += 1;
        }
        if end == start || byte_at(text, end) != b':' {
            return (separators >= 2 && !is_at(text, end, NAME)).then_some(end);
        }
        start = if byte_at(text, end + 1) == b':' { end + 2 } else { end + 1 };
    }
    None
}
