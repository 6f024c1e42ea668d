//! `Parse`: every line as a JSON object.

use std::ffi::OsString;
use std::sync::Mutex;

use logagent_core::encode::schema::Schema;
use logagent_engine::jobs;
use pyo3::prelude::*;

use crate::enter::without_gil;
use crate::errors;
use crate::fd;
use crate::job::{Reading, current_year, lock};
use crate::plan::Plan;
use crate::snapshot::Snapshot;

/// Bytes of a file that one thread parses at a time: its output, some times as large, is held until
/// its turn comes.
const RANGE_BYTES: u64 = 1 << 20;

/// Writes one JSON object per input line, in order, to a file descriptor.
#[pyclass(frozen, module = "logagent._core")]
pub struct Parse {
    plan: Py<Plan>,
    job: Mutex<Option<jobs::Parse>>,
    reading: Reading,
    formats: Mutex<Vec<(String, String)>>,
}

#[pymethods]
#[expect(clippy::needless_pass_by_value, reason = "what Python hands over is owned")]
impl Parse {
    #[new]
    #[pyo3(signature = (plan, inputs, *, output_fd, threads = 1, schema = "own", year = None))]
    fn new(
        plan: Py<Plan>,
        inputs: Vec<OsString>,
        output_fd: i32,
        threads: usize,
        schema: &str,
        year: Option<i16>,
    ) -> PyResult<Parse> {
        let schema = Schema::of_name(schema).ok_or_else(|| errors::value("schema: own, ecs or otel"))?;
        let output = fd::duplicate(output_fd).map_err(|error| errors::system(&error, None))?;
        let source = plan.get().core.sources.first();
        let source = source.ok_or_else(|| errors::value("the plan has no source"))?;
        let job = jobs::Parse::new(source.format.clone(), year.unwrap_or_else(current_year), schema, output);
        Ok(Parse {
            plan,
            job: Mutex::new(Some(job)),
            reading: Reading::new(&inputs, threads, true, RANGE_BYTES),
            formats: Mutex::default(),
        })
    }

    fn run(slf: &Bound<'_, Self>) -> PyResult<Snapshot> {
        let (py, this) = (slf.py(), slf.get());
        let job = lock(&this.job).take().ok_or_else(errors::already_run)?;
        let parsed = without_gil(py, || {
            this.reading.run(&job);
            *lock(&this.formats) = job.detections();
            job.finish()
        });
        let parsed = parsed.map_err(|error| errors::system(&error, None))?;
        Ok(Snapshot::new(this.plan.clone_ref(py), parsed))
    }

    fn cancel(&self) {
        self.reading.progress.cancel();
    }

    fn progress(&self) -> (u64, Option<u64>) {
        self.reading.progress()
    }

    fn errors(&self) -> Vec<(String, String)> {
        self.reading.errors()
    }

    fn formats(&self) -> Vec<(String, String)> {
        lock(&self.formats).clone()
    }
}
