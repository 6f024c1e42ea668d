//! What is done with the lines: counted, written as JSON, mined, replayed to checkers, or asked why they are refused.

mod count;
mod detections;
mod diagnose;
mod formats;
mod learn;
mod mine;
mod parse;
mod replay;

pub use count::Count;
pub use diagnose::{Diagnose, Diagnosis, Group};
pub use learn::learn_groups;
pub use mine::{Mine, Mined, Mode, Window};
pub use parse::Parse;
pub use replay::{Replay, Replayed, Run, SlotLines, Slotting, Wanted};

pub(crate) use detections::{FEWEST_LINES, SAMPLE_BYTES, other_format, whole_lines};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks although a thread panicked while it held the lock: `run` passes the panic on, and what was
/// locked is not looked at afterwards.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
