//! The one shape of all text formats: literals and fields that together cover a whole line.
//!
//! The meaning of a pattern is *defined* by [`Pattern::to_regex`]: a line matches exactly when that
//! regex, anchored at both ends, matches it by leftmost-first rules, and each field is the regex's
//! group. The delimiter scanner (`scan::delimiter`) is an optimisation of that regex and is held
//! equal to it by property tests.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::field::Kind;
use super::run::Run;

/// A declared text format: pieces in the order of the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// Literals and fields. Two fields may be neighbours only if the first one's class bounds
    /// itself; the regex decides, so nothing is wrong, only slower.
    pub pieces: Vec<Piece>,
}

/// One piece of a [`Pattern`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// These bytes, exactly. Never empty, never holding a line feed.
    Literal(Box<[u8]>),
    /// A part of the line that varies.
    Field(Field),
    /// A field that may be left out, together with the literals around it; taken where it can be.
    Optional(Optional),
}

/// A field that may be left out, together with the literals around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Optional {
    /// Before the field; not empty.
    pub lead: Box<[u8]>,
    /// The field.
    pub field: Field,
    /// Behind it; perhaps empty.
    pub tail: Box<[u8]>,
}

/// A part of the line that varies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Canonical name (see [`super::field`]); `None` is checked and never stored.
    pub name: Option<String>,
    /// How the text is to be read as a value.
    pub kind: Kind,
    /// Which bytes the field may hold.
    pub class: Class,
}

/// Which bytes a field may hold; each variant's text gives its regex (bytes, no line feed).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// One or more bytes that are not a space: `[^ ]+`.
    Word,
    /// Two words with one space between, such as a time and its zone: `[^ ]+ [^ ]+`.
    TwoWords,
    /// `-` or decimal digits: `(?:-|[0-9]+)`.
    Digits,
    /// `-` or a decimal number with an optional sign and fraction: `(?:-?[0-9]+(?:\.[0-9]+)?|-)`.
    Decimal,
    /// Words joined by `, ` or ` : `, nginx's lists of upstreams: `[^ ,]+(?:(?:, | : )[^ ,]+)*`.
    List,
    /// The inside of double quotes; a backslash takes the next byte with it: `(?:[^"\\]|\\.)*`.
    Quoted,
    /// The inside of square brackets: `[^\]]*`.
    Bracketed,
    /// The shortest run, perhaps empty, up to the next literal, or the rest of the line: `.*?`.
    Lazy,
    /// Bytes of one set in a row: `[set]{least,most}`, what regexes are lowered to.
    Run(Run),
    /// Bytes, perhaps none, that are neither a space nor this delimiter: `[^ /]*` before a slash.
    Before(u8),
    /// A plus sign or nothing, as `HAProxy` writes before a number that still grew: `\+?`.
    Plus,
    /// Spaces, perhaps none, that pad a column: ` *`.
    Blanks,
    /// Capital letters and underscores, such as `TCP_MISS`: `[A-Z_]+`.
    Code,
    /// A date of digits and a word behind it, `20261121 10:15:32`, perhaps without the year:
    /// `(?:[0-9]{4})?(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01]) [^ ]+`.
    CompactTime,
    /// Nothing, or a space and whatever follows, where a format may get further fields: `(?: .*)?`.
    More,
}

impl Class {
    /// The regex of this class, for one line without its line feed.
    pub fn regex(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Class::Word => "[^ ]+",
            Class::TwoWords => "[^ ]+ [^ ]+",
            Class::Digits => "(?:-|[0-9]+)",
            Class::Decimal => r"(?:-?[0-9]+(?:\.[0-9]+)?|-)",
            Class::List => "[^ ,]+(?:(?:, | : )[^ ,]+)*",
            Class::Quoted => r#"(?:[^"\\]|\\.)*"#,
            Class::Bracketed => r"[^\]]*",
            Class::Lazy => ".*?",
            Class::Run(run) => return Cow::Owned(run.to_string()),
            Class::Before(delimiter) => return Cow::Owned(format!("[^ \\x{delimiter:02x}]*")),
            Class::Plus => r"\+?",
            Class::Blanks => " *",
            Class::Code => "[A-Z_]+",
            Class::CompactTime => "(?:[0-9]{4})?(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01]) [^ ]+",
            Class::More => "(?: .*)?",
        })
    }

    /// What a person is told was expected here.
    pub fn describe(self) -> &'static str {
        match self {
            Class::Word => "a word without spaces",
            Class::TwoWords => "two words with a space between",
            Class::Digits => "digits or \"-\"",
            Class::Decimal => "a number or \"-\"",
            Class::List => "a word, or words separated by \", \" or \" : \"",
            Class::Quoted => "text up to a closing quote",
            Class::Bracketed => "text up to a closing bracket",
            Class::Lazy => "text",
            Class::Run(_) => "other bytes",
            Class::Before(_) => "text without spaces up to the next delimiter",
            Class::Plus => "a plus sign or a number",
            Class::Blanks => "spaces",
            Class::Code => "capital letters",
            Class::CompactTime => "a date such as 20261121 or 1121, and a time",
            Class::More => "the end, or a space and more",
        }
    }
}

impl Pattern {
    /// The regex that defines this pattern, over bytes, anchored at both ends, one capture group per
    /// field in order (group `i + 1` is the `i`-th field, named or not).
    ///
    /// To be compiled without Unicode and with `.` matching any byte.
    pub fn to_regex(&self) -> String {
        let mut out = String::from("^");
        for piece in &self.pieces {
            match piece {
                Piece::Literal(bytes) => escape_into(bytes, &mut out),
                Piece::Field(field) => {
                    out.push('(');
                    out.push_str(&field.class.regex());
                    out.push(')');
                }
                Piece::Optional(Optional { lead, field, tail }) => {
                    out.push_str("(?:");
                    escape_into(lead, &mut out);
                    let _ = write!(out, "({})", field.class.regex());
                    escape_into(tail, &mut out);
                    out.push_str(")?");
                }
            }
        }
        out.push('$');
        out
    }

    /// The fields in order.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Field(field) | Piece::Optional(Optional { field, .. }) => Some(field),
            Piece::Literal(_) => None,
        })
    }
}

/// Appends `bytes` as a regex that matches just them.
fn escape_into(bytes: &[u8], out: &mut String) {
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || byte == b' ' || byte == b'_' {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
}
