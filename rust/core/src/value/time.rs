//! Instants from text.

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
    /// A `strftime` layout; without a zone it is read as UTC.
    Strftime(String),
}
