//! Format strings as they stand in an Apache configuration: `LogFormat "…" nickname`.

use crate::format::FormatError;
use crate::format::letters::{self, Escapes, Letter};

const DIRECTIVE: &str = "LogFormat";

/// The letters of the format that `text` holds, bare or as part of a configuration.
pub(super) fn read(text: &str) -> Result<Vec<Letter>, FormatError> {
    let start = text.len() - text.trim_ascii_start().len();
    let is_directive =
        text[start..].get(..DIRECTIVE.len()).is_some_and(|word| word.eq_ignore_ascii_case(DIRECTIVE));
    let rest = start + if is_directive { DIRECTIVE.len() } else { 0 };
    let open = text.len() - text[rest..].trim_ascii_start().len();
    let range = if is_directive && open > rest {
        argument(text, open)?
    } else if is_quoted_string(text, start) {
        start + 1..text.trim_ascii_end().len() - 1
    } else {
        0..text.len()
    };
    Ok(letters::unescape(text, range, Escapes::Apache))
}

/// The inside of the first argument of a `LogFormat` directive, which begins at `open`.
fn argument(text: &str, open: usize) -> Result<std::ops::Range<usize>, FormatError> {
    match text.as_bytes().get(open) {
        Some(b'"' | b'\'') => match letters::closing_quote(text, open) {
            Some(close) => Ok(open + 1..close),
            None => Err(FormatError::new("this quote is not closed", open..open + 1)),
        },
        Some(_) => {
            let length = text[open..].find(|c: char| c.is_ascii_whitespace());
            Ok(open..length.map_or(text.len(), |length| open + length))
        }
        None => Err(FormatError::new("LogFormat without a format", 0..text.len())
            .with_hint("LogFormat \"the format\" nickname")),
    }
}

/// Whether `text` from `start` on is one string in quotes. A bare format may begin and end with a
/// quote as well, but then the quotes inside it are not escaped.
fn is_quoted_string(text: &str, start: usize) -> bool {
    text[start..].starts_with('"')
        && text[start..].contains("\\\"")
        && letters::closing_quote(text, start).is_some_and(|at| at + 1 == text.trim_ascii_end().len())
}
