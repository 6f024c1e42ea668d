//! Realistic, seeded web traffic in any format: for trying things out, for tests, for benchmarks.
//!
//! A model (`traffic`) draws requests from tables (`clients`, `site`, `profile`, `hostile`); a
//! template (`render`, `json`) writes them. The model knows nothing of the template: the same seed
//! gives the same requests in every format. All tables of texts are fitted to the template's
//! fields beforehand (`fields`, `fit`), so that a line is mostly copied together.

use std::fmt;

use crate::{format::Pattern, value::time::Layout};

mod agents;
mod answer;
mod clients;
mod column;
pub mod datastream;
mod decimal;
mod distribution;
mod fields;
mod fit;
mod hostile;
mod json;
mod profile;
mod render;
mod request;
mod site;
mod stamp;
mod texts;
mod traffic;

pub use json::{JsonKey, JsonValue};
pub use traffic::{Mix, TrafficOptions};

/// The shape of the lines to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Template {
    /// Lines that match this pattern.
    Pattern(Pattern),
    /// JSON objects with these keys.
    Json(Vec<JsonKey>),
}

/// Writes traffic as log lines.
#[derive(Debug)]
pub struct Generator {
    traffic: traffic::Traffic,
    renderer: render::Renderer,
}

impl Generator {
    /// Traffic of `options`, written by `template`.
    ///
    /// # Errors
    /// An option is out of its range, or the template cannot be written.
    pub fn new(template: &Template, options: &TrafficOptions) -> Result<Generator, GenerateError> {
        let traffic = traffic::Traffic::new(options)?;
        let fields = fields::Fields::new(&traffic, options)?;
        let renderer = match template {
            Template::Pattern(pattern) => render::Renderer::of_pattern(pattern, &fields)?,
            Template::Json(keys) => render::Renderer::of_json(keys, &fields)?,
        };
        Ok(Generator { traffic, renderer })
    }

    /// Appends the next `count` lines, each with its line feed.
    ///
    /// The bytes depend on the template and the options alone: two calls write what one call with
    /// the sum of their counts does.
    pub fn write_lines(&mut self, count: usize, out: &mut Vec<u8>) {
        for _ in 0..count {
            let request = self.traffic.next_request();
            self.renderer.push_line(&request, out);
        }
    }
}

/// Why there is no traffic.
#[derive(Debug, Clone, PartialEq)]
pub enum GenerateError {
    /// The rate per second is not a positive number.
    Rate(f64),
    /// The share of broken requests is not from 0 to 1.
    BrokenShare(f64),
    /// The start, in Unix nanoseconds, lies before 1970.
    Start(i64),
    /// The offset from UTC, in seconds, is a day or more.
    UtcOffset(i32),
    /// A time layout cannot be written.
    Layout {
        /// The layout.
        layout: Layout,
        /// What is wrong with it.
        reason: String,
    },
    /// A JSON path is given twice, leads through another one's value or is too deep.
    JsonPath(String),
}

impl fmt::Display for GenerateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GenerateError::Rate(rate) => {
                write!(f, "rate {rate}: give a positive number of lines per second")
            }
            GenerateError::BrokenShare(share) => {
                write!(f, "share of broken requests {share}: give 0 to 1")
            }
            GenerateError::Start(_) => f.write_str("start: give a time from 1970 on"),
            GenerateError::UtcOffset(seconds) => {
                write!(f, "offset from UTC of {seconds} s: give less than a day")
            }
            GenerateError::Layout { layout: Layout::Strftime(text), reason } => {
                write!(f, "time layout {text:?} cannot be written: {reason}")
            }
            GenerateError::Layout { layout, reason } => {
                write!(f, "time layout {layout:?} cannot be written: {reason}")
            }
            GenerateError::JsonPath(path) => write!(
                f,
                "JSON path {path:?}: give each path once, none inside of another, with at most 31 dots"
            ),
        }
    }
}

impl std::error::Error for GenerateError {}

#[cfg(test)]
mod tests;
