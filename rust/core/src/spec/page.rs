//! The reference pages `docs/configuration.md` and `docs/problems.md`, made from the tables that the
//! reader uses; `make docs` writes them.

use std::fmt::Write as _;

use super::codes::CODES;
use super::schema::{Holds, Key, Section};
use super::sections::SECTIONS;

const NOTE: &str = "<!-- Made by `make docs` from rust/core/src/spec; changes here are lost. -->\n";

/// The page of all tables and keys.
pub fn configuration() -> String {
    let mut page = format!(
        "{NOTE}
# Configuration

A configuration is a [TOML](https://toml.io) file. `logagent check FILE` lists everything that is wrong with
it, and with `--show` what it means. [Problems](problems.md) explains the codes.

- Unknown keys are refused.
- Durations have units: `\"250ms\"`, `\"10s\"`, `\"5m\"`, `\"1h30m\"`. So have sizes, with decimal or binary
  prefixes: `\"10MB\"`, `\"64KiB\"`.
- `${{NAME}}` in a string marked with $ below is replaced by that environment variable, which has to be set;
  `$${{` stands for `${{`. All other strings are taken as they are.
- Paths of `include`, `rules_file`, `[geoip]`, and of keys and users in `[agent]` start in the directory of the file that names them.
"
    );
    for section in SECTIONS {
        let _ = write!(page, "\n## {}\n\n{}\n\n", title(section), section.meaning);
        page.push_str("| key | holds | default | meaning |\n|---|---|---|---|\n");
        section.keys.iter().for_each(|key| row(&mut page, key));
        let _ = write!(page, "\n```toml\n{}```\n", section.example);
    }
    page
}

/// The page of all codes.
pub fn problems() -> String {
    let mut page = format!(
        "{NOTE}
# Problems

`logagent check` ends each problem with its code in brackets. Codes are stable: scripts may rely on them.
An error makes the configuration unusable, a warning does not.

| code | is | reported when |
|---|---|---|
"
    );
    for code in CODES {
        let _ = writeln!(page, "| `{}` | {} | {} |", code.name, code.severity.name(), code.meaning);
    }
    page
}

fn row(page: &mut String, key: &Key) {
    let default = match key.default.strip_prefix('(') {
        Some(words) => words.trim_end_matches(')').replace('$', "\\$"),
        None => format!("`{}`", key.default),
    };
    let mark = if key.holds.has_variables() { " $" } else { "" };
    let holds = match key.holds {
        Holds::Table(section) | Holds::Tables(section) | Holds::NamedTables(section) => {
            format!("[{}](#{})", key.holds.words(), anchor(section))
        }
        holds => holds.words(),
    };
    let _ = writeln!(page, "| `{}` | {holds}{mark} | {default} | {} |", key.name, key.meaning);
}

/// Tables are set as code; the whole file has a name in words.
fn title(section: &Section) -> String {
    if section.heading.contains('[') { format!("`{}`", section.heading) } else { section.heading.to_owned() }
}

/// The anchor that Markdown gives a heading: lower case, hyphens for spaces, no punctuation.
fn anchor(section: &Section) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, '_' | '-' | ' ');
    section.heading.chars().filter(kept).collect::<String>().to_lowercase().replace(' ', "-")
}
