//! From a format and the wanted fields to a [`Scanner`]: which slot holds what, and what is derived.

use std::fmt;

use super::columns::ColumnScanner;
use super::derive::{Derive, Port, View};
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
use crate::format::{Format, Kind};

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
const DERIVED: &[(&str, &[&str])] = &[
    ("time", &["date", "time_of_day"]),
    ("remote_addr", &["client"]),
    ("remote_port", &["client"]),
    ("remote_addr", &["peer"]),
    ("remote_port", &["peer"]),
    ("remote_ip_list", &["forwarded_for", "remote_addr"]),
    ("level", &["level_letter"]),
    ("request_time", &["latency"]),
    ("remote_addr", &["context"]),
    ("server_name", &["context"]),
    ("request", &["context"]),
    ("upstream_addr", &["context"]),
    ("vhost", &["context"]),
    ("referer", &["context"]),
    ("upstream_host", &["upstream_addr"]),
    ("upstream_port", &["upstream_addr"]),
    ("method", &["request"]),
    ("target", &["request"]),
    ("protocol", &["request"]),
    ("vhost", &["target"]),
    ("scheme", &["target"]),
    ("path", &["target"]),
    ("query", &["target"]),
    ("section", &["path"]),
    ("status_class", &["status"]),
];

/// The labels of an error message's context, and the fields they are.
const LABELS: &[(&str, &str)] = &[
    ("remote_addr", "client"),
    ("server_name", "server"),
    ("request", "request"),
    ("upstream_addr", "upstream"),
    ("vhost", "host"),
    ("referer", "referrer"),
];

/// Fields that a parsed line shows only where somebody asks for them.
const QUIET: &[&str] = &["section", "status_class", "upstream_host", "upstream_port", "scheme"];

/// Fields whose decoded views a parsed line shows where they differ.
const VIEWED: &[&str] = &["path_decoded", "user_agent_decoded", "path_unescaped", "user_agent_unescaped"];

/// Prefix of a field that is one parameter of the query.
const PARAMETER: &str = "query.";

/// What `name` is derived from, of the fields that `is_given`; nothing if it is no derived field.
fn sources_of(name: &str, is_given: &dyn Fn(&str) -> bool) -> Vec<String> {
    if name.len() > PARAMETER.len() && name.starts_with(PARAMETER) {
        return vec!["query".to_owned()];
    }
    if let Some((list, _)) = ListTake::of_name(name) {
        return vec![list.to_owned()];
    }
    if let Some((field, _)) = View::of_name(name) {
        return vec![field.to_owned()];
    }
    let mut ways = DERIVED.iter().filter(|(derived, _)| *derived == name).map(|(_, from)| *from);
    let first = ways.clone().find(|from| from.iter().all(|name| is_given(name)));
    let way = first.or_else(|| ways.next_back()).unwrap_or_default();
    way.iter().map(|&name| name.to_owned()).collect()
}

