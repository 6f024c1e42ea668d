//! What is done with the lines: counted, written as JSON, mined, or asked why they are refused.

mod count;
mod diagnose;
mod mine;
mod parse;

pub use count::Count;
pub use diagnose::{Diagnose, Diagnosis, Group};
pub use mine::{Mine, Mined, Mode};
pub use parse::Parse;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Inputs whose format was found by looking at them: input and what was found, in words.
#[derive(Debug, Default)]
struct Detections(Mutex<Vec<(String, String)>>);

impl Detections {
    fn add(&self, input: &crate::Input, found: Option<String>) {
        if let Some(found) = found {
            lock(&self.0).push((input.to_string(), found));
        }
    }

    fn sorted(&self) -> Vec<(String, String)> {
        let mut found = lock(&self.0).clone();
        found.sort();
        found
    }
}

/// Locks although a thread panicked while it held the lock: `run` passes the panic on, and what was
/// locked is not looked at afterwards.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
