//! Reads envelopes: finds the text that they hold, and their own fields.

mod export;
mod syslog;

pub(super) use self::export::Entry;

use super::batch::{Batch, LineSet, lines_of};
use super::json::JsonScanner;
use super::record::Span;
use super::simd::find_short;
use crate::format::envelope::{Envelope, PARTS, Wrapping};

/// Where in [`PARTS`] each field stands.
const TIME: usize = 0;
const HOSTNAME: usize = 1;
const PROGRAM: usize = 2;
const PID: usize = 3;
const FACILITY: usize = 4;
const SEVERITY: usize = 5;
const MSGID: usize = 6;
const STRUCTURED_DATA: usize = 7;
const STREAM: usize = 8;
const VERSION: usize = 9;

/// An envelope that was opened.
#[derive(Debug)]
pub struct Opened {
    /// Where the text lies that it holds.
    pub body: Body,
    /// Its fields, in the order of [`PARTS`].
    parts: [Span; PARTS.len()],
    /// Syslog's priority, out of which facility and severity get their names where somebody wants them.
    priority: Option<u8>,
}

/// Where the text of an envelope lies.
#[derive(Debug, Clone, Copy)]
pub enum Body {
    /// In the line, from here to there.
    Line(usize, usize),
    /// Decoded, in the scratch text.
    Scratch(usize, usize),
    /// There is none: a line beside the one with the text.
    Nothing,
}

/// Opens envelopes, and gives their fields to slots.
#[derive(Debug)]
pub struct EnvelopeReader {
    wrapping: Wrapping,
    envelopes: Vec<Envelope>,
    /// Part and slot of each field that somebody wants.
    wanted: Vec<(usize, usize)>,
    /// Slots that the text inside fills.
    inside: Vec<usize>,
    docker: JsonScanner,
    journald: JsonScanner,
}

impl EnvelopeReader {
    /// `slot_of` answers where a field of the envelope goes, if anywhere; `inside` are the slots of
    /// the text that it holds.
    pub fn new(
        wrapping: Wrapping,
        slot_of: impl Fn(&str) -> Option<usize>,
        mut inside: Vec<usize>,
    ) -> EnvelopeReader {
        inside.sort_unstable();
        inside.dedup();
        let json = |paths: &[&str]| {
            let paths: Vec<(&str, usize)> = paths.iter().copied().zip(0..).collect();
            JsonScanner::new(&paths).expect("the paths are plain keys")
        };
        EnvelopeReader {
            wrapping,
            envelopes: wrapping.envelopes(),
            wanted: PARTS
                .iter()
                .enumerate()
                .filter_map(|(part, name)| Some((part, slot_of(name)?)))
                .collect(),
            inside,
            docker: json(&["log", "time", "stream"]),
            journald: json(&[
                "MESSAGE",
                "__REALTIME_TIMESTAMP",
                "_HOSTNAME",
                "SYSLOG_IDENTIFIER",
                "_PID",
                "SYSLOG_FACILITY",
                "PRIORITY",
            ]),
        }
    }

    /// Whether lines may also come without an envelope.
    #[inline]
    pub fn is_optional(&self) -> bool {
        self.wrapping == Wrapping::Perhaps
    }

