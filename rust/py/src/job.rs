//! What `Scan` and `Parse` share: inputs, threads, progress, and what went wrong.

use std::ffi::OsString;
use std::sync::{Mutex, MutexGuard, PoisonError};

use logagent_engine::{Input, InputError, Job, Progress, ReadMode, RunOptions, expand, run};

/// Inputs to be read by a job of the engine, once.
pub(crate) struct Reading {
    inputs: Vec<Input>,
    options: RunOptions,
    pub(crate) progress: Progress,
    errors: Mutex<Vec<InputError>>,
}

impl Reading {
    pub(crate) fn new(arguments: &[OsString], threads: usize, mmap: bool, range_bytes: u64) -> Reading {
        Reading::of_inputs(expand(arguments), threads, mmap, range_bytes)
    }

    /// Of inputs that were named otherwise, and what went wrong with some.
    pub(crate) fn of_inputs(
        (inputs, errors): (Vec<Input>, Vec<InputError>),
        threads: usize,
        mmap: bool,
        range_bytes: u64,
    ) -> Reading {
        let read_mode = if mmap { ReadMode::Auto } else { ReadMode::Copied };
        let options = RunOptions { threads, read_mode, range_bytes, ..RunOptions::default() };
        Reading { inputs, options, progress: Progress::default(), errors: Mutex::new(errors) }
    }

    /// Reads all inputs.
    pub(crate) fn run<J: Job>(&self, job: &J) {
        let report = run(job, &self.inputs, &self.options, &self.progress);
        lock(&self.errors).extend(report.errors);
    }

    /// What it reads.
    pub(crate) fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// Inputs that could not be read whole, and what happened.
    pub(crate) fn errors(&self) -> Vec<(String, String)> {
        lock(&self.errors).iter().map(|error| (error.input.clone(), error.message.clone())).collect()
    }

    /// Bytes read and to read.
    pub(crate) fn progress(&self) -> (u64, Option<u64>) {
        (self.progress.read_bytes(), self.progress.total_bytes())
    }
}

/// The year now, for instants that are logged without one.
pub(crate) fn current_year() -> i16 {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).year()
}

/// Locks although a thread panicked with the lock: the panic has become an exception already.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
