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

use super::{Detection, Detections, keep_sample, lock};
use crate::{HEAD_BYTES, Input, Job};

/// Writes what `format` reads in every line.
#[derive(Debug)]
pub struct Parse {
    format: Format,
    year_if_absent: i16,
    schema: Schema,
    detections: Detections,
    output: Mutex<Output>,
    total: Mutex<Snapshot>,
}

#[derive(Debug)]
struct Output {
    file: File,
    result: io::Result<()>,
}

/// What one input is read with.
#[derive(Debug)]
pub struct Source {
    scanner: Scanner,
    writer: RecordWriter,
    detection: Option<Arc<Detection>>,
}

/// The output of some lines.
#[derive(Debug)]
pub struct Part {
    reading: Option<(Scratch, RecordWriter)>,
    counts: Snapshot,
    out: Vec<u8>,
    /// What was found in the input that the lines are of, and lines that are not so.
    detection: Option<Arc<Detection>>,
    refused: Vec<u8>,
}

impl Parse {
    /// Reads lines of `format` and writes to `output`. `year_if_absent` is the year of instants that
    /// are logged without one; fields have the names of `schema`.
    pub fn new(format: Format, year_if_absent: i16, schema: Schema, output: File) -> Parse {
        Parse {
            format,
            year_if_absent,
            schema,
            detections: Detections::default(),
            output: Mutex::new(Output { file: output, result: Ok(()) }),
            total: Mutex::new(Snapshot::new(&[])),
        }
    }

    /// Inputs whose format was detected: input and what was found, in words.
    pub fn detections(&self) -> Vec<(String, String)> {
        self.detections.sorted()
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
    type Source = Source;
    type Part = Part;

    fn head_bytes(&self) -> usize {
        if self.format.is_settled() { 0 } else { HEAD_BYTES }
    }

    fn open(&self, input: &Input, head: &[u8]) -> Result<Source, String> {
        let resolved = self.format.resolve(head)?;
        let names = logged_and_split(&resolved.format);
        let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
        let scanner = Scanner::compile(&resolved.format, &wanted).map_err(|error| error.to_string())?;
        let fields: Vec<(String, Kind)> =
            names.iter().cloned().zip(scanner.kinds().iter().cloned()).collect();
        let writer = RecordWriter::with_schema(&fields, self.year_if_absent, self.schema);
        let detection = self.detections.add(input, resolved.detected);
        Ok(Source { scanner, writer, detection })
    }

    fn needs_order(&self, source: &Source) -> bool {
        source.scanner.needs_order()
    }

    fn part(&self) -> Part {
        Part {
            reading: None,
            counts: Snapshot::new(&[]),
            out: Vec::new(),
            detection: None,
            refused: Vec::new(),
        }
    }

    fn lines(&self, source: &Source, part: &mut Part, block: &[u8]) {
        let Part { reading, counts, out, detection, refused } = part;
        detection.clone_from(&source.detection);
        let is_watched = detection.as_ref().is_some_and(|detection| detection.has_room());
        let (scratch, writer) =
            reading.get_or_insert_with(|| (source.scanner.scratch(), source.writer.clone()));
        let kept = if is_watched { Some(&mut *refused) } else { None };
        let mut lines = Lines { scanner: &source.scanner, writer, counts, out, refused: kept };
        source.scanner.scan_block(scratch, block, &mut lines);
        keep_sample(refused);
    }

    fn covered(&self, part: &mut Part, bytes: u64) {
        part.counts.bytes += bytes;
    }

    fn oversize(&self, source: &Source, part: &mut Part) {
        let mismatch = Mismatch { reason: Reason::Oversize, offset: 0, piece: 0 };
        part.counts.reject(Reason::Oversize);
        write_mismatch(&mut part.out, mismatch.reason, 1, &source.scanner.expected(&mismatch));
        part.out.push(b'\n');
    }

    fn held_bytes(&self, part: &Part) -> usize {
        part.out.len()
    }

    fn collect(&self, part: Part) -> ControlFlow<()> {
        lock(&self.total).merge(&part.counts);
        if let Some(detection) = &part.detection {
            detection.add_refused(&part.refused);
        }
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
