//! The templates that named formats are written in: literals and `<fields>`.
//!
//! `(? "<user_agent>")?` is an optional part: a field and the literals around it. `<status>` is a field under its canonical name; `<_>` is checked and not stored; `<<` is a literal
//! `<`. How a field is read follows from its name and from what stands around it, as in
//! [`compose`](super::compose); what follows a colon says otherwise: a class (`word`, `words`, `digits`,
//! `number`, `list`, `quoted`, `bracketed`, `text`, `cell`, `unquoted`, `plus`, `blanks`, `code`, `compact`, `more`), a kind (`s`, `ms`, `us`, `ns`,
//! `int`, `float`, `string`), or both, parted by commas: `<upstream_connect_time:ms>`.

use super::field::{self, Unit};
use super::{Class, Field, FormatError, Kind, Optional, Pattern, Piece};

/// The pattern of a template.
///
/// # Errors
/// When a field is not closed, or what follows its colon is unknown.
pub fn parse(template: &str) -> Result<Pattern, FormatError> {
    let parts = split(template)?;
    let mut pieces = Vec::with_capacity(parts.len());
    let mut group: Option<Vec<Piece>> = None;
    for (index, part) in parts.iter().enumerate() {
        let piece = match part {
            Part::Open => {
                group = Some(Vec::new());
                continue;
            }
            Part::Close => {
                pieces.push(optional(group.take().unwrap_or_default(), template.len())?);
                continue;
            }
            Part::Literal(bytes) => Piece::Literal(bytes.as_slice().into()),
            Part::Field { name, reading, at } => {
                let before = index.checked_sub(1).and_then(|before| parts[before].last_byte());
                let after = parts[index + 1..].iter().find_map(Part::first_byte);
                Piece::Field(field(name, reading, *at, before, after)?)
            }
        };
        group.as_mut().unwrap_or(&mut pieces).push(piece);
    }
    match group {
        None => Ok(Pattern { pieces }),
        Some(_) => Err(FormatError::new("an optional part is not closed", 0..template.len())),
    }
}

/// The pieces between `(?` and `)?` as one.
fn optional(group: Vec<Piece>, length: usize) -> Result<Piece, FormatError> {
    let mut group = group.into_iter();
    match (group.next(), group.next(), group.next(), group.next()) {
        (Some(Piece::Literal(lead)), Some(Piece::Field(field)), None, None) => {
            Ok(Piece::Optional(Optional { lead, field, tail: Box::default() }))
        }
        (Some(Piece::Literal(lead)), Some(Piece::Field(field)), Some(Piece::Literal(tail)), None) => {
            Ok(Piece::Optional(Optional { lead, field, tail }))
        }
        _ => Err(FormatError::new("an optional part is a literal, a field and perhaps a literal", 0..length)),
    }
}

enum Part<'a> {
    Literal(Vec<u8>),
    Field { name: &'a str, reading: &'a str, at: usize },
    Open,
    Close,
}

impl Part<'_> {
    fn first_byte(&self) -> Option<u8> {
        match self {
            Part::Literal(bytes) => bytes.first().copied(),
            Part::Field { .. } | Part::Open | Part::Close => None,
        }
    }

    fn last_byte(&self) -> Option<u8> {
        match self {
            Part::Literal(bytes) => bytes.last().copied(),
            Part::Field { .. } | Part::Open | Part::Close => None,
        }
    }
}

fn split(template: &str) -> Result<Vec<Part<'_>>, FormatError> {
    let mut parts = Vec::new();
    let mut literal = Vec::new();
    let mut at = 0;
    while let Some(rest) = template.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("<<") {
            literal.push(b'<');
            at += 2;
        } else if let Some(inside) = rest.strip_prefix('<') {
            let Some(length) = inside.find('>') else {
                return Err(FormatError::new("this field is not closed", at..template.len())
                    .with_hint("a field is written <name>, a literal < is <<"));
            };
            if !literal.is_empty() {
                parts.push(Part::Literal(std::mem::take(&mut literal)));
            }
            let (name, reading) = inside[..length].split_once(':').unwrap_or((&inside[..length], ""));
            parts.push(Part::Field { name, reading, at: at + 1 });
            at += length + 2;
        } else if let Some(mark) = ["(?", ")?"].into_iter().find(|mark| rest.starts_with(mark)) {
            if !literal.is_empty() {
                parts.push(Part::Literal(std::mem::take(&mut literal)));
            }
            parts.push(if mark == "(?" { Part::Open } else { Part::Close });
            at += 2;
        } else {
            let marks = ["<", "(?", ")?"];
            let length = marks.iter().filter_map(|mark| rest.find(mark)).min().unwrap_or(rest.len());
            literal.extend_from_slice(&rest.as_bytes()[..length]);
            at += length;
        }
    }
    if !literal.is_empty() {
        parts.push(Part::Literal(literal));
    }
    Ok(parts)
}