    /// What a line has to be in, in words.
    pub fn describe(&self) -> &'static str {
        match self.wrapping {
            Wrapping::Always(Envelope::Syslog) => "a syslog header",
            Wrapping::Always(Envelope::Docker) => "a line of Docker's json-file log",
            Wrapping::Always(Envelope::Cri) => "a time, a stream and a tag, as CRI writes them",
            Wrapping::Always(Envelope::Journald) => "an entry of journald",
            Wrapping::Perhaps => "a line of the format",
        }
    }

    /// Whether what a line means may depend on the lines before it.
    pub fn needs_order(&self) -> bool {
        self.wrapping == Wrapping::Always(Envelope::Journald)
    }

    /// Opens the envelope of the line `hay[..limit]`, if it is in one; decoded texts are appended to `text`. `entry`
    /// is that of the lines before.
    pub(super) fn open(
        &self,
        hay: &[u8],
        limit: usize,
        entry: &mut Entry,
        text: &mut Vec<u8>,
    ) -> Option<Opened> {
        let line = &hay[..limit];
        if self.needs_order() && !line.starts_with(b"{") {
            return entry.open(line, text);
        }
        self.open_header(hay, limit).or_else(|| {
            let opened = self.envelopes.iter().find_map(|envelope| match envelope {
                Envelope::Docker => self.docker(line, text),
                Envelope::Journald => self.journald(line, text),
                Envelope::Syslog | Envelope::Cri => None,
            });
            opened.or_else(|| if self.is_optional() { indented(line) } else { None })
        })
    }

    /// Opens an envelope that is but a header, behind which the text reaches to the line's end. No line with
    /// one is in an envelope of another kind.
    fn open_header(&self, hay: &[u8], limit: usize) -> Option<Opened> {
        self.envelopes.iter().find_map(|envelope| match envelope {
            Envelope::Cri => cri(hay, limit),
            Envelope::Syslog => syslog::open(hay, limit),
            Envelope::Docker | Envelope::Journald => None,
        })
    }

    /// Opens those lines of `set`, of a batch of `block`, that have but a header, and has them be read behind it;
    /// answers which. Their own fields are set; what is decoded is appended to `text`.
    pub(super) fn open_batch(
        &self,
        block: &[u8],
        batch: &mut Batch,
        set: LineSet,
        text: &mut Vec<u8>,
    ) -> LineSet {
        let mut opened = 0;
        for index in lines_of(set) {
            let (line, spans) = batch.row_mut(index);
            let Some(header) = self.open_header(&block[line.start..], line.len()) else { continue };
            self.give(&header, spans, text);
            if let Body::Line(start, _) = header.body {
                batch.begin(index, start);
                opened |= 1 << index;
            }
        }
        opened
    }

    /// No field of an envelope is there.
    #[inline(always)]
    pub fn clear(&self, spans: &mut [Span]) {
        for &(_, slot) in &self.wanted {
            spans[slot] = Span::ABSENT;
        }
    }

    /// Moves the fields inside to where the text lies, and adds those of the envelope.
    pub fn finish(&self, opened: &Opened, spans: &mut [Span], text: &mut Vec<u8>) {
        let (start, in_scratch) = match opened.body {
            Body::Line(start, _) => (start, false),
            Body::Scratch(start, _) => (start, true),
            Body::Nothing => return,
        };
        for &slot in &self.inside {
            spans[slot] = spans[slot].moved(start, in_scratch);
        }
        self.give(opened, spans, text);
    }

    /// Gives the fields of an envelope to their slots.
    #[inline(always)]
    fn give(&self, opened: &Opened, spans: &mut [Span], text: &mut Vec<u8>) {
        for &(part, slot) in &self.wanted {
            spans[slot] = match (part, opened.priority) {
                (FACILITY, Some(priority)) => syslog::facility(priority / 8, text),
                (SEVERITY, Some(priority)) => syslog::severity(priority % 8, text),
                _ => opened.parts[part],
            };
        }
    }

    fn docker(&self, line: &[u8], text: &mut Vec<u8>) -> Option<Opened> {
        let mut spans = [Span::ABSENT; 3];
        if !line.starts_with(b"{") || self.docker.scan(line, &mut spans, text).is_err() {
            return None;
        }
        let [log, time, stream] = spans;
        if time == Span::ABSENT || log == Span::ABSENT {
            return None;
        }
        let mut parts = [Span::ABSENT; PARTS.len()];
        parts[TIME] = time;
        parts[STREAM] = stream;
        Some(Opened { body: body_at(log, line, text), parts, priority: None })
    }

    fn journald(&self, line: &[u8], text: &mut Vec<u8>) -> Option<Opened> {
        let mut parts = [Span::ABSENT; PARTS.len()];
        if line.starts_with(b"MESSAGE=") {
            return Some(Opened { body: Body::Line(8, line.len()), parts, priority: None });
        }
        let mut spans = [Span::ABSENT; 7];
        if !line.starts_with(b"{") || self.journald.scan(line, &mut spans, text).is_err() {
            return None;
        }
        let [message, time, hostname, program, pid, facility, severity] = spans;
        if message == Span::ABSENT {
            return None;
        }
        let (facility, severity) = (number(facility.of(line, text)), number(severity.of(line, text)));
        (parts[TIME], parts[HOSTNAME], parts[PROGRAM], parts[PID]) = (time, hostname, program, pid);
        let body = body_at(message, line, text);
        parts[FACILITY] = facility.map_or(Span::ABSENT, |number| syslog::facility(number, text));
        parts[SEVERITY] = severity.map_or(Span::ABSENT, |number| syslog::severity(number, text));
        Some(Opened { body, parts, priority: None })
    }
}

