//! What a state database holds of an engine.

use logagent_core::metric::Metric;
use logagent_core::spec::MetricKind;
use serde::Serialize;

use crate::tail::FileId;

/// Rows to be written; each replaces an earlier one of its key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows {
    /// Definitions of metrics, as [`definition`] writes them.
    pub metrics: Vec<String>,
    /// Series, by the number of their definition in `metrics`.
    pub series: Vec<SeriesRow>,
    /// Records of files as JSON; `None`: to be forgotten.
    pub files: Vec<(FileId, Option<String>)>,
    /// Counters by source and path, both as JSON.
    pub tallies: Vec<(String, String)>,
    /// Positions of sources that are fed; `None`: to be forgotten.
    pub positions: Vec<(String, Option<String>)>,
    /// What was learnt of lines, as JSON; `None`: to be forgotten. Keys begin with what it is of:
    /// `model/NAME/…`.
    pub models: Vec<(String, Option<String>)>,
}

/// A series: the number of its metric's definition, its labels, and its cumulative state.
pub type SeriesRow = (usize, Vec<u8>, Vec<u8>);

impl Rows {
    /// Whether there is nothing to write; definitions alone are nothing.
    pub fn is_empty(&self) -> bool {
        self.series.is_empty()
            && self.files.is_empty()
            && self.tallies.is_empty()
            && self.positions.is_empty()
            && self.models.is_empty()
    }
}

/// What has to agree for counts to go on.
#[derive(Serialize)]
struct Definition<'a> {
    name: &'a str,
    r#type: &'static str,
    labels: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    sums: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    buckets: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accuracy: Option<f64>,
}

/// The definition of a metric as JSON: equal texts are one metric.
///
/// What may change without harm to the counts is left out: the condition, help, limits, which
/// quantiles and how many texts are shown.
pub fn definition(metric: &Metric) -> String {
    let definition = Definition {
        name: &metric.name,
        r#type: metric.kind.name(),
        labels: &metric.labels,
        value: metric.value.as_ref().map(|(name, _)| name.as_str()),
        sums: &metric.sums,
        buckets: match &metric.kind {
            MetricKind::Histogram { buckets } => Some(buckets.iter().map(ToString::to_string).collect()),
            _ => None,
        },
        accuracy: match &metric.kind {
            MetricKind::Quantiles { accuracy, .. } => Some(*accuracy),
            _ => None,
        },
    };
    serde_json::to_string(&definition).expect("strings and numbers are JSON")
}
