//! dissect tokenizers, as of Logstash and Beats: `%{ip} %{} [%{time}] "%{request}" %{status->} %{rest}`.
//!
//! A key takes the shortest text up to the delimiter that follows it; `%{}` and `%{?name}` are not
//! stored; `->` allows the delimiter to be repeated. Keys that are put together (`+`, `&`, `*`) are
//! refused.

use super::keyed::own_kind;
use super::{Class, Field, FormatError, Kind, Pattern, Piece};

/// The pattern of a tokenizer.
///
/// # Errors
/// When a key is not closed or of a form that is not known, or nothing stands between two keys.
pub fn parse(text: &str) -> Result<Pattern, FormatError> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let Some(inside) = rest.strip_prefix("%{") else {
            let length = rest.find("%{").unwrap_or(rest.len());
            pieces.push(Piece::Literal(rest.as_bytes()[..length].into()));
            at += length;
            continue;
        };
        let Some(length) = inside.find('}') else {
            return Err(FormatError::new("this key is not closed", at..text.len()).with_hint("write %{name}"));
        };
        let error = |message: String| FormatError::new(message, at..at + length + 3);
        let key = &inside[..length];
        let (key, is_padded) = key.strip_suffix("->").map_or((key, false), |key| (key, true));
        if let Some(mark) = key.chars().next().filter(|mark| "+&*/".contains(*mark)) {
            return Err(error(format!("keys with `{mark}` are put together, which is not possible here")));
        }
        let name = Some(key).filter(|key| !key.is_empty() && !key.starts_with('?'));
        if name.is_some_and(|name| names.contains(&name)) {
            return Err(error(format!("the key {key} comes twice")));
        }
        if matches!(pieces.last(), Some(Piece::Field(field)) if field.class != Class::Blanks) {
            return Err(error("nothing stands between these two keys".to_owned())
                .with_hint("a key ends where the text that follows it begins"));
        }
        names.extend(name);
        let kind = name.map_or(Kind::Text, own_kind);
        pieces.push(Piece::Field(Field { name: name.map(str::to_owned), kind, class: Class::Lazy }));
        at += length + 3;
        if is_padded && text[at..].starts_with(' ') {
            pieces.push(Piece::Literal(Box::from(*b" ")));
            pieces.push(Piece::Field(Field { name: None, kind: Kind::Text, class: Class::Blanks }));
            at += 1;
        }
    }
    if names.is_empty() {
        return Err(FormatError::new("no key has a name", 0..text.len()).with_hint("such as %{status}"));
    }
    Ok(Pattern { pieces })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_take_the_shortest_text() {
        assert_eq!(parse("%{a} %{} [%{?b}] %{c}").unwrap().to_regex(), r"^(.*?) (.*?) \x5b(.*?)\x5d (.*?)$");
        assert_eq!(parse("%{a->} %{b}").unwrap().to_regex(), "^(.*?) ( *)(.*?)$");
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        for (text, place) in
            [("%{a}%{b}", 4..8), ("%{a} %{a}", 5..9), ("%{+a}", 0..5), ("x %{a", 2..5), ("%{}", 0..3)]
        {
            assert_eq!(parse(text).unwrap_err().span, place, "{text}");
        }
    }
}
