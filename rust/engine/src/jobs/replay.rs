//! What a replay of checkers needs beside counts: lines by slot, the refused ones too, and records.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write as _};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use logagent_core::encode::json::{RecordWriter, write_string};
use logagent_core::filter::{self, Filter};
use logagent_core::format::{Format, Kind};
use logagent_core::metric::{Snapshot, Window, time_reader};
use logagent_core::plan::{Source as PlanSource, TIME};
use logagent_core::scan::{Mismatch, Reason, Record, RecordSink, Scanner, Scratch, shown_and_quiet};
use logagent_core::value::time::TimeReader;

use super::{Detection, Detections, keep_sample, lock};
use crate::{HEAD_BYTES, Input, Job};

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

/// Lines of a slot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SlotLines {
    /// All of them.
    pub lines: u64,
    /// Those that do not match the format.
    pub rejected: u64,
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

/// Puts lines of one source into slots. A line that matches no format has no time of its own: it counts
/// with the record before it in its input, or, before the first, with that.
#[derive(Debug)]
pub struct Replay {
    source: String,
    format: Format,
    slotting: Slotting,
    filters: Vec<Option<Arc<Filter>>>,
    detections: Detections,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    outputs: Vec<File>,
    result: io::Result<()>,
    found: Replayed,
    counts: Snapshot,
    input: Option<Arc<str>>,
    /// Where lines of `input` count that have no time.
    place: Place,
}

/// Where lines without a time count.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// So many wait for the first record.
    Waiting(u64),
    /// In the slot of the last record; `None`: that is not within the window.
    With(Option<i64>),
}

/// What one input is read with.
#[derive(Debug)]
pub struct Source {
    scanner: Scanner,
    /// The slot of `time` in records, if there is one.
    time: Option<usize>,
    writer: RecordWriter,
    input: Arc<str>,
    detection: Option<Arc<Detection>>,
}

/// What some lines of one input came to.
#[derive(Debug)]
pub struct Part {
    reading: Option<Reading>,
    /// Lines in front of the first record.
    first: u64,
    /// Where the last record was; `None` if there was none.
    last: Option<Option<i64>>,
    /// Where the first record was.
    begin: Option<i64>,
    slots: BTreeMap<i64, SlotLines>,
    kept: Vec<Kept>,
    counts: Snapshot,
    input: Option<Arc<str>>,
    detection: Option<Arc<Detection>>,
    refused: Vec<u8>,
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
            found: Replayed { slots: BTreeMap::new(), runs },
            counts: Snapshot::new(&[]),
            input: None,
            place: Place::Waiting(0),
        };
        Replay {
            source: source.name.clone(),
            format: source.format.clone(),
            slotting,
            filters,
            detections: Detections::default(),
            state: Mutex::new(state),
        }
    }

    /// Inputs whose format was detected: input and what was found, in words.
    pub fn detections(&self) -> Vec<(String, String)> {
        self.detections.sorted()
    }

    /// What was found, and how many lines there were, once the run is over.
    ///
    /// # Errors
    /// When an output could not be written.
    pub fn finish(self) -> io::Result<(Replayed, Snapshot)> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        state.result?;
        Ok((state.found, state.counts))
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
        Reading {
            scratch: source.scanner.scratch(),
            time: source.time.map(|slot| (slot, time_reader(&source.scanner, slot, year))),
            writer: source.writer.clone(),
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
        if self.format.is_settled() { 0 } else { HEAD_BYTES }
    }

    fn open(&self, input: &Input, head: &[u8]) -> Result<Source, String> {
        let resolved = self.format.resolve(head)?;
        let names = shown_and_quiet(&resolved.format);
        let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
        let scanner = Scanner::compile(&resolved.format, &wanted).map_err(|error| error.to_string())?;
        let fields: Vec<(String, Kind)> =
            names.iter().cloned().zip(scanner.kinds().iter().cloned()).collect();
        let time = names.iter().position(|name| name == TIME);
        let writer = RecordWriter::new(&fields, self.slotting.year_if_absent);
        let detection = self.detections.add(input, resolved.detected);
        Ok(Source { scanner, time, writer, input: input.to_string().into(), detection })
    }

    fn needs_order(&self, source: &Source) -> bool {
        source.scanner.needs_order()
    }

    fn part(&self) -> Part {
        Part {
            reading: None,
            first: 0,
            last: None,
            begin: None,
            slots: BTreeMap::new(),
            kept: vec![Kept::default(); self.filters.len()],
            counts: Snapshot::new(&[]),
            input: None,
            detection: None,
            refused: Vec::new(),
        }
    }

    fn lines(&self, source: &Source, part: &mut Part, block: &[u8]) {
        part.input.get_or_insert_with(|| Arc::clone(&source.input));
        part.detection.clone_from(&source.detection);
        let mut reading = part.reading.take().unwrap_or_else(|| self.reading(source));
        let Reading { scratch, time, writer, filters, form, head } = &mut reading;
        let mut lines = Lines { replay: self, part, time, writer, filters, form, head: *head };
        source.scanner.scan_block(scratch, block, &mut lines);
        part.reading = Some(reading);
        keep_sample(&mut part.refused);
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
        if let Some(detection) = &part.detection {
            detection.add_refused(&part.refused);
        }
        lock(&self.state).add(part)
    }
}

impl Part {
    /// Counts a line that matches no format.
    fn reject(&mut self, reason: Reason) {
        self.counts.reject(reason);
        match self.last {
            None => self.first += 1,
            Some(None) => {}
            Some(Some(slot)) => add(&mut self.slots, slot, SlotLines { lines: 1, rejected: 1 }),
        }
    }
}

