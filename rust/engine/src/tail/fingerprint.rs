//! Knowing a content again by hashes of parts of it.

use std::io;

use xxhash_rust::xxh3::xxh3_64;

use super::Fingerprint;

/// A head grows to so many bytes.
pub(super) const HEAD_BYTES: u64 = 1024;

/// So many bytes before the offset, and before each mark, are hashed.
pub(super) const TAIL_BYTES: u64 = 256;

/// Where parts of a content can be read for comparison.
pub(super) trait Sample {
    /// Bytes of content.
    fn size(&self) -> u64;

    /// Hash of the `length` bytes before `end`, which is at most the size.
    fn hash_before(&mut self, end: u64, length: u64) -> io::Result<u64>;
}

/// What a content has in common with one of which only the fingerprint is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likeness {
    /// Not the same beginning, or not the same at the offset; or nothing is known.
    Different,
    /// Too short to tell.
    Unclear,
    /// The same as far as it goes, but it ends before the offset.
    Shorter,
    /// The same up to the offset.
    Same,
}

/// Positions of marks: 256 · 4^k.
pub(super) fn mark_positions() -> impl Iterator<Item = u64> {
    (0..28).map(|k| TAIL_BYTES << (2 * k))
}

impl Fingerprint {
    /// The fingerprint of what `sample` holds up to `offset`.
    pub(super) fn of(sample: &mut dyn Sample, offset: u64) -> io::Result<Fingerprint> {
        let mut print = Fingerprint::default();
        print.head_bytes = sample.size().min(HEAD_BYTES);
        print.head_hash = sample.hash_before(print.head_bytes, print.head_bytes)?;
        print.advance(sample, offset)?;
        Ok(print)
    }

    /// Takes in that content up to `offset` was consumed.
    pub(super) fn advance(&mut self, sample: &mut dyn Sample, offset: u64) -> io::Result<()> {
        for position in mark_positions().skip(self.marks.len()).take_while(|&position| position <= offset) {
            self.marks.push(sample.hash_before(position, TAIL_BYTES)?);
        }
        self.tail_bytes = offset.min(TAIL_BYTES);
        self.tail_hash = sample.hash_before(offset, self.tail_bytes)?;
        Ok(())
    }

    /// Grows the head as far as `beginning`, the content's first bytes, goes.
    pub(super) fn grow_head(&mut self, beginning: &[u8]) {
        let head = &beginning[..beginning.len().min(HEAD_BYTES as usize)];
        if head.len() as u64 > self.head_bytes {
            self.head_bytes = head.len() as u64;
            self.head_hash = xxh3_64(head);
        }
    }

    /// Compares a content with the one that was consumed up to `offset`.
    pub(super) fn compare(&self, offset: u64, sample: &mut dyn Sample) -> io::Result<Likeness> {
        let size = sample.size();
        if self.head_bytes == 0 {
            return Ok(Likeness::Different);
        }
        if size < self.head_bytes {
            return Ok(Likeness::Unclear);
        }
        if sample.hash_before(self.head_bytes, self.head_bytes)? != self.head_hash {
            return Ok(Likeness::Different);
        }
        let (end, length, hash, likeness) = if size >= offset {
            (offset, self.tail_bytes, self.tail_hash, Likeness::Same)
        } else {
            let reached = mark_positions().zip(&self.marks).take_while(|&(position, _)| position <= size);
            match reached.last() {
                Some((position, &hash)) => (position, TAIL_BYTES, hash, Likeness::Shorter),
                None => return Ok(Likeness::Shorter),
            }
        };
        Ok(if sample.hash_before(end, length)? == hash { likeness } else { Likeness::Different })
    }
}
