//! What an engine tells about itself.

use logagent_core::metric::{Metric, Table};
use serde::Serialize;

use super::tally::{Tally, TallyKey};
use crate::tail::{FileStats, ParkedFile, SourceStats};

/// An engine at one moment, for people and metrics.
#[derive(Debug, Clone, Serialize)]
pub struct EngineStats {
    /// The age of the oldest count that was not taken yet.
    pub pending_seconds: Option<f64>,
    /// The age of what was taken and is not committed yet.
    pub taken_seconds: Option<f64>,
    /// Files that are followed.
    pub files: Vec<FollowedFile>,
    /// Files that are left alone for now.
    pub parked: Vec<ParkedFile>,
    /// Sources, in the order of the configuration.
    pub sources: Vec<SourceStats>,
    /// Descriptors that are open.
    pub open_files: usize,
    /// Tallies of the configuration's sources, as committed.
    pub committed: Vec<TallyStats>,
    /// Metrics, in the order of the configuration, as committed.
    pub metrics: Vec<MetricStats>,
}

/// A followed file.
#[derive(Debug, Clone, Serialize)]
pub struct FollowedFile {
    /// How the follower sees it.
    #[serde(flatten)]
    pub file: FileStats,
    /// Its format in words, if it was detected.
    pub format: Option<String>,
}

/// A tally, as committed.
#[derive(Debug, Clone, Serialize)]
pub struct TallyStats {
    /// What it is of.
    #[serde(flatten)]
    pub key: TallyKey,
    /// Its counters.
    #[serde(flatten)]
    pub tally: Tally,
}

/// A metric.
#[derive(Debug, Clone, Serialize)]
pub struct MetricStats {
    /// Its name.
    pub name: String,
    /// Series that are kept apart, and the one beyond the limit.
    pub series: usize,
    /// Series that are kept apart at most.
    pub series_limit: usize,
    /// Records that were counted beyond the limit.
    pub overflowed: u64,
}

impl MetricStats {
    pub(super) fn of(metric: &Metric, table: &Table) -> MetricStats {
        MetricStats {
            name: metric.name.clone(),
            series: table.len(),
            series_limit: metric.series_limit,
            overflowed: table.overflowed(),
        }
    }
}
