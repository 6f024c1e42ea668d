//! `Model`: learnt templates of log lines.

use std::sync::Mutex;

use logagent_core::template::{Change, Miner, Template, diff};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::enter::without_gil;
use crate::errors;
use crate::job::lock;

/// Learnt templates of log lines.
#[pyclass(frozen, module = "logagent._core")]
pub struct Model {
    /// `None` while a job has it.
    miner: Mutex<Option<Miner>>,
}

impl Model {
    /// Takes the miner for a job, which gives it back.
    pub(crate) fn take(&self) -> PyResult<Miner> {
        lock(&self.miner).take().ok_or_else(in_use)
    }

    pub(crate) fn give_back(&self, miner: Miner) {
        *lock(&self.miner) = Some(miner);
    }

    fn with<T: Send>(&self, py: Python<'_>, work: impl FnOnce(&mut Miner) -> T + Send) -> PyResult<T> {
        without_gil(py, || lock(&self.miner).as_mut().map(work)).ok_or_else(in_use)
    }
}

fn in_use() -> PyErr {
    errors::value("a job is at work on this model")
}

#[pymethods]
impl Model {
    #[new]
    fn new() -> Model {
        Model { miner: Mutex::new(Some(Miner::default())) }
    }

    #[staticmethod]
    fn from_json(py: Python<'_>, text: &str) -> PyResult<Model> {
        let miner = without_gil(py, || Miner::from_json(text)).map_err(errors::value)?;
        Ok(Model { miner: Mutex::new(Some(miner)) })
    }

    fn to_json(&self, py: Python<'_>) -> PyResult<String> {
        self.with(py, Miner::to_json)
    }

    fn merge(&self, py: Python<'_>, other: &Model) -> PyResult<()> {
        let other = other.with(py, |miner| miner.clone())?;
        self.with(py, |miner| miner.merge(&other))
    }

    #[getter]
    fn lines(&self, py: Python<'_>) -> PyResult<u64> {
        self.with(py, |miner| miner.lines())
    }

    #[getter]
    fn forgotten_lines(&self, py: Python<'_>) -> PyResult<u64> {
        self.with(py, |miner| miner.forgotten_lines())
    }

    fn alias(&self, py: Python<'_>, template_id: &str) -> PyResult<Option<String>> {
        self.with(py, |miner| miner.alias(template_id).map(str::to_owned))
    }

    fn templates<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let templates = self.with(py, Miner::templates)?;
        let span = span(templates.iter());
        // Each is freed as it crosses: a flood makes thousands.
        templates.into_iter().map(|template| template_dict(py, &template, span)).collect()
    }

    fn diff<'py>(&self, py: Python<'py>, other: &Model) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let other = other.with(py, |miner| miner.clone())?;
        let changes = self.with(py, |miner| diff(miner, &other))?;
        let span = span(changes.iter().map(|change| &change.template));
        let change = |Change { template, before, after }: &Change| {
            let dict = template_dict(py, template, span)?;
            dict.set_item("before", before)?;
            dict.set_item("after", after)?;
            Ok(dict)
        };
        changes.iter().map(change).collect()
    }
}

/// The first and the last instant of templates, in Unix seconds.
fn span<'a>(templates: impl Iterator<Item = &'a Template>) -> Option<(i64, i64)> {
    let spans = templates.filter_map(|template| template.timeline.span);
    spans.reduce(|(first, last), (other_first, other_last)| (first.min(other_first), last.max(other_last)))
}

fn template_dict<'py>(
    py: Python<'py>,
    template: &Template,
    span: Option<(i64, i64)>,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("id", &template.id)?;
    dict.set_item("template", &template.text)?;
    dict.set_item("typed", &template.typed)?;
    dict.set_item("regex", &template.regex)?;
    dict.set_item("grok", &template.grok)?;
    let fields: Vec<(&str, &str)> =
        template.fields.iter().map(|field| (field.name.as_str(), field.kind)).collect();
    dict.set_item("fields", fields)?;
    dict.set_item("count", template.count)?;
    dict.set_item("first_seen", template.timeline.span.map(|(first, _)| first))?;
    dict.set_item("last_seen", template.timeline.span.map(|(_, last)| last))?;
    let (counts, width_seconds) = span.map(|(first, last)| template.timeline.over(first, last)).unzip();
    dict.set_item("timeline", counts)?;
    dict.set_item("bin_seconds", width_seconds)?;
    let examples: Vec<_> = template.examples.iter().map(|one| String::from_utf8_lossy(one)).collect();
    dict.set_item("examples", examples)?;
    Ok(dict)
}
