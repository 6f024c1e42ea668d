//! Contents that are gone: replaced in place, lost, or forgotten.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use super::follower::{Follower, unix_ms};
use super::generation::{Generation, Introduction};
use super::identity::Identity;
use super::parked::Parked;
use super::{FileId, Stage, TailSink};

/// Records of files that are gone; the oldest beyond this number are forgotten, per source.
const MAX_GONE: usize = 1000;

/// Nothing is forgotten for its age before this has passed by a clock that nobody sets: a file may be
/// between two names, and the system's clock may have been put forward by years meanwhile.
const SETTLED: Duration = Duration::from_secs(10 * 60);

impl Follower {
    /// The inode holds another content now: the old one is lost unless a copy turns up, and a new
    /// generation begins.
    pub(super) fn replace(&mut self, file: FileId, lost_bytes: u64, sink: &mut dyn TailSink) {
        let new = self.new_file_id();
        let Some(old) = self.files.get_mut(&file) else { return };
        let mut begun = Generation::new(old.record.begun_anew(), old.path.clone());
        begun.content = old.content.take();
        // Without it, a copy in the making is not known as such until the next scan.
        let _ = begun.learn_head();
        old.record.stage = Stage::Lost;
        begun.is_followed = old.is_followed;
        old.is_watched = false;
        old.loss_bytes = Some(lost_bytes);
        if let Introduction::Accepted = old.introduction {
            sink.close(file);
        }
        old.introduction = Introduction::Pending;
        let source = old.record.source.clone();
        self.by_identity.insert(Identity::recorded(&begun.record), new);
        if let Some(content) = &begun.content {
            begun.is_watched = self.watches.watch(new, content.file());
        }
        self.files.insert(new, begun);
        if let Some(source) = self.sources.iter_mut().find(|known| known.spec.name == source) {
            source.counts.truncations += 1;
        }
        self.touch(file);
        self.touch(new);
        self.enqueue(new);
        (self.scan_due, self.scan_earliest) = (Instant::now(), Instant::now());
    }

    /// Tells gaps: files that are gone and of which no copy was found.
    pub(super) fn account_for_losses(&mut self, seen: &HashSet<FileId>) {
        if self.parked.values().any(Parked::may_turn_out) {
            return;
        }
        let mut touched = Vec::new();
        for (&file, generation) in &mut self.files {
            let stage = generation.record.stage;
            let is_gone = generation.content.is_none() && !seen.contains(&file) && stage == Stage::Rotated;
            if is_gone && !self.parked.contains_key(&Identity::recorded(&generation.record)) {
                generation.record.stage = Stage::Lost;
                generation.loss_bytes = Some(generation.size.saturating_sub(generation.record.offset));
                touched.push(file);
            }
            if let Some(lost_bytes) = generation.loss_bytes.take()
                && let Some(source) =
                    self.sources.iter_mut().find(|known| known.spec.name == generation.record.source)
            {
                // Of an empty file, nothing is known to be lost.
                source.counts.gaps += u64::from(lost_bytes > 0 || generation.record.offset > 0);
                source.counts.gap_bytes += lost_bytes;
            }
        }
        for file in touched {
            self.touch(file);
        }
    }

    /// Forgets what has not been seen for long, and the oldest of too many.
    pub(super) fn forget_old(&mut self, seen: &HashSet<FileId>, sink: &mut dyn TailSink) {
        let now = unix_ms();
        let keep_ms = u64::try_from(self.options.keep_records.as_millis()).unwrap_or(u64::MAX);
        let is_settled = self.began.elapsed() >= self.options.keep_records.min(SETTLED);
        let mut gone: HashMap<&str, usize> = HashMap::new();
        let mut forgotten = Vec::new();
        for (&file, generation) in self.files.iter().rev() {
            if generation.content.is_some() || seen.contains(&file) {
                continue;
            }
            let count = gone.entry(&generation.record.source).or_default();
            *count += 1;
            let is_old = is_settled && now.saturating_sub(generation.record.updated_unix_ms) > keep_ms;
            if *count > MAX_GONE || is_old {
                forgotten.push(file);
            }
        }
        for file in forgotten {
            if let Some(generation) = self.files.remove(&file) {
                if let Introduction::Accepted = generation.introduction {
                    sink.close(file);
                }
                self.by_identity.retain(|_, owner| *owner != file);
                self.changed.insert(file);
            }
        }
    }
}
