//! `[[source]]`.

use std::ops::Range;

use super::format::{Declared, Formats, checked};
use super::typed::TypedSpec;
use crate::format::server_conf::ServerLog;
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
    /// Who named it.
    pub origin: Origin,
    /// What is read, and the keys that only this type knows.
    pub typed: TypedSpec,
}

/// The type of sources that are files.
pub const FILES: &str = "files";

/// Who named a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A table of the configuration.
    Table,
    /// A web server's configuration, which names logs in several formats.
    Server,
}

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
    /// value stands for it, so that the rest is checked too. A table whose logs and formats come from a web
    /// server's configuration is one source for each format.
    pub(super) fn read(mut keys: Keys<'_, '_>, formats: &Formats) -> Vec<SourceSpec> {
        let kind = keys.text_or_default("type");
        let paths = keys.some_texts("paths");
        let exclude = keys.texts("exclude");
        let named = keys.text_or_default("format");
        let declared = formats.iter().find(|(own, _)| own.value == named.value && keys.has("format"));
        let server = match declared {
            Some((_, Some(Declared::Server(logs)))) => logs.as_slice(),
            _ => &[],
        };
        let format = match declared {
            Some((_, declared)) => single(&keys, declared.as_ref(), kind.value == FILES && paths.is_empty()),
            None if keys.has("format") => written_format(&keys, &named, formats),
            None => Some(Format::Auto),
        };
        let format_span = keys.value_span("format");
        let read_from = match keys.choice("read_from") {
            Some("end") => ReadFrom::End,
            _ => ReadFrom::Beginning,
        };
        if kind.value == FILES {
            let name = keys.required_text("name").unwrap_or_default();
            let typed = TypedSpec { name: name.clone(), kind, keys: Vec::new(), span: keys.span() };
            keys.finish();
            let from_server = paths.is_empty();
            let place = named.clone();
            let source = SourceSpec {
                name,
                paths,
                exclude,
                format: format.unwrap_or(Format::Auto),
                format_name: named.value,
                format_span,
                read_from,
                origin: Origin::Table,
                typed,
            };
            if server.is_empty() || !from_server {
                return vec![source];
            }
            return server.iter().map(|log| source.of_server(log, server.len(), &place)).collect();
        }
        for key in ["paths", "exclude"].into_iter().filter(|key| keys.has(key)) {
            let message = format!("`{key}` is for sources of type `{FILES}`, and this is `{}`", kind.value);
            keys.problem("misplaced-key", keys.key_span(key), message, None);
        }
        let typed = TypedSpec::read(keys);
        vec![SourceSpec {
            name: typed.name.clone(),
            paths,
            exclude,
            format: format.unwrap_or(Format::Auto),
            format_name: named.value,
            format_span,
            read_from,
            origin: Origin::Table,
            typed,
        }]
    }

    /// This source for the files of one format; of several, it is named after the format too.
    fn of_server(&self, log: &ServerLog, formats: usize, place: &Text) -> SourceSpec {
        let mut source = self.clone();
        if formats > 1 {
            source.origin = Origin::Server;
            source.name = self.name.clone().replaced(format!("{}/{}", self.name.value, log.name));
            source.typed.name = source.name.clone();
        }
        source.paths = log.paths.iter().map(|path| place.clone().replaced(path.clone())).collect();
        source.format = log.format.clone();
        source
    }
}

/// The one format that is declared; of a server's several, some, as long as its files are read too.
fn single(keys: &Keys<'_, '_>, declared: Option<&Declared>, from_server: bool) -> Option<Format> {
    match declared? {
        Declared::Format(format) => Some(format.clone()),
        Declared::Server(logs) => {
            if logs.len() > 1 && !from_server {
                let names: Vec<&str> = logs.iter().map(|log| log.name.as_str()).collect();
                let message = format!("the server's logs have several formats: {}", names.join(", "));
                let hint = "leave `paths` out, so that each file is read in its own, or choose one with \
                            `name` in [formats]";
                keys.problem("bad-format", keys.value_span("format"), message, Some(hint.to_owned()));
            }
            logs.first().map(|log| log.format.clone())
        }
    }
}

/// Whatever the command line takes.
fn written_format(keys: &Keys<'_, '_>, name: &Text, formats: &Formats) -> Option<Format> {
    let parsed = format::spec::parse(&name.value).map_err(|error| {
        match did_you_mean(&name.value, formats.iter().map(|(own, _)| own.value.as_str())) {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    });
    checked(keys, name, parsed)
}
