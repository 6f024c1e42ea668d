//! Content that can only be read from beginning to end: pipes, devices, compressed files.

use std::fs::File;
use std::io::{self, Cursor, ErrorKind, Read};
use std::sync::Arc;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::decompress::{Compression, Decompressor};
use crate::job::RunState;

/// How often a wait for a silent pipe looks whether the run was ended.
const WAIT_STEP: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };

const NO_WAIT: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

/// Whether reading may have to wait for a writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// A file: its bytes are there.
    None,
    /// A pipe, terminal or device: wait, but end when the run does.
    Wait,
}

/// Decompressed content of an input.
pub(crate) struct Stream<'a> {
    content: Box<dyn Read + Send + 'a>,
    compression: Option<Compression>,
    raw: Arc<RawFile>,
}

impl<'a> Stream<'a> {
    /// Reads `file` from its current position on. Ends early when the run does.
    ///
    /// # Errors
    /// What the operating system says about the file.
    pub(crate) fn new(file: File, patience: Patience, run: &'a RunState<'a>) -> io::Result<Stream<'a>> {
        let raw = Arc::new(RawFile { file, patience });
        let mut reader = RawReader { raw: Arc::clone(&raw), run };
        let mut magic = Vec::with_capacity(Compression::MAGIC_BYTES);
        let magic_bytes = Compression::MAGIC_BYTES as u64;
        reader.by_ref().take(magic_bytes).read_to_end(&mut magic)?;
        let compression = Compression::detect(&magic);
        let whole = Cursor::new(magic).chain(reader);
        let content: Box<dyn Read + Send + 'a> = match compression {
            None => Box::new(whole),
            Some(compression) => Box::new(Decompressor::new(compression, whole)?),
        };
        Ok(Stream { content, compression, raw })
    }

    /// Whether reading takes a processor's time and never has to wait.
    pub(crate) fn is_compressed_file(&self) -> bool {
        self.compression.is_some() && self.raw.patience == Patience::None
    }

    /// Whether the next read would have to wait for a writer.
    pub(crate) fn would_wait(&self) -> bool {
        self.raw.patience == Patience::Wait && !self.raw.is_ready(&NO_WAIT)
    }
}

impl Read for Stream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.content.read(buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                other => return other,
            }
        }
    }
}

struct RawFile {
    file: File,
    patience: Patience,
}

impl RawFile {
    /// Whether there are bytes, an end or an error to be read, within the given time.
    fn is_ready(&self, wait: &Timespec) -> bool {
        let mut fds = [PollFd::new(&self.file, PollFlags::IN)];
        // A failed poll says nothing; the read that follows will tell.
        !matches!(poll(&mut fds, Some(wait)), Ok(0) | Err(rustix::io::Errno::INTR))
    }
}

/// A file's bytes as they are; waits for writers, and ends when the run does.
struct RawReader<'a> {
    raw: Arc<RawFile>,
    run: &'a RunState<'a>,
}

impl Read for RawReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.run.is_over() {
                return Ok(0);
            }
            if self.raw.patience == Patience::Wait && !self.raw.is_ready(&WAIT_STEP) {
                continue;
            }
            match (&self.raw.file).read(buffer) {
                Ok(read) => {
                    self.run.progress.add_read(read as u64);
                    return Ok(read);
                }
                // A pipe may be shared with another reader, or not block.
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }
}
