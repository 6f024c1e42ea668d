//! From a line to a record: the compiled form of a format, chosen once, run on borrowed bytes.

mod compile;
pub mod delimiter;
pub mod derive;
pub mod json;
mod list;
mod lowered;
pub mod record;
pub mod regex;
mod run;
mod simd;

use std::sync::OnceLock;

pub use compile::{CompileError, UnknownFields, logged_and_split, offered};
pub use json::JsonScanner;
pub use record::{Mismatch, Reason, Record, RecordSink, Span};

use self::delimiter::{Delimiter, Outcome};
use self::derive::Derive;
use self::regex::{RegexReader, RegexScratch};
use self::simd::{Search, Work};
use crate::format::{Kind, Pattern};

/// A compiled format that fills the slots that were asked for; immutable, shared by threads.
///
/// Slot `i` of its records is the `i`-th wanted field of [`Scanner::compile`].
#[derive(Debug)]
pub struct Scanner {
    reader: Reader,
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
}

impl Strategy {
    /// `pattern`, `regex` or `json`.
    pub const fn name(self) -> &'static str {
        match self {
            Strategy::Pattern => "pattern",
            Strategy::Regex => "regex",
            Strategy::Json => "json",
        }
    }
}

/// The strategy for a format, compiled.
#[derive(Debug)]
enum Reader {
    /// From delimiter to delimiter; `plain` decides what that leaves open and is built when first
    /// needed (most logs never need it).
    Pattern { fast: Box<Delimiter>, plain: OnceLock<Box<RegexReader>>, pattern: Pattern, slots: Vec<usize> },
    /// A user's regex, and why it is not read as a pattern.
    Regex(Box<RegexReader>, String),
    /// JSON lines.
    Json(Box<JsonScanner>),
}

/// What a scanner writes while it reads; one per thread, made by [`Scanner::scratch`].
#[derive(Debug)]
pub struct Scratch {
    spans: Vec<Span>,
    text: Vec<u8>,
    regex: Option<RegexScratch>,
}

impl Scanner {
    /// Fresh scratch for this scanner.
    pub fn scratch(&self) -> Scratch {
        Scratch { spans: vec![Span::ABSENT; self.slots], text: derive::CONSTANTS.to_vec(), regex: None }
    }

    /// How this scanner reads lines.
    pub fn strategy(&self) -> Strategy {
        match self.reader {
            Reader::Pattern { .. } => Strategy::Pattern,
            Reader::Regex(..) => Strategy::Regex,
            Reader::Json(_) => Strategy::Json,
        }
    }

    /// Why a user's regex is not read from delimiter to delimiter; `None` for all else.
    pub fn why_regex(&self) -> Option<&str> {
        match &self.reader {
            Reader::Regex(_, why) => Some(why),
            Reader::Pattern { .. } | Reader::Json(_) => None,
        }
    }

    /// The kinds of the wanted fields, in slot order.
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// Reads a block of whole lines (the last one may lack its line feed) and hands every line to
    /// `sink`, in order. One carriage return before a line feed is not part of the line.
    pub fn scan_block<K: RecordSink>(&self, scratch: &mut Scratch, block: &[u8], sink: &mut K) {
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
            (Reader::Pattern { fast, .. }, _) => fast.expected(mismatch),
            (Reader::Regex(..), _) => "a match of the regex".to_owned(),
            (Reader::Json(json), _) => json.expected(mismatch),
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
            return Err(Mismatch { reason: Reason::Empty, offset: 0, piece: 0 });
        }
        scratch.text.truncate(derive::CONSTANTS.len());
        match &self.reader {
            Reader::Pattern { fast, .. } => match fast.scan(search, hay, limit, &mut scratch.spans) {
                Outcome::Match => {}
                Outcome::Mismatch(mismatch) => return Err(mismatch),
                Outcome::Undecided(mismatch) => {
                    if !self.scan_plain(scratch, &hay[..limit]) {
                        return Err(mismatch);
                    }
                }
            },
            Reader::Regex(regex, _) => {
                let Scratch { spans, regex: own, .. } = scratch;
                if !regex.scan(own.get_or_insert_with(|| regex.scratch()), &hay[..limit], spans) {
                    return Err(Mismatch { reason: Reason::Regex, offset: 0, piece: 0 });
                }
            }
            Reader::Json(json) => json.scan(&hay[..limit], &mut scratch.spans, &mut scratch.text)?,
        }
        self.derive(search, hay, scratch);
        Ok(())
    }

    /// Fills the slots of derived fields.
    #[inline(always)]
    fn derive<S: Search>(&self, search: S, hay: &[u8], scratch: &mut Scratch) {
        for derive in &self.derives {
            derive.apply(search, hay, &mut scratch.text, &mut scratch.spans);
        }
    }

    /// Reads a line by the pattern's defining regex.
    #[cold]
    #[inline(never)]
    fn scan_plain(&self, scratch: &mut Scratch, line: &[u8]) -> bool {
        let Reader::Pattern { plain, pattern, slots, .. } = &self.reader else { return false };
        let plain = plain.get_or_init(|| Box::new(RegexReader::of_pattern(pattern, |field| slots[field])));
        plain.scan(scratch.regex.get_or_insert_with(|| plain.scratch()), line, &mut scratch.spans)
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
        let mut at = 0;
        if let Reader::Pattern { fast, .. } = &self.scanner.reader {
            // Lines that end in a line feed are matched without looking for it first.
            let ended = memchr::memrchr(b'\n', self.block).map_or(0, |feed| feed + 1);
            while at < ended {
                let hay = &self.block[at..ended];
                at += match fast.scan_ahead(search, hay, &mut self.scratch.spans) {
                    Some(end) => {
                        self.scanner.derive(search, hay, self.scratch);
                        self.sink.record(&self.scratch.record(&hay[..end]));
                        end + if hay[end] == b'\r' { 2 } else { 1 }
                    }
                    None => self.line(search, hay),
                };
            }
        }
        while at < self.block.len() {
            at += self.line(search, &self.block[at..]);
        }
    }
}

impl<K: RecordSink> Lines<'_, K> {
    /// Reads the line that `hay` begins with; answers the offset of the next one.
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
