//! The page `docs/formats.md`, made from the tables of named formats; `make docs` writes it.

use std::fmt::Write as _;

use super::named::{FAMILIES, NamedFormat};

/// The fields that a named format gives, derived ones included; those of an envelope are left out.
/// Where a header names the columns, the fields are those of the example.
pub fn fields(named: &NamedFormat) -> Vec<String> {
    let resolved = named.format().ok().and_then(|format| format.resolve(named.example.as_bytes()).ok());
    resolved.map(|resolved| crate::scan::offered(resolved.format.unwrapped())).unwrap_or_default()
}

/// The page of all named formats.
pub fn formats() -> String {
    let mut page = String::from(
        "<!-- Made by `make docs` from rust/core/src/format/named; changes here are lost. -->

# Formats

`--format` and a source's `format` take these names, `auto`, and whatever
[`logagent scan --help`](../README.md) lists. `logagent formats` shows them too. Every format can be put
inside an envelope: `syslog:NAME`, `docker:NAME`, `cri:NAME`, `journald:NAME`.
",
    );
    for (family, formats) in FAMILIES {
        let _ = write!(page, "\n## {family}\n");
        for named in formats {
            let _ = write!(
                page,
                "\n### {}\n\n{}.\n\n```text\n{}\n```\n\nFields: {}\n",
                named.name,
                named.description,
                named.example,
                list(&fields(named))
            );
        }
    }
    page
}

fn list(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
