//! The table of problem codes: stable names that scripts may rely on. `docs/problems.md` is made from it.

/// Whether a configuration can be used in spite of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It cannot.
    Error,
    /// It can, but is probably not meant so.
    Warning,
}

impl Severity {
    /// `error` or `warning`.
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// A kind of problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// Its stable name.
    pub name: &'static str,
    /// Whether the configuration can be used in spite of it.
    pub severity: Severity,
    /// When it is reported, in one sentence.
    pub meaning: &'static str,
}

const fn error(name: &'static str, meaning: &'static str) -> Code {
    Code { name, severity: Severity::Error, meaning }
}

const fn warning(name: &'static str, meaning: &'static str) -> Code {
    Code { name, severity: Severity::Warning, meaning }
}

/// Every kind of problem. Order is the order of the documentation.
#[rustfmt::skip] // one code a line
pub static CODES: &[Code] = &[
    error("syntax", "The text is not TOML, or a table of rules is not CSV."),
    error("unknown-key", "A table has a key that is not known there."),
    error("missing-key", "A table lacks a key that it needs."),
    error("misplaced-key", "A key does not belong beside the others, such as `buckets` in a counter."),
    error("wrong-type", "A value has the wrong type, such as a number where a string belongs."),
    error("bad-value", "A value has the right type and cannot be used: out of range, not ascending, empty."),
    error("bad-name", "A metric or category has a name that Prometheus would refuse."),
    error("bad-format", "A format is malformed, or cannot be used for the fields that are asked for."),
    error("exposed-address", "Other machines could reach the service, and neither TLS nor a token nor users protect it."),
    error("unknown-type", "A source, sink, checker or receiver is of a type that is not known, or not installed."),
    error("repeated-name", "Two tables of one kind, or two labels, have the same name."),
    error("unknown-field", "A name is neither a field of the source's format nor a category."),
    error("bad-condition", "A condition is malformed, or uses what is not supported."),
    error("bad-regex", "A regex is malformed, or needs more memory than is allowed."),
    error("unknown-group", "A name or replacement uses a group that its regexes do not have."),
    error("category-cycle", "Categories need each other's values."),
    error("unset-variable", "An environment variable in `${NAME}` is not set."),
    error("unreadable-file", "A file that the configuration names cannot be read, is not UTF-8, or no such database."),
    warning("unbounded-label", "A label can take any number of values, so the metric will run into its limit."),
    warning("unreachable-rule", "A rule of a category can never win, since an earlier one takes all that it takes."),
    warning("nothing-to-read", "There is no source, or a source has no `paths`."),
    warning("unread-log", "A log of a web server's configuration lacks a field that is asked for, and is left out."),
    warning("nothing-to-count", "There is no metric."),
];

/// The code of this name.
pub fn find(name: &str) -> Option<&'static Code> {
    CODES.iter().find(|code| code.name == name)
}