/// The name that `name` has among the `logged` fields: itself, its canonical name, or an alias of that;
/// its canonical name where it is not among them.
fn own_name<'a>(name: &'a str, logged: &'a [(Option<String>, Kind)]) -> &'a str {
    let names = || logged.iter().filter_map(|(known, _)| known.as_deref());
    if names().any(|known| known == name) {
        return name;
    }
    let wanted = canonical(name);
    let found = names().find(|known| *known == wanted);
    found.or_else(|| names().find(|known| canonical(known) == wanted)).unwrap_or(wanted)
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

/// Whether `name` is logged, or follows from logged fields.
fn is_given(name: &str, is_logged: &dyn Fn(&str) -> bool) -> bool {
    let own = if is_logged(name) { name } else { canonical(name) };
    if is_logged(own) {
        return true;
    }
    let follows = |name: &str| is_given(name, is_logged);
    let sources = sources_of(own, &follows);
    // Sources come before what is derived from them, and names of views get shorter: this ends.
    !sources.is_empty() && sources.iter().all(|source| source != own && is_given(source, is_logged))
}

/// The fields that a parsed line shows: the logged ones, the parts of request line and target, and
/// decoded views.
pub fn logged_and_split(format: &Format) -> Vec<String> {
    let mut names = offered(format);
    let logged = format.fields();
    names.retain(|name| {
        let own = || logged.iter().any(|(known, _)| known.as_ref() == Some(name));
        !QUIET.contains(&name.as_str()) || own()
    });
    for view in VIEWED {
        let (field, _) = View::of_name(view).expect("a list of views");
        if names.iter().any(|name| name == field) && names.iter().all(|name| name != view) {
            names.push((*view).to_owned());
        }
    }
    names
}

/// The field that `name` is another view of, if it is one.
pub fn viewed_field(name: &str) -> Option<&str> {
    View::of_name(name).map(|(field, _)| field)
}

/// The names of a format's logged fields in the order of the line, then those that follow from them
/// (a parameter of the query has any name, and a list or a view is of any field: what is taken of them
/// is not listed).
pub fn offered(format: &Format) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (name, _) in format.fields() {
        names.extend(name.filter(|name| !names.contains(name)));
    }
    for (name, from) in DERIVED {
        let has = |wanted: &str| names.iter().any(|known| known == wanted);
        // nginx's `$uri` is a path, though not always the one that was asked for.
        let is_rewritten = *name == "path" && (has("uri") || has("document_uri"));
        if (is_rewritten || from.iter().all(|from| has(from))) && !has(name) {
            names.push((*name).to_owned());
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
            let fill = |name: &str| if is_own(name) { slot_of(name) } else { spare };
            let request = [fill("method"), fill("target"), fill("protocol")];
            let target = [fill("path"), fill("query")];
            // In front: what follows from the target needs it filled.
            if is_own("request") && request != [spare; 3] && slot_of("request") != spare {
                let [method, target, protocol] = request;
                derives.insert(0, Derive::FillRequest { from: slot_of("request"), method, target, protocol });
            }
            if is_own("target") && target != [spare; 2] && slot_of("target") != spare {
                let [path, query] = target;
                let place = usize::from(matches!(derives.first(), Some(Derive::FillRequest { .. })));
                derives.insert(place, Derive::FillTarget { from: slot_of("target"), path, query });
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
            Format::Text(pattern) => Reader::Pattern(Variants::compile(std::slice::from_ref(pattern), place)),
            Format::Variants(patterns) => Reader::Pattern(Variants::compile(patterns, place)),
            Format::Regex(spec) => {
                let named = |group: usize| Some(&*spec.names[group]).filter(|name| !name.is_empty());
                let group = |number: usize| Some(place(named(number))).filter(|slot| *slot != spare);
                match lower(&spec.pattern) {
                    Ok(lowered) => {
                        let wiring = Wiring::new(&lowered, group, *slots);
                        // Fields that nobody wants share the last slot of all.
                        let unwanted = wiring.next;
                        *slots = unwanted + 1;
                        covers.extend(wiring.covers);
                        let fields: Vec<usize> =
                            wiring.slots.into_iter().map(|slot| slot.unwrap_or(unwanted)).collect();
                        Reader::lowered(lowered, fields)?
                    }
                    Err(why) => {
                        let groups = (0..spec.names.len()).map(|i| (i + 1, group(i).unwrap_or(spare)));
                        let regex = RegexReader::compile(&spec.pattern, groups.collect());
                        Reader::Regex(Box::new(regex.map_err(CompileError::Regex)?), why)
                    }
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
        Ok(Reader::Pattern(Variants::of_fields(lowered.pattern, slots)))
    }
}

/// The derivations that fill the slots of `names`, sources first.
fn derives(
    names: &[String],
    is_logged: &dyn Fn(&str) -> bool,
    is_given: &dyn Fn(&str) -> bool,
    slot_of: impl Fn(&str) -> usize,
    spare: usize,
) -> Vec<Derive> {
    let slot = |name: &str| if is_logged(name) { spare } else { slot_of(name) };
    // The slot of `name` if it is wanted and derived from `source`.
    let derived = |name: &str, source: &str| {
        let from = sources_of(name, is_given);
        Some(slot(name)).filter(|slot| *slot != spare && from.iter().any(|from| from == source))
    };
    let mut out = Vec::new();
    if let Some(to) = derived("time", "date") {
        out.push(Derive::Join { first: slot_of("date"), second: slot_of("time_of_day"), to });
    }
    if let Some(to) = derived("remote_ip_list", "forwarded_for") {
        out.push(Derive::Join { first: slot_of("forwarded_for"), second: slot_of("remote_addr"), to });
    }
    if let Some(to) = derived("level", "level_letter") {
        out.push(Derive::Level { from: slot_of("level_letter"), to });
    }
    if let Some(to) = derived("request_time", "latency") {
        out.push(Derive::WithoutUnit { from: slot_of("latency"), to });
    }
    for (name, label) in LABELS {
        if let Some(to) = derived(name, "context") {
            out.push(Derive::Labelled { from: slot_of("context"), to, label });
        }
    }
    for (source, host, port) in [
        ("client", "remote_addr", "remote_port"),
        ("peer", "remote_addr", "remote_port"),
        ("upstream_addr", "upstream_host", "upstream_port"),
    ] {
        let places = [derived(host, source), derived(port, source)];
        if places != [None; 2] {
            let [host, port] = places.map(|place| place.unwrap_or(spare));
            let port_is = if source == "client" { Port::Certain } else { Port::Possible };
            out.push(Derive::Address { from: slot_of(source), host, port, port_is });
        }
    }
    let request = [slot("method"), slot("target"), slot("protocol")];
    if let [method, target, protocol] = request
        && request != [spare; 3]
    {
        out.push(Derive::Request { from: slot_of("request"), method, target, protocol });
    }
    let authority = [derived("scheme", "target"), derived("vhost", "target")];
    if authority != [None; 2] {
        let [scheme, host] = authority.map(|place| place.unwrap_or(spare));
        out.push(Derive::Authority { from: slot_of("target"), scheme, host });
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
    for name in names {
        if let Some((field, view)) = View::of_name(name)
            && !is_logged(name)
        {
            let from = slot_of(if is_logged(field) { field } else { canonical(field) });
            out.push(Derive::View { from, to: slot_of(name), view });
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
