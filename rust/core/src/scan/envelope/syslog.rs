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

/// Opens the line `hay[..limit]` if it has a syslog header: a priority, a time, or at least a tag with a process.
pub(super) fn open(hay: &[u8], limit: usize) -> Option<Opened> {
    let line = &hay[..limit];
    let (priority, at) = priority(line).map_or((None, 0), |(value, length)| (Some(value), length));
    if priority.is_some() && line[at..].starts_with(b"1 ") {
        return rfc5424(hay, at, limit, priority);
    }
    rfc3164(hay, at, limit, priority)
}

/// `<PRI>`: the priority, and how many bytes it takes.
fn priority(line: &[u8]) -> Option<(u8, usize)> {
    let (b'<', inside) = line.split_first()? else { return None };
    let mut value = 0;
    for (place, byte) in inside.iter().take(4).enumerate() {
        match byte {
            b'0'..=b'9' => value = 10 * value + u16::from(byte - b'0'),
            b'>' if place > 0 && value < 192 => return Some((value as u8, place + 2)),
            _ => return None,
        }
    }
    None
}

/// `[TIMESTAMP ][HOSTNAME ][TAG: ]MSG` from `at` on.
fn rfc3164(hay: &[u8], mut at: usize, limit: usize, priority: Option<u8>) -> Option<Opened> {
    let line = &hay[..limit];
    let mut parts = [Span::ABSENT; PARTS.len()];
    let time = time(hay, at, limit);
    if let Some(end) = time {
        parts[TIME] = Span::line(at, end);
        at = end + 1;
        at += blanks(&line[at..]);
    }
    let mut first = tag(&line[at..]);
    // A word that is a tag already leaves no room for a host.
    if time.is_some() && first.as_ref().is_none_or(|tag| tag.end == TagEnd::Space) {
        let end = word(hay, at, limit);
        if end > at {
            parts[HOSTNAME] = Span::line(at, end);
            at = (end + 1).min(limit);
            at += blanks(&line[at..]);
            first = tag(&line[at..]);
        }
    }
    match first {
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
    Some(Opened { body: Body::Line(at, limit), parts, priority })
}

/// `VERSION TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA [MSG]` from `at` on.
fn rfc5424(hay: &[u8], mut at: usize, limit: usize, priority: Option<u8>) -> Option<Opened> {
    let line = &hay[..limit];
    let mut parts = [Span::ABSENT; PARTS.len()];
    for part in [VERSION, TIME, HOSTNAME, PROGRAM, PID, MSGID] {
        let end = word(hay, at, limit);
        if end == at {
            return None;
        }
        parts[part] = Span::line(at, end);
        at = (end + 1).min(limit);
    }
    match line.get(at) {
        Some(b'[') => {
            let end = structured_data(hay, at, limit)?;
            parts[STRUCTURED_DATA] = Span::line(at, end);
            at = end;
        }
        Some(b'-') => at += 1,
        _ => {}
    }
    at += usize::from(line.get(at) == Some(&b' '));
    at += if line[at..].starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    Some(Opened { body: Body::Line(at, limit), parts, priority })
}

/// The end of the elements that begin at `at`; values are quoted, and may hold brackets.
fn structured_data(hay: &[u8], mut at: usize, limit: usize) -> Option<usize> {
    let line = &hay[..limit];
    while line.get(at) == Some(&b'[') {
        let mut quoted = false;
        loop {
            at = find_short(hay, at + 1, limit, 0, *b"\"\\]");
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
#[inline(always)]
fn word(hay: &[u8], at: usize, limit: usize) -> usize {
    find_short(hay, at, limit, 0, *b" ").max(at)
}

/// How many spaces `text` begins with.
fn blanks(text: &[u8]) -> usize {
    text.iter().take_while(|byte| **byte == b' ').count()
}

/// Where the time ends that begins at `at`: `Feb  6 12:12:56`, or ISO 8601. A space follows it.
fn time(hay: &[u8], at: usize, limit: usize) -> Option<usize> {
    let is_clock = |clock: &[u8]| matches!(clock, [_, _, b':', _, _, b':', ..]) && clock[0].is_ascii_digit();
    let line = &hay[..limit];
    let before_clock = match &line[at..] {
        [month, b'a'..=b'z', b'a'..=b'z', b' ', b' ' | b'0'..=b'3', b'0'..=b'9', b' ', clock @ ..]
            if month.is_ascii_uppercase() && is_clock(clock) =>
        {
            7
        }
        [month, b'a'..=b'z', b'a'..=b'z', b' ', b'1'..=b'9', b' ', clock @ ..]
            if month.is_ascii_uppercase() && is_clock(clock) =>
        {
            6
        }
        [b'0'..=b'9', _, _, _, b'-', _, _, b'-', _, _, b'T', clock @ ..] if is_clock(clock) => 0,
        _ => return None,
    };
    let end = word(hay, at + before_clock, limit);
    let end = end - usize::from(line[..end].ends_with(b":"));
    (line.get(end) == Some(&b' ')).then_some(end)
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
