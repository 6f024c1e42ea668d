//! Records and counts written for others to read.

mod elements;
pub mod exposition;
pub mod history;
pub mod influx;
pub mod json;
pub mod openmetrics;
pub mod prometheus;
pub mod rendered;
mod samples;
pub mod schema;

pub use exposition::Exposition;
pub use history::write_history;
pub use influx::write_points;
pub use rendered::Rendered;

#[cfg(test)]
mod tests;
