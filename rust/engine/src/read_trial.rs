//! Which way of reading plain files is the faster one here.
//!
//! To map a file costs the more the smaller the pieces are in which the kernel caches it: single pages, if a server
//! wrote it line by line, or many at once. No system call tells. To copy it costs about the same everywhere. So a
//! run reads its first ranges both ways, in turns, and the others as was faster.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use crate::ReadMode;

/// Ranges that are read to find out, in turns: what a run does for the first time makes the first one slow.
const TRIALS: [ReadMode; 4] = [ReadMode::Mapped, ReadMode::Copied, ReadMode::Copied, ReadMode::Mapped];

/// Shorter ranges say too little.
const LEAST_BYTES: u64 = 4 << 20;

/// What a run found out.
#[derive(Debug)]
pub(crate) struct ReadTrial {
    /// Trials that were begun.
    begun: AtomicUsize,
    /// The least picoseconds a byte, mapped and copied.
    least: [AtomicU64; 2],
}

impl ReadTrial {
    pub(crate) fn new() -> ReadTrial {
        ReadTrial { begun: AtomicUsize::new(0), least: [const { AtomicU64::new(u64::MAX) }; 2] }
    }

    /// How the next range of so many bytes is to be read.
    pub(crate) fn mode(&self, bytes: u64) -> ReadMode {
        let trial =
            if bytes < LEAST_BYTES { TRIALS.len() } else { self.begun.fetch_add(1, Ordering::Relaxed) };
        TRIALS.get(trial).copied().unwrap_or_else(|| {
            let [mapped, copied] = &self.least;
            let is_copied = copied.load(Ordering::Relaxed) < mapped.load(Ordering::Relaxed);
            if is_copied { ReadMode::Copied } else { ReadMode::Mapped }
        })
    }

    /// Takes note of how long such a range took.
    pub(crate) fn note(&self, mode: ReadMode, bytes: u64, took: Duration) {
        if bytes >= LEAST_BYTES {
            let picoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX).saturating_mul(1000) / bytes;
            self.least[usize::from(mode == ReadMode::Copied)].fetch_min(picoseconds, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The modes of `ranges` ranges of `bytes` bytes, if these take so long.
    fn modes(ranges: usize, bytes: u64, mapped: u64, copied: u64) -> Vec<ReadMode> {
        let trial = ReadTrial::new();
        (0..ranges)
            .map(|_| {
                let mode = trial.mode(bytes);
                let took = if mode == ReadMode::Copied { copied } else { mapped };
                trial.note(mode, bytes, Duration::from_millis(took));
                mode
            })
            .collect()
    }

    #[test]
    fn ranges_are_read_as_was_faster() {
        for (mapped, copied, faster) in [(5, 6, ReadMode::Mapped), (6, 5, ReadMode::Copied)] {
            let modes = modes(8, LEAST_BYTES, mapped, copied);
            assert_eq!((&modes[..4], &modes[4..]), (&TRIALS[..], &[faster; 4][..]));
        }
    }

    #[test]
    fn short_ranges_are_no_trials() {
        assert_eq!(modes(6, LEAST_BYTES - 1, 6, 5), [ReadMode::Mapped; 6]);
    }
}