fn number(digits: &[u8]) -> Option<u8> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// The texts that envelopes hold in these lines, which follow each other, with what else is beside an
/// envelope; nothing for lines that are in none.
pub fn bodies<'a>(wrapping: Wrapping, lines: impl IntoIterator<Item = &'a [u8]>) -> Vec<Option<Vec<u8>>> {
    let reader = EnvelopeReader::new(wrapping, |_| None, Vec::new());
    let mut entry = Entry::default();
    let mut body = |line: &'a [u8]| {
        let mut text = Vec::new();
        match reader.open(line, line.len(), &mut entry, &mut text).map(|opened| opened.body) {
            None => Some(None),
            Some(Body::Line(start, end)) => Some(Some(line[start..end].to_vec())),
            Some(Body::Scratch(start, end)) => Some(Some(text[start..end].to_vec())),
            Some(Body::Nothing) => None,
        }
    };
    lines.into_iter().filter_map(&mut body).collect()
}

/// The text at `span` without the line end that Docker keeps.
fn body_at(span: Span, line: &[u8], text: &[u8]) -> Body {
    let (start, end, in_scratch) = span.bounds();
    let inside = span.of(line, text);
    let kept = inside.strip_suffix(b"\n").unwrap_or(inside);
    let kept = kept.strip_suffix(b"\r").unwrap_or(kept);
    let end = end - (inside.len() - kept.len());
    if in_scratch { Body::Scratch(start, end) } else { Body::Line(start, end) }
}

/// A line that somebody indented, without the blanks around it.
fn indented(line: &[u8]) -> Option<Opened> {
    let start = line.len() - line.trim_ascii_start().len();
    let end = line.trim_ascii_end().len();
    let body = Body::Line(start, end);
    (0 < start && start < end).then_some(Opened { body, parts: [Span::ABSENT; PARTS.len()], priority: None })
}

/// `2026-11-21T10:15:32.123456789Z stdout F text` (Kubernetes, `kubelet` CRI logging format).
fn cri(hay: &[u8], limit: usize) -> Option<Opened> {
    let line = &hay[..limit];
    if !matches!(line, [b'0'..=b'9', _, _, _, _, _, _, _, _, _, b'T', ..]) {
        return None;
    }
    let space = find_short(hay, 0, limit, 0, *b" ");
    let rest = line.get(space + 1..).filter(|_| space >= 20)?;
    let stream = [&b"stdout "[..], b"stderr "].into_iter().find(|stream| rest.starts_with(stream))?.len();
    let tag = rest.get(stream..stream + 2)?;
    if !matches!(tag, b"F " | b"P ") {
        return None;
    }
    let mut parts = [Span::ABSENT; PARTS.len()];
    parts[TIME] = Span::line(0, space);
    parts[STREAM] = Span::line(space + 1, space + stream);
    let body = Body::Line(space + 1 + stream + 2, limit);
    Some(Opened { body, parts, priority: None })
}

#[cfg(test)]
mod tests;
