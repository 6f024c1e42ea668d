//! nginx `log_format` strings.
//!
//! Taken as the bare string (`$remote_addr - $remote_user [$time_local] …`), or as it stands in a
//! configuration: one or several quoted strings, with `log_format NAME` before them and `;` behind.
//! The syntax is that of `ngx_http_log_module` and of nginx's configuration files.
//!
//! A field has the canonical name of its variable (`$request_uri` is `target`); a variable without
//! one, or whose canonical name an earlier variable of the format has, keeps the variable's name.
//! `$bytes_sent` is also `bytes` where the format logs no `$body_bytes_sent`, and `$server_name` is
//! `vhost` where it logs no `$host`.

mod config;
mod variables;

use std::ops::Range;

use super::compose::{Item, Shape, Spaces, Variable, compose};
use super::letters::{self, Letter};
use super::{FormatError, Kind, Pattern};

/// The pattern of a `log_format` string.
///
/// # Errors
/// When the string is not one nginx would take, or no line could be told apart by it.
pub fn parse(text: &str) -> Result<Pattern, FormatError> {
    let (letters, escaping) = config::read(text)?;
    compose(items(&letters)?, escaping, text.len())
}

/// Whether `text` holds something that looks like a variable.
pub(super) fn has_variable(text: &str) -> bool {
    text.as_bytes().windows(2).any(|pair| pair[0] == b'$' && (pair[1] == b'{' || is_name_byte(pair[1])))
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Splits a format at its variables.
fn items(letters: &[Letter]) -> Result<Vec<Item>, FormatError> {
    let mut items = Vec::new();
    let mut rest = letters;
    while let Some(first) = rest.first() {
        let literal = rest.iter().take_while(|letter| !starts_variable(letter)).count();
        if literal > 0 {
            let (text, tail) = rest.split_at(literal);
            let bytes = text.iter().map(|letter| letter.byte).collect();
            items.push(Item::Literal(bytes, letters::span(text)));
            rest = tail;
            continue;
        }
        let (name, length) = name(rest)?;
        let span = first.start..letters::span(&rest[..length]).end;
        push_variable(&mut items, name, span);
        rest = &rest[length..];
    }
    Ok(items)
}

fn starts_variable(letter: &Letter) -> bool {
    letter.byte == b'$' && !letter.is_escaped()
}

/// The name of the variable that `letters` begin with, and how many letters it takes.
fn name(letters: &[Letter]) -> Result<(String, usize), FormatError> {
    let is_name = |letter: &&Letter| !letter.is_escaped() && is_name_byte(letter.byte);
    let is = |at: usize, byte: u8| letters.get(at).is_some_and(|letter| letter.byte == byte);
    let start = if is(1, b'{') { 2 } else { 1 };
    let length = letters[start..].iter().take_while(is_name).count();
    let end = start + length;
    let error =
        |message, hint| Err(FormatError::new(message, letters::span(&letters[..end])).with_hint(hint));
    if length == 0 {
        return error(
            "a \"$\" without the name of a variable",
            "a variable is $name or ${name}; nginx cannot log a \"$\" of its own",
        );
    }
    if start == 2 && !is(end, b'}') {
        return error("this variable's \"{\" is not closed", "write ${name}");
    }
    let name = letters[start..end].iter().map(|letter| char::from(letter.byte)).collect();
    Ok((name, if start == 2 { end + 1 } else { end }))
}

/// Adds a variable; `$uri$is_args$args` is one field, the target.
fn push_variable(items: &mut Vec<Item>, name: String, span: Range<usize>) {
    if let [.., Item::Variable(path), Item::Variable(mark)] = &items[..]
        && matches!(&*path.own_name, "uri" | "document_uri")
        && mark.own_name == "is_args"
        && matches!(&*name, "args" | "query_string")
    {
        let span = path.span.start..span.end;
        items.truncate(items.len() - 2);
        items.push(Item::Variable(Variable {
            name: "target".to_owned(),
            own_name: "uri_with_args".to_owned(),
            stands_in_for: None,
            kind: Kind::Text,
            shape: Shape::Text(Spaces::Seldom),
            span,
        }));
        return;
    }
    items.push(Item::Variable(variables::variable(name, span)));
}
