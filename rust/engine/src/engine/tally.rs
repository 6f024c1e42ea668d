//! How many lines came from where: cumulative counters by source and path.

use std::collections::{BTreeMap, HashMap};

use logagent_core::metric::Snapshot;
use logagent_core::scan::Reason;
use serde::{Deserialize, Serialize};

use crate::tail::SourceCounts;

/// Paths of a source that are counted apart; file names with dates would add up over the years.
const PATH_LIMIT: usize = 1_000;
/// The path that takes what is beyond.
const OTHER_PATH: &str = "__other__";

/// What a tally is of.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TallyKey {
    /// Name of the source.
    pub source: String,
    /// Path, or key of a position; `None`: of the source as a whole.
    pub path: Option<String>,
}

/// Lines of one path.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LineTally {
    /// Lines, refused ones included.
    pub lines: u64,
    /// Lines that match the format.
    pub matched: u64,
    /// Bytes of content, skipped ones included.
    pub bytes: u64,
    /// Refused lines by the name of the reason.
    pub rejects: BTreeMap<String, u64>,
    /// Values that are there and cannot be taken.
    pub unreadable: u64,
}

/// Counters of a [`TallyKey`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Tally {
    /// Of a path.
    Lines(LineTally),
    /// Of a source.
    Source(SourceCounts),
}

impl Tally {
    /// Reads the counters of `key`.
    ///
    /// # Errors
    /// What JSON says is wrong.
    pub fn parse(key: &TallyKey, json: &str) -> serde_json::Result<Tally> {
        match key.path {
            Some(_) => serde_json::from_str(json).map(Tally::Lines),
            None => serde_json::from_str(json).map(Tally::Source),
        }
    }
}

/// The counts of lines of a snapshot at one moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct LineCounts {
    lines: u64,
    matched: u64,
    rejects: [u64; Reason::ALL.len()],
    unreadable: u64,
}

impl LineCounts {
    pub(super) fn of(snapshot: &Snapshot) -> LineCounts {
        let Snapshot { lines, matched, rejects, unreadable, .. } = *snapshot;
        LineCounts { lines, matched, rejects, unreadable }
    }

    /// Whether `snapshot` refused lines since.
    pub(super) fn has_rejected(&self, snapshot: &Snapshot) -> bool {
        self.rejects != snapshot.rejects
    }
}

/// Tallies by number, and which of them changed.
#[derive(Debug, Default)]
pub(super) struct Tallies {
    numbers: HashMap<TallyKey, usize>,
    entries: Vec<Entry>,
    /// Paths by source.
    paths: HashMap<String, usize>,
}

#[derive(Debug)]
struct Entry {
    key: TallyKey,
    tally: Tally,
    is_changed: bool,
}

impl Tallies {
    /// Gives back a tally that was stored.
    pub(super) fn restore(&mut self, key: TallyKey, tally: Tally) {
        let number = self.number(key);
        self.entries[number].tally = tally;
    }

    /// The number of the tally of a path.
    pub(super) fn of_path(&mut self, source: &str, path: &str) -> usize {
        let key = |path: &str| TallyKey { source: source.to_owned(), path: Some(path.to_owned()) };
        let own = key(path);
        if let Some(&number) = self.numbers.get(&own) {
            return number;
        }
        let is_full = self.paths.get(source).is_some_and(|paths| *paths >= PATH_LIMIT);
        self.number(if is_full { key(OTHER_PATH) } else { own })
    }

    fn number(&mut self, key: TallyKey) -> usize {
        if let Some(&number) = self.numbers.get(&key) {
            return number;
        }
        let tally = if key.path.is_some() {
            *self.paths.entry(key.source.clone()).or_default() += 1;
            Tally::Lines(LineTally::default())
        } else {
            Tally::Source(SourceCounts::default())
        };
        self.numbers.insert(key.clone(), self.entries.len());
        self.entries.push(Entry { key, tally, is_changed: false });
        self.entries.len() - 1
    }

    /// What the tally of this number is of.
    pub(super) fn key(&self, number: usize) -> &TallyKey {
        &self.entries[number].key
    }

