//! From a line to a record: the compiled form of a format, chosen once, run on borrowed bytes.

mod compile;
pub mod delimiter;
pub mod derive;
pub mod json;
mod list;
pub mod record;
pub mod regex;
mod simd;

use std::sync::OnceLock;

pub use compile::{CompileError, UnknownField, logged_and_split, offered};
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

/// The strategy for a format.
#[derive(Debug)]
enum Reader {
    /// From delimiter to delimiter; `plain` decides what that leaves open and is built when first
    /// needed (most logs never need it).
    Pattern { fast: Box<Delimiter>, plain: OnceLock<Box<RegexReader>>, pattern: Pattern, slots: Vec<usize> },
    /// A user's regex.
    Regex(Box<RegexReader>),
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
        Ok(Record { line, scratch: &scratch.text, spans: &scratch.spans })
    }

    /// What was expected where a line left the format, in words.
    pub fn expected(&self, mismatch: &Mismatch) -> String {
        match (&self.reader, mismatch.reason) {
            (_, Reason::Empty) => "a line with text".to_owned(),
            (_, Reason::Oversize) => "a shorter line".to_owned(),
            (Reader::Pattern { fast, .. }, _) => fast.expected(mismatch),
            (Reader::Regex(_), _) => "a match of the regex".to_owned(),
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
            Reader::Regex(regex) => {
                let Scratch { spans, regex: own, .. } = scratch;
                if !regex.scan(own.get_or_insert_with(|| regex.scratch()), &hay[..limit], spans) {
                    return Err(Mismatch { reason: Reason::Regex, offset: 0, piece: 0 });
                }
            }
            Reader::Json(json) => json.scan(&hay[..limit], &mut scratch.spans, &mut scratch.text)?,
        }
        for derive in &self.derives {
            derive.apply(search, hay, &mut scratch.text, &mut scratch.spans);
        }
        Ok(())
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
    fn run<S: Search>(self, search: S) {
        let Lines { scanner, scratch, block, sink } = self;
        let mut at = 0;
        while at < block.len() {
            let feed = search.find(block, at, block.len(), *b"\n");
            let hay = &block[at..];
            let mut limit = feed - at;
            if limit > 0 && hay[limit - 1] == b'\r' {
                limit -= 1;
            }
            match scanner.scan_with(search, scratch, hay, limit) {
                Ok(()) => sink.record(&Record {
                    line: &hay[..limit],
                    scratch: &scratch.text,
                    spans: &scratch.spans,
                }),
                Err(mismatch) => sink.reject(&hay[..limit], &mismatch),
            }
            at = feed + 1;
        }
    }
}

#[cfg(test)]
mod tests;
