//! Envelopes: what a transport writes around each line, with fields of its own.

use super::Kind;
use super::field;

/// What stands around a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Envelope {
    /// A syslog header: RFC 5424, RFC 3164 (with or without priority, host or time), or the same with
    /// an ISO 8601 time.
    Syslog,
    /// Docker's `json-file` driver: `{"log":"…\n","stream":"stdout","time":"…"}`.
    Docker,
    /// Kubernetes' CRI: `2026-11-21T10:15:32.123456789Z stdout F …`.
    Cri,
    /// journald, as JSON (`journalctl -o json`) or in its export format (`journalctl -o export`).
    Journald,
}

/// Whether lines have to be in an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wrapping {
    /// All are in this one.
    Always(Envelope),
    /// A line that is not of the format by itself may be in any.
    Perhaps,
}

impl Envelope {
    /// Every envelope, in the order in which they are looked for.
    pub const ALL: [Envelope; 4] = [Envelope::Cri, Envelope::Docker, Envelope::Journald, Envelope::Syslog];

    /// The name that formats are prefixed with.
    pub fn name(self) -> &'static str {
        match self {
            Envelope::Syslog => "syslog",
            Envelope::Docker => "docker",
            Envelope::Cri => "cri",
            Envelope::Journald => "journald",
        }
    }

    /// The envelope of this name.
    pub fn of_name(name: &str) -> Option<Envelope> {
        Envelope::ALL.into_iter().find(|envelope| envelope.name() == name)
    }
}

impl Wrapping {
    /// The envelopes that are looked for, in order.
    pub fn envelopes(self) -> Vec<Envelope> {
        match self {
            Wrapping::Always(envelope) => vec![envelope],
            Wrapping::Perhaps => Envelope::ALL.to_vec(),
        }
    }
}

/// Fields that envelopes give, in the order of [`PARTS`].
pub const PARTS: [&str; 10] = [
    "time",
    "hostname",
    "program",
    "pid",
    "facility",
    "severity",
    "msgid",
    "structured_data",
    "stream",
    "version",
];

/// The fields of an envelope and their kinds.
pub fn fields() -> impl Iterator<Item = (&'static str, Kind)> {
    PARTS.into_iter().map(|name| match name {
        "version" => (name, Kind::Integer),
        _ => (name, field::kind_of(name)),
    })
}
