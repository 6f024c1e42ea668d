//! `[formats.NAME]`.

use crate::format::{Format, FormatError, JsonSpec, KeyedField, RegexSpec, apache, field, nginx};
use crate::scan::{CompileError, Scanner};
use crate::spec::Text;
use crate::spec::keys::Keys;

/// The formats under `[formats]`: name, and the format unless it is wrong.
pub(super) type Formats = Vec<(Text, Option<Format>)>;

/// Reads a `[formats.NAME]` table: just one of its keys says how lines are written.
pub(super) fn read(mut keys: Keys<'_, '_>) -> Option<Format> {
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
    let ways = ["nginx", "apache", "regex", "json"];
    let given = ways.iter().filter(|way| keys.has(way)).count();
    let is_planned = keys.has_planned();
    if given != 1 && !(given == 0 && is_planned) {
        let message = "a format needs just one of the keys `nginx`, `apache`, `regex`, `json`";
        keys.problem("bad-format", keys.span(), message, None);
    }
    keys.finish();
    [nginx, apache, regex, json].into_iter().flatten().next().flatten()
}

fn regex(keys: &Keys<'_, '_>, text: &Text, names: &[Text]) -> Option<Format> {
    let names: Vec<&str> = names.iter().map(|name| name.value.as_str()).collect();
    let names = (!names.is_empty()).then_some(names.as_slice());
    let format = checked(keys, text, RegexSpec::new(&text.value, names).map(Format::Regex))?;
    // Whether the engine takes it (it may be too large) is told here, not at each source.
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
