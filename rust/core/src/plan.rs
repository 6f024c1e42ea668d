//! The compiled configuration: immutable, shared by every thread.

use std::sync::Arc;

use crate::format::Format;
use crate::metric::Metric;
use crate::metric::name::check_names;
use crate::operand::Operand;
use crate::scan::{CompileError, Scanner, UnknownFields};
use crate::spec::{
    self, MetricSpec, Nothing, Problem, Problems, Severity, SourceSpec, Spec, Surroundings, Text,
    did_you_mean,
};

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
    /// What it was compiled from.
    pub spec: Spec,
    /// What is probably not meant so.
    pub warnings: Vec<Problem>,
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
    /// Compiles a configuration text that names no files and no environment variables.
    ///
    /// # Errors
    /// Every problem and warning, errors first, each in the order of the text.
    pub fn from_toml(text: &str) -> Result<Plan, Vec<Problem>> {
        Plan::read(text, "configuration", &Nothing)
    }

    /// Compiles the configuration `text`, known as `origin`, and the files that it names.
    ///
    /// # Errors
    /// Every problem and warning, errors first, each in the order of the texts.
    pub fn read(text: &str, origin: &str, surroundings: &dyn Surroundings) -> Result<Plan, Vec<Problem>> {
        let (spec, problems) = spec::read(text, origin, surroundings);
        Plan::compile(spec, problems, None)
    }

    /// The same plan whose records give the field `name` too.
    ///
    /// # Errors
    /// A problem if a source's format does not give it.
    pub fn with_field(&self, name: &str) -> Result<Plan, Vec<Problem>> {
        let problems = Problems::of(self.spec.origins.clone());
        Plan::compile(self.spec.clone(), problems, Some(name))
    }

    fn compile(spec: Spec, problems: Problems, also: Option<&str>) -> Result<Plan, Vec<Problem>> {
        spec::warn(&spec, &problems);
        check_names(&spec.metrics, &problems);
        let mut fields = Fields::default();
        let metrics = spec.metrics.iter().map(|metric| fields.metric(metric)).collect();
        if let Some(name) = also {
            fields.slot_of(name, None);
        }
        let names: Vec<&str> = fields.0.iter().map(|(name, _)| name.as_str()).collect();
        let mut sources = Vec::new();
        for source in &spec.sources {
            let scanner = match &source.format {
                format if !format.is_settled() => None,
                format => {
                    compile(format, &names).map_err(|error| fields.report(&error, source, &problems)).ok()
                }
            };
            sources.push(Source {
                name: source.name.value.clone(),
                paths: values(&source.paths),
                exclude: values(&source.exclude),
                format: source.format.clone(),
                scanner,
            });
        }
        let problems = problems.into_sorted();
        if problems.iter().any(|problem| problem.severity == Severity::Error) {
            return Err(problems);
        }
        let fields = fields.0.into_iter().map(|(name, _)| name).collect();
        Ok(Plan { sources, metrics, fields, spec, warnings: problems })
    }

    /// The slots of [`Plan::fields`], read from lines of `format`.
    ///
    /// # Errors
    /// Unknown fields, or a regex or JSON path that cannot be used.
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

fn values(texts: &[Text]) -> Vec<String> {
    texts.iter().map(|text| text.value.clone()).collect()
}

/// Gives out a slot per field name, and remembers who asked.
#[derive(Default)]
struct Fields(Vec<(String, Vec<Text>)>);

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
        let known = self.0.iter().position(|(known, _)| known == name);
        let slot = known.unwrap_or(self.0.len());
        if known.is_none() {
            self.0.push((name.to_owned(), Vec::new()));
        }
        self.0[slot].1.extend(asked.cloned());
        slot
    }

    /// Notes why `source` cannot be compiled for the fields: each that it does not give.
    fn report(&self, error: &CompileError, source: &SourceSpec, problems: &Problems) {
        let CompileError::UnknownFields(UnknownFields { names, offered }) = error else {
            problems.add("bad-format", source.format_span.clone(), error.to_string(), None);
            return;
        };
        for (name, asked) in self.0.iter().filter(|(name, _)| names.contains(name)) {
            let hint = did_you_mean(name, offered.iter().map(String::as_str))
                .unwrap_or_else(|| format!("the format gives: {}", offered.join(", ")));
            let message = format!("the format of source `{}` has no field `{name}`", source.name.value);
            let places = asked.iter().map(|text| text.span.clone());
            let unasked = asked.is_empty().then(|| source.format_span.clone());
            for span in places.chain(unasked) {
                problems.add("unknown-field", span, &message, Some(hint.clone()));
            }
        }
    }
}
