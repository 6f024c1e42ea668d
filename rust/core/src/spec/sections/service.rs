//! Keys of the service: `[agent]`, `[geoip]`, `[events]`.

use super::key;
use crate::spec::schema::Holds::{Boolean, Choice, Duration, Integer, Literal, NamedTables, Size, Text};
use crate::spec::schema::{Others, Section};

/// How the service writes its log.
pub const LOG_FORMATS: &[&str] = &["text", "json"];

/// From which severity on the service's log is written.
pub const LOG_LEVELS: &[&str] = &["debug", "info", "warning", "error"];

/// `[agent]`.
pub static AGENT: Section = Section {
    heading: "[agent]",
    meaning: "The service itself.",
    keys: &[
        key(
            "listen",
            Text,
            "\"127.0.0.1:9966\"",
            "Address and port where the service offers its counts. Other machines reach it only at an address that \
            is not of this machine alone; then it needs TLS, a token or users.",
        ),
        key(
            "state_dir",
            Text,
            "($STATE_DIRECTORY, else $XDG_STATE_HOME/logagent)",
            "Directory for positions and counts that survive a restart.",
        ),
        key(
            "slot",
            Duration,
            "\"10s\"",
            "Width of a slot of event time: whole seconds, at most a day (see slots.md).",
        ),
        key(
            "commit_interval",
            Duration,
            "\"5s\"",
            "How often positions and counts are made durable, from 100ms to an hour.",
        ),
        key("series_limit", Integer, "100000", "Series that all metrics together keep at most."),
        key("tls_cert", Text, "(none)", "The certificate chain (PEM) with which the service speaks HTTPS."),
        key("tls_key", Text, "(none)", "The private key (PEM) of `tls_cert`."),
        key(
            "token_file",
            Text,
            "(none)",
            "A file whose first line is the bearer token that every request has to carry.",
        ),
        key(
            "basic_auth_file",
            Text,
            "(none)",
            "A file with a line `user:hash` for each user that may ask; `logagent run --hash-password` makes hashes.",
        ),
        key(
            "reload_on_change",
            Boolean,
            "false",
            "Whether the configuration is loaded again when one of its files changes.",
        ),
        key(
            "log_format",
            Choice(LOG_FORMATS),
            "\"text\"",
            "How the service writes its own log, to standard error.",
        ),
        key(
            "log_level",
            Choice(LOG_LEVELS),
            "\"info\"",
            "What the service's log holds: this and what is graver.",
        ),
    ],
    others: Others::Refused,
    example: r#"[agent]
listen = "0.0.0.0:${LOGAGENT_PORT}"
state_dir = "/var/lib/logagent"
slot = "10s"
commit_interval = "5s"
series_limit = 50_000
tls_cert = "/etc/logagent/tls/cert.pem"
tls_key = "/etc/logagent/tls/key.pem"
token_file = "/etc/logagent/token"
basic_auth_file = "/etc/logagent/users"
reload_on_change = true
log_format = "json"
log_level = "warning"
"#,
};

/// `[geoip]`.
pub static GEOIP: Section = Section {
    heading: "[geoip]",
    meaning: "Databases of addresses in MaxMind's format, such as GeoLite2. Each adds a category that can be a \
        label, stand in a condition, and be what a category is `on`. It is absent for what is no address, or \
        not in the database. Files are held in memory as a whole.",
    keys: &[
        key(
            "country",
            Text,
            "(none)",
            "A database of countries or cities, for the category `country`: the ISO code, such as `DE`.",
        ),
        key(
            "asn",
            Text,
            "(none)",
            "A database of autonomous systems, for the category `asn`: the number, such as `AS3320`.",
        ),
        key("on", Literal, "\"remote_addr\"", "The field whose address is looked up."),
    ],
    others: Others::Refused,
    example: r#"[geoip]
country = "/var/lib/GeoIP/GeoLite2-Country.mmdb"
asn = "/var/lib/GeoIP/GeoLite2-ASN.mmdb"
on = "client_ip"
"#,
};

/// `[events]`.
pub static EVENTS: Section = Section {
    heading: "[events]",
    meaning: "The event log of the service: named streams of what it noticed, and of what applications \
        post. A day has 24 hours here.",
    keys: &[
        key(
            "recent",
            Duration,
            "\"1h\"",
            "What is as new as this is kept in memory too, up to 16 MiB, from a second to a day.",
        ),
        key(
            "archive_after",
            Duration,
            "\"1d\"",
            "What is older is moved from the database into compressed archive files, from a second on; what is \
            much is moved earlier.",
        ),
        key("max_age", Duration, "\"30d\"", "What is older is removed, from a second on."),
        key(
            "max_bytes",
            Size,
            "\"256MB\"",
            "What one stream takes on the disk at most, at least a megabyte; the oldest entries go first.",
        ),
        key(
            "streams",
            NamedTables(&EVENT_STREAM),
            "(none)",
            "Streams with limits of their own, by name; see `[events.streams.NAME]`.",
        ),
    ],
    others: Others::Refused,
    example: r#"[events]
recent = "2h"
archive_after = "12h"
max_age = "90d"
max_bytes = "1GB"

[events.streams.rejects]
max_age = "2d"
"#,
};

/// `[events.streams.NAME]`.
pub static EVENT_STREAM: Section = Section {
    heading: "[events.streams.NAME]",
    meaning: "Limits of one stream.",
    keys: &[
        key("max_age", Duration, "(that of [events])", "What is older is removed."),
        key("max_bytes", Size, "(that of [events])", "What the stream takes on the disk at most."),
    ],
    others: Others::Refused,
    example: r#"[events.streams.alerts]
max_age = "365d"
max_bytes = "2GB"
"#,
};
