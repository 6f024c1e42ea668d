//! What the user wrote: the configuration text, checked and with every problem at once.
//!
//! [`read`] answers a [`Spec`] of plain values; `plan` compiles it.

mod keys;
mod problem;

use std::ops::Range;

use toml::de::DeTable;

use self::keys::Keys;
pub use self::keys::Text;
pub use self::problem::{Place, Problem, Problems, did_you_mean};
use crate::format::{self, Format, FormatError, JsonSpec, RegexSpec, apache, nginx};
use crate::value::number::Decimal;

/// A whole configuration.
#[derive(Debug, Clone, Default)]
pub struct Spec {
    /// `[[source]]`, in order.
    pub sources: Vec<SourceSpec>,
    /// `[categories.NAME]`, in order.
    pub categories: Vec<CategorySpec>,
    /// `[[metric]]`, in order.
    pub metrics: Vec<MetricSpec>,
}

/// One configured input.
#[derive(Debug, Clone)]
pub struct SourceSpec {
    /// Its name, unique.
    pub name: Text,
    /// Files and globs.
    pub paths: Vec<Text>,
    /// Files and globs that are left out of `paths`.
    pub exclude: Vec<Text>,
    /// How its lines are written.
    pub format: Format,
    /// Where the format is named, for problems that show up when it is compiled.
    pub format_span: Range<usize>,
}

/// `[categories.NAME]`: ordered rules, the first that holds gives the value.
#[derive(Debug, Clone)]
pub struct CategorySpec {
    /// Its name, unique among categories, and not that of a field that a source logs.
    pub name: Text,
    /// The field or category whose text the rules test; a rule may only go without if it has just
    /// `when`.
    pub on: Option<Text>,
    /// Replacements in the tested text, one after the other, all matches each.
    pub replace: Vec<ReplaceSpec>,
    /// Rules in order, those of `rules_file` (by rank) behind the others.
    pub rules: Vec<RuleSpec>,
    /// The value where no rule holds; absent without one. `$0` is the tested text after
    /// replacements.
    pub default: Option<Text>,
}

/// One `{ regex, with }` of a category.
#[derive(Debug, Clone)]
pub struct ReplaceSpec {
    /// What is replaced.
    pub regex: Text,
    /// By what; `$1` is a group.
    pub with: Text,
}

/// One rule: holds if one of its tests does (or it has none) and `when` does too (or is absent).
#[derive(Debug, Clone)]
pub struct RuleSpec {
    /// The value it gives; `$1` is a group of its regex.
    pub name: Text,
    /// Whole texts.
    pub exact: Vec<Text>,
    /// Beginnings.
    pub prefix: Vec<Text>,
    /// Endings.
    pub suffix: Vec<Text>,
    /// Parts.
    pub contains: Vec<Text>,
    /// Regexes that match anywhere.
    pub regex: Vec<Text>,
    /// A condition.
    pub when: Option<Text>,
    /// Where the rule stands.
    pub span: Range<usize>,
}

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

/// Series that a metric keeps unless told otherwise.
const SERIES_LIMIT: i64 = 1000;

/// Reads a configuration. What is wrong goes to `problems`; the rest is answered.
pub fn read(text: &str, problems: &Problems) -> Spec {
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        problems.add("syntax", error.span().unwrap_or(0..0), error.message(), None);
    }
    let mut root = Keys::root(table.get_ref(), text, problems);
    let formats: Vec<(Text, Option<Format>)> =
        root.named_tables("formats").into_iter().map(|(name, keys)| (name, read_format(keys))).collect();
    let spec = Spec {
        sources: root.tables("source").into_iter().filter_map(|keys| read_source(keys, &formats)).collect(),
        categories: Vec::new(),
        metrics: root.tables("metric").into_iter().filter_map(read_metric).collect(),
    };
    root.finish();
    refuse_repeats(problems, "source", spec.sources.iter().map(|source| &source.name));
    refuse_repeats(problems, "metric", spec.metrics.iter().map(|metric| &metric.name));
    spec
}

