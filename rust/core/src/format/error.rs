//! What is wrong with a format that a person wrote, and where.

use std::fmt;
use std::ops::Range;

/// A format that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatError {
    /// What is wrong, in one line.
    pub message: String,
    /// What would mend it.
    pub hint: Option<String>,
    /// The place: a range of bytes of the text as it was given.
    pub span: Range<usize>,
}

impl FormatError {
    /// An error without a hint. A control character that `message` quotes is written as an escape.
    pub fn new(message: impl Into<String>, span: Range<usize>) -> FormatError {
        FormatError { message: on_one_line(message.into()), hint: None, span }
    }

    /// The same error with what would mend it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> FormatError {
        self.hint = Some(on_one_line(hint.into()));
        self
    }

    /// The same error for a text in which `bytes` bytes come before this one's text.
    #[must_use]
    pub fn shifted(mut self, bytes: usize) -> FormatError {
        self.span = self.span.start + bytes..self.span.end + bytes;
        self
    }
}

fn on_one_line(text: String) -> String {
    if !text.contains(char::is_control) {
        return text;
    }
    let escaped = |character: char| match character {
        control if control.is_control() => control.escape_default().to_string(),
        other => other.to_string(),
    };
    text.chars().map(escaped).collect()
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for FormatError {}
