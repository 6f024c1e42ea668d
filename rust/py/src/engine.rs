//! `Engine`: follows files, counts, and shows what was committed.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use logagent_core::template::Miner;
use logagent_engine::engine::{
    ChangedFormat, Engine as CoreEngine, EngineError, Fed, RefusedLine, UnmatchedLine, Wish,
};
use logagent_engine::tail::TailOptions;
use pyo3::IntoPyObjectExt as _;
use pyo3::marker::Ungil;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};
use serde_json::Value;

use crate::enter::without_gil;
use crate::errors;
use crate::explain::stop_dict;
use crate::filter::Filter;
use crate::job::{current_year, lock};
use crate::plan::Plan;
use crate::rows::{read_rows, rows_dict};
use crate::snapshot::{Snapshot, exposition_named, seconds};

/// The longest wait of one call.
const LONGEST_TIMEOUT_SECONDS: f64 = 3600.0;

/// Follows the sources of a plan, counts, and shows what was committed.
#[pyclass(frozen, module = "logagent._core")]
pub struct Engine {
    core: CoreEngine,
    /// The plan that it goes by.
    plan: Mutex<Py<Plan>>,
    process: u32,
}

impl Engine {
    /// Works without the GIL, in the process that made the engine: a forked one shares its files'
    /// descriptors and would count their lines a second time.
    fn work<T: Ungil + Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&CoreEngine) -> Result<T, EngineError> + Ungil + Send,
    ) -> PyResult<T> {
        if std::process::id() != self.process {
            return Err(errors::forked());
        }
        without_gil(py, || work(&self.core)).map_err(|error| errors::engine(&error))
    }
}

#[pymethods]
impl Engine {
    #[new]
    #[pyo3(signature = (plan, *, threads = 1))]
    fn new(plan: Py<Plan>, threads: usize) -> PyResult<Engine> {
        if threads == 0 {
            return Err(errors::value("`threads` is at least 1"));
        }
        let plan_core = Arc::clone(&plan.get().core);
        let core = CoreEngine::with_threads(plan_core, TailOptions::default(), current_year, threads);
        let core = core.map_err(|error| errors::engine(&error))?;
        Ok(Engine { core, plan: Mutex::new(plan), process: std::process::id() })
    }

    fn restore(&self, py: Python<'_>, rows: &Bound<'_, PyDict>) -> PyResult<Vec<String>> {
        let rows = read_rows(rows)?;
        self.work(py, |core| core.restore(&rows))
    }

    #[pyo3(signature = (timeout, *, go_on_to_bytes = 0))]
    fn poll(&self, py: Python<'_>, timeout: f64, go_on_to_bytes: u64) -> PyResult<u64> {
        let timeout = Duration::try_from_secs_f64(timeout.clamp(0.0, LONGEST_TIMEOUT_SECONDS));
        let timeout = timeout.map_err(errors::value)?;
        self.work(py, |core| {
            let mut read_bytes = core.poll(timeout)?;
            while (1..go_on_to_bytes).contains(&read_bytes) {
                match core.poll(Duration::ZERO)? {
                    0 => break,
                    more => read_bytes += more,
                }
            }
            Ok(read_bytes)
        })
    }

    fn wake(&self, py: Python<'_>) -> PyResult<()> {
        self.work(py, |core| {
            core.wake();
            Ok(())
        })
    }

    #[pyo3(signature = (source, position, chunk, *, path = None))]
    fn feed(
        &self,
        py: Python<'_>,
        source: &str,
        position: Option<(String, String)>,
        chunk: &[u8],
        path: Option<&str>,
    ) -> PyResult<u64> {
        let key = position.as_ref().map(|(key, _)| key.clone());
        let path = path.or(key.as_deref()).unwrap_or(source);
        self.work(py, |core| core.feed(Fed { source, position, path, chunk }))
    }

    fn begin(&self, py: Python<'_>, source: &str, head: &[u8]) -> PyResult<()> {
        self.work(py, |core| core.begin(source, head))
    }

    fn forget(&self, py: Python<'_>, keys: Vec<String>) -> PyResult<()> {
        self.work(py, |core| core.forget(keys))
    }

    fn position(&self, py: Python<'_>, key: &str) -> PyResult<Option<String>> {
        self.work(py, |core| core.position(key))
    }

    fn positions(&self, py: Python<'_>, prefix: &str) -> PyResult<Vec<(String, String)>> {
        self.work(py, |core| core.positions(prefix))
    }

    fn take(&self, py: Python<'_>) -> PyResult<Option<Snapshot>> {
        let Some((taken, counted)) = self.work(py, CoreEngine::take)? else { return Ok(None) };
        // From now on a reload is refused: this is the plan that it was counted by.
        let plan = lock(&self.plan).clone_ref(py);
        Ok(Some(Snapshot::of_take(plan, counted, taken)))
    }

    fn settle_groups(&self, py: Python<'_>) -> PyResult<()> {
        self.work(py, CoreEngine::settle_groups)
    }

    fn commit(&self, py: Python<'_>, snapshot: &Snapshot) -> PyResult<()> {
        let taken = snapshot.taken()?;
        self.work(py, |core| core.commit(taken))
    }

