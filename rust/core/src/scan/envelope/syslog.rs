//! Syslog headers: RFC 5424, and what goes by the name of RFC 3164.

use super::{Body, HOSTNAME, MSGID, Opened, PID, PROGRAM, STRUCTURED_DATA, TIME, VERSION};
use crate::format::envelope::PARTS;
use crate::scan::record::Span;
use crate::scan::simd::find_short;

/// RFC 5424 table 1, by the names of `syslog.h`.
const FACILITIES: [&str; 24] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
    "ntp", "audit", "alert", "clockd", "local0", "local1", "local2", "local3", "local4", "local5", "local6",
    "local7",
];

/// RFC 5424 table 2, by the names of `syslog.h`.
const SEVERITIES: [&str; 8] = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];

/// Appends the name of a facility.
pub(super) fn facility(number: u8, text: &mut Vec<u8>) -> Span {
    constant(FACILITIES.get(usize::from(number)), text)
}

/// Appends the name of a severity.
pub(super) fn severity(number: u8, text: &mut Vec<u8>) -> Span {
    constant(SEVERITIES.get(usize::from(number)), text)
}

fn constant(name: Option<&&str>, text: &mut Vec<u8>) -> Span {
    let start = text.len();
    text.extend_from_slice(name.map_or(b"", |name| name.as_bytes()));
    Span::scratch(start, text.len())
}

/// Opens a line that has a syslog header: a priority, a time, or at least a tag with a process.
pub(super) fn open(line: &[u8]) -> Option<Opened> {
    let mut parts = [Span::ABSENT; PARTS.len()];
    let mut at = 0;
    let priority = priority(line);
    if let Some((value, length)) = priority {
        at = length;
        if line[at..].starts_with(b"1 ") {
            let opened = rfc5424(line, at, parts)?;
            return Some(Opened { priority: Some(value), ..opened });
        }
    }
    let time = time(&line[at..]);
    if let Some(length) = time {
        parts[TIME] = Span::line(at, at + length);
        at += length + 1;
        at += blanks(&line[at..]);
        let word = word(line, at);
        // A word that is a tag already leaves no room for a host.
        if tag(&line[at..]).is_none_or(|tag| tag.end == TagEnd::Space) && word > at {
            parts[HOSTNAME] = Span::line(at, word);
            at = (word + 1).min(line.len());
            at += blanks(&line[at..]);
        }
    }
    match tag(&line[at..]) {
        Some(tag) if time.is_some() || priority.is_some() || tag.pid.is_some() => {
            if tag.end == TagEnd::Space && time.is_none() {
                return None;
            }
            parts[PROGRAM] = Span::line(at, at + tag.program);
            parts[PID] = tag.pid.map_or(Span::ABSENT, |(from, to)| Span::line(at + from, at + to));
            at += tag.length;
        }
        None if time.is_some() => {}
        _ => return None,
    }
    let body = Body::Line(at.min(line.len()), line.len());
    Some(Opened { body, parts, priority: priority.map(|(value, _)| value) })
}

/// `<PRI>`: the priority, and how many bytes it takes.
fn priority(line: &[u8]) -> Option<(u8, usize)> {
    let inside = line.strip_prefix(b"<")?;
    let digits = inside.iter().take(4).position(|&byte| byte == b'>')?;
    let value: u8 = std::str::from_utf8(&inside[..digits]).ok()?.parse().ok()?;
    (value < 192).then_some((value, digits + 2))
}

/// `VERSION TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA [MSG]` from `at` on.
fn rfc5424(line: &[u8], at: usize, mut parts: [Span; PARTS.len()]) -> Option<Opened> {
    let mut at = at;
    for part in [VERSION, TIME, HOSTNAME, PROGRAM, PID, MSGID] {
        let end = word(line, at);
        if end == at {
            return None;
        }
        parts[part] = Span::line(at, end);
        at = (end + 1).min(line.len());
    }
    if line.get(at) == Some(&b'[') {
        let end = structured_data(line, at)?;
        parts[STRUCTURED_DATA] = Span::line(at, end);
        at = end;
    } else if line.get(at) == Some(&b'-') {
        at += 1;
    }
    at = (at + usize::from(line.get(at) == Some(&b' '))).min(line.len());
    at += if line[at..].starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    Some(Opened { body: Body::Line(at, line.len()), parts, priority: None })
}

