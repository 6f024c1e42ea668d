//! Looking at all paths: which files appeared, moved, or went?

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::arrive::{Claims, Turn};
use super::discover::{Discovery, Found, Role, Sight, discover};
use super::follower::{Follower, unix_ms};
use super::generation::{Generation, Introduction};
use super::identity::Identity;
use super::packed::{Digest, Survey};
use super::siblings::is_packed_name;
use super::{Encoding, FileId, Stage, TailSink};

/// A record is written anew when its file was last said to be there so long ago.
const SIGHTING_MS: u64 = 60 * 60 * 1000;

/// Records of files that are gone; the oldest beyond this number are forgotten, per source.
const MAX_GONE: usize = 1000;

/// After a scan, the next waits this many times as long as it took, however busy the directories
/// are; but not longer than files without notification wait.
const SCAN_SHARE: u32 = 20;

/// A file that is not read for now.
pub(super) struct Parked {
    pub found: Found,
    /// Why, in words.
    pub reason: String,
    /// Since when it has looked like this.
    pub since: Instant,
    /// The file that it begins like.
    pub copy_of: Option<FileId>,
    /// What it holds, if it is compressed.
    pub survey: Surveyed,
}

impl Parked {
    /// Whether it is not known yet what it holds.
    fn may_turn_out(&self) -> bool {
        self.reason.is_empty()
    }
}

/// How far a compressed file is known.
pub(super) enum Surveyed {
    /// Not compressed, or not complete yet.
    No,
    Going(Box<Survey>),
    Done(Digest),
}

impl Follower {
    /// Looks at all paths.
    pub(super) fn scan(&mut self, sink: &mut dyn TailSink) {
        let begin = Instant::now();
        self.scan_due = begin + self.options.rescan_interval;
        let specs: Vec<_> = self.sources.iter().map(|source| source.spec.clone()).collect();
        let mut discovery = discover(&specs);
        let known_paths = self.known_paths();
        discovery.find_siblings(&self.live_paths(&discovery));
        self.report(&mut discovery);

        let mut seen = HashSet::new();
        let mut arrivals = Vec::new();
        for found in std::mem::take(&mut discovery.files) {
            match self.by_identity.get(&found.identity) {
                Some(&file) if !self.must_be_surveyed(file) => {
                    seen.insert(file);
                    self.attach(file, &found);
                }
                _ => arrivals.push(found),
            }
        }
        self.detach(&seen);
        self.parked.retain(|identity, _| arrivals.iter().any(|found| found.identity == *identity));
        // An original before its copies, and what is not compressed before what is.
        arrivals.sort_by_key(|found| {
            (is_packed_name(&found.paths[0]), Reverse(found.stamp.size), found.origin.is_some())
        });
        if !arrivals.is_empty() {
            self.verify_all(&seen, sink);
            // What an inode holds now may be another generation.
            let owner =
                |file: &FileId| self.by_identity.get(&Identity::recorded(&self.files[file].record)).copied();
            seen = seen.iter().filter_map(owner).collect();
        }
        let mut turn = Turn { claims: Claims::Whole, newest: self.new_file_id(), seen };
        for mut found in arrivals {
            let is_first = match found.role {
                Role::Sibling => found.origin.as_ref().is_none_or(|origin| !known_paths.contains(origin)),
                Role::Named => self.sources[found.source].is_new,
            };
            found.sight = if is_first { Sight::First } else { Sight::Later };
            self.arrive(found, &mut turn);
        }
        if !self.parked.values().any(Parked::may_turn_out) {
            turn.claims = Claims::Shorter;
            let parked: Vec<_> = self.parked.values().map(|parked| parked.found.clone()).collect();
            for found in parked {
                self.arrive(found, &mut turn);
            }
        }
        let seen = turn.seen;
        self.account_for_losses(&seen);
        self.forget_old(&seen, sink);
        for source in &mut self.sources {
            source.is_new = false;
        }
        if !self.watches.watch_directories(&discovery.directories) || self.has_closed_files() {
            self.scan_due = begin + self.options.poll_interval.min(self.options.rescan_interval);
        }
        let pause = (begin.elapsed() * SCAN_SHARE).min(self.options.poll_interval);
        self.scan_earliest = Instant::now() + pause;
    }

    /// Paths under which files were found before this scan. What was rotated away from others
    /// was there before they were followed.
    fn known_paths(&self) -> HashSet<PathBuf> {
        self.files.values().map(|known| PathBuf::from(&known.record.path)).collect()
    }

    /// Paths that files are written under, each with its source.
    fn live_paths(&self, discovery: &Discovery) -> HashMap<PathBuf, usize> {
        let recorded = self
            .files
            .values()
            .filter_map(|known| Some((PathBuf::from(&known.record.path), self.source_of(known)?)));
        let found = discovery.files.iter().map(|found| (found.paths[0].clone(), found.source));
        recorded.chain(found).collect()
    }

    /// Takes in what is not a file, or could not be looked at.
    fn report(&mut self, discovery: &mut Discovery) {
        self.irregular = std::mem::take(&mut discovery.irregular);
        for (index, source) in self.sources.iter_mut().enumerate() {
            if !discovery.errors.iter().any(|(failed, _)| *failed == index)
                && !self
                    .files
                    .values()
                    .any(|known| known.problem.is_some() && known.record.source == source.spec.name)
            {
                source.error = None;
            }
        }
        for (source, error) in &discovery.errors {
            self.sources[*source].fail(error.clone());
        }
    }

    /// A compressed file must be found complete before it is read, also after a restart.
    fn must_be_surveyed(&self, file: FileId) -> bool {
        let known = &self.files[&file];
        known.record.encoding != Encoding::Plain
            && known.content.is_none()
            && known.record.stage != Stage::Finished
    }

