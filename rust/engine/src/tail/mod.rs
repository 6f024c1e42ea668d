//! Following files while they grow, are rotated, cut, compressed, copied and deleted.
//!
//! A [`Follower`] hands every complete line of its [`TailSource`]s to a [`TailSink`] exactly once,
//! also over restarts: its position in every file is a [`FileRecord`], to be stored together with
//! what was counted, and given back by [`Follower::restore`].
//!
//! Files are read by `pread` and verified *after* the read and *before* a line is handed on: the
//! descriptor must still hold the content whose fingerprint is known. Hence nothing that was
//! counted ever has to be taken back. (A memory map saves nothing here: 0.176 against 0.184 CPU
//! seconds per GB.)

mod arrive;
mod begin;
mod compare;
mod content;
mod cut;
mod decide;
mod discover;
mod fingerprint;
mod follower;
mod generation;
mod hole;
mod identity;
mod lease;
mod look;
mod losses;
mod origins;
mod packed;
mod parked;
mod read;
mod record;
mod scan;
mod siblings;
mod stats;
mod wait;
mod watch;

use std::path::Path;
use std::time::Duration;

use rustix::process::{Resource, getrlimit};

pub use follower::Follower;
pub use record::{Encoding, FileRecord, Fingerprint, LineState, Stage};
pub use stats::{FileStats, ParkedFile, SourceCounts, SourceStats, TailStats};
pub use wait::Waiter;

pub use logagent_core::spec::ReadFrom;

/// Names one generation of a file: its content from creation to deletion, truncation or rewriting,
/// under whatever paths. Never used again within one state.
pub type FileId = u64;

/// Files that are followed under one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TailSource {
    /// The source's name in the configuration. Positions belong to it.
    pub name: String,
    /// Files and glob patterns.
    pub paths: Vec<String>,
    /// Files and glob patterns that are left out of them.
    pub exclude: Vec<String>,
    /// Where to begin in files that exist when the source is followed for the first time. Files
    /// that appear later are read from their beginning.
    pub read_from: ReadFrom,
}

/// Takes what is read.
pub trait TailSink {
    /// Content of a file is going to be read. `head` is its first ≤ 64 KiB, at least one line of
    /// them unless that is longer.
    ///
    /// # Errors
    /// In words for the user: the file is left alone, and offered again when it changes.
    fn open(&mut self, file: FileId, source: usize, path: &Path, head: &[u8]) -> Result<(), String>;

    /// One or more whole lines, at most one line limit plus one byte long in all. Only the very
    /// last line of a file may lack its line feed.
    fn lines(&mut self, file: FileId, block: &[u8]);

    /// A line longer than the limit; its bytes are skipped.
    fn oversize(&mut self, file: FileId);

    /// So many bytes of content were consumed, whether they were handed on or skipped. A hole at a
    /// file's beginning is consumed before the file is opened.
    fn covered(&mut self, file: FileId, bytes: u64);

    /// Nothing more comes from this file, unless it is opened again.
    fn close(&mut self, file: FileId);
}

/// How files are followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TailOptions {
    /// A longer line (its line feed not counted) is oversize.
    pub max_line_bytes: usize,
    /// About as many bytes are read in one step.
    pub batch_bytes: usize,
    /// A renamed or unlinked file is finished when it has been quiet for so long, unless the
    /// operating system can tell whether a writer has it open.
    pub rotate_wait: Duration,
    /// All paths and files are looked at in this interval even if nothing was notified.
    pub rescan_interval: Duration,
    /// Files without notification of changes are looked at in this interval.
    pub poll_interval: Duration,
    /// After a small read, lines are let gather for so long.
    pub gather_wait: Duration,
    /// Descriptors of files that are quiet are closed beyond this number.
    pub max_open_files: usize,
    /// The record of a finished or lost file is kept for so long after it was last seen.
    pub keep_records: Duration,
}

impl Default for TailOptions {
    fn default() -> TailOptions {
        TailOptions {
            max_line_bytes: 1 << 20,
            // Stays in the processor's second-level cache.
            batch_bytes: 256 << 10,
            rotate_wait: Duration::from_secs(10),
            rescan_interval: Duration::from_secs(10),
            poll_interval: Duration::from_secs(1),
            gather_wait: Duration::from_millis(50),
            max_open_files: open_files_within(getrlimit(Resource::Nofile).current),
            keep_records: Duration::from_secs(7 * 24 * 60 * 60),
        }
    }
}

/// How many files may be open in a process that may have so many descriptors (None: any number).
///
/// The rest is for the state, for those who ask, and for whatever else the process has to open:
/// were logs to take it, the service could neither commit nor answer.
fn open_files_within(descriptors: Option<u64>) -> usize {
    const MOST: u64 = 512;
    const OTHERS: u64 = 8;
    descriptors.map_or(MOST, |limit| (limit / 2).saturating_sub(OTHERS).clamp(2, MOST)) as usize
}

/// What is left to do after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// There is more to read now.
    More,
    /// Everything that could be read was; wait with [`Waiter::wait`].
    Idle,
}

#[cfg(test)]
mod tests {
    use super::open_files_within;

    #[test]
    fn files_leave_descriptors_for_others() {
        assert_eq!(open_files_within(None), 512);
        assert_eq!(open_files_within(Some(1_048_576)), 512);
        assert_eq!(open_files_within(Some(1024)), 504);
        assert_eq!(open_files_within(Some(40)), 12);
        assert_eq!(open_files_within(Some(3)), 2);
    }
}
