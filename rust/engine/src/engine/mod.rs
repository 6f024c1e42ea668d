//! The engine of the service: follows files, counts, and shows what was committed.
//!
//! Lines are counted into what is *pending*, together with the positions behind them. A *take* moves
//! both into the books, and answers the rows that hold them; when these are durable, a *commit*
//! shows them. So whatever a scrape sees is in the state database, and a count and its position are
//! durable together or not at all.
//!
//! There are three locks, taken in this order: of the books (take and commit), of what is shown
//! (expositions), and of the intake. Reading holds only the last, for one step at a time.

mod books;
mod changes;
mod error;
mod event_time;
mod feeding;
mod groups;
mod intake;
mod mining;
mod questions;
mod readings;
mod rows;
mod samples;
mod second;
mod shared;
mod shown;
mod stats;
mod tally;
mod tap;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use logagent_core::metric::Snapshot;
use logagent_core::plan::Plan;

use books::Books;
use intake::{Drained, Intake};
use second::Second;
use shared::Shared;
use shown::Shown;

use crate::tail::{FileId, FileRecord, Follower, Step, TailOptions, TailSource, Waiter};

pub use changes::ChangedFormat;
pub use error::EngineError;
pub use feeding::Fed;
pub use mining::{ModelStats, NewTemplate, TemplateStats, UnmatchedLine};
pub use rows::{Rows, SeriesRow, definition};
pub use samples::{Pattern, RefusedLine};
pub use stats::{EngineStats, FollowedFile, MetricStats, SlotStats, TallyStats};
pub use tally::{LineTally, Tally, TallyKey};
pub use tap::{FIELDS, Heard, Wish};

/// Follows the sources of a plan. Everything may be called from any thread.
pub struct Engine {
    books: Mutex<Books>,
    shown: Mutex<Shown>,
    intake: Shared<Intake>,
    waiter: Waiter,
    woken: AtomicBool,
    began: AtomicBool,
    year: fn() -> i16,
}

/// What was counted since an earlier take, with the positions: to be made durable as a whole.
#[derive(Debug)]
pub struct Taken {
    number: u64,
    /// The rows to write, with cumulative values.
    pub rows: Rows,
    /// The newest time of the records of each source that came, in Unix nanoseconds.
    pub newest: Vec<(String, i64)>,
    /// [`Engine::event_time`] then: where the counts are complete up to.
    pub event_time_ns: Option<i64>,
    /// Templates of lines that were not seen before.
    pub new_templates: Vec<NewTemplate>,
    /// How many calls of [`Engine::feed`] and [`Engine::forget`] there were before.
    pub feeds: u64,
    /// The records that were counted, by wish of [`Engine::keep`].
    pub records: Vec<Heard>,
}

/// What a reload did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reloaded {
    /// Names of the metrics that go on counting.
    pub kept: Vec<String>,
    /// Names of those that begin.
    pub new: Vec<String>,
    /// Definitions of those that are gone.
    pub dropped: Vec<String>,
}

/// What the books read for others.
#[derive(Debug, Default)]
struct Restored {
    files: Vec<(FileId, FileRecord)>,
    tallies: Vec<(TallyKey, Tally)>,
    dropped: Vec<String>,
}

impl Engine {
    /// An engine that has read nothing. `year` answers the year of instants that are logged without
    /// one.
    ///
    /// # Errors
    /// What the operating system says when it has no descriptors left.
    pub fn new(plan: Arc<Plan>, options: TailOptions, year: fn() -> i16) -> Result<Engine, EngineError> {
        Engine::with_threads(plan, options, year, 1)
    }

    /// The same that counts large blocks with two threads, if there may be so many and the plan's counts
    /// do not depend on the order of lines.
    ///
    /// # Errors
    /// As of [`Engine::new`].
    pub fn with_threads(
        plan: Arc<Plan>,
        mut options: TailOptions,
        year: fn() -> i16,
        threads: usize,
    ) -> Result<Engine, EngineError> {
        let second = if threads > 1 { Second::new(&plan) } else { None };
        if second.is_some() {
            options.batch_bytes = second::BATCH_BYTES;
        }
        let follower = Follower::new(tail_sources(&plan), options)?;
        let books = Books::new(Arc::clone(&plan));
        let pending = plan.pending(&books.ledger);
        let shown = Mutex::new(Shown::new(&plan, &books.ledger));
        let mut intake = Intake::new(plan, follower, pending, year());
        intake.counting.second = second;
        Ok(Engine {
            waiter: intake.follower.waiter(),
            shown,
            intake: Shared::new(intake),
            books: Mutex::new(books),
            woken: AtomicBool::new(false),
            began: AtomicBool::new(false),
            year,
        })
    }

