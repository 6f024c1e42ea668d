//! Files, decompression and threads around `logagent-core`.
//!
//! [`expand`] turns arguments into [`Input`]s; [`run`] reads them with several threads and gives
//! their lines to a [`Job`], whose [`Job::Part`]s it collects in input order.

mod chunks;
mod decompress;
mod encoding;
pub mod engine;
mod input;
mod job;
pub mod jobs;
mod map;
mod merge;
mod open;
mod plain;
mod read_trial;
mod run;
mod schedule;
mod stream;
pub mod tail;
mod worker;

pub use engine::Engine;
pub use input::{Input, InputError, Named, expand, expand_sources};
pub use job::{HEAD_BYTES, Job, Outcome, Progress, ReadMode, RunOptions, RunReport};
pub use run::run;
