//! Reading what was appended to a file, and verifying it before it is handed on.

use std::fs::File;
use std::io;

use memchr::memchr;
use xxhash_rust::xxh3::xxh3_64;

use super::content::{Plain, read_at};
use super::cut::{Cut, cut};
use super::fingerprint::{HEAD_BYTES, Likeness, Sample, TAIL_BYTES};
use super::generation::{Content, Generation, Introduction, Probe};
use super::packed::Packed;
use super::{FileId, Fingerprint, LineState, TailOptions, TailSink};
use crate::encoding;

/// What a sink sees of a file when it is opened.
const OPENING_BYTES: usize = 64 << 10;

/// What became of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// The position moved, or a part of what is ahead was looked through.
    Advanced,
    /// Nothing can be consumed before more is written.
    Waits,
    /// The file does not hold any more what it held. Nothing was handed on.
    Changed,
    /// The sink does not take it.
    Refused,
}

/// Buffers for reading, shared by all files.
#[derive(Default)]
pub(super) struct Window {
    pub bytes: Vec<u8>,
    cuts: Vec<Cut>,
}

impl Generation {
    /// Reads one batch of what is ahead, and hands it on if the file proves unchanged.
    pub(super) fn read(
        &mut self,
        file: FileId,
        source: usize,
        options: &TailOptions,
        window: &mut Window,
        sink: &mut dyn TailSink,
    ) -> io::Result<Reading> {
        let offset = self.record.offset;
        let ahead = self.size.saturating_sub(offset);
        if ahead == 0 || self.has_only_a_partial_line(options)? {
            return Ok(Reading::Waits);
        }
        if !self.approach(options.batch_bytes)? {
            return Ok(Reading::Advanced);
        }
        let mut wanted = ahead.min(options.batch_bytes as u64);
        let first = loop {
            let Some(lead) = self.fill(window, wanted)? else { return Ok(Reading::Changed) };
            let first = cut(&window.bytes[lead..], self.record.at, options.max_line_bytes);
            let most = ahead.min(options.max_line_bytes as u64 + 1);
            if first != Cut::Partial || wanted >= most {
                break first;
            }
            wanted = most;
        };
        match first {
            Cut::Partial => {
                self.probe = Probe::Line(self.size);
                return Ok(Reading::Waits);
            }
            Cut::Nuls => return self.skip_nuls(file, offset + wanted, window, sink),
            _ => {}
        }
        let lead = window.bytes.len() - wanted as usize;
        let (end, at) = self.cut_all(window, lead, options);
        if !self.holds(window, offset + wanted)? {
            return Ok(Reading::Changed);
        }
        if !self.introduce(file, source, window, sink)? {
            return Ok(Reading::Refused);
        }
        hand_on(file, window, lead, offset, sink);
        self.consume(end, at, window, lead)?;
        sink.covered(file, end - offset);
        Ok(Reading::Advanced)
    }

    /// Hands on an unterminated last line. What is appended to it later is skipped.
    pub(super) fn read_last_line(
        &mut self,
        file: FileId,
        source: usize,
        window: &mut Window,
        sink: &mut dyn TailSink,
    ) -> io::Result<Reading> {
        let ahead = self.size.saturating_sub(self.record.offset);
        if ahead == 0 || self.record.at == LineState::WithinCounted {
            return Ok(Reading::Waits);
        }
        let Some(lead) = self.fill(window, ahead)? else { return Ok(Reading::Changed) };
        if window.bytes[lead..].iter().all(|&byte| byte == 0) {
            return Ok(Reading::Waits);
        }
        if !self.holds(window, self.size)? {
            return Ok(Reading::Changed);
        }
        if !self.introduce(file, source, window, sink)? {
            return Ok(Reading::Refused);
        }
        let line = &window.bytes[lead..];
        let line = if self.record.offset == 0 { encoding::without_mark(line) } else { line };
        if !line.is_empty() {
            sink.lines(file, line);
        }
        self.consume(self.size, LineState::WithinCounted, window, lead)?;
        sink.covered(file, ahead);
        Ok(Reading::Advanced)
    }

    /// Looks only at what is new of a line that was seen to be unfinished, so that a line that
    /// grows byte by byte is not read again and again.
    fn has_only_a_partial_line(&mut self, options: &TailOptions) -> io::Result<bool> {
        let (Some(Content::Plain(file)), Probe::Line(mut seen)) = (&self.content, self.probe) else {
            return Ok(false);
        };
        if self.size - self.record.offset > options.max_line_bytes as u64 {
            return Ok(false);
        }
        let mut piece = [0; 4096];
        while seen < self.size {
            let wanted = (self.size - seen).min(piece.len() as u64) as usize;
            let filled = read_at(file, &mut piece[..wanted], seen)?;
            if filled == 0 || memchr(b'\n', &piece[..filled]).is_some() {
                self.probe = Probe::Unknown;
                return Ok(false);
            }
            seen += filled as u64;
        }
        self.probe = Probe::Line(seen);
        Ok(true)
    }

    /// Brings a compressed content to the offset, in bounded steps.
    fn approach(&mut self, budget: usize) -> io::Result<bool> {
        let begin = self.window_begin();
        match &mut self.content {
            Some(Content::Packed(packed)) => packed.approach(begin, budget),
            _ => Ok(true),
        }
    }

    /// What is read begins before the offset: with the content's beginning while its head still
    /// grows, else with the tail.
    fn window_begin(&self) -> u64 {
        let offset = self.record.offset;
        if offset <= HEAD_BYTES { 0 } else { offset - TAIL_BYTES }
    }

