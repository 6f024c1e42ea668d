//! The compiled configuration: immutable, shared by every thread.

use std::sync::Arc;

use crate::category::{Categories, Groups, unknown_name_hint};
use crate::condition::{Condition, Names};
use crate::format::{Format, Kind, field};
use crate::metric::name::check_names;
use crate::metric::{JointKey, Ledger, Metric, Snapshot};
use crate::operand::Operand;
use crate::rules::RuleSet;
use crate::scan::{CompileError, Scanner, UnknownFields, offered};
use crate::slot::SlotLimits;
use crate::spec::{
    self, Nothing, Origin, PatternsSpec, Problem, Problems, Severity, SourceSpec, Spec, Surroundings, Text,
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
    /// What the metrics look up together.
    pub joint: Option<JointKey>,
    /// Categories, and the conditions of metrics.
    pub rules: RuleSet,
    /// Fields that records have to give, by slot; [`TIME`] is the last one if a format may lack it.
    pub fields: Vec<String>,
    may_lack_time: bool,
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

    /// The same plan with these learnt groups instead of its own; those of categories that are not mined
    /// are left out.
    ///
    /// # Errors
    /// None that the plan itself did not have.
    pub fn with_groups(&self, groups: &Groups) -> Result<Plan, Vec<Problem>> {
        let mut spec = self.spec.clone();
        for category in &mut spec.categories {
            if let Some(mined) = &mut category.mined {
                mined.groups = groups.get(&category.name.value).cloned().unwrap_or_default();
                mined.groups.truncate(mined.limit);
            }
        }
        let problems = Problems::of(spec.origins.clone());
        Plan::compile(spec, problems, None)
    }

    /// The learnt groups of each category that is mined.
    pub fn groups(&self) -> Groups {
        let mined = self.spec.categories.iter().filter_map(|one| Some((one, one.mined.as_ref()?)));
        mined.map(|(category, mined)| (category.name.value.clone(), mined.groups.clone())).collect()
    }

    fn compile(mut spec: Spec, problems: Problems, also: Option<&str>) -> Result<Plan, Vec<Problem>> {
        spec::warn(&spec, &problems);
        check_names(&spec.metrics, &problems);
        let mut fields = Fields::new(&spec.sources);
        let mut categories =
            Categories::compile(&spec.categories, &spec.geoip, &spec.patterns, &mut fields, &problems);
        let mut conditions = Vec::new();
        let mut metrics = Vec::new();
        for metric in &spec.metrics {
            let when = metric.when.as_ref().and_then(|when| {
                let names = &mut categories.resolver(&mut fields, &problems);
                conditions.push(Condition::compile_text(when, names, &problems)?);
                Some(conditions.len() - 1)
            });
            let compiled = Metric::compile(metric, when, |text| {
                // A name that is no field is told with the source whose format lacks it.
                let found = categories.resolver(&mut fields, &problems).operand(&text.value);
                let operand = found.map_or_else(|| Operand::Field(fields.slot(text)), |(operand, _)| operand);
                fields.note(text, operand);
                operand
            });
            if compiled.needs_time() {
                let slot = fields.slot_of(TIME);
                fields.note(&metric.name, Operand::Field(slot));
            }
            metrics.push(compiled);
        }
        if let Some(name) = also {
            fields.slot_of(name);
        }
        // Without a time the wall clock says in which slot a record counts.
        let may_lack_time = counts_by_slot(&spec) && !fields.names().contains(&TIME);
        if may_lack_time {
            fields.slot_of(TIME);
        }
        let names: Vec<&str> = fields.names();
        let mut sources = Vec::new();
        let mut left_out = Vec::new();
        for source in &spec.sources {
            if source.origin == Origin::Server && fields.are_given_elsewhere(&source.format) {
                fields.report_left_out(source, &problems);
                left_out.push(source.name.value.clone());
                continue;
            }
            let is_mined = spec.patterns.iter().any(|patterns| patterns.has_source(&source.name.value));
            let scanner = match &source.format {
                format if !format.is_settled() => None,
                format if is_mined && fields.are_given_elsewhere(format) => {
                    Scanner::compile(format, &[]).map(Arc::new).ok()
                }
                format => compile(format, &names, may_lack_time)
                    .map_err(|error| fields.report(&error, source, &problems))
                    .ok(),
            };
            sources.push(Source {
                name: source.name.value.clone(),
                paths: values(&source.paths),
                exclude: values(&source.exclude),
                format: source.format.clone(),
                scanner,
            });
        }
        let fields = names.into_iter().map(str::to_owned).collect();
        spec.sources.retain(|source| !left_out.contains(&source.name.value));
        let problems = problems.into_sorted();
        if problems.iter().any(|problem| problem.severity == Severity::Error) {
            return Err(problems);
        }
        let shared: Vec<_> = metrics
            .iter()
            .map(|metric| (&*metric.label_operands, metric.when.and_then(|when| conditions.get(when))))
            .collect();
        let joint = JointKey::new(&shared, |category| categories.constants_of(category));
        let rules = RuleSet { categories, conditions };
        Ok(Plan { sources, metrics, joint, rules, fields, may_lack_time, spec, warnings: problems })
    }

    /// The slots of [`Plan::fields`], read from lines of `format`.
    ///
    /// # Errors
    /// Unknown fields, or a regex or JSON path that cannot be used.
    pub fn scanner(&self, format: &Format) -> Result<Arc<Scanner>, CompileError> {
        let names: Vec<&str> = self.fields.iter().map(String::as_str).collect();
        compile(format, &names, self.may_lack_time)
    }

    /// The same for lines of the source of this number. Where patterns are learnt, lines may lack fields:
    /// then none is read, and no metric counts them.
    ///
    /// # Errors
    /// As of [`Plan::scanner`].
    pub fn scanner_of(&self, source: usize, format: &Format) -> Result<Arc<Scanner>, CompileError> {
        match self.scanner(format) {
            Err(CompileError::UnknownFields(_)) if self.patterns_of(source).is_some() => {
                Scanner::compile(format, &[]).map(Arc::new)
            }
            compiled => compiled,
        }
    }

    /// Whether a scanner gives [`Plan::fields`], so that metrics can count its records.
    pub fn is_complete(&self, scanner: &Scanner) -> bool {
        scanner.kinds().len() + usize::from(self.may_lack_time) >= self.fields.len()
    }

    /// The model that the lines of the source of this number go to.
    pub fn patterns_of(&self, source: usize) -> Option<&PatternsSpec> {
        let name = &self.sources.get(source)?.name;
        self.spec.patterns.iter().find(|patterns| patterns.has_source(name))
    }

    /// The category of the ids of templates, if something asks for it.
    pub fn wants_templates(&self) -> bool {
        self.rules.categories.has_templates()
    }

    /// Nothing counted yet: the declared series, and room for others.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::with_series_limit(&self.metrics, self.spec.agent.series_limit)
    }

    /// The width of a slot in seconds, if the service has to count by slot: some sink or checker wants
    /// to know what was counted when.
    pub fn slot_seconds(&self) -> Option<u32> {
        let seconds = u32::try_from(self.spec.agent.slot.as_secs()).unwrap_or(u32::MAX);
        counts_by_slot(&self.spec).then_some(seconds)
    }

    /// An empty snapshot for the service to count into, with the series of `ledger`.
    pub fn pending(&self, ledger: &Ledger) -> Snapshot {
        let pending = ledger.pending(&self.metrics, self.spec.agent.series_limit);
        match self.slot_seconds() {
            Some(seconds) => pending.with_slots(&self.metrics, seconds, SlotLimits::PENDING),
            None => pending,
        }
    }

    /// The slot of the field `name`, if the plan reads it.
    pub fn slot(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field == name)
    }
}