fn field(
    name: &str,
    reading: &str,
    at: usize,
    before: Option<u8>,
    after: Option<u8>,
) -> Result<Field, FormatError> {
    let mut kind = field::kind_of(name);
    let mut class = None;
    for word in reading.split(',').filter(|word| !word.is_empty()) {
        match word {
            "s" => kind = Kind::Duration(Unit::Seconds),
            "ms" => kind = Kind::Duration(Unit::Milliseconds),
            "us" => kind = Kind::Duration(Unit::Microseconds),
            "ns" => kind = Kind::Duration(Unit::Nanoseconds),
            "int" => kind = Kind::Integer,
            "float" => kind = Kind::Number,
            "string" => kind = Kind::Text,
            _ => {
                class = Some(class_of(word, after).ok_or_else(|| {
                    FormatError::new(format!("`{word}` is no class and no kind"), at..at + name.len())
                })?);
            }
        }
    }
    let class = class.unwrap_or(match (before, after) {
        (Some(b'"'), Some(b'"')) => Class::Quoted,
        (Some(b'['), Some(b']')) => Class::Bracketed,
        _ => match kind {
            Kind::Integer => Class::Digits,
            Kind::Duration(_) | Kind::Number => Class::Decimal,
            _ => match after {
                None | Some(b' ') => Class::Word,
                Some(byte) => Class::Before(byte),
            },
        },
    });
    let name = (name != "_").then(|| field::canonical(name).to_owned());
    Ok(Field { name, kind, class })
}

fn class_of(word: &str, after: Option<u8>) -> Option<Class> {
    Some(match word {
        "word" => Class::Word,
        "words" => Class::TwoWords,
        "digits" => Class::Digits,
        "number" => Class::Decimal,
        "list" => Class::List,
        "quoted" => Class::Quoted,
        "bracketed" => Class::Bracketed,
        "text" => Class::Lazy,
        "cell" => Class::Before(after.unwrap_or(b' ')),
        "plus" => Class::Plus,
        "unquoted" => Class::Before(b'"'),
        "blanks" => Class::Blanks,
        "code" => Class::Code,
        "compact" => Class::CompactTime,
        "more" => Class::More,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regex(template: &str) -> String {
        parse(template).unwrap().to_regex()
    }

    #[test]
    fn neighbours_and_names_decide_the_class() {
        assert_eq!(regex("<status> <user>"), "^((?:-|[0-9]+)) ([^ ]+)$");
        assert_eq!(regex("\"<user>\""), r#"^\x22((?:[^"\\]|\\.)*)\x22$"#);
        assert_eq!(regex("<status>(? (<user>))?"), r"^((?:-|[0-9]+))(?: \x28([^ \x29]*)\x29)?$");
        assert_eq!(regex("[<user>]<<"), r"^\x5b([^\]]*)\x5d\x3c$");
        assert_eq!(regex("<backend>/<server:cell> <_:more>"), r"^([^ \x2f]*)\x2f([^ \x20]*) ((?: .*)?)$");
    }

    #[test]
    fn what_is_said_after_the_colon_wins() {
        let pattern = parse("<request_time:ms,word>").unwrap();
        let Some(Piece::Field(field)) = pattern.pieces.first() else { panic!("a field") };
        assert_eq!((&field.kind, field.class), (&Kind::Duration(Unit::Milliseconds), Class::Word));
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        assert_eq!(parse("a <status").unwrap_err().span, 2..9);
        assert_eq!(parse("<status:odd>").unwrap_err().span, 1..7);
    }
}
