//! From the text of a configuration to a [`Spec`]: a file for each kind of table.

mod agent;
mod category;
mod events;
mod format;
mod geoip;
mod metric;
mod patterns;
mod rules_file;
mod source;
mod typed;

use std::collections::HashSet;
use std::sync::Arc;

use toml::Spanned;
use toml::de::DeTable;

pub use self::agent::AgentSpec;
pub use self::category::{CategorySpec, MinedSpec, ReplaceSpec, RuleSpec};
pub use self::events::{EventsSpec, KeptSpec};
pub use self::geoip::GeoipSpec;
pub use self::metric::{MetricKind, MetricSpec};
pub use self::patterns::{PatternMode, PatternsSpec};
pub use self::source::{FILES, Origin, ReadFrom, SourceSpec};
pub use self::typed::{SinkSpec, TypedSpec};
use super::keys::{Document, Keys, Syntax};
use super::sections::ROOT;
use super::surroundings::beside;
use super::{Problems, Spec, Surroundings, Text, did_you_mean};

/// Reads the configuration `text`, known as `origin`, and the files that it names. What is wrong goes
/// to the problems; the rest is answered.
pub fn read(text: &str, origin: &str, surroundings: &dyn Surroundings) -> (Spec, Problems) {
    let problems = Problems::default();
    let main = File::new(origin, text.into(), &problems);
    let main_table = main.parse(&problems);
    let mut main_keys = main.keys(&main_table, &problems, surroundings);
    let included = included(&mut main_keys);
    let tables: Vec<Table<'_>> = included.iter().map(|file| file.parse(&problems)).collect();
    let mut roots = vec![main_keys];
    for (file, table) in included.iter().zip(&tables) {
        let mut keys = file.keys(table, &problems, surroundings);
        if !keys.texts("include").is_empty() {
            let message = "an included file includes no others";
            keys.problem("misplaced-key", keys.key_span("include"), message, None);
        }
        roots.push(keys);
    }
    let mut spec = sections(&mut roots, &problems);
    roots.into_iter().for_each(Keys::finish);
    spec.origins = problems.origins();
    (spec, problems)
}

/// A file of the configuration.
struct File {
    origin: String,
    text: Arc<str>,
    base: usize,
}

/// What TOML makes of a file, and whether that is all of it.
type Table<'f> = (Spanned<DeTable<'f>>, Syntax);

impl File {
    fn new(origin: &str, text: Arc<str>, problems: &Problems) -> File {
        let base = problems.open(origin, Arc::clone(&text));
        File { origin: origin.to_owned(), text, base }
    }

    fn parse(&self, problems: &Problems) -> Table<'_> {
        let (table, errors) = DeTable::parse_recoverable(&self.text);
        let syntax = if errors.is_empty() { Syntax::Whole } else { Syntax::Broken };
        for error in errors {
            let span = error.span().unwrap_or(0..0);
            problems.add("syntax", self.base + span.start..self.base + span.end, error.message(), None);
        }
        (table, syntax)
    }

    fn keys<'f>(
        &'f self,
        (table, syntax): &'f Table<'f>,
        problems: &'f Problems,
        surroundings: &'f dyn Surroundings,
    ) -> Keys<'f, 'f> {
        let (text, base, origin, syntax) = (&*self.text, self.base, self.origin.as_str(), *syntax);
        let document = Document { text, base, origin, syntax, problems, surroundings };
        Keys::root(table.get_ref(), &ROOT, document)
    }
}

/// The files that the main one includes, each once.
fn included(main: &mut Keys<'_, '_>) -> Vec<File> {
    let patterns = main.texts("include");
    let Document { origin, problems, surroundings, .. } = main.document();
    let mut seen = HashSet::from([origin.to_owned()]);
    let mut files = Vec::new();
    for pattern in patterns {
        let refuse = |message| problems.add("unreadable-file", pattern.span.clone(), message, None);
        let paths = surroundings.files(&beside(&pattern.value, origin));
        for path in paths.unwrap_or_else(|reason| {
            refuse(format!("`{}` is no pattern of files: {reason}", pattern.value));
            Vec::new()
        }) {
            if seen.insert(path.clone()) {
                match surroundings.read(&path) {
                    Ok(text) => files.push(File::new(&path, text.into(), problems)),
                    Err(reason) => refuse(format!("cannot read {path}: {reason}")),
                }
            }
        }
    }
    files
}

