//! What others ask of the engine beside counting: lines, records and models as they pass, and how it is.

use std::time::Instant;

use logagent_core::encode::Exposition;
use logagent_core::template::Miner;

use super::intake::Counting;
use super::{
    ChangedFormat, Engine, EngineError, EngineStats, FollowedFile, Heard, RefusedLine, UnmatchedLine, Wish,
    lock,
};

impl Engine {
    /// Files that go on in another format than the one that was found, since the last call.
    ///
    /// # Errors
    /// [`EngineError::Broken`].
    pub fn changed_formats(&self) -> Result<Vec<ChangedFormat>, EngineError> {
        Ok(self.intake.lock()?.counting.changes.take())
    }

    /// A few of the lines that were refused since the last call, of each source.
    ///
    /// # Errors
    /// [`EngineError::Broken`].
    pub fn refused_lines(&self) -> Result<Vec<RefusedLine>, EngineError> {
        Ok(self.intake.lock()?.counting.samples.take())
    }

    /// A few of the lines that frozen models did not match since the last call, of each source.
    ///
    /// # Errors
    /// [`EngineError::Broken`].
    pub fn unmatched_lines(&self) -> Result<Vec<UnmatchedLine>, EngineError> {
        Ok(self.intake.lock()?.counting.mining.take_unmatched())
    }

    /// The version of a model, and a copy of it.
    ///
    /// # Errors
    /// [`EngineError::Broken`].
    pub fn model(&self, name: &str) -> Result<Option<(u64, Miner)>, EngineError> {
        Ok(self.intake.lock()?.counting.mining.copy(name))
    }

    /// An earlier version of a model, as JSON.
    ///
    /// # Errors
    /// [`EngineError::Broken`].
    pub fn earlier_model(&self, name: &str, version: u64) -> Result<Option<String>, EngineError> {
        Ok(self.intake.lock()?.counting.mining.earlier(name, version))
    }

    /// Puts another model, or an empty one, in the place of one, between two batches; answers its new
    /// version. A model that the configuration does not name is removed. It is durable with the next
    /// take.
    ///
    /// # Errors
    /// [`EngineError::ManyModels`].
    pub fn set_model(&self, name: &str, miner: Option<Miner>) -> Result<u64, EngineError> {
        let mut intake = self.intake.lock()?;
        let Counting { plan, mining, .. } = &mut intake.counting;
        mining.replace(plan, name, miner).ok_or(EngineError::ManyModels)
    }

    /// Keeps the records that somebody wishes to hear from now on. Answers a number to ask with;
    /// `None` if too many listen.
    ///
    /// # Errors
    /// [`EngineError::Broken`].
    pub fn listen(&self, wish: Wish) -> Result<Option<u64>, EngineError> {
        Ok(self.intake.lock()?.counting.tap.listen(wish))
    }

    /// What a listener has not heard yet; `None` if there is no such listener.
    ///
    /// # Errors
    /// [`EngineError::Broken`].
    pub fn hear(&self, listener: u64) -> Result<Option<Heard>, EngineError> {
        Ok(self.intake.lock()?.counting.tap.hear(listener))
    }

    /// Keeps from now on the records of these wishes, and of no others: each is in the take that has
    /// its count, as far as there is room.
    ///
    /// # Errors
    /// [`EngineError::Broken`].
    pub fn keep(&self, wishes: Vec<Wish>) -> Result<(), EngineError> {
        self.intake.lock()?.counting.tap.keep(wishes);
        Ok(())
    }

    /// Forgets a listener.
    ///
    /// # Errors
    /// [`EngineError::Broken`].
    pub fn leave(&self, listener: u64) -> Result<(), EngineError> {
        self.intake.lock()?.counting.tap.leave(listener);
        Ok(())
    }

    /// What was committed.
    ///
    /// # Errors
    /// [`EngineError::Broken`].
    pub fn exposition(&self, exposition: Exposition) -> Result<Vec<u8>, EngineError> {
        let shown = lock(&self.shown)?;
        let mut out = Vec::with_capacity(shown.rendered.length_bytes(exposition) + (16 << 10));
        shown.rendered.write(exposition, &mut out);
        Ok(out)
    }

    /// How the engine is.
    ///
    /// # Errors
    /// [`EngineError::Broken`].
    pub fn stats(&self) -> Result<EngineStats, EngineError> {
        let intake = self.intake.lock()?;
        let tail = intake.follower.stats();
        let age = |since: Instant| since.elapsed().as_secs_f64();
        let pending_seconds = intake.pending_since.map(age);
        let files = tail.files.into_iter().map(|file| {
            let open = intake.counting.files.get(&file.file);
            FollowedFile { format: open.and_then(|open| open.format.clone()), file }
        });
        let (files, slots) = (files.collect(), intake.slot_stats());
        drop(intake); // it is locked last
        let books = lock(&self.books)?;
        let taken_since = books.outstanding.as_ref().map(|outstanding| outstanding.since);
        let groups = books.plan.groups();
        drop(books);
        let shown = lock(&self.shown)?;
        Ok(EngineStats {
            pending_seconds,
            taken_seconds: taken_since.map(age),
            files,
            parked: tail.parked,
            sources: tail.sources,
            open_files: tail.open_files,
            committed: shown.tallies(),
            metrics: shown.metrics.clone(),
            models: shown.models.clone(),
            slots,
            groups,
        })
    }
}
