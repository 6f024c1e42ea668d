//! Loki's `pattern` expressions: `<ip> - - <_> "<method> <path> <_>" <status> <size>`.
//!
//! A capture takes the shortest text up to what follows it, `<_>` is not stored, and what follows the
//! last literal is not looked at (Grafana Loki, "`LogQL`: pattern").

use super::keyed::own_kind;
use super::{Class, Field, FormatError, Kind, Pattern, Piece};

/// The pattern of an expression.
///
/// # Errors
/// When there is no named capture, or nothing stands between two captures.
pub fn parse(text: &str) -> Result<Pattern, FormatError> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    let mut literal_from = 0;
    let mut at = 0;
    while let Some(open) = text[at..].find('<').map(|open| at + open) {
        let Some(length) = capture_length(&text[open..]) else {
            at = open + 1; // a `<` of its own
            continue;
        };
        if open > literal_from {
            pieces.push(Piece::Literal(text.as_bytes()[literal_from..open].into()));
        } else if !pieces.is_empty() {
            return Err(FormatError::new("nothing stands between these two captures", open..open + length)
                .with_hint("a capture ends where the text that follows it begins"));
        }
        let name = &text[open + 1..open + length - 1];
        if name != "_" && names.contains(&name) {
            return Err(FormatError::new(format!("the capture {name} comes twice"), open..open + length));
        }
        names.push(name);
        pieces.push(Piece::Field(field(name)));
        at = open + length;
        literal_from = at;
    }
    if names.iter().all(|name| *name == "_") {
        return Err(FormatError::new("no capture has a name", 0..text.len()).with_hint("such as <status>"));
    }
    if literal_from < text.len() {
        pieces.push(Piece::Literal(text.as_bytes()[literal_from..].into()));
        pieces.push(Piece::Field(Field { name: None, kind: Kind::Text, class: Class::Lazy }));
    }
    Ok(Pattern { pieces })
}

/// The length of the capture that `text` begins with.
fn capture_length(text: &str) -> Option<usize> {
    let inside = &text[1..];
    let length = inside.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
    (length > 0 && inside[length..].starts_with('>')).then_some(length + 2)
}

fn field(name: &str) -> Field {
    Field { name: (name != "_").then(|| name.to_owned()), kind: own_kind(name), class: Class::Lazy }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captures_are_lazy_and_the_end_is_open() {
        assert_eq!(parse("a <_> <b>").unwrap().to_regex(), "^a (.*?) (.*?)$");
        assert_eq!(parse("<b>;").unwrap().to_regex(), r"^(.*?)\x3b(.*?)$");
        assert_eq!(parse("1 < 2 <b>").unwrap().to_regex(), r"^1 \x3c 2 (.*?)$");
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        for (text, place) in [("<a><b>", 3..6), ("<a> <a>", 4..7), ("<_> x", 0..5), ("", 0..0)] {
            assert_eq!(parse(text).unwrap_err().span, place, "{text}");
        }
    }
}