/// The tables of all files: those of a kind follow each other in the order of the files.
fn sections(roots: &mut [Keys<'_, '_>], problems: &Problems) -> Spec {
    let mut spec = Spec::default();
    let mut formats: format::Formats = Vec::new();
    let (mut agents, mut geoips, mut events) = (Vec::new(), Vec::new(), Vec::new());
    for root in &mut *roots {
        formats
            .extend(root.named_tables("formats").into_iter().map(|(name, keys)| (name, format::read(keys))));
        agents.extend(root.table("agent"));
        geoips.extend(root.table("geoip"));
        events.extend(root.table("events"));
    }
    if let Some(keys) = only("[agent]", agents) {
        spec.agent = AgentSpec::read(keys);
    }
    if let Some(keys) = only("[geoip]", geoips) {
        spec.geoip = GeoipSpec::read(keys);
    }
    if let Some(keys) = only("[events]", events) {
        spec.events = EventsSpec::read(keys);
    }
    for root in roots {
        let sources = root.tables("source").into_iter();
        spec.sources.extend(sources.flat_map(|keys| SourceSpec::read(keys, &formats)));
        let categories = root.named_tables("categories").into_iter();
        spec.categories.extend(categories.map(|(name, keys)| CategorySpec::read(name, keys)));
        spec.metrics.extend(root.tables("metric").into_iter().map(MetricSpec::read));
        let patterns = root.named_tables("patterns").into_iter();
        spec.patterns.extend(patterns.map(|(name, keys)| PatternsSpec::read(name, keys)));
        let sinks = root.tables("sink").into_iter();
        spec.sinks.extend(sinks.map(|keys| SinkSpec::read(keys, spec.agent.slot)));
        spec.checkers.extend(root.tables("checker").into_iter().map(TypedSpec::read));
        spec.receivers.extend(root.tables("receiver").into_iter().map(TypedSpec::read_required));
    }
    refuse_repeats(problems, "format", formats.iter().map(|(name, _)| name));
    refuse_repeats(problems, "source", spec.sources.iter().map(|source| &source.name));
    refuse_repeats(problems, "category", spec.categories.iter().map(|category| &category.name));
    refuse_repeats(problems, "metric", spec.metrics.iter().map(|metric| &metric.name));
    refuse_repeats(problems, "model of patterns", spec.patterns.iter().map(|patterns| &patterns.name));
    patterns::check_sources(&spec.patterns, &spec.sources, problems);
    refuse_repeats(problems, "sink", spec.sinks.iter().map(|sink| &sink.typed.name));
    refuse_repeats(problems, "checker", spec.checkers.iter().map(|checker| &checker.name));
    refuse_repeats(problems, "receiver", spec.receivers.iter().map(|receiver| &receiver.name));
    for name in spec.sinks.iter().flat_map(|sink| &sink.metrics) {
        if !spec.metrics.iter().any(|metric| metric.name.value == name.value) {
            let known = spec.metrics.iter().map(|metric| metric.name.value.as_str());
            let message = format!("there is no [[metric]] `{}`", name.value);
            problems.add("bad-value", name.span.clone(), message, did_you_mean(&name.value, known));
        }
    }
    spec
}

/// The first of the tables that each file may have and one file has.
fn only<'f, 't>(heading: &str, tables: Vec<Keys<'f, 't>>) -> Option<Keys<'f, 't>> {
    let mut tables = tables.into_iter();
    let first = tables.next();
    for keys in tables {
        let hint = "keep all of its keys in one file".to_owned();
        keys.problem("repeated-name", keys.span(), format!("a second file has {heading}"), Some(hint));
    }
    first
}

fn refuse_repeats<'s>(problems: &Problems, what: &str, names: impl Iterator<Item = &'s Text>) {
    let mut seen = HashSet::new();
    for name in names.filter(|name| !name.value.is_empty() && !seen.insert(name.value.as_str())) {
        let message = format!("a second {what} is named `{}`", name.value);
        problems.add("repeated-name", name.span.clone(), message, None);
    }
}
