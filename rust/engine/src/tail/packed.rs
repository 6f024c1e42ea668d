//! Compressed files: read from beginning to end, and only when they are complete.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64;

use super::Encoding;
use super::fingerprint::{HEAD_BYTES, Sample, TAIL_BYTES};
use crate::decompress::{Compression, Decompressor};

/// Decompressed at a time.
const PIECE_BYTES: usize = 128 << 10;

/// How content that begins with `head` is stored.
pub(super) fn encoding(head: &[u8]) -> Encoding {
    match Compression::detect(head) {
        None => Encoding::Plain,
        Some(Compression::Gzip) => Encoding::Gzip,
        Some(Compression::Zstd) => Encoding::Zstd,
    }
}

/// A compressed file whose content is read in ascending positions.
pub(super) struct Packed {
    file: Arc<File>,
    compression: Compression,
    unpacked: Decompressor<Bytes>,
    /// Content from `base` on.
    buffer: Vec<u8>,
    base: u64,
}

/// A file's bytes, without moving its position.
struct Bytes {
    file: Arc<File>,
    at: u64,
}

impl Read for Bytes {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Packed {
    /// The content at its beginning.
    pub(super) fn new(file: File, encoding: Encoding) -> io::Result<Packed> {
        let compression = match encoding {
            Encoding::Zstd => Compression::Zstd,
            Encoding::Gzip | Encoding::Plain => Compression::Gzip,
        };
        Packed::at_beginning(Arc::new(file), compression)
    }

    fn at_beginning(file: Arc<File>, compression: Compression) -> io::Result<Packed> {
        let unpacked = Decompressor::new(compression, Bytes { file: Arc::clone(&file), at: 0 })?;
        Ok(Packed { file, compression, unpacked, buffer: Vec::new(), base: 0 })
    }

    /// The compressed file.
    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Decompresses towards content position `at`, about `budget` bytes; whether it was reached.
    pub(super) fn approach(&mut self, at: u64, budget: usize) -> io::Result<bool> {
        if at < self.base {
            *self = Packed::at_beginning(Arc::clone(&self.file), self.compression)?;
        }
        let mut done = 0;
        loop {
            let known = (at - self.base).min(self.buffer.len() as u64) as usize;
            self.buffer.drain(..known);
            self.base += known as u64;
            if self.base == at {
                return Ok(true);
            }
            if done >= budget {
                return Ok(false);
            }
            match self.unpack()? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                unpacked => done += unpacked,
            }
        }
    }

    /// Reads as much of `buffer` as the content holds from `at` on, and forgets what is before.
    pub(super) fn read_at(&mut self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        self.approach(at, usize::MAX)?;
        while self.buffer.len() < buffer.len() && self.unpack()? > 0 {}
        let filled = self.buffer.len().min(buffer.len());
        buffer[..filled].copy_from_slice(&self.buffer[..filled]);
        Ok(filled)
    }

    /// Appends the next piece of content; 0 at its end.
    fn unpack(&mut self) -> io::Result<usize> {
        let kept = self.buffer.len();
        self.buffer.resize(kept + PIECE_BYTES, 0);
        let unpacked = self.unpacked.read(&mut self.buffer[kept..]);
        self.buffer.truncate(kept + *unpacked.as_ref().unwrap_or(&0));
        unpacked
    }
}

/// Reads a compressed file once, to see whether it is complete and what it holds.
///
/// Nothing of a file is counted before: a truncated one is told reliably only by its trailer.
pub(super) struct Survey {
    packed: Packed,
    /// Positions before which content is to be hashed, ascending.
    wanted: Vec<u64>,
    digest: Digest,
}

/// What a survey found.
#[derive(Debug, Clone, Default)]
pub(super) struct Digest {
    pub size: u64,
    head: Vec<u8>,
    /// The ≤ 256 bytes of content before a position, hashed.
    hashes: BTreeMap<u64, u64>,
    /// The last ≤ 256 bytes, hashed.
    end_hash: u64,
}

impl Survey {
    /// `wanted`: positions that the content will be compared at.
    pub(super) fn new(file: File, encoding: Encoding, mut wanted: Vec<u64>) -> io::Result<Survey> {
        wanted.sort_unstable();
        wanted.dedup();
        Ok(Survey { packed: Packed::new(file, encoding)?, wanted, digest: Digest::default() })
    }

    /// Goes on by about `budget` bytes of content; the result once the file is read.
    ///
    /// # Errors
    /// Kind `InvalidData`, in words, for a file that is not complete or not sound.
    pub(super) fn step(&mut self, budget: usize) -> io::Result<Option<Digest>> {
        let mut done = 0;
        while done < budget {
            let unpacked = self.packed.unpack()?;
            if unpacked == 0 {
                return Ok(Some(std::mem::take(&mut self.digest)));
            }
            done += unpacked;
            self.take_in();
        }
        Ok(None)
    }

    /// Hashes what is wanted of the buffer, and keeps its end for the next time.
    fn take_in(&mut self) {
        let Packed { buffer, base, .. } = &mut self.packed;
        let end = *base + buffer.len() as u64;
        if *base == 0 && self.digest.head.len() < HEAD_BYTES as usize {
            self.digest.head = buffer[..buffer.len().min(HEAD_BYTES as usize)].to_vec();
        }
        let first = self.wanted.partition_point(|&position| position <= self.digest.size);
        for &position in self.wanted[first..].iter().take_while(|&&position| position <= end) {
            let upto = (position - *base) as usize;
            let from = upto.saturating_sub(TAIL_BYTES as usize);
            self.digest.hashes.insert(position, xxh3_64(&buffer[from..upto]));
        }
        self.digest.size = end;
        self.digest.end_hash = xxh3_64(&buffer[buffer.len().saturating_sub(TAIL_BYTES as usize)..]);
        if end > HEAD_BYTES {
            let surplus = buffer.len().saturating_sub(TAIL_BYTES as usize);
            buffer.drain(..surplus);
            *base += surplus as u64;
        }
    }
}

impl Sample for Digest {
    fn size(&self) -> u64 {
        self.size
    }

    fn hash_before(&mut self, end: u64, length: u64) -> io::Result<u64> {
        if end == length && length <= self.head.len() as u64 {
            return Ok(xxh3_64(&self.head[..length as usize]));
        }
        if end == self.size {
            return Ok(self.end_hash);
        }
        // A position that nobody asked for in time: as good as different.
        Ok(self.hashes.get(&end).copied().unwrap_or(0))
    }
}
