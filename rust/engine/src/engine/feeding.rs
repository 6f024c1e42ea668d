//! Sources that somebody else reads: what is counted of them, and up to where.

use std::ops::Bound;
use std::time::Instant;

use logagent_core::frame::{LineFeed, LineSink, MAX_LINE_BYTES};

use super::intake::{Counting, Intake, Opened};
use super::{Engine, EngineError, lock};

/// Whole lines of a source that somebody else reads.
#[derive(Debug, Clone)]
pub struct Fed<'a> {
    /// The source's name.
    pub source: &'a str,
    /// A key and a JSON text, where that key is after the lines; made durable with them.
    pub position: Option<(String, String)>,
    /// What the lines are tallied under.
    pub path: &'a str,
    /// The lines; the last one may lack its line feed.
    pub chunk: &'a [u8],
}

impl Engine {
    /// Counts lines; answers how many.
    ///
    /// # Errors
    /// An unknown source, or a format that is not recognised: nothing was counted then.
    pub fn feed(&self, fed: Fed<'_>) -> Result<u64, EngineError> {
        self.began.store(true, std::sync::atomic::Ordering::Relaxed);
        self.intake.lock()?.feed(fed)
    }

    /// What is fed of this source from now on begins with `head`, or goes on with what once began so:
    /// its format and its header are found there.
    ///
    /// # Errors
    /// As [`Engine::feed`].
    pub fn begin(&self, source: &str, head: &[u8]) -> Result<(), EngineError> {
        self.intake.lock()?.counting.begin(source, head).map(drop)
    }

    /// Forgets positions.
    ///
    /// # Errors
    /// [`EngineError::Broken`].
    pub fn forget(&self, keys: Vec<String>) -> Result<(), EngineError> {
        let mut intake = self.intake.lock()?;
        intake.positions.extend(keys.into_iter().map(|key| (key, None)));
        intake.feeds += 1;
        intake.pending_since.get_or_insert_with(Instant::now);
        Ok(())
    }

    /// The position of this key, durable or not.
    ///
    /// # Errors
    /// [`EngineError::Broken`].
    pub fn position(&self, key: &str) -> Result<Option<String>, EngineError> {
        // What was drained in between is in the books before their lock is free.
        if let Some(pending) = self.intake.lock()?.positions.get(key) {
            return Ok(pending.clone());
        }
        Ok(lock(&self.books)?.positions.get(key).cloned())
    }

    /// The positions whose keys begin with `prefix`, as of the last take, by key.
    ///
    /// # Errors
    /// [`EngineError::Broken`].
    pub fn positions(&self, prefix: &str) -> Result<Vec<(String, String)>, EngineError> {
        let books = lock(&self.books)?;
        let from = (Bound::Included(prefix), Bound::Unbounded);
        let own = books.positions.range::<str, _>(from).take_while(|(key, _)| key.starts_with(prefix));
        Ok(own.map(|(key, json)| (key.clone(), json.clone())).collect())
    }
}

impl Intake {
    fn feed(&mut self, fed: Fed<'_>) -> Result<u64, EngineError> {
        let lines = self.counting.feed(&fed)?;
        self.positions.extend(fed.position.map(|(key, json)| (key, Some(json))));
        self.feeds += 1;
        self.pending_since.get_or_insert_with(Instant::now);
        Ok(lines)
    }
}

impl Counting {
    /// The reading for a source whose lines begin with `head`.
    fn begin(&mut self, name: &str, head: &[u8]) -> Result<Opened, EngineError> {
        let source = self.number(name)?;
        let begun = self.begin_reading(source, head);
        let format = |message| EngineError::Format { source_name: name.to_owned(), message };
        let (opened, _) = begun.map_err(format)?;
        if let Some(before) = self.fed.insert(source, opened) {
            self.end_reading(before);
        }
        Ok(opened)
    }

    fn number(&self, name: &str) -> Result<usize, EngineError> {
        let number = self.plan.sources.iter().position(|source| source.name == name);
        number.ok_or_else(|| EngineError::UnknownSource(name.to_owned()))
    }

    fn feed(&mut self, fed: &Fed<'_>) -> Result<u64, EngineError> {
        let source = self.number(fed.source)?;
        let opened = match self.fed.get(&source) {
            Some(&opened) => opened,
            // Nothing can be told from a chunk without lines, which only moves the position.
            None if fed.chunk.is_empty() => return Ok(0),
            None => self.begin(fed.source, fed.chunk)?,
        };
        let tally = self.tallies.of_path(fed.source, fed.path);
        let before = self.pending.lines;
        let mut cutter = LineFeed::new(MAX_LINE_BYTES);
        let mut sink = FedLines { counting: self, source, opened, tally };
        cutter.feed(fed.chunk, &mut sink);
        cutter.finish(&mut sink);
        self.add_bytes(tally, fed.chunk.len() as u64);
        Ok(self.pending.lines - before)
    }
}

/// Where the lines of a chunk go.
struct FedLines<'a> {
    counting: &'a mut Counting,
    source: usize,
    opened: Opened,
    tally: usize,
}

impl LineSink for FedLines<'_> {
    fn lines(&mut self, block: &[u8]) {
        self.counting.count(self.source, self.opened, self.tally, block);
    }

    fn oversize(&mut self) {
        self.counting.count_oversize(self.opened.reading, self.tally);
    }
}