    fn everything<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let rows = self.work(py, CoreEngine::everything)?;
        rows_dict(py, &rows)
    }

    fn reload<'py>(&self, py: Python<'py>, plan: Py<Plan>) -> PyResult<Bound<'py, PyDict>> {
        let reloaded = self.work(py, |engine| {
            let mut own = lock(&self.plan);
            let reloaded = engine.reload(Arc::clone(&plan.get().core))?;
            *own = plan;
            Ok(reloaded)
        })?;
        let dict = PyDict::new(py);
        dict.set_item("kept", reloaded.kept)?;
        dict.set_item("new", reloaded.new)?;
        dict.set_item("dropped", reloaded.dropped)?;
        Ok(dict)
    }

    #[pyo3(signature = (format = "prometheus"))]
    fn exposition<'py>(&self, py: Python<'py>, format: &str) -> PyResult<Bound<'py, PyBytes>> {
        let exposition = exposition_named(format)?;
        let text = self.work(py, |core| core.exposition(exposition))?;
        Ok(PyBytes::new(py, &text))
    }

    fn changed_formats<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let changes = self.work(py, CoreEngine::changed_formats)?;
        let dict = |change: &ChangedFormat| {
            let dict = PyDict::new(py);
            dict.set_item("source", &change.source)?;
            dict.set_item("path", &change.path)?;
            dict.set_item("before", &change.before)?;
            dict.set_item("format", &change.format)?;
            Ok(dict)
        };
        changes.iter().map(dict).collect()
    }

    fn refused_lines<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let lines = self.work(py, CoreEngine::refused_lines)?;
        let dict = |line: &RefusedLine| {
            let dict = stop_dict(py, &line.stop, &line.text, line.text_start)?;
            dict.set_item("source", &line.source)?;
            dict.set_item("path", &line.path)?;
            dict.set_item("pattern", &line.pattern.text)?;
            dict.set_item("pattern_id", &line.pattern.id)?;
            Ok(dict)
        };
        lines.iter().map(dict).collect()
    }

    fn unmatched_lines<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let lines = self.work(py, CoreEngine::unmatched_lines)?;
        let dict = |line: &UnmatchedLine| {
            let dict = PyDict::new(py);
            dict.set_item("source", &line.source)?;
            dict.set_item("path", &line.path)?;
            dict.set_item("model", &line.model)?;
            dict.set_item("line", String::from_utf8_lossy(&line.line))?;
            Ok(dict)
        };
        lines.iter().map(dict).collect()
    }

    #[pyo3(signature = (name, *, version = None))]
    fn model(&self, py: Python<'_>, name: &str, version: Option<u64>) -> PyResult<Option<(u64, String)>> {
        self.work(py, |core| {
            let Some((present, mut miner)) = core.model(name)? else { return Ok(None) };
            let Some(earlier) = version.filter(|version| *version != present) else {
                return Ok(Some((present, miner.to_json())));
            };
            Ok(core.earlier_model(name, earlier)?.map(|json| (earlier, json)))
        })
    }

    fn set_model(&self, py: Python<'_>, name: &str, json: Option<&str>) -> PyResult<u64> {
        let miner = without_gil(py, || json.map(Miner::from_json).transpose()).map_err(errors::value)?;
        self.work(py, |core| core.set_model(name, miner))
    }

    #[pyo3(signature = (*, source = None, condition = None, every = 1))]
    fn listen(
        &self,
        py: Python<'_>,
        source: Option<String>,
        condition: Option<&Bound<'_, Filter>>,
        every: u64,
    ) -> PyResult<Option<u64>> {
        let filter = condition.map(|filter| Arc::clone(&filter.get().core));
        self.work(py, |core| core.listen(Wish { source, filter, every: every.max(1) }))
    }

    fn hear<'py>(&self, py: Python<'py>, listener: u64) -> PyResult<Option<(Bound<'py, PyBytes>, u64)>> {
        let heard = self.work(py, |core| core.hear(listener))?;
        Ok(heard.map(|heard| (PyBytes::new(py, &heard.lines), heard.skipped)))
    }

    fn leave(&self, py: Python<'_>, listener: u64) -> PyResult<()> {
        self.work(py, |core| core.leave(listener))
    }

    fn keep(&self, py: Python<'_>, wishes: Vec<(Option<String>, Option<Py<Filter>>)>) -> PyResult<()> {
        let wish = |(source, condition): (Option<String>, Option<Py<Filter>>)| {
            let filter = condition.map(|filter| Arc::clone(&filter.get().core));
            Wish { source, filter, every: 1 }
        };
        let wishes: Vec<Wish> = wishes.into_iter().map(wish).collect();
        self.work(py, |core| core.keep(wishes))
    }

    fn event_time(&self, py: Python<'_>) -> PyResult<Option<f64>> {
        Ok(self.work(py, CoreEngine::event_time)?.map(seconds))
    }

    fn is_half_full(&self, py: Python<'_>) -> PyResult<bool> {
        self.work(py, CoreEngine::is_half_full)
    }

    fn stats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let stats = self.work(py, CoreEngine::stats)?;
        plain(py, &serde_json::to_value(stats).map_err(errors::value)?)
    }
}

/// A JSON value as Python's.
fn plain<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    match value {
        Value::Null => py.None().into_bound_py_any(py),
        Value::Bool(value) => value.into_bound_py_any(py),
        Value::Number(number) => match number.as_u64() {
            Some(whole) => whole.into_bound_py_any(py),
            None => number.as_f64().into_bound_py_any(py),
        },
        Value::String(text) => text.into_bound_py_any(py),
        Value::Array(values) => {
            let values = values.iter().map(|value| plain(py, value)).collect::<PyResult<Vec<_>>>()?;
            PyList::new(py, values)?.into_bound_py_any(py)
        }
        Value::Object(entries) => {
            let dict = PyDict::new(py);
            for (key, value) in entries {
                dict.set_item(key, plain(py, value)?)?;
            }
            dict.into_bound_py_any(py)
        }
    }
}
