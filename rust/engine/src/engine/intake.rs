//! What is counted and not taken yet, with the positions up to which it is.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use logagent_core::metric::Snapshot;
use logagent_core::plan::Plan;
use logagent_core::scan::Reason;
use logagent_core::slot::SlotNotes;

use super::event_time::{EventTimes, wall_clock_ns};
use super::readings::Readings;
use super::samples::Samples;
use super::stats::SlotStats;
use super::tally::{LineCounts, Tallies, Tally, TallyKey};
use super::tap::Tap;
use crate::tail::{FileId, FileRecord, Follower, Step, TailSink};

/// Everything that changes when lines are read.
pub(super) struct Intake {
    pub(super) follower: Follower,
    pub(super) counting: Counting,
    /// Of sources that are fed, what changed since the last take; `None`: to be forgotten.
    pub(super) positions: BTreeMap<String, Option<String>>,
    /// Calls of `feed` and `forget` since the engine was made.
    pub(super) feeds: u64,
    /// When the oldest count that was not taken came.
    pub(super) pending_since: Option<Instant>,
}

/// What was counted since the last take, and up to where.
pub(super) struct Drained {
    pub(super) counted: Snapshot,
    pub(super) files: Vec<(FileId, Option<FileRecord>)>,
    pub(super) tallies: Vec<(TallyKey, Tally)>,
    pub(super) positions: BTreeMap<String, Option<String>>,
    /// As in [`Rows`](super::Rows).
    pub(super) models: Vec<(String, Option<String>)>,
    pub(super) feeds: u64,
    pub(super) newest: Vec<(String, i64)>,
    pub(super) event_time_ns: Option<i64>,
}

/// Counts the lines that a follower hands on.
#[derive(Debug)]
pub(super) struct Counting {
    pub(super) plan: Arc<Plan>,
    pub(super) pending: Snapshot,
    pub(super) readings: Readings,
    pub(super) tallies: Tallies,
    pub(super) files: HashMap<FileId, OpenFile>,
    pub(super) samples: Samples,
    pub(super) tap: Tap,
    /// Readings of sources that are fed, by the source's number.
    pub(super) fed: HashMap<usize, usize>,
    event_times: EventTimes,
    /// What slots noted since the engine was made; of what is pending not yet.
    slot_notes: SlotNotes,
    read_bytes: u64,
}

/// A file whose lines come.
#[derive(Debug)]
pub(super) struct OpenFile {
    source: usize,
    reading: usize,
    tally: usize,
    /// Its format in words, if it was detected.
    pub(super) format: Option<String>,
}

impl Intake {
    pub(super) fn new(plan: Arc<Plan>, follower: Follower, pending: Snapshot, year: i16) -> Intake {
        let counting = Counting {
            readings: Readings::new(year),
            event_times: EventTimes::new(&plan),
            slot_notes: SlotNotes::default(),
            plan,
            pending,
            tallies: Tallies::default(),
            files: HashMap::new(),
            samples: Samples::default(),
            tap: Tap::default(),
            fed: HashMap::new(),
            read_bytes: 0,
        };
        Intake { follower, counting, positions: BTreeMap::new(), feeds: 0, pending_since: None }
    }

    /// Reads about a batch; answers its bytes, and whether there is more now.
    pub(super) fn step(&mut self, year: i16) -> (u64, Step) {
        self.counting.readings.set_year(&self.counting.plan, year);
        self.counting.read_bytes = 0;
        let step = self.follower.step(&mut self.counting);
        if self.counting.read_bytes > 0 {
            self.pending_since.get_or_insert_with(Instant::now);
        }
        (self.counting.read_bytes, step)
    }

    /// Hands over what was counted, with the positions.
    pub(super) fn drain(&mut self) -> Drained {
        for source in self.follower.stats().sources {
            self.counting.tallies.set_source(&source.name, source.counts);
        }
        self.pending_since = None;
        let counted = self.counting.pending.drain(&self.counting.plan.metrics);
        if let Some(slots) = &counted.slots {
            self.counting.slot_notes.add(slots.notes());
        }
        Drained {
            counted,
            newest: self.counting.event_times.take_newest(),
            event_time_ns: self.event_time(),
            files: self.follower.changed(),
            tallies: self.counting.tallies.changed(),
            positions: std::mem::take(&mut self.positions),
            models: Vec::new(),
            feeds: self.feeds,
        }
    }

