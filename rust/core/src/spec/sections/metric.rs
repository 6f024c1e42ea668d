//! Keys of `[[metric]]`.

use super::key;
use crate::spec::schema::Holds::{
    Choice, Integer, Literal, Literals, NamedLists, Number, Numbers, Quantities, Text,
};
use crate::spec::schema::{Others, Section};

/// Types of metrics, in the order of the documentation.
pub const METRIC_TYPES: &[&str] = &["counter", "gauge", "histogram", "quantiles", "distinct", "top"];

/// `[[metric]]`.
pub static METRIC: Section = Section {
    heading: "[[metric]]",
    meaning: "What is kept of the records: one number, histogram or summary for each set of label values.",
    keys: &[
        key("name", Literal, "(required)", "Its name for Prometheus, unique."),
        key(
            "type",
            Choice(METRIC_TYPES),
            "\"counter\"",
            "`counter`: the records, or the sum of `value`; `gauge`: the last \
            `value`; `histogram`: how many values are within each bucket; `quantiles`: a summary of the values; \
            `distinct`: how many different values there are; `top`: the most frequent values.",
        ),
        key("help", Text, "(none)", "What it is, for people; one line."),
        key("labels", Literals, "[]", "Fields and categories whose values make a series."),
        key("when", Literal, "(always)", "Which records it takes, as a condition."),
        key(
            "value",
            Literal,
            "(none)",
            "The field that it takes: a number, for `distinct` and `top` any text. All types \
            but `counter` need it.",
        ),
        key(
            "buckets",
            Quantities,
            "[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]",
            "Histograms: the upper bounds, ascending, without +Inf. Durations are in seconds, sizes in bytes.",
        ),
        key("quantiles", Numbers, "[0.5, 0.9, 0.99]", "Quantiles: which, each from 0 to 1."),
        key("accuracy", Number, "0.01", "Quantiles: the relative error of an answer, from 0.001 to 0.5."),
        key("size", Integer, "10", "Top: how many values are shown, up to 10000."),
        key(
            "declared",
            NamedLists,
            "{}",
            "Values of labels whose series are there from the beginning, as 0: each \
            combination of them.",
        ),
        key(
            "sums",
            Literals,
            "[]",
            "Counters: fields that are added up beside the count, as `scan --sum` does.",
        ),
        key(
            "series_limit",
            Integer,
            "1000",
            "Series that it keeps at most; further ones are counted together.",
        ),
    ],
    others: Others::Refused,
    example: r#"[[metric]]
name = "http_errors_total"
type = "counter"
help = "Requests that the server failed to answer."
labels = ["method", "status"]
when = 'status >= 500'
declared = { method = ["GET", "POST"], status = ["500", "502", "503"] }
sums = ["bytes"]
series_limit = 200

[[metric]]
name = "http_request_duration_seconds"
type = "histogram"
value = "request_time"
buckets = ["50ms", "250ms", 1, 5]

[[metric]]
name = "http_response_size_bytes"
type = "quantiles"
value = "bytes"
quantiles = [0.5, 0.99]
accuracy = 0.02

[[metric]]
name = "http_top_paths"
type = "top"
value = "path"
size = 20
"#,
};
