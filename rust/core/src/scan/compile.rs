//! From a format and the wanted fields to a [`Scanner`]: which slot holds what, and what is derived.

mod derives;
mod names;

use std::fmt;

pub use self::names::{logged_and_split, offered, shown_and_quiet, viewed_field};

use self::derives::derives;
use self::names::{is_given, own_name, sources_of};
use super::certified::Certified;
use super::columns::ColumnScanner;
use super::derive::Derive;
use super::envelope::EnvelopeReader;
use super::json::{JsonScanner, PathError};
use super::keyed::Settle;
use super::list::ListTake;
use super::lowered::Wiring;
use super::pairs::PairScanner;
use super::regex::RegexReader;
use super::variant::Variants;
use super::{Reader, Scanner};
use crate::format::field::{self, canonical};
use crate::format::keyed::KeyedField;
use crate::format::lower::{Lowered, lower};
use crate::format::relax::relax;
use crate::format::{Format, Kind, RegexSpec};

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

/// What a keyed field may follow from in a line that lacks it.
fn fill_source(name: &str) -> Option<&'static str> {
    match name {
        "method" | "target" | "protocol" => Some("request"),
        "path" | "query" => Some("target"),
        _ => None,
    }
}

/// Whether lines of the format may lack any field.
fn is_keyed(format: &Format) -> bool {
    match format {
        Format::Json(_) | Format::Pairs(_) => true,
        Format::Enveloped(_, inner) => is_keyed(inner),
        _ => false,
    }
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
        let is_own = |name: &str| logged.iter().any(|(known, _)| known.as_deref() == Some(name));
        let own_name = |name: &str| own_name(name, &logged).to_owned();
        let is_logged = |name: &str| is_own(&own_name(name));
        let follows = |name: &str| is_given(name, &is_logged);
        let mut names: Vec<String> = wanted.iter().map(|name| own_name(name)).collect();
        let unknown: Vec<String> =
            wanted.iter().filter(|name| !follows(name)).map(|name| (*name).to_owned()).collect();
        if !unknown.is_empty() {
            let offered = offered(format);
            return Err(CompileError::UnknownFields(UnknownFields { names: unknown, offered }));
        }
        // Sources of derived fields get slots of their own behind the wanted ones.
        let mut slot = 0;
        while slot < names.len() {
            let sources = match fill_source(&names[slot]).filter(|_| is_keyed(format)) {
                // What a line lacks may follow from what it has.
                Some(source) if is_own(&names[slot]) && is_own(source) => vec![source.to_owned()],
                _ if is_logged(&names[slot]) => Vec::new(),
                _ => sources_of(&names[slot], &follows),
            };
            for source in sources {
                // The section is read out of the target unless there is a path anyway.
                let source = match source.as_str() {
                    "path" if names[slot] == "section" && !is_logged("path") && !wanted.contains(&"path") => {
                        "target".to_owned()
                    }
                    _ => own_name(&source),
                };
                if !names.contains(&source) {
                    names.push(source);
                }
            }
            slot += 1;
        }
        let spare = names.len();
        let slot_of = |name: &str| {
            let own = own_name(name);
            names.iter().position(|known| *known == own).unwrap_or(spare)
        };
        let logged_kind = |name: &str| {
            let own = logged.iter().find(|(known, _)| known.as_deref() == Some(name));
            own.map(|(_, kind)| kind.clone())
        };
        let kind_of = |name: &String| match (logged_kind(name), ListTake::of_name(name)) {
            (Some(kind), _) => kind,
            (None, Some((_, ListTake::Count))) => Kind::Integer,
            (None, Some((list, _))) => logged_kind(&own_name(list)).unwrap_or(Kind::Text),
            (None, None) => match name.as_str() {
                "time" | "remote_port" | "upstream_port" | "request_time" => field::kind_of(name),
                _ => Kind::Text,
            },
        };
        let mut slots = spare + 1;
        let (envelope, format) = match format {
            Format::Enveloped(wrapping, inner) => (Some(*wrapping), &**inner),
            _ => (None, format),
        };
        let inside = format.fields();
        let is_inside = |name: &str| inside.iter().any(|(known, _)| known.as_deref() == Some(name));
        let mut covers = Vec::new();
        let reader = Reader::compile(format, &slot_of, spare, &mut slots, &mut covers)?;
        let envelope = envelope.map(|wrapping| {
            let slot = |name: &str| Some(slot_of(name)).filter(|slot| *slot != spare && !is_inside(name));
            let filled = inside.iter().filter_map(|(name, _)| name.as_deref()).map(slot_of);
            EnvelopeReader::new(wrapping, slot, filled.collect())
        });
        let mut derives = derives(&names, &is_logged, &follows, slot_of, spare);
        if is_keyed(format) {
            let fill = |name: &str| Some(slot_of(name)).filter(|slot| is_own(name) && *slot != spare);
            let request = [fill("method"), fill("target"), fill("protocol")];
            let target = [fill("path"), fill("query")];
            // In front: what follows from the target needs it filled.
            if let Some(from) = fill("request").filter(|_| request != [None; 3]) {
                derives.insert(0, Derive::FillRequest { from, to: request });
            }
            if let Some(from) = fill("target").filter(|_| target != [None; 2]) {
                let place = usize::from(matches!(derives.first(), Some(Derive::FillRequest { .. })));
                derives.insert(place, Derive::FillTarget { from, to: target });
            }
        }
        // Groups of a lowered regex come first: the others may follow from them.
        derives.splice(0..0, covers);
        Ok(Scanner {
            reader,
            envelope,
            derives,
            kinds: names
                .iter()
                .zip(wanted)
                .map(|(own, name)| match kind_of(own) {
                    // What somebody else named is read as what it is asked for.
                    Kind::Text if own != name && canonical(name) == *name => field::kind_of(name),
                    kind => kind,
                })
                .collect(),
            slots,
        })
    }
}

