//! Apache `LogFormat` strings.
//!
//! Taken as the bare string (`%h %l %u %t "%r" %>s %b`), or as it stands in a configuration:
//! `LogFormat "%h … \"%r\" …" common`. The directives are those of `mod_log_config`, `mod_logio` and
//! `mod_ssl` (Apache 2.4). `%U%q` is one field, the target; `%{…}t` directives that together make an
//! instant are one field, the time.
//!
//! Names are canonical where there is one (`%>s` is `status`, `%{User-Agent}i` is `user_agent`). A
//! named thing without one is called
//!
//! | directive | field |
//! |---|---|
//! | `%{Name-X}i`, `%{Name-X}o` | `http_name_x`, `sent_http_name_x`: as nginx would call them |
//! | `%{Name-X}^ti`, `%{Name-X}^to` | `trailer_name_x`, `sent_trailer_name_x` |
//! | `%{Name-X}C`, `%{Name-X}e`, `%{Name-X}n` | `cookie_Name-X`, `env_Name-X`, `module_Name-X` |
//! | `%{SSL_NAME}x` | `ssl_name` |
//!
//! and a directive whose canonical name is taken by an earlier one has a name of its own. `%O`, the
//! size with headers, is `bytes` where the format has no `%b` or `%B`, else `bytes_sent`.

mod clock;
mod config;
mod directives;

use super::compose::{Escaping, Item, Shape, Spaces, Variable, compose};
use super::letters::{self, Letter};
use super::{FormatError, Kind, Pattern};
use clock::Part;
use directives::Directive;

/// The pattern of a `LogFormat` string.
///
/// # Errors
/// When the string is not one Apache would take, or no line could be told apart by it.
pub fn parse(text: &str) -> Result<Pattern, FormatError> {
    let letters = config::read(text)?;
    let items = join_targets(clock::join(&parts(&letters)?));
    compose(items, Escaping::Backslash, text.len())
}

/// Whether `text` holds something that looks like a directive.
pub(super) fn has_directive(text: &str) -> bool {
    text.as_bytes()
        .windows(2)
        .any(|pair| pair[0] == b'%' && (pair[1].is_ascii_alphanumeric() || b"{<>!^".contains(&pair[1])))
}

/// Splits a format at its directives.
fn parts(letters: &[Letter]) -> Result<Vec<Part>, FormatError> {
    let mut parts = Vec::new();
    let mut rest = letters;
    while !rest.is_empty() {
        let is_literal = |letter: &&Letter| letter.is_escaped() || letter.byte != b'%';
        let literal = rest.iter().take_while(is_literal).count();
        let (text, tail) = rest.split_at(literal);
        if literal > 0 {
            let bytes = text.iter().map(|letter| letter.byte).collect();
            parts.push(Part::Item(Item::Literal(bytes, letters::span(text))));
        }
        if tail.is_empty() {
            break;
        }
        let (directive, length) = Directive::read(tail)?;
        directive.push_parts(&mut parts)?;
        rest = &tail[length..];
    }
    Ok(parts)
}

/// Makes one field of each `%U%q`.
fn join_targets(items: Vec<Item>) -> Vec<Item> {
    let mut joined: Vec<Item> = Vec::with_capacity(items.len());
    for item in items {
        if let (Some(Item::Variable(path)), Item::Variable(search)) = (joined.last(), &item)
            && path.own_name == "url_path"
            && search.own_name == "search"
        {
            let span = path.span.start..search.span.end;
            joined.pop();
            joined.push(Item::Variable(Variable {
                name: "target".to_owned(),
                own_name: "url_path_with_search".to_owned(),
                stands_in_for: None,
                kind: Kind::Text,
                shape: Shape::Text(Spaces::Often),
                span,
            }));
        } else {
            joined.push(item);
        }
    }
    joined
}
