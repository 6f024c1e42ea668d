//! Field texts read as values: instants and numbers.

pub mod time;
