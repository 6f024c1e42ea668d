//! What is counted and not taken yet, with the positions up to which it is.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use logagent_core::category::Groups;
use logagent_core::metric::Snapshot;
use logagent_core::plan::Plan;
use logagent_core::scan::Reason;
use logagent_core::slot::SlotNotes;

use super::changes::{ChangedFormat, Changes, Refusals};
use super::event_time::{EventTimes, wall_clock_ns};
use super::groups;
use super::mining::{Mining, ModelStats, NewTemplate};
use super::readings::Readings;
use super::samples::Samples;
use super::second::Second;
use super::stats::SlotStats;
use super::tally::{LineCounts, Tallies, Tally, TallyKey};
use super::tap::{Heard, Tap};
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
    pub(super) new_templates: Vec<NewTemplate>,
    pub(super) model_stats: Option<Vec<ModelStats>>,
    pub(super) feeds: u64,
    /// All learnt groups, if some are new.
    pub(super) groups: Option<Groups>,
    pub(super) newest: Vec<(String, i64)>,
    pub(super) event_time_ns: Option<i64>,
    pub(super) records: Vec<Heard>,
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
    pub(super) mining: Mining,
    pub(super) changes: Changes,
    pub(super) tap: Tap,
    /// Counts beside, if two threads are to.
    pub(super) second: Option<Second>,
    /// What reads sources that are fed, by the source's number.
    pub(super) fed: HashMap<usize, Opened>,
    event_times: EventTimes,
    /// What slots noted since the engine was made; of what is pending not yet.
    slot_notes: SlotNotes,
    read_bytes: u64,
}

/// What reads the lines of a file, or of a source that is fed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Opened {
    pub(super) reading: usize,
    /// The reader of a model, if the lines are mined.
    miner: Option<usize>,
}

/// A file whose lines come.
#[derive(Debug)]
pub(super) struct OpenFile {
    source: usize,
    opened: Opened,
    tally: usize,
    /// Its format in words, if it was detected.
    pub(super) format: Option<String>,
    /// Of a file whose format was detected.
    refusals: Refusals,
}

impl Intake {
    pub(super) fn new(plan: Arc<Plan>, follower: Follower, pending: Snapshot, year: i16) -> Intake {
        let mut counting = Counting {
            readings: Readings::new(year),
            mining: Mining::default(),
            event_times: EventTimes::new(&plan),
            slot_notes: SlotNotes::default(),
            plan,
            pending,
            tallies: Tallies::default(),
            files: HashMap::new(),
            samples: Samples::default(),
            changes: Changes::default(),
            tap: Tap::default(),
            second: None,
            fed: HashMap::new(),
            read_bytes: 0,
        };
        counting.mining.begin(&counting.plan);
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
        for (source, counts) in self.follower.counts() {
            self.counting.tallies.set_source(source, counts);
        }
        self.pending_since = None;
        if let Some(second) = &mut self.counting.second {
            second.hand_over(&self.counting.plan, &mut self.counting.pending);
        }
        let counted = self.counting.pending.drain(&self.counting.plan.metrics);
        if let Some(slots) = &counted.slots {
            self.counting.slot_notes.add(slots.notes());
        }
        let learned = self.counting.mining.drain(&self.counting.plan);
        let learnt = self.counting.readings.take_groups(&self.counting.plan);
        self.positions.extend(learnt.iter().flat_map(groups::positions));
        Drained {
            groups: learnt,
            counted,
            newest: self.counting.event_times.take_newest(),
            event_time_ns: self.event_time(),
            records: self.counting.tap.take_kept(),
            files: self.follower.changed(),
            tallies: self.counting.tallies.changed(),
            positions: std::mem::take(&mut self.positions),
            models: learned.rows,
            new_templates: learned.new_templates,
            model_stats: learned.stats,
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
        counting.mining.begin(&plan);
        counting.second = counting.second.take().and_then(|_| Second::new(&plan));
        counting.plan = plan;
        counting.pending = pending;
    }
}

impl Counting {
    /// What reads lines of a source that begin with `head`; with the format in words if it was detected.
    pub(super) fn begin_reading(
        &mut self,
        source: usize,
        head: &[u8],
    ) -> Result<(Opened, Option<String>), String> {
        let (reading, format) = self.readings.open(&self.plan, source, head)?;
        let (_, year) = self.readings.format(reading);
        let miner = self.mining.open(&self.plan, source, head, year);
        Ok((Opened { reading, miner }, format))
    }

