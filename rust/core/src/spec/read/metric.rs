//! `[[metric]]`.

use std::collections::HashSet;
use std::ops::Range;

use crate::spec::keys::Keys;
use crate::spec::{Text, did_you_mean};
use crate::value::number::Decimal;

/// One metric family.
#[derive(Debug, Clone)]
pub struct MetricSpec {
    /// Its name, unique.
    pub name: Text,
    /// What it keeps of the records.
    pub kind: MetricKind,
    /// What it is, for people; one line.
    pub help: Option<Text>,
    /// Fields and categories that are its labels.
    pub labels: Vec<Text>,
    /// Which records it takes; all without one.
    pub when: Option<Text>,
    /// The field whose number (or text, for `distinct` and `top`) it takes.
    pub value: Option<Text>,
    /// Fields that are summed beside the count of records: what `scan --sum` asks for.
    pub sums: Vec<Text>,
    /// Label values whose series are there from the beginning, as 0: label and values.
    pub declared: Vec<(Text, Vec<Text>)>,
    /// Series that are kept.
    pub series_limit: usize,
}

/// What a metric keeps of its records.
#[derive(Debug, Clone, PartialEq)]
pub enum MetricKind {
    /// Their number, or the sum of `value`.
    Counter,
    /// The last `value`.
    Gauge,
    /// How many `value`s are at most each of these bounds, ascending, without +Inf.
    Histogram {
        /// Upper bounds, inclusive.
        buckets: Vec<Decimal>,
    },
    /// Quantiles of `value`.
    Quantiles {
        /// Which, each in 0..=1.
        quantiles: Vec<f64>,
        /// Relative error of an answer.
        accuracy: f64,
    },
    /// How many distinct texts `value` has.
    Distinct,
    /// The most frequent texts of `value`.
    Top {
        /// How many are shown.
        size: usize,
    },
}

impl MetricKind {
    /// The type as it is written in a configuration.
    pub const fn name(&self) -> &'static str {
        match self {
            MetricKind::Counter => "counter",
            MetricKind::Gauge => "gauge",
            MetricKind::Histogram { .. } => "histogram",
            MetricKind::Quantiles { .. } => "quantiles",
            MetricKind::Distinct => "distinct",
            MetricKind::Top { .. } => "top",
        }
    }
}

/// Keys that belong to one type only, and to which.
const OPTIONS: [(&str, &str); 5] = [
    ("buckets", "histogram"),
    ("quantiles", "quantiles"),
    ("accuracy", "quantiles"),
    ("size", "top"),
    ("sums", "counter"),
];

/// Upper bounds for latencies in seconds, in thousandths: those of Prometheus' client libraries.
const BUCKETS_MILLIS: [i128; 11] = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];
const QUANTILES: [f64; 3] = [0.5, 0.9, 0.99];

impl MetricSpec {
    /// What is wrong is reported; some value stands for it, so that the rest is checked too.
    pub(super) fn read(mut keys: Keys<'_, '_>) -> MetricSpec {
        let name = keys.required_text("name").unwrap_or_default();
        check_name(&keys, &name);
        let kind = keys.choice("type");
        let help = keys.text("help");
        if let Some(help) = help.as_ref().filter(|help| help.value.contains(['\n', '\r'])) {
            keys.problem("bad-value", help.span.clone(), "`help` has more than one line", None);
        }
        let labels = keys.texts("labels");
        refuse_repeated(&keys, &labels);
        let when = keys.filled_text("when");
        let value = keys.filled_text("value");
        let buckets = buckets(&mut keys);
        let quantiles = quantiles(&mut keys);
        let accuracy = keys.number("accuracy", 0.001..=0.5);
        let size = keys.integer("size", 1..=10_000);
        let sums = keys.texts("sums");
        let declared = keys.named_lists("declared");
        let series_limit = keys.integer("series_limit", 1..=i64::MAX);
        let series_limit = series_limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
        check_declared(&keys, &declared, &labels, series_limit);
        if let Some(kind) = kind {
            check_fit(&keys, kind);
        }
        keys.finish();
        let kind = match kind.unwrap_or_default() {
            "gauge" => MetricKind::Gauge,
            "histogram" => MetricKind::Histogram { buckets },
            "quantiles" => MetricKind::Quantiles { quantiles, accuracy: accuracy.unwrap_or_default() },
            "distinct" => MetricKind::Distinct,
            "top" => {
                MetricKind::Top { size: size.and_then(|size| usize::try_from(size).ok()).unwrap_or_default() }
            }
            _ => MetricKind::Counter,
        };
        MetricSpec { name, kind, help, labels, when, value, sums, declared, series_limit }
    }
}