/// The end of the elements that begin at `at`; values are quoted, and may hold brackets.
fn structured_data(line: &[u8], mut at: usize) -> Option<usize> {
    while line.get(at) == Some(&b'[') {
        let mut quoted = false;
        loop {
            at = find_short(line, at + 1, line.len(), 0, *b"\"\\]");
            match line.get(at)? {
                b'\\' if quoted => at += 1,
                b'"' => quoted = !quoted,
                b']' if !quoted => break,
                _ => {}
            }
        }
        at += 1;
    }
    Some(at)
}

/// The end of the word that begins at `at`.
fn word(line: &[u8], at: usize) -> usize {
    find_short(line, at, line.len(), 0, *b" ").max(at)
}

/// How many spaces `text` begins with.
fn blanks(text: &[u8]) -> usize {
    text.iter().take_while(|byte| **byte == b' ').count()
}

/// How long the time is that `line` begins with: `Feb  6 12:12:56`, or ISO 8601. A space follows it.
fn time(line: &[u8]) -> Option<usize> {
    let is_clock = |clock: &[u8]| matches!(clock, [_, _, b':', _, _, b':', ..]) && clock[0].is_ascii_digit();
    let length = match line {
        [month, b'a'..=b'z', b'a'..=b'z', b' ', b' ' | b'0'..=b'3', b'0'..=b'9', b' ', clock @ ..]
            if month.is_ascii_uppercase() && is_clock(clock) =>
        {
            7 + word(clock, 0)
        }
        [month, b'a'..=b'z', b'a'..=b'z', b' ', b'1'..=b'9', b' ', clock @ ..]
            if month.is_ascii_uppercase() && is_clock(clock) =>
        {
            6 + word(clock, 0)
        }
        [b'0'..=b'9', _, _, _, b'-', _, _, b'-', _, _, b'T', clock @ ..] if is_clock(clock) => word(line, 0),
        _ => return None,
    };
    let length = length - usize::from(line[..length].ends_with(b":"));
    (line.get(length) == Some(&b' ')).then_some(length)
}

/// A tag, `program[pid]: `.
struct Tag {
    program: usize,
    pid: Option<(usize, usize)>,
    /// With what closes it, one space included.
    length: usize,
    end: TagEnd,
}

/// What closes a tag.
#[derive(PartialEq, Eq)]
enum TagEnd {
    Colon,
    Space,
}

/// The tag that `text` begins with.
fn tag(text: &[u8]) -> Option<Tag> {
    let is_name =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/' | b'@');
    // Squid's processes have their names in parentheses.
    let opened = usize::from(text.first() == Some(&b'('));
    let name = &text[opened..];
    let length = name.iter().take_while(|byte| is_name(byte)).count();
    if length == 0 || !name[0].is_ascii_alphabetic() || opened == 1 && name.get(length) != Some(&b')') {
        return None;
    }
    let program = length + 2 * opened;
    let mut at = program;
    let mut pid = None;
    if text.get(at) == Some(&b'[') {
        let digits = text[at + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 || text.get(at + 1 + digits) != Some(&b']') {
            return None;
        }
        pid = Some((at + 1, at + 1 + digits));
        at += digits + 2;
    }
    let end = match text.get(at) {
        Some(b':') => TagEnd::Colon,
        Some(b' ') => TagEnd::Space,
        _ => return None,
    };
    at += 1;
    at += usize::from(end == TagEnd::Colon && text.get(at) == Some(&b' '));
    Some(Tag { program, pid, length: at, end })
}
