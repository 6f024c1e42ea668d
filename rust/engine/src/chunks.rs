//! A stream in chunks: read by the thread that takes them, or ahead of it by another one.

use std::io::{self, ErrorKind, Read};
use std::mem;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};

use crate::input::describe;
use crate::job::HEAD_BYTES;
use crate::open::{MOST_HEAD_BYTES, holds_a_line};
use crate::stream::Stream;

/// Content is taken in pieces of at most this size, which must hold a head. Two of them, and what is compressed,
/// stay close to the processor.
const CHUNK_BYTES: usize = HEAD_BYTES;

/// The same where another thread fills them: handing one over costs a few microseconds.
const AHEAD_CHUNK_BYTES: usize = 256 << 10;

/// Chunks that another thread may be ahead.
const CHUNKS_AHEAD: usize = 3;

/// A stream in chunks.
pub(crate) struct Chunks<'a> {
    source: Source<'a>,
    chunk: Chunk,
}

enum Source<'a> {
    /// The thread that takes the chunks.
    Own(Stream<'a>),
    /// Another one, by a [`Decompression`].
    Other { filled: Receiver<Chunk>, spent: Sender<Chunk> },
}

#[derive(Default)]
struct Chunk {
    buffer: Vec<u8>,
    filled: usize,
    /// What ended the stream behind these bytes.
    error: Option<io::Error>,
}

impl Chunk {
    fn new(bytes: usize) -> Chunk {
        Chunk { buffer: vec![0; bytes], filled: 0, error: None }
    }

    /// Reads until there are at least so many bytes, unless the stream ends before.
    fn fill(&mut self, stream: &mut Stream<'_>, least: usize) {
        while self.filled < least && self.error.is_none() {
            match stream.read(&mut self.buffer[self.filled..]) {
                Ok(0) => break,
                Ok(read) => self.filled += read,
                Err(error) => self.error = Some(error),
            }
        }
    }
}

impl<'a> Chunks<'a> {
    pub(crate) fn new(stream: Stream<'a>) -> Chunks<'a> {
        Chunks { source: Source::Own(stream), chunk: Chunk::new(CHUNK_BYTES) }
    }

    /// Makes the first chunk at least so long, and at least one byte, unless the stream is shorter. Returns it.
    pub(crate) fn fill(&mut self, least: usize) -> &[u8] {
        if let Source::Own(stream) = &mut self.source {
            self.chunk.fill(stream, least.max(1));
        }
        self.current()
    }

    /// Makes the first chunk at least `least` bytes long, or as long as it takes to hold the first line. Returns it.
    pub(crate) fn fill_head(&mut self, least: usize) -> &[u8] {
        self.fill(least);
        if let Source::Own(stream) = &mut self.source
            && least > 0
            && self.chunk.filled == CHUNK_BYTES
        {
            while !holds_a_line(&self.chunk.buffer[..self.chunk.filled])
                && self.chunk.filled < MOST_HEAD_BYTES
                && self.chunk.error.is_none()
            {
                let least = (self.chunk.filled * 2).min(MOST_HEAD_BYTES);
                self.chunk.buffer.resize(least, 0);
                self.chunk.fill(stream, least);
                if self.chunk.filled < least {
                    break;
                }
            }
        }
        self.current()
    }

    /// The current chunk; empty at the end, or where reading failed.
    pub(crate) fn current(&self) -> &[u8] {
        &self.chunk.buffer[..self.chunk.filled]
    }

    pub(crate) fn advance(&mut self) {
        self.chunk.filled = 0;
        match &mut self.source {
            Source::Own(stream) => self.chunk.fill(stream, 1),
            Source::Other { filled, spent } => {
                // The other thread is gone once it has come to the end; what it filled is still to be taken.
                let _ = spent.send(mem::take(&mut self.chunk));
                // Gone without an end: the run is over.
                self.chunk = filled.recv().unwrap_or_default();
            }
        }
    }

    /// Whether the next chunk would have to wait for a writer.
    pub(crate) fn would_wait(&self) -> bool {
        matches!(&self.source, Source::Own(stream) if stream.would_wait())
    }

    /// What another thread may do from here on; `None` if that would not pay, or one is at it.
    pub(crate) fn split(&mut self) -> Option<Decompression<'a>> {
        if !matches!(&self.source, Source::Own(stream) if stream.is_compressed_file())
            || self.chunk.error.is_some()
        {
            return None;
        }
        let (send_filled, filled) = mpsc::sync_channel(CHUNKS_AHEAD);
        let (spent, take_spent) = mpsc::channel();
        for _ in 0..CHUNKS_AHEAD {
            // The receiver is still here.
            spent.send(Chunk::new(AHEAD_CHUNK_BYTES)).ok()?;
        }
        match mem::replace(&mut self.source, Source::Other { filled, spent }) {
            Source::Own(stream) => Some(Decompression { stream, filled: send_filled, spent: take_spent }),
            Source::Other { .. } => None,
        }
    }

    /// What kept the stream from being read whole, in words for the user.
    pub(crate) fn error(&self) -> Option<String> {
        self.chunk.error.as_ref().map(|error| match error.kind() {
            ErrorKind::InvalidData => error.to_string(),
            _ => format!("reading stopped: {}", describe(error)),
        })
    }
}

/// The reading of a stream ahead of the thread that takes its chunks.
pub(crate) struct Decompression<'a> {
    stream: Stream<'a>,
    filled: SyncSender<Chunk>,
    spent: Receiver<Chunk>,
}

impl Decompression<'_> {
    /// Fills chunks up to the end of the stream, or until nobody takes them any more.
    pub(crate) fn run(mut self) {
        while let Ok(mut chunk) = self.spent.recv() {
            chunk.filled = 0;
            chunk.fill(&mut self.stream, 1);
            let is_last = chunk.filled == 0;
            if self.filled.send(chunk).is_err() || is_last {
                return;
            }
        }
    }
}
