//! Apache: `LogFormat`, `CustomLog`, `GlobalLog`, `TransferLog` (`mod_log_config`), `Include`,
//! `IncludeOptional`, `Define`.
//!
//! `${NAME}` is what `Define` says, or the environment, or the file `envvars` beside the configuration, which
//! Debian starts the server with.

use std::collections::HashMap;

use super::words::{Syntax, directives};
use super::{MAX_FILES, ServerLogs, is_file, pattern_of, within};
use crate::spec::Surroundings;

/// The nickname under which `LogFormat` without one is kept: that of `TransferLog`.
const TRANSFER: &str = "TransferLog";
/// What `TransferLog` writes where no `LogFormat` says otherwise.
const COMMON: &str = r#"LogFormat "%h %l %u %t \"%r\" %>s %b""#;

struct Reading<'a> {
    surroundings: &'a dyn Surroundings,
    /// A file in the directory that relative paths start in.
    root: String,
    seen: Vec<String>,
    /// What `${NAME}` stands for.
    variables: HashMap<String, String>,
    logs: ServerLogs,
}

pub(super) fn read(main: &str, surroundings: &dyn Surroundings) -> Result<ServerLogs, String> {
    let mut reading = Reading {
        surroundings,
        root: main.to_owned(),
        seen: Vec::new(),
        variables: exported(&surroundings.read(&within("envvars", main)).unwrap_or_default()),
        logs: ServerLogs::default(),
    };
    reading.file(main)?;
    Ok(reading.logs)
}

/// The variables that a shell script sets: `export NAME=value`. Variables in a value are left out, as
/// `$SUFFIX` of Debian, which is empty for the one server that most machines have.
fn exported(script: &str) -> HashMap<String, String> {
    let set = script.lines().filter_map(|line| line.trim().strip_prefix("export ")?.split_once('='));
    let value = |text: &str| text.split('$').next().unwrap_or_default().trim_matches(['"', '\'']).to_owned();
    set.map(|(name, text)| (name.trim().to_owned(), value(text))).collect()
}

impl Reading<'_> {
    /// The word with `${NAME}` replaced by what it stands for; as it is where nothing says that.
    fn expanded(&self, word: &str) -> String {
        let mut out = String::new();
        let mut rest = word;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, behind)) = after.split_once('}') else { break };
            let own = self.variables.get(name).cloned();
            let value = own.or_else(|| self.surroundings.variable(name));
            let value = value.unwrap_or_else(|| format!("${{{name}}}"));
            out.push_str(before);
            out.push_str(&value);
            rest = behind;
        }
        out + rest
    }

    fn file(&mut self, path: &str) -> Result<(), String> {
        if self.seen.iter().any(|known| known == path) || self.seen.len() >= MAX_FILES {
            return Ok(());
        }
        self.seen.push(path.to_owned());
        let text = self.surroundings.read(path).map_err(|reason| format!("cannot read {path}: {reason}"))?;
        for directive in directives(&text, Syntax::Apache) {
            let name = directive[0].0.to_ascii_lowercase();
            let words: Vec<&str> = directive[1..].iter().map(|(text, _)| text.as_str()).collect();
            match (name.as_str(), words.as_slice()) {
                ("serverroot", [root]) => self.root = format!("{}/", self.expanded(root)),
                ("define", [name, value]) => {
                    let value = self.expanded(value);
                    self.variables.insert((*name).to_owned(), value);
                }
                ("include" | "includeoptional", [pattern]) => {
                    let pattern = within(&self.expanded(pattern), &self.root);
                    for path in self.surroundings.files(&pattern)? {
                        self.file(&path)?;
                    }
                }
                ("logformat", [_, nickname]) => {
                    self.logs.formats.push(((*nickname).to_owned(), format!("LogFormat {}", directive[1].1)));
                }
                ("logformat", [_]) => {
                    self.logs.formats.push((TRANSFER.to_owned(), format!("LogFormat {}", directive[1].1)));
                }
                ("transferlog", [path]) => {
                    if self.logs.formats.iter().all(|(name, _)| name != TRANSFER) {
                        self.logs.formats.push((TRANSFER.to_owned(), COMMON.to_owned()));
                    }
                    self.log(path, TRANSFER);
                }
                // A format that is written right here is its own name.
                ("customlog" | "globallog", [path, format, ..]) => {
                    if format.contains('%') {
                        self.logs
                            .formats
                            .push(((*format).to_owned(), format!("LogFormat {}", directive[2].1)));
                    }
                    self.log(path, format);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn log(&mut self, path: &str, format: &str) {
        if !is_file(path) {
            return;
        }
        let path = self.expanded(path);
        // What is left of `${NAME}` is told as an error; `$name` is a parameter of a macro.
        let path = if path.contains("${") { path } else { pattern_of(&path) };
        let pair = (within(&path, &self.root), format.to_owned());
        if !self.logs.files.contains(&pair) {
            self.logs.files.push(pair);
        }
    }
}
