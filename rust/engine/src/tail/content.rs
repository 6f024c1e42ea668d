//! The content of an open file.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use xxhash_rust::xxh3::xxh3_64;

use super::fingerprint::{HEAD_BYTES, Sample};

/// Opens a regular file, never waiting: not for the other end of a named pipe, nor for a device.
///
/// # Errors
/// Kind `InvalidInput` if it is anything but a regular file.
pub(super) fn open_regular(path: &Path) -> io::Result<File> {
    let flags = libc::O_NONBLOCK | libc::O_NOCTTY | libc::O_CLOEXEC;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(ErrorKind::InvalidInput.into()) }
}

/// Reads as much of `buffer` as the file holds from `at` on.
pub(super) fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read_at(&mut buffer[filled..], at + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// A plain file of which so many bytes are looked at.
pub(super) struct Plain<'a> {
    file: &'a File,
    size: u64,
    /// The last head that was asked for, by its length: most contents are compared by the same.
    head: Option<(u64, u64)>,
}

impl<'a> Plain<'a> {
    pub(super) fn new(file: &'a File, size: u64) -> Plain<'a> {
        Plain { file, size, head: None }
    }
}

impl Sample for Plain<'_> {
    fn size(&self) -> u64 {
        self.size
    }

    fn hash_before(&mut self, end: u64, length: u64) -> io::Result<u64> {
        if let Some((_, hash)) = self.head.filter(|&(bytes, _)| bytes == end && bytes == length) {
            return Ok(hash);
        }
        let mut buffer = [0; HEAD_BYTES as usize];
        let part = &mut buffer[..length as usize];
        let filled = read_at(self.file, part, end - length)?;
        let hash = xxh3_64(&part[..filled]);
        if end == length {
            self.head = Some((length, hash));
        }
        Ok(hash)
    }

    fn plain_file(&self) -> Option<&File> {
        Some(self.file)
    }
}

/// Whether two files hold the same up to `end`, judged by their first and last 1,024 bytes before.
pub(super) fn same_until(one: &File, other: &File, end: u64) -> io::Result<bool> {
    let length = end.min(HEAD_BYTES);
    let mut one = Plain::new(one, end);
    let mut other = Plain::new(other, end);
    for at in [length, end] {
        if one.hash_before(at, length)? != other.hash_before(at, length)? {
            return Ok(false);
        }
    }
    Ok(true)
}
