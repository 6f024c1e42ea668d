//! What can be used and is probably not meant so.

use super::{FILES, Problems, Spec, Text};
use crate::format::Kind;
use crate::format::field::{canonical, kind_of};

/// Fields of text that clients choose, or that differ for each of them.
const UNBOUNDED_TEXTS: [&str; 15] = [
    "remote_addr",
    "client_ip",
    "peer_addr",
    "remote_ip_list",
    "x_forwarded_for",
    "ident",
    "user",
    "request",
    "target",
    "path",
    "query",
    "referer",
    "user_agent",
    "request_id",
    "trace_id",
];

/// Fields of whole numbers that have few values.
const BOUNDED_INTEGERS: [&str; 4] = ["status", "substatus", "server_port", "upstream_status"];

/// Notes warnings about a configuration that is not wrong.
pub fn warn(spec: &Spec, problems: &Problems) {
    if spec.sources.is_empty() {
        let hint = "add a [[source]] with `paths`".to_owned();
        problems.add("nothing-to-read", 0..0, "there is no source", Some(hint));
    }
    for source in
        spec.sources.iter().filter(|source| source.typed.kind.value == FILES && source.paths.is_empty())
    {
        let message =
            format!("source `{}` has no `paths`: it reads only files of a command line", source.name.value);
        problems.add("nothing-to-read", source.name.span.clone(), message, None);
    }
    if spec.metrics.is_empty() {
        let hint = "add a [[metric]]".to_owned();
        problems.add("nothing-to-count", 0..0, "there is no metric", Some(hint));
    }
    for metric in &spec.metrics {
        let is_category = |label: &Text| spec.categories.iter().any(|known| known.name.value == label.value);
        for label in metric.labels.iter().filter(|label| !is_category(label) && is_unbounded(&label.value)) {
            let message = format!(
                "the label `{}` can take any number of values; `{}` keeps {} series and counts the rest together",
                label.value, metric.name.value, metric.series_limit
            );
            let hint = format!("use a category that is `on = \"{}\"` instead", label.value);
            problems.add("unbounded-label", label.span.clone(), message, Some(hint));
        }
    }
}

/// Whether the field `name` can take any number of values.
fn is_unbounded(name: &str) -> bool {
    let field = canonical(name);
    match kind_of(name) {
        Kind::Text | Kind::Elements => UNBOUNDED_TEXTS.contains(&field) || field.starts_with("query."),
        Kind::Integer => !BOUNDED_INTEGERS.contains(&field),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::is_unbounded;

    #[test]
    fn what_clients_choose_is_unbounded() {
        for name in
            ["path", "request_uri", "http_user_agent", "query.q", "time", "bytes", "request_time", "msec"]
        {
            assert!(is_unbounded(name), "{name}");
        }
        for name in ["status", "method", "section", "status_class", "vhost", "own_field", "upstream_addr"] {
            assert!(!is_unbounded(name), "{name}");
        }
    }
}
