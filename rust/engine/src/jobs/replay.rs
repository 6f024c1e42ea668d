//! What a replay of checkers needs beside counts: lines by slot, the refused ones too, and records.

mod slots;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write as _};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use logagent_core::encode::json::{RecordWriter, write_string};
use logagent_core::filter::{self, Filter};
use logagent_core::format::Kind;
use logagent_core::metric::{Snapshot, Window, time_reader};
use logagent_core::plan::{Source as PlanSource, TIME};
use logagent_core::scan::{Mismatch, Reason, Record, RecordSink, Scanner, Scratch, shown_and_quiet};
use logagent_core::value::time::TimeReader;

use self::slots::{PartSlots, Slots};
use super::detections::Sample;
use super::formats::{Formats, Opened, Reads};
use super::lock;
use crate::{Input, Job};

pub use self::slots::SlotLines;

const SECOND_NS: i64 = 1_000_000_000;

/// Records that somebody wants, and the file that takes them: a line of JSON each, as
/// [`Engine::keep`](crate::Engine::keep) has them.
#[derive(Debug)]
pub struct Wanted {
    /// Those that it selects; all without.
    pub filter: Option<Arc<Filter>>,
    /// In the order of the inputs.
    pub output: File,
}

/// How lines are put into slots.
#[derive(Debug, Clone, Copy)]
pub struct Slotting {
    /// Width of a slot, in seconds; at least 1.
    pub slot_seconds: u32,
    /// Which instants count; all without.
    pub window: Option<Window>,
    /// The year of instants that are logged without one.
    pub year_if_absent: i16,
}

/// Records of one slot that follow each other in an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Where the slot starts, in Unix seconds.
    pub slot: i64,
    /// Length in bytes.
    pub bytes: u64,
}

/// What was found, once the run is over.
#[derive(Debug, Default)]
pub struct Replayed {
    /// By start of the slot, in Unix seconds.
    pub slots: BTreeMap<i64, SlotLines>,
    /// By wish.
    pub runs: Vec<Vec<Run>>,
}

/// Puts lines of one source into slots.
#[derive(Debug)]
pub struct Replay {
    source: String,
    formats: Formats<Reader>,
    slotting: Slotting,
    filters: Vec<Option<Arc<Filter>>>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    outputs: Vec<File>,
    result: io::Result<()>,
    slots: Slots,
    runs: Vec<Vec<Run>>,
    counts: Snapshot,
    input: Option<Arc<str>>,
}

/// What lines of one format are read and written with.
#[derive(Debug)]
pub struct Reader {
    scanner: Scanner,
    /// The slot of `time` in records, if there is one.
    time: Option<usize>,
    writer: RecordWriter,
}

impl Reads for Reader {
    fn scanner(&self) -> &Scanner {
        &self.scanner
    }
}

/// What one input is read with.
#[derive(Debug)]
pub struct Source {
    opened: Opened<Reader>,
    input: Arc<str>,
}

/// What some lines of one input came to.
#[derive(Debug)]
pub struct Part {
    reading: Option<Reading>,
    slots: PartSlots,
    kept: Vec<Kept>,
    counts: Snapshot,
    input: Option<Arc<str>>,
    sample: Sample,
}

#[derive(Debug)]
struct Reading {
    scratch: Scratch,
    time: Option<(usize, TimeReader)>,
    writer: RecordWriter,
    filters: Vec<Option<filter::Scratch>>,
    /// `{"source":…,"path":…,`, then a record.
    form: Vec<u8>,
    head: usize,
}

#[derive(Debug, Default, Clone)]
struct Kept {
    lines: Vec<u8>,
    runs: Vec<Run>,
}

impl Replay {
    /// For lines of `source`; what each of `wanted` wants goes to its output.
    pub fn new(source: &PlanSource, slotting: Slotting, wanted: Vec<Wanted>) -> Replay {
        let (filters, outputs): (Vec<_>, Vec<_>) =
            wanted.into_iter().map(|one| (one.filter, one.output)).unzip();
        let runs = vec![Vec::new(); outputs.len()];
        let state = State {
            outputs,
            result: Ok(()),
            slots: Slots::default(),
            runs,
            counts: Snapshot::new(&[]),
            input: None,
        };
        Replay {
            source: source.name.clone(),
            formats: Formats::new(source.format.clone()),
            slotting,
            filters,
            state: Mutex::new(state),
        }
    }

    /// Inputs whose format was detected: input and what was found, in words.
    pub fn detections(&self) -> Vec<(String, String)> {
        self.formats.detections()
    }

    /// What was found, and how many lines there were, once the run is over.
    ///
    /// # Errors
    /// When an output could not be written.
    pub fn finish(self) -> io::Result<(Replayed, Snapshot)> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        state.result?;
        Ok((Replayed { slots: state.slots.by_start, runs: state.runs }, state.counts))
    }

    /// The slot of an instant; `None` if that is not within the window.
    fn slot(&self, unix_ns: i64) -> Option<i64> {
        let width = i64::from(self.slotting.slot_seconds.max(1));
        let second = unix_ns.div_euclid(SECOND_NS);
        let is_within = self.slotting.window.is_none_or(|window| window.contains(unix_ns));
        is_within.then(|| second - second.rem_euclid(width))
    }

    fn reading(&self, source: &Source) -> Reading {
        let mut form = br#"{"source":"#.to_vec();
        write_string(&mut form, self.source.as_bytes());
        form.extend_from_slice(br#","path":"#);
        write_string(&mut form, source.input.as_bytes());
        form.push(b',');
        let year = self.slotting.year_if_absent;
        let Reader { scanner, time, writer } = &*source.opened.reader;
        Reading {
            scratch: scanner.scratch(),
            time: time.map(|slot| (slot, time_reader(scanner, slot, year))),
            writer: writer.clone(),
            filters: self.filters.iter().map(|one| one.as_ref().map(|filter| filter.scratch())).collect(),
            head: form.len(),
            form,
        }
    }
}

