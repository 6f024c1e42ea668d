//! The follower of files: what it knows, and the order in which it looks at things.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::io;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use rustix::fs::inotify::{CreateFlags, init};

use super::generation::{Generation, Introduction};
use super::identity::Identity;
use super::parked::Parked;
use super::read::Window;
use super::watch::Watches;
use super::{
    FileId, FileRecord, ParkedFile, SourceCounts, Stage, Step, TailOptions, TailSink, TailSource, Waiter,
};

/// Follows the files of several sources. [`Follower::waiter`] waits for it without holding it.
pub struct Follower {
    pub(super) sources: Vec<Source>,
    pub(super) options: TailOptions,
    waiter: Waiter,
    pub(super) watches: Watches,
    pub(super) files: BTreeMap<FileId, Generation>,
    /// The generation that an inode holds now.
    pub(super) by_identity: HashMap<Identity, FileId>,
    pub(super) parked: HashMap<Identity, Parked>,
    pub(super) irregular: Vec<ParkedFile>,
    /// Files to be looked at.
    pub(super) queue: VecDeque<FileId>,
    pub(super) changed: BTreeSet<FileId>,
    next_file: FileId,
    pub(super) window: Window,
    /// All paths are looked at then.
    pub(super) scan_due: Instant,
    /// Not before: a scan must not take more than a small share of the time.
    pub(super) scan_earliest: Instant,
    /// Files without notification are looked at then.
    poll_due: Instant,
    /// When it began to look.
    pub(super) began: Instant,
}

/// A source, and what is known of it.
pub(super) struct Source {
    pub spec: TailSource,
    pub counts: SourceCounts,
    /// What cannot be read now, in words, each with its place.
    pub errors: BTreeSet<String>,
    /// Those that came up since the last scan began.
    pub recent_errors: BTreeSet<String>,
    /// It was never looked at: what is there now was there before it was followed.
    pub is_new: bool,
    /// Its paths when it was last looked at: whatever is rotated away from them came later, even
    /// if they led to nothing then.
    pub looked_for: Vec<String>,
}

impl Source {
    fn new(spec: TailSource) -> Source {
        let (errors, recent_errors) = (BTreeSet::new(), BTreeSet::new());
        let (counts, looked_for) = (SourceCounts::default(), Vec::new());
        Source { spec, counts, errors, recent_errors, is_new: true, looked_for }
    }

    /// It was looked at before the restart.
    fn is_known(&mut self) {
        self.is_new = false;
        self.looked_for.clone_from(&self.spec.paths);
    }

    /// One of its errors, and how many more there are.
    pub(super) fn error(&self) -> Option<String> {
        let first = self.errors.first()?;
        Some(match self.errors.len() - 1 {
            0 => first.clone(),
            more => format!("{first} (and {more} more like this)"),
        })
    }

    /// Notes that something could not be read.
    pub(super) fn fail(&mut self, error: String) {
        if self.errors.insert(error.clone()) {
            self.counts.read_errors += 1;
        }
        self.recent_errors.insert(error);
    }
}

