//! What a run does with lines, and how it is told to go about it.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use logagent_core::frame::MAX_LINE_BYTES;

use crate::read_trial::ReadTrial;
use crate::{Input, InputError};

/// How much of an input's beginning is shown to [`Job::open`] unless the job asks otherwise.
pub const HEAD_BYTES: usize = 64 << 10;

/// What is done with the lines of a run.
///
/// Lines are counted into private parts by many threads; parts are collected in input order. Where
/// an input is cut into parts depends on threads, sizes and timing, so a result must not.
pub trait Job: Sync {
    /// What one input needs, such as a compiled scanner. Shared by the threads that read it.
    type Source: Send + Sync;
    /// What some lines of one input came to.
    type Part: Send;

    /// How many of an input's first bytes [`Job::open`] wants to see, at most 64 KiB. Zero lets
    /// lines of a slow pipe through as they come.
    fn head_bytes(&self) -> usize {
        HEAD_BYTES
    }

    /// Prepares for an input that holds at least one byte. Called once for each, by any thread.
    ///
    /// `head` is the beginning of its (decompressed) content: [`Job::head_bytes`] bytes, or all if
    /// there are fewer; its last line may be cut.
    ///
    /// # Errors
    /// A message for the user; the input is then left out.
    fn open(&self, input: &Input, head: &[u8]) -> Result<Self::Source, String>;

    /// Whether what a line means may depend on the lines before it: the input is then read from its
    /// beginning to its end by one thread.
    fn needs_order(&self, source: &Self::Source) -> bool {
        let _ = source;
        false
    }

    /// A part without lines. Parts may be dropped uncollected.
    fn part(&self) -> Self::Part;

    /// Takes one or more whole lines, each ending in a line feed except maybe an input's last.
    fn lines(&self, source: &Self::Source, part: &mut Self::Part, block: &[u8]);

    /// Takes note that so many bytes of content were read for this part, those of skipped lines
    /// included.
    fn covered(&self, part: &mut Self::Part, bytes: u64) {
        let _ = (part, bytes);
    }

    /// Takes note of a line longer than the limit; its bytes were skipped.
    fn oversize(&self, source: &Self::Source, part: &mut Self::Part);

    /// About how much memory a part holds, in bytes; it bounds how far threads run ahead.
    fn held_bytes(&self, part: &Self::Part) -> usize;

    /// Adds what comes right behind `part`, in this input or the next, so that parts that wait for a slow input
    /// hold less. Collecting both as one has to be the same.
    ///
    /// # Errors
    /// Gives `next` back where they have to stay apart.
    fn join(&self, part: &mut Self::Part, next: Self::Part) -> Result<(), Self::Part> {
        let _ = part;
        Err(next)
    }

    /// Takes a finished part: by input, then by place in it. Called by one thread at a time.
    /// Breaking ends the run early.
    fn collect(&self, part: Self::Part) -> ControlFlow<()>;
}

/// How plain files are read. The result is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadMode {
    /// Copied if not longer than 1 MiB; of longer ones the first ranges both ways, the others as was faster.
    Auto,
    /// Through memory-mapped windows; copied where mapping is not possible or not safe.
    Mapped,
    /// With `pread` into a buffer.
    Copied,
}

/// How a run goes about its work. Nothing here changes its result, but for `max_line_bytes`.
#[derive(Debug, Clone, Copy)]
pub struct RunOptions {
    /// Threads that read and count; at least 1.
    pub threads: usize,
    /// How plain files are read.
    pub read_mode: ReadMode,
    /// At most so many bytes of an input become one part; of a stream about so many, or more if
    /// their part stays small. At least 1.
    pub range_bytes: u64,
    /// A longer line is oversize.
    pub max_line_bytes: usize,
}

impl Default for RunOptions {
    fn default() -> RunOptions {
        RunOptions {
            threads: 1,
            read_mode: ReadMode::Auto,
            range_bytes: 16 << 20,
            max_line_bytes: MAX_LINE_BYTES,
        }
    }
}

/// How far a run is; shared with whoever watches or cancels it.
#[derive(Debug, Default)]
pub struct Progress {
    read_bytes: AtomicU64,
    total_bytes: AtomicU64,
    cancelled: AtomicBool,
}

impl Progress {
    /// A run without a known end, such as one that reads a pipe.
    const ENDLESS: u64 = u64::MAX;

    /// Bytes read so far, compressed inputs as they are on disk.
    pub fn read_bytes(&self) -> u64 {
        self.read_bytes.load(Ordering::Relaxed)
    }

    /// Bytes to read in all; `None` if an input's size is unknown.
    pub fn total_bytes(&self) -> Option<u64> {
        let total = self.total_bytes.load(Ordering::Relaxed);
        (total != Self::ENDLESS).then_some(total)
    }

    /// Asks the run to stop. It ends within about a tenth of a second of work.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    pub(crate) fn add_read(&self, bytes: u64) {
        self.read_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn set_total(&self, bytes: Option<u64>) {
        self.total_bytes.store(bytes.unwrap_or(Self::ENDLESS), Ordering::Relaxed);
    }
}

/// Whether a run goes on: ended by its user, by its job, or by a panic.
pub(crate) struct RunState<'a> {
    pub(crate) progress: &'a Progress,
    pub(crate) read_trial: ReadTrial,
    stopped: AtomicBool,
}

impl<'a> RunState<'a> {
    pub(crate) fn new(progress: &'a Progress) -> RunState<'a> {
        RunState { progress, read_trial: ReadTrial::new(), stopped: AtomicBool::new(false) }
    }

    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    pub(crate) fn is_over(&self) -> bool {
        self.is_stopped() || self.progress.is_cancelled()
    }
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Every input was read as far as it could be.
    Complete,
    /// The job broke off.
    Stopped,
    /// Somebody called [`Progress::cancel`]. The parts that were collected are a beginning of the
    /// inputs, without gaps.
    Cancelled,
}

/// What a run came to, beside what the job collected.
#[derive(Debug)]
pub struct RunReport {
    /// How it ended.
    pub outcome: Outcome,
    /// Inputs that could not be read, or not whole; at most one per input, in input order.
    pub errors: Vec<InputError>,
}
