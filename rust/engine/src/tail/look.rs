//! Looking at one file: has it grown, is it still the same, is it finished?

use std::fs;
use std::io;
use std::time::{Duration, Instant};

use super::content::open_regular;
use super::fingerprint::Likeness;
use super::follower::Follower;
use super::generation::{Content, Generation, Introduction};
use super::identity::{Identity, Stamp};
use super::lease::{Writers, writers};
use super::read::Reading;
use super::{Encoding, FileId, Stage, TailSink};
use crate::input::describe;

impl Follower {
    /// Reads at most one batch of a file. Answers how many bytes were consumed.
    pub(super) fn look(&mut self, file: FileId, sink: &mut dyn TailSink) -> u64 {
        let Some(generation) = self.files.get_mut(&file) else { return 0 };
        generation.is_queued = false;
        let before = generation.record.offset;
        match self.try_look(file, sink) {
            Ok(()) => {
                if let Some(generation) = self.files.get_mut(&file) {
                    generation.problem = match &generation.introduction {
                        Introduction::Refused(reason, _) => Some(reason.clone()),
                        Introduction::Pending | Introduction::Accepted => None,
                    };
                }
            }
            Err(error) => self.fail(file, &error),
        }
        let after = self.files.get(&file).map_or(before, |generation| generation.record.offset);
        if after != before {
            self.touch(file);
        }
        after.saturating_sub(before)
    }

    fn try_look(&mut self, file: FileId, sink: &mut dyn TailSink) -> io::Result<()> {
        if !self.open(file)? {
            return Ok(());
        }
        let Some(generation) = self.files.get_mut(&file) else { return Ok(()) };
        let Some(source) =
            self.sources.iter().position(|source| source.spec.name == generation.record.source)
        else {
            return Ok(());
        };
        let Some(content) = &generation.content else { return Ok(()) };
        let stamp = Stamp::of(&content.file().metadata()?);
        if let Introduction::Refused(_, refused) = &generation.introduction {
            if *refused == stamp {
                return Ok(());
            }
            generation.introduction = Introduction::Pending;
        }
        if generation.record.encoding == Encoding::Plain {
            let was = generation.see(stamp);
            let may_differ = stamp.size <= generation.record.offset && stamp != was;
            if may_differ && !self.is_same(file, sink)? {
                return Ok(());
            }
        }
        let Some(generation) = self.files.get_mut(&file) else { return Ok(()) };
        match generation.read(file, source, &self.options, &mut self.window, sink)? {
            Reading::Advanced => {
                generation.behind_since.get_or_insert_with(Instant::now);
                if generation.record.offset < generation.size {
                    self.enqueue(file);
                } else {
                    generation.behind_since = None;
                    self.finish_if_left(file, source, sink)?;
                }
            }
            Reading::Waits => {
                generation.behind_since = None;
                self.finish_if_left(file, source, sink)?;
            }
            Reading::Changed => {
                if self.is_same(file, sink)? {
                    self.enqueue(file); // it was caught in the middle of a change
                }
            }
            Reading::Refused => {
                if let Introduction::Refused(reason, _) = &generation.introduction {
                    let path = generation.path.display();
                    self.sources[source].fail(format!("{path}: {reason}"));
                }
            }
        }
        Ok(())
    }

    /// Opens a file whose descriptor was closed for others, if its path still leads to it.
    pub(super) fn open(&mut self, file: FileId) -> io::Result<bool> {
        let Some(generation) = self.files.get_mut(&file) else { return Ok(false) };
        if generation.content.is_some() {
            return Ok(true);
        }
        if !generation.is_followed || matches!(generation.record.stage, Stage::Finished | Stage::Lost) {
            return Ok(false);
        }
        // What is compressed is surveyed first.
        if generation.record.encoding != Encoding::Plain {
            self.scan_due = Instant::now();
            return Ok(false);
        }
        let opened = match open_regular(&generation.path) {
            Err(error) if is_out_of_descriptors(&error) => {
                let path = generation.path.clone();
                self.close_quietest(file);
                open_regular(&path)?
            }
            other => other?,
        };
        let Some(generation) = self.files.get_mut(&file) else { return Ok(false) };
        if Identity::of(&opened.metadata()?) != Identity::recorded(&generation.record) {
            self.scan_due = Instant::now();
            return Ok(false);
        }
        generation.stamp = Stamp::default();
        generation.is_watched = self.watches.watch(file, &opened);
        generation.content = Some(Content::Plain(opened));
        if self.open_files() > self.options.max_open_files {
            self.close_quietest(file);
        }
        Ok(true)
    }