    /// See [`Engine::event_time`](super::Engine::event_time).
    pub(super) fn event_time(&self) -> Option<i64> {
        self.counting.event_times.now(wall_clock_ns(), Instant::now())
    }

    /// What slots noted, and the rows that are pending.
    pub(super) fn slot_stats(&self) -> Option<SlotStats> {
        let slots = self.counting.pending.slots.as_ref()?;
        let mut notes = self.counting.slot_notes;
        notes.add(slots.notes());
        Some(SlotStats::of(notes, slots.rows()))
    }

    /// Goes on by another plan; files are opened anew. `pending` holds what this one's does.
    pub(super) fn set_plan(&mut self, plan: Arc<Plan>, pending: Snapshot) {
        let counting = &mut self.counting;
        counting.files.clear();
        counting.fed.clear();
        counting.readings.clear();
        self.follower.set_sources(super::tail_sources(&plan));
        counting.event_times.set_sources(&plan);
        counting.plan = plan;
        counting.pending = pending;
    }
}

impl Counting {
    pub(super) fn count(&mut self, source: usize, reading: usize, tally: usize, block: &[u8]) {
        let before = LineCounts::of(&self.pending);
        if let Some(slots) = &mut self.pending.slots {
            slots.read_at(wall_clock_ns());
        }
        self.readings.get(reading).count(&self.plan, block, None, &mut self.pending, None);
        if let Some(newest_ns) = self.pending.slots.as_mut().and_then(|slots| slots.take_newest()) {
            self.event_times.heard(source, newest_ns, Instant::now());
        }
        self.tallies.add_lines(tally, &before, &self.pending);
        if before.has_rejected(&self.pending) && self.samples.have_room(self.tallies.key(tally)) {
            let scanner = self.readings.get(reading).scanner();
            self.samples.add(self.tallies.key(tally), scanner, block);
        }
        if !self.tap.is_idle() {
            let (format, year) = self.readings.format(reading);
            self.tap.show(self.tallies.key(tally), format, year, block);
        }
    }

    pub(super) fn count_oversize(&mut self, reading: usize, tally: usize) {
        let before = LineCounts::of(&self.pending);
        self.pending.reject(Reason::Oversize);
        self.tallies.add_lines(tally, &before, &self.pending);
        if self.samples.have_room(self.tallies.key(tally)) {
            self.samples.add_oversize(self.tallies.key(tally), self.readings.get(reading).scanner());
        }
    }

    pub(super) fn add_bytes(&mut self, tally: usize, bytes: u64) {
        self.pending.bytes += bytes;
        self.read_bytes += bytes;
        self.tallies.add_bytes(tally, bytes);
    }
}

impl TailSink for Counting {
    fn open(&mut self, file: FileId, source: usize, path: &Path, head: &[u8]) -> Result<(), String> {
        self.close(file);
        let (reading, format) = self.readings.open(&self.plan, source, head)?;
        let tally = self.tallies.of_path(&self.plan.sources[source].name, &path.to_string_lossy());
        self.files.insert(file, OpenFile { source, reading, tally, format });
        Ok(())
    }

    fn lines(&mut self, file: FileId, block: &[u8]) {
        let OpenFile { source, reading, tally, .. } = self.files[&file];
        self.count(source, reading, tally, block);
    }

    fn oversize(&mut self, file: FileId) {
        let file = &self.files[&file];
        let (reading, tally) = (file.reading, file.tally);
        self.count_oversize(reading, tally);
    }

    fn covered(&mut self, file: FileId, bytes: u64) {
        // A hole at a file's beginning is skipped before there is a line to tell its format by.
        match self.files.get(&file).map(|file| file.tally) {
            Some(tally) => self.add_bytes(tally, bytes),
            None => self.pending.bytes += bytes,
        }
    }

    fn close(&mut self, file: FileId) {
        if let Some(closed) = self.files.remove(&file) {
            self.readings.close(closed.reading);
        }
    }
}