/// Compiles a format for fields of which it may lack [`TIME`], the last one: its scanner has a slot
/// less then.
fn compile(format: &Format, names: &[&str], may_lack_time: bool) -> Result<Arc<Scanner>, CompileError> {
    let compiled = match (Scanner::compile(format, names), names) {
        (Err(CompileError::UnknownFields(unknown)), [others @ .., TIME])
            if may_lack_time && unknown.names.iter().any(|name| name == TIME) =>
        {
            Scanner::compile(format, others)
        }
        (compiled, _) => compiled,
    };
    compiled.map(Arc::new)
}

/// Whether somebody wants to know what was counted when.
fn counts_by_slot(spec: &Spec) -> bool {
    !spec.sinks.is_empty() || !spec.checkers.is_empty()
}

fn values(texts: &[Text]) -> Vec<String> {
    texts.iter().map(|text| text.value.clone()).collect()
}

/// Gives out a slot per field name, and remembers who asked.
struct Fields<'s> {
    sources: &'s [SourceSpec],
    asked: Vec<(String, Vec<Text>)>,
}

impl<'s> Fields<'s> {
    fn new(sources: &'s [SourceSpec]) -> Fields<'s> {
        Fields { sources, asked: Vec::new() }
    }

    fn names(&self) -> Vec<&str> {
        self.asked.iter().map(|(name, _)| name.as_str()).collect()
    }

    fn slot(&mut self, asked: &Text) -> usize {
        let slot = self.slot_of(&asked.value);
        self.note(asked, Operand::Field(slot));
        slot
    }

    fn slot_of(&mut self, name: &str) -> usize {
        let known = self.asked.iter().position(|(known, _)| known == name);
        known.unwrap_or_else(|| {
            self.asked.push((name.to_owned(), Vec::new()));
            self.asked.len() - 1
        })
    }

    /// Notes where a field is asked for.
    fn note(&mut self, asked: &Text, operand: Operand) {
        if let Operand::Field(slot) = operand {
            let places = &mut self.asked[slot].1;
            if !places.contains(asked) {
                places.push(asked.clone());
            }
        }
    }

    /// The formats that are known before lines are looked at.
    fn settled(&self) -> impl Iterator<Item = &'s Format> {
        self.sources.iter().map(|source| &source.format).filter(|format| format.is_settled())
    }

