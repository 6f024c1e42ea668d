//! What an engine tells about itself.

use logagent_core::category::Groups;
use logagent_core::metric::{Metric, Table};
use logagent_core::slot::SlotNotes;
use serde::Serialize;

use super::mining::ModelStats;
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
    /// Models of patterns, as committed.
    pub models: Vec<ModelStats>,
    /// What was counted by slot; `None` if nobody wants that.
    pub slots: Option<SlotStats>,
    /// Learnt groups of each category that is mined, as committed.
    pub groups: Groups,
}

/// What was counted by slot of event time since the engine was made, committed or not.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct SlotStats {
    /// Pairs of slot and series that were not taken yet.
    pub pending_rows: usize,
    /// Records without a readable time, in the slot of the wall clock.
    pub without_time: u64,
    /// Records stamped too far after the wall clock, in its slot.
    pub ahead_of_clock: u64,
    /// What metrics took of records and no slot did.
    pub beyond_limit: u64,
}

impl SlotStats {
    pub(super) fn of(notes: SlotNotes, pending_rows: usize) -> SlotStats {
        let SlotNotes { without_time, ahead_of_clock, beyond_limit } = notes;
        SlotStats { pending_rows, without_time, ahead_of_clock, beyond_limit }
    }
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
