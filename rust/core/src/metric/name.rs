//! Names of metrics and labels as expositions allow them.

use std::collections::HashMap;

use crate::spec::{MetricKind, MetricSpec, Problems, Text};

/// The label that a field or category gives: what a label's name may not hold becomes `_`, as in
/// `query.id` → `query_id`.
pub fn label_name(field: &str) -> String {
    let starts_as_name = field.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    let prefix = if starts_as_name { "" } else { "_" };
    let allowed = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    prefix.chars().chain(field.chars().map(allowed)).collect()
}

/// What is wrong with a field or category as a label, and how to mend it.
///
/// # Errors
/// A message and a hint, if the name that [`label_name`] makes of it is reserved.
pub fn check_label_name(field: &str) -> Result<(), (String, String)> {
    let label = label_name(field);
    let refuse = |why: &str| {
        let hint = "give the field another name in the format, or make a category of it";
        Err((format!("`{field}` cannot be a label: {why}"), hint.to_owned()))
    };
    match label.as_str() {
        "_" if field.is_empty() => refuse("it is empty"),
        "le" => refuse("`le` is the bound of histograms' buckets"),
        "quantile" => refuse("`quantile` is the quantile of summaries"),
        _ if label.starts_with("__") => refuse("names that begin with `__` are Prometheus's own"),
        _ => Ok(()),
    }
}

/// The names of a metric's samples in the Prometheus text format, and that of its family.
fn sample_names(metric: &MetricSpec) -> Vec<String> {
    let (name, kind) = (&metric.name.value, &metric.kind);
    let suffixes: &[&str] = match kind {
        MetricKind::Counter => &["_total"],
        MetricKind::Histogram { .. } => &["", "_bucket", "_sum", "_count"],
        MetricKind::Quantiles { .. } => &["", "_sum", "_count"],
        MetricKind::Gauge | MetricKind::Distinct | MetricKind::Top { .. } => &[""],
    };
    let family = family_name(name, kind);
    let own = suffixes.iter().map(|suffix| format!("{family}{suffix}"));
    let sums = metric.sums.iter().map(|field| sum_name(name, kind, &field.value) + "_total");
    own.chain(sums).collect()
}

/// The name of the family, without `_total`, of a field that is summed beside the records.
pub fn sum_name(name: &str, kind: &MetricKind, field: &str) -> String {
    format!("{}_{}", family_name(name, kind), label_name(field))
}

/// The name of a family in `OpenMetrics`: a counter's is without `_total`.
pub fn family_name<'n>(name: &'n str, kind: &MetricKind) -> &'n str {
    match kind {
        MetricKind::Counter => name.strip_suffix("_total").filter(|base| !base.is_empty()).unwrap_or(name),
        _ => name,
    }
}

/// Notes every label that an exposition cannot have, and every clash of names that differ in the
/// configuration and not in an exposition. (Metrics' own names are checked where they are read.)
pub fn check_names(metrics: &[MetricSpec], problems: &Problems) {
    let mut samples: HashMap<String, &str> = HashMap::new();
    for metric in metrics {
        let report = |text: &Text, problem: Result<(), (String, String)>| {
            if let Err((message, hint)) = problem {
                problems.add("bad-name", text.span.clone(), message, Some(hint));
            }
        };
        let value = metric.value.iter().filter(|_| matches!(metric.kind, MetricKind::Top { .. }));
        let mut labels: HashMap<String, &str> = HashMap::new();
        for label in metric.labels.iter().chain(value) {
            report(label, check_label_name(&label.value));
            let other = labels.insert(label_name(&label.value), &label.value);
            if let Some(other) = other.filter(|other| *other != label.value) {
                let message = format!("`{}` and `{other}` are one label", label.value);
                problems.add("repeated-name", label.span.clone(), message, None);
            }
        }
        for sample in sample_names(metric) {
            if let Some(other) = samples.get(&sample).filter(|other| **other != metric.name.value) {
                let message = format!(
                    "the metrics `{other}` and `{}` would both have samples named `{sample}`",
                    metric.name.value
                );
                let hint = Some("give one of them another name".to_owned());
                problems.add("repeated-name", metric.name.span.clone(), message, hint);
                break;
            }
            samples.insert(sample, &metric.name.value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{check_label_name, check_names, label_name};
    use crate::spec::{self, Nothing};

    #[test]
    fn fields_become_labels() {
        for (field, label) in [
            ("status", "status"),
            ("query.id", "query_id"),
            ("upstream_response_time.last", "upstream_response_time_last"),
            ("4xx", "_4xx"),
            ("größe", "gr__e"),
            ("a:b", "a_b"),
        ] {
            assert_eq!(label_name(field), label);
            assert_eq!(check_label_name(field), Ok(()));
        }
        for field in ["", "le", "quantile", "__name__", "..x"] {
            assert!(check_label_name(field).is_err(), "{field}");
        }
    }

    #[test]
    fn all_problems_of_all_names_are_noted_at_their_places() {
        let text = "[[metric]]\nname = 'hits'\nlabels = ['query.a', 'query_a', 'le']\n\
                    [[metric]]\nname = 'hits_total'\n[[metric]]\nname = 'c'\n";
        let (spec, problems) = spec::read(text, "", &Nothing);
        check_names(&spec.metrics, &problems);
        let found: Vec<(String, (usize, usize))> = problems
            .into_sorted()
            .into_iter()
            .map(|problem| (problem.message, (problem.place.line, problem.place.column)))
            .collect();
        assert_eq!(
            found,
            [
                ("`query_a` and `query.a` are one label".to_owned(), (3, 22)),
                ("`le` cannot be a label: `le` is the bound of histograms' buckets".to_owned(), (3, 33)),
                (
                    "the metrics `hits` and `hits_total` would both have samples named `hits_total`"
                        .to_owned(),
                    (5, 8)
                ),
            ]
        );
    }
}
