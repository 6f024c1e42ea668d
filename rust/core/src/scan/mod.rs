//! From a line to a record: the compiled form of a format, chosen once, run on borrowed bytes.

mod certified;
pub mod columns;
mod compile;
pub mod delimiter;
pub mod derive;
pub mod envelope;
pub mod json;
mod keyed;
mod list;
mod lowered;
pub mod pairs;
pub mod record;
pub mod regex;
mod run;
mod simd;
mod stops;
mod unescape;
mod variant;

pub use compile::{CompileError, UnknownFields, logged_and_split, offered, shown_and_quiet, viewed_field};
pub use json::JsonScanner;
pub use record::{Mismatch, Reason, Record, RecordSink, Span};
pub use unescape::unescape;

use self::certified::Certified;
use self::columns::{ColumnScanner, Layout};
use self::derive::Derive;
use self::envelope::{Body, Entry, EnvelopeReader, Opened};
use self::pairs::PairScanner;
use self::regex::{RegexReader, RegexScratch};
use self::simd::{Search, Work};
use self::variant::Variants;
use crate::format::Kind;

/// A compiled format that fills the slots that were asked for; immutable, shared by threads.
///
/// Slot `i` of its records is the `i`-th wanted field of [`Scanner::compile`].
#[derive(Debug)]
pub struct Scanner {
    reader: Reader,
    /// What may stand around every line, such as a syslog header.
    envelope: Option<EnvelopeReader>,
    derives: Vec<Derive>,
    /// Kinds of the wanted fields, in order.
    kinds: Vec<Kind>,
    /// Slots in all: wanted ones, sources of derived ones, one spare.
    slots: usize,
}

/// How a scanner reads lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// From delimiter to delimiter: the fast one.
    Pattern,
    /// By a regex.
    Regex,
    /// As JSON.
    Json,
    /// Column by column.
    Columns,
    /// As keys with values.
    Pairs,
}

impl Strategy {
    /// `pattern`, `regex`, `json`, `columns` or `pairs`.
    pub const fn name(self) -> &'static str {
        match self {
            Strategy::Pattern => "pattern",
            Strategy::Regex => "regex",
            Strategy::Json => "json",
            Strategy::Columns => "columns",
            Strategy::Pairs => "pairs",
        }
    }
}

/// The strategy for a format, compiled.
#[derive(Debug)]
enum Reader {
    /// From delimiter to delimiter; what certifies a match where the pattern is a relaxed regex.
    Pattern(Variants, Option<Box<Certified>>),
    /// A user's regex, and why it is not read as a pattern.
    Regex(Box<RegexReader>, String),
    /// JSON lines.
    Json(Box<JsonScanner>),
    /// Columns.
    Columns(Box<ColumnScanner>),
    /// Keys with values.
    Pairs(Box<PairScanner>),
}

/// What a scanner writes while it reads; one per thread, made by [`Scanner::scratch`].
#[derive(Debug)]
pub struct Scratch {
    spans: Vec<Span>,
    text: Vec<u8>,
    regex: Option<RegexScratch>,
    /// The columns that the last header line named.
    layout: Option<Layout>,
    /// The decoded text that an envelope holds.
    body: Vec<u8>,
    /// What an envelope of several lines held so far.
    entry: Entry,
}

impl Scanner {
    /// Fresh scratch for this scanner.
    pub fn scratch(&self) -> Scratch {
        let layout = match &self.reader {
            Reader::Columns(columns) => Some(columns.layout()),
            _ => None,
        };
        Scratch {
            spans: vec![Span::ABSENT; self.slots],
            text: derive::CONSTANTS.to_vec(),
            regex: None,
            layout,
            body: Vec::new(),
            entry: Entry::default(),
        }
    }

    /// How this scanner reads lines.
    pub fn strategy(&self) -> Strategy {
        match self.reader {
            Reader::Pattern(..) => Strategy::Pattern,
            Reader::Regex(..) => Strategy::Regex,
            Reader::Json(_) => Strategy::Json,
            Reader::Columns(_) => Strategy::Columns,
            Reader::Pairs(_) => Strategy::Pairs,
        }
    }

    /// Why a user's regex is not read from delimiter to delimiter; `None` for all else.
    pub fn why_regex(&self) -> Option<&str> {
        match &self.reader {
            Reader::Regex(_, why) => Some(why),
            _ => None,
        }
    }

    /// Whether what a line means may depend on the lines before it, so that a file has to be read
    /// from its beginning by one thread.
    pub fn needs_order(&self) -> bool {
        matches!(&self.reader, Reader::Columns(columns) if columns.follows_headers())
            || self.envelope.as_ref().is_some_and(EnvelopeReader::needs_order)
    }

