//! Where a line stops being JSON, and what a person is told about it.

/// Where a text leaves the grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) offset: usize,
    pub(crate) expected: Expected,
}

/// What the grammar has at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Expected {
    Object,
    Key,
    KeyOrBrace,
    Colon,
    Value,
    CommaOrBrace,
    CommaOrBracket,
    ClosingQuote,
    NoControl,
    Escape,
    HexDigit,
    Digit,
    LineEnd,
    Shallower,
}

impl Expected {
    /// In the order of declaration, so that `ALL[e as usize] == e`.
    pub(crate) const ALL: [Expected; 14] = [
        Expected::Object,
        Expected::Key,
        Expected::KeyOrBrace,
        Expected::Colon,
        Expected::Value,
        Expected::CommaOrBrace,
        Expected::CommaOrBracket,
        Expected::ClosingQuote,
        Expected::NoControl,
        Expected::Escape,
        Expected::HexDigit,
        Expected::Digit,
        Expected::LineEnd,
        Expected::Shallower,
    ];

    pub(crate) fn describe(self) -> &'static str {
        match self {
            Expected::Object => "a JSON object",
            Expected::Key => "a key in double quotes",
            Expected::KeyOrBrace => "a key in double quotes or \"}\"",
            Expected::Colon => "\":\" after the key",
            Expected::Value => "a JSON value",
            Expected::CommaOrBrace => "\",\" or \"}\"",
            Expected::CommaOrBracket => "\",\" or \"]\"",
            Expected::ClosingQuote => "a closing quote",
            Expected::NoControl => "control characters in strings as \\u00XX",
            Expected::Escape => "one of \"\\/bfnrtu after the backslash",
            Expected::HexDigit => "four hexadecimal digits after \\u",
            Expected::Digit => "a digit",
            Expected::LineEnd => "the end of the line after the object",
            Expected::Shallower => "at most 127 objects and arrays within one another",
        }
    }
}
