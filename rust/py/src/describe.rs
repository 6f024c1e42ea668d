//! A plan as plain values, for people and scripts.

use std::ops::Range;

use logagent_core::plan::{Plan, Source};
use logagent_core::scan::offered;
use logagent_core::spec::{
    AgentSpec, CategorySpec, EventsSpec, GeoipSpec, KeptSpec, MetricKind, MetricSpec, Origins, PatternsSpec,
    Plain, ReadFrom, SinkSpec, SourceSpec, Spec, Text, TypedSpec,
};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// The agent, sources, categories and metrics of a plan.
pub(crate) fn describe<'py>(py: Python<'py>, plan: &Plan) -> PyResult<Bound<'py, PyDict>> {
    let spec = &plan.spec;
    let described = describe_spec(py, spec)?;
    let described_agent = agent(py, &spec.agent)?;
    described_agent.set_item("slots", plan.slot_seconds().is_some())?;
    described.set_item("agent", described_agent)?;
    let sources = plan.sources.iter().zip(&spec.sources);
    let sources = sources.map(|(compiled, own)| compiled_source(py, compiled, own, &spec.origins));
    described.set_item("sources", sources.collect::<PyResult<Vec<_>>>()?)?;
    Ok(described)
}

/// The same of what was written, as far as it could be read: without what compiling adds.
pub(crate) fn describe_spec<'py>(py: Python<'py>, spec: &Spec) -> PyResult<Bound<'py, PyDict>> {
    let described = PyDict::new(py);
    described.set_item("agent", agent(py, &spec.agent)?)?;
    let sources = spec.sources.iter().map(|own| source(py, own, &spec.origins));
    described.set_item("sources", sources.collect::<PyResult<Vec<_>>>()?)?;
    described.set_item("geoip", geoip(py, &spec.geoip)?)?;
    described.set_item("events", events(py, &spec.events)?)?;
    described.set_item(
        "categories",
        spec.categories.iter().map(|spec| category(py, spec)).collect::<PyResult<Vec<_>>>()?,
    )?;
    described.set_item(
        "metrics",
        spec.metrics.iter().map(|spec| metric(py, spec)).collect::<PyResult<Vec<_>>>()?,
    )?;
    let models = spec.patterns.iter().map(|spec| patterns(py, spec));
    described.set_item("patterns", models.collect::<PyResult<Vec<_>>>()?)?;
    let sinks = spec.sinks.iter().map(|own| sink(py, own, spec));
    described.set_item("sinks", sinks.collect::<PyResult<Vec<_>>>()?)?;
    for (name, tables) in [("checkers", &spec.checkers), ("receivers", &spec.receivers)] {
        let tables = tables.iter().map(|own| typed(py, own, &spec.origins));
        described.set_item(name, tables.collect::<PyResult<Vec<_>>>()?)?;
    }
    Ok(described)
}

fn agent<'py>(py: Python<'py>, spec: &AgentSpec) -> PyResult<Bound<'py, PyDict>> {
    let item = PyDict::new(py);
    item.set_item("listen", &spec.listen.value)?;
    item.set_item("state_dir", value(spec.state_dir.as_ref()))?;
    item.set_item("slot_seconds", spec.slot.as_secs_f64())?;
    item.set_item("commit_interval_seconds", spec.commit_interval.as_secs_f64())?;
    item.set_item("series_limit", spec.series_limit)?;
    item.set_item("tls_cert", spec.tls.as_ref().map(|tls| &tls.cert.value))?;
    item.set_item("tls_key", spec.tls.as_ref().map(|tls| &tls.key.value))?;
    item.set_item("token_file", value(spec.token_file.as_ref()))?;
    item.set_item("basic_auth_file", value(spec.basic_auth_file.as_ref()))?;
    item.set_item("reload_on_change", spec.reload_on_change)?;
    item.set_item("log_format", spec.log_format)?;
    item.set_item("log_level", spec.log_level)?;
    Ok(item)
}

