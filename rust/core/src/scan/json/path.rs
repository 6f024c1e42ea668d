//! Dotted paths into a JSON object: `request.headers."X.Y"[0]`.

use std::fmt::{self, Write as _};

/// Keys in one path, at most.
pub(super) const MAX_KEYS: usize = 32;

/// Why a dotted path could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathError {
    /// The path as given.
    pub path: String,
    /// Byte offset in the path.
    pub offset: usize,
    /// What is wrong there, and how to mend it.
    pub problem: &'static str,
}

impl fmt::Display for PathError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PathError { path, offset, problem } = self;
        let column = path[..*offset].chars().count() + 1;
        write!(formatter, "JSON path `{path}`, column {column}: {problem}")
    }
}

impl std::error::Error for PathError {}

/// The keys of a path in order, at least one.
pub(super) fn parse(path: &str) -> Result<Vec<String>, PathError> {
    let fail =
        |rest: &str, problem| PathError { path: path.to_owned(), offset: path.len() - rest.len(), problem };
    let mut keys = Vec::new();
    let mut rest = path;
    loop {
        let (key, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_key(quoted).ok_or_else(|| fail(rest, "this quote is not closed"))?,
            None => bare_key(rest).map_err(|problem| fail(rest, problem))?,
        };
        keys.push(key);
        rest = after;
        while let Some(inside) = rest.strip_prefix('[') {
            let (index, after) = inside
                .split_once(']')
                .filter(|(index, _)| array_index(index).is_some())
                .ok_or_else(|| fail(rest, "an array index is written [0]"))?;
            keys.push(index.to_owned());
            rest = after;
        }
        if keys.len() > MAX_KEYS {
            return Err(fail(rest, "a path has at most 32 keys"));
        }
        if rest.is_empty() {
            return Ok(keys);
        }
        rest = rest
            .strip_prefix('.')
            .ok_or_else(|| fail(rest, "a dot or the end belongs here; quote a key that goes on"))?;
    }
}

/// The key after an opening quote, and what follows the closing one.
fn quoted_key(text: &str) -> Option<(String, &str)> {
    let mut key = String::new();
    let mut characters = text.chars();
    loop {
        match characters.next()? {
            '"' => return Some((key, characters.as_str())),
            '\\' => key.push(characters.next()?),
            character => key.push(character),
        }
    }
}

/// The key up to a dot, a bracket or the end, and what follows.
fn bare_key(text: &str) -> Result<(String, &str), &'static str> {
    let mut key = String::new();
    let mut characters = text.chars();
    loop {
        let before = characters.as_str();
        match characters.next() {
            Some('\\') => key.push(characters.next().ok_or("a character belongs after `\\`")?),
            None | Some('.' | '[') if key.is_empty() => {
                return Err("a key is missing; an empty one is written \"\"");
            }
            None | Some('.' | '[') => return Ok((key, before)),
            Some('"' | ']') => return Err("a key with quotes or brackets is quoted whole"),
            Some(character) => key.push(character),
        }
    }
}

/// The key as an array index: digits without needless zeros.
pub(super) fn array_index(key: &str) -> Option<u32> {
    let canonical = key == "0" || !key.starts_with(['0', '+']);
    canonical.then(|| key.parse().ok())?
}

/// Appends a key to a path, such that [`parse`] reads it again.
pub(super) fn push_key(path: &mut String, key: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    if !key.is_empty() && !key.contains(['.', '[', ']', '"', '\\']) {
        path.push_str(key);
        return;
    }
    path.push('"');
    for character in key.chars() {
        if matches!(character, '"' | '\\') {
            path.push('\\');
        }
        let _ = path.write_char(character);
    }
    path.push('"');
}
