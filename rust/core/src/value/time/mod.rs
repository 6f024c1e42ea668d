//! Instants from text, and back.
//!
//! An instant is an `i64` count of nanoseconds since the Unix epoch, which spans
//! 1677-09-21 to 2262-04-11; what lies outside is read as no instant. Leap seconds do not exist in
//! Unix time: `:60` is read as the first second of the next minute.

mod any;
pub(crate) mod civil;
mod clf;
mod epoch;
mod iso8601;
mod reader;
mod strftime;

#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod tests;

pub use iso8601::write_iso8601;
pub use reader::TimeReader;
pub use strftime::check_strftime;

/// How an instant is written in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    /// `10/Oct/2000:13:55:36 -0700` (nginx `$time_local`, Apache `%t` without its brackets).
    Clf,
    /// ISO 8601 / RFC 3339, with a fraction or not: `2000-10-10T13:55:36.123+00:00`.
    Iso8601,
    /// Seconds since the Unix epoch, with a fraction or not.
    EpochSeconds,
    /// Milliseconds since the Unix epoch.
    EpochMilliseconds,
    /// Microseconds since the Unix epoch.
    EpochMicroseconds,
    /// Whichever of the usual layouts it is written in; without a zone it is read as UTC.
    Any,
    /// A `strftime` layout; without a zone it is read as UTC.
    Strftime(String),
}

/// An instant, and how finely it was logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timestamp {
    /// Nanoseconds since the Unix epoch.
    pub unix_ns: i64,
    /// Decimal digits of the second's fraction that were logged, 0 to 9; more are cut off.
    pub fraction_digits: u8,
}
