//! An agent around a follower that counts numbered lines, commits, and crashes.

#![allow(dead_code, reason = "each test binary uses a part")]

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use logagent_engine::tail::{
    FileId, FileRecord, Follower, ReadFrom, SourceCounts, Step, TailOptions, TailSink, TailSource,
};

/// Writes `text` at the end of a file, which is made if there is none.
pub fn append(path: &Path, text: &str) {
    let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

/// Compresses a file as rotation does: `.gz` is appended to its name.
pub fn gzip(path: &Path) {
    let target = path.with_file_name(format!("{}.gz", path.file_name().unwrap().to_str().unwrap()));
    let mut encoder =
        flate2::write::GzEncoder::new(File::create(target).unwrap(), flate2::Compression::fast());
    encoder.write_all(&fs::read(path).unwrap()).unwrap();
    encoder.finish().unwrap();
    fs::remove_file(path).unwrap();
}

/// How often each line was counted.
pub type Counts = BTreeMap<String, u32>;

/// Counts lines by their text.
#[derive(Debug, Default, Clone)]
pub struct Ledger {
    pub lines: Counts,
    pub oversize: u32,
    pub covered: u64,
    pub open: Vec<FileId>,
    pub refused_head: Option<Vec<u8>>,
}

impl TailSink for Ledger {
    fn open(&mut self, file: FileId, _: usize, _: &Path, head: &[u8]) -> Result<(), String> {
        assert!(!self.open.contains(&file), "opened twice");
        if self.refused_head.as_ref().is_some_and(|refused| head.starts_with(refused)) {
            return Err("no format".to_owned());
        }
        self.open.push(file);
        Ok(())
    }

    fn lines(&mut self, file: FileId, block: &[u8]) {
        assert!(self.open.contains(&file), "lines of a file that is not open");
        assert!(!block.is_empty());
        for line in block.split_inclusive(|&byte| byte == b'\n') {
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            *self.lines.entry(String::from_utf8_lossy(line).into_owned()).or_default() += 1;
        }
    }

    fn oversize(&mut self, _: FileId) {
        self.oversize += 1;
    }

    fn covered(&mut self, _: FileId, bytes: u64) {
        self.covered += bytes;
    }

    fn close(&mut self, file: FileId) {
        assert!(self.open.contains(&file), "closed twice");
        self.open.retain(|&open| open != file);
    }
}

/// Options with which nothing has to be waited for.
pub fn at_once() -> TailOptions {
    TailOptions {
        max_line_bytes: 4096,
        batch_bytes: 8192,
        rotate_wait: Duration::from_millis(2),
        rescan_interval: Duration::ZERO,
        poll_interval: Duration::ZERO,
        gather_wait: Duration::ZERO,
        ..TailOptions::default()
    }
}

/// What survives a crash, and what does not.
pub struct Agent {
    pub sources: Vec<TailSource>,
    pub options: TailOptions,
    pub follower: Follower,
    pub ledger: Ledger,
    committed: Ledger,
    records: BTreeMap<FileId, FileRecord>,
    counts: Vec<(String, SourceCounts)>,
}

pub fn source(paths: &[PathBuf]) -> TailSource {
    TailSource {
        name: "proxy".to_owned(),
        paths: paths.iter().map(|path| path.to_str().unwrap().to_owned()).collect(),
        exclude: Vec::new(),
        read_from: ReadFrom::Beginning,
    }
}

impl Agent {
    pub fn new(sources: Vec<TailSource>, options: TailOptions) -> Agent {
        let follower = Follower::new(sources.clone(), options.clone()).unwrap();
        let (ledger, committed) = (Ledger::default(), Ledger::default());
        Agent { sources, options, follower, ledger, committed, records: BTreeMap::new(), counts: Vec::new() }
    }

    pub fn following(paths: &[PathBuf]) -> Agent {
        Agent::new(vec![source(paths)], at_once())
    }

    pub fn step(&mut self) -> Step {
        self.follower.step(&mut self.ledger)
    }

    /// Works until `is_done`; panics if that does not come.
    pub fn until(&mut self, what: &str, is_done: impl Fn(&Agent) -> bool) {
        let end = Instant::now() + Duration::from_secs(20);
        while !is_done(self) {
            assert!(
                Instant::now() < end,
                "{what}: {:#?}\n{:#?}",
                self.follower.stats(),
                self.ledger.lines.len()
            );
            if self.step() == Step::Idle {
                thread::sleep(Duration::from_micros(200));
            }
        }
    }

    /// Works until nothing moves any more, longer than `rotate_wait`.
    pub fn settle(&mut self) {
        let mut quiet_since = Instant::now();
        while quiet_since.elapsed() < 3 * self.options.rotate_wait {
            let before = self.follower.all();
            let step = self.step();
            let stages = |all: &[(FileId, FileRecord)]| -> Vec<_> {
                all.iter().map(|(file, record)| (*file, record.stage, record.offset)).collect()
            };
            if step == Step::More || stages(&before) != stages(&self.follower.all()) {
                quiet_since = Instant::now();
            }
        }
    }

    pub fn commit(&mut self) {
        for (file, record) in self.follower.changed() {
            match record {
                Some(record) => {
                    let text = serde_json::to_string(&record).unwrap();
                    self.records.insert(file, serde_json::from_str(&text).unwrap());
                }
                None => _ = self.records.remove(&file),
            }
        }
        assert_eq!(self.follower.all(), self.records.clone().into_iter().collect::<Vec<_>>());
        self.committed = self.ledger.clone();
        self.counts = self.follower.counts().map(|(source, counts)| (source.to_owned(), counts)).collect();
    }

    /// Forgets everything since the last commit, and starts again.
    pub fn crash(&mut self) {
        self.follower = Follower::new(self.sources.clone(), self.options.clone()).unwrap();
        for (&file, record) in &self.records {
            self.follower.restore(file, record.clone());
        }
        for (source, counts) in &self.counts {
            self.follower.restore_counts(source, *counts);
        }
        self.ledger = Ledger { open: Vec::new(), ..self.committed.clone() };
    }

    pub fn counts(&self) -> SourceCounts {
        self.follower.stats().sources[0].counts
    }

    /// The lines that were counted, each checked to be counted once.
    pub fn lines(&self) -> Vec<&str> {
        for (line, count) in &self.ledger.lines {
            assert_eq!(*count, 1, "{line}");
        }
        self.ledger.lines.keys().map(String::as_str).collect()
    }
}