    pub(super) fn open_files(&self) -> usize {
        self.files.values().filter(|known| known.content.is_some()).count()
    }

    /// Closes the file that has not grown for longest, but not `except`. It is found by its path
    /// when it does.
    pub(super) fn close_quietest(&mut self, except: FileId) {
        let is_quiet = |known: &Generation| {
            known.record.stage == Stage::Open
                && known.record.encoding == Encoding::Plain
                && !known.is_queued
                && known.content.is_some()
                && known.behind_since.is_none()
        };
        let quiet = self.files.iter().filter(|&(&file, known)| file != except && is_quiet(known));
        if let Some(file) = quiet.min_by_key(|(_, known)| known.grown).map(|(&file, _)| file) {
            self.let_go(file);
        }
    }

    /// Whether the inode still holds what was read of it. If not, a new generation begins.
    pub(super) fn is_same(&mut self, file: FileId, sink: &mut dyn TailSink) -> io::Result<bool> {
        let Some(generation) = self.files.get_mut(&file) else { return Ok(false) };
        let Some(content) = &generation.content else { return Ok(false) };
        let stamp = Stamp::of(&content.file().metadata()?);
        let last_size = generation.size;
        if generation.record.encoding == Encoding::Plain {
            generation.see(stamp);
        }
        if generation.record.offset == 0 && generation.learn_head()? {
            self.changed.insert(file);
        }
        match generation.likeness()? {
            Likeness::Same => Ok(true),
            // After a power failure, the end that the log's writer had not synced is gone.
            Likeness::Shorter => {
                generation.cut_back()?;
                self.touch(file);
                Ok(true)
            }
            Likeness::Different | Likeness::Unclear if generation.record.encoding != Encoding::Plain => {
                self.let_go(file);
                self.scan_due = Instant::now();
                Ok(false)
            }
            Likeness::Different | Likeness::Unclear => {
                let lost_bytes = last_size.saturating_sub(generation.record.offset);
                self.replace(file, lost_bytes, sink);
                Ok(false)
            }
        }
    }

    /// Finishes a renamed or unlinked file if nobody writes to it any more, and a compressed one.
    fn finish_if_left(&mut self, file: FileId, source: usize, sink: &mut dyn TailSink) -> io::Result<()> {
        let Some(generation) = self.files.get_mut(&file) else { return Ok(()) };
        let Some(content) = &generation.content else { return Ok(()) };
        match content {
            Content::Plain(_) if generation.record.stage != Stage::Rotated => return Ok(()),
            Content::Plain(open) => {
                if !is_left(open, generation.grown, self.options.rotate_wait) {
                    return Ok(());
                }
                // In this order: what was written before the last writer went is seen now.
                let stamp = Stamp::of(&open.metadata()?);
                if stamp.size != generation.size {
                    self.enqueue(file);
                    return Ok(());
                }
            }
            Content::Packed(_) => {}
        }
        match generation.read_last_line(file, source, &mut self.window, sink)? {
            Reading::Changed => self.enqueue(file),
            Reading::Refused => {}
            Reading::Advanced | Reading::Waits => {
                generation.record.stage = Stage::Finished;
                if let Introduction::Accepted = generation.introduction {
                    sink.close(file);
                }
                generation.introduction = Introduction::Pending;
                self.let_go(file);
                self.touch(file);
            }
        }
        Ok(())
    }

    /// Notes what keeps a file from being read. It is tried again with the next scan.
    pub(super) fn fail(&mut self, file: FileId, error: &io::Error) {
        if is_out_of_descriptors(error) {
            self.close_quietest(file);
        }
        let Some(generation) = self.files.get_mut(&file) else { return };
        let is_gone = error.kind() == io::ErrorKind::NotFound;
        if is_gone {
            self.scan_due = Instant::now();
            return;
        }
        let problem = describe(error);
        let path = generation.path.display().to_string();
        generation.problem = Some(problem.clone());
        let source = self.sources.iter_mut().find(|source| source.spec.name == generation.record.source);
        if let Some(source) = source {
            source.fail(format!("{path}: {problem}"));
        }
        self.scan_due = self.scan_due.min(Instant::now() + self.options.poll_interval);
    }
}

/// Whether nobody will write to a file that has no name, or another one.
pub(super) fn is_left(file: &fs::File, grown: Instant, rotate_wait: Duration) -> bool {
    match writers(file) {
        Writers::None => true,
        Writers::Some => false,
        Writers::Unknown => grown.elapsed() >= rotate_wait,
    }
}

pub(super) fn is_out_of_descriptors(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE))
}