impl Job for Replay {
    type Source = Source;
    type Part = Part;

    fn head_bytes(&self) -> usize {
        self.formats.head_bytes()
    }

    fn open(&self, input: &Input, head: &[u8]) -> Result<Source, String> {
        let opened = self.formats.open(input, head, |format| {
            let names = shown_and_quiet(format);
            let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
            let scanner = Scanner::compile(format, &wanted)?;
            let fields: Vec<(String, Kind)> =
                names.iter().cloned().zip(scanner.kinds().iter().cloned()).collect();
            let time = names.iter().position(|name| name == TIME);
            let writer = RecordWriter::new(&fields, self.slotting.year_if_absent);
            Ok(Arc::new(Reader { scanner, time, writer }))
        })?;
        Ok(Source { opened, input: input.to_string().into() })
    }

    fn needs_order(&self, source: &Source) -> bool {
        source.opened.needs_order()
    }

    fn part(&self) -> Part {
        Part {
            reading: None,
            slots: PartSlots::default(),
            kept: vec![Kept::default(); self.filters.len()],
            counts: Snapshot::new(&[]),
            input: None,
            sample: Sample::default(),
        }
    }

    fn lines(&self, source: &Source, part: &mut Part, block: &[u8]) {
        part.input.get_or_insert_with(|| Arc::clone(&source.input));
        part.sample.begin(source.opened.detection.as_ref());
        let mut reading = part.reading.take().unwrap_or_else(|| self.reading(source));
        let Reading { scratch, time, writer, filters, form, head } = &mut reading;
        let mut lines = Lines { replay: self, part, time, writer, filters, form, head: *head };
        source.opened.scanner().scan_block(scratch, block, &mut lines);
        part.reading = Some(reading);
        part.sample.trim();
    }

    fn covered(&self, part: &mut Part, bytes: u64) {
        part.counts.bytes += bytes;
    }

    fn oversize(&self, source: &Source, part: &mut Part) {
        part.input.get_or_insert_with(|| Arc::clone(&source.input));
        part.reject(Reason::Oversize);
    }

    fn held_bytes(&self, part: &Part) -> usize {
        part.kept.iter().map(|kept| kept.lines.len() + kept.runs.len() * size_of::<Run>()).sum()
    }

    fn collect(&self, part: Part) -> ControlFlow<()> {
        part.sample.hand_over();
        lock(&self.state).add(part)
    }
}

impl Part {
    /// Counts a line that matches no format.
    fn reject(&mut self, reason: Reason) {
        self.counts.reject(reason);
        self.slots.reject();
    }
}

impl State {
    fn add(&mut self, part: Part) -> ControlFlow<()> {
        self.counts.merge(&part.counts);
        if part.input.is_some() && self.input != part.input {
            self.input = part.input;
            self.slots.begin_input();
        }
        self.slots.add(part.slots);
        for ((kept, runs), output) in part.kept.into_iter().zip(&mut self.runs).zip(&mut self.outputs) {
            kept.runs.iter().for_each(|run| extend(runs, *run));
            self.result = output.write_all(&kept.lines);
            if self.result.is_err() {
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }
}

/// Adds a run, to the last one if that is of the same slot.
fn extend(runs: &mut Vec<Run>, run: Run) {
    match runs.last_mut() {
        Some(last) if last.slot == run.slot => last.bytes += run.bytes,
        _ => runs.push(run),
    }
}

/// Puts the lines of a block into slots.
struct Lines<'a> {
    replay: &'a Replay,
    part: &'a mut Part,
    time: &'a mut Option<(usize, TimeReader)>,
    writer: &'a mut RecordWriter,
    filters: &'a mut Vec<Option<filter::Scratch>>,
    form: &'a mut Vec<u8>,
    head: usize,
}

impl RecordSink for Lines<'_> {
    fn record(&mut self, record: &Record<'_>) {
        const BEFORE_FIELDS: usize = br#"{"matched":true,"#.len();
        let part = &mut *self.part;
        part.counts.lines += 1;
        part.counts.matched += 1;
        let instant = self.time.as_mut().and_then(|(slot, reader)| reader.read(record.get(*slot)?));
        let Some(instant) = instant else { return };
        let slot = self.replay.slot(instant.unix_ns);
        part.slots.record(slot);
        let Some(slot) = slot else { return };
        if part.kept.is_empty() {
            return;
        }
        self.form.truncate(self.head);
        self.writer.write(self.form, record);
        self.form.drain(self.head..self.head + BEFORE_FIELDS);
        for ((kept, filter), scratch) in
            part.kept.iter_mut().zip(&self.replay.filters).zip(&mut *self.filters)
        {
            let is_wanted = match (filter, scratch) {
                (Some(filter), Some(scratch)) => filter.holds(self.form, scratch),
                _ => true,
            };
            if is_wanted {
                kept.lines.extend_from_slice(self.form);
                kept.lines.push(b'\n');
                extend(&mut kept.runs, Run { slot, bytes: self.form.len() as u64 + 1 });
            }
        }
    }

    fn reject(&mut self, line: &[u8], mismatch: &Mismatch) {
        if let Some(refused) = self.part.sample.wanted() {
            refused.extend_from_slice(line);
            refused.push(b'\n');
        }
        self.part.reject(mismatch.reason);
    }
}

#[cfg(test)]
mod tests;
