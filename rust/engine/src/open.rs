//! Opening an input, and finding out how it can be read.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::{FileExt, OpenOptionsExt};

use logagent_core::frame::MAX_LINE_BYTES;

use crate::Input;
use crate::decompress::Compression;
use crate::job::{HEAD_BYTES, RunState};
use crate::plain::PlainFile;
use crate::stream::{Patience, Stream};

/// Where the first line is longer than a head, so much is looked at.
pub(crate) const MOST_HEAD_BYTES: usize = MAX_LINE_BYTES + HEAD_BYTES;

/// Whether the first line of `head` is there to its end.
pub(crate) fn holds_a_line(head: &[u8]) -> bool {
    memchr::memchr(b'\n', head).is_some()
}

/// How an input can be read.
pub(crate) enum Opened<'a> {
    /// In ranges, by several threads. `head` is the beginning of its content.
    Plain { file: PlainFile, head: Vec<u8> },
    /// From beginning to end, by one thread.
    Stream(Stream<'a>),
}

/// Opens an input and looks at up to `head_bytes` (or more) of its beginning.
///
/// # Errors
/// What the operating system says, a directory included.
pub(crate) fn open<'a>(input: &Input, head_bytes: usize, run: &'a RunState<'a>) -> io::Result<Opened<'a>> {
    let file = match input {
        Input::Stdin => File::from(io::stdin().as_fd().try_clone_to_owned()?),
        Input::Path(path) => OpenOptions::new()
            .read(true)
            // Opening a named pipe must not wait for its writer where nothing can end the wait.
            .custom_flags(libc::O_NONBLOCK)
            .open(path)?,
    };
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory));
    }
    let is_readable_in_ranges = *input != Input::Stdin && holds_its_size(&metadata);
    if is_readable_in_ranges {
        let wanted = head_bytes.max(4 << 10);
        let mut head = read_head(&file, wanted)?;
        if head_bytes > 0 && head.len() == wanted && !holds_a_line(&head) {
            head = read_head(&file, MOST_HEAD_BYTES)?;
        }
        if Compression::detect(&head).is_none() {
            let file = PlainFile::new(file, &metadata, &head);
            return Ok(Opened::Plain { file, head });
        }
    }
    let patience = if metadata.is_file() { Patience::None } else { Patience::Wait };
    Stream::new(file, patience, run).map(Opened::Stream)
}

/// Opens a plain file to be read from beginning to end.
///
/// # Errors
/// What the operating system says.
pub(crate) fn open_stream<'a>(input: &Input, run: &'a RunState<'a>) -> io::Result<Stream<'a>> {
    match input {
        Input::Path(path) => Stream::new(File::open(path)?, Patience::None, run),
        Input::Stdin => Err(io::Error::from(io::ErrorKind::Unsupported)), // is a stream anyway
    }
}

/// Regular files do, but for those that the kernel makes up, which give their size as zero.
fn holds_its_size(metadata: &Metadata) -> bool {
    metadata.is_file() && metadata.len() > 0
}

/// The first `length` bytes, or all if there are fewer. The file's position is not moved.
fn read_head(file: &File, length: usize) -> io::Result<Vec<u8>> {
    let mut head = vec![0; length];
    let mut filled = 0;
    while filled < head.len() {
        match file.read_at(&mut head[filled..], filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    head.truncate(filled);
    Ok(head)
}
