//! What a file's first lines decide: the format where it is `auto`, the fields of JSON without a
//! mapping.

use super::detect::{detect, first_lines};
use super::keyed::{Names, discovered};
use super::{Format, JsonSpec, PairsSpec};
use crate::scan::json::leaf_paths;
use crate::scan::pairs::keys;

/// The format of lines of any kind.
pub const RAW: &str = "raw";

/// A format that needs no more looking at lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// Neither `Auto` nor JSON without fields (unless the lines have none).
    pub format: Format,
    /// What was detected, in words, where something was.
    pub detected: Option<String>,
}

impl Resolved {
    /// Lines of any kind: all of a line is its `message`.
    pub fn raw() -> Resolved {
        let format = super::spec::parse(RAW).unwrap_or(Format::Auto);
        Resolved { format, detected: Some("lines of any kind".to_owned()) }
    }
}

impl Format {
    /// Whether no line has to be looked at to know the format and its fields.
    pub fn is_settled(&self) -> bool {
        match self {
            Format::Auto => false,
            Format::Json(spec) => !spec.fields.is_empty(),
            Format::Pairs(spec) => !spec.fields.is_empty(),
            Format::Columns(spec) => spec.is_settled(),
            Format::Text(_) | Format::Variants(_) | Format::Regex(_) => true,
            Format::Enveloped(_, inner) => inner.is_settled(),
        }
    }

    /// The format inside of an envelope that lines may lack.
    pub(super) fn unwrapped(&self) -> &Format {
        match self {
            Format::Enveloped(super::Wrapping::Perhaps, inner) => inner,
            format => format,
        }
    }

    /// Settles what the first lines of a file decide; `head` is the file's beginning.
    ///
    /// # Errors
    /// One sentence when the format has to be detected and cannot be.
    pub fn resolve(&self, head: &[u8]) -> Result<Resolved, String> {
        // A byte order mark is no part of the first line.
        let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        let (format, detected) = match self {
            Format::Auto => {
                let found = detect(head).ok_or_else(|| unrecognised(head))?;
                let described = found.describe();
                (found.format, Some(described))
            }
            format => (format.clone(), None),
        };
        Ok(Resolved { format: format.discovered(head), detected })
    }

    /// The format with the fields that the first lines have, where it names none itself.
    fn discovered(self, head: &[u8]) -> Format {
        match self {
            Format::Json(spec) if spec.fields.is_empty() => {
                let paths = first_lines(head).into_iter().flat_map(leaf_paths);
                Format::Json(JsonSpec { fields: discovered(paths, Names::Canonical) })
            }
            Format::Pairs(spec) if spec.fields.is_empty() => {
                let keys = first_lines(head).into_iter().flat_map(|line| keys(line, spec.dialect));
                Format::Pairs(PairsSpec { fields: discovered(keys, Names::Own), ..spec })
            }
            Format::Columns(spec) => Format::Columns(spec.resolved(head)),
            Format::Enveloped(wrapping, inner) => {
                Format::Enveloped(wrapping, Box::new(inner.discovered(&bodies(wrapping, head))))
            }
            format => format,
        }
    }
}

/// Why no format was detected, and what to do.
fn unrecognised(head: &[u8]) -> &'static str {
    let first = first_lines(head).first().map_or(&b""[..], |line| line.trim_ascii());
    match first {
        b"{" | b"[" | b"[{" => {
            "it holds JSON over several lines; write one object a line, such as with jq -c . (of a list: jq -c '.[]')"
        }
        _ => "its format is not recognised; name it with --format",
    }
}

/// The texts that envelopes hold in the first lines; the lines themselves where they are in none.
fn bodies(wrapping: super::Wrapping, head: &[u8]) -> Vec<u8> {
    let lines = first_lines(head);
    let texts = crate::scan::envelope::bodies(wrapping, lines.iter().copied());
    let is_whole = texts.len() == lines.len(); // else envelopes take several lines
    let mut out = Vec::new();
    for (number, body) in texts.into_iter().enumerate() {
        match body {
            Some(body) => out.extend_from_slice(&body),
            None if is_whole => out.extend_from_slice(lines[number]),
            None => continue,
        }
        out.push(b'\n');
    }
    out
}
