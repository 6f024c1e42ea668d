//! From bytes to lines.

/// A line longer than this is counted as `oversize` and skipped without being held, in bytes.
pub const MAX_LINE_BYTES: usize = 1 << 20;
