//! What the values of a variable are.

use std::sync::LazyLock;

use regex_automata::meta::Regex;
use regex_automata::util::syntax;

/// A kind of value: its name in templates, the regex that all its values match, and a grok pattern that
/// matches whatever the regex does.
#[derive(Debug)]
pub struct ValueKind {
    /// As in `<num>`; `*` for any text.
    pub name: &'static str,
    /// Of bytes, without groups.
    pub regex: &'static str,
    /// The name of a grok pattern.
    pub grok: &'static str,
}

const fn kind(name: &'static str, regex: &'static str, grok: &'static str) -> ValueKind {
    ValueKind { name, regex, grok }
}

/// The kinds, of which the first that all values match is taken.
pub static KINDS: [ValueKind; 13] = [
    kind("num", r"[+-]?[0-9]+(?:\.[0-9]+)?", "NUMBER"),
    kind("ip", r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}", "IPORHOST"),
    kind("addr", r"/?(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?:[:/][0-9]+)?", "NOTSPACE"),
    kind("hex", r"0[xX][0-9A-Fa-f]+", "BASE16NUM"),
    kind("uuid", r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}", "UUID"),
    kind("mac", r"(?:[0-9A-Fa-f]{0,4}::?){2,8}[0-9A-Fa-f]{0,4}", "NOTSPACE"),
    kind("url", r"[A-Za-z][A-Za-z.-]*://[^\s]+", "NOTSPACE"),
    kind("mail", r"[^\s@]+@[^\s@]+\.[^\s@]+", "NOTSPACE"),
    kind("path", r"(?:/|\.{1,2}/|~/|[A-Za-z]:\\)[^\s]+", "NOTSPACE"),
    kind("time", r"[0-9A-Za-z/., +-]*[0-9]:[0-9]{2}[0-9A-Za-z:/., +-]*", "DATA"),
    kind("size", r"<?[+-]?[0-9][0-9.,]* ?[A-Za-z]+(?: \([0-9][0-9.,]* ?[A-Za-z]+\))?", "DATA"),
    kind("word", r"[^\s]+", "NOTSPACE"),
    kind("*", r".*?", "DATA"),
];

/// Anything.
pub static ANY: &ValueKind = &KINDS[KINDS.len() - 1];

static REGEXES: LazyLock<Vec<Option<Regex>>> = LazyLock::new(|| {
    let compile = |kind: &ValueKind| {
        let config = syntax::Config::new().unicode(false).utf8(false);
        Regex::builder().syntax(config).build(&format!(r"\A(?:{})\z", kind.regex)).ok()
    };
    KINDS.iter().map(compile).collect()
});

impl ValueKind {
    /// The kind of some values; [`ANY`] without values.
    pub fn of(values: &[Vec<u8>]) -> &'static ValueKind {
        if values.is_empty() {
            return ANY;
        }
        let fits = |regex: &Option<Regex>| {
            regex.as_ref().is_some_and(|regex| values.iter().all(|value| regex.is_match(value)))
        };
        REGEXES.iter().position(fits).map_or(ANY, |index| &KINDS[index])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_by_their_values() {
        for (values, name) in [
            (&["1", "-2.5"][..], "num"),
            (&["10.0.0.1"], "ip"),
            (&["10.0.0.1", "10.0.0.1:80"], "addr"),
            (&["0x1f"], "hex"),
            (&["123e4567-e89b-12d3-a456-426614174000"], "uuid"),
            (&["00:1b:44:11:3a:b7"], "mac"),
            (&["http://example.org/"], "url"),
            (&["/usr/lib", "./a"], "path"),
            (&["2026-10-10 13:55:36"], "time"),
            (&["12 ms", "<1 sec"], "size"),
            (&["1", "a1"], "word"),
            (&["a b", ""], "*"),
            (&[], "*"),
        ] {
            let values: Vec<Vec<u8>> = values.iter().map(|value| value.as_bytes().to_vec()).collect();
            assert_eq!(ValueKind::of(&values).name, name, "{values:?}");
        }
    }
}
