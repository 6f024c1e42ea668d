//! Reading ranges of plain files: mapped and verified, or copied.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind};
use std::ops::{ControlFlow, Range};
use std::os::unix::fs::{FileExt, MetadataExt};

use logagent_core::frame::{LineSink, RangeFeed};

use crate::input::describe;
use crate::map::{Window, WindowState};

/// As much of a file's beginning is remembered to tell whether it was rewritten.
const HEAD_WITNESS_BYTES: usize = 1024;

/// As much of a window's end is remembered for the same purpose.
const TAIL_WITNESS_BYTES: usize = 256;

/// Copied at a time. Counting took a tenth less time than with 64 KiB, and 2 MiB gained no more: the bytes are still
/// near when they are read.
const COPY_BYTES: usize = 1 << 20;

/// Copied at a time beyond a range, to complete its last line.
const LAST_LINE_COPY_BYTES: usize = 16 << 10;

/// A plain file as it was when it was opened. Bytes that are appended later are not read.
#[derive(Debug)]
pub(crate) struct PlainFile {
    file: File,
    stamp: Stamp,
    head: Vec<u8>,
}

/// What changes whenever a file's content does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    fn of(metadata: &Metadata) -> Stamp {
        Stamp {
            size: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

/// What is known of a file before a window of it is read.
struct Witness {
    stamp: Stamp,
    tail: Vec<u8>,
}

/// How the reading of a mapped range went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MappedRange {
    /// The file held still: what was handed on is what it held.
    Verified,
    /// It may not have, or it cannot be mapped: to be discarded and read again by copying.
    Unsafe,
}

impl PlainFile {
    /// Takes over a regular file whose content begins with `head`.
    pub(crate) fn new(file: File, metadata: &Metadata, head: &[u8]) -> PlainFile {
        PlainFile {
            file,
            stamp: Stamp::of(metadata),
            head: head[..head.len().min(HEAD_WITNESS_BYTES)].to_vec(),
        }
    }

    /// Its size in bytes when it was opened.
    pub(crate) fn size(&self) -> u64 {
        self.stamp.size
    }

    /// Hands on the lines of `range` from a mapped window.
    pub(crate) fn read_mapped(
        &self,
        range: &Range<u64>,
        max_line_bytes: usize,
        mut feed: RangeFeed<'_>,
        sink: &mut impl LineSink,
    ) -> MappedRange {
        // Either the last line ends within its limit, or it is oversize.
        let last_line_end = range.end.saturating_add(max_line_bytes as u64 + 1);
        let end = last_line_end.min(self.size());
        let Ok(Some(before)) = self.witness(end) else {
            return MappedRange::Unsafe;
        };
        let length = (end - feed.start()) as usize;
        let Some(window) = Window::map(&self.file, feed.start(), length) else {
            return MappedRange::Unsafe;
        };
        if feed.feed(window.bytes(), sink).is_continue() {
            feed.finish(sink);
        }
        match (window.close(), self.confirms(&before, end)) {
            (WindowState::Present, Ok(true)) => MappedRange::Verified,
            _ => MappedRange::Unsafe,
        }
    }

    /// Hands on the lines of `range` by copying them through `buffer`, as far as the file still
    /// holds them.
    ///
    /// # Errors
    /// In words for the user: what kept the range from being read whole, or from being what the
    /// file held when it was opened. Lines that were handed on remain good.
    pub(crate) fn read_copied(
        &self,
        range: &Range<u64>,
        mut feed: RangeFeed<'_>,
        buffer: &mut Vec<u8>,
        sink: &mut impl LineSink,
    ) -> Result<(), String> {
        let most =
            range.end.saturating_sub(range.start).clamp(LAST_LINE_COPY_BYTES as u64, COPY_BYTES as u64);
        buffer.resize(buffer.len().max(most as usize), 0);
        let mut at = feed.start();
        let mut flow = ControlFlow::Continue(());
        while flow.is_continue() && at < self.size() {
            let wanted = match range.end.saturating_sub(at) {
                0 => (self.size() - at).min(LAST_LINE_COPY_BYTES as u64),
                within => within.min(buffer.len() as u64),
            };
            let copied = self
                .copy(&mut buffer[..wanted as usize], at)
                .map_err(|error| format!("reading stopped at byte {at}: {}", describe(&error)))?;
            if copied == 0 {
                break;
            }
            at += copied as u64;
            flow = feed.feed(&buffer[..copied], sink);
        }
        if flow.is_continue() {
            feed.finish(sink);
        }
        self.still_the_same()
    }

    /// Reads up to `buffer.len()` bytes at `at`; zero bytes mean that the file ends there now.
    fn copy(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        let read = loop {
            match self.file.read_at(buffer, at) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        // A cut during the read may show as zeros before it shows as an end.
        let held = self.file.metadata()?.len().saturating_sub(at);
        Ok(read.min(usize::try_from(held).unwrap_or(usize::MAX)))
    }

    /// Looks at the file before a window that ends at `end`; `None` if it is shorter already.
    fn witness(&self, end: u64) -> io::Result<Option<Witness>> {
        let stamp = Stamp::of(&self.file.metadata()?);
        let tail = self.bytes_before(end)?;
        Ok((stamp.size >= end).then_some(Witness { stamp, tail }))
    }

    /// Whether the window that ends at `end` was read from a file that at most grew.
    fn confirms(&self, before: &Witness, end: u64) -> io::Result<bool> {
        let stamp = Stamp::of(&self.file.metadata()?);
        if stamp == self.stamp && stamp == before.stamp {
            return Ok(true);
        }
        Ok(stamp.size >= end && self.head_is_same()? && self.bytes_before(end)? == before.tail)
    }

    fn still_the_same(&self) -> Result<(), String> {
        let check = || -> io::Result<Result<(), String>> {
            let stamp = Stamp::of(&self.file.metadata()?);
            if stamp == self.stamp {
                Ok(Ok(()))
            } else if stamp.size < self.stamp.size {
                let (size, opened_size) = (stamp.size, self.stamp.size);
                Ok(Err(format!(
                    "was cut from {opened_size} to {size} bytes while it was read; \
                     what it still held was counted"
                )))
            } else if self.head_is_same()? {
                Ok(Ok(()))
            } else {
                Ok(Err("was rewritten while it was read; its counts mix the old and the new \
                        content"
                    .to_owned()))
            }
        };
        check().map_err(|error| describe(&error))?
    }

    fn head_is_same(&self) -> io::Result<bool> {
        let mut head = vec![0; self.head.len()];
        let read = self.copy(&mut head, 0)?;
        Ok(head[..read] == self.head)
    }

    fn bytes_before(&self, end: u64) -> io::Result<Vec<u8>> {
        let start = end.saturating_sub(TAIL_WITNESS_BYTES as u64);
        let mut tail = vec![0; (end - start) as usize];
        let read = self.copy(&mut tail, start)?;
        tail.truncate(read);
        Ok(tail)
    }
}
