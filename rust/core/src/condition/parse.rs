//! From text to CEL's syntax tree, within bounds.

use cel_core::parser::{ParseError, ParseOptions, parse_with_options};
use cel_core::types::SpannedExpr;

use super::ConditionError;

/// A condition may be this long, in bytes.
const LONGEST: usize = 32 << 10;
/// Brackets, negations and `?:` may be nested this deeply; the parser is recursive.
pub const DEEPEST: usize = 100;
/// It may have this many operators: the tree of `a || b || c` is as deep as it is long.
const MOST_OPERATORS: usize = 2000;

/// Integers with this many digits may be too large.
const I64_DIGITS: usize = 19;

/// Parses a condition; macros such as `has` stay calls.
pub fn parse(text: &str) -> Result<SpannedExpr, ConditionError> {
    if text.len() > LONGEST {
        let message = format!("the condition is longer than {LONGEST} bytes");
        return Err(error(message, Some("put lists into a category".to_owned()), 0..text.len()));
    }
    check_shape(text)?;
    let result = parse_with_options(text, ParseOptions::without_macros());
    match (result.ast, result.errors.into_iter().next()) {
        (Some(expression), None) => Ok(expression),
        (_, problem) => Err(problem.map_or_else(
            || error("the condition is empty".to_owned(), None, 0..text.len()),
            |problem| explain(text, &problem),
        )),
    }
}

fn error(message: String, hint: Option<String>, span: std::ops::Range<usize>) -> ConditionError {
    ConditionError { code: "bad-condition", message, hint, span }
}

/// The parser's error in this project's words.
fn explain(text: &str, problem: &ParseError) -> ConditionError {
    let span = problem.span.start.min(text.len())..problem.span.end.min(text.len());
    let unexpected = text.get(span.clone()).unwrap_or_default();
    let hint = match unexpected {
        "=" => Some("write == to compare"),
        "&" | "and" | "AND" => Some("write && for and"),
        "|" | "or" | "OR" => Some("write || for or"),
        "not" | "NOT" => Some("write ! for not"),
        "~" => Some("write field.matches(r\"regex\")"),
        "$" => Some("write names without $"),
        "\"" | "'" => {
            Some("the text is not closed, or holds an unknown escape: write texts with backslashes as r\"…\"")
        }
        _ => None,
    };
    let message = if text.trim().is_empty() {
        "the condition is empty".to_owned()
    } else if unexpected.len() >= I64_DIGITS && unexpected.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("the number {unexpected} is too large")
    } else if unexpected.trim().is_empty() {
        "the condition ends too early".to_owned()
    } else {
        format!("`{unexpected}` does not fit here")
    };
    error(message, hint.map(str::to_owned), span)
}

/// Refuses a text that would make a deep tree. What is in quotes does not count.
fn check_shape(text: &str) -> Result<(), ConditionError> {
    let bytes = text.as_bytes();
    let (mut open, mut choices, mut negations, mut operators) = (0usize, 0usize, 0usize, 0usize);
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' | b'\'' => {
                at = quoted_end(bytes, at);
                negations = 0;
                continue;
            }
            b'!' | b'-' => negations += 1,
            b' ' | b'\t' | b'\r' | b'\n' => {}
            byte => {
                negations = 0;
                match byte {
                    b'(' | b'[' | b'{' => open += 1,
                    b')' | b']' | b'}' => open = open.saturating_sub(1),
                    b'?' => choices += 1,
                    b'|' | b'&' | b'=' | b'<' | b'>' | b'+' | b'*' | b'/' | b'%' | b'.' => operators += 1,
                    _ => {}
                }
            }
        }
        if open + choices + negations > DEEPEST {
            let message = format!("the condition is nested more than {DEEPEST} deep");
            return Err(error(message, None, at..at + 1));
        }
        if operators > MOST_OPERATORS {
            let message = format!("the condition has more than {MOST_OPERATORS} operators");
            let hint = "use `in` with a list, or a category with rules";
            return Err(error(message, Some(hint.to_owned()), at..at + 1));
        }
        at += 1;
    }
    Ok(())
}

/// The end of the literal whose first quote is at `start`: `"…"`, `'…'`, tripled, or raw.
fn quoted_end(bytes: &[u8], start: usize) -> usize {
    let quote = bytes[start];
    let prefix =
        bytes[..start].iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_');
    let is_raw = matches!(
        prefix.map(u8::to_ascii_lowercase).collect::<Vec<_>>().as_slice(),
        [b'r'] | [b'r', b'b'] | [b'b', b'r']
    );
    let width = if bytes[start..].starts_with(&[quote; 3]) { 3 } else { 1 };
    let mut at = start + width;
    while at < bytes.len() {
        if bytes[at] == b'\\' && !is_raw {
            at += 2;
        } else if bytes[at..].starts_with(&[quote; 3][..width]) {
            return at + width;
        } else {
            at += 1;
        }
    }
    bytes.len()
}
