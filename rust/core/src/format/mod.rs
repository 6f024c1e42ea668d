//! What a line is declared to look like: every text format becomes one [`Pattern`].

pub mod field;
pub mod pattern;

pub use field::Kind;
pub use pattern::{Class, Field, Pattern, Piece};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegexSpec {
    pub pattern: String,
    pub names: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonSpec {
    pub fields: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    Text(Pattern),
    Regex(RegexSpec),
    Json(JsonSpec),
    Auto,
}

impl Format {
    /// The logged fields in the order of the line (regex: of the groups): canonical name, if it is
    /// stored at all, and kind. Nothing for `Auto`.
    pub fn fields(&self) -> Vec<(Option<String>, Kind)> {
        match self {
            Format::Text(pattern) => {
                pattern.fields().map(|field| (field.name.clone(), field.kind.clone())).collect()
            }
            Format::Regex(spec) => spec.names.iter().map(|name| (Some(name.clone()), Kind::Text)).collect(),
            Format::Json(spec) => {
                spec.fields.iter().map(|(name, _)| (Some(name.clone()), Kind::Text)).collect()
            }
            Format::Auto => Vec::new(),
        }
    }
}
