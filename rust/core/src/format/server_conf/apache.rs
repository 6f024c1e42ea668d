//! Apache: `LogFormat`, `CustomLog`, `TransferLog` (`mod_log_config`), `Include`, `IncludeOptional`.

use super::words::{Syntax, directives};
use super::{MAX_FILES, ServerLogs, within};
use crate::spec::Surroundings;

/// The nickname under which `LogFormat` without one is kept: that of `TransferLog`.
const TRANSFER: &str = "TransferLog";

struct Reading<'a> {
    surroundings: &'a dyn Surroundings,
    /// A file in the directory that relative paths start in.
    root: String,
    seen: Vec<String>,
    logs: ServerLogs,
}

pub(super) fn read(main: &str, surroundings: &dyn Surroundings) -> Result<ServerLogs, String> {
    let mut reading =
        Reading { surroundings, root: main.to_owned(), seen: Vec::new(), logs: ServerLogs::default() };
    reading.file(main)?;
    Ok(reading.logs)
}

impl Reading<'_> {
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
                ("serverroot", [root]) => self.root = format!("{root}/"),
                ("include" | "includeoptional", [pattern]) => {
                    for path in self.surroundings.files(&within(pattern, &self.root))? {
                        self.file(&path)?;
                    }
                }
                ("logformat", [_, nickname]) => {
                    self.logs.formats.push(((*nickname).to_owned(), format!("LogFormat {}", directive[1].1)));
                }
                ("logformat", [_]) => {
                    self.logs.formats.push((TRANSFER.to_owned(), format!("LogFormat {}", directive[1].1)));
                }
                ("transferlog", [path]) => self.log(path, TRANSFER),
                // A format that is written right here is its own name.
                ("customlog", [path, format, ..]) => {
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
        if path.starts_with('|') || path.starts_with("syslog:") {
            return;
        }
        let pair = (within(path, &self.root), format.to_owned());
        if !self.logs.files.contains(&pair) {
            self.logs.files.push(pair);
        }
    }
}