impl Follower {
    /// A follower that has read nothing yet.
    ///
    /// # Errors
    /// What the operating system says when it has no descriptors left.
    pub fn new(sources: Vec<TailSource>, options: TailOptions) -> io::Result<Follower> {
        // Without inotify (none of its instances left, or forbidden) files are looked at in turn.
        let changes = init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).ok();
        let waiter = Waiter::new(changes)?;
        let now = Instant::now();
        Ok(Follower {
            sources: sources.into_iter().map(Source::new).collect(),
            options,
            watches: Watches::new(waiter.clone()),
            waiter,
            files: BTreeMap::new(),
            by_identity: HashMap::new(),
            parked: HashMap::new(),
            irregular: Vec::new(),
            queue: VecDeque::new(),
            changed: BTreeSet::new(),
            next_file: 0,
            window: Window::default(),
            scan_due: now,
            scan_earliest: now,
            began: now,
            poll_due: now,
        })
    }

    /// Gives back what is known of a file. To be called before the first step.
    pub fn restore(&mut self, file: FileId, record: FileRecord) {
        self.next_file = self.next_file.max(file + 1);
        if let Some(source) = self.sources.iter_mut().find(|source| source.spec.name == record.source) {
            source.is_known();
        }
        let identity = Identity::recorded(&record);
        let path = record.path.clone().into();
        // A truncated file leaves two generations with one identity: the inode holds the later.
        let owns = |other: FileId| self.files[&other].record.stage == Stage::Lost || other < file;
        if record.stage != Stage::Lost && self.by_identity.get(&identity).is_none_or(|&other| owns(other)) {
            self.by_identity.insert(identity, file);
        }
        self.files.insert(file, Generation::new(record, path));
    }

    /// Gives back the counts of a source, as [`Follower::counts`] told them. To be called before the
    /// first step.
    pub fn restore_counts(&mut self, source: &str, counts: SourceCounts) {
        if let Some(source) = self.sources.iter_mut().find(|known| known.spec.name == source) {
            source.counts = counts;
            source.is_known();
        }
    }

    /// Follows other sources from now on. Positions are kept; sources are matched by name.
    ///
    /// Every file is opened anew at the sink before more of it is handed on: the sink forgets
    /// those that were open.
    pub fn set_sources(&mut self, sources: Vec<TailSource>) {
        let mut before: HashMap<String, Source> =
            self.sources.drain(..).map(|source| (source.spec.name.clone(), source)).collect();
        self.sources = sources
            .into_iter()
            .map(|spec| match before.remove(&spec.name) {
                Some(known) => Source { spec, ..known },
                None => Source::new(spec),
            })
            .collect();
        let files: Vec<_> = self.files.keys().copied().collect();
        for file in files {
            self.offer_anew(file);
        }
        let orphans: Vec<_> = self
            .files
            .iter()
            .filter(|(_, known)| self.source_of(known).is_none())
            .map(|(&file, _)| file)
            .collect();
        for file in orphans {
            self.let_go(file);
            if let Some(generation) = self.files.get_mut(&file) {
                generation.is_followed = false;
            }
        }
        self.parked.clear();
        (self.scan_due, self.scan_earliest) = (Instant::now(), Instant::now());
    }

    /// Reads what there is, up to about one batch.
    pub fn step(&mut self, sink: &mut dyn TailSink) -> Step {
        let now = Instant::now();
        let was_notified = self.hear();
        if now >= self.scan_due.max(self.scan_earliest) {
            self.scan(sink);
        }
        if now >= self.poll_due {
            self.poll_due = now + self.options.poll_interval;
            let unwatched = |known: &&Generation| {
                known.content.is_some() && !known.is_watched || known.record.stage == Stage::Rotated
            };
            let polled: Vec<_> =
                self.files.iter().filter(|(_, known)| unwatched(known)).map(|(&file, _)| file).collect();
            for file in polled {
                self.enqueue(file);
            }
        }
        let mut read_bytes = 0;
        for _ in 0..self.queue.len() {
            if read_bytes >= self.options.batch_bytes as u64 {
                break;
            }
            let Some(file) = self.queue.pop_front() else { break };
            read_bytes += self.look(file, sink);
        }
        let is_surveying = self.survey();
        if !self.queue.is_empty() || is_surveying {
            return Step::More;
        }
        let now = Instant::now();
        let is_busy = was_notified || read_bytes > 0;
        let quiet_until = if is_busy { now + self.options.gather_wait } else { now };
        let is_polled = |known: &Generation| {
            known.content.is_some() && (!known.is_watched || known.record.stage == Stage::Rotated)
        };
        let due = if self.files.values().any(is_polled) { self.poll_due } else { self.scan_due };
        self.waiter.plan(quiet_until, due.min(self.scan_due.max(self.scan_earliest)));
        Step::Idle
    }

    /// What waits for this follower while others use it.
    pub fn waiter(&self) -> Waiter {
        self.waiter.clone()
    }

    /// The records that changed since the last call; `None`: to be forgotten. They stand for
    /// everything that was handed to the sink so far.
    pub fn changed(&mut self) -> Vec<(FileId, Option<FileRecord>)> {
        let record = |file: FileId| (file, self.files.get(&file).map(|known| known.record.clone()));
        let changed = self.changed.iter().map(|&file| record(file)).collect();
        self.changed.clear();
        changed
    }

    /// All records, as of now.
    pub fn all(&self) -> Vec<(FileId, FileRecord)> {
        self.files.iter().map(|(&file, known)| (file, known.record.clone())).collect()
    }

    /// Takes in what was notified; whether anything was.
    fn hear(&mut self) -> bool {
        let notices = self.watches.notices();
        let was_notified = notices.is_scan_due || notices.is_incomplete || !notices.files.is_empty();
        for file in notices.files {
            self.enqueue(file);
        }
        if notices.is_scan_due || notices.is_incomplete {
            self.scan_due = Instant::now();
        }
        if notices.is_incomplete {
            let open = self.files.iter().filter(|(_, known)| known.content.is_some());
            let open: Vec<_> = open.map(|(&file, _)| file).collect();
            for file in open {
                self.enqueue(file);
            }
        }
        was_notified
    }

    /// Lets the sink be asked again whether it takes a file.
    fn offer_anew(&mut self, file: FileId) {
        if let Some(generation) = self.files.get_mut(&file) {
            generation.introduction = Introduction::Pending;
        }
        self.enqueue(file);
    }

    pub(super) fn enqueue(&mut self, file: FileId) {
        if let Some(generation) = self.files.get_mut(&file)
            && !generation.is_queued
        {
            generation.is_queued = true;
            self.queue.push_back(file);
        }
    }

    /// A number that no file had before.
    pub(super) fn new_file_id(&mut self) -> FileId {
        // Forgotten files are not known after a restart; the clock goes on.
        let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
        let file = self.next_file.max(u64::try_from(clock).unwrap_or(0));
        self.next_file = file + 1;
        file
    }

    /// The place of a file's source among the sources, if it is still followed.
    pub(super) fn source_of(&self, generation: &Generation) -> Option<usize> {
        self.sources.iter().position(|source| source.spec.name == generation.record.source)
    }

    /// Notes that a record is not what was last asked for.
    pub(super) fn touch(&mut self, file: FileId) {
        if let Some(generation) = self.files.get_mut(&file) {
            generation.record.updated_unix_ms = unix_ms();
            self.changed.insert(file);
        }
    }

    /// Closes a file without finishing it.
    pub(super) fn let_go(&mut self, file: FileId) {
        if let Some(generation) = self.files.get_mut(&file) {
            generation.content = None;
            generation.is_watched = false;
            self.watches.unwatch(file);
        }
    }
}

/// Milliseconds since 1970 by the system's clock.
pub(super) fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
