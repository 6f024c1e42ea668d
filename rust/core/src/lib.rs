//! The bytes-only heart of logagent.
//!
//! Nothing here knows files, threads, the clock or Python. The flow through the modules is
//! `frame` (bytes → lines) → `scan` (line → record) → `category` (record → values of categories,
//! by rules and `condition`s) → `metric` (record → series), driven by a compiled, immutable `plan`.

pub mod bounded_regex;
pub mod category;
pub mod condition;
pub mod encode;
pub mod explain;
mod field_column;
pub mod filter;
pub mod format;
pub mod frame;
pub mod generate;
pub mod geoip;
mod memo;
pub mod metric;
pub mod operand;
pub mod plan;
pub mod reading;
pub mod rules;
pub mod scan;
pub mod slot;
pub mod spec;
pub mod template;
pub mod value;
