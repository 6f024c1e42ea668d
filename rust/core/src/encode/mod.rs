//! Records and counts written for others to read.

pub mod exposition;
mod elements;
pub mod json;
pub mod schema;
pub mod openmetrics;
pub mod prometheus;

pub use exposition::Exposition;

#[cfg(test)]
mod tests;