    /// Goes on from rows that were stored. Answers the definitions that no metric has any more.
    ///
    /// # Errors
    /// A row that cannot be read, or an engine that has something already. After an error the engine
    /// is not to be used.
    pub fn restore(&self, rows: &Rows) -> Result<Vec<String>, EngineError> {
        let mut books = lock(&self.books)?;
        let mut shown = lock(&self.shown)?;
        let mut intake = self.intake.lock()?;
        if self.began.swap(true, Ordering::Relaxed) {
            return Err(EngineError::Began);
        }
        let restored = books.restore(rows)?;
        for (id, record) in restored.files {
            intake.follower.restore(id, record);
        }
        shown.update(&books.ledger, &books.ledger.all());
        shown.update_tallies(restored.tallies.iter().cloned());
        for (key, tally) in restored.tallies {
            if let Tally::Source(counts) = &tally {
                intake.follower.restore_counts(&key.source, *counts);
            }
            intake.counting.tallies.restore(key, tally);
        }
        intake.counting.pending = books.plan.pending(&books.ledger);
        let mining = &mut intake.counting.mining;
        let damaged = |(row, message)| EngineError::Model { row, message };
        mining.restore(&books.plan, &rows.models).map_err(damaged)?;
        shown.models = mining.stats(&books.plan);
        let plan = groups::grouped(Arc::clone(&books.plan), &books.positions);
        self.adopt(plan, &mut books, &mut shown, &mut intake);
        Ok(restored.dropped)
    }

    /// Waits at most `timeout` for something to read and counts about a batch of it. Answers the bytes
    /// read; 0 if there was nothing, or somebody called [`Engine::wake`].
    ///
    /// # Errors
    /// [`EngineError::Broken`].
    pub fn poll(&self, timeout: Duration) -> Result<u64, EngineError> {
        self.began.store(true, Ordering::Relaxed);
        let now = Instant::now();
        let end = now.checked_add(timeout).unwrap_or(now);
        loop {
            let (read_bytes, step) = self.intake.lock_last()?.step((self.year)());
            let left = end.saturating_duration_since(Instant::now());
            if read_bytes > 0 || self.woken.swap(false, Ordering::Relaxed) || left.is_zero() {
                return Ok(read_bytes);
            }
            if step == Step::Idle {
                self.waiter.wait(left);
            }
        }
    }

    /// Ends a waiting [`Engine::poll`], or the next one, from any thread.
    pub fn wake(&self) {
        self.woken.store(true, Ordering::Relaxed);
        self.waiter.wake();
    }

    /// Takes what was counted since the last take, and the counts alone, of just the series that
    /// changed; `None` if nothing did.
    ///
    /// # Errors
    /// [`EngineError::Outstanding`] while an earlier take is not committed.
    pub fn take(&self) -> Result<Option<(Taken, Snapshot)>, EngineError> {
        let mut books = lock(&self.books)?;
        if books.outstanding.is_some() {
            return Err(EngineError::Outstanding);
        }
        let drained = self.intake.lock()?.drain();
        let Some((number, rows)) = books.add(&drained) else { return Ok(None) };
        self.intake.lock()?.counting.pending.share_limits(books.ledger.totals());
        let Drained { counted, newest, event_time_ns, feeds, new_templates, records, .. } = drained;
        let taken = Taken { number, rows, newest, event_time_ns, new_templates, feeds, records };
        Ok(Some((taken, counted)))
    }

