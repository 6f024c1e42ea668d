//! What a line is declared to look like: every text format becomes one [`Pattern`].
//!
//! [`spec::parse`] reads what a person wrote, [`detect::detect`] looks at a log instead. To add a named
//! format, add a row to [`named::NAMED_FORMATS`]; to add a way of writing formats, a module that
//! answers a [`Pattern`], and its prefix in [`spec`].

pub mod apache;
pub mod columns;
mod compose;
pub mod detect;
pub mod dissect;
pub mod edit;
pub mod envelope;
mod error;
pub mod field;
mod first;
pub mod goaccess;
pub mod grok;
mod json;
pub mod keyed;
mod language;
mod letters;
pub mod loki;
pub mod lower;
pub mod named;
pub mod nginx;
pub mod page;
pub mod pairs;
pub mod pattern;
mod regex;
pub mod relax;
mod resolve;
pub mod run;
pub mod server_conf;
pub mod spec;
pub mod template;

pub use columns::ColumnsSpec;
pub use detect::{Detected, detect};
pub use envelope::Wrapping;
pub use error::FormatError;
pub use field::Kind;
pub use json::JsonSpec;
pub use keyed::KeyedField;
pub use pairs::PairsSpec;
pub use pattern::{Class, Field, Optional, Pattern, Piece};
pub use regex::RegexSpec;
pub use resolve::Resolved;

/// The format of a log, as a person gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// Literals and fields.
    Text(Pattern),
    /// Several shapes of lines, at least one; a line has the first that matches.
    Variants(Vec<Pattern>),
    /// A regex.
    Regex(RegexSpec),
    /// JSON lines.
    Json(JsonSpec),
    /// Columns, such as W3C extended logs and CSV.
    Columns(ColumnsSpec),
    /// Keys with values, such as logfmt.
    Pairs(PairsSpec),
    /// Lines of a format inside envelopes, such as syslog headers.
    Enveloped(Wrapping, Box<Format>),
    /// To be detected from the first lines.
    Auto,
}

impl Format {
    /// The logged fields in the order of the line (of a regex, of its groups): canonical name, if it
    /// is stored at all, and kind. Fields of an envelope come last. Nothing for `Auto`.
    pub fn fields(&self) -> Vec<(Option<String>, Kind)> {
        let of_pattern = |pattern: &Pattern| -> Vec<(Option<String>, Kind)> {
            pattern.fields().map(|field| (field.name.clone(), field.kind.clone())).collect()
        };
        let of_keys = |fields: &[KeyedField]| -> Vec<(Option<String>, Kind)> {
            fields.iter().map(|field| (Some(field.name.clone()), field.kind.clone())).collect()
        };
        match self {
            Format::Text(pattern) => of_pattern(pattern),
            Format::Variants(patterns) => {
                let mut fields: Vec<(Option<String>, Kind)> = Vec::new();
                for field in patterns.iter().flat_map(of_pattern) {
                    if fields.iter().all(|(name, _)| *name != field.0) {
                        fields.push(field);
                    }
                }
                fields
            }
            Format::Regex(spec) => {
                let mut fields: Vec<(Option<String>, Kind)> = Vec::new();
                for (name, kind) in spec.names.iter().zip(&spec.kinds).filter(|(name, _)| !name.is_empty()) {
                    if fields.iter().all(|(known, _)| known.as_ref() != Some(name)) {
                        fields.push((Some(name.clone()), kind.clone()));
                    }
                }
                fields
            }
            Format::Json(spec) => of_keys(&spec.fields),
            Format::Pairs(spec) => of_keys(&spec.fields),
            Format::Columns(spec) => {
                let field = |column: &columns::Column| {
                    (Some(column.name.clone()).filter(|name| !name.is_empty()), column.kind.clone())
                };
                spec.columns.iter().map(field).collect()
            }
            Format::Enveloped(_, inner) => {
                let mut fields = inner.fields();
                for (name, kind) in envelope::fields() {
                    if fields.iter().all(|(known, _)| known.as_deref() != Some(name)) {
                        fields.push((Some(name.to_owned()), kind));
                    }
                }
                fields
            }
            Format::Auto => Vec::new(),
        }
    }
}
