//! What a line is declared to look like: every text format becomes one [`Pattern`].
//!
//! [`spec::parse`] reads what a person wrote, [`detect::detect`] looks at a log instead. To add a named
//! format, add a row to [`named::NAMED_FORMATS`]; to add a way of writing formats, a module that
//! answers a [`Pattern`], and its prefix in [`spec`].

pub mod apache;
mod compose;
pub mod detect;
mod error;
pub mod field;
mod json;
mod letters;
pub mod lower;
pub mod named;
pub mod nginx;
pub mod pattern;
mod regex;
mod resolve;
pub mod run;
pub mod spec;

pub use detect::{Detected, detect};
pub use error::FormatError;
pub use field::Kind;
pub use json::JsonSpec;
pub use pattern::{Class, Field, Pattern, Piece};
pub use regex::RegexSpec;
pub use resolve::Resolved;

/// The format of a log, as a person gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// Literals and fields.
    Text(Pattern),
    /// A regex.
    Regex(RegexSpec),
    /// JSON lines.
    Json(JsonSpec),
    /// To be detected from the first lines.
    Auto,
}

impl Format {
    /// The logged fields in the order of the line (of a regex, of its groups): canonical name, if it
    /// is stored at all, and kind. Nothing for `Auto`.
    pub fn fields(&self) -> Vec<(Option<String>, Kind)> {
        let known = |name: &String| {
            let name = Some(name.clone()).filter(|name| !name.is_empty());
            let kind = name.as_deref().map_or(Kind::Text, field::kind_of);
            (name, kind)
        };
        match self {
            Format::Text(pattern) => {
                pattern.fields().map(|field| (field.name.clone(), field.kind.clone())).collect()
            }
            Format::Regex(spec) => spec.names.iter().map(known).collect(),
            Format::Json(spec) => spec.fields.iter().map(|(name, _)| known(name)).collect(),
            Format::Auto => Vec::new(),
        }
    }
}
