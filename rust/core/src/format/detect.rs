//! Which format the first lines of a log are in, and which envelope.

mod access;
mod candidate;
mod candidates;

use self::candidates::{BETWEEN, LOOSE, MORE, WHOLE, best};
use super::envelope::{Envelope, Wrapping};
use super::{Format, named};
use crate::scan::{Scanner, envelope};

/// How many lines are looked at.
const MOST_LINES: usize = 100;

/// A format that was detected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detected {
    /// Its name: that of a named format, or `json`.
    pub name: &'static str,
    /// What stands around every line.
    pub envelope: Option<Envelope>,
    /// Whether a line ends where the named format does.
    pub ending: Ending,
    /// The format; with [`Ending::More`], what follows on the line is its last field, `rest`.
    pub format: Format,
    /// How many lines it matches.
    pub matched: usize,
    /// Of how many that were looked at.
    pub lines: usize,
}

/// Whether a line ends where the named format does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ending {
    /// It does.
    Whole,
    /// A space and more text follow, such as fields that an operator added.
    More,
}

impl Detected {
    /// The share of the lines that match, from 0 to 1.
    pub fn share_matched(&self) -> f64 {
        self.matched as f64 / self.lines as f64
    }

    /// The format in words.
    pub fn title(&self) -> String {
        let more = if self.ending == Ending::More { " followed by more" } else { "" };
        let inside = self.envelope.map(|envelope| format!(" inside {}", envelope.name())).unwrap_or_default();
        format!("{}{more}{inside}", self.name)
    }

    /// The format and why it was taken, in words.
    pub fn describe(&self) -> String {
        format!("{} ({} of the first {} lines match)", self.title(), self.matched, self.lines)
    }
}

/// The format that most of the first lines of `head` are in, if it is at least half of them.
///
/// `head` is the beginning of a log. A header of columns decides at once. Else its first 100 whole
/// lines are looked at, without empty ones and comments (`#`). Of the formats that match the same number
/// of lines, the one that says most about a line is answered; what the lines hold inside envelopes
/// where they fit no format themselves; a named format followed by more text only where none fits alone.
pub fn detect(head: &[u8]) -> Option<Detected> {
    if let Some(detected) = by_header(head) {
        return Some(detected);
    }
    let lines = first_lines(head);
    // Couchbase's last column takes any text, also the quoted columns that other servers end with.
    let bare =
        best(&WHOLE, &lines).filter(|found| found.name != "couchbase" || best(&BETWEEN, &lines).is_none());
    if bare.as_ref().is_some_and(|detected| detected.name != "json" && detected.name != "logfmt") {
        return bare;
    }
    Envelope::ALL
        .into_iter()
        .find_map(|envelope| inside(envelope, &lines))
        .or(bare)
        .or_else(|| with_more(&lines))
        .or_else(|| indented(&lines))
}

/// A format that reads lines behind blanks, as syslog leaves them, where the text behind them is in it.
fn indented(lines: &[&[u8]]) -> Option<Detected> {
    let texts: Vec<&[u8]> = lines.iter().map(|line| line.trim_ascii_start()).collect();
    if texts == lines {
        return None;
    }
    best(&WHOLE, &texts).filter(|found| matches!(found.format, Format::Enveloped(Wrapping::Perhaps, _)))
}

/// A named format with columns that an operator added, or what most access logs have in common.
fn with_more(lines: &[&[u8]]) -> Option<Detected> {
    best(&BETWEEN, lines)
        .or_else(|| best(&MORE, lines))
        .or_else(|| LOOSE.iter().find_map(|candidates| best(candidates, lines)))
}

/// The format of columns whose header `head` holds.
fn by_header(head: &[u8]) -> Option<Detected> {
    let head_line = split_lines(head).take(MOST_LINES).find_map(|line| {
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        let rest = line.strip_prefix(b"#Fields:").map(|names| (names, false));
        rest.or_else(|| line.strip_prefix(b"#fields\t").map(|names| (names, true)))
    });
    let name = match head_line {
        Some((_, true)) => "zeek_http",
        Some((names, false)) if memchr::memmem::find(names, b"x-edge-").is_some() => "aws_cloudfront",
        // Without a header, columns may be in an order that IIS writes.
        Some(_) | None => "w3c",
    };
    let format = named::find(name)?.format().ok()?;
    let lines = first_lines(head);
    let resolved = format.resolve(head).ok()?.format;
    if resolved.fields().is_empty() {
        return None;
    }
    let scanner = Scanner::compile(&resolved, &[]).ok()?;
    let mut scratch = scanner.scratch();
    let matched = lines.iter().filter(|line| scanner.scan_line(&mut scratch, line).is_ok()).count();
    Some(Detected { name, envelope: None, ending: Ending::Whole, format, matched, lines: lines.len() })
}

/// What the lines hold inside `envelope`, if at least half of them are in it.
fn inside(envelope: Envelope, lines: &[&[u8]]) -> Option<Detected> {
    let wrapping = Wrapping::Always(envelope);
    let held = envelope::bodies(wrapping, lines.iter().copied());
    let count = held.len();
    let bodies: Vec<Vec<u8>> = held.into_iter().flatten().collect();
    if bodies.is_empty() || bodies.len() * 2 < count {
        return None;
    }
    let texts: Vec<&[u8]> = bodies.iter().map(Vec::as_slice).filter(|body| !body.is_empty()).collect();
    let found = best(&WHOLE, &texts).or_else(|| with_more(&texts));
    let message = || {
        let named = named::find("syslog_line")?;
        let Ok(Format::Enveloped(_, message)) = named.format() else { return None };
        Some((if envelope == Envelope::Syslog { named.name } else { "message" }, *message, Ending::Whole))
    };
    let (matched, (name, inner, ending)) = match found {
        Some(found) => (found.matched, (found.name, found.format, found.ending)),
        None => (bodies.len(), message()?),
    };
    let inner = match inner {
        Format::Enveloped(Wrapping::Perhaps, inner) => *inner,
        inner => inner,
    };
    let shown = if name == "syslog_line" { None } else { Some(envelope) };
    let format = Format::Enveloped(wrapping, Box::new(inner));
    Some(Detected { name, envelope: shown, ending, format, matched, lines: lines.len() })
}

/// The first whole lines of `head` that are records; of a `head` without any line feed, the whole.
pub(super) fn first_lines(head: &[u8]) -> Vec<&[u8]> {
    let end = memchr::memrchr(b'\n', head).unwrap_or(head.len());
    split_lines(&head[..end])
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .filter(|line| !line.is_empty() && line[0] != b'#')
        .take(MOST_LINES)
        .collect()
}

/// What stands between line feeds.
pub(super) fn split_lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut start = 0;
    let ends = memchr::memchr_iter(b'\n', text).chain([text.len()]);
    ends.map(move |end| &text[std::mem::replace(&mut start, end + 1)..end])
}

#[cfg(test)]
mod tests;
