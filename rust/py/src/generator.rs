//! `Generator`: realistic, seeded traffic.

use std::sync::Mutex;

use logagent_core::format::{Format, Wrapping, named, spec};
use logagent_core::generate::{
    Generator as CoreGenerator, JsonKey, JsonValue, Mix, Template, TrafficOptions, datastream,
};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::enter::without_gil;
use crate::errors;
use crate::job::lock;

/// Keys of JSON lines whose mapping says none: what nginx's documentation suggests to log.
const JSON_KEYS: [&str; 14] = [
    "time",
    "remote_addr",
    "method",
    "target",
    "protocol",
    "status",
    "bytes",
    "request_time",
    "referer",
    "user_agent",
    "vhost",
    "upstream_addr",
    "upstream_response_time",
    "request_id",
];

/// Realistic, seeded traffic in a format, as bytes.
#[pyclass(frozen, module = "logagent._core")]
pub struct Generator {
    core: Mutex<CoreGenerator>,
}

#[pymethods]
impl Generator {
    #[new]
    #[pyo3(signature = (format, *, seed, start_ns, rate))]
    fn new(py: Python<'_>, format: &str, seed: u64, start_ns: i64, rate: f64) -> PyResult<Generator> {
        let named = named::find(format.trim()).and_then(|named| datastream::lines_of(named.name));
        let (template, mix) = match named {
            Some(found) => found,
            None => (template_of(py, format)?, Mix::Default),
        };
        let options = TrafficOptions { seed, start_ns, rate_per_s: rate, mix, ..TrafficOptions::default() };
        let core = CoreGenerator::new(&template, &options).map_err(errors::value)?;
        Ok(Generator { core: Mutex::new(core) })
    }

    fn lines<'py>(&self, py: Python<'py>, count: usize) -> Bound<'py, PyBytes> {
        let mut out = Vec::new();
        without_gil(py, || lock(&self.core).write_lines(count, &mut out));
        PyBytes::new(py, &out)
    }
}

/// How lines of a format are written.
fn template_of(py: Python<'_>, format: &str) -> PyResult<Template> {
    let parsed = spec::parse(format).map_err(|error| errors::format(py, &error, format, "format"))?;
    let key = |path: &str, field: &str| JsonKey {
        path: path.to_owned(),
        value: JsonValue::Field(field.to_owned()),
    };
    let parsed = match parsed {
        Format::Enveloped(Wrapping::Perhaps, inner) => *inner,
        parsed => parsed,
    };
    match parsed {
        Format::Variants(patterns) => Ok(Template::Pattern(patterns[0].clone())),
        Format::Text(pattern) => Ok(Template::Pattern(pattern)),
        Format::Json(json) if json.fields.is_empty() => {
            Ok(Template::Json(JSON_KEYS.iter().map(|name| key(name, name)).collect()))
        }
        Format::Json(json) => {
            Ok(Template::Json(json.fields.iter().map(|field| key(&field.keys[0], &field.name)).collect()))
        }
        _ => Err(errors::value(
            "lines can be generated in text formats and JSON, not in columns, pairs, by a regex or `auto`",
        )),
    }
}
