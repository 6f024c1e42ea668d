//! Filters: which lines of JSON a condition holds for, without a configuration.

use crate::category::Given;
use crate::condition::{self, Condition, Names};

use crate::format::keyed::{KeyedField, Need};
use crate::format::{Format, JsonSpec, Kind};
use crate::operand::{Operand, View};
use crate::plan::TIME;
use crate::scan::{self, CompileError, Scanner};
use crate::spec::{Problem, Problems};
use crate::value::time::Layout;

/// A condition over JSON objects, compiled; immutable and shared by threads.
#[derive(Debug)]
pub struct Filter {
    condition: Condition,
    scanner: Scanner,
}

/// What one thread writes while it filters.
#[derive(Debug)]
pub struct Scratch {
    condition: condition::Scratch,
    scanner: scan::Scratch,
}

/// What the names in a condition stand for.
#[derive(Debug, Clone, Copy)]
pub enum Root<'a> {
    /// Paths into the object that begin with one of these keys.
    OneOf(&'a [&'a str]),
    /// Paths into the object under this key of the whole.
    Under(&'a str),
}

/// Gives out a slot for each path that the condition reads.
struct Paths<'a> {
    root: Root<'a>,
    asked: Vec<(String, Kind)>,
}

impl Names for Paths<'_> {
    fn operand(&mut self, name: &str) -> Option<(Operand, Kind)> {
        let first = name.split_once('.').map_or(name, |(first, _)| first);
        let (path, kind) = match self.root {
            Root::OneOf(keys) => (keys.contains(&first).then(|| name.to_owned())?, Kind::Text),
            Root::Under(key) if name == TIME => (format!("{key}.{name}"), Kind::Time(Layout::Iso8601)),
            Root::Under(key) => (format!("{key}.{name}"), Kind::Text),
        };
        let known = self.asked.iter().position(|(known, _)| *known == path);
        let slot = known.unwrap_or_else(|| {
            self.asked.push((path, kind.clone()));
            self.asked.len() - 1
        });
        Some((Operand::Field(slot), kind))
    }

    fn known(&self) -> Vec<String> {
        match self.root {
            Root::OneOf(keys) => keys.iter().map(|key| (*key).to_owned()).collect(),
            Root::Under(_) => Vec::new(),
        }
    }
}

impl Filter {
    /// Compiles the condition `text`, known as `origin`. Its names are dotted paths into the objects,
    /// as `root` says.
    ///
    /// # Errors
    /// Every mistake.
    pub fn compile(text: &str, origin: &str, root: Root<'_>) -> Result<Filter, Vec<Problem>> {
        let problems = Problems::default();
        problems.open(origin, text.into());
        let mut paths = Paths { root, asked: Vec::new() };
        let condition = Condition::compile(text, &mut paths)
            .map_err(|errors| {
                for error in errors {
                    problems.add(error.code, error.span, error.message, error.hint);
                }
            })
            .ok();
        let scanner = compile(&paths.asked)
            .map_err(|error| {
                problems.add("bad-condition", 0..text.len(), error.to_string(), None);
            })
            .ok();
        match (condition, scanner) {
            (Some(condition), Some(scanner)) => Ok(Filter { condition, scanner }),
            _ => Err(problems.into_sorted()),
        }
    }

    /// Fresh scratch for this filter.
    pub fn scratch(&self) -> Scratch {
        const NO_YEAR: i16 = 1970; // the times of JSON have theirs
        Scratch {
            condition: self.condition.scratch(self.scanner.kinds(), NO_YEAR),
            scanner: self.scanner.scratch(),
        }
    }

    /// Whether the condition holds for the object in `line`; not for what is none.
    pub fn holds(&self, line: &[u8], scratch: &mut Scratch) -> bool {
        let Ok(record) = self.scanner.scan_line(&mut scratch.scanner, line) else {
            return false;
        };
        let view = View { record: &record, categories: Given::default() };
        self.condition.holds(&view, &mut scratch.condition)
    }
}

/// A scanner whose slot *i* is the *i*-th path.
fn compile(paths: &[(String, Kind)]) -> Result<Scanner, CompileError> {
    // The fields have names of their own: what a path is called means nothing here.
    let names: Vec<String> = (0..paths.len()).map(|slot| format!("slot_{slot}")).collect();
    let field = |(name, (path, kind)): (&String, &(String, Kind))| KeyedField {
        name: name.clone(),
        keys: vec![path.clone()],
        kind: kind.clone(),
        need: Need::Optional,
    };
    let fields = names.iter().zip(paths).map(field).collect();
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    Scanner::compile(&Format::Json(JsonSpec { fields }), &wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(condition: &str, line: &str) -> bool {
        let filter = Filter::compile(condition, "where", Root::OneOf(&["stream", "body"])).unwrap();
        filter.holds(line.as_bytes(), &mut filter.scratch())
    }

    #[test]
    fn paths_lead_into_the_object() {
        let line = r#"{"stream":"a","body":{"status":503,"deep":{"er":"x\ny"},"ok":true,"a-b":"1"}}"#;
        assert!(holds("body.status >= 500 && stream == \"a\"", line));
        assert!(holds("body.deep.er.contains(\"\\n\") && body.ok == \"true\"", line));
        assert!(holds("body[\"a-b\"] == 1 && !has(body.nothing)", line));
        assert!(!holds("body.status < 500", line) && !holds("body.nothing > 0", line));
    }

    #[test]
    fn a_name_with_the_end_of_a_view_is_a_path_too() {
        assert!(holds("body.sum == 3 && body.last == \"x\"", r#"{"body":{"sum":3,"last":"x"}}"#));
    }

    #[test]
    fn names_may_be_those_of_an_object_inside() {
        let filter = Filter::compile("status == 404", "where", Root::Under("fields")).unwrap();
        let mut scratch = filter.scratch();
        assert!(filter.holds(br#"{"status":1,"fields":{"status":404}}"#, &mut scratch));
        assert!(!filter.holds(br#"{"status":404,"fields":{}}"#, &mut scratch));
        let condition = r#"time >= timestamp("2026-03-01T12:00:00Z")"#;
        let filter = Filter::compile(condition, "where", Root::Under("fields")).unwrap();
        let mut scratch = filter.scratch();
        assert!(filter.holds(br#"{"fields":{"time":"2026-03-01T12:00:00Z"}}"#, &mut scratch));
        assert!(!filter.holds(br#"{"fields":{"time":"2026-03-01T11:59:59.9Z"}}"#, &mut scratch));
    }

    #[test]
    fn nothing_is_selected_but_objects() {
        assert!(!holds("stream != \"a\"", "[1]") && !holds("stream != \"a\"", ""));
        assert!(holds("stream != \"a\"", "{}"));
    }

    #[test]
    fn mistakes_have_their_place() {
        const KNOWN: Root<'_> = Root::OneOf(&["stream", "body"]);
        let found = Filter::compile("body.a == 1 && boddy.b == 2", "where", KNOWN).unwrap_err();
        assert_eq!((found[0].code, found[0].place.column), ("unknown-field", 16));
        assert!(Filter::compile("", "where", KNOWN).is_err());
        assert!(Filter::compile(&format!("body{} == 1", ".a".repeat(40)), "where", KNOWN).is_err());
    }
}