    /// The kinds of the wanted fields, in slot order.
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// Reads a block of whole lines (the last one may lack its line feed) and hands every line to
    /// `sink`, in order. One carriage return before a line feed is not part of the line.
    pub fn scan_block<K: RecordSink>(&self, scratch: &mut Scratch, block: &[u8], sink: &mut K) {
        if let Reader::Columns(columns) = &self.reader {
            // Another scratch may have read the header that is in force.
            scratch.layout = Some(columns.layout());
        }
        simd::dispatch(Lines { scanner: self, scratch, block, sink });
    }

    /// Reads one line without its line feed.
    ///
    /// # Errors
    /// Where and why the line leaves the format.
    pub fn scan_line<'a>(&'a self, scratch: &'a mut Scratch, line: &'a [u8]) -> Result<Record<'a>, Mismatch> {
        self.scan_with(simd::Portable, scratch, line, line.len())?;
        Ok(scratch.record(line))
    }

    /// What was expected where a line left the format, in words.
    pub fn expected(&self, mismatch: &Mismatch) -> String {
        match (&self.reader, mismatch.reason) {
            (_, Reason::Empty) => "a line with text".to_owned(),
            (_, Reason::Oversize) => "a shorter line".to_owned(),
            (_, Reason::Comment) => "a record, not a comment".to_owned(),
            (_, Reason::Envelope) => {
                self.envelope.as_ref().map_or_else(String::new, |envelope| envelope.describe().to_owned())
            }
            (Reader::Pattern(_, Some(_)), _) => "a match of the regex".to_owned(),
            (Reader::Pattern(variants, None), _) => variants.expected(mismatch),
            (Reader::Regex(..), _) => "a match of the regex".to_owned(),
            (Reader::Json(json), _) => json.expected(mismatch),
            (Reader::Columns(columns), _) => columns.expected(mismatch),
            (Reader::Pairs(pairs), _) => pairs.expected(mismatch),
        }
    }

    /// Reads the line `hay[..limit]` into the scratch; `hay` may go on beyond it.
    #[inline(always)]
    fn scan_with<S: Search>(
        &self,
        search: S,
        scratch: &mut Scratch,
        hay: &[u8],
        limit: usize,
    ) -> Result<(), Mismatch> {
        if limit == 0 {
            let reason = if scratch.entry.end() { Reason::Comment } else { Reason::Empty };
            return Err(Mismatch { reason, offset: 0, piece: 0 });
        }
        scratch.text.truncate(derive::CONSTANTS.len());
        self.read_enveloped(search, scratch, hay, limit)?;
        self.derive(search, hay, scratch);
        Ok(())
    }

    /// Reads the fields that the format itself logs.
    #[inline(always)]
    fn read<S: Search>(
        &self,
        search: S,
        scratch: &mut Scratch,
        hay: &[u8],
        limit: usize,
    ) -> Result<(), Mismatch> {
        let Scratch { spans, text, regex: own, layout, .. } = scratch;
        match &self.reader {
            Reader::Pattern(variants, certified) => {
                let plain = if certified.is_none() { Some(&mut *own) } else { None };
                let read = variants.scan(search, hay, limit, spans, plain);
                let Some(certified) = certified else { return read };
                let line = &hay[..limit];
                if (read.is_ok() && certified.holds(line, spans, text)) || certified.scan_plain(own, line, spans) {
                    Ok(())
                } else {
                    Err(Mismatch { reason: Reason::Regex, offset: 0, piece: 0 })
                }
            }
            Reader::Regex(regex, _) => {
                if regex.scan(own.get_or_insert_with(|| regex.scratch()), &hay[..limit], spans) {
                    Ok(())
                } else {
                    Err(Mismatch { reason: Reason::Regex, offset: 0, piece: 0 })
                }
            }
            Reader::Json(json) => json.scan_ahead(hay, limit, spans, text),
            Reader::Columns(columns) => columns.scan(search, hay, limit, layout, spans, text),
            Reader::Pairs(pairs) => pairs.scan(search, hay, limit, spans, text),
        }
    }

    /// Reads a line inside its envelope, or by itself where there is none or it is not demanded.
    #[inline(always)]
    fn read_enveloped<S: Search>(
        &self,
        search: S,
        scratch: &mut Scratch,
        hay: &[u8],
        limit: usize,
    ) -> Result<(), Mismatch> {
        let mut refused = Mismatch { reason: Reason::Envelope, offset: 0, piece: 0 };
        let mut opened: Option<Opened> = None;
        let mut is_opened = self.envelope.as_ref().is_some_and(|envelope| !envelope.is_optional());
        // One call of `read`, which is inlined: first for the line itself, then for what is inside.
        loop {
            if is_opened {
                scratch.text.truncate(derive::CONSTANTS.len());
                let open = |envelope: &EnvelopeReader| {
                    envelope.open(&hay[..limit], &mut scratch.entry, &mut scratch.text)
                };
                opened = self.envelope.as_ref().and_then(open);
                if opened.is_none() {
                    return Err(refused);
                }
            }
            // Readers rely on a line end behind the limit, or on nothing: hence slices that end there.
            let mut decoded = std::mem::take(&mut scratch.body);
            let (body, start) = match opened.as_ref().map(|opened| opened.body) {
                None => (hay, 0),
                Some(Body::Line(start, end)) => (&hay[start..end], start),
                Some(Body::Nothing) => {
                    scratch.body = decoded;
                    return Err(Mismatch { reason: Reason::Comment, offset: 0, piece: 0 });
                }
                Some(Body::Scratch(start, end)) => {
                    decoded.clear();
                    decoded.extend_from_slice(&scratch.text[start..end]);
                    (decoded.as_slice(), 0)
                }
            };
            let end = if is_opened { body.len() } else { limit };
            let read = self.read(search, scratch, body, end);
            scratch.body = decoded;
            match (read, &opened) {
                (Ok(()), _) => {
                    match (&self.envelope, &opened) {
                        (Some(envelope), Some(opened)) => {
                            envelope.finish(opened, &mut scratch.spans, &mut scratch.text);
                        }
                        (Some(envelope), None) => envelope.clear(&mut scratch.spans),
                        (None, _) => {}
                    }
                    return Ok(());
                }
                (Err(mismatch), None) if self.envelope.is_none() => return Err(mismatch),
                (Err(mismatch), None) => {
                    refused = mismatch;
                    is_opened = true;
                }
                (Err(mismatch), Some(opened)) => {
                    let offset = match opened.body {
                        Body::Line(..) => mismatch.offset + start as u32,
                        Body::Scratch(..) | Body::Nothing => 0,
                    };
                    return Err(Mismatch { offset, ..mismatch });
                }
            }
        }
    }

    /// Fills the slots of derived fields.
    #[inline(always)]
    fn derive<S: Search>(&self, search: S, hay: &[u8], scratch: &mut Scratch) {
        for derive in &self.derives {
            derive.apply(search, hay, &mut scratch.text, &mut scratch.spans);
        }
    }
}

