//! `Scanner`: counts chunks of bytes, without files or threads.

use std::sync::{Arc, Mutex};

use logagent_core::frame::{LineFeed, LineSink, MAX_LINE_BYTES};
use logagent_core::metric::Snapshot as CoreSnapshot;
use logagent_core::plan::Plan as CorePlan;
use logagent_core::reading::Reading;
use logagent_core::scan::Reason;
use pyo3::prelude::*;

use crate::enter::without_gil;
use crate::errors;
use crate::job::{current_year, lock};
use crate::plan::Plan;
use crate::snapshot::Snapshot;

/// Scans chunks of bytes without files or threads; whole lines need not align with chunks.
#[pyclass(frozen, module = "logagent._core")]
pub struct Scanner {
    plan: Py<Plan>,
    state: Mutex<State>,
}

struct State {
    feed: LineFeed,
    counting: Counting,
}

struct Counting {
    plan: Arc<CorePlan>,
    reading: Reading,
    snapshot: CoreSnapshot,
}

impl LineSink for Counting {
    fn lines(&mut self, block: &[u8]) {
        self.reading.count(&self.plan, block, None, &mut self.snapshot, None);
    }

    fn oversize(&mut self) {
        self.snapshot.reject(Reason::Oversize);
    }
}

#[pymethods]
impl Scanner {
    #[new]
    #[pyo3(signature = (plan, *, source = 0, head = None))]
    fn new(plan: Py<Plan>, source: usize, head: Option<&[u8]>) -> PyResult<Scanner> {
        let core = Arc::clone(&plan.get().core);
        let source = core.sources.get(source).ok_or_else(|| errors::value("the plan has no such source"))?;
        let scanner = match (source.scanner.clone(), head) {
            (Some(scanner), _) => scanner,
            (None, Some(head)) => {
                let resolved = source.format.resolve(head).map_err(errors::value)?;
                core.scanner(&resolved.format).map_err(errors::value)?
            }
            (None, None) => {
                let message = "chunks have no beginning to detect a format from: name the format";
                return Err(errors::value(message));
            }
        };
        let reading = Reading::new(&core, scanner, current_year());
        let counting = Counting { reading, snapshot: core.snapshot(), plan: core };
        Ok(Scanner { plan, state: Mutex::new(State { feed: LineFeed::new(MAX_LINE_BYTES), counting }) })
    }

    fn scan(&self, py: Python<'_>, chunk: &[u8]) -> u64 {
        without_gil(py, || {
            let mut state = lock(&self.state);
            let State { feed, counting } = &mut *state;
            let before = counting.snapshot.lines;
            counting.snapshot.bytes += chunk.len() as u64;
            feed.feed(chunk, counting);
            counting.snapshot.lines - before
        })
    }

    fn take(&self, py: Python<'_>) -> Snapshot {
        let mut state = lock(&self.state);
        let State { feed, counting } = &mut *state;
        feed.finish(counting);
        let fresh = counting.plan.snapshot();
        let counted = std::mem::replace(&mut counting.snapshot, fresh);
        Snapshot::new(self.plan.clone_ref(py), counted)
    }
}
