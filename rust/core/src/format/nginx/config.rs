//! Format strings as they stand in an nginx configuration: `log_format NAME [escape=…] 'a' 'b';`.

use std::ops::Range;

use crate::format::FormatError;
use crate::format::compose::Escaping;
use crate::format::letters::{self, Escapes, Letter};

/// The letters of the format that `text` holds, bare or as part of a configuration, and how
/// values are escaped in its log.
pub(super) fn read(text: &str) -> Result<(Vec<Letter>, Escaping), FormatError> {
    let start = text.len() - text.trim_ascii_start().len();
    if let Some(rest) = text[start..].strip_prefix("log_format")
        && rest.starts_with(|next: char| next.is_ascii_whitespace())
    {
        return directive(text, text.len() - rest.len());
    }
    let letters = if is_quoted_strings(text, start) {
        strings(text, start)?
    } else {
        letters::unescape(text, 0..text.len(), Escapes::Nginx)
    };
    Ok((letters, escaping_of(text)))
}

/// A format that is itself a JSON object is for `escape=json`, or its lines would not be JSON.
fn escaping_of(text: &str) -> Escaping {
    if text.trim_start_matches(['\'', ' ', '\t', '\n']).starts_with('{') {
        Escaping::Json
    } else {
        Escaping::Backslash
    }
}

/// Whether `text` from `start` on is nothing but strings in single quotes. Double quotes do not tell:
/// bare formats begin with them as well.
fn is_quoted_strings(text: &str, start: usize) -> bool {
    let mut at = start;
    while text[at..].starts_with('\'') {
        let Some(close) = letters::closing_quote(text, at) else { return false };
        let after = &text[close + 1..];
        at = text.len() - after.trim_ascii_start().len();
    }
    at > start && matches!(text[at..].trim_ascii_end(), "" | ";")
}

/// Reads what follows the word `log_format`, from `at` on.
fn directive(text: &str, at: usize) -> Result<(Vec<Letter>, Escaping), FormatError> {
    let Some(name) = word(text, at) else {
        return Err(FormatError::new("log_format without a name", at..text.len())
            .with_hint("log_format NAME 'the format';"));
    };
    let Some(first) = word(text, name.end) else {
        return Err(
            FormatError::new("log_format without a format", name).with_hint("log_format NAME 'the format';")
        );
    };
    let escaping = match text[first.clone()].strip_prefix("escape=") {
        None => return Ok((strings(text, name.end)?, escaping_of(&text[first.start..]))),
        Some("default") => Escaping::Backslash,
        Some("json") => Escaping::Json,
        Some("none") => Escaping::None,
        Some(_) => {
            return Err(FormatError::new("unknown escape mode", first)
                .with_hint("escape=default, escape=json or escape=none"));
        }
    };
    Ok((strings(text, first.end)?, escaping))
}

/// The word after `at`, up to white space or a `;`.
fn word(text: &str, at: usize) -> Option<Range<usize>> {
    let ends = |c: char| c.is_ascii_whitespace() || c == ';';
    let start = at + text[at..].find(|c: char| !c.is_ascii_whitespace())?;
    let end = text[start..].find(ends).map_or(text.len(), |length| start + length);
    (start < end).then_some(start..end)
}

/// Joins the strings from `at` on, quoted or not, up to a `;` or the end; skips comments.
fn strings(text: &str, mut at: usize) -> Result<Vec<Letter>, FormatError> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b';' if text[at + 1..].trim().is_empty() => break,
            b';' => {
                return Err(FormatError::new("text after the end of log_format", at + 1..text.len())
                    .with_hint("give one log_format at a time"));
            }
            b'#' => at += text[at..].find('\n').unwrap_or(text.len() - at),
            b'"' | b'\'' => {
                let Some(close) = letters::closing_quote(text, at) else {
                    return Err(FormatError::new("this quote is not closed", at..at + 1));
                };
                out.extend(letters::unescape(text, at + 1..close, Escapes::Nginx));
                at = close + 1;
            }
            _ if byte.is_ascii_whitespace() => at += 1,
            _ => {
                let ends = |c: char| c.is_ascii_whitespace() || c == ';';
                let end = text[at..].find(ends).map_or(text.len(), |length| at + length);
                out.extend(letters::unescape(text, at..end, Escapes::Nginx));
                at = end;
            }
        }
    }
    Ok(out)
}
