//! How the slots of derived fields are filled.

use super::names::{PARAMETER, sources_of};
use crate::format::field::canonical;
use crate::scan::derive::{Derive, Port, View};
use crate::scan::list::ListTake;

/// The labels of an error message's context, and the fields they are.
const LABELS: &[(&str, &str)] = &[
    ("remote_addr", "client"),
    ("server_name", "server"),
    ("request", "request"),
    ("upstream_addr", "upstream"),
    ("vhost", "host"),
    ("referer", "referrer"),
];

/// The derivations that fill the slots of `names`, sources first.
pub(super) fn derives(
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
    let mut query = slot("query");
    if let Some(to) = derived("query", "search") {
        out.push(Derive::Target { from: slot_of("search"), path: spare, query: to });
        query = spare;
    }
    let path = slot("path");
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
