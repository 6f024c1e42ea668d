//! From a line to a record: the compiled form of a format, chosen once, run on borrowed bytes.

#[cfg(test)]
mod alone;
mod batch;
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

use self::batch::{Batch, Found, Split};
use self::certified::Certified;
use self::columns::{ColumnLines, ColumnScanner, Layout};
use self::derive::Derive;
use self::envelope::{Body, Entry, EnvelopeReader, Opened};
use self::pairs::{PairLines, PairScanner};
use self::regex::{RegexReader, RegexScratch};
use self::shapes::Shapes;
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

    /// Reads a block of whole lines (the last one may lack its line feed) and hands every line to
    /// `sink`, in order. One carriage return before a line feed is not part of the line.
    pub fn scan_block<K: RecordSink>(&self, scratch: &mut Scratch, block: &[u8], sink: &mut K) {
        if let Reader::Columns(columns) = &self.reader {
            // Another scratch may have read the header that is in force.
            scratch.own.layout = Some(columns.layout());
        }
        let mut text = block;
        while !text.is_empty() {
            let read = self.read_batch(scratch, text);
            scratch.batch.hand_on(text, &scratch.own.text, sink);
            text = &text[read..];
        }
    }

    /// Reads the first lines of `text`; answers where the next one begins.
    fn read_batch(&self, scratch: &mut Scratch, text: &[u8]) -> usize {
        scratch.own.text.truncate(derive::CONSTANTS.len());
        let Scratch { batch, own } = &mut *scratch;
        let read = simd::dispatch(Split { batch, text });
        let filled = batch.filled();
        let mut found = match &self.envelope {
            Some(envelope) if !envelope.is_optional() => Found { matched: 0, refused: filled },
            _ => self.read_set(own, batch, text, filled),
        };
        if let Some(envelope) = &self.envelope {
            lines_of(found.matched).for_each(|index| envelope.clear(batch.row_mut(index).1));
            if found.refused != 0 && matches!(self.reader, Reader::Pattern(_, None)) {
                let opened = envelope.open_batch(text, batch, found.refused, &mut own.text);
                found.matched |= self.read_set(own, batch, text, opened).matched;
            }
        }
        let matched = found.matched;
        for derive in &self.derives {
            simd::dispatch(DeriveLines { derive, scratch, text, lines: matched });
        }
        let left = scratch.batch.all() & !matched;
        if left != 0 {
            simd::dispatch(ReadLines { scanner: self, scratch, text, lines: left });
        }
        read
    }

    /// Reads the lines of `set` as far as that can be done in a batch.
    fn read_set(&self, own: &mut Own, batch: &mut Batch, text: &[u8], set: LineSet) -> Found {
        let matched = |matched| Found { matched, refused: 0 };
        match &self.reader {
            Reader::Pattern(variants, certified) => {
                let found = variants.scan_batch(text, batch, set);
                let certain = |certified: &Certified| certified.of_batch(text, batch, found.matched);
                Found { matched: certified.as_deref().map_or(found.matched, certain), ..found }
            }
            Reader::Json(json) => matched(json.scan_batch(&mut own.json_shapes, text, batch, &mut own.text)),
            // In an envelope, one of the lines that are not read here may hold a header.
            Reader::Columns(columns) if self.envelope.is_some() && columns.follows_headers() => {
                Found::default()
            }
            Reader::Columns(columns) => {
                let layout = own.layout.get_or_insert_with(|| columns.layout());
                matched(simd::dispatch(ColumnLines { scanner: columns, layout, batch, text }))
            }
            Reader::Pairs(pairs) => {
                let shapes = &mut own.pair_shapes;
                matched(simd::dispatch(PairLines { scanner: pairs, shapes, batch, text }))
            }
            Reader::Regex(..) => Found::default(),
        }
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

/// The reading of lines one by one, compiled per instruction set.
struct ReadLines<'a> {
    scanner: &'a Scanner,
    scratch: &'a mut Scratch,
    text: &'a [u8],
    lines: LineSet,
}

impl Work for ReadLines<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Search>(self, search: S) {
        let ReadLines { scanner, scratch: Scratch { batch, own }, text, lines } = self;
        for index in lines_of(lines) {
            let (line, spans) = batch.row_mut(index);
            spans.fill(Span::ABSENT); // steps of the batch wrote there
            let read = scanner.scan_with(search, own, spans, &text[line.start..], line.len());
            batch.refuse(index, read.err());
        }
    }
}

/// One derivation in lines of a batch, compiled per instruction set.
struct DeriveLines<'a> {
    derive: &'a Derive,
    scratch: &'a mut Scratch,
    text: &'a [u8],
    lines: LineSet,
}

impl Work for DeriveLines<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Search>(self, search: S) {
        let DeriveLines { derive, scratch: Scratch { batch, own }, text, lines } = self;
        derive.apply_batch(search, text, &mut own.text, batch, lines);
    }
}

#[cfg(test)]
mod tests;
