//! The threads of a run: they open inputs, read them, and give their lines to the job.

use std::mem;
use std::thread;
use std::time::Instant;

use logagent_core::frame::{LineFeed, LineSink, RangeFeed};

use crate::chunks::Chunks;
use crate::encoding;
use crate::input::describe;
use crate::job::{HEAD_BYTES, RunState};
use crate::map::unblock_sigbus;
use crate::merge::Place;
use crate::open::{Opened, holds_a_line, open, open_stream};
use crate::plain::MappedRange;
use crate::schedule::{PlainInput, Schedule, Task};
use crate::stream::Stream;
use crate::{Input, Job, ReadMode, RunOptions};

/// A stream that runs ahead of earlier inputs gathers one part until it holds this much.
const STREAM_PART_BYTES: usize = 4 << 20;

/// Files are not divided finer than this for the sake of threads.
const MIN_RANGE_BYTES: u64 = 1 << 20;

/// Ranges per thread that a file is divided into, so that threads end at about the same time.
const RANGES_PER_THREAD: u64 = 4;

/// Shorter files are copied: mapping them costs more than it saves.
const MIN_MAPPED_BYTES: u64 = (1 << 20) + 1;

/// Gives framed lines to the job, until the run is over.
struct PartSink<'a, J: Job> {
    job: &'a J,
    source: &'a J::Source,
    run: &'a RunState<'a>,
    /// Whether no line of the input came before.
    is_beginning: bool,
    part: J::Part,
}

impl<J: Job> LineSink for PartSink<'_, J> {
    fn lines(&mut self, block: &[u8]) {
        let block = if mem::take(&mut self.is_beginning) { encoding::without_mark(block) } else { block };
        // A part that lacks lines is never collected: whoever submits it looks again.
        if !block.is_empty() && !self.run.is_over() {
            self.job.lines(self.source, &mut self.part, block);
        }
    }

    fn oversize(&mut self) {
        self.job.oversize(self.source, &mut self.part);
    }
}

/// Ends the run when its thread panics, so that nobody waits for it.
struct StopOnPanic<'w, 'a, J: Job>(&'w Schedule<'a, J>);

impl<J: Job> Drop for StopOnPanic<'_, '_, J> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.stop();
        }
    }
}

/// One thread of a run, and the buffers it uses again and again.
pub(crate) struct Worker<'w, 'a, J: Job> {
    job: &'w J,
    inputs: &'w [Input],
    options: &'w RunOptions,
    run: &'a RunState<'a>,
    schedule: &'w Schedule<'a, J>,
    lines: LineFeed,
    copy_buffer: Vec<u8>,
}

impl<'w, 'a, J: Job> Worker<'w, 'a, J> {
    pub(crate) fn new(
        job: &'w J,
        inputs: &'w [Input],
        options: &'w RunOptions,
        run: &'a RunState<'a>,
        schedule: &'w Schedule<'a, J>,
    ) -> Worker<'w, 'a, J> {
        Worker {
            job,
            inputs,
            options,
            run,
            schedule,
            lines: LineFeed::new(options.max_line_bytes),
            copy_buffer: Vec::new(),
        }
    }

    /// Works until nothing is left to do, or the run is over.
    pub(crate) fn work(mut self) {
        let _stop_on_panic = StopOnPanic(self.schedule);
        unblock_sigbus();
        while let Some(task) = self.schedule.next() {
            match task {
                Task::Open(input) => {
                    self.open(input);
                    self.schedule.end_opening();
                }
                Task::Read(plain, part) => self.read_range(&plain, part),
                Task::Decompress(decompression) => decompression.run(),
            }
        }
    }

    fn head_bytes(&self) -> usize {
        self.job.head_bytes().min(HEAD_BYTES)
    }

    fn open(&mut self, input: usize) {
        let result = match open(&self.inputs[input], self.head_bytes(), self.run) {
            Ok(Opened::Stream(stream)) => return self.read_stream(input, stream),
            Ok(Opened::Plain { file, head }) => self.open_source(input, &head).map(|source| (file, source)),
            Err(error) => Err(describe(&error)),
        };
        match result {
            Ok((_, source)) if self.job.needs_order(&source) => self.read_in_order(input, &source),
            Ok((file, source)) => {
                let ranges = RANGES_PER_THREAD * self.options.threads.max(1) as u64;
                let even_bytes = file.size().div_ceil(ranges).max(MIN_RANGE_BYTES);
                self.schedule.divide(PlainInput {
                    input,
                    file,
                    source,
                    range_bytes: self.options.range_bytes.clamp(1, even_bytes),
                });
            }
            Err(message) => {
                self.schedule.fail(Place { input, part: 0 }, message);
                self.schedule.settle(input, 0);
            }
        }
    }

    /// Shows the beginning of an input to the job: as much of `head` as it asked for, or the whole first line.
    fn open_source(&self, input: usize, head: &[u8]) -> Result<J::Source, String> {
        encoding::check(head)?;
        let shown = head.len().min(self.head_bytes());
        let shown = if holds_a_line(&head[..shown]) { shown } else { head.len() };
        self.job.open(&self.inputs[input], &head[..if self.head_bytes() == 0 { 0 } else { shown }])
    }

