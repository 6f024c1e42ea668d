//! Writes one JSON object per line, in the order of the inputs.

use std::fs::File;
use std::io::{self, Write as _};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use logagent_core::encode::json::{RecordWriter, write_mismatch};
use logagent_core::encode::schema::Schema;
use logagent_core::format::{Format, Kind};
use logagent_core::metric::Snapshot;
use logagent_core::scan::{Mismatch, Reason, Record, RecordSink, Scanner, Scratch, logged_and_split};

use super::detections::Sample;
use super::formats::{Formats, Opened, Reads};
use super::lock;
use crate::{Input, Job};

/// Writes what `format` reads in every line.
#[derive(Debug)]
pub struct Parse {
    formats: Formats<Reader>,
    year_if_absent: i16,
    schema: Schema,
    output: Mutex<Output>,
    total: Mutex<Snapshot>,
}

#[derive(Debug)]
struct Output {
    file: File,
    result: io::Result<()>,
}

/// What lines of one format are read and written with.
#[derive(Debug)]
pub struct Reader {
    scanner: Scanner,
    writer: RecordWriter,
}

impl Reads for Reader {
    fn scanner(&self) -> &Scanner {
        &self.scanner
    }
}

/// The output of some lines.
#[derive(Debug)]
pub struct Part {
    reading: Option<(Scratch, RecordWriter)>,
    counts: Snapshot,
    out: Vec<u8>,
    sample: Sample,
}

impl Parse {
    /// Reads lines of `format` and writes to `output`. `year_if_absent` is the year of instants that
    /// are logged without one; fields have the names of `schema`.
    pub fn new(format: Format, year_if_absent: i16, schema: Schema, output: File) -> Parse {
        Parse {
            formats: Formats::new(format),
            year_if_absent,
            schema,
            output: Mutex::new(Output { file: output, result: Ok(()) }),
            total: Mutex::new(Snapshot::new(&[])),
        }
    }

    /// Inputs whose format was detected: input and what was found, in words.
    pub fn detections(&self) -> Vec<(String, String)> {
        self.formats.detections()
    }

    /// How many lines there were, once the run is over.
    ///
    /// # Errors
    /// When the output could not be written.
    pub fn finish(self) -> io::Result<Snapshot> {
        self.output.into_inner().unwrap_or_else(PoisonError::into_inner).result?;
        Ok(self.total.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Job for Parse {
    type Source = Opened<Reader>;
    type Part = Part;

    fn head_bytes(&self) -> usize {
        self.formats.head_bytes()
    }

    fn open(&self, input: &Input, head: &[u8]) -> Result<Opened<Reader>, String> {
        self.formats.open(input, head, |format| {
            let names = logged_and_split(format);
            let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
            let scanner = Scanner::compile(format, &wanted)?;
            let fields: Vec<(String, Kind)> =
                names.iter().cloned().zip(scanner.kinds().iter().cloned()).collect();
            let writer = RecordWriter::with_schema(&fields, self.year_if_absent, self.schema);
            Ok(Arc::new(Reader { scanner, writer }))
        })
    }

    fn needs_order(&self, source: &Opened<Reader>) -> bool {
        source.needs_order()
    }

    fn part(&self) -> Part {
        Part { reading: None, counts: Snapshot::new(&[]), out: Vec::new(), sample: Sample::default() }
    }

    fn lines(&self, source: &Opened<Reader>, part: &mut Part, block: &[u8]) {
        let Part { reading, counts, out, sample } = part;
        let Reader { scanner, writer } = &*source.reader;
        sample.begin(source.detection.as_ref());
        let (scratch, writer) = reading.get_or_insert_with(|| (scanner.scratch(), writer.clone()));
        let mut lines = Lines { scanner, writer, counts, out, refused: sample.wanted() };
        scanner.scan_block(scratch, block, &mut lines);
        sample.trim();
    }

    fn covered(&self, part: &mut Part, bytes: u64) {
        part.counts.bytes += bytes;
    }

    fn oversize(&self, source: &Opened<Reader>, part: &mut Part) {
        let mismatch = Mismatch { reason: Reason::Oversize, offset: 0, piece: 0 };
        part.counts.reject(Reason::Oversize);
        write_mismatch(&mut part.out, mismatch.reason, 1, &source.scanner().expected(&mismatch));
        part.out.push(b'\n');
    }

    fn held_bytes(&self, part: &Part) -> usize {
        part.out.len()
    }

    fn collect(&self, part: Part) -> ControlFlow<()> {
        lock(&self.total).merge(&part.counts);
        part.sample.hand_over();
        let mut output = lock(&self.output);
        output.result = output.file.write_all(&part.out);
        if output.result.is_err() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// Writes what a block holds.
struct Lines<'a> {
    scanner: &'a Scanner,
    writer: &'a mut RecordWriter,
    counts: &'a mut Snapshot,
    out: &'a mut Vec<u8>,
    refused: Option<&'a mut Vec<u8>>,
}

impl RecordSink for Lines<'_> {
    fn record(&mut self, record: &Record<'_>) {
        self.counts.lines += 1;
        self.counts.matched += 1;
        self.writer.write(self.out, record);
        self.out.push(b'\n');
    }

    fn reject(&mut self, line: &[u8], mismatch: &Mismatch) {
        if let Some(refused) = &mut self.refused {
            refused.extend_from_slice(line);
            refused.push(b'\n');
        }
        self.counts.reject(mismatch.reason);
        let expected = self.scanner.expected(mismatch);
        write_mismatch(self.out, mismatch.reason, mismatch.offset as usize + 1, &expected);
        self.out.push(b'\n');
    }
}
