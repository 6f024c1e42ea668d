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
use super::generation::Generation;
use super::identity::Identity;
use super::origins::{Origins, are_looked_for};
use super::parked::Parked;
use super::siblings::is_packed_name;
use super::{Encoding, FileId, Stage, TailSink};

/// A record is written anew when its file was last said to be there so long ago.
const SIGHTING_MS: u64 = 60 * 60 * 1000;

/// After a scan, the next waits this many times as long as it took, however busy the directories
/// are; but not longer than files without notification wait.
const SCAN_SHARE: u32 = 20;

impl Follower {
    /// Looks at all paths.
    pub(super) fn scan(&mut self, sink: &mut dyn TailSink) {
        let begin = Instant::now();
        self.scan_due = begin + self.options.rescan_interval;
        let specs: Vec<_> = self.sources.iter().map(|source| source.spec.clone()).collect();
        let mut discovery = discover(&specs);
        let known_paths = self.known_paths();
        discovery.find_siblings(&Origins::new(self.live_paths(&discovery), &specs), &specs);
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
        let mut turn = Turn { claims: Claims::None, newest: self.new_file_id(), seen };
        for mut found in arrivals {
            let is_first = match found.role {
                Role::Sibling => found.origin.as_ref().is_none_or(|origin| {
                    let looked_for = &self.sources[found.source].looked_for;
                    !known_paths.contains(origin) && !are_looked_for(looked_for, origin)
                }),
                Role::Named => self.sources[found.source].is_new,
            };
            found.sight = match self.parked.get(&found.identity) {
                Some(parked) => parked.found.sight,
                None if is_first => Sight::First,
                None => Sight::Later,
            };
            self.arrive(found, &mut turn);
        }
        if !self.parked.values().any(Parked::may_turn_out) {
            for claims in [Claims::Whole, Claims::Shorter] {
                turn.claims = claims;
                let mut parked: Vec<_> = self.parked.values().collect();
                parked.sort_by_key(|parked| Reverse(parked.content_bytes()));
                let parked: Vec<_> = parked.into_iter().map(|parked| parked.found.clone()).collect();
                for found in parked {
                    self.arrive(found, &mut turn);
                }
            }
        }
        let seen = turn.seen;
        self.account_for_losses(&seen);
        self.forget_old(&seen, sink);
        self.withdraw_errors();
        for source in &mut self.sources {
            source.is_new = false;
            source.looked_for.clone_from(&source.spec.paths);
        }
        if !self.watches.watch_directories(&discovery.directories) || self.has_closed_files() {
            self.scan_due = begin + self.options.poll_interval.min(self.options.rescan_interval);
        }
        let pause = (begin.elapsed() * SCAN_SHARE).min(self.options.poll_interval);
        self.scan_earliest = Instant::now() + pause;
    }

    /// Paths under which files were found before this scan. What was rotated away from others that
    /// were not even looked for was there before they were followed.
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
        for source in &mut self.sources {
            source.recent_errors.clear();
        }
        for (source, error) in discovery.errors.drain(..) {
            self.sources[source].fail(error);
        }
    }

    /// Forgets errors that did not come up again.
    fn withdraw_errors(&mut self) {
        for source in &mut self.sources {
            let of_source = self.files.values().filter(|known| known.record.source == source.spec.name);
            source.recent_errors.extend(of_source.filter_map(Generation::error));
            source.errors.clone_from(&source.recent_errors);
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
        generation.is_followed = true;
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
        if is_to_be_read || record.stage == Stage::Rotated || generation.problem.is_some() {
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
                Some(true) => {
                    self.let_go(file);
                    if let Some(generation) = self.files.get_mut(&file) {
                        generation.is_followed = false;
                    }
                }
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

    /// Followed files whose descriptors were closed are found to grow by looking at their paths.
    fn has_closed_files(&self) -> bool {
        self.files
            .values()
            .any(|known| known.is_followed && known.record.stage == Stage::Open && known.content.is_none())
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
