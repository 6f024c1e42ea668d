//! What an engine refuses, and why.

use std::io;

use logagent_core::metric::row::RowError;

/// Why an engine does not do what it is asked.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A bug: a thread panicked in the middle of a change.
    #[error("the engine met a bug of its own; start the process anew, it goes on from what was committed")]
    Broken,
    /// There is a take that was not committed.
    #[error("a snapshot was taken that is not committed yet")]
    Outstanding,
    /// The snapshot to commit is not the one that was taken last.
    #[error("this snapshot is not the one that was taken last, or it is committed already")]
    NotTaken,
    /// Something was read or restored already.
    #[error("an engine is restored once, before it reads anything")]
    Began,
    /// The plan has no source of this name.
    #[error("the configuration has no source `{0}`")]
    UnknownSource(String),
    /// The format of what was fed is not known.
    #[error("source `{source_name}`: {message}")]
    Format {
        /// The source's name.
        source_name: String,
        /// What is wrong, in words.
        message: String,
    },
    /// A series that cannot be restored.
    #[error("metric `{metric}`: {error}")]
    Row {
        /// The metric's name.
        metric: String,
        /// What is wrong.
        error: RowError,
    },
    /// A series whose metric is not among the rows.
    #[error("a series is of a metric that is not there")]
    SeriesWithoutMetric,
    /// There are too many models.
    #[error("there are as many models as are kept: delete one that is not needed")]
    ManyModels,
    /// A part of a model that cannot be restored.
    #[error("a row is damaged ({message}): {row}")]
    Model {
        /// The key of the row.
        row: String,
        /// What is wrong with it.
        message: String,
    },
    /// A record of a file, or a tally, that cannot be restored.
    #[error("a row is damaged ({error}): {row}")]
    Record {
        /// The row.
        row: String,
        /// What is wrong with it.
        error: serde_json::Error,
    },
    /// The operating system refuses.
    #[error(transparent)]
    System(#[from] io::Error),
}