    /// Reads a plain file as a stream.
    fn read_in_order(&mut self, input: usize, source: &J::Source) {
        match open_stream(&self.inputs[input], self.run) {
            Ok(stream) => {
                let mut chunks = Chunks::new(stream);
                chunks.fill(1);
                let parts = self.feed_stream(input, source, &mut chunks);
                if self.run.is_over() {
                    return;
                }
                if let Some(message) = chunks.error() {
                    self.schedule.fail(Place { input, part: parts }, message);
                }
                self.schedule.settle(input, parts);
            }
            Err(error) => {
                self.schedule.fail(Place { input, part: 0 }, describe(&error));
                self.schedule.settle(input, 0);
            }
        }
    }

    fn read_range(&mut self, plain: &PlainInput<J::Source>, part: u64) {
        let place = Place { input: plain.input, part };
        let range = plain.range(part);
        let mut sink = self.sink(&plain.source, part == 0);
        let begin = Instant::now();
        let range_bytes = range.end - range.start;
        let mode = match self.options.read_mode {
            ReadMode::Auto if plain.file.size() < MIN_MAPPED_BYTES => ReadMode::Copied,
            ReadMode::Auto => self.run.read_trial.mode(range_bytes),
            mode => mode,
        };
        let feed = RangeFeed::new(range.clone(), &mut self.lines);
        let max_line_bytes = self.options.max_line_bytes;
        if mode == ReadMode::Copied
            || plain.file.read_mapped(&range, max_line_bytes, feed, &mut sink) == MappedRange::Unsafe
        {
            sink = self.sink(&plain.source, part == 0);
            let feed = RangeFeed::new(range.clone(), &mut self.lines);
            let copied = plain.file.read_copied(&range, feed, &mut self.copy_buffer, &mut sink);
            if let Err(message) = copied {
                self.schedule.fail(place, message);
            }
        }
        self.run.read_trial.note(mode, range_bytes, begin.elapsed());
        self.run.progress.add_read(range_bytes);
        self.job.covered(&mut sink.part, range_bytes);
        self.submit(place, sink.part);
    }

    fn read_stream(&mut self, input: usize, stream: Stream<'a>) {
        let mut chunks = Chunks::new(stream);
        let result = match chunks.fill_head(self.head_bytes()) {
            [] => Ok(0),
            head => {
                let source = self.open_source(input, head);
                source.map(|source| self.feed_stream(input, &source, &mut chunks))
            }
        };
        if self.run.is_over() {
            return; // the stream may have been ended early
        }
        let parts = *result.as_ref().unwrap_or(&0);
        if let Some(message) = result.err().or_else(|| chunks.error()) {
            self.schedule.fail(Place { input, part: parts }, message);
        }
        self.schedule.settle(input, parts);
    }

    /// Gives the lines of a stream to the job; returns the number of parts.
    fn feed_stream(&mut self, input: usize, source: &J::Source, chunks: &mut Chunks<'a>) -> u64 {
        let mut place = Place { input, part: 0 };
        let mut sink = self.sink(source, true);
        self.lines.reset(); // a range may have ended within an oversize line
        let mut part_bytes = 0;
        while let chunk @ [_, ..] = chunks.current() {
            self.lines.feed(chunk, &mut sink);
            self.job.covered(&mut sink.part, chunk.len() as u64);
            part_bytes += chunk.len() as u64;
            if self.is_due(place, part_bytes, &sink.part, chunks) {
                let part = mem::replace(&mut sink.part, self.job.part());
                self.submit(place, part);
                place.part += 1;
                part_bytes = 0;
                self.schedule.wait_to_begin(place);
            }
            self.schedule.offer(|| chunks.split());
            chunks.advance();
        }
        self.lines.finish(&mut sink);
        self.submit(place, sink.part);
        place.part + 1
    }

    /// Whether a stream's part is to be handed over: when it is long, or its reader would idle.
    /// A stream that must wait for earlier inputs goes on with one part while that stays small.
    fn is_due(&self, place: Place, bytes: u64, part: &J::Part, chunks: &Chunks<'_>) -> bool {
        if self.schedule.is_front(place) {
            bytes >= self.options.range_bytes || chunks.would_wait()
        } else {
            self.job.held_bytes(part) >= STREAM_PART_BYTES
        }
    }

    /// Gives lines to the job from the beginning of an input, or from further on.
    fn sink<'s>(&self, source: &'s J::Source, is_beginning: bool) -> PartSink<'s, J>
    where
        'w: 's,
    {
        PartSink { job: self.job, source, run: self.run, is_beginning, part: self.job.part() }
    }

    /// Hands over a part, unless the run ended while it was made: it may lack lines.
    fn submit(&self, place: Place, part: J::Part) {
        if !self.run.is_over() {
            self.schedule.submit(place, part);
        }
    }
}
