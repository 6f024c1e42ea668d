//! The compiled configuration: immutable, shared by every thread.

use std::sync::Arc;

use crate::format::Format;
use crate::metric::Metric;
use crate::operand::Operand;
use crate::scan::{CompileError, Scanner};
use crate::spec::{self, MetricSpec, Problem, Problems, SourceSpec, Text, did_you_mean};

/// Field that says when a record happened.
pub const TIME: &str = "time";

/// A configuration, compiled.
#[derive(Debug)]
pub struct Plan {
    /// Configured inputs, in order.
    pub sources: Vec<Source>,
    /// Metric families, in order.
    pub metrics: Vec<Metric>,
    /// Fields that records have to give, by slot.
    pub fields: Vec<String>,
}

/// A configured input, compiled.
#[derive(Debug)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// Files and globs.
    pub paths: Vec<String>,
    /// Files and globs that are left out of `paths`.
    pub exclude: Vec<String>,
    /// How its lines are written.
    pub format: Format,
    /// The format compiled for [`Plan::fields`]; `None` where it has to be detected in each file.
    pub scanner: Option<Arc<Scanner>>,
}

impl Plan {
    /// Compiles a configuration text.
    ///
    /// # Errors
    /// Every problem, in the order of the text.
    pub fn from_toml(text: &str) -> Result<Plan, Vec<Problem>> {
        Plan::compile(text, None)
    }

    /// The plan of the same configuration `text` whose records give the field `name` too.
    ///
    /// # Errors
    /// A problem if a source's format does not give it.
    pub fn with_field(&self, name: &str, text: &str) -> Result<Plan, Vec<Problem>> {
        Plan::compile(text, Some(name))
    }

    fn compile(text: &str, also: Option<&str>) -> Result<Plan, Vec<Problem>> {
        let problems = Problems::default();
        let spec = spec::read(text, &problems);
        let mut fields = Fields::default();
        let metrics = spec.metrics.iter().map(|metric| fields.metric(metric)).collect();
        if let Some(name) = also {
            fields.slot_of(name, None);
        }
        let names: Vec<&str> = fields.0.iter().map(|(name, _)| name.as_str()).collect();
        let mut sources = Vec::new();
        for source in spec.sources {
            let scanner = match &source.format {
                format if !format.is_settled() => None,
                format => {
                    compile(format, &names).map_err(|error| fields.report(&error, &source, &problems)).ok()
                }
            };
            sources.push(Source {
                name: source.name.value,
                paths: source.paths.into_iter().map(|path| path.value).collect(),
                exclude: source.exclude.into_iter().map(|path| path.value).collect(),
                format: source.format,
                scanner,
            });
        }
        let problems = problems.into_sorted();
        if problems.is_empty() {
            let fields = fields.0.into_iter().map(|(name, _)| name).collect();
            return Ok(Plan { sources, metrics, fields });
        }
        Err(problems)
    }

    /// The slots of [`Plan::fields`], read from lines of `format`.
    ///
    /// # Errors
    /// An unknown field, or a regex or JSON path that cannot be used.
    pub fn scanner(&self, format: &Format) -> Result<Arc<Scanner>, CompileError> {
        let names: Vec<&str> = self.fields.iter().map(String::as_str).collect();
        compile(format, &names)
    }

    /// The slot of the field `name`, if the plan reads it.
    pub fn slot(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field == name)
    }
}

fn compile(format: &Format, names: &[&str]) -> Result<Arc<Scanner>, CompileError> {
    Scanner::compile(format, names).map(Arc::new)
}

/// Gives out a slot per field name, and remembers who asked.
#[derive(Default)]
struct Fields(Vec<(String, Option<Text>)>);

impl Fields {
    fn metric(&mut self, metric: &MetricSpec) -> Metric {
        let compiled = Metric::compile(metric, None, |text| Operand::Field(self.slot(text)));
        if compiled.needs_time() {
            self.slot_of(TIME, Some(&metric.name));
        }
        compiled
    }

    fn slot(&mut self, asked: &Text) -> usize {
        self.slot_of(&asked.value, Some(asked))
    }

    fn slot_of(&mut self, name: &str, asked: Option<&Text>) -> usize {
        self.0.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
            self.0.push((name.to_owned(), asked.cloned()));
            self.0.len() - 1
        })
    }

    fn report(&self, error: &CompileError, source: &SourceSpec, problems: &Problems) {
        let CompileError::UnknownField(unknown) = error else {
            problems.add("bad-format", source.format_span.clone(), error.to_string(), None);
            return;
        };
        let asked = self.0.iter().find(|(name, _)| *name == unknown.name);
        let text = asked.and_then(|(_, text)| text.as_ref());
        let span = text.map_or(source.format_span.clone(), |text| text.span.clone());
        let offered = unknown.offered.iter().map(String::as_str);
        let hint = did_you_mean(&unknown.name, offered)
            .unwrap_or_else(|| format!("the format gives: {}", unknown.offered.join(", ")));
        let message = format!("the format of source `{}` has no field `{}`", source.name.value, unknown.name);
        problems.add("unknown-field", span, message, Some(hint));
    }
}
