//! `[patterns.NAME]`.

use std::time::Duration;

use super::events::is_plain_name;
use super::source::SourceSpec;
use crate::spec::keys::Keys;
use crate::spec::{Problems, Text, did_you_mean};

const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// A model of the patterns of lines, and what is done with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternsSpec {
    /// The model's name.
    pub name: Text,
    /// The sources whose lines go to it.
    pub sources: Vec<Text>,
    /// What is done with them.
    pub mode: PatternMode,
    /// How long a new model learns before new patterns are told.
    pub learning: Duration,
    /// The lines that it has learnt from by then.
    pub learning_lines: u64,
    /// Patterns that are counted apart.
    pub top: usize,
}

/// What is done with the lines of a model's sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatternMode {
    /// The model learns from them.
    Learn,
    /// They are only matched.
    Frozen,
}

impl PatternMode {
    /// The mode as it is written in a configuration.
    pub const fn name(self) -> &'static str {
        match self {
            PatternMode::Learn => "learn",
            PatternMode::Frozen => "frozen",
        }
    }
}

impl PatternsSpec {
    pub(super) fn read(name: Text, mut keys: Keys<'_, '_>) -> PatternsSpec {
        if !is_plain_name(&name.value) {
            let message = format!("`{}` cannot be the name of a model", name.value);
            let hint = "a-z, 0-9, `_`, `.` and `-`, at most 64 characters, a letter or digit first";
            keys.problem("bad-name", name.span.clone(), message, Some(hint.to_owned()));
        }
        let sources = keys.some_texts("sources");
        let mode = match keys.choice("mode") {
            Some("frozen") => PatternMode::Frozen,
            _ => PatternMode::Learn,
        };
        let learning = keys.duration("learning", Duration::ZERO..=CENTURY).unwrap_or_default();
        let learning_lines = keys.integer("learning_lines", 0..=i64::MAX);
        let top = keys.integer("top", 1..=1000);
        let own_name = || vec![name.clone()];
        let sources = if keys.has("sources") { sources } else { own_name() };
        keys.finish();
        PatternsSpec {
            name,
            sources,
            mode,
            learning,
            learning_lines: learning_lines.and_then(|lines| u64::try_from(lines).ok()).unwrap_or_default(),
            top: top.and_then(|top| usize::try_from(top).ok()).unwrap_or(1),
        }
    }

    /// Whether the lines of a source go to it.
    pub fn has_source(&self, name: &str) -> bool {
        self.sources.iter().any(|source| source.value == name)
    }
}

/// Notes sources that are not there, or in two models.
pub(super) fn check_sources(patterns: &[PatternsSpec], sources: &[SourceSpec], problems: &Problems) {
    let mut owners: Vec<(&str, &Text)> = Vec::new();
    for spec in patterns {
        for source in &spec.sources {
            let name = source.value.as_str();
            if !sources.iter().any(|known| known.name.value == name) {
                let known = sources.iter().map(|source| source.name.value.as_str());
                let hint = did_you_mean(name, known)
                    .unwrap_or_else(|| "name the [[source]] in `sources = [\"…\"]`".to_owned());
                let message = format!("there is no [[source]] `{name}`");
                problems.add("bad-value", source.span.clone(), message, Some(hint));
            } else if let Some((_, owner)) = owners.iter().find(|(known, _)| *known == name) {
                let message = format!("the source `{name}` is in [patterns.{}] already", owner.value);
                problems.add("repeated-name", source.span.clone(), message, None);
            } else {
                owners.push((name, &spec.name));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::spec::{Nothing, PatternMode, read};

    const SOURCES: &str = "[[source]]\nname = \"app\"\npaths = [\"x\"]\nformat = \"raw\"\n\
        [[source]]\nname = \"worker\"\npaths = [\"y\"]\nformat = \"raw\"\n";

    #[test]
    fn a_table_without_keys_is_of_the_source_of_its_name() {
        let (spec, problems) = read(&format!("{SOURCES}[patterns.app]\n"), "test", &Nothing);
        assert!(problems.into_sorted().is_empty());
        let [patterns] = &spec.patterns[..] else { panic!("one model") };
        assert!(patterns.has_source("app") && !patterns.has_source("worker"));
        assert_eq!((patterns.mode, patterns.top, patterns.learning_lines), (PatternMode::Learn, 50, 1000));
        assert_eq!(patterns.learning.as_secs(), 3600);
    }

    #[test]
    fn every_mistake_is_told_at_its_place() {
        let text = format!(
            "{SOURCES}[patterns.A]\nsources = [\"app\", \"wroker\"]\nmode = \"freeze\"\ntop = 0\n\
             learning = \"soon\"\n[patterns.b]\nsources = [\"app\"]\n[patterns.c]\nlearnin = \"1h\"\n"
        );
        let (_, problems) = read(&text, "test", &Nothing);
        let told: Vec<String> =
            problems.into_sorted().into_iter().map(|one| format!("{} {:?}", one.message, one.hint)).collect();
        let told = told.join("\n");
        for part in [
            "`A` cannot be the name of a model",
            "there is no [[source]] `wroker`",
            "did you mean `worker`",
            "unknown mode `freeze`",
            "`top` has to be from 1 to 1000",
            "`learning`",
            "the source `app` is in [patterns.A] already",
            "there is no [[source]] `c`",
            "unknown key `learnin`",
        ] {
            assert!(told.contains(part), "{part} is not in:\n{told}");
        }
    }
}
