//! Jumping over NULs.
//!
//! A writer that does not append goes on where it was when its file is truncated, and leaves a hole
//! before that place.

use std::io;
use std::mem;

use rustix::fs::{SeekFrom, seek};
use rustix::io::Errno;

use super::content::read_at;
use super::fingerprint::{HEAD_BYTES, Likeness};
use super::generation::{Content, Generation, Probe};
use super::read::{Reading, Window};
use super::{FileId, TailSink};

/// Looked through at a time, behind a hole.
const PIECE_BYTES: u64 = 64 << 10;

impl Generation {
    /// Looks for what follows NULs that reach at least to `from`, and moves the position there.
    pub(super) fn skip_nuls(
        &mut self,
        file: FileId,
        from: u64,
        window: &mut Window,
        sink: &mut dyn TailSink,
    ) -> io::Result<Reading> {
        let Some(Content::Plain(plain)) = &self.content else { return Ok(Reading::Waits) };
        let from = if let Probe::Nuls(end) = self.probe { from.max(end) } else { from };
        // Over a hole of 5 GiB: 10 µs.
        let data = match seek(plain, SeekFrom::Data(from)) {
            Ok(data) => data,
            Err(Errno::NXIO) => return Ok(Reading::Waits),
            Err(_) => from, // a file system without holes
        };
        let length = self.size.saturating_sub(data).min(PIECE_BYTES) as usize;
        if length == 0 {
            return Ok(Reading::Waits);
        }
        let mut piece = mem::take(&mut window.bytes);
        piece.resize(length, 0);
        let filled = read_at(plain, &mut piece, data)?;
        let found = piece[..filled].iter().position(|&byte| byte != 0);
        window.bytes = piece;
        let Some(nuls) = found else {
            self.probe = Probe::Nuls(data + filled as u64);
            return Ok(Reading::Advanced);
        };
        if self.likeness()? != Likeness::Same {
            return Ok(Reading::Changed);
        }
        let end = data + nuls as u64;
        let skipped = end - self.record.offset;
        window.bytes.clear();
        self.consume(end, self.record.at, window, 0)?;
        if self.record.print.head_bytes == 0 {
            let head = read_head(self.content.as_ref())?;
            self.record.print.grow_head(&head);
        }
        sink.covered(file, skipped);
        Ok(Reading::Advanced)
    }
}

/// The first bytes of a plain content.
fn read_head(content: Option<&Content>) -> io::Result<Vec<u8>> {
    let mut head = vec![0; HEAD_BYTES as usize];
    let Some(Content::Plain(file)) = content else { return Ok(Vec::new()) };
    let filled = read_at(file, &mut head, 0)?;
    head.truncate(filled);
    Ok(head)
}
