//! Canonical field names and how their text is read as a value.

use crate::value::time::Layout;

/// How the text of a field is read as a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Text as logged.
    Text,
    /// A decimal integer.
    Integer,
    /// A decimal number without a unit.
    Number,
    /// A duration, logged in this unit; its value is in seconds.
    Duration(Unit),
    /// An instant, logged in this layout.
    Time(Layout),
}

/// The unit in which a duration is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Seconds, with or without a fraction.
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// Microseconds.
    Microseconds,
    /// Nanoseconds.
    Nanoseconds,
}
