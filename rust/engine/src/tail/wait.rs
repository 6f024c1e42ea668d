//! Waiting until there is something to read.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::io::{Errno, read, write};

/// Waits for a follower without holding it. Clones wait for the same one.
#[derive(Debug, Clone)]
pub struct Waiter(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Written to by `wake`.
    wakes: OwnedFd,
    /// Notifications of changed files; `None` where there are none.
    changes: Option<OwnedFd>,
    origin: Instant,
    /// Changes are not listened to before, so that lines gather. Microseconds since `origin`.
    quiet_until: AtomicU64,
    /// The follower has something to do then, whether something changed or not.
    due: AtomicU64,
}

impl Waiter {
    pub(super) fn new(changes: Option<OwnedFd>) -> io::Result<Waiter> {
        let wakes = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        let (quiet_until, due) = (AtomicU64::new(0), AtomicU64::new(0));
        Ok(Waiter(Arc::new(Shared { wakes, changes, origin: Instant::now(), quiet_until, due })))
    }

    /// Where changes are notified.
    pub(super) fn changes(&self) -> Option<BorrowedFd<'_>> {
        self.0.changes.as_ref().map(AsFd::as_fd)
    }

    /// Says when the follower wants to be called: on changes from `quiet_until` on, else at `due`.
    pub(super) fn plan(&self, quiet_until: Instant, due: Instant) {
        self.0.quiet_until.store(self.micros(quiet_until), Ordering::Relaxed);
        self.0.due.store(self.micros(due), Ordering::Relaxed);
    }

    /// Waits until the follower has something to do, [`wake`](Waiter::wake) is called, or
    /// `timeout` has passed.
    pub fn wait(&self, timeout: Duration) {
        let now = Instant::now();
        let end = now.checked_add(timeout).map_or(u64::MAX, |end| self.micros(end));
        let end = end.min(self.0.due.load(Ordering::Relaxed));
        let quiet_until = self.0.quiet_until.load(Ordering::Relaxed).min(end);
        if !self.wait_for(quiet_until, None) {
            self.wait_for(end, self.changes());
        }
    }

    /// Ends a wait, or the next one, from any thread.
    pub fn wake(&self) {
        // The only failure is a full counter, and then the waiter wakes up all the same.
        let _ = write(&self.0.wakes, &1u64.to_ne_bytes());
    }

    /// Whether something came before `end`.
    fn wait_for(&self, end: u64, changes: Option<BorrowedFd<'_>>) -> bool {
        loop {
            let left = Duration::from_micros(end.saturating_sub(self.micros(Instant::now())));
            if left.is_zero() && changes.is_none() {
                return false;
            }
            let mut fds = vec![PollFd::new(&self.0.wakes, PollFlags::IN)];
            if let Some(changes) = &changes {
                fds.push(PollFd::new(changes, PollFlags::IN));
            }
            let left = Timespec::try_from(left).ok();
            match poll(&mut fds, left.as_ref()) {
                Err(Errno::INTR) => {}
                Err(_) | Ok(0) => return false,
                Ok(_) => {
                    let _ = read(&self.0.wakes, &mut [0; 8]); // resets it; fails if it was not set
                    return true;
                }
            }
        }
    }

    fn micros(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.0.origin).as_micros()).unwrap_or(u64::MAX)
    }
}
