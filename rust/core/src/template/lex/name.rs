//! Names: of hosts, classes, files, mailboxes and pages; and words that are values.

use crate::template::class::{BREAK, DIGIT, LABEL, LETTER, NAME, byte_at, is, is_at, run};
use crate::template::token::Kind;

/// `scheme://…`, where the scheme ends at `scheme_end`.
#[inline(always)]
pub(super) fn url(text: &[u8], at: usize, scheme_end: usize) -> Option<usize> {
    if byte_at(text, scheme_end) != b':'
        || byte_at(text, scheme_end + 1) != b'/'
        || byte_at(text, scheme_end + 2) != b'/'
        || !is(text[at], LETTER)
    {
        return None;
    }
    let scheme = &text[at..scheme_end];
    if !scheme.iter().all(|&byte| is(byte, LETTER) || matches!(byte, b'.' | b'-')) {
        return None;
    }
    let rest = &text[scheme_end + 3..];
    Some(scheme_end + 3 + rest.iter().position(|&byte| is(byte, BREAK)).unwrap_or(rest.len()))
}

/// `/usr/lib`, `./a`, `../a`, `~/a`, `C:\a`; with a line number behind a colon.
pub(super) fn path(text: &[u8], at: usize) -> Option<usize> {
    let root_bytes = match &text[at..text.len().min(at + 3)] {
        [b'/', ..] => 1,
        [b'.' | b'~', b'/', ..] => 2,
        [b'.', b'.', b'/'] | [b'a'..=b'z' | b'A'..=b'Z', b':', b'\\'] => 3,
        _ => return None,
    };
    let start = at + root_bytes;
    let rest = &text[start..];
    let end = start
        + rest.iter().position(|&byte| is(byte, BREAK) || matches!(byte, b'=' | b':')).unwrap_or(rest.len());
    if end == start {
        return None;
    }
    let number = run(text, end + 1, DIGIT);
    Some(if byte_at(text, end) == b':' && number > end + 1 { number } else { end })
}

/// `name@host.domain`, in a word with one `@`.
pub(super) fn mail(text: &[u8], at: usize, word_end: usize) -> Option<usize> {
    let sign = at + text[at..word_end].iter().position(|&byte| byte == b'@')?;
    let word = &text[..word_end];
    let mut end = run(word, sign + 1, LABEL);
    if sign == at || end == sign + 1 {
        return None;
    }
    let first_label_end = end;
    while byte_at(word, end) == b'.' && is_at(word, end + 1, LABEL) {
        end = run(word, end + 1, LABEL);
    }
    (end > first_label_end).then_some(end)
}

/// A dotted name of three or more labels, with a path behind it, or of two before `:port`.
pub(super) fn dotted(text: &[u8], at: usize) -> Option<usize> {
    let mut end = run(text, at, LABEL);
    let (mut dots, mut last_label) = (0, at);
    while byte_at(text, end) == b'.' && is_at(text, end + 1, LABEL) {
        last_label = end + 1;
        end = run(text, last_label, LABEL);
        dots += 1;
    }
    if end == at || dots == 0 {
        return None;
    }
    if dots >= 2 {
        if byte_at(text, end) == b'/' {
            while is_at(text, end, LABEL) || matches!(byte_at(text, end), b'.' | b'/') {
                end += 1;
            }
        }
        return Some(end);
    }
    let port = run(text, end + 1, DIGIT);
    let has_port = byte_at(text, end) == b':' && port > end + 1 && !is_at(text, port, NAME);
    (has_port && is(text[last_label], LETTER)).then_some(end)
}

/// A dotted name that has no letters, such as a version.
pub(super) fn dotted_digits(text: &[u8], at: usize) -> Option<usize> {
    dotted(text, at).filter(|&end| !text[at..end].iter().any(|&byte| is(byte, LETTER)))
}

/// Names of hosts, which are variables, may have a hyphen; names of classes have none: their values
/// decide.
pub(super) fn dotted_kind(name: &[u8]) -> Kind {
    if name.contains(&b'-') { Kind::Hole } else { Kind::Soft }
}

/// Truth values and hexadecimal words are values; other words without digits are text.
pub(super) fn without_digits(word: &[u8]) -> Kind {
    const VALUES: [&[u8]; 9] =
        [b"true", b"false", b"null", b"nil", b"True", b"False", b"NULL", b"TRUE", b"FALSE"];
    const LEAST_HEXADECIMAL_BYTES: usize = 6;
    let is_hexadecimal = word.len() >= LEAST_HEXADECIMAL_BYTES
        && (word.iter().all(|byte| matches!(byte, b'a'..=b'f'))
            || word.iter().all(|byte| matches!(byte, b'A'..=b'F')));
    if is_hexadecimal || VALUES.contains(&word) { Kind::Hole } else { Kind::Word }
}
