//! From bytes to lines: whole-line blocks out of chunks that were cut anywhere.
//!
//! [`LineFeed`] frames one sequence of chunks. [`RangeFeed`] frames one part of a longer input, so
//! that parts can be read independently and still every line is handed on exactly once.

mod feed;
mod range;

pub use feed::{LineFeed, LineSink};
pub use range::RangeFeed;

/// A line longer than this is counted as `oversize` and skipped without being held, in bytes.
pub const MAX_LINE_BYTES: usize = 1 << 20;
