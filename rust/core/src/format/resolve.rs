//! What a file's first lines decide: the format where it is `auto`, the fields of JSON without a
//! mapping.

use super::detect::{Ending, detect, first_lines};
use super::{Format, JsonSpec, field};
use crate::scan::json::leaf_paths;

/// A format that needs no more looking at lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// Neither `Auto` nor JSON without fields (unless the lines have none).
    pub format: Format,
    /// What was detected, in words, where something was.
    pub detected: Option<String>,
}

impl Format {
    /// Whether no line has to be looked at to know the format and its fields.
    pub fn is_settled(&self) -> bool {
        match self {
            Format::Auto => false,
            Format::Json(spec) => !spec.fields.is_empty(),
            Format::Text(_) | Format::Regex(_) => true,
        }
    }

    /// Settles what the first lines of a file decide; `head` is the file's beginning.
    ///
    /// # Errors
    /// One sentence when the format has to be detected and cannot be.
    pub fn resolve(&self, head: &[u8]) -> Result<Resolved, String> {
        let (format, detected) = match self {
            Format::Auto => {
                let found = detect(head).ok_or("its format is not recognised; name it with --format")?;
                let more = if found.ending == Ending::More { " followed by more" } else { "" };
                let share = format!(
                    "{}{more} ({} of the first {} lines match)",
                    found.name, found.matched, found.lines
                );
                (found.format, Some(share))
            }
            format => (format.clone(), None),
        };
        let format = match format {
            Format::Json(spec) if spec.fields.is_empty() => Format::Json(discover(head)),
            format => format,
        };
        Ok(Resolved { format, detected })
    }
}

/// Every leaf of the first lines' objects, under its canonical name where that is free.
fn discover(head: &[u8]) -> JsonSpec {
    let mut fields: Vec<(String, String)> = Vec::new();
    for path in first_lines(head).into_iter().flat_map(leaf_paths) {
        if fields.iter().any(|(_, known)| *known == path) {
            continue;
        }
        let canonical = field::canonical(&path);
        let taken = fields.iter().any(|(name, _)| name == canonical);
        let name = if taken { path.clone() } else { canonical.to_owned() };
        fields.push((name, path));
    }
    JsonSpec { fields }
}