fn source<'py>(py: Python<'py>, spec: &SourceSpec, origins: &Origins) -> PyResult<Bound<'py, PyDict>> {
    let read_from = match spec.read_from {
        ReadFrom::Beginning => "beginning",
        ReadFrom::End => "end",
    };
    let item = typed(py, &spec.typed, origins)?;
    item.set_item("paths", values(&spec.paths))?;
    item.set_item("exclude", values(&spec.exclude))?;
    item.set_item("read_from", read_from)?;
    item.set_item("format", &spec.format_name)?;
    Ok(item)
}

fn compiled_source<'py>(
    py: Python<'py>,
    compiled: &Source,
    spec: &SourceSpec,
    origins: &Origins,
) -> PyResult<Bound<'py, PyDict>> {
    let item = source(py, spec, origins)?;
    item.set_item("scanner", compiled.scanner.as_ref().map(|scanner| scanner.strategy().name()))?;
    item.set_item("why_regex", compiled.scanner.as_ref().and_then(|scanner| scanner.why_regex()))?;
    item.set_item("fields", offered(&compiled.format))?;
    Ok(item)
}

fn geoip<'py>(py: Python<'py>, spec: &GeoipSpec) -> PyResult<Bound<'py, PyDict>> {
    let files = PyDict::new(py);
    for (fact, path) in &spec.paths {
        files.set_item(fact.name(), path)?;
    }
    let item = PyDict::new(py);
    item.set_item("on", &spec.on.value)?;
    item.set_item("files", files)?;
    Ok(item)
}

fn events<'py>(py: Python<'py>, spec: &EventsSpec) -> PyResult<Bound<'py, PyDict>> {
    let streams = PyDict::new(py);
    for (name, kept) in &spec.streams {
        streams.set_item(&name.value, limits(py, kept)?)?;
    }
    let item = limits(py, &spec.kept)?;
    item.set_item("recent_seconds", spec.recent.as_secs_f64())?;
    item.set_item("archive_after_seconds", spec.archive_after.as_secs_f64())?;
    item.set_item("streams", streams)?;
    Ok(item)
}

fn limits<'py>(py: Python<'py>, kept: &KeptSpec) -> PyResult<Bound<'py, PyDict>> {
    let item = PyDict::new(py);
    item.set_item("max_age_seconds", kept.max_age.as_secs_f64())?;
    item.set_item("max_bytes", kept.max_bytes)?;
    Ok(item)
}

fn category<'py>(py: Python<'py>, spec: &CategorySpec) -> PyResult<Bound<'py, PyDict>> {
    let item = PyDict::new(py);
    item.set_item("name", &spec.name.value)?;
    item.set_item("on", value(spec.on.as_ref()))?;
    item.set_item("replacements", spec.replace.len())?;
    item.set_item("rules", spec.rules.len())?;
    item.set_item("default", value(spec.default.as_ref()))?;
    item.set_item("mined", spec.mined.as_ref().map(|mined| mined.limit))?;
    Ok(item)
}

fn metric<'py>(py: Python<'py>, spec: &MetricSpec) -> PyResult<Bound<'py, PyDict>> {
    let item = PyDict::new(py);
    item.set_item("name", &spec.name.value)?;
    item.set_item("type", spec.kind.name())?;
    item.set_item("help", value(spec.help.as_ref()))?;
    item.set_item("labels", values(&spec.labels))?;
    item.set_item("when", value(spec.when.as_ref()))?;
    item.set_item("value", value(spec.value.as_ref()))?;
    match &spec.kind {
        MetricKind::Counter => item.set_item("sums", values(&spec.sums))?,
        MetricKind::Histogram { buckets } => {
            item.set_item("buckets", buckets.iter().map(|bound| bound.to_f64()).collect::<Vec<_>>())?;
        }
        MetricKind::Quantiles { quantiles, accuracy } => {
            item.set_item("quantiles", quantiles)?;
            item.set_item("accuracy", accuracy)?;
        }
        MetricKind::Top { size } => item.set_item("size", size)?,
        MetricKind::Gauge | MetricKind::Distinct => {}
    }
    let declared = PyDict::new(py);
    for (label, texts) in &spec.declared {
        declared.set_item(&label.value, values(texts))?;
    }
    item.set_item("declared", declared)?;
    item.set_item("series_limit", spec.series_limit)?;
    Ok(item)
}