/// Prometheus' rule for names of metrics, without the colons that are for recording rules.
fn check_name(keys: &Keys<'_, '_>, name: &Text) {
    let is_wrong = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
    let wrong = match name.value.chars().next() {
        Some(first) if first.is_ascii_digit() => Some((0, first)),
        _ => name.value.char_indices().find(|(_, c)| is_wrong(*c)),
    };
    if let Some((at, c)) = wrong {
        let message = format!("a metric's name cannot have `{c}` here");
        let hint = "use letters, digits and `_`, not beginning with a digit".to_owned();
        keys.problem("bad-name", name.part(at..at + c.len_utf8()), message, Some(hint));
    }
}

fn refuse_repeated(keys: &Keys<'_, '_>, labels: &[Text]) {
    let mut seen = HashSet::new();
    for label in labels.iter().filter(|label| !seen.insert(label.value.as_str())) {
        let message = format!("the label `{}` is there twice", label.value);
        keys.problem("repeated-name", label.span.clone(), message, None);
    }
}

fn buckets(keys: &mut Keys<'_, '_>) -> Vec<Decimal> {
    let Some(buckets) = keys.quantities("buckets") else {
        return BUCKETS_MILLIS.map(|millis| Decimal::from_billionths(millis * 1_000_000)).into();
    };
    keys.refuse_empty("buckets");
    refuse_unordered(keys, "buckets", &buckets);
    buckets.into_iter().map(|(bound, _)| bound).collect()
}

fn quantiles(keys: &mut Keys<'_, '_>) -> Vec<f64> {
    let Some(quantiles) = keys.numbers("quantiles", &(0.0..=1.0)) else { return QUANTILES.into() };
    keys.refuse_empty("quantiles");
    refuse_unordered(keys, "quantiles", &quantiles);
    quantiles.into_iter().map(|(quantile, _)| quantile).collect()
}

fn refuse_unordered<N: PartialOrd>(keys: &Keys<'_, '_>, key: &str, numbers: &[(N, Range<usize>)]) {
    for pair in numbers.windows(2) {
        if pair[1].0 <= pair[0].0 {
            let message = format!("`{key}` have to ascend, and this one is not above the one before");
            keys.problem("bad-value", pair[1].1.clone(), message, None);
        }
    }
}

/// Declared labels have to be labels, and what they declare has to fit in.
fn check_declared(keys: &Keys<'_, '_>, declared: &[(Text, Vec<Text>)], labels: &[Text], series_limit: usize) {
    let mut series = 1usize;
    for (label, values) in declared {
        if !labels.iter().any(|known| known.value == label.value) {
            let hint = did_you_mean(&label.value, labels.iter().map(|label| label.value.as_str()));
            let message = format!("`{}` is no label of this metric", label.value);
            keys.problem("unknown-field", label.span.clone(), message, hint);
        }
        if values.is_empty() {
            let message = format!("no value is declared for `{}`", label.value);
            keys.problem("bad-value", label.span.clone(), message, None);
        }
        series = series.saturating_mul(values.len());
    }
    if series > series_limit {
        let message = format!("{series} series are declared, and `series_limit` is {series_limit}");
        keys.problem("bad-value", keys.key_span("declared"), message, None);
    }
}

/// The keys have to fit the type.
fn check_fit(keys: &Keys<'_, '_>, kind: &str) {
    if kind != "counter" && !keys.has("value") {
        let message =
            format!("name the field that this {} takes, such as value = \"request_time\"", family(kind));
        keys.missing("value", Some(message));
    }
    for (key, owner) in OPTIONS.iter().filter(|(key, owner)| *owner != kind && keys.has(key)) {
        let message = format!("`{key}` is for type \"{owner}\", and this metric is a {}", family(kind));
        keys.problem("misplaced-key", keys.key_span(key), message, None);
    }
}

/// A type as a noun.
fn family(kind: &str) -> &str {
    match kind {
        "quantiles" => "summary of quantiles",
        "distinct" => "count of distinct values",
        "top" => "list of top values",
        kind => kind,
    }
}
