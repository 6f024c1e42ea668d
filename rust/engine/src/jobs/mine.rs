//! Learns the shapes of lines, or tells which template each line is of.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};

use logagent_core::template::{Miner, Novelty, Reader};

use super::lock;
use crate::{Input, Job};

/// What is done with the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// They are learnt from.
    Learn,
    /// They are only matched.
    Frozen,
}

/// Mines the lines of all inputs, in their order; to be run with one thread.
#[derive(Debug)]
pub struct Mine {
    mode: Mode,
    year_if_absent: i16,
    window: Window,
    state: Mutex<State>,
}

/// From which instant on and before which one lines are looked at, in Unix seconds. A line that does not
/// say when it was logged was so with the one before it; before the first that does, a line is of no time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Window {
    /// `None`: from the first line on.
    pub since: Option<i64>,
    /// `None`: up to the last line.
    pub until: Option<i64>,
}

impl Window {
    fn holds(self, seconds: Option<i64>) -> bool {
        let is_after = |since| seconds.is_some_and(|seconds| seconds >= since);
        let is_before = |until| seconds.is_none_or(|seconds| seconds < until);
        self.since.is_none_or(is_after) && self.until.is_none_or(is_before)
    }
}

/// What was found, once the run is over.
#[derive(Debug)]
pub struct Mined {
    /// The model, with what was learnt.
    pub miner: Miner,
    /// Lines of each template, by the index that [`Miner::find`] answers; when nothing was learnt.
    pub counts: Vec<u64>,
    /// Lines of this run, those outside of the window left out.
    pub lines: u64,
    /// How many of them, and of those outside, say when they were logged.
    pub dated: u64,
    /// Lines that no template covered: of new templates, or matched by none.
    pub unmatched: u64,
    /// The first of them.
    pub unmatched_examples: Vec<Vec<u8>>,
    /// Lines longer than the limit, which were skipped.
    pub oversize: u64,
}

#[derive(Debug)]
struct State {
    found: Mined,
    assignments: Option<Assignments>,
}

/// A CSV file with the template of each line.
#[derive(Debug)]
struct Assignments {
    file: BufWriter<File>,
    /// The id and text of each template, as CSV cells.
    cells: Vec<Vec<u8>>,
    result: io::Result<()>,
}

impl Assignments {
    fn write(&mut self, number: u64, template: Option<usize>) {
        if self.result.is_err() {
            return;
        }
        let cells = template.and_then(|index| self.cells.get(index)).map_or(&b","[..], Vec::as_slice);
        let file = &mut self.file;
        self.result = write!(file, "{number},")
            .and_then(|()| file.write_all(cells))
            .and_then(|()| file.write_all(b"\n"));
    }
}

impl Mine {
    /// Mines with a model; instants without a year are of `year_if_absent`.
    pub fn new(miner: Miner, mode: Mode, year_if_absent: i16) -> Mine {
        let counts = Vec::new();
        let found = Mined {
            miner,
            counts,
            lines: 0,
            dated: 0,
            unmatched: 0,
            unmatched_examples: Vec::new(),
            oversize: 0,
        };
        let state = Mutex::new(State { found, assignments: None });
        Mine { mode, year_if_absent, window: Window::default(), state }
    }

    /// The same that looks at lines within a window only.
    #[must_use]
    pub fn within(self, window: Window) -> Mine {
        Mine { window, ..self }
    }

