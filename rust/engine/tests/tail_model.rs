//! Random programs of writers, rotations and crashes against a follower: every line that was
//! written and not destroyed is counted exactly once.
//!
//! `TAIL_PROGRAMS` sets how many programs are run, `TAIL_SEED` the first one's seed.

mod tailing;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use fastrand::Rng;
use tailing::Agent;

/// What became of the line with a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It is on disk: counted exactly once.
    Kept,
    /// It was destroyed, maybe before it was read: counted at most once.
    Destroyed,
}

/// Numbers a content; hard links and renames keep it.
type ContentId = usize;

struct Writer {
    file: File,
    content: ContentId,
    /// The rest of a line that was begun.
    rest: String,
}

struct World {
    directory: tempfile::TempDir,
    rng: Rng,
    fates: BTreeMap<u64, Fate>,
    contents: Vec<Vec<u64>>,
    names: BTreeMap<String, ContentId>,
    live: Option<Writer>,
    /// Writers that have not noticed yet that their file was renamed.
    late: Vec<Writer>,
    /// A compression or a copy that goes on while others work.
    unfinished: Option<Unfinished>,
    log: Vec<String>,
}

enum Unfinished {
    Gzip { from: String, packed: Vec<u8>, target: File },
    CopyTruncate { copy: File },
}