impl Reader {
    /// `slot_of` says where a logged field goes, `spare` is where the others go; `slots` counts the
    /// slots and grows by those that the reader needs for itself; `covers` takes how fields follow
    /// from those.
    fn compile(
        format: &Format,
        slot_of: &dyn Fn(&str) -> usize,
        spare: usize,
        slots: &mut usize,
        covers: &mut Vec<Derive>,
    ) -> Result<Reader, CompileError> {
        let place = |name: Option<&str>| name.map_or(spare, slot_of);
        let keyed = |fields: &[KeyedField], slots: &mut usize| {
            let places: Vec<usize> = fields.iter().map(|field| slot_of(&field.name)).collect();
            Settle::new(fields, &places, spare, slots)
        };
        Ok(match format {
            Format::Text(pattern) => {
                Reader::Pattern(Variants::compile(std::slice::from_ref(pattern), place), None)
            }
            Format::Variants(patterns) => Reader::Pattern(Variants::compile(patterns, place), None),
            Format::Regex(spec) => {
                let named = |group: usize| Some(&*spec.names[group]).filter(|name| !name.is_empty());
                let group = |number: usize| Some(place(named(number))).filter(|slot| *slot != spare);
                if let Ok(lowered) = lower(&spec.pattern) {
                    let wiring = Wiring::new(&lowered, group, *slots);
                    // Fields that nobody wants share the last slot of all.
                    let unwanted = wiring.next;
                    *slots = unwanted + 1;
                    covers.extend(wiring.covers);
                    let fields: Vec<usize> =
                        wiring.slots.into_iter().map(|slot| slot.unwrap_or(unwanted)).collect();
                    Reader::lowered(lowered, fields)?
                } else {
                    let groups = (0..spec.names.len()).map(|i| (i + 1, group(i).unwrap_or(spare)));
                    let regex = RegexReader::compile(&spec.pattern, groups.collect());
                    Reader::relaxed(spec, regex.map_err(CompileError::Regex)?, &group, slots)
                }
            }
            Format::Json(spec) => {
                for key in spec.fields.iter().flat_map(|field| &field.keys) {
                    JsonScanner::check(key)?;
                }
                let (paths, settle) = keyed(&spec.fields, slots);
                Reader::Json(Box::new(JsonScanner::new(&paths)?.with_settle(settle)))
            }
            Format::Columns(spec) => {
                let wanted = format.fields().into_iter().filter_map(|(name, _)| name);
                let mut wanted: Vec<(String, usize)> = wanted
                    .map(|name| (slot_of(&name), name))
                    .filter(|(slot, _)| *slot != spare)
                    .map(|(slot, name)| (name, slot))
                    .collect();
                wanted.dedup();
                Reader::Columns(Box::new(ColumnScanner::new(spec, wanted, spare)))
            }
            Format::Pairs(spec) => {
                let (keys, settle) = keyed(&spec.fields, slots);
                Reader::Pairs(Box::new(PairScanner::new(spec.dialect, keys, settle)))
            }
            Format::Enveloped(..) => unreachable!("an envelope is opened by the scanner"),
            Format::Auto => unreachable!("resolved before"),
        })
    }

    /// A user's regex, lowered; `slots` says where its fields go. Compiling it as well tells whether
    /// it is too large.
    fn lowered(lowered: Lowered, slots: Vec<usize>) -> Result<Reader, CompileError> {
        RegexReader::compile(&lowered.pattern.to_regex(), Vec::new()).map_err(CompileError::Regex)?;
        Ok(Reader::Pattern(Variants::of_fields(lowered.pattern, slots), None))
    }

    /// A user's regex, relaxed if that can be; else itself. `group` answers where a group is wanted.
    fn relaxed(
        spec: &RegexSpec,
        regex: RegexReader,
        group: &dyn Fn(usize) -> Option<usize>,
        slots: &mut usize,
    ) -> Reader {
        let certified = relax(&spec.pattern).and_then(|relaxed| {
            let pattern = relaxed.pattern.clone();
            Ok((pattern, Certified::new(relaxed, regex.clone(), group, *slots)?))
        });
        match certified {
            Ok((pattern, (certified, placed))) => {
                // Fields that nobody wants share the last slot of all.
                let unwanted = placed.next;
                *slots = unwanted + 1;
                let fields = placed.slots.into_iter().map(|slot| slot.unwrap_or(unwanted)).collect();
                Reader::Pattern(Variants::of_fields(pattern, fields), Some(Box::new(certified)))
            }
            Err(why) => Reader::Regex(Box::new(regex), why),
        }
    }
}
