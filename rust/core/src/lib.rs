//! The bytes-only heart of logagent.
//!
//! Nothing here knows files, threads, the clock or Python. The flow through the modules is
//! `frame` (bytes → lines) → `scan` (line → record) → `metric` (record → series), driven by a
//! compiled, immutable `plan`.

pub mod category;
pub mod encode;
pub mod explain;
pub mod format;
pub mod frame;
pub mod generate;
pub mod metric;
pub mod operand;
pub mod plan;
pub mod scan;
pub mod spec;
pub mod value;
