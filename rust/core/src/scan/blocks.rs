//! Blocks of lines, read batch by batch: what can be read so is, the rest line by line.

use super::batch::{Batch, Found, Split};
use super::certified::Certified;
use super::columns::ColumnLines;
use super::derive::{self, Derive};
use super::pairs::PairLines;
use super::simd::{self, Search, Work};
use super::{LineSet, Own, Reader, RecordSink, Scanner, Scratch, Span, lines_of};

impl Scanner {
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
