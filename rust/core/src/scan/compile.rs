//! From a format and the wanted fields to a [`Scanner`]: which slot holds what, and what is derived.

use std::fmt;
use std::sync::OnceLock;

use super::delimiter::Delimiter;
use super::derive::Derive;
use super::json::{JsonScanner, PathError};
use super::list::ListTake;
use super::lowered::Wiring;
use super::regex::RegexReader;
use super::{Reader, Scanner};
use crate::format::field::canonical;
use crate::format::lower::lower;
use crate::format::{Format, Kind, Pattern};

/// Wanted fields that the format neither logs nor implies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownFields {
    /// The names as they were asked for.
    pub names: Vec<String>,
    /// What the format offers, derived fields included.
    pub offered: Vec<String>,
}

impl fmt::Display for UnknownFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the format has no field `{}`", self.names.join("` and no field `"))
    }
}

/// Why a format cannot be compiled for the wanted fields.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// Fields that the format does not give.
    #[error("{0}")]
    UnknownFields(UnknownFields),
    /// The regex engine's words for what it refuses.
    #[error("the regex is not usable: {0}")]
    Regex(String),
    /// A path of a JSON mapping that is not well-formed.
    #[error("the JSON path is not usable: {0}")]
    Path(#[from] PathError),
}

/// Fields that follow from others, and from which; sources come before what is derived from them.
const DERIVED: [(&str, &str); 7] = [
    ("method", "request"),
    ("target", "request"),
    ("protocol", "request"),
    ("path", "target"),
    ("query", "target"),
    ("section", "path"),
    ("status_class", "status"),
];

/// Prefix of a field that is one parameter of the query.
const PARAMETER: &str = "query.";

/// What `name` is derived from, if it is a derived field.
fn source_of(name: &str) -> Option<&str> {
    if name.len() > PARAMETER.len() && name.starts_with(PARAMETER) {
        return Some("query");
    }
    if let Some((list, _)) = ListTake::of_name(name) {
        return Some(list);
    }
    DERIVED.iter().find(|(derived, _)| *derived == name).map(|(_, from)| *from)
}

/// The fields that a parsed line shows: the logged ones, and the parts of request line and target.
pub fn logged_and_split(format: &Format) -> Vec<String> {
    let mut names = offered(format);
    let logged = format.fields();
    names.retain(|name| {
        let own = || logged.iter().any(|(known, _)| known.as_ref() == Some(name));
        !matches!(name.as_str(), "section" | "status_class") || own()
    });
    names
}

