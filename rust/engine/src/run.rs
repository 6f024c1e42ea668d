//! A run: many inputs, several threads, one job.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsFd;
use std::panic::resume_unwind;
use std::thread;

use crate::job::RunState;
use crate::schedule::Schedule;
use crate::worker::Worker;
use crate::{Input, InputError, Job, Outcome, Progress, RunOptions, RunReport};

/// Reads every input and gives its lines to the job, which collects the parts in input order.
///
/// The result is the same for any number of threads and any options. Inputs that cannot be read
/// do not end the run; the report names them. Memory stays flat whatever the sizes of the inputs.
///
/// # Panics
/// When the job does, with the same payload, after all threads have ended.
pub fn run<J: Job>(job: &J, inputs: &[Input], options: &RunOptions, progress: &Progress) -> RunReport {
    progress.set_total(total_bytes(inputs));
    let state = RunState::new(progress);
    let schedule = Schedule::new(job, inputs.len(), &state);
    let work = || Worker::new(job, inputs, options, &state, &schedule).work();
    let panicked = thread::scope(|scope| {
        let spawn = |_| {
            let thread = thread::Builder::new().name("logagent-read".to_owned());
            thread.spawn_scoped(scope, work)
        };
        let threads: Vec<_> = (0..options.threads.max(1)).map_while(|n| spawn(n).ok()).collect();
        if threads.is_empty() {
            work(); // the system gives us no thread: use this one
        }
        let results: Vec<_> = threads.into_iter().map(thread::ScopedJoinHandle::join).collect();
        results.into_iter().find_map(Result::err)
    });
    if let Some(payload) = panicked {
        resume_unwind(payload);
    }
    let errors = schedule
        .into_errors()
        .map(|(input, message)| InputError { input: inputs[input].to_string(), message });
    RunReport {
        errors: errors.collect(),
        outcome: match (state.is_stopped(), progress.is_cancelled()) {
            (true, _) => Outcome::Stopped,
            (false, true) => Outcome::Cancelled,
            (false, false) => Outcome::Complete,
        },
    }
}

/// The sizes of all inputs; `None` if one has no size. Inputs that cannot be read count nothing.
fn total_bytes(inputs: &[Input]) -> Option<u64> {
    inputs.iter().try_fold(0, |total, input| {
        let metadata = match input {
            Input::Stdin => {
                let stdin = io::stdin().as_fd().try_clone_to_owned();
                stdin.and_then(|stdin| File::from(stdin).metadata())
            }
            Input::Path(path) => fs::metadata(path),
        };
        match metadata {
            Ok(metadata) if metadata.is_file() => Some(total + metadata.len()),
            Ok(metadata) if !metadata.is_dir() => None,
            _ => Some(total),
        }
    })
}
