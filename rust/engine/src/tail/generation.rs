//! One generation of a file, followed or only remembered.

use std::fs::File;
use std::io;
use std::mem;
use std::path::PathBuf;
use std::time::Instant;

use super::content::{Plain, read_at};
use super::fingerprint::Likeness;
use super::identity::Stamp;
use super::packed::{Digest, Packed};
use super::{Encoding, FileRecord, Fingerprint, LineState};

/// Content that is open.
pub(super) enum Content {
    Plain(File),
    Packed(Box<Packed>),
}

impl Content {
    /// The file as it is stored.
    pub(super) fn file(&self) -> &File {
        match self {
            Content::Plain(file) => file,
            Content::Packed(packed) => packed.file(),
        }
    }

    pub(super) fn read_at(&mut self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        match self {
            Content::Plain(file) => read_at(file, buffer, at),
            Content::Packed(packed) => packed.read_at(buffer, at),
        }
    }
}

/// A file that was opened to be read.
pub(super) enum Opened {
    Plain(File),
    Packed(File, Encoding, Digest),
}

/// Whether the sink takes a file's lines.
pub(super) enum Introduction {
    /// It was not asked yet.
    Pending,
    Accepted,
    /// It refused, in words, when the file was like this.
    Refused(String, Stamp),
}

/// A generation of a file, followed or only remembered.
pub(super) struct Generation {
    pub record: FileRecord,
    /// Where it was seen last.
    pub path: PathBuf,
    pub content: Option<Content>,
    /// The file at the last look.
    pub stamp: Stamp,
    /// Bytes of content at the last look.
    pub size: u64,
    /// When it was seen to grow last.
    pub grown: Instant,
    /// Since when there have been whole lines ahead.
    pub behind_since: Option<Instant>,
    pub introduction: Introduction,
    /// What keeps it from being read, in words.
    pub problem: Option<String>,
    /// Changes of it are notified.
    pub is_watched: bool,
    /// The sources lead to it.
    pub is_followed: bool,
    /// It waits in the queue of files to be looked at.
    pub is_queued: bool,
    /// Bytes that are gone, and were not told as a gap because a copy may yet turn up.
    pub loss_bytes: Option<u64>,
    pub probe: Probe,
}

/// What is known of content that cannot be consumed yet.
#[derive(Clone, Copy)]
pub(super) enum Probe {
    Unknown,
    /// From the offset to here there is no end of a line.
    Line(u64),
    /// From the offset to here there are only NULs.
    Nuls(u64),
}

impl Generation {
    pub(super) fn new(record: FileRecord, path: PathBuf) -> Generation {
        Generation {
            size: record.offset,
            record,
            path,
            content: None,
            stamp: Stamp::default(),
            grown: Instant::now(),
            behind_since: None,
            introduction: Introduction::Pending,
            problem: None,
            is_watched: false,
            is_followed: false,
            is_queued: false,
            loss_bytes: None,
            probe: Probe::Unknown,
        }
    }

    /// What keeps it from being read, with the place.
    pub(super) fn error(&self) -> Option<String> {
        self.problem.as_ref().map(|problem| format!("{}: {problem}", self.path.display()))
    }

    /// How the open content relates to what is recorded of it.
    pub(super) fn likeness(&self) -> io::Result<Likeness> {
        match &self.content {
            Some(Content::Plain(_)) if self.record.offset == 0 => Ok(Likeness::Same),
            Some(Content::Plain(file)) => {
                let mut sample = Plain::new(file, self.size);
                self.record.print.compare(self.record.offset, &mut sample)
            }
            // What is compressed does not grow: it was surveyed as a whole.
            Some(Content::Packed(packed)) => {
                let same = Stamp::of(&packed.file().metadata()?) == self.stamp;
                Ok(if same { Likeness::Same } else { Likeness::Different })
            }
            None => Ok(Likeness::Same),
        }
    }

    /// Takes in how the file looks now; answers how it looked before.
    pub(super) fn see(&mut self, stamp: Stamp) -> Stamp {
        if stamp.size != self.size {
            self.grown = Instant::now();
        }
        self.size = stamp.size;
        mem::replace(&mut self.stamp, stamp)
    }

    /// Learns by what a copy of the file would be known, though nothing of it was consumed yet.
    /// Whether the record changed.
    pub(super) fn learn_head(&mut self) -> io::Result<bool> {
        let Some(Content::Plain(file)) = &self.content else { return Ok(false) };
        let print = Fingerprint::of(&mut Plain::new(file, file.metadata()?.len()), 0)?;
        let is_changed = self.record.print != print;
        self.record.print = print;
        Ok(is_changed)
    }

    /// Takes the file's end for the position. What is appended to a line that was cut belongs to a
    /// line that was counted.
    pub(super) fn cut_back(&mut self) -> io::Result<()> {
        let Some(Content::Plain(file)) = &self.content else { return Ok(()) };
        let mut last = [b'\n'];
        read_at(file, &mut last, self.size.saturating_sub(1))?;
        self.record.print = Fingerprint::of(&mut Plain::new(file, self.size), self.size)?;
        self.record.offset = self.size;
        self.record.at = if last == *b"\n" { LineState::Start } else { LineState::WithinCounted };
        Ok(())
    }

    /// Takes an open file for the content.
    pub(super) fn receive(&mut self, opened: Opened) -> io::Result<()> {
        match opened {
            Opened::Plain(file) => {
                self.stamp = Stamp::default();
                self.size = file.metadata()?.len();
                self.record.encoding = Encoding::Plain;
                self.content = Some(Content::Plain(file));
            }
            Opened::Packed(file, encoding, digest) => {
                self.stamp = Stamp::of(&file.metadata()?);
                self.size = digest.size;
                self.record.encoding = encoding;
                self.content = Some(Content::Packed(Box::new(Packed::new(file, encoding)?)));
            }
        }
        Ok(())
    }
}
