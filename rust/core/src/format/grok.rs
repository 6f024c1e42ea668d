//! grok expressions: `%{IPORHOST:remote_addr} %{NUMBER:took:float}`, regexes with a library of names.
//!
//! The library is that of the `grok` crate, with the names of captures that the Elastic Common Schema
//! gives to the patterns of Apache, `HAProxy`, Squid and AWS (Logstash's `ecs-v1`). What grok takes from Oniguruma and
//! no linear-time engine has is left out: atomic groups become plain ones, and tests of what stands
//! before or behind are dropped, so that a number may touch other digits.

mod ecs;

use std::collections::HashMap;
use std::sync::LazyLock;

use super::keyed::own_kind;
use super::{FormatError, Kind, RegexSpec, field};

/// Patterns within patterns, at most.
const MAX_DEPTH: usize = 32;
/// A longer regex is refused, in bytes.
const MAX_BYTES: usize = 256 << 10;

static LIBRARY: LazyLock<HashMap<&'static str, &'static str>> =
    LazyLock::new(|| grok::patterns().iter().chain(ecs::PATTERNS).copied().collect());

/// The regex of a grok expression; `own` are further patterns by name, which come before the library's.
///
/// # Errors
/// When a pattern is not known, when patterns hold each other, or when the regex is malformed.
pub fn parse(text: &str, own: &[(String, String)]) -> Result<RegexSpec, FormatError> {
    let mut expansion = Expansion { own, regex: String::new(), names: Vec::new(), kinds: Vec::new() };
    expansion.expand(text, 0).map_err(|(message, span)| {
        let span = span.filter(|span| span.end <= text.len()).unwrap_or(0..text.len());
        FormatError::new(message, span)
            .with_hint("a pattern is written %{NAME}, %{NAME:field} or %{NAME:field:int}")
    })?;
    let Expansion { regex, names, kinds, .. } = expansion;
    if names.iter().all(String::is_empty) {
        return Err(FormatError::new("no pattern names a field", 0..text.len())
            .with_hint("such as %{IPORHOST:remote_addr}"));
    }
    regex_syntax::ast::parse::Parser::new().parse(&regex).map_err(|error| {
        FormatError::new(format!("the regex is malformed: {}", error.kind()), 0..text.len())
    })?;
    Ok(RegexSpec { pattern: regex, names, kinds })
}

/// What a person is told, and the place in the outermost text.
type Problem = (String, Option<std::ops::Range<usize>>);

struct Expansion<'a> {
    own: &'a [(String, String)],
    regex: String,
    /// One per capture group; empty for one that is no field.
    names: Vec<String>,
    kinds: Vec<Kind>,
}

impl Expansion<'_> {
    fn expand(&mut self, text: &str, depth: usize) -> Result<(), Problem> {
        if depth > MAX_DEPTH || self.regex.len() > MAX_BYTES {
            return Err(("patterns hold each other without end, or make too long a regex".to_owned(), None));
        }
        let mut at = 0;
        let mut in_class = false;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let here = |length: usize| (depth == 0).then(|| at..at + length);
            if rest.starts_with("%{") {
                let Some(close) = rest.find('}') else {
                    return Err(("this pattern is not closed".to_owned(), here(2)));
                };
                self.reference(&rest[2..close], depth)
                    .map_err(|(message, span)| (message, span.or(here(close + 1))))?;
                at += close + 1;
                continue;
            }
            if let Some(escaped) = rest.strip_prefix('\\') {
                let length = 1 + escape_length(escaped);
                self.regex.push_str(&rest[..length]);
                at += length;
                continue;
            }
            if !in_class && rest.starts_with('(') {
                at += self
                    .group(rest)
                    .ok_or_else(|| ("look-around is not possible here".to_owned(), here(3)))?;
                continue;
            }
            if !in_class && rest.starts_with(['{', '}']) {
                // Oniguruma takes a brace for itself where it repeats nothing.
                let length = repetition_length(rest).unwrap_or(1);
                self.regex.push_str(if length == 1 { "\\" } else { "" });
                self.regex.push_str(&rest[..length]);
                at += length;
                continue;
            }
            let character = rest.chars().next().unwrap_or_default();
            in_class = match character {
                '[' => true,
                ']' => false,
                _ => in_class,
            };
            self.regex.push(character);
            at += character.len_utf8();
        }
        Ok(())
    }

    /// What is inside of `%{…}`.
    fn reference(&mut self, inside: &str, depth: usize) -> Result<(), Problem> {
        let mut parts = inside.splitn(3, ':');
        let (name, field, kind) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
        let own = self.own.iter().find(|(known, _)| known == name).map(|(_, regex)| regex.as_str());
        let Some(regex) = own.or_else(|| LIBRARY.get(name).copied()) else {
            let near = field::nearest(name, LIBRARY.keys().copied());
            let near = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
            return Err((format!("there is no pattern {name}{near}"), None));
        };
        match field.filter(|field| !field.is_empty()) {
            Some(field) => {
                let kind = kind_of(field, kind).ok_or_else(|| {
                    (
                        format!("`{}` is no type; there are int, float and string", kind.unwrap_or_default()),
                        None,
                    )
                })?;
                self.names.push(plain_name(field));
                self.kinds.push(kind);
                self.regex.push('(');
            }
            None => self.regex.push_str("(?:"),
        }
        self.expand(regex, depth + 1)?;
        self.regex.push(')');
        Ok(())
    }

    /// Writes the opening of the group that `text` begins with; answers how much of it was read, nothing
    /// for what cannot be left out.
    fn group(&mut self, text: &str) -> Option<usize> {
        let look = ["(?<!", "(?!<", "(?!"].into_iter().find(|look| text.starts_with(look));
        if look.is_some() {
            return end_of_group(text);
        }
        if text.starts_with("(?<=") || text.starts_with("(?=") {
            return None;
        }
        for (opening, written) in [("(?>", "(?:"), ("(?:", "(?:")] {
            if text.starts_with(opening) {
                self.regex.push_str(written);
                return Some(opening.len());
            }
        }
        let named = ["(?P<", "(?<"].into_iter().find(|opening| text.starts_with(opening));
        if let Some(opening) = named {
            let length = text[opening.len()..].find('>')?;
            let name = &text[opening.len()..opening.len() + length];
            self.names.push(plain_name(name));
            self.kinds.push(kind_of(name, None)?);
            self.regex.push('(');
            return Some(opening.len() + length + 1);
        }
        if text.starts_with("(?") {
            self.regex.push_str("(?"); // flags
            return Some(2);
        }
        // A group without a name is no field.
        self.regex.push_str("(?:");
        Some(1)
    }
}

