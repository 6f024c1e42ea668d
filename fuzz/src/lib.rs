//! Every parser of configurations and of lines, given texts that are nearly right.
//!
//! A target takes any bytes and may not panic, nor answer places outside of its text. Its inputs are
//! mutations of texts that it accepts. It runs on the stable compiler, and a run is repeated by its seed:
//! `cargo run -p logagent-fuzz -- --seconds 600 [--target NAME] [--seed N]`.

pub mod double;
pub mod mutate;
pub mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};

use mutate::Mutator;
use targets::Target;

/// An input on which a target failed.
#[derive(Debug)]
pub struct Failure {
    /// The target.
    pub target: &'static str,
    /// The run of the target, from 0.
    pub run: u64,
    /// What it was given.
    pub input: Vec<u8>,
}

/// Runs `target` as long as `go_on` says so of the number of runs; answers that number.
///
/// # Errors
/// The first input on which it panics.
pub fn run(target: &Target, seed: u64, mut go_on: impl FnMut(u64) -> bool) -> Result<u64, Failure> {
    let seeds = (target.seeds)();
    let mut mutator = Mutator::new(seed, &seeds);
    let mut runs = 0;
    while go_on(runs) {
        let input = mutator.next_input();
        if catch_unwind(AssertUnwindSafe(|| (target.take)(&input))).is_err() {
            return Err(Failure { target: target.name, run: runs, input });
        }
        runs += 1;
    }
    Ok(runs)
}
