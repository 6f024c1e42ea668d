//! `Mine`: lines are learnt from, or matched with templates.

use std::ffi::OsString;
use std::sync::Mutex;

use logagent_core::template::Miner;
use logagent_engine::jobs::{self, Mode, Window};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::enter::without_gil;
use crate::errors;
use crate::fd;
use crate::job::{Reading, current_year, lock};
use crate::model::Model;

/// Bytes of a file that are read at a time.
const RANGE_BYTES: u64 = 16 << 20;

/// Learns the templates of lines, or matches lines with them.
#[pyclass(frozen, module = "logagent._core")]
pub struct Mine {
    model: Py<Model>,
    mode: Mode,
    assign_fd: Option<i32>,
    window: Window,
    reading: Reading,
    is_run: Mutex<bool>,
}

#[pymethods]
#[expect(clippy::needless_pass_by_value, reason = "what Python hands over is owned")]
impl Mine {
    #[new]
    #[pyo3(signature = (model, inputs, *, mode = "learn", assign_fd = None, since = None, until = None))]
    fn new(
        model: Py<Model>,
        inputs: Vec<OsString>,
        mode: &str,
        assign_fd: Option<i32>,
        since: Option<i64>,
        until: Option<i64>,
    ) -> PyResult<Mine> {
        let mode = match mode {
            "learn" => Mode::Learn,
            "frozen" => Mode::Frozen,
            _ => return Err(errors::value(format!("no mode `{mode}`: learn or frozen"))),
        };
        if assign_fd.is_some() && mode == Mode::Learn {
            return Err(errors::value("lines are assigned in the mode `frozen`"));
        }
        if assign_fd.is_some() && (since.is_some() || until.is_some()) {
            return Err(errors::value("lines are assigned without a window"));
        }
        // One thread: what is learnt may depend on the order of lines where memory is scarce.
        let reading = Reading::new(&inputs, 1, true, RANGE_BYTES);
        let window = Window { since, until };
        Ok(Mine { model, mode, assign_fd, window, reading, is_run: Mutex::new(false) })
    }

    fn run<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyDict>> {
        let (py, this) = (slf.py(), slf.get());
        if std::mem::replace(&mut *lock(&this.is_run), true) {
            return Err(errors::already_run());
        }
        let model = this.model.get();
        let output = this.assign_fd.map(fd::duplicate).transpose();
        let output = output.map_err(|error| errors::system(&error, None))?;
        let mut miner = model.take()?;
        // A job that fails must not take the model with it.
        let kept = output.is_some().then(|| miner.clone());
        let outcome = without_gil(py, || {
            if this.mode == Mode::Frozen {
                miner.settle();
            }
            let job = match output {
                Some(file) => jobs::Mine::assigning(miner, current_year(), file)?,
                None => jobs::Mine::new(miner, this.mode, current_year()).within(this.window),
            };
            this.reading.run(&job);
            job.finish()
        });
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(error) => {
                model.give_back(kept.unwrap_or_else(Miner::default));
                return Err(errors::system(&error, None));
            }
        };
        let found = PyDict::new(py);
        found.set_item("lines", outcome.lines)?;
        found.set_item("dated", outcome.dated)?;
        found.set_item("unmatched", outcome.unmatched)?;
        found.set_item("oversize", outcome.oversize)?;
        let examples = outcome.unmatched_examples.iter().map(|line| String::from_utf8_lossy(line));
        found.set_item("unmatched_examples", examples.collect::<Vec<_>>())?;
        let counts = PyDict::new(py);
        for (index, &count) in outcome.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            counts.set_item(outcome.miner.id(index), count)?;
        }
        found.set_item("counts", counts)?;
        model.give_back(outcome.miner);
        Ok(found)
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

    #[staticmethod]
    fn formats() -> Vec<(String, String)> {
        Vec::new()
    }
}