    /// Whether `format` lacks some of the fields that were asked for, and another source gives each of
    /// these.
    fn are_given_elsewhere(&self, format: &Format) -> bool {
        let Err(CompileError::UnknownFields(unknown)) = Scanner::compile(format, &self.names()) else {
            return false;
        };
        let is_open = self.settled().count() < self.sources.len();
        let gives = |name: &String| {
            name == TIME || self.settled().any(|format| Scanner::compile(format, &[name]).is_ok())
        };
        is_open || unknown.names.iter().all(gives)
    }

    /// Notes that a log of a server's configuration is not read, since its format lacks fields that others give.
    fn report_left_out(&self, source: &SourceSpec, problems: &Problems) {
        let Err(error) = Scanner::compile(&source.format, &self.names()) else { return };
        let paths = values(&source.paths).join(", ");
        let message = format!("{paths} is left out: {error}");
        let hint = "count what it has in a configuration of its own, with `name` in its [formats] table";
        problems.add("unread-log", source.format_span.clone(), message, Some(hint.to_owned()));
    }

    /// Notes why `source` cannot be compiled for the fields: each that it does not give.
    fn report(&self, error: &CompileError, source: &SourceSpec, problems: &Problems) {
        let CompileError::UnknownFields(UnknownFields { names, offered }) = error else {
            problems.add("bad-format", source.format_span.clone(), error.to_string(), None);
            return;
        };
        for (name, asked) in self.asked.iter().filter(|(name, _)| names.contains(name)) {
            let mut hint = unknown_name_hint(name, offered)
                .unwrap_or_else(|| format!("the format gives: {}", offered.join(", ")));
            if source.origin == Origin::Server {
                hint += "; `name` in its [formats] table chooses one format of the server, and leaves out other logs";
            }
            let message = format!("the format of source `{}` has no field `{name}`", source.name.value);
            let places = asked.iter().map(|text| text.span.clone());
            let unasked = asked.is_empty().then(|| source.format_span.clone());
            for span in places.chain(unasked) {
                problems.add("unknown-field", span, &message, Some(hint.clone()));
            }
        }
    }
}

impl Names for Fields<'_> {
    /// A field that any source gives; where a format has to be detected, any field.
    fn operand(&mut self, name: &str) -> Option<(Operand, Kind)> {
        let compiled = self.settled().find_map(|format| Scanner::compile(format, &[name]).ok());
        let is_open = self.settled().count() < self.sources.len() || self.sources.is_empty();
        let kind = match compiled {
            Some(scanner) => scanner.kinds()[0].clone(),
            None if is_open => field::kind_of(name),
            None => return None,
        };
        Some((Operand::Field(self.slot_of(name)), kind))
    }

    fn known(&self) -> Vec<String> {
        let mut known: Vec<String> = self.settled().flat_map(offered).collect();
        if known.is_empty() {
            known.extend(field::FIELDS.iter().map(|field| field.name.to_owned()));
        }
        known
    }
}
