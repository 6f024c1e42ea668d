//! Which fields a format gives: those it logs, and those that follow from them.

use crate::format::field::canonical;
use crate::format::{Format, Kind};
use crate::scan::derive::View;
use crate::scan::list::ListTake;

/// Fields that follow from others, and from which; sources come before what is derived from them.
pub(super) const DERIVED: &[(&str, &[&str])] = &[
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
    ("upstream_addr_list", &["upstream_addr"]),
    ("method", &["request"]),
    ("target", &["request"]),
    ("protocol", &["request"]),
    ("vhost", &["target"]),
    ("scheme", &["target"]),
    ("path", &["target"]),
    ("query", &["target"]),
    ("query", &["search"]),
    ("section", &["path"]),
    ("status_class", &["status"]),
];

/// Fields that a parsed line shows only where somebody asks for them.
pub(super) const QUIET: &[&str] = &["section", "status_class", "upstream_host", "upstream_port", "scheme"];

/// Fields whose decoded views a parsed line shows where they differ.
pub(super) const VIEWED: &[&str] =
    &["path_decoded", "user_agent_decoded", "path_unescaped", "user_agent_unescaped"];

/// Prefix of a field that is one parameter of the query.
pub(super) const PARAMETER: &str = "query.";

/// What `name` is derived from, of the fields that `is_given`; nothing if it is no derived field.
pub(super) fn sources_of(name: &str, is_given: &dyn Fn(&str) -> bool) -> Vec<String> {
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
pub(super) fn own_name<'a>(name: &'a str, logged: &'a [(Option<String>, Kind)]) -> &'a str {
    let names = || logged.iter().filter_map(|(known, _)| known.as_deref());
    if names().any(|known| known == name) {
        return name;
    }
    let wanted = canonical(name);
    let found = names().find(|known| *known == wanted);
    found.or_else(|| names().find(|known| canonical(known) == wanted)).unwrap_or(wanted)
}

/// Whether `name` is logged, or follows from logged fields.
pub(super) fn is_given(name: &str, is_logged: &dyn Fn(&str) -> bool) -> bool {
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

/// The fields that a parsed line shows, and those derived ones that it leaves out.
pub fn shown_and_quiet(format: &Format) -> Vec<String> {
    let mut names = logged_and_split(format);
    let quiet = |name: &String| QUIET.contains(&name.as_str()) && !names.contains(name);
    let left_out: Vec<String> = offered(format).into_iter().filter(quiet).collect();
    names.extend(left_out);
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
