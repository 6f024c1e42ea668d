//! The follower of files.

use std::io;

use super::{FileId, FileRecord, SourceCounts, Step, TailOptions, TailSink, TailSource, TailStats, Waiter};

/// Follows the files of several sources. Not shared between threads; [`Follower::waiter`] is.
#[derive(Debug)]
pub struct Follower {
    sources: Vec<TailSource>,
    options: TailOptions,
    waiter: Waiter,
}

impl Follower {
    /// A follower that has read nothing yet.
    ///
    /// # Errors
    /// What the operating system says when it has no descriptors left.
    pub fn new(sources: Vec<TailSource>, options: TailOptions) -> io::Result<Follower> {
        Ok(Follower { sources, options, waiter: Waiter::new(None)? })
    }

    /// Gives back what is known of a file. To be called before the first step.
    pub fn restore(&mut self, file: FileId, record: FileRecord) {
        let _ = (file, record);
    }

    /// Gives back the counts of a source. To be called before the first step.
    pub fn restore_counts(&mut self, source: &str, counts: SourceCounts) {
        let _ = (source, counts);
    }

    /// Follows other sources from now on. Positions are kept; sources are matched by name.
    ///
    /// Every file is opened anew at the sink before more of it is handed on: the sink forgets
    /// those that were open.
    pub fn set_sources(&mut self, sources: Vec<TailSource>) {
        self.sources = sources;
    }

    /// Reads what there is, up to about one batch.
    pub fn step(&mut self, sink: &mut dyn TailSink) -> Step {
        let _ = (sink, &self.options);
        Step::Idle
    }

    /// What waits for this follower while others use it.
    pub fn waiter(&self) -> Waiter {
        self.waiter.clone()
    }

    /// The records that changed since the last call; `None`: to be forgotten. They stand for
    /// everything that was handed to the sink so far.
    pub fn changed(&mut self) -> Vec<(FileId, Option<FileRecord>)> {
        Vec::new()
    }

    /// All records, as of now.
    pub fn all(&self) -> Vec<(FileId, FileRecord)> {
        Vec::new()
    }

    /// The follower at this moment.
    pub fn stats(&self) -> TailStats {
        TailStats::default()
    }
}
