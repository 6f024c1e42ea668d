//! Texts of the configuration, with their places, and the environment variables in them.

use std::ops::Range;

/// A text of the configuration and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text {
    /// The text without its quotes.
    pub value: String,
    /// The whole value, quotes included, in bytes of the configuration's texts.
    pub span: Range<usize>,
    /// Where the text's first byte stands, if the text stands there as it is.
    inside: Option<usize>,
}

impl Text {
    /// The text `value` at `span` of `source`, whose first byte is called `base`.
    pub(super) fn new(value: &str, span: Range<usize>, source: &str, base: usize) -> Text {
        let raw = source.get(span.clone()).unwrap_or_default();
        // A multi-line string, a string, a bare key.
        let inside = [3, 1, 0]
            .into_iter()
            .find(|quotes| raw.get(*quotes..raw.len().saturating_sub(*quotes)) == Some(value));
        Text {
            value: value.to_owned(),
            inside: inside.map(|quotes| base + span.start + quotes),
            span: base + span.start..base + span.end,
        }
    }

    /// The place of a part of the text, in bytes of the configuration's texts; the whole value if
    /// escapes or variables make the part's place unknown.
    pub fn part(&self, part: Range<usize>) -> Range<usize> {
        self.inside.map_or(self.span.clone(), |at| at + part.start..at + part.end)
    }

    /// The same place with another text.
    pub(super) fn replaced(self, value: String) -> Text {
        Text { value, span: self.span, inside: None }
    }
}

/// A text that stands nowhere.
impl From<&str> for Text {
    fn from(value: &str) -> Text {
        Text { value: value.to_owned(), span: 0..0, inside: None }
    }
}

/// What is wrong with a `${NAME}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reference {
    /// The variable is not set.
    Unset,
    /// There is no name between the braces, or no brace at the end.
    Malformed,
}

/// `text` with each `${NAME}` replaced by the variable's value, and each `$${` by `${`.
///
/// # Errors
/// Every reference that cannot be replaced, with its place in `text`.
pub(super) fn substitute(
    text: &str,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<String, Vec<(Reference, Range<usize>)>> {
    let mut out = String::with_capacity(text.len());
    let mut wrong = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find("${") {
        let open = at + found;
        if text[at..open].ends_with('$') {
            out.push_str(&text[at..open - 1]);
            out.push_str("${");
            at = open + 2;
            continue;
        }
        out.push_str(&text[at..open]);
        let inside = &text[open + 2..];
        let name_bytes =
            inside.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        let name = &inside[..name_bytes];
        at = open + 2 + name_bytes;
        let is_name = name.starts_with(|first: char| !first.is_ascii_digit());
        if !is_name || !inside[name_bytes..].starts_with('}') {
            wrong.push((Reference::Malformed, open..at));
            continue;
        }
        at += 1;
        match variable(name) {
            Some(value) => out.push_str(&value),
            None => wrong.push((Reference::Unset, open..at)),
        }
    }
    out.push_str(&text[at..]);
    if wrong.is_empty() { Ok(out) } else { Err(wrong) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn substituted(text: &str) -> Result<String, Vec<(Reference, Range<usize>)>> {
        substitute(text, |name| (name == "HOME_1").then(|| "/root${X}".to_owned()))
    }

    #[test]
    fn variables_are_replaced_once() {
        assert_eq!(substituted("a ${HOME_1}/é").unwrap(), "a /root${X}/é");
        assert_eq!(substituted("${HOME_1}${HOME_1}").unwrap(), "/root${X}/root${X}");
    }

    #[test]
    fn other_dollars_stay() {
        for text in ["", "$", "$HOME_1", "a$1 $$ ${", "{}"] {
            let expected = if text.ends_with("${") { None } else { Some(text.to_owned()) };
            assert_eq!(substituted(text).ok(), expected, "{text}");
        }
        assert_eq!(substituted("$${HOME_1} $$${").unwrap(), "${HOME_1} $${");
    }

    #[test]
    fn every_wrong_reference_is_told() {
        let wrong = substituted("${NO} ${} ${1} ${A").unwrap_err();
        let expected = [
            (Reference::Unset, 0..5),
            (Reference::Malformed, 6..8),
            (Reference::Malformed, 10..13),
            (Reference::Malformed, 15..18),
        ];
        assert_eq!(wrong, expected);
    }

    #[test]
    fn parts_have_places_unless_escapes_hide_them() {
        let source = r#"a = "x\"y"; b = '''xyz'''"#;
        let hidden = Text::new("x\"y", 4..10, source, 100);
        assert_eq!((hidden.part(1..2), hidden.span), (104..110, 104..110));
        assert_eq!(Text::new("xyz", 16..25, source, 100).part(1..2), 120..121);
        assert_eq!(Text::new("b", 12..13, source, 0).part(0..1), 12..13);
    }
}
