//! Counts every input's lines into one snapshot.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use logagent_core::metric::{Snapshot, Window};
use logagent_core::plan::Plan;
use logagent_core::reading::Reading;
use logagent_core::scan::{Reason, Scanner};
use logagent_core::slot::SlotLimits;

use super::{Detection, Detections, keep_sample, lock};
use crate::{HEAD_BYTES, Input, Job};

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
    detections: Detections,
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
    refused: Vec<u8>,
    /// What was found in the input that the lines are of.
    detection: Option<Arc<Detection>>,
}

/// What one input is read with.
#[derive(Debug)]
pub struct Source {
    scanner: Arc<Scanner>,
    detection: Option<Arc<Detection>>,
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
        let refused = refused.map(|file| Mutex::new(Refused { file: BufWriter::new(file), result: Ok(()) }));
        Count {
            plan,
            source,
            window,
            year_if_absent,
            slot_seconds: None,
            detections: Detections::default(),
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
        part.refused.clear();
        part.detection = None;
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
        self.detections.sorted()
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
    type Source = Source;
    type Part = Part;

    fn head_bytes(&self) -> usize {
        let settled = self.plan.sources.get(self.source).is_some_and(|source| source.scanner.is_some());
        if settled { 0 } else { HEAD_BYTES }
    }

    fn open(&self, input: &Input, head: &[u8]) -> Result<Source, String> {
        let source = self.plan.sources.get(self.source).ok_or("the configuration has no such source")?;
        if let Some(scanner) = &source.scanner {
            return Ok(Source { scanner: Arc::clone(scanner), detection: None });
        }
        let resolved = source.format.resolve(head)?;
        let scanner =
            self.plan.scanner_of(self.source, &resolved.format).map_err(|error| error.to_string())?;
        Ok(Source { scanner, detection: self.detections.add(input, resolved.detected) })
    }

    fn needs_order(&self, source: &Source) -> bool {
        source.scanner.needs_order()
    }

    fn part(&self) -> Part {
        lock(&self.spare).pop().unwrap_or_else(|| Part {
            snapshot: self.snapshot(),
            reading: None,
            refused: Vec::new(),
            detection: None,
        })
    }

    fn lines(&self, source: &Source, part: &mut Part, block: &[u8]) {
        let Part { snapshot, reading, refused, detection } = part;
        detection.clone_from(&source.detection);
        let is_fit = reading.as_ref().is_some_and(|reading| Arc::ptr_eq(reading.scanner(), &source.scanner));
        if !is_fit {
            *reading = None;
        }
        let scanner = || Arc::clone(&source.scanner);
        let reading = reading.get_or_insert_with(|| Reading::new(&self.plan, scanner(), self.year_if_absent));
        let is_watched = detection.as_ref().is_some_and(|detection| detection.has_room());
        let wanted = if self.refused.is_some() || is_watched { Some(&mut *refused) } else { None };
        reading.count(&self.plan, block, self.window, snapshot, wanted);
        if self.refused.is_none() {
            keep_sample(refused);
        }
    }

    fn covered(&self, part: &mut Part, bytes: u64) {
        part.snapshot.bytes += bytes;
    }

    fn oversize(&self, _source: &Source, part: &mut Part) {
        part.snapshot.reject(Reason::Oversize);
    }

    fn held_bytes(&self, part: &Part) -> usize {
        part.refused.len() + part.snapshot.held_bytes()
    }

    fn join(&self, part: &mut Part, mut next: Part) -> Result<(), Part> {
        if !next.refused.is_empty() {
            let is_of_part = match (&part.detection, &next.detection) {
                (Some(part), Some(next)) => Arc::ptr_eq(part, next),
                (None, None) => true,
                _ => false,
            };
            if !is_of_part && !part.refused.is_empty() {
                return Err(next);
            }
            part.detection = next.detection.take();
            part.refused.append(&mut next.refused);
        }
        part.snapshot.merge(&next.snapshot);
        self.put_by(next);
        Ok(())
    }

    fn collect(&self, mut part: Part) -> ControlFlow<()> {
        lock(&self.total).merge(&part.snapshot);
        if let Some(detection) = part.detection.take() {
            detection.add_refused(&part.refused);
        }
        if let Some(refused) = &self.refused {
            let mut refused = lock(refused);
            refused.result = refused.file.write_all(&part.refused);
            if refused.result.is_err() {
                return ControlFlow::Break(());
            }
        }
        self.put_by(part);
        ControlFlow::Continue(())
    }
}