    /// Only matches lines, and writes `LineId,EventId,EventTemplate` for each of them to a CSV file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn assigning(mut miner: Miner, year_if_absent: i16, file: File) -> io::Result<Mine> {
        let mut file = BufWriter::with_capacity(1 << 16, file);
        file.write_all(b"LineId,EventId,EventTemplate\n")?;
        let mut cells = Vec::new();
        let templates = miner.templates();
        for template in templates {
            let cell = format!("{},\"{}\"", template.id, template.text.replace('"', "\"\""));
            let index = miner.index(&template.id).unwrap_or_default();
            if cells.len() <= index {
                cells.resize(index + 1, Vec::new());
            }
            cells[index] = cell.into_bytes();
        }
        let mut mine = Mine::new(miner, Mode::Frozen, year_if_absent);
        let state = mine.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        state.assignments = Some(Assignments { file, cells, result: Ok(()) });
        Ok(mine)
    }

    /// What was found, once the run is over.
    ///
    /// # Errors
    /// When the assignments could not be written.
    pub fn finish(self) -> io::Result<Mined> {
        let State { found, assignments } = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(mut assignments) = assignments {
            assignments.result?;
            assignments.file.flush()?;
        }
        Ok(found)
    }
}

/// A reader for the lines of one input, used by one thread.
#[derive(Debug)]
pub struct Source(Mutex<Lines>);

#[derive(Debug)]
struct Lines {
    reader: Reader,
    /// When the last line that says so was logged.
    last_seconds: Option<i64>,
}

impl Job for Mine {
    type Source = Source;
    type Part = ();

    fn open(&self, _input: &Input, head: &[u8]) -> Result<Source, String> {
        let header = lock(&self.state).found.miner.header_of(head);
        if self.mode == Mode::Learn {
            lock(&self.state).found.miner.note_header(&header);
        }
        let reader = Reader::new(header, self.year_if_absent);
        Ok(Source(Mutex::new(Lines { reader, last_seconds: None })))
    }

    fn part(&self) {}

    fn lines(&self, source: &Source, (): &mut (), block: &[u8]) {
        let Lines { reader, last_seconds } = &mut *lock(&source.0);
        let mut state = lock(&self.state);
        let State { found, assignments } = &mut *state;
        let lines = block.strip_suffix(b"\n").unwrap_or(block);
        for line in split_lines(lines) {
            let message = reader.read(line);
            if message.unix_seconds.is_some() {
                *last_seconds = message.unix_seconds;
                found.dated += 1;
            }
            if self.window != Window::default() && !self.window.holds(*last_seconds) {
                continue;
            }
            found.lines += 1;
            let is_matched = match self.mode {
                Mode::Learn => found.miner.learn(&message).novelty != Novelty::NewTemplate,
                Mode::Frozen => {
                    let template = found.miner.find(&message);
                    if let Some(index) = template {
                        if found.counts.len() <= index {
                            found.counts.resize(index + 1, 0);
                        }
                        found.counts[index] += 1;
                    }
                    if let Some(assignments) = assignments {
                        assignments.write(found.lines, template);
                    }
                    template.is_some()
                }
            };
            if !is_matched {
                found.note_unmatched(line);
            }
        }
    }

    fn oversize(&self, _source: &Source, (): &mut ()) {
        let mut state = lock(&self.state);
        let State { found, assignments } = &mut *state;
        found.lines += 1;
        found.oversize += 1;
        if let Some(assignments) = assignments {
            assignments.write(found.lines, None);
        }
    }

    fn held_bytes(&self, (): &()) -> usize {
        0
    }

    fn collect(&self, (): ()) -> ControlFlow<()> {
        let failed = lock(&self.state).assignments.as_ref().is_some_and(|one| one.result.is_err());
        if failed { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl Mined {
    #[cold]
    fn note_unmatched(&mut self, line: &[u8]) {
        const MAX_EXAMPLES: usize = 16;
        const MAX_EXAMPLE_BYTES: usize = 512;
        self.unmatched += 1;
        if self.unmatched_examples.len() < MAX_EXAMPLES {
            self.unmatched_examples.push(line[..line.len().min(MAX_EXAMPLE_BYTES)].to_vec());
        }
    }
}

/// The lines of a block, without their line feeds.
fn split_lines(block: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut start = 0;
    let ends = memchr::memchr_iter(b'\n', block).chain([block.len()]);
    ends.map(move |end| &block[std::mem::replace(&mut start, end + 1)..end])
}