    /// Ends what [`Counting::begin_reading`] began.
    pub(super) fn end_reading(&mut self, opened: Opened) {
        self.readings.close(opened.reading);
        if let Some(miner) = opened.miner {
            self.mining.close(miner);
        }
    }

    pub(super) fn count(&mut self, source: usize, opened: Opened, tally: usize, block: &[u8]) {
        let Opened { reading, miner } = opened;
        let before = LineCounts::of(&self.pending);
        if let Some(slots) = &mut self.pending.slots {
            slots.read_at(wall_clock_ns());
        }
        let templates =
            miner.map(|miner| self.mining.mine(&self.plan, miner, self.tallies.key(tally), block));
        let templates = templates.filter(|_| self.plan.wants_templates());
        let (_, year) = self.readings.format(reading);
        let reader = self.readings.get(reading);
        let second = self.second.as_mut().filter(|_| miner.is_none());
        let apart = second.and_then(|one| one.count(&self.plan, (reader, year), block, &mut self.pending));
        if apart.is_none() {
            reader.count_mined(&self.plan, block, None, &mut self.pending, None, templates);
        }
        if let Some(newest_ns) = self.pending.slots.as_mut().and_then(|slots| slots.take_newest()) {
            self.event_times.heard(source, newest_ns, Instant::now());
        }
        self.tallies.add_lines(tally, &before, &self.pending);
        let mut has_rejected = before.has_rejected(&self.pending);
        if let (Some(before), Some(second)) = (apart, &self.second) {
            self.tallies.add_lines(tally, &before, second.counted());
            has_rejected |= before.has_rejected(second.counted());
        }
        if has_rejected && self.samples.have_room(self.tallies.key(tally)) {
            let scanner = self.readings.get(reading).scanner();
            self.samples.add(self.tallies.key(tally), scanner, block);
        }
        if !self.tap.is_idle() {
            let (format, year) = self.readings.format(reading);
            self.tap.show(self.tallies.key(tally), format, year, block);
        }
    }

    /// Matched lines since the last take.
    fn matched(&self) -> u64 {
        self.pending.matched + self.second.as_ref().map_or(0, |second| second.counted().matched)
    }

    /// Opens a file anew whose format was found, if it goes on in another one.
    fn follow_format(&mut self, file: FileId, block: &[u8], has_matched: bool) {
        let Some(open) = self.files.get_mut(&file) else { return };
        let Some(before) = &open.format else { return };
        if has_matched {
            open.refusals.clear();
            return;
        }
        open.refusals.add(block);
        let Some(lines) = self.changes.look(before, &open.refusals) else { return };
        let Ok((reading, Some(format))) = self.readings.open(&self.plan, open.source, lines) else { return };
        self.readings.close(open.opened.reading);
        let key = self.tallies.key(open.tally);
        let before = before.clone();
        let (source, path) = (key.source.clone(), key.path.clone().unwrap_or_default());
        self.changes.note(ChangedFormat { source, path, before, format: format.clone() });
        open.opened.reading = reading;
        open.format = Some(format);
        open.refusals.clear();
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
        let (opened, format) = self.begin_reading(source, head)?;
        let tally = self.tallies.of_path(&self.plan.sources[source].name, &path.to_string_lossy());
        self.files.insert(file, OpenFile { source, opened, tally, format, refusals: Refusals::default() });
        Ok(())
    }

    fn lines(&mut self, file: FileId, block: &[u8]) {
        let OpenFile { source, opened, tally, .. } = self.files[&file];
        let matched = self.matched();
        self.count(source, opened, tally, block);
        self.follow_format(file, block, self.matched() > matched);
    }

    fn oversize(&mut self, file: FileId) {
        let file = &self.files[&file];
        let (reading, tally) = (file.opened.reading, file.tally);
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
            self.end_reading(closed.opened);
        }
    }
}
