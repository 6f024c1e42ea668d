//! What the tables of a configuration may hold. The reader asks here which keys are known, and
//! `docs/configuration.md` is made from it.

/// A kind of table.
#[derive(Debug)]
pub struct Section {
    /// How people write and name it, such as `[[source]]`.
    pub heading: &'static str,
    /// What it is for, in one or two sentences.
    pub meaning: &'static str,
    /// Its keys. Order is the order of the documentation.
    pub keys: &'static [Key],
    /// What becomes of further keys.
    pub others: Others,
    /// A configuration that has each of the keys; none for tables inside of others.
    pub example: &'static str,
}

/// What becomes of the keys that a section does not list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    /// They are refused.
    Refused,
    /// The type that the table names knows them: they are passed on, `${NAME}` replaced.
    OfType,
}

/// A key of a table.
#[derive(Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub holds: Holds,
    /// What is meant without it, in TOML; or, beginning with `(`, in words.
    pub default: &'static str,
    /// What it says, in a sentence or two.
    pub meaning: &'static str,
}

/// The type of a value.
#[derive(Debug, Clone, Copy)]
pub enum Holds {
    /// A string in which `${NAME}` is an environment variable.
    Text,
    /// A string that is taken as it is.
    Literal,
    /// A list of strings in which `${NAME}` is an environment variable.
    Texts,
    /// A list of strings that are taken as they are.
    Literals,
    /// A string or a list of strings, taken as they are.
    LiteralOrLiterals,
    /// One of these strings.
    Choice(&'static [&'static str]),
    /// `true` or `false`.
    Boolean,
    /// A string such as `10s`.
    Duration,
    /// A string such as `64MB`.
    Size,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// A list of numbers.
    Numbers,
    /// A list of numbers, durations (`250ms`) and sizes (`64KiB`).
    Quantities,
    /// A table of names and strings.
    Names,
    /// A table of names and lists of strings.
    NamedLists,
    /// A table of this kind.
    Table(&'static Section),
    /// A list of tables of this kind.
    Tables(&'static Section),
    /// A table of named tables of this kind.
    NamedTables(&'static Section),
}

impl Holds {
    /// What a value of this type is, in words.
    pub fn words(self) -> String {
        match self {
            Holds::Text | Holds::Literal => "a string".to_owned(),
            Holds::Texts | Holds::Literals => "a list of strings".to_owned(),
            Holds::LiteralOrLiterals => "a string or a list of strings".to_owned(),
            Holds::Choice(choices) => format!("one of `{}`", choices.join("`, `")),
            Holds::Duration => "a duration such as \"10s\" or \"1h30m\"".to_owned(),
            Holds::Size => "a size such as \"64KiB\" or \"10MB\"".to_owned(),
            Holds::Boolean => "`true` or `false`".to_owned(),
            Holds::Integer => "a whole number".to_owned(),
            Holds::Number => "a number".to_owned(),
            Holds::Numbers => "a list of numbers".to_owned(),
            Holds::Quantities => "a list of numbers, durations (\"250ms\") or sizes (\"64KiB\")".to_owned(),
            Holds::Names => "a table of strings".to_owned(),
            Holds::NamedLists => "a table of lists of strings".to_owned(),
            Holds::Table(_) => "a table".to_owned(),
            Holds::Tables(section) if !section.heading.starts_with('[') => "a list of tables".to_owned(),
            Holds::Tables(section) => format!("tables, as in {}", section.heading),
            Holds::NamedTables(section) => format!("named tables, as in {}", section.heading),
        }
    }

    /// Whether `${NAME}` is replaced in it.
    pub const fn has_variables(self) -> bool {
        matches!(self, Holds::Text | Holds::Texts)
    }
}

impl Section {
    /// The key of this name.
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}
