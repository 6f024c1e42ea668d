//! Parts of a template as text, regex and grok expression.

use std::collections::BTreeMap;

use regex_automata::meta::Regex;
use regex_automata::util::syntax;

use super::kind::{ANY, ValueKind};
use super::parts::{Gap, Part};

/// Longer regexes are not verified and therefore not given, in bytes.
const MAX_REGEX_BYTES: usize = 16 << 10;

/// A variable of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Unique in its template: from a key or a cue word, else from the kind.
    pub name: String,
    /// What its values are, as in `<num>`.
    pub kind: &'static str,
}

/// What a template's parts are written as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// With `<*>` for each variable.
    pub text: String,
    /// With the kind of each variable, as in `<num>`.
    pub typed: String,
    /// Anchored at both ends, with a named group for each variable unless no such regex matches all
    /// examples; then a looser one, without groups. Empty if it would be too long.
    pub regex: String,
    /// The same as a grok expression; empty without groups.
    pub grok: String,
    /// The variables in order.
    pub fields: Vec<Field>,
}

/// Writes parts; `examples` are the messages that the regex must match.
pub fn write(parts: &[Part], examples: &[&[u8]]) -> Written {
    let variables: Vec<(&[Vec<u8>], String)> = named_variables(parts);
    let kinds: Vec<&'static ValueKind> = variables.iter().map(|(values, _)| ValueKind::of(values)).collect();
    let names: Vec<&str> = variables.iter().map(|(_, name)| name.as_str()).collect();
    let any = vec![ANY; kinds.len()];
    let exact = [&kinds, &any].into_iter().find(|kinds| verifies(&regex(parts, kinds, &names), examples));
    let (regex, grok) = match exact {
        Some(kinds) => (regex(parts, kinds, &names), grok(parts, kinds, &names)),
        None => (
            Some(loose_regex(parts)).filter(|regex| verifies(regex, examples)).unwrap_or_default(),
            String::new(),
        ),
    };
    let fields =
        kinds.iter().zip(&names).map(|(kind, name)| Field { name: (*name).to_owned(), kind: kind.name });
    Written {
        text: plain(parts),
        typed: show(parts, |variable| format!("<{}>", kinds[variable].name)),
        regex,
        grok,
        fields: fields.collect(),
    }
}

/// Parts as text, with `<*>` for each variable.
pub fn plain(parts: &[Part]) -> String {
    show(parts, |_| "<*>".to_owned())
}

fn show(parts: &[Part], variable: impl Fn(usize) -> String) -> String {
    let mut shown = Vec::new();
    let mut variables = 0;
    for part in parts {
        match part {
            Part::Gap { is_shown: true, .. } => shown.push(b' '),
            Part::Gap { .. } => {}
            Part::Literal { text, .. } => shown.extend_from_slice(text),
            Part::Variable { .. } => {
                shown.extend_from_slice(variable(variables).as_bytes());
                variables += 1;
            }
        }
    }
    String::from_utf8_lossy(&shown).into_owned()
}

/// The variables with their names: of the key before `=` or `:`, else of the word before, else of their
/// kind.
fn named_variables(parts: &[Part]) -> Vec<(&[Vec<u8>], String)> {
    let mut used: BTreeMap<String, usize> = BTreeMap::new();
    let mut variables = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let Part::Variable { values } = part else { continue };
        let word = parts[..at].iter().rev().take(4).find_map(|part| match part {
            Part::Literal { text, .. } => field_name(text),
            _ => None,
        });
        let name = word.unwrap_or_else(|| match ValueKind::of(values).name {
            "*" => "value".to_owned(),
            kind => kind.to_owned(),
        });
        let count = used.entry(name.clone()).or_default();
        *count += 1;
        let name = if *count == 1 { name } else { format!("{name}_{count}") };
        variables.push((values.as_slice(), name));
    }
    variables
}

/// A word as the name of a field: lower case, with `_` for what names do not have.
fn field_name(word: &[u8]) -> Option<String> {
    const LONGEST: usize = 24;
    let is_name = word.len() <= LONGEST
        && word.first().is_some_and(u8::is_ascii_alphabetic)
        && word.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-.:#=@".contains(byte));
    let name = String::from_utf8_lossy(word).to_ascii_lowercase();
    let name: String =
        name.chars().map(|char| if char.is_ascii_alphanumeric() { char } else { '_' }).collect();
    is_name.then(|| name.trim_end_matches('_').to_owned())
}

/// A literal as a regex that means its bytes.
fn escape(text: &[u8]) -> String {
    let mut escaped = String::new();
    for &byte in text {
        match byte {
            byte if byte.is_ascii_alphanumeric() || b" _-=:,;'\"<>/@!%&~`".contains(&byte) => {
                escaped.push(char::from(byte));
            }
            byte if byte.is_ascii_graphic() => escaped.extend(['\\', char::from(byte)]),
            _ => escaped.extend(["\\x", &format!("{byte:02x}")]),
        }
    }
    escaped
}

fn regex(parts: &[Part], kinds: &[&ValueKind], names: &[&str]) -> String {
    let inner = expression(parts, |variable| format!("(?P<{}>{})", names[variable], kinds[variable].regex));
    format!("^{inner}$")
}

fn grok(parts: &[Part], kinds: &[&ValueKind], names: &[&str]) -> String {
    let inner = expression(parts, |variable| format!("%{{{}:{}}}", kinds[variable].grok, names[variable]));
    format!("^{inner}$")
}

fn expression(parts: &[Part], variable: impl Fn(usize) -> String) -> String {
    let mut expression = String::new();
    let mut variables = 0;
    for part in parts {
        match part {
            Part::Gap { gap: Gap::Always, .. } => expression.push_str(r"\s+"),
            Part::Gap { .. } => expression.push_str(r"\s*"),
            Part::Literal { text, is_optional: false } => expression.push_str(&escape(text)),
            Part::Literal { text, is_optional: true } => {
                expression.extend(["(?:", &escape(text), ")?"]);
            }
            Part::Variable { .. } => {
                expression.push_str(&variable(variables));
                variables += 1;
            }
        }
    }
    expression.push_str(r"\s*");
    expression
}

/// The words of a template in their order, with anything between them.
fn loose_regex(parts: &[Part]) -> String {
    let words = parts.iter().filter_map(|part| match part {
        Part::Literal { text, is_optional: false } if text.iter().any(u8::is_ascii_alphabetic) => {
            Some(escape(text))
        }
        _ => None,
    });
    format!("^.*?{}.*$", words.collect::<Vec<_>>().join(".*?"))
}

/// Whether a regex over bytes matches every example.
fn verifies(regex: &str, examples: &[&[u8]]) -> bool {
    if regex.len() > MAX_REGEX_BYTES {
        return false;
    }
    let config = syntax::Config::new().unicode(false).utf8(false).dot_matches_new_line(true);
    let limits = Regex::config().nfa_size_limit(Some(1 << 20)).onepass(false).dfa(false);
    let compiled = Regex::builder().configure(limits).syntax(config).build(regex);
    compiled.is_ok_and(|regex| examples.iter().all(|example| regex.is_match(*example)))
}