impl World {
    fn new(seed: u64) -> World {
        let mut world = World {
            directory: tempfile::tempdir().unwrap(),
            rng: Rng::with_seed(seed),
            fates: BTreeMap::new(),
            contents: Vec::new(),
            names: BTreeMap::new(),
            live: None,
            late: Vec::new(),
            unfinished: None,
            log: Vec::new(),
        };
        world.create();
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn create(&mut self) {
        if self.live.is_some() {
            return;
        }
        let path = self.path("a.log");
        let file = OpenOptions::new().create(true).append(true).open(path).unwrap();
        let content = self.contents.len();
        self.contents.push(Vec::new());
        self.names.insert("a.log".to_owned(), content);
        self.live = Some(Writer { file, content, rest: String::new() });
    }

    /// A line that begins with its number; most are short, few are longer than a batch.
    fn line(&mut self) -> (u64, String) {
        let number = self.fates.len() as u64;
        let padding = match self.rng.u32(..100) {
            0 => 4000,
            1..10 => self.rng.usize(..900),
            _ => self.rng.usize(..40),
        };
        (number, format!("{number:06} {}\n", "x".repeat(padding)))
    }

    fn write(&mut self, which: Which, lines: usize, ending: Ending) {
        for at in 0..lines {
            let (number, line) = self.line();
            let writer = match which {
                Which::Live => self.live.as_mut(),
                Which::Late => self.late.first_mut(),
            };
            let Some(writer) = writer else { return };
            let mut text = std::mem::take(&mut writer.rest);
            text.push_str(&line);
            if at + 1 == lines && ending == Ending::Partial {
                writer.rest = text.split_off(text.len() - 1);
            }
            writer.file.write_all(text.as_bytes()).unwrap();
            self.contents[writer.content].push(number);
            self.fates.insert(number, Fate::Kept);
        }
    }

    /// Moves `a.log.N` on, plain or compressed; the last is deleted.
    fn shift(&mut self) {
        for number in (1..6).rev() {
            for ending in ["", ".gz"] {
                let from = format!("a.log.{number}{ending}");
                let Some(content) = self.names.remove(&from) else { continue };
                if number == 5 {
                    fs::remove_file(self.path(&from)).unwrap();
                    self.destroy(content);
                } else {
                    let to = format!("a.log.{}{ending}", number + 1);
                    fs::rename(self.path(&from), self.path(&to)).unwrap();
                    self.names.insert(to, content);
                }
            }
        }
    }

    fn destroy(&mut self, content: ContentId) {
        for number in &self.contents[content] {
            self.fates.insert(*number, Fate::Destroyed);
        }
    }

    fn rename(&mut self) {
        if self.unfinished.is_some() {
            return;
        }
        let Some(writer) = self.live.take() else { return };
        self.shift();
        fs::rename(self.path("a.log"), self.path("a.log.1")).unwrap();
        self.names.remove("a.log");
        self.names.insert("a.log.1".to_owned(), writer.content);
        if self.rng.bool() {
            self.late.push(writer);
        }
    }

    fn delete(&mut self) {
        if self.unfinished.is_some() {
            return;
        }
        let Some(writer) = self.live.take() else { return };
        fs::remove_file(self.path("a.log")).unwrap();
        self.names.remove("a.log");
        self.destroy(writer.content);
    }

    fn truncate(&mut self) {
        let (Some(writer), None) = (&mut self.live, &self.unfinished) else { return };
        writer.file.set_len(0).unwrap();
        writer.rest.clear();
        let content = std::mem::replace(&mut writer.content, self.contents.len());
        self.names.insert("a.log".to_owned(), self.contents.len());
        self.contents.push(Vec::new());
        self.destroy(content);
    }

    /// Begins to compress a rotated file that nobody writes to, or to copy the live one.
    fn begin(&mut self) {
        if self.unfinished.is_some() {
            return;
        }
        if self.rng.bool() {
            let is_written = |content: &ContentId| self.late.iter().any(|writer| writer.content == *content);
            let quiet = self.names.iter().filter(|(name, content)| {
                name.starts_with("a.log.") && !name.contains(".gz") && !is_written(content)
            });
            let quiet: Vec<_> = quiet.map(|(name, _)| name.clone()).collect();
            let Some(from) = self.rng.choice(&quiet).cloned() else { return };
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(&fs::read(self.path(&from)).unwrap()).unwrap();
            let mut packed = encoder.finish().unwrap();
            let rest = packed.split_off(self.rng.usize(..packed.len()));
            let mut target = File::create(self.path(&format!("{from}.gz"))).unwrap();
            target.write_all(&packed).unwrap();
            self.unfinished = Some(Unfinished::Gzip { from, packed: rest, target });
        } else if self.live.is_some() {
            self.shift();
            let content = fs::read(self.path("a.log")).unwrap();
            let half = self.rng.usize(..=content.len());
            let mut copy = File::create(self.path("a.log.1")).unwrap();
            copy.write_all(&content[..half]).unwrap();
            self.unfinished = Some(Unfinished::CopyTruncate { copy });
        }
    }

    fn end(&mut self) {
        match self.unfinished.take() {
            None => {}
            Some(Unfinished::Gzip { from, packed, mut target }) => {
                target.write_all(&packed).unwrap();
                fs::remove_file(self.path(&from)).unwrap();
                let content = self.names.remove(&from).unwrap();
                self.names.insert(format!("{from}.gz"), content);
            }
            Some(Unfinished::CopyTruncate { mut copy }) => {
                let whole = fs::read(self.path("a.log")).unwrap();
                let have = copy.metadata().unwrap().len() as usize;
                copy.write_all(&whole[have..]).unwrap();
                let writer = self.live.as_mut().unwrap();
                writer.file.set_len(0).unwrap();
                writer.rest.clear();
                let content = std::mem::replace(&mut writer.content, self.contents.len());
                self.contents.push(Vec::new());
                self.names.insert("a.log".to_owned(), writer.content);
                self.names.insert("a.log.1".to_owned(), content);
            }
        }
    }

    /// A backup of the live file, which is known by then: of two files that were never seen, none
    /// is the original.
    fn back_up(&mut self, agent: &mut Agent) {
        agent.settle();
        agent.commit();
        let (Some(writer), None) = (&self.live, &self.unfinished) else { return };
        if writer.file.metadata().unwrap().len() > 1100 {
            let to = format!("a.log.backup{}", self.log.len());
            fs::copy(self.path("a.log"), self.path(&to)).unwrap();
        }
    }

    fn operate(&mut self, agent: &mut Agent) {
        let operation = self.rng.u32(..100);
        let before = self.names.clone();
        match operation {
            0..25 => {
                let lines = self.rng.usize(1..30);
                self.write(Which::Live, lines, Ending::Whole);
            }
            25..30 => self.write(Which::Live, 1, Ending::Partial),
            30..35 => {
                let ending = if self.rng.bool() { Ending::Whole } else { Ending::Partial };
                self.write(Which::Late, 3, ending);
            }
            35..40 => _ = self.late.pop(),
            40..47 => self.rename(),
            47..52 => self.create(),
            52..54 => self.delete(),
            54..56 => self.truncate(),
            56..62 => self.begin(),
            62..68 => self.end(),
            68..69 => self.back_up(agent),
            69..90 => {
                for _ in 0..self.rng.usize(1..8) {
                    agent.step();
                }
            }
            90..92 => agent.settle(),
            92..97 => agent.commit(),
            _ => agent.crash(),
        }
        let name = ["write", "write late", "rename …", "begin, end …", "work", "commit", "crash"];
        let name = name[[30, 40, 56, 69, 92, 97, 100].iter().position(|&end| operation < end).unwrap()];
        let lines = self.fates.len();
        let changed = if before == self.names { String::new() } else { format!(" {:?}", self.names) };
        let unfinished = match &self.unfinished {
            None => "",
            Some(Unfinished::Gzip { .. }) => " (compressing)",
            Some(Unfinished::CopyTruncate { .. }) => " (copying)",
        };
        self.log.push(format!("{name} {operation}: {lines} lines{changed}{unfinished}"));
    }

    fn check(&mut self, agent: &mut Agent, seed: u64) {
        self.end();
        self.late.clear();
        self.create();
        self.write(Which::Live, 1, Ending::Whole);
        agent.settle();
        let mut counted: BTreeMap<u64, u32> = BTreeMap::new();
        for (line, count) in &agent.ledger.lines {
            let number = line.get(..6).and_then(|number| number.parse().ok());
            let number = number.unwrap_or_else(|| panic!("seed {seed}: {line:?} was counted"));
            *counted.entry(number).or_default() += count;
        }
        let (mut missing, mut repeated) = (BTreeSet::new(), BTreeSet::new());
        for (number, fate) in &self.fates {
            match counted.get(number).copied().unwrap_or(0) {
                0 if *fate == Fate::Kept => _ = missing.insert(number),
                0 | 1 => {}
                _ => _ = repeated.insert(number),
            }
        }
        assert!(
            missing.is_empty() && repeated.is_empty(),
            "seed {seed}: missing {missing:?}, repeated {repeated:?}; {:#?}\n{:#?}\n{:?}\n{:#?}",
            agent.follower.all(),
            agent.follower.stats(),
            self.names.iter().map(|(name, content)| (name, &self.contents[*content])).collect::<Vec<_>>(),
            self.log,
        );
    }
}

#[derive(Clone, Copy)]
enum Which {
    Live,
    Late,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Whole,
    Partial,
}

fn number(name: &str, default: u64) -> u64 {
    env::var(name).map_or(default, |text| text.parse().unwrap())
}

fn run(paths: &[&str], seed: u64) {
    let mut world = World::new(seed);
    let paths: Vec<_> = paths.iter().map(|name| world.path(name)).collect();
    let mut agent = Agent::following(&paths);
    // What is rotated before the first look was there before.
    agent.settle();
    agent.commit();
    for _ in 0..world.rng.usize(5..80) {
        world.operate(&mut agent);
    }
    world.check(&mut agent, seed);
}

#[test]
fn every_line_is_counted_once() {
    let first = number("TAIL_SEED", 1);
    for seed in first..first + number("TAIL_PROGRAMS", 200) {
        run(&["a.log"], seed);
        run(&["a.log*"], seed);
    }
}
