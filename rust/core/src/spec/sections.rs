//! Every table and key of a configuration.

mod category;
mod metric;
mod patterns;
mod service;
mod source;
mod typed;

pub use self::category::{CATEGORY, REPLACEMENT, RULE};
pub use self::metric::{METRIC, METRIC_TYPES};
pub use self::patterns::{PATTERN_MODES, PATTERNS};
pub use self::service::{AGENT, EVENT_STREAM, EVENTS, GEOIP, LOG_FORMATS, LOG_LEVELS};
pub use self::source::{FORMAT, READ_FROM, SOURCE};
pub use self::typed::{CHECKER, RECEIVER, SINK};
use super::schema::Holds::{NamedTables, Table, Tables, Texts};
use super::schema::{Holds, Key, Others, Section};

const fn key(name: &'static str, holds: Holds, default: &'static str, meaning: &'static str) -> Key {
    Key { name, holds, default, meaning }
}

/// The whole file.
pub static ROOT: Section = Section {
    heading: "Top level",
    meaning: "The tables of the file, and the files that belong to it.",
    keys: &[
        key(
            "include",
            Texts,
            "[]",
            "Further files, as paths or globs that start beside this one. Their \
            formats, categories, sources and metrics are added; they include no others themselves. A glob \
            may match nothing.",
        ),
        key("agent", Table(&AGENT), "(all defaults)", "The service itself; in one file only."),
        key("geoip", Table(&GEOIP), "(none)", "Country and network operator of clients; in one file only."),
        key("events", Table(&EVENTS), "(all defaults)", "The event log of the service; in one file only."),
        key("source", Tables(&SOURCE), "(none)", "Where lines come from."),
        key(
            "formats",
            NamedTables(&FORMAT),
            "(none)",
            "How lines are written, each under a name of your own.",
        ),
        key(
            "categories",
            NamedTables(&CATEGORY),
            "(none)",
            "What your rules make of a record, one value each.",
        ),
        key("metric", Tables(&METRIC), "(none)", "What is counted."),
        key(
            "patterns",
            NamedTables(&PATTERNS),
            "(none)",
            "Models of the patterns of lines, by name, and whose lines they learn from.",
        ),
        key("sink", Tables(&SINK), "(none)", "Where counts are pushed to."),
        key("checker", Tables(&CHECKER), "(none)", "What watches the counts and raises alerts."),
        key("receiver", Tables(&RECEIVER), "(none)", "Who is told of alerts."),
    ],
    others: Others::Refused,
    example: r#"include = ["conf.d/*.toml"]

[agent]
slot = "10s"

[geoip]
country = "/var/lib/GeoIP/GeoLite2-Country.mmdb"

[events]
recent = "2h"

[formats.short]
nginx = '$remote_addr "$request" $status'

[[source]]
name = "proxy"
paths = ["/var/log/nginx/access.log"]
format = "short"

[categories.traffic]
rules = [{ name = "monitoring", when = 'remote_addr == "10.0.0.9"' }]
default = "customer"

[[metric]]
name = "http_requests_total"
labels = ["status", "traffic"]

[patterns.proxy]
top = 20

[[sink]]
name = "influx"
type = "influxdb"
url = "http://localhost:8086"
database = "proxies"

[[checker]]
name = "busy"
metric = "http_requests_total"
over = "2m"
above = 10.0

[[receiver]]
name = "on-call"
type = "webhook"
url = "http://localhost:9000/alerts"
"#,
};

/// Every kind of table, in the order of the documentation.
pub static SECTIONS: &[&Section] = &[
    &ROOT,
    &AGENT,
    &GEOIP,
    &EVENTS,
    &EVENT_STREAM,
    &SOURCE,
    &FORMAT,
    &CATEGORY,
    &RULE,
    &REPLACEMENT,
    &METRIC,
    &PATTERNS,
    &SINK,
    &CHECKER,
    &RECEIVER,
];
