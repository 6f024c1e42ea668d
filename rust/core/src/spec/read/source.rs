//! `[[source]]`.

use std::ops::Range;

use super::format::{Formats, checked};
use super::typed::TypedSpec;
use crate::format::{self, Format};
use crate::spec::keys::Keys;
use crate::spec::{Text, did_you_mean};

/// One configured input.
#[derive(Debug, Clone)]
pub struct SourceSpec {
    /// Its name, unique.
    pub name: Text,
    /// Files and globs.
    pub paths: Vec<Text>,
    /// Files and globs that are left out of `paths`.
    pub exclude: Vec<Text>,
    /// How its lines are written.
    pub format: Format,
    /// The format as it is named.
    pub format_name: String,
    /// Where the format is named, for problems that show up when it is compiled.
    pub format_span: Range<usize>,
    /// Where to begin in files that were never seen before.
    pub read_from: ReadFrom,
    /// What is read, and the keys that only this type knows.
    pub typed: TypedSpec,
}

/// The type of sources that are files.
pub const FILES: &str = "files";

/// Where to begin in files that were never seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadFrom {
    /// With their first line.
    Beginning,
    /// Behind what they hold already.
    End,
}

impl SourceSpec {
    /// `formats` are those of `[formats]`, `None` for one that is wrong. What is wrong is reported; some
    /// value stands for it, so that the rest is checked too.
    pub(super) fn read(mut keys: Keys<'_, '_>, formats: &Formats) -> SourceSpec {
        let kind = keys.text_or_default("type");
        let paths = keys.some_texts("paths");
        let exclude = keys.texts("exclude");
        let named = keys.text_or_default("format");
        let format =
            if keys.has("format") { named_format(&keys, &named, formats) } else { Some(Format::Auto) };
        let format_span = keys.value_span("format");
        let read_from = match keys.choice("read_from") {
            Some("end") => ReadFrom::End,
            _ => ReadFrom::Beginning,
        };
        if kind.value == FILES {
            let name = keys.required_text("name").unwrap_or_default();
            let typed = TypedSpec { name: name.clone(), kind, keys: Vec::new(), span: keys.span() };
            keys.finish();
            return SourceSpec {
                name,
                paths,
                exclude,
                format: format.unwrap_or(Format::Auto),
                format_name: named.value,
                format_span,
                read_from,
                typed,
            };
        }
        for key in ["paths", "exclude"].into_iter().filter(|key| keys.has(key)) {
            let message = format!("`{key}` is for sources of type `{FILES}`, and this is `{}`", kind.value);
            keys.problem("misplaced-key", keys.key_span(key), message, None);
        }
        let typed = TypedSpec::read(keys);
        SourceSpec {
            name: typed.name.clone(),
            paths,
            exclude,
            format: format.unwrap_or(Format::Auto),
            format_name: named.value,
            format_span,
            read_from,
            typed,
        }
    }
}

/// A name under `[formats]`, else whatever the command line takes.
fn named_format(keys: &Keys<'_, '_>, name: &Text, formats: &Formats) -> Option<Format> {
    if let Some((_, own)) = formats.iter().find(|(own, _)| own.value == name.value) {
        return own.clone();
    }
    let parsed = format::spec::parse(&name.value).map_err(|error| {
        match did_you_mean(&name.value, formats.iter().map(|(own, _)| own.value.as_str())) {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    });
    checked(keys, name, parsed)
}
