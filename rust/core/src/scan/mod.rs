//! From a line to a record: the compiled form of a format, chosen once, run on borrowed bytes.

#[cfg(test)]
mod alone;
mod batch;
mod blocks;
mod certified;
pub mod columns;
mod compile;
pub mod delimiter;
pub mod derive;
mod division;
pub mod envelope;
pub mod json;
mod keyed;
mod list;
mod literal;
mod lowered;
pub mod pairs;
pub mod record;
pub mod regex;
mod run;
mod shapes;
pub(crate) mod simd;
mod stops;
mod unescape;
mod variant;

pub use batch::{Column, LineSet, MOST_LINES, lines_of, set_of};
pub use compile::{CompileError, UnknownFields, logged_and_split, offered, shown_and_quiet, viewed_field};
pub use json::JsonScanner;
pub use record::{Mismatch, Reason, Record, RecordSink, Records, Span};
pub use unescape::unescape;

use self::batch::Batch;
use self::certified::Certified;
use self::columns::{ColumnScanner, Layout};
use self::derive::Derive;
use self::envelope::{Body, Entry, EnvelopeReader, Opened};
use self::pairs::PairScanner;
use self::regex::{RegexReader, RegexScratch};
use self::shapes::Shapes;
use self::simd::Search;
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
    batch: Batch,
    own: Own,
}

/// What a scanner writes besides spans.
#[derive(Debug)]
struct Own {
    /// Constants, and the texts of the batch's lines that do not stand in them.
    text: Vec<u8>,
    regex: Option<RegexScratch>,
    /// The columns that the last header line named.
    layout: Option<Layout>,
    /// The decoded text that an envelope holds.
    body: Vec<u8>,
    /// What an envelope of several lines held so far.
    entry: Entry,
    /// How the last lines of JSON were written.
    json_shapes: Shapes<json::Shape>,
    /// How the last lines of pairs were written.
    pair_shapes: Shapes<pairs::Shape>,
}

impl Scanner {
    /// Fresh scratch for this scanner.
    pub fn scratch(&self) -> Scratch {
        let layout = match &self.reader {
            Reader::Columns(columns) => Some(columns.layout()),
            _ => None,
        };
        let own = Own {
            text: derive::CONSTANTS.to_vec(),
            regex: None,
            layout,
            body: Vec::new(),
            entry: Entry::default(),
            json_shapes: Shapes::default(),
            pair_shapes: Shapes::default(),
        };
        Scratch { batch: Batch::new(self.slots), own }
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

    /// Reads one line without its line feed.
    ///
    /// # Errors
    /// Where and why the line leaves the format.
    pub fn scan_line<'a>(&'a self, scratch: &'a mut Scratch, line: &'a [u8]) -> Result<Record<'a>, Mismatch> {
        let Scratch { batch, own } = scratch;
        own.text.truncate(derive::CONSTANTS.len());
        let (_, spans) = batch.row_mut(0);
        self.scan_with(simd::Portable, own, spans, line, line.len())?;
        Ok(Record { line, scratch: &own.text, spans })
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
            (Reader::Pattern(_, Some(_)) | Reader::Regex(..), _) => "a match of the regex".to_owned(),
            (Reader::Pattern(variants, None), _) => variants.expected(mismatch),
            (Reader::Json(json), _) => json.expected(mismatch),
            (Reader::Columns(columns), _) => columns.expected(mismatch),
            (Reader::Pairs(pairs), _) => pairs.expected(mismatch),
        }
    }

    /// Reads the line `hay[..limit]` into `spans`; `hay` may go on beyond it.
    #[inline(always)]
    fn scan_with<S: Search>(
        &self,
        search: S,
        own: &mut Own,
        spans: &mut [Span],
        hay: &[u8],
        limit: usize,
    ) -> Result<(), Mismatch> {
        if limit == 0 {
            let reason = if own.entry.end() { Reason::Comment } else { Reason::Empty };
            return Err(Mismatch { reason, offset: 0, piece: 0 });
        }
        self.read_enveloped(search, own, spans, hay, limit)?;
        for derive in &self.derives {
            derive.apply(search, hay, &mut own.text, spans);
        }
        Ok(())
    }

    /// Reads the fields that the format itself logs.
    #[inline(always)]
    fn read<S: Search>(
        &self,
        search: S,
        own: &mut Own,
        spans: &mut [Span],
        hay: &[u8],
        limit: usize,
    ) -> Result<(), Mismatch> {
        let Own { text, regex: scratch, layout, .. } = own;
        match &self.reader {
            Reader::Pattern(variants, certified) => {
                let plain = if certified.is_none() { Some(&mut *scratch) } else { None };
                let read = variants.scan(search, hay, limit, spans, plain);
                let Some(certified) = certified else { return read };
                let line = &hay[..limit];
                let holds = read.is_ok() && certified.holds(line, spans);
                if holds || certified.scan_plain(scratch, line, spans) {
                    Ok(())
                } else {
                    Err(Mismatch { reason: Reason::Regex, offset: 0, piece: 0 })
                }
            }
            Reader::Regex(regex, _) => {
                if regex.scan(scratch.get_or_insert_with(|| regex.scratch()), &hay[..limit], spans) {
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
        own: &mut Own,
        spans: &mut [Span],
        hay: &[u8],
        limit: usize,
    ) -> Result<(), Mismatch> {
        let before = own.text.len();
        let mut refused = Mismatch { reason: Reason::Envelope, offset: 0, piece: 0 };
        let mut opened: Option<Opened> = None;
        let mut is_opened = self.envelope.as_ref().is_some_and(|envelope| !envelope.is_optional());
        // One call of `read`, which is inlined: first for the line itself, then for what is inside.
        loop {
            if is_opened {
                own.text.truncate(before);
                let open =
                    |envelope: &EnvelopeReader| envelope.open(hay, limit, &mut own.entry, &mut own.text);
                opened = self.envelope.as_ref().and_then(open);
                if opened.is_none() {
                    return Err(refused);
                }
            }
            // Readers rely on a line end behind the limit, or on nothing: hence slices that end there.
            let mut decoded = std::mem::take(&mut own.body);
            let (body, start) = match opened.as_ref().map(|opened| opened.body) {
                None => (hay, 0),
                Some(Body::Line(start, end)) => (&hay[start..end], start),
                Some(Body::Nothing) => {
                    own.body = decoded;
                    return Err(Mismatch { reason: Reason::Comment, offset: 0, piece: 0 });
                }
                Some(Body::Scratch(start, end)) => {
                    decoded.clear();
                    decoded.extend_from_slice(&own.text[start..end]);
                    (decoded.as_slice(), 0)
                }
            };
            let end = if is_opened { body.len() } else { limit };
            let read = self.read(search, own, spans, body, end);
            own.body = decoded;
            match (read, &opened) {
                (Ok(()), _) => {
                    match (&self.envelope, &opened) {
                        (Some(envelope), Some(opened)) => envelope.finish(opened, spans, &mut own.text),
                        (Some(envelope), None) => envelope.clear(spans),
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
}

#[cfg(test)]
mod tests;