    /// A file that is known was found, maybe under another name.
    fn attach(&mut self, file: FileId, found: &Found) {
        let source_name = self.sources[found.source].spec.name.clone();
        let Some(generation) = self.files.get_mut(&file) else { return };
        let record = &mut generation.record;
        generation.path.clone_from(&found.paths[0]);
        let mut is_changed = unix_ms().abs_diff(record.updated_unix_ms) > SIGHTING_MS;
        if found.role == Role::Named && record.source != source_name {
            record.source = source_name;
            is_changed = true;
        }
        if generation.content.is_none() && record.encoding == Encoding::Plain {
            generation.size = found.stamp.size;
        }
        let is_elsewhere = !found.paths.iter().any(|path| path.to_string_lossy() == record.path.as_str());
        if record.stage == Stage::Open && is_elsewhere {
            record.stage = Stage::Rotated;
            self.sources[found.source].counts.rotations += 1;
            is_changed = true;
        }
        let is_to_be_read = match record.stage {
            Stage::Finished => record.encoding == Encoding::Plain && found.stamp.size != record.offset,
            Stage::Open | Stage::Rotated | Stage::Lost => {
                generation.stamp != found.stamp
                    || generation.content.is_none() && found.stamp.size != record.offset
            }
        };
        let is_back = record.stage == Stage::Finished && is_to_be_read || record.stage == Stage::Lost;
        if is_back {
            record.stage = Stage::Rotated;
            is_changed = true;
        }
        if is_to_be_read || record.stage == Stage::Rotated {
            self.enqueue(file);
        }
        if is_changed {
            self.touch(file);
        }
    }

    /// Notices which files hold another content now, before others are compared with them.
    fn verify_all(&mut self, seen: &HashSet<FileId>, sink: &mut dyn TailSink) {
        let is_read = |stage| matches!(stage, Stage::Open | Stage::Rotated);
        let files = self.files.iter().filter(|(file, known)| {
            is_read(known.record.stage) && (known.content.is_some() || seen.contains(file))
        });
        let files: Vec<_> = files.map(|(&file, _)| file).collect();
        for file in files {
            match self.open(file) {
                Ok(false) => {}
                Ok(true) => {
                    if let Err(error) = self.is_same(file, sink) {
                        self.fail(file, &error);
                    }
                }
                Err(error) => self.fail(file, &error),
            }
        }
    }

    /// Files that no path led to: were they renamed, unlinked, or are they not to be followed?
    fn detach(&mut self, seen: &HashSet<FileId>) {
        let away: Vec<_> = self
            .files
            .iter()
            .filter(|(file, known)| known.record.stage == Stage::Open && !seen.contains(file))
            .map(|(&file, known)| {
                (file, PathBuf::from(&known.record.path), Identity::recorded(&known.record))
            })
            .collect();
        for (file, path, identity) in away {
            match leads_to(&path, identity) {
                Some(true) => self.let_go(file),
                Some(false) => {
                    let Some(generation) = self.files.get_mut(&file) else { continue };
                    generation.record.stage = Stage::Rotated;
                    let source = generation.record.source.clone();
                    if let Some(source) = self.sources.iter_mut().find(|known| known.spec.name == source) {
                        source.counts.rotations += 1;
                    }
                    self.touch(file);
                    self.enqueue(file);
                }
                None => {}
            }
        }
    }

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
    fn account_for_losses(&mut self, seen: &HashSet<FileId>) {
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
    fn forget_old(&mut self, seen: &HashSet<FileId>, sink: &mut dyn TailSink) {
        let now = unix_ms();
        let keep_ms = u64::try_from(self.options.keep_records.as_millis()).unwrap_or(u64::MAX);
        let mut gone: HashMap<&str, usize> = HashMap::new();
        let mut forgotten = Vec::new();
        for (&file, generation) in self.files.iter().rev() {
            if generation.content.is_some() || seen.contains(&file) {
                continue;
            }
            let count = gone.entry(&generation.record.source).or_default();
            *count += 1;
            if *count > MAX_GONE || now.saturating_sub(generation.record.updated_unix_ms) > keep_ms {
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

    /// Followed files whose descriptors were closed are found to grow by looking at their paths.
    fn has_closed_files(&self) -> bool {
        self.files.values().any(|known| known.record.stage == Stage::Open && known.content.is_none())
    }

    /// Goes on with reading compressed files for the first time. Whether there is more to do.
    pub(super) fn survey(&mut self) -> bool {
        let mut is_going = false;
        for parked in self.parked.values_mut() {
            let Surveyed::Going(survey) = &mut parked.survey else { continue };
            match survey.step(self.options.batch_bytes * 4) {
                Ok(None) => {
                    is_going = true;
                    break;
                }
                Ok(Some(digest)) => {
                    parked.survey = Surveyed::Done(digest);
                    (self.scan_due, self.scan_earliest) = (Instant::now(), Instant::now());
                    is_going = true;
                    break;
                }
                Err(error) => {
                    parked.reason = if error.kind() == ErrorKind::InvalidData {
                        format!("not complete: {error}")
                    } else {
                        error.to_string()
                    };
                    parked.survey = Surveyed::No;
                }
            }
        }
        is_going
    }
}

/// Whether a path leads to this inode; `None` if that cannot be told now.
pub(super) fn leads_to(path: &Path, identity: Identity) -> Option<bool> {
    match fs::metadata(path) {
        Ok(metadata) => Some(Identity::of(&metadata) == identity),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Some(false),
        Err(error) if error.raw_os_error() == Some(libc::ELOOP) => Some(false),
        Err(_) => None,
    }
}
