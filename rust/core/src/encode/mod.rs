//! Records written for others to read.

pub mod json;

#[cfg(test)]
mod tests;
