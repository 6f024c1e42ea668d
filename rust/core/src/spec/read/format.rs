//! `[formats.NAME]`.

use crate::format::server_conf::{self, Server, ServerLog};
use crate::format::{Format, FormatError, JsonSpec, KeyedField, RegexSpec, apache, field, grok, nginx};
use crate::scan::{CompileError, Scanner};
use crate::spec::Text;
use crate::spec::keys::Keys;
use crate::spec::surroundings::beside;

/// The formats under `[formats]`: name, and the format unless it is wrong.
pub(super) type Formats = Vec<(Text, Option<Declared>)>;

/// What a `[formats.NAME]` table declares.
#[derive(Debug, Clone)]
pub(super) enum Declared {
    /// How lines are written.
    Format(Format),
    /// The logs of a web server, by their formats; at least one.
    Server(Vec<ServerLog>),
}

/// Reads a `[formats.NAME]` table: just one of its keys says how lines are written.
pub(super) fn read(mut keys: Keys<'_, '_>) -> Option<Declared> {
    let nginx =
        keys.text("nginx").map(|text| checked(&keys, &text, nginx::parse(&text.value).map(Format::Text)));
    let apache =
        keys.text("apache").map(|text| checked(&keys, &text, apache::parse(&text.value).map(Format::Text)));
    let names = keys.some_texts("fields");
    let regex = keys.text("regex").map(|text| regex(&keys, &text, &names));
    if keys.has("fields") && !keys.has("regex") {
        let message = "`fields` names the groups of a `regex`, and there is none";
        keys.problem("misplaced-key", keys.key_span("fields"), message, None);
    }
    let json = keys.named_texts("json").map(|entries| json(&keys, entries));
    let own = keys.named_texts("patterns").unwrap_or_default();
    let grok = keys.text("grok").map(|text| grok(&keys, &text, own));
    let name = keys.text("name");
    let conf = [("nginx_conf", Server::Nginx), ("apache_conf", Server::Apache)]
        .map(|(key, server)| keys.text(key).map(|path| of_server(&keys, server, &path, name.as_ref())));
    let [nginx_conf, apache_conf] = conf;
    let text = keys.text("text").map(|text| checked(&keys, &text, crate::format::spec::parse(&text.value)));
    for (key, owner) in [("patterns", "grok"), ("name", "nginx_conf")] {
        if keys.has(key) && !keys.has(owner) && !(key == "name" && keys.has("apache_conf")) {
            let message = format!("`{key}` belongs to `{owner}`, and there is none");
            keys.problem("misplaced-key", keys.key_span(key), &message, None);
        }
    }
    let ways = ["nginx", "apache", "regex", "json", "grok", "nginx_conf", "apache_conf", "text"];
    if ways.iter().filter(|way| keys.has(way)).count() != 1 {
        let message = format!("a format needs just one of the keys `{}`", ways.join("`, `"));
        keys.problem("bad-format", keys.span(), &message, None);
    }
    keys.finish();
    let format = [nginx, apache, regex, json, grok, text].into_iter().flatten().next();
    match format {
        Some(format) => format.map(Declared::Format),
        None => [nginx_conf, apache_conf].into_iter().flatten().next().flatten().map(Declared::Server),
    }
}

fn grok(keys: &Keys<'_, '_>, text: &Text, own: Vec<(Text, Text)>) -> Option<Format> {
    let own: Vec<(String, String)> = own.into_iter().map(|(name, regex)| (name.value, regex.value)).collect();
    let format = checked(keys, text, grok::parse(&text.value, &own).map(Format::Regex))?;
    usable(keys, text, format)
}

/// The logs of a web server's configuration.
fn of_server(
    keys: &Keys<'_, '_>,
    server: Server,
    path: &Text,
    name: Option<&Text>,
) -> Option<Vec<ServerLog>> {
    let document = keys.document();
    let resolved = beside(&path.value, document.origin);
    let found = server_conf::read(server, &resolved, document.surroundings)
        .map_err(|reason| ("unreadable-file", reason))
        .and_then(|logs| {
            let logs = logs.by_format(server, name.map(|name| name.value.as_str()));
            logs.map_err(|reason| ("bad-format", format!("{resolved}: {reason}")))
        });
    found.map_err(|(code, message)| keys.problem(code, path.span.clone(), &message, None)).ok()
}

fn regex(keys: &Keys<'_, '_>, text: &Text, names: &[Text]) -> Option<Format> {
    let names: Vec<&str> = names.iter().map(|name| name.value.as_str()).collect();
    let names = (!names.is_empty()).then_some(names.as_slice());
    let format = checked(keys, text, RegexSpec::new(&text.value, names).map(Format::Regex))?;
    usable(keys, text, format)
}

/// Whether the engine takes a regex (it may be too large) is told here, not at each source.
fn usable(keys: &Keys<'_, '_>, text: &Text, format: Format) -> Option<Format> {
    match Scanner::compile(&format, &[]) {
        Ok(_) => Some(format),
        Err(error) => {
            keys.problem("bad-format", text.span.clone(), error.to_string(), None);
            None
        }
    }
}

fn json(keys: &Keys<'_, '_>, entries: Vec<(Text, Text)>) -> Option<Format> {
    let mut spec = JsonSpec::default();
    let mut is_good = true;
    for (name, path) in entries {
        let field = field::canonical(&name.value).to_owned();
        if spec.fields.iter().any(|known| known.name == field) {
            let message = format!("the field `{field}` is mapped twice");
            keys.problem("repeated-name", name.span, message, None);
            is_good = false;
        }
        let single = Format::Json(JsonSpec { fields: vec![KeyedField::new(&field, &path.value)] });
        if let Err(error) = Scanner::compile(&single, &[]) {
            let (part, message) = match error {
                CompileError::Path(error) => (error.offset..error.offset + 1, error.problem.to_owned()),
                other => (0..0, other.to_string()),
            };
            keys.problem("bad-format", path.part(part), message, None);
            is_good = false;
        }
        let Format::Json(single) = single else { continue };
        spec.fields.extend(single.fields);
    }
    is_good.then_some(Format::Json(spec))
}

/// The format, or its mistake at its place.
pub(super) fn checked(
    keys: &Keys<'_, '_>,
    text: &Text,
    format: Result<Format, FormatError>,
) -> Option<Format> {
    format.map_err(|error| keys.problem("bad-format", text.part(error.span), error.message, error.hint)).ok()
}
