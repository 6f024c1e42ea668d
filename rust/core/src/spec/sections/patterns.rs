//! `[patterns.NAME]`.

use super::key;
use crate::spec::schema::Holds::{Choice, Duration, Integer, Literals};
use crate::spec::schema::{Others, Section};

/// What is done with lines.
pub const PATTERN_MODES: &[&str] = &["learn", "frozen"];

/// `[patterns.NAME]`.
pub static PATTERNS: Section = Section {
    heading: "[patterns.NAME]",
    meaning: "The patterns of log lines, learnt while they are read (see [patterns](patterns.md)). Its name is \
        that of the model, which is kept in the state. Lines are counted by pattern, and the id of a line's \
        pattern is the category `template`. A source in it may lack fields that others have: no metric counts \
        it then.",
    keys: &[
        key(
            "sources",
            Literals,
            "(the source of the same name)",
            "The sources whose lines are learnt from; a source belongs to one model.",
        ),
        key(
            "mode",
            Choice(PATTERN_MODES),
            "\"learn\"",
            "`learn`: from every line; `frozen`: lines are only matched with what the model has.",
        ),
        key(
            "learning",
            Duration,
            "\"1h\"",
            "How long a new model learns before new patterns are findings, up to 100 years.",
        ),
        key("learning_lines", Integer, "1000", "The least lines that it has learnt from by then."),
        key(
            "top",
            Integer,
            "50",
            "Patterns that are counted apart, of each model, up to 1000; the lines of others are counted together.",
        ),
    ],
    others: Others::Refused,
    example: r#"[[source]]
name = "app"
paths = ["/var/log/app/*.log"]
format = "raw"

[patterns.app]
sources = ["app"]
mode = "learn"
learning = "2h"
learning_lines = 10_000
top = 100
"#,
};