fn patterns<'py>(py: Python<'py>, spec: &PatternsSpec) -> PyResult<Bound<'py, PyDict>> {
    let item = PyDict::new(py);
    item.set_item("name", &spec.name.value)?;
    item.set_item("sources", values(&spec.sources))?;
    item.set_item("mode", spec.mode.name())?;
    item.set_item("learning_seconds", spec.learning.as_secs_f64())?;
    item.set_item("learning_lines", spec.learning_lines)?;
    item.set_item("top", spec.top)?;
    Ok(item)
}

fn sink<'py>(py: Python<'py>, own: &SinkSpec, spec: &Spec) -> PyResult<Bound<'py, PyDict>> {
    let item = typed(py, &own.typed, &spec.origins)?;
    let all = || spec.metrics.iter().map(|metric| metric.name.value.as_str()).collect();
    item.set_item("metrics", if own.metrics.is_empty() { all() } else { values(&own.metrics) })?;
    item.set_item("every_seconds", own.every.unwrap_or(spec.agent.slot).as_secs_f64())?;
    item.set_item("lateness_seconds", own.lateness.as_secs_f64())?;
    Ok(item)
}

/// Name, type, and what only the type knows: values, the same as written, and places, as
/// `logagent.options` reads them.
fn typed<'py>(py: Python<'py>, spec: &TypedSpec, origins: &Origins) -> PyResult<Bound<'py, PyDict>> {
    let (options, written, places) = (PyDict::new(py), PyDict::new(py), PyDict::new(py));
    places.set_item("", place(py, &spec.span, origins)?)?;
    for key in &spec.keys {
        let own = PyDict::new(py);
        own.set_item("key", place(py, &key.name.span, origins)?)?;
        own.set_item("value", place(py, &key.value_span, origins)?)?;
        places.set_item(&key.name.value, own)?;
        if let Some(value) = &key.plain {
            options.set_item(&key.name.value, plain(py, value, Variables::Replaced)?)?;
            written.set_item(&key.name.value, plain(py, value, Variables::AsWritten)?)?;
        }
    }
    let item = PyDict::new(py);
    item.set_item("name", &spec.name.value)?;
    item.set_item("type", &spec.kind.value)?;
    item.set_item("options", options)?;
    item.set_item("written", written)?;
    item.set_item("places", places)?;
    Ok(item)
}

/// A place as `logagent.errors.Problem` takes it.
fn place<'py>(py: Python<'py>, span: &Range<usize>, origins: &Origins) -> PyResult<Bound<'py, PyDict>> {
    let place = origins.place(span);
    let item = PyDict::new(py);
    item.set_item("origin", place.origin)?;
    item.set_item("line", place.line)?;
    item.set_item("column", place.column)?;
    item.set_item("end_column", place.end_column)?;
    item.set_item("text", place.text)?;
    Ok(item)
}

/// How a text is given that names variables of the environment.
#[derive(Clone, Copy)]
enum Variables {
    /// With their values.
    Replaced,
    /// As it is written: it may be shown.
    AsWritten,
}

fn plain<'py>(py: Python<'py>, value: &Plain, variables: Variables) -> PyResult<Bound<'py, PyAny>> {
    match value {
        Plain::Text(text) => text.into_bound_py_any(py),
        Plain::Replaced { value, written } => match variables {
            Variables::Replaced => value.into_bound_py_any(py),
            Variables::AsWritten => written.into_bound_py_any(py),
        },
        Plain::Integer(number) => number.into_bound_py_any(py),
        Plain::Number(number) => number.into_bound_py_any(py),
        Plain::Boolean(boolean) => boolean.into_bound_py_any(py),
        Plain::List(items) => {
            let items = items.iter().map(|item| plain(py, item, variables));
            items.collect::<PyResult<Vec<_>>>()?.into_bound_py_any(py)
        }
        Plain::Table(entries) => {
            let table = PyDict::new(py);
            for (key, value) in entries {
                table.set_item(key, plain(py, value, variables)?)?;
            }
            Ok(table.into_any())
        }
    }
}

fn value(text: Option<&Text>) -> Option<&str> {
    text.map(|text| text.value.as_str())
}

fn values(texts: &[Text]) -> Vec<&str> {
    texts.iter().map(|text| text.value.as_str()).collect()
}