/// The loop over a block's lines, compiled per instruction set.
struct Lines<'a, K> {
    scanner: &'a Scanner,
    scratch: &'a mut Scratch,
    block: &'a [u8],
    sink: &'a mut K,
}

impl<K: RecordSink> Work for Lines<'_, K> {
    type Output = ();

    #[inline(always)]
    fn run<S: Search>(mut self, search: S) {
        let ahead = match &self.scanner.reader {
            Reader::Pattern(variants, None)
                if self.scanner.envelope.as_ref().is_none_or(EnvelopeReader::is_optional) =>
            {
                Some(variants)
            }
            _ => None,
        };
        // Lines that end in a line feed are matched without looking for it first.
        let ended = memchr::memrchr(b'\n', self.block).map_or(0, |feed| feed + 1);
        let mut at = 0;
        while at < self.block.len() {
            if let Some(variants) = ahead
                && at < ended
                && let hay = &self.block[at..ended]
                && let Some(end) = variants.scan_ahead(search, hay, &mut self.scratch.spans)
            {
                if let Some(envelope) = &self.scanner.envelope {
                    envelope.clear(&mut self.scratch.spans);
                }
                self.scratch.text.truncate(derive::CONSTANTS.len());
                self.scanner.derive(search, hay, self.scratch);
                self.sink.record(&self.scratch.record(&hay[..end]));
                at += end + if hay[end] == b'\r' { 2 } else { 1 };
                continue;
            }
            at += self.line(search, &self.block[at..]);
        }
    }
}

impl<K: RecordSink> Lines<'_, K> {
    /// Reads the line that `hay` begins with; answers the offset of the next one.
    ///
    /// Inlined, as all that it calls: in a function that is compiled without the instruction set, every
    /// vector operation would be a call. At one place, since it is large.
    #[inline(always)]
    fn line<S: Search>(&mut self, search: S, hay: &[u8]) -> usize {
        let feed = search.find::<true, 0>(hay, 0, hay.len(), []);
        let limit = if feed > 0 && hay[feed - 1] == b'\r' { feed - 1 } else { feed };
        match self.scanner.scan_with(search, self.scratch, hay, limit) {
            Ok(()) => self.sink.record(&self.scratch.record(&hay[..limit])),
            Err(mismatch) => self.sink.reject(&hay[..limit], &mismatch),
        }
        feed + 1
    }
}

impl Scratch {
    fn record<'a>(&'a self, line: &'a [u8]) -> Record<'a> {
        Record { line, scratch: &self.text, spans: &self.spans }
    }
}

#[cfg(test)]
mod tests;
