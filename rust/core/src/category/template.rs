//! Names of rules and replacements: text with `$1`, `${1}`, `$name` and `${name}` for groups.

use std::ops::Range;

use crate::bounded_regex::{BoundedRegex, Groups};
use crate::value::label::MAX_LABEL_BYTES;

/// Text with groups of a regex in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(Box<[u8]>),
    Group(GroupName),
}

/// How a group is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupName {
    /// By its number; 0 is the whole match.
    Number(usize),
    /// By the name in `(?P<name>…)`.
    Name(String),
}

impl Template {
    /// Reads a template. `$$` is a dollar sign, as is a `$` that no group follows; a number ends
    /// behind its last digit.
    pub fn parse(text: &str) -> Template {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(dollar) = rest.find('$') {
            literal.push_str(&rest[..dollar]);
            rest = &rest[dollar + 1..];
            if let Some(behind) = rest.strip_prefix('$') {
                literal.push('$');
                rest = behind;
            } else if let Some((name, behind)) = group_name(rest) {
                if !literal.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut literal).into_bytes().into()));
                }
                pieces.push(Piece::Group(name));
                rest = behind;
            } else {
                literal.push('$');
            }
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            pieces.push(Piece::Text(literal.into_bytes().into()));
        }
        Template(pieces)
    }

    /// A text in which no dollar sign means anything.
    pub fn literal(text: &str) -> Template {
        Template(vec![Piece::Text(text.as_bytes().into())])
    }

    /// The groups that it names.
    pub fn groups(&self) -> impl Iterator<Item = &GroupName> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Group(group) => Some(group),
            Piece::Text(_) => None,
        })
    }

    /// The text, if it names no group.
    pub fn constant(&self) -> Option<&[u8]> {
        match self.0.as_slice() {
            [] => Some(&[]),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The same with groups as numbers of `regex`; those that it does not have give nothing.
    pub fn numbered(&self, regex: &BoundedRegex) -> Template {
        let pieces = self.0.iter().filter_map(|piece| match piece {
            Piece::Text(_) => Some(piece.clone()),
            Piece::Group(group) => group.number(regex).map(GroupName::Number).map(Piece::Group),
        });
        Template(pieces.collect())
    }

    /// Appends the text with the groups of a match in `text` put in; groups are numbers.
    pub fn fill(&self, text: &[u8], groups: Option<Groups<'_>>, out: &mut Vec<u8>) {
        for piece in &self.0 {
            match piece {
                Piece::Text(literal) => out.extend_from_slice(literal),
                Piece::Group(GroupName::Number(number)) => {
                    let range = groups.and_then(|groups| groups.get(*number)).unwrap_or(0..0);
                    out.extend_from_slice(&text[range]);
                }
                Piece::Group(GroupName::Name(_)) => {}
            }
        }
    }

    /// Appends the text with `text` for every group.
    pub fn fill_whole(&self, text: &[u8], out: &mut Vec<u8>) {
        for piece in &self.0 {
            out.extend_from_slice(match piece {
                Piece::Text(literal) => literal,
                Piece::Group(_) => text,
            });
        }
    }
}

impl GroupName {
    /// Whether `regex` has this group.
    pub fn is_of(&self, regex: &BoundedRegex) -> bool {
        self.number(regex).is_some()
    }

    fn number(&self, regex: &BoundedRegex) -> Option<usize> {
        match self {
            GroupName::Number(number) => Some(*number).filter(|number| *number < regex.group_count()),
            GroupName::Name(name) => regex.group(name),
        }
    }
}

impl std::fmt::Display for GroupName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            GroupName::Number(number) => write!(f, "${number}"),
            GroupName::Name(name) => write!(f, "${name}"),
        }
    }
}

/// The group named at the beginning of `text`, behind its `$`, and what follows.
fn group_name(text: &str) -> Option<(GroupName, &str)> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let prefix = |text: &str, is_part: &dyn Fn(u8) -> bool| {
        text.bytes().position(|byte| !is_part(byte)).unwrap_or(text.len())
    };
    if let Some(inner) = text.strip_prefix('{') {
        let (name, rest) = inner.split_once('}')?;
        let whole = !name.is_empty() && prefix(name, &is_name) == name.len();
        return whole.then(|| (named(name), rest));
    }
    let digits = prefix(text, &|byte| byte.is_ascii_digit());
    let length = if digits > 0 { digits } else { prefix(text, &is_name) };
    (length > 0).then(|| (named(&text[..length]), &text[length..]))
}

fn named(name: &str) -> GroupName {
    name.parse().map_or_else(|_| GroupName::Name(name.to_owned()), GroupName::Number)
}

/// The part of `value` that fits a label's value.
pub fn bounded(value: &[u8]) -> Range<usize> {
    const CONTINUATION: u8 = 0b1000_0000;
    const LONGEST_CHARACTER: usize = 4;
    if value.len() <= MAX_LABEL_BYTES {
        return 0..value.len();
    }
    let begins = |at: &usize| value[*at] & 0b1100_0000 != CONTINUATION;
    let end = (MAX_LABEL_BYTES - LONGEST_CHARACTER + 1..=MAX_LABEL_BYTES).rev().find(begins);
    0..end.unwrap_or(MAX_LABEL_BYTES)
}
