//! nginx: `log_format` and `access_log` (`ngx_http_log_module`), `include`.

use super::words::{Syntax, directives};
use super::{MAX_FILES, ServerLogs, is_file, pattern_of, within};
use crate::spec::Surroundings;

pub(super) fn read(main: &str, surroundings: &dyn Surroundings) -> Result<ServerLogs, String> {
    let mut logs = ServerLogs::default();
    let mut seen = Vec::new();
    read_file(main, main, surroundings, &mut seen, &mut logs)?;
    Ok(logs)
}

fn read_file(
    path: &str,
    main: &str,
    surroundings: &dyn Surroundings,
    seen: &mut Vec<String>,
    logs: &mut ServerLogs,
) -> Result<(), String> {
    if seen.iter().any(|known| known == path) || seen.len() >= MAX_FILES {
        return Ok(()); // the same file in two places, or in a circle
    }
    seen.push(path.to_owned());
    let text = surroundings.read(path).map_err(|reason| format!("cannot read {path}: {reason}"))?;
    for directive in directives(&text, Syntax::Nginx) {
        let words: Vec<&str> = directive.iter().map(|(text, _)| text.as_str()).collect();
        match words.as_slice() {
            ["include", pattern] => {
                for path in surroundings.files(&within(pattern, main))? {
                    read_file(&path, main, surroundings, seen, logs)?;
                }
            }
            ["log_format", name, _, ..] => {
                let written: Vec<&str> = directive[1..].iter().map(|(_, written)| written.as_str()).collect();
                logs.formats.push(((*name).to_owned(), format!("log_format {};", written.join(" "))));
            }
            ["access_log", "off", ..] => {}
            ["access_log", path, rest @ ..] if is_file(path) => {
                let format = rest.first().filter(|word| !word.contains('=')).unwrap_or(&"combined");
                let pair = (within(&pattern_of(path), main), (*format).to_owned());
                if !logs.files.contains(&pair) {
                    logs.files.push(pair);
                }
            }
            _ => {}
        }
    }
    Ok(())
}