    /// The event-time clock, in Unix nanoseconds: up to where in the time of the logs records are
    /// counted, late ones apart. That is the least over the sources, the idle ones left out, of the
    /// newest time of a record; when all are idle it is the wall clock, and it never is beyond that.
    /// `None`: a source that has just been begun may have records of any time. It goes back when a
    /// source comes with older records.
    ///
    /// # Errors
    /// [`EngineError::Broken`].
    pub fn event_time(&self) -> Result<Option<i64>, EngineError> {
        Ok(self.intake.lock()?.event_time())
    }

    /// Whether a take is due because little more can be counted by slot, or kept.
    ///
    /// # Errors
    /// [`EngineError::Broken`].
    pub fn is_half_full(&self) -> Result<bool, EngineError> {
        let intake = self.intake.lock()?;
        Ok(intake.counting.tap.is_half_full()
            || intake.counting.pending.slots.as_ref().is_some_and(|slots| slots.is_half_full()))
    }

    /// Shows what was taken: its rows are durable.
    ///
    /// # Errors
    /// [`EngineError::NotTaken`] if it was not taken last from this engine, or is committed already.
    pub fn commit(&self, taken: &Taken) -> Result<(), EngineError> {
        let mut books = lock(&self.books)?;
        let committed = books.commit(taken.number)?;
        let mut shown = lock(&self.shown)?;
        shown.update(&books.ledger, &committed.changed);
        shown.update_tallies(committed.tallies);
        if let Some(models) = committed.models {
            shown.models = models;
        }
        if let Some(Ok(plan)) = committed.groups.map(|groups| books.plan.with_groups(&groups)) {
            let mut intake = self.intake.lock()?;
            self.adopt(Arc::new(plan), &mut books, &mut shown, &mut intake);
        }
        Ok(())
    }

    /// All rows as of the last take, committed or not.
    ///
    /// # Errors
    /// [`EngineError::Broken`].
    pub fn everything(&self) -> Result<Rows, EngineError> {
        Ok(lock(&self.books)?.everything())
    }

    /// Goes on by another plan: metrics of an equal [`definition`] keep their counts, files their
    /// positions.
    ///
    /// # Errors
    /// [`EngineError::Outstanding`] while a take is not committed.
    pub fn reload(&self, plan: Arc<Plan>) -> Result<Reloaded, EngineError> {
        let mut books = lock(&self.books)?;
        if books.outstanding.is_some() {
            return Err(EngineError::Outstanding);
        }
        let mut shown = lock(&self.shown)?;
        let mut intake = self.intake.lock()?;
        let plan = groups::grouped(plan, &books.positions);
        Ok(self.adopt(plan, &mut books, &mut shown, &mut intake))
    }

    /// Goes on by another plan, which has the groups that there are.
    fn adopt(&self, plan: Arc<Plan>, books: &mut Books, shown: &mut Shown, intake: &mut Intake) -> Reloaded {
        let old = books.definitions().to_vec();
        let kept = books.set_plan(&plan);
        shown.set_plan(&plan, &books.ledger);
        let mut pending = plan.pending(&books.ledger);
        pending.continue_from(&intake.counting.pending, &kept);
        let named = |is_kept: bool| {
            let metrics = plan.metrics.iter().zip(&kept).filter(|(_, old)| old.is_some() == is_kept);
            metrics.map(|(metric, _)| metric.name.clone()).collect()
        };
        let is_dropped = |(number, _): &(usize, String)| !kept.contains(&Some(*number));
        let dropped = old.into_iter().enumerate().filter(is_dropped).map(|(_, definition)| definition);
        let reloaded = Reloaded { kept: named(true), new: named(false), dropped: dropped.collect() };
        intake.set_plan(plan, pending);
        self.waiter.wake();
        reloaded
    }
}

fn lock<T>(mutex: &Mutex<T>) -> Result<MutexGuard<'_, T>, EngineError> {
    mutex.lock().map_err(|_| EngineError::Broken)
}

/// The files of a plan's sources.
fn tail_sources(plan: &Plan) -> Vec<TailSource> {
    let sources = plan.sources.iter().zip(&plan.spec.sources);
    let tail =
        |(source, spec): (&logagent_core::plan::Source, &logagent_core::spec::SourceSpec)| TailSource {
            name: source.name.clone(),
            paths: source.paths.clone(),
            exclude: source.exclude.clone(),
            read_from: spec.read_from,
        };
    sources.map(tail).collect()
}
