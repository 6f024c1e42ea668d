//! From a format and the wanted fields to a [`Scanner`]: which slot holds what, and what is derived.

use std::fmt;
use std::sync::OnceLock;

use super::delimiter::Delimiter;
use super::derive::Derive;
use super::regex::RegexReader;
use super::{Reader, Scanner};
use crate::format::field::canonical;
use crate::format::{Format, Kind};

/// A wanted field that the format neither logs nor implies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownField {
    /// The name that was asked for.
    pub name: String,
    /// What the format offers, derived fields included.
    pub offered: Vec<String>,
}

impl fmt::Display for UnknownField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the format has no field `{}`", self.name)
    }
}

impl std::error::Error for UnknownField {}

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
    DERIVED.iter().find(|(derived, _)| *derived == name).map(|(_, from)| *from)
}

/// The names of a format's logged fields in the order of the line, then those that follow from them
/// (one parameter of the query has any name and is not listed).
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
    /// The first wanted field that the format does not give.
    ///
    /// # Panics
    /// If `format` is `Auto`, which has to be detected first, or holds a regex that was not checked.
    pub fn compile(format: &Format, wanted: &[&str]) -> Result<Scanner, UnknownField> {
        let logged = format.fields();
        let is_logged = |name: &str| logged.iter().any(|(known, _)| known.as_deref() == Some(name));
        let own_name = |name: &&str| (if is_logged(name) { *name } else { canonical(name) }).to_owned();
        let mut names: Vec<String> = wanted.iter().map(own_name).collect();
        // Sources of derived fields get slots of their own behind the wanted ones.
        let mut slot = 0;
        while slot < names.len() {
            let name = names[slot].clone();
            if !is_logged(&name) {
                let Some(from) = source_of(&name) else {
                    return Err(UnknownField { name: wanted_by(wanted, &name), offered: offered(format) });
                };
                if !names.iter().any(|known| known == from) {
                    names.push(from.to_owned());
                }
            }
            slot += 1;
        }
        let spare = names.len();
        let slot_of = |name: &str| names.iter().position(|known| known == name).unwrap_or(spare);
        let field_slots: Vec<usize> =
            logged.iter().map(|(name, _)| name.as_deref().map_or(spare, slot_of)).collect();
        let kind_of = |name: &String| {
            let own = logged.iter().find(|(known, _)| known.as_ref() == Some(name));
            own.map_or(Kind::Text, |(_, kind)| kind.clone())
        };
        Ok(Scanner {
            reader: Reader::compile(format, field_slots),
            derives: derives(&names, is_logged, slot_of, spare),
            kinds: names[..wanted.len()].iter().map(kind_of).collect(),
            slots: spare + 1,
        })
    }
}

impl Reader {
    fn compile(format: &Format, slots: Vec<usize>) -> Reader {
        match format {
            Format::Text(pattern) => Reader::Pattern {
                fast: Box::new(Delimiter::compile(pattern, |field| slots[field])),
                plain: OnceLock::new(),
                pattern: pattern.clone(),
                slots,
            },
            Format::Regex(spec) => {
                let groups = slots.iter().enumerate().map(|(i, &slot)| (i + 1, slot)).collect();
                Reader::Regex(Box::new(RegexReader::compile(&spec.pattern, groups).expect("a checked regex")))
            }
            Format::Json(_) | Format::Auto => unreachable!("detected before"),
        }
    }
}

/// The wanted name that leads to the missing field `missing`.
fn wanted_by(wanted: &[&str], missing: &str) -> String {
    let leads = |name: &&&str| {
        std::iter::successors(Some(canonical(name)), |name| source_of(name)).any(|from| from == missing)
    };
    wanted.iter().find(leads).map_or(missing, |name| name).to_owned()
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
        out.push(Derive::Section { from: slot_of("path"), to: slot("section") });
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
    // Names that were asked for twice, under an alias say.
    for (to, name) in names.iter().enumerate() {
        let from = slot_of(name);
        if from != to {
            out.push(Derive::Same { from, to });
        }
    }
    out
}
