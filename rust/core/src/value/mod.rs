//! Field texts read as values: instants, numbers and label values.

pub mod label;
pub mod number;
pub mod time;