    /// Reads what is before the offset, and `wanted` bytes from there on; answers how much is
    /// before. `None`: the file does not hold so much any more.
    fn fill(&mut self, window: &mut Window, wanted: u64) -> io::Result<Option<usize>> {
        let begin = self.window_begin();
        let lead = (self.record.offset - begin) as usize;
        window.bytes.resize(lead + wanted as usize, 0);
        let Some(content) = &mut self.content else { return Ok(None) };
        let filled = content.read_at(&mut window.bytes, begin)?;
        Ok((filled == window.bytes.len()).then_some(lead))
    }

    /// Cuts what is behind `lead` into lines; answers how far they reach, and what is there.
    fn cut_all(&self, window: &mut Window, lead: usize, options: &TailOptions) -> (u64, LineState) {
        window.cuts.clear();
        let mut at = lead;
        let mut state = self.record.at;
        while at < window.bytes.len() {
            let next = cut(&window.bytes[at..], state, options.max_line_bytes);
            let (bytes, after) = match next {
                Cut::Lines(bytes) => (bytes, LineState::Start),
                Cut::Oversize(bytes) => (bytes, LineState::WithinCounted),
                Cut::Skip(bytes, after) => (bytes, after),
                Cut::Partial | Cut::Nuls => break,
            };
            window.cuts.push(next);
            at += bytes;
            state = after;
        }
        (self.record.offset + (at - lead) as u64, state)
    }

    /// Whether the file still holds what is recorded of it, and what was read up to `end`.
    fn holds(&self, window: &Window, end: u64) -> io::Result<bool> {
        let Some(Content::Plain(file)) = &self.content else {
            return Ok(self.likeness()? == Likeness::Same);
        };
        if file.metadata()?.len() < end || self.likeness()? != Likeness::Same {
            return Ok(false);
        }
        let length = window.bytes.len().min(TAIL_BYTES as usize);
        let read = &window.bytes[window.bytes.len() - length..];
        Ok(Plain::new(file, end).hash_before(end, length as u64)? == xxh3_64(read))
    }

    /// Asks the sink whether it takes the file, with the beginning of its content.
    fn introduce(
        &mut self,
        file: FileId,
        source: usize,
        window: &Window,
        sink: &mut dyn TailSink,
    ) -> io::Result<bool> {
        if let Introduction::Accepted = self.introduction {
            return Ok(true);
        }
        let mut head = vec![0; OPENING_BYTES.min(self.size as usize)];
        match &mut self.content {
            Some(Content::Plain(plain)) => {
                let filled = read_at(plain, &mut head, 0)?;
                head.truncate(filled);
            }
            // A second descriptor, so that the first need not go back.
            Some(Content::Packed(packed)) => {
                let again = packed.file().try_clone()?;
                let filled = Packed::new(again, self.record.encoding)?.read_at(&mut head, 0)?;
                head.truncate(filled);
            }
            None => head.clone_from(&window.bytes),
        }
        match encoding::check(&head).and_then(|()| sink.open(file, source, &self.path, &head)) {
            Ok(()) => {
                self.introduction = Introduction::Accepted;
                Ok(true)
            }
            Err(reason) => {
                self.introduction = Introduction::Refused(reason, self.stamp);
                Ok(false)
            }
        }
    }

    /// Moves the position to `end`, where `at` is.
    pub(super) fn consume(
        &mut self,
        end: u64,
        at: LineState,
        window: &Window,
        lead: usize,
    ) -> io::Result<()> {
        let begin = self.record.offset - lead as u64;
        if self.record.offset == 0 {
            self.record.print = Fingerprint::default();
        }
        // Only what was consumed: what is ahead may be space set aside, and be written to yet.
        if begin == 0 {
            let consumed = window.bytes.len().min(end as usize);
            self.record.print.grow_head(&window.bytes[..consumed]);
        }
        let file = self.content.as_ref().map(Content::file);
        self.record.print.advance(&mut Read { window: &window.bytes, begin, file }, end)?;
        self.record.offset = end;
        self.record.at = at;
        self.probe = Probe::Unknown;
        Ok(())
    }
}

/// Hands on what was cut from the window's `lead` on, which is at `offset` in the content.
fn hand_on(file: FileId, window: &Window, lead: usize, offset: u64, sink: &mut dyn TailSink) {
    let mut at = lead;
    for cut in &window.cuts {
        match *cut {
            Cut::Lines(bytes) => {
                let lines = &window.bytes[at..at + bytes];
                let is_beginning = offset == 0 && at == lead;
                sink.lines(file, if is_beginning { encoding::without_mark(lines) } else { lines });
                at += bytes;
            }
            Cut::Oversize(bytes) => {
                sink.oversize(file);
                at += bytes;
            }
            Cut::Skip(bytes, _) => at += bytes,
            Cut::Partial | Cut::Nuls => {}
        }
    }
}

/// Content that was just read, and what of it must be read again.
struct Read<'a> {
    window: &'a [u8],
    begin: u64,
    file: Option<&'a File>,
}

impl Sample for Read<'_> {
    fn size(&self) -> u64 {
        self.begin + self.window.len() as u64
    }

    fn hash_before(&mut self, end: u64, length: u64) -> io::Result<u64> {
        let start = end - length;
        if start >= self.begin && end <= self.size() {
            let from = (start - self.begin) as usize;
            return Ok(xxh3_64(&self.window[from..from + length as usize]));
        }
        match self.file {
            Some(file) => Plain::new(file, end).hash_before(end, length),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}
