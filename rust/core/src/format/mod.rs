//! What a line is declared to look like: every text format becomes one [`Pattern`].

pub mod field;
pub mod pattern;

pub use field::Kind;
pub use pattern::{Class, Field, Pattern, Piece};
