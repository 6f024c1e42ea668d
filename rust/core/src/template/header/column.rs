//! The columns that a line may begin with.

use crate::template::class::{SPACE, byte_at, is, is_at};

use super::timestamp::{Fields, Timestamps};

/// What stands in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// A date, a time of day, or both.
    Timestamp,
    /// A dash or a bar of its own.
    Separator,
    /// Something in brackets.
    Bracket,
    /// How serious the line is.
    Level,
    /// What ends in a colon: a program, a component.
    Tag,
    /// A number.
    Number,
    /// Anything else.
    Word,
}

impl Column {
    /// What headers tell apart: a number is a word that some lines lack.
    pub fn class(self) -> Column {
        if self == Column::Number { Column::Word } else { self }
    }
}

/// At most so many columns of a line are looked at.
pub const MAX_COLUMNS: usize = 18;
/// No header is longer; brackets that are open at its end count as words.
const MAX_HEADER_BYTES: usize = 1024;

/// Names of levels by their length, in lower case.
static LEVELS: [&[&[u8]]; 12] = [
    &[],
    &[b"d", b"i", b"w", b"e", b"v", b"f"],
    &[],
    &[b"err", b"inf", b"dbg", b"wrn", b"ftl"],
    &[b"info", b"warn", b"crit", b"fine"],
    &[b"trace", b"debug", b"error", b"fatal", b"alert", b"emerg", b"panic", b"finer"],
    &[b"notice", b"severe", b"finest", b"config"],
    &[b"warning", b"failure", b"verbose"],
    &[b"critical"],
    &[],
    &[],
    &[b"information"],
];

fn is_level(word: &[u8]) -> bool {
    LEVELS.get(word.len()).is_some_and(|levels| levels.iter().any(|level| level.eq_ignore_ascii_case(word)))
}

/// The columns of one line.
#[derive(Debug, Clone)]
pub struct Columns {
    /// What stands in each.
    pub kinds: Vec<Column>,
    /// The end of each, in bytes of the line.
    pub ends: Vec<usize>,
    /// The first timestamp that has a date.
    pub timestamp: Option<Fields>,
    timestamps: Timestamps,
}

impl Default for Columns {
    fn default() -> Columns {
        Columns {
            kinds: Vec::with_capacity(MAX_COLUMNS + 1),
            ends: Vec::with_capacity(MAX_COLUMNS + 1),
            timestamp: None,
            timestamps: Timestamps::default(),
        }
    }
}

impl Columns {
    fn push(&mut self, column: Column, end: usize) -> usize {
        self.kinds.push(column);
        self.ends.push(end);
        end
    }

    /// Reads at most `most` columns of a line, or one more that is a bar glued to the last.
    pub fn read(&mut self, line: &[u8], most: usize) {
        let line = &line[..line.len().min(MAX_HEADER_BYTES)];
        self.kinds.clear();
        self.ends.clear();
        self.timestamp = None;
        let mut at = 0;
        while at < line.len() && self.kinds.len() < most {
            if is(line[at], SPACE) {
                at += 1;
                continue;
            }
            at = if let Some((end, fields)) = self.timestamps.read(line, at) {
                if self.timestamp.is_none() && fields.has_date() {
                    self.timestamp = Some(fields);
                }
                self.push(Column::Timestamp, end)
            } else if matches!(line[at], b'[' | b'(') {
                self.read_bracket(line, at)
            } else {
                self.read_word(line, at)
            };
            if byte_at(line, at) == b'|' {
                at = self.push(Column::Separator, at + 1);
            }
        }
    }

    /// Whether a column is set apart from what follows by more than one space.
    pub fn is_padded(&self, line: &[u8], at: usize) -> bool {
        let Some(&end) = self.ends.get(at) else { return false };
        matches!(line.get(end..), Some([b' ', b' ' | b'\t', ..] | [b'\t', ..]))
    }

    fn read_bracket(&mut self, line: &[u8], at: usize) -> usize {
        let Some(end) = bracket_end(line, at) else { return self.push(Column::Word, at + 1) };
        if byte_at(line, end) == b':' {
            return self.push(Column::Tag, end + 1);
        }
        let column = if is_level(&line[at + 1..end - 1]) { Column::Level } else { Column::Bracket };
        self.push(column, end)
    }

    fn read_word(&mut self, line: &[u8], at: usize) -> usize {
        // One look at each byte says where the word ends, and whether a tag may.
        let (mut end, mut may_be_tag) = (at, false);
        while let Some(&byte) = line.get(end)
            && !is(byte, SPACE)
            && byte != b'|'
        {
            may_be_tag |= matches!(byte, b':' | b'[' | b'(');
            end += 1;
        }
        may_be_tag |= byte_at(line, end) == b'|' || byte_at(line, end + 1) == b'(';
        let (word, length) = (&line[at..end], end - at);
        if may_be_tag && let Some(tag_end) = tag(line, at).filter(|&tag_end| tag_end >= end) {
            return self.push(Column::Tag, tag_end);
        }
        let trailing = word.iter().rev().take_while(|byte| matches!(byte, b':' | b',')).count();
        // As in `I1010 13:55:36.123456 1234 server.go:17] started`, which Kubernetes writes.
        let closes = word.len() > 1 && word.ends_with(b"]") && !word.contains(&b'[');
        let column = if closes && !self.kinds.is_empty() {
            Column::Tag
        } else if matches!(word, b"-" | b"--" | b":" | b"") {
            Column::Separator
        } else if is_level(&word[..length - trailing]) && (length > 1 || !self.kinds.is_empty()) {
            Column::Level
        } else if word.iter().all(|&byte| byte.is_ascii_digit() || b".,-+".contains(&byte)) {
            Column::Number
        } else {
            Column::Word
        };
        self.push(column, end)
    }
}

/// The end of the bracket that opens here, with those inside it.
fn bracket_end(line: &[u8], at: usize) -> Option<usize> {
    let (opening, closing) = (line[at], if line[at] == b'[' { b']' } else { b')' });
    let mut depth = 0;
    for index in memchr::memchr2_iter(opening, closing, &line[at..]) {
        depth += if line[at + index] == opening { 1 } else { -1 };
        if depth == 0 {
            return Some(at + index + 1);
        }
    }
    None
}

/// The first byte from a place on that ends what is there, or the line's end.
#[inline(always)]
fn past(line: &[u8], at: usize, ends: impl Fn(u8) -> bool) -> usize {
    let rest = line.get(at..).unwrap_or_default();
    at + rest.iter().position(|&byte| ends(byte)).unwrap_or(rest.len())
}

/// The end of `name:`, `name[12]:`, `name (0x1):` or `name(pam)[12] (0x1):`.
fn tag(line: &[u8], at: usize) -> Option<usize> {
    let mut end = past(line, at, |byte| is(byte, SPACE) || matches!(byte, b':' | b'[' | b'('));
    if end == at {
        return None;
    }
    for (opening, closing) in [(b'(', b')'), (b'[', b']')] {
        if byte_at(line, end) == opening {
            end = past(line, end, |byte| byte == closing) + 1;
        }
    }
    end = past(line, end, |byte| is(byte, SPACE) || byte == b':');
    if byte_at(line, end) == b' ' && byte_at(line, end + 1) == b'(' {
        let close = past(line, end + 2, |byte| byte == b')' || is(byte, SPACE));
        if byte_at(line, close) == b')' && byte_at(line, close + 1) == b':' {
            end = close + 1;
        }
    }
    let ends = byte_at(line, end) == b':' && (end + 1 >= line.len() || is_at(line, end + 1, SPACE));
    ends.then_some(end + 1)
}