/// The names of a format's logged fields in the order of the line, then those that follow from them
/// (a parameter of the query has any name, and a list is any field: what is taken of them is not
/// listed).
pub fn offered(format: &Format) -> Vec<String> {
    let mut names: Vec<String> = format.fields().iter().filter_map(|field| field.0.clone()).collect();
    for (name, from) in DERIVED {
        if names.iter().any(|known| known == from) && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

impl Scanner {
    /// Compiles `format` so that slot `i` of its records is `wanted[i]`, a canonical name, an alias,
    /// or the format's own name of a field.
    ///
    /// # Errors
    /// Unknown fields, or a regex or JSON path that cannot be used.
    ///
    /// # Panics
    /// If `format` is `Auto`, which has to be resolved first.
    pub fn compile(format: &Format, wanted: &[&str]) -> Result<Scanner, CompileError> {
        let logged = format.fields();
        let is_logged = |name: &str| logged.iter().any(|(known, _)| known.as_deref() == Some(name));
        let own_name = |name: &&str| (if is_logged(name) { *name } else { canonical(name) }).to_owned();
        let mut names: Vec<String> = wanted.iter().map(own_name).collect();
        let source = |name: &String| source_of(name).as_ref().map(own_name);
        let is_given =
            |name: &String| std::iter::successors(Some(name.clone()), source).any(|name| is_logged(&name));
        let unknown = wanted.iter().zip(&names).filter(|(_, own)| !is_given(own));
        let unknown: Vec<String> = unknown.map(|(name, _)| (*name).to_owned()).collect();
        if !unknown.is_empty() {
            let offered = offered(format);
            return Err(CompileError::UnknownFields(UnknownFields { names: unknown, offered }));
        }
        // Sources of derived fields get slots of their own behind the wanted ones.
        let mut slot = 0;
        while slot < names.len() {
            let from = match source_of(&names[slot]) {
                _ if is_logged(&names[slot]) => None,
                // The section is read out of the target unless there is a path anyway.
                Some("path") if !is_logged("path") && !wanted.contains(&"path") => Some("target".to_owned()),
                from => from.as_ref().map(own_name),
            };
            if let Some(from) = from.filter(|from| !names.contains(from)) {
                names.push(from);
            }
            slot += 1;
        }
        let lowered = match format {
            Format::Regex(spec) => Some(lower(&spec.pattern)),
            _ => None,
        };
        let wiring = lowered.as_ref().and_then(|lowered| lowered.as_ref().ok()).map(|lowered| {
            let slot = |group: usize| names.iter().position(|name| logged[group].0.as_ref() == Some(name));
            Wiring::new(lowered, slot, names.len())
        });
        let spare = wiring.as_ref().map_or(names.len(), |wiring| wiring.next);
        let slot_of = |name: &str| names.iter().position(|known| known == name).unwrap_or(spare);
        let field_slots: Vec<usize> =
            logged.iter().map(|(name, _)| name.as_deref().map_or(spare, slot_of)).collect();
        let logged_kind = |name: &str| {
            let own = logged.iter().find(|(known, _)| known.as_deref() == Some(name));
            own.map(|(_, kind)| kind.clone())
        };
        let kind_of = |name: &String| match (logged_kind(name), ListTake::of_name(name)) {
            (Some(kind), _) => kind,
            (None, Some((_, ListTake::Count))) => Kind::Integer,
            (None, Some((list, _))) => logged_kind(&own_name(&list)).unwrap_or(Kind::Text),
            (None, None) => Kind::Text,
        };
        let own = derives(&names, is_logged, slot_of, spare);
        let (reader, derives) = match (lowered, wiring) {
            (Some(Ok(lowered)), Some(Wiring { slots, covers, .. })) => {
                let slots = slots.into_iter().map(|slot| slot.unwrap_or(spare)).collect();
                (Reader::lowered(lowered.pattern, slots)?, [covers, own].concat())
            }
            (Some(Err(why)), _) => (Reader::compile(format, field_slots, why)?, own),
            _ => (Reader::compile(format, field_slots, String::new())?, own),
        };
        Ok(Scanner {
            reader,
            derives,
            kinds: names[..wanted.len()].iter().map(kind_of).collect(),
            slots: spare + 1,
        })
    }
}

impl Reader {
    /// `slots` says where each logged field goes, `why_regex` why a regex was not lowered.
    fn compile(format: &Format, slots: Vec<usize>, why_regex: String) -> Result<Reader, CompileError> {
        Ok(match format {
            Format::Text(pattern) => Reader::pattern(pattern.clone(), slots),
            Format::Regex(spec) => {
                let groups = slots.iter().enumerate().map(|(i, &slot)| (i + 1, slot)).collect();
                let regex = RegexReader::compile(&spec.pattern, groups).map_err(CompileError::Regex)?;
                Reader::Regex(Box::new(regex), why_regex)
            }
            Format::Json(spec) => {
                let fields: Vec<(&str, usize)> =
                    spec.fields.iter().map(|(_, path)| path.as_str()).zip(slots).collect();
                Reader::Json(Box::new(JsonScanner::new(&fields)?))
            }
            Format::Auto => unreachable!("resolved before"),
        })
    }

    fn pattern(pattern: Pattern, slots: Vec<usize>) -> Reader {
        let fast = Box::new(Delimiter::compile(&pattern, |field| slots[field]));
        Reader::Pattern { fast, plain: OnceLock::new(), pattern, slots }
    }

    /// A user's regex, lowered. It is compiled at once: only that tells whether it is too large.
    fn lowered(lowered: Pattern, field_slots: Vec<usize>) -> Result<Reader, CompileError> {
        let groups = field_slots.iter().enumerate().map(|(i, &slot)| (i + 1, slot)).collect();
        let regex = RegexReader::compile(&lowered.to_regex(), groups).map_err(CompileError::Regex)?;
        let reader = Reader::pattern(lowered, field_slots);
        if let Reader::Pattern { plain, .. } = &reader {
            let _ = plain.set(Box::new(regex));
        }
        Ok(reader)
    }
}

/// The derivations that fill the slots of `names`, sources first.
fn derives(
    names: &[String],
    is_logged: impl Fn(&str) -> bool,
    slot_of: impl Fn(&str) -> usize,
    spare: usize,
) -> Vec<Derive> {
    let slot = |name: &str| if is_logged(name) { spare } else { slot_of(name) };
    let mut out = Vec::new();
    let request = [slot("method"), slot("target"), slot("protocol")];
    if let [method, target, protocol] = request
        && request != [spare; 3]
    {
        out.push(Derive::Request { from: slot_of("request"), method, target, protocol });
    }
    let [path, query] = [slot("path"), slot("query")];
    if [path, query] != [spare; 2] {
        out.push(Derive::Target { from: slot_of("target"), path, query });
    }
    if slot("section") != spare {
        let to = slot("section");
        out.push(match slot_of("path") {
            none if none == spare => Derive::TargetSection { from: slot_of("target"), to },
            path => Derive::Section { from: path, to },
        });
    }
    if slot("status_class") != spare {
        out.push(Derive::StatusClass { from: slot_of("status"), to: slot("status_class") });
    }
    for name in names {
        if let Some(parameter) = name.strip_prefix(PARAMETER).filter(|parameter| !parameter.is_empty())
            && !is_logged(name)
        {
            let from = slot_of("query");
            out.push(Derive::Parameter { from, to: slot_of(name), name: parameter.as_bytes().into() });
        }
    }
    for name in names {
        if let Some((list, take)) = ListTake::of_name(name)
            && !is_logged(name)
            && !name.starts_with(PARAMETER)
        {
            let from = slot_of(if is_logged(list) { list } else { canonical(list) });
            out.push(Derive::List { from, to: slot_of(name), take });
        }
    }
    // Names that were asked for twice, under an alias say.
    for (to, name) in names.iter().enumerate() {
        let from = slot_of(name);
        if from != to {
            out.push(Derive::Same { from, to });
        }
    }
    out
}