fn read_source(mut keys: Keys<'_, '_>, formats: &[(Text, Option<Format>)]) -> Option<SourceSpec> {
    let name = keys.required_text("name");
    let paths = keys.texts("paths");
    let exclude = keys.texts("exclude");
    let named = keys.text("format");
    let format = match &named {
        None => Some(Format::Auto),
        Some(name) => source_format(&keys, name, formats),
    };
    let format_span = named.map_or(keys.span(), |name| name.span);
    keys.finish();
    Some(SourceSpec { name: name?, paths, exclude, format: format?, format_span })
}

/// A source's format: a name under `[formats]`, else whatever the command line takes.
fn source_format(keys: &Keys<'_, '_>, name: &Text, formats: &[(Text, Option<Format>)]) -> Option<Format> {
    if let Some((_, own)) = formats.iter().find(|(own, _)| own.value == name.value) {
        return own.clone();
    }
    let named = formats.iter().map(|(own, _)| own.value.as_str());
    checked(
        keys,
        name,
        format::spec::parse(&name.value).map_err(|error| match did_you_mean(&name.value, named) {
            Some(hint) => error.with_hint(hint),
            None => error,
        }),
    )
}

/// A `[formats.NAME]` table: just one of its keys says how lines are written.
fn read_format(mut keys: Keys<'_, '_>) -> Option<Format> {
    let nginx =
        keys.text("nginx").map(|text| checked(&keys, &text, nginx::parse(&text.value).map(Format::Text)));
    let apache =
        keys.text("apache").map(|text| checked(&keys, &text, apache::parse(&text.value).map(Format::Text)));
    let names = keys.texts("fields");
    let regex = keys.text("regex").map(|text| {
        let names: Vec<&str> = names.iter().map(|name| name.value.as_str()).collect();
        let names = (!names.is_empty()).then_some(names.as_slice());
        checked(&keys, &text, RegexSpec::new(&text.value, names).map(Format::Regex))
    });
    let json = keys.text_entries("json").map(|entries| {
        let fields = entries.into_iter().map(|(name, path)| (name.value, path.value)).collect();
        Some(Format::Json(JsonSpec { fields }))
    });
    let given: Vec<Option<Format>> = [nginx, apache, regex, json].into_iter().flatten().collect();
    if given.len() != 1 {
        let message = "a format needs just one of the keys `nginx`, `apache`, `regex`, `json`";
        keys.problem("bad-format", keys.span(), message, None);
    }
    keys.finish();
    given.into_iter().next().flatten()
}

/// The format, or its mistake at its place.
fn checked(keys: &Keys<'_, '_>, text: &Text, format: Result<Format, FormatError>) -> Option<Format> {
    format.map_err(|error| keys.problem("bad-format", text.part(error.span), error.message, error.hint)).ok()
}

fn read_metric(mut keys: Keys<'_, '_>) -> Option<MetricSpec> {
    let name = keys.required_text("name");
    if let Some(kind) = keys.text("type").filter(|kind| kind.value != "counter") {
        let message = format!("unknown metric type `{}`", kind.value);
        keys.problem("bad-value", kind.span, message, Some("there is: counter".to_owned()));
    }
    let labels = keys.texts("labels");
    let sums = keys.texts("sums");
    let series_limit = keys.integer("series_limit", 1).unwrap_or(SERIES_LIMIT);
    keys.finish();
    Some(MetricSpec {
        name: name?,
        kind: MetricKind::Counter,
        help: None,
        labels,
        when: None,
        value: None,
        sums,
        declared: Vec::new(),
        series_limit: usize::try_from(series_limit).unwrap_or(usize::MAX),
    })
}

fn refuse_repeats<'s>(problems: &Problems, what: &str, names: impl Iterator<Item = &'s Text>) {
    let mut seen: Vec<&str> = Vec::new();
    for name in names {
        if seen.contains(&name.value.as_str()) {
            let message = format!("a second {what} is named `{}`", name.value);
            problems.add("repeated-name", name.span.clone(), message, None);
        }
        seen.push(&name.value);
    }
}
