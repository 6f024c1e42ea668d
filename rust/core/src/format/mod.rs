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
pub mod named;
pub mod nginx;
pub mod pattern;
mod regex;
pub mod spec;

pub use detect::{Detected, detect};
pub use error::FormatError;
pub use field::Kind;
pub use json::JsonSpec;
pub use pattern::{Class, Field, Pattern, Piece};
pub use regex::RegexSpec;

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