    /// Adds what `snapshot` counted since `before`.
    pub(super) fn add_lines(&mut self, number: usize, before: &LineCounts, snapshot: &Snapshot) {
        let entry = &mut self.entries[number];
        entry.is_changed = true;
        let Tally::Lines(tally) = &mut entry.tally else { return };
        tally.lines += snapshot.lines - before.lines;
        tally.matched += snapshot.matched - before.matched;
        tally.unreadable += snapshot.unreadable - before.unreadable;
        let counts = snapshot.rejects.iter().zip(before.rejects).map(|(now, before)| now - before);
        for (reason, count) in Reason::ALL.into_iter().zip(counts).filter(|(_, count)| *count > 0) {
            match tally.rejects.get_mut(reason.name()) {
                Some(own) => *own += count,
                None => drop(tally.rejects.insert(reason.name().to_owned(), count)),
            }
        }
    }

    pub(super) fn add_bytes(&mut self, number: usize, bytes: u64) {
        let entry = &mut self.entries[number];
        entry.is_changed = true;
        if let Tally::Lines(tally) = &mut entry.tally {
            tally.bytes += bytes;
        }
    }

    /// Takes note of the counts of a source; that it has some, be they zero, says that it was looked at.
    pub(super) fn set_source(&mut self, source: &str, counts: SourceCounts) {
        let key = TallyKey { source: source.to_owned(), path: None };
        let is_new = !self.numbers.contains_key(&key);
        let number = self.number(key);
        let entry = &mut self.entries[number];
        let now = Tally::Source(counts);
        if is_new || entry.tally != now {
            entry.tally = now;
            entry.is_changed = true;
        }
    }

    /// The tallies that changed since the last call.
    pub(super) fn changed(&mut self) -> Vec<(TallyKey, Tally)> {
        let take = |entry: &mut Entry| {
            let is_changed = std::mem::take(&mut entry.is_changed);
            is_changed.then(|| (entry.key.clone(), entry.tally.clone()))
        };
        self.entries.iter_mut().filter_map(take).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{LineTally, OTHER_PATH, PATH_LIMIT, SourceCounts, Tallies, Tally, TallyKey};

    #[test]
    fn paths_beyond_the_limit_are_counted_together() {
        let mut tallies = Tallies::default();
        for path in 0..PATH_LIMIT + 5 {
            let number = tallies.of_path("a", &path.to_string());
            tallies.add_bytes(number, 2);
        }
        // Another source has its own limit, and known paths stay apart.
        for (source, path) in [("b", "x"), ("a", "7")] {
            let number = tallies.of_path(source, path);
            tallies.add_bytes(number, 1);
        }
        let changed = tallies.changed();
        let bytes = |source: &str, path: &str| {
            let is_it =
                |(key, _): &&(TallyKey, Tally)| key.source == source && key.path.as_deref() == Some(path);
            let Some((_, Tally::Lines(tally))) = changed.iter().find(is_it) else { return 0 };
            tally.bytes
        };
        assert_eq!((bytes("a", OTHER_PATH), bytes("a", "7"), bytes("b", "x")), (10, 3, 1));
        assert_eq!(changed.len(), PATH_LIMIT + 2);
        assert!(tallies.changed().is_empty());
    }

    #[test]
    fn what_is_stored_is_read_back() {
        let mut rejects = std::collections::BTreeMap::new();
        rejects.insert("short".to_owned(), 3);
        let lines = LineTally { lines: 1 << 60, rejects, ..LineTally::default() };
        let source = SourceCounts { rotations: 4, ..SourceCounts::default() };
        for (path, tally) in [(Some("/a"), Tally::Lines(lines)), (None, Tally::Source(source))] {
            let key = TallyKey { source: "s".to_owned(), path: path.map(str::to_owned) };
            let json = serde_json::to_string(&tally).expect("JSON");
            assert_eq!(Tally::parse(&key, &json).expect("a tally"), tally);
            assert!(Tally::parse(&key, "{\"lines\":-1,\"gaps\":-1}").is_err());
        }
    }

    #[test]
    fn the_tally_of_a_source_is_stored_when_it_changes() {
        let mut tallies = Tallies::default();
        for gaps in [0, 1] {
            let counts = SourceCounts { gaps, ..SourceCounts::default() };
            for expected in [1, 0] {
                tallies.set_source("a", counts);
                assert_eq!(tallies.changed().len(), expected);
            }
        }
    }
}
