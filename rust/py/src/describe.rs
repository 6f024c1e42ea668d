//! A plan as plain values, for people and scripts.

use logagent_core::plan::{Plan, Source};
use logagent_core::scan::offered;
use logagent_core::spec::{
    AgentSpec, CategorySpec, GeoipSpec, MetricKind, MetricSpec, ReadFrom, SourceSpec, Text,
};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// The agent, sources, categories and metrics of a plan.
pub(crate) fn describe<'py>(py: Python<'py>, plan: &Plan) -> PyResult<Bound<'py, PyDict>> {
    let spec = &plan.spec;
    let sources = plan.sources.iter().zip(&spec.sources);
    let described = PyDict::new(py);
    described.set_item("agent", agent(py, &spec.agent)?)?;
    described.set_item(
        "sources",
        sources.map(|(compiled, spec)| source(py, compiled, spec)).collect::<PyResult<Vec<_>>>()?,
    )?;
    described.set_item("geoip", geoip(py, &spec.geoip)?)?;
    described.set_item(
        "categories",
        spec.categories.iter().map(|spec| category(py, spec)).collect::<PyResult<Vec<_>>>()?,
    )?;
    described.set_item(
        "metrics",
        spec.metrics.iter().map(|spec| metric(py, spec)).collect::<PyResult<Vec<_>>>()?,
    )?;
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

fn source<'py>(py: Python<'py>, compiled: &Source, spec: &SourceSpec) -> PyResult<Bound<'py, PyDict>> {
    let read_from = match spec.read_from {
        ReadFrom::Beginning => "beginning",
        ReadFrom::End => "end",
    };
    let item = PyDict::new(py);
    item.set_item("name", &compiled.name)?;
    item.set_item("paths", &compiled.paths)?;
    item.set_item("exclude", &compiled.exclude)?;
    item.set_item("read_from", read_from)?;
    item.set_item("format", &spec.format_name)?;
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

fn category<'py>(py: Python<'py>, spec: &CategorySpec) -> PyResult<Bound<'py, PyDict>> {
    let item = PyDict::new(py);
    item.set_item("name", &spec.name.value)?;
    item.set_item("on", value(spec.on.as_ref()))?;
    item.set_item("replacements", spec.replace.len())?;
    item.set_item("rules", spec.rules.len())?;
    item.set_item("default", value(spec.default.as_ref()))?;
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

fn value(text: Option<&Text>) -> Option<&str> {
    text.map(|text| text.value.as_str())
}

fn values(texts: &[Text]) -> Vec<&str> {
    texts.iter().map(|text| text.value.as_str()).collect()
}
