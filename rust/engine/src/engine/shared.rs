//! A lock whose one busy owner lets everybody else go first.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use super::EngineError;

/// How long the busy owner waits before it looks again whether it may go on.
const LOOK_AGAIN: Duration = Duration::from_micros(50);

/// A value that one thread works on nearly all the time, in short steps, and others now and then.
///
/// A mutex alone would do, were it fair: a thread that unlocks it and locks it again at once wins
/// against those that first have to wake up.
pub(super) struct Shared<T> {
    value: Mutex<T>,
    waiting: AtomicUsize,
}

impl<T> Shared<T> {
    pub(super) fn new(value: T) -> Shared<T> {
        Shared { value: Mutex::new(value), waiting: AtomicUsize::new(0) }
    }

    /// Locks between two steps of the busy owner.
    ///
    /// # Errors
    /// [`EngineError::Broken`] after a panic of a thread that had the lock: the value may be half
    /// changed.
    pub(super) fn lock(&self) -> Result<MutexGuard<'_, T>, EngineError> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let locked = self.value.lock();
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        locked.map_err(|_| EngineError::Broken)
    }

    /// Locks for a step of the busy owner.
    ///
    /// # Errors
    /// As [`Shared::lock`].
    pub(super) fn lock_last(&self) -> Result<MutexGuard<'_, T>, EngineError> {
        while self.waiting.load(Ordering::Relaxed) > 0 {
            thread::sleep(LOOK_AGAIN);
        }
        self.value.lock().map_err(|_| EngineError::Broken)
    }
}
