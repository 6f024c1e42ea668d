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
    /// An error without a hint.
    pub fn new(message: impl Into<String>, span: Range<usize>) -> FormatError {
        FormatError { message: message.into(), hint: None, span }
    }

    /// The same error with what would mend it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> FormatError {
        self.hint = Some(hint.into());
        self
    }

    /// The same error for a text in which `bytes` bytes come before this one's text.
    #[must_use]
    pub fn shifted(mut self, bytes: usize) -> FormatError {
        self.span = self.span.start + bytes..self.span.end + bytes;
        self
    }

    /// The message, the line of `text` that holds the place, carets below it, and the hint.
    ///
    /// A long line is cut around the place; control characters show as `·`.
    pub fn render(&self, text: &str) -> String {
        const CONTEXT_CHARS: usize = 60;
        let start = floor_char_boundary(text, self.span.start);
        let end = floor_char_boundary(text, self.span.end.max(start));
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let before: Vec<char> = text[line_start..start].chars().collect();
        let marked: Vec<char> = text[start..end.min(line_end).max(start)].chars().collect();
        let after: Vec<char> = text[end.min(line_end).max(start)..line_end].chars().collect();

        let (lead, before) = match before.len().checked_sub(CONTEXT_CHARS) {
            Some(cut) if cut > 0 => ("…", &before[cut..]),
            _ => ("", &before[..]),
        };
        let carets = marked.len().clamp(1, CONTEXT_CHARS);
        let marked = &marked[..marked.len().min(CONTEXT_CHARS)];
        let shown_after = &after[..after.len().min(CONTEXT_CHARS)];
        let tail = if shown_after.len() < after.len() { "…" } else { "" };

        let mut out = format!("{}\n  {lead}", self.message);
        let visible = |c: &char| if c.is_control() { '·' } else { *c };
        out.extend(before.iter().chain(marked).chain(shown_after).map(visible));
        out.push_str(tail);
        out.push_str("\n  ");
        out.extend(std::iter::repeat_n(' ', lead.chars().count() + before.len()));
        out.extend(std::iter::repeat_n('^', carets));
        if let Some(hint) = &self.hint {
            out.push_str("\nhint: ");
            out.push_str(hint);
        }
        out
    }
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for FormatError {}

/// The last character boundary at or before `at`.
fn floor_char_boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carets_stand_below_the_place() {
        let error = FormatError::new("two at once", 2..6).with_hint("part them");
        assert_eq!(error.render("é$a$b x"), "two at once\n  é$a$b x\n   ^^^^\nhint: part them");
    }

    #[test]
    fn a_place_at_the_end_still_has_a_caret() {
        assert_eq!(FormatError::new("cut", 2..2).render("ab"), "cut\n  ab\n    ^");
    }

    #[test]
    fn only_the_line_of_the_place_is_shown() {
        assert_eq!(FormatError::new("here", 3..9).render("a\nb\tc\nd"), "here\n  b·c\n   ^^");
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = format!("{}X{}", "a".repeat(500), "b".repeat(500));
        let shown = FormatError::new("here", 500..501).render(&text);
        let expected = format!("here\n  …{}X{}…\n   {}^", "a".repeat(60), "b".repeat(60), " ".repeat(60));
        assert_eq!(shown, expected);
    }
}
