//! Counts every input's lines into one snapshot.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use logagent_core::format::Format;
use logagent_core::metric::{Snapshot, Window};
use logagent_core::plan::Plan;
use logagent_core::reading::Reading;
use logagent_core::scan::{Reason, Scanner};
use logagent_core::slot::SlotLimits;

use super::detections::Sample;
use super::formats::{Formats, Opened};
use super::lock;
use crate::{Input, Job};

/// Counts lines that are all of one source of a plan.
#[derive(Debug)]
pub struct Count {
    plan: Arc<Plan>,
    /// The source's number.
    source: usize,
    window: Option<Window>,
    /// The year of instants that are logged without one.
    year_if_absent: i16,
    slot_seconds: Option<u32>,
    formats: Formats<Scanner>,
    total: Mutex<Snapshot>,
    /// Parts that were collected, to be used again with the memory that they hold.
    spare: Mutex<Vec<Part>>,
    refused: Option<Mutex<Refused>>,
}

/// Where refused lines are written, and whether that still works.
#[derive(Debug)]
struct Refused {
    file: BufWriter<File>,
    result: io::Result<()>,
}

/// What some lines came to.
#[derive(Debug)]
pub struct Part {
    snapshot: Snapshot,
    reading: Option<Reading>,
    /// Refused lines: all of them, if they are written.
    sample: Sample,
}

impl Count {
    /// Counts lines of the source of this number by `plan`, whose fields hold `time` if there is a
    /// window. Refused lines go to `refused` as they are, each with a line feed.
    pub fn new(
        plan: Arc<Plan>,
        source: usize,
        window: Option<Window>,
        year_if_absent: i16,
        refused: Option<File>,
    ) -> Count {
        let total = Mutex::new(plan.snapshot());
        // A source that does not exist has no input that could be opened.
        let format = plan.sources.get(source).map_or(Format::Auto, |source| source.format.clone());
        let refused = refused.map(|file| Mutex::new(Refused { file: BufWriter::new(file), result: Ok(()) }));
        Count {
            plan,
            source,
            window,
            year_if_absent,
            slot_seconds: None,
            formats: Formats::new(format),
            total,
            spare: Mutex::default(),
            refused,
        }
    }

    /// The same, that counts by slots of this width too; the plan's fields hold `time`.
    #[must_use]
    pub fn by_slot(self, slot_seconds: u32) -> Count {
        let counted = Count { slot_seconds: Some(slot_seconds), ..self };
        let total = Mutex::new(counted.snapshot());
        Count { total, ..counted }
    }

    /// The same by a plan that differs in learnt groups only.
    #[must_use]
    pub fn with_plan(self, plan: Arc<Plan>) -> Count {
        Count { plan, ..self }
    }

    /// By what it counts.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Keeps a part that was collected, to be used again.
    fn put_by(&self, mut part: Part) {
        part.snapshot.clear();
        part.sample.refused.clear();
        part.sample.begin(None);
        lock(&self.spare).push(part);
    }

    fn snapshot(&self) -> Snapshot {
        match self.slot_seconds {
            Some(seconds) => self.plan.snapshot().with_slots(&self.plan.metrics, seconds, SlotLimits::SCAN),
            None => self.plan.snapshot(),
        }
    }

    /// Inputs whose format was detected: input and what was found, in words.
    pub fn detections(&self) -> Vec<(String, String)> {
        self.formats.detections()
    }

    /// All counts, once the run is over.
    ///
    /// # Errors
    /// When the refused lines could not be written.
    pub fn finish(self) -> io::Result<Snapshot> {
        if let Some(refused) = self.refused {
            let Refused { mut file, result } = refused.into_inner().unwrap_or_else(PoisonError::into_inner);
            result?;
            file.flush()?;
        }
        Ok(self.total.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Job for Count {
    type Source = Opened<Scanner>;
    type Part = Part;

    fn head_bytes(&self) -> usize {
        self.formats.head_bytes()
    }

    fn open(&self, input: &Input, head: &[u8]) -> Result<Opened<Scanner>, String> {
        let source = self.plan.sources.get(self.source).ok_or("the configuration has no such source")?;
        self.formats.open(input, head, |format| match &source.scanner {
            Some(scanner) => Ok(Arc::clone(scanner)),
            None => self.plan.scanner_of(self.source, format),
        })
    }

    fn needs_order(&self, source: &Opened<Scanner>) -> bool {
        source.needs_order()
    }

    fn part(&self) -> Part {
        lock(&self.spare).pop().unwrap_or_else(|| Part {
            snapshot: self.snapshot(),
            reading: None,
            sample: Sample::default(),
        })
    }

    fn lines(&self, source: &Opened<Scanner>, part: &mut Part, block: &[u8]) {
        let Part { snapshot, reading, sample } = part;
        sample.begin(source.detection.as_ref());
        let is_fit = reading.as_ref().is_some_and(|reading| Arc::ptr_eq(reading.scanner(), &source.reader));
        if !is_fit {
            *reading = None;
        }
        let scanner = || Arc::clone(&source.reader);
        let reading = reading.get_or_insert_with(|| Reading::new(&self.plan, scanner(), self.year_if_absent));
        let wanted = if self.refused.is_some() { Some(&mut sample.refused) } else { sample.wanted() };
        reading.count(&self.plan, block, self.window, snapshot, wanted);
        if self.refused.is_none() {
            sample.trim();
        }
    }

    fn covered(&self, part: &mut Part, bytes: u64) {
        part.snapshot.bytes += bytes;
    }

    fn oversize(&self, _source: &Opened<Scanner>, part: &mut Part) {
        part.snapshot.reject(Reason::Oversize);
    }

    fn held_bytes(&self, part: &Part) -> usize {
        part.sample.refused.len() + part.snapshot.held_bytes()
    }

    fn join(&self, part: &mut Part, mut next: Part) -> Result<(), Part> {
        if !part.sample.append(&mut next.sample) {
            return Err(next);
        }
        part.snapshot.merge(&next.snapshot);
        self.put_by(next);
        Ok(())
    }

    fn collect(&self, part: Part) -> ControlFlow<()> {
        lock(&self.total).merge(&part.snapshot);
        part.sample.hand_over();
        if let Some(refused) = &self.refused {
            let mut refused = lock(refused);
            refused.result = refused.file.write_all(&part.sample.refused);
            if refused.result.is_err() {
                return ControlFlow::Break(());
            }
        }
        self.put_by(part);
        ControlFlow::Continue(())
    }
}
