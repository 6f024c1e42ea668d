//! Beginning to follow a file, or going on with a known content in another one.

use std::io;

use super::arrive::Turn;
use super::discover::{Found, Role, Sight};
use super::follower::{Follower, unix_ms};
use super::generation::{Generation, Opened};
use super::identity::Identity;
use super::{Encoding, FileId, FileRecord, Fingerprint, LineState, ReadFrom, Stage};

impl Follower {
    /// Lets a file take the place of the one whose content it continues.
    pub(super) fn adopt(
        &mut self,
        original: FileId,
        found: &Found,
        opened: Opened,
        turn: &mut Turn,
    ) -> io::Result<()> {
        let Some(generation) = self.files.get_mut(&original) else { return Ok(()) };
        self.by_identity.retain(|_, owner| *owner != original);
        self.parked.remove(&found.identity);
        let record = &mut generation.record;
        let identity = found.identity;
        (record.device, record.inode, record.birth_ns) = (identity.device, identity.inode, identity.birth_ns);
        generation.path.clone_from(&found.paths[0]);
        generation.loss_bytes = None;
        let is_at_its_place = generation.path.to_string_lossy() == record.path.as_str();
        record.stage = if is_at_its_place { Stage::Open } else { Stage::Rotated };
        generation.receive(opened)?;
        if generation.size < generation.record.offset {
            generation.cut_back()?;
        }
        self.take_up(original, identity, turn);
        Ok(())
    }

    /// Begins to follow a file.
    pub(super) fn begin(
        &mut self,
        found: &Found,
        encoding: Encoding,
        opened: Opened,
        turn: &mut Turn,
    ) -> io::Result<()> {
        let file = self.new_file_id();
        self.parked.remove(&found.identity);
        let path = found.origin.as_ref().filter(|_| found.role == Role::Sibling).unwrap_or(&found.paths[0]);
        let stage = match (found.role, found.sight) {
            (Role::Named, _) if found.origin.is_none() => Stage::Open,
            (Role::Named, _) | (Role::Sibling, Sight::Later) => Stage::Rotated,
            (Role::Sibling, Sight::First) => Stage::Finished,
        };
        let source = &self.sources[found.source].spec;
        let record = FileRecord {
            source: source.name.clone(),
            path: path.to_string_lossy().into_owned(),
            stage,
            offset: 0,
            at: LineState::Start,
            encoding,
            device: found.identity.device,
            inode: found.identity.inode,
            birth_ns: found.identity.birth_ns,
            print: Fingerprint::default(),
            updated_unix_ms: unix_ms(),
        };
        let starts_at_end =
            stage == Stage::Finished || found.sight == Sight::First && source.read_from == ReadFrom::End;
        let mut generation = Generation::new(record, found.paths[0].clone());
        match opened {
            // What it holds is not known; its inode is.
            Opened::Plain(_) if encoding != Encoding::Plain => {}
            Opened::Packed(_, _, ref digest) if starts_at_end => {
                generation.record.print = Fingerprint::of(&mut digest.clone(), digest.size)?;
                generation.record.offset = digest.size;
                generation.receive(opened)?;
            }
            Opened::Packed(..) => generation.receive(opened)?,
            Opened::Plain(_) => {
                generation.receive(opened)?;
                generation.learn_head()?;
                if starts_at_end {
                    generation.cut_back()?;
                }
            }
        }
        if stage == Stage::Finished {
            generation.content = None;
        }
        self.files.insert(file, generation);
        self.take_up(file, found.identity, turn);
        Ok(())
    }

    fn take_up(&mut self, file: FileId, identity: Identity, turn: &mut Turn) {
        self.by_identity.insert(identity, file);
        turn.seen.insert(file);
        let Some(generation) = self.files.get_mut(&file) else { return };
        generation.is_followed = true;
        if let Some(content) = &generation.content {
            generation.is_watched = self.watches.watch(file, content.file());
            self.enqueue(file);
        }
        self.touch(file);
        let record = &self.files[&file].record;
        let may_be_closed = record.stage == Stage::Open && record.encoding == Encoding::Plain;
        if may_be_closed && self.open_files() > self.options.max_open_files {
            self.let_go(file); // until it is its turn to be read
        }
    }
}

impl FileRecord {
    /// The record of what the same inode holds after it was truncated.
    pub(super) fn begun_anew(&self) -> FileRecord {
        FileRecord {
            stage: if self.stage == Stage::Open { Stage::Open } else { Stage::Rotated },
            offset: 0,
            at: LineState::Start,
            print: Fingerprint::default(),
            updated_unix_ms: unix_ms(),
            ..self.clone()
        }
    }
}