/// How long an escape is behind its backslash: `\p{Greek}` and `\x{2f}` take their braces along.
fn escape_length(text: &str) -> usize {
    let name = text.chars().next().map_or(0, char::len_utf8);
    let takes_braces = text.starts_with(['p', 'P', 'x', 'u', 'U']) && text[name..].starts_with('{');
    let braces = takes_braces.then(|| text.find('}')).flatten();
    braces.map_or(name, |close| close + 1)
}

/// How long the repetition `{2}`, `{2,}` or `{2,5}` is that `text` begins with, if it does.
fn repetition_length(text: &str) -> Option<usize> {
    let (inside, _) = text.strip_prefix('{')?.split_once('}')?;
    let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (!least.is_empty() && is_number(least) && is_number(most)).then_some(inside.len() + 2)
}

/// Behind the group that `text` begins with.
fn end_of_group(text: &str) -> Option<usize> {
    let mut depth = 0;
    let mut in_class = false;
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\\' => {
                bytes.next();
            }
            b'[' => in_class = true,
            b']' => in_class = false,
            b'(' if !in_class => depth += 1,
            b')' if !in_class => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// `source.address` for `[source][address]`.
fn plain_name(field: &str) -> String {
    match field.strip_prefix('[').and_then(|field| field.strip_suffix(']')) {
        Some(inside) => inside.replace("][", "."),
        None => field.to_owned(),
    }
}

/// What a type says; without one, the kind of a canonical field, else text.
fn kind_of(field: &str, written: Option<&str>) -> Option<Kind> {
    Some(match written {
        None => own_kind(field),
        Some("int" | "integer" | "long") => Kind::Integer,
        Some("float" | "double" | "number") => Kind::Number,
        Some("string" | "keyword") => Kind::Text,
        Some(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Format;
    use crate::scan::Scanner;

    fn field(text: &str, line: &str, name: &str) -> Option<String> {
        let format = Format::Regex(parse(text, &[]).unwrap());
        let scanner = Scanner::compile(&format, &[name]).unwrap();
        let mut scratch = scanner.scratch();
        let record = scanner.scan_line(&mut scratch, line.as_bytes()).ok()?;
        record.get(0).map(|text| String::from_utf8_lossy(text).into_owned())
    }

    #[test]
    fn every_pattern_of_the_library_can_be_used_or_says_why_not() {
        for name in LIBRARY.keys() {
            match parse(&format!("%{{{name}:it}}"), &[]) {
                Ok(spec) => {
                    Scanner::compile(&Format::Regex(spec), &[])
                        .unwrap_or_else(|error| panic!("{name}: {error}"));
                }
                // Oniguruma takes a lone brace for itself, which the regex crate does not.
                Err(error) => {
                    let is_told = ["look-around", "malformed"].iter().any(|why| error.message.contains(why));
                    assert!(is_told, "{name}: {error}");
                }
            }
        }
    }

    #[test]
    fn captures_are_fields() {
        let line = "took 12.5 ms at 192.0.2.7";
        let expression = "took %{NUMBER:took:float} ms at %{IP:[source][ip]}";
        assert_eq!(field(expression, line, "took").as_deref(), Some("12.5"));
        assert_eq!(field(expression, line, "source.ip").as_deref(), Some("192.0.2.7"));
        assert_eq!(field("%{DAY:day}|%{INT:day}", "x 7", "day").as_deref(), Some("7"));
        assert_eq!(field("%{UNIXPATH:it}", "none", "it"), None);
        assert_eq!(field("^%{UNIXPATH:it}$", "/opt/Č/.x", "it").as_deref(), Some("/opt/Č/.x"));
        assert_eq!(field("({%{DATA:it}}) [a-z]{2,3}", "{a b} xy", "it").as_deref(), Some("a b"));
    }

    #[test]
    fn own_patterns_come_first() {
        let own = [("INT".to_owned(), "x+".to_owned())];
        assert_eq!(parse("%{INT:it}", &own).unwrap().pattern, "(x+)");
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        for (text, place) in
            [("a %{NUMER:x}", 2..12), ("%{INT", 0..2), ("%{INT:a:date}", 0..13), ("%{INT}", 0..6)]
        {
            assert_eq!(parse(text, &[]).unwrap_err().span, place, "{text}");
        }
        let own = [("A".to_owned(), "%{A}".to_owned())];
        assert!(parse("%{A:x}", &own).is_err());
    }
}