impl State {
    fn add(&mut self, part: Part) -> ControlFlow<()> {
        self.counts.merge(&part.counts);
        if part.input.is_some() && self.input != part.input {
            self.input = part.input;
            self.place = Place::Waiting(0);
        }
        let refused = |count| SlotLines { lines: count, rejected: count };
        match self.place {
            Place::With(Some(slot)) => add(&mut self.found.slots, slot, refused(part.first)),
            Place::With(None) => {}
            Place::Waiting(count) => self.place = Place::Waiting(count + part.first),
        }
        if let Some(last) = part.last {
            if let (Place::Waiting(count), Some(begin)) = (self.place, part.begin) {
                add(&mut self.found.slots, begin, refused(count));
            }
            self.place = Place::With(last);
        }
        for (slot, lines) in part.slots {
            add(&mut self.found.slots, slot, lines);
        }
        for ((kept, runs), output) in part.kept.into_iter().zip(&mut self.found.runs).zip(&mut self.outputs) {
            kept.runs.iter().for_each(|run| extend(runs, *run));
            self.result = output.write_all(&kept.lines);
            if self.result.is_err() {
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }
}

fn add(slots: &mut BTreeMap<i64, SlotLines>, slot: i64, more: SlotLines) {
    if more.lines > 0 {
        let known = slots.entry(slot).or_default();
        known.lines += more.lines;
        known.rejected += more.rejected;
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
        if part.last.is_none() {
            part.begin = slot;
        }
        part.last = Some(slot);
        let Some(slot) = slot else { return };
        add(&mut part.slots, slot, SlotLines { lines: 1, rejected: 0 });
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
        if self.part.detection.as_ref().is_some_and(|detection| detection.has_room()) {
            self.part.refused.extend_from_slice(line);
            self.part.refused.push(b'\n');
        }
        self.part.reject(mismatch.reason);
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Seek as _};

    use logagent_core::filter::Root;
    use logagent_core::plan::Plan;

    use super::*;
    use crate::engine::FIELDS;
    use crate::{Progress, RunOptions, run};

    const TOML: &str = "[[source]]\nname = \"s\"\npaths = [\"a\"]\nformat = '[$time_local] $status'\n";

    fn line(second: u32, status: u32) -> String {
        format!("[01/Jan/2026:00:00:{second:02} +0000] {status}\n")
    }

    /// Slots (start, lines, rejected) in seconds of that minute, the runs, and what was written.
    fn replayed(
        text: &str,
        range_bytes: u64,
        window: Option<Window>,
    ) -> (Vec<(i64, u64, u64)>, Vec<Run>, String) {
        const BEGIN: i64 = 1_767_225_600;
        let plan = Plan::from_toml(TOML).unwrap();
        let filter = Filter::compile("status >= 500", "where", Root::Under(FIELDS)).unwrap();
        let mut kept = tempfile::tempfile().unwrap();
        let output = kept.try_clone().unwrap();
        let slotting = Slotting { slot_seconds: 10, window, year_if_absent: 2026 };
        let wanted = Wanted { filter: Some(Arc::new(filter)), output };
        let job = Replay::new(&plan.sources[0], slotting, vec![wanted]);
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let options = RunOptions { range_bytes, ..RunOptions::default() };
        let report = run(&job, &[Input::Path(file.path().to_owned())], &options, &Progress::default());
        assert!(report.errors.is_empty());
        let (found, counts) = job.finish().unwrap();
        assert_eq!(counts.lines, text.lines().count() as u64);
        let mut lines = String::new();
        kept.rewind().unwrap();
        kept.read_to_string(&mut lines).unwrap();
        let slots = found.slots.iter().map(|(slot, one)| (slot - BEGIN, one.lines, one.rejected)).collect();
        let runs = found.runs[0].iter().map(|run| Run { slot: run.slot - BEGIN, ..*run }).collect();
        (slots, runs, lines)
    }

    #[test]
    fn refused_lines_count_with_the_record_before_them_however_the_input_is_cut() {
        let bad = || "no line\n".repeat(3);
        let records = [line(1, 200), line(12, 503) + &line(13, 500), bad(), line(2, 500)];
        let text = bad() + &records.join(&bad());
        let whole = replayed(&text, 1 << 20, None);
        assert_eq!(whole.0, [(0, 8, 6), (10, 11, 9)]);
        assert_eq!(whole.1.iter().map(|run| run.slot).collect::<Vec<_>>(), [10, 0]);
        assert_eq!(whole.1.iter().map(|run| run.bytes).sum::<u64>(), whole.2.len() as u64);
        assert_eq!(whole.2.lines().count(), 3);
        assert!(whole.2.starts_with(r#"{"source":"s","path":""#) && whole.2.contains(r#""status":503"#));
        for range_bytes in [1, 7, 40, 100] {
            let cut = replayed(&text, range_bytes, None);
            assert_eq!((&cut.0, &cut.1), (&whole.0, &whole.1), "{range_bytes}");
        }
    }

    #[test]
    fn what_is_out_of_the_window_takes_its_refused_lines_with_it() {
        let text = [line(1, 500), "bad\n".into(), line(12, 500), "bad\n".into()].concat();
        let window = Window { since_ns: 1_767_225_610 * SECOND_NS, until_ns: i64::MAX };
        let (slots, runs, lines) = replayed(&text, 1 << 20, Some(window));
        assert_eq!(slots, [(10, 2, 1)]);
        assert_eq!((runs.len(), lines.lines().count()), (1, 1));
    }
}
