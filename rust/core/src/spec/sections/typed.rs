//! Tables whose further keys only the type that they name knows.

use super::key;
use crate::spec::schema::Holds::{Duration, Literal, Literals};
use crate::spec::schema::{Others, Section};

/// `[[sink]]`.
pub static SINK: Section = Section {
    heading: "[[sink]]",
    meaning: "Another system that gets the counts of each window of event time. Further keys are those of its \
        [type](sinks/README.md).",
    keys: &[
        key("name", Literal, "(required)", "Its name, unique; what is kept for it goes by this name."),
        key("type", Literal, "(required)", "The protocol, such as `influxdb`."),
        key("metrics", Literals, "(all)", "The metrics that it gets."),
        key(
            "every",
            Duration,
            "(the `slot` of `[agent]`)",
            "Width of a window: a multiple of the `slot` of `[agent]`, up to a day.",
        ),
        key(
            "lateness",
            Duration,
            "\"1h\"",
            "How long after its end a window still takes late lines; what comes later is counted as too late.",
        ),
    ],
    others: Others::OfType,
    example: r#"[[sink]]
name = "influx"
type = "influxdb"
metrics = ["http_requests_total"]
every = "1m"
lateness = "2h"
url = "http://localhost:8086"
database = "proxies"

[[metric]]
name = "http_requests_total"
"#,
};

/// `[[checker]]`.
pub static CHECKER: Section = Section {
    heading: "[[checker]]",
    meaning: "Watches counts and finds what is out of the ordinary. Further keys are those of its \
        [type](checkers.md).",
    keys: &[
        key("name", Literal, "(required)", "Its name, unique; alerts go by it."),
        key("type", Literal, "\"threshold\"", "The kind of check."),
    ],
    others: Others::OfType,
    example: r#"[[checker]]
name = "busy"
type = "threshold"
metric = "http_requests_total"
over = "2m"
above = 10.0

[[metric]]
name = "http_requests_total"
"#,
};

/// `[[receiver]]`.
pub static RECEIVER: Section = Section {
    heading: "[[receiver]]",
    meaning: "Who is told of alerts. Further keys are those of its [type](checkers.md#receivers).",
    keys: &[
        key("name", Literal, "(required)", "Its name, unique."),
        key("type", Literal, "(required)", "The protocol, such as `webhook`."),
    ],
    others: Others::OfType,
    example: r#"[[receiver]]
name = "on-call"
type = "webhook"
url = "http://localhost:9000/alerts"
"#,
};
