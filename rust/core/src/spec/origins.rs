//! The texts that a configuration is made of, laid end to end: one span names file and place.

use std::ops::Range;
use std::sync::Arc;

/// The texts of a configuration: the file itself, what it includes, its tables of rules.
#[derive(Debug, Clone, Default)]
pub struct Origins(Vec<Arc<Origin>>);

/// One text.
#[derive(Debug)]
struct Origin {
    name: String,
    text: Arc<str>,
    /// What its first byte is called in spans.
    base: usize,
    /// Where its lines begin, in bytes of the text.
    line_starts: Vec<usize>,
}

/// Where something stands, as people count.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The file, as the user named it.
    pub origin: String,
    /// Line, from 1.
    pub line: usize,
    /// Column of the first character, from 1, in characters.
    pub column: usize,
    /// Column behind the last character on the same line.
    pub end_column: usize,
    /// The line's text.
    pub text: String,
}

impl Origins {
    /// Adds a text; answers what its first byte is called in spans.
    pub fn open(&mut self, name: &str, text: Arc<str>) -> usize {
        // One byte between two texts, so that the end of one is not the beginning of the next.
        let base = self.0.last().map_or(0, |last| last.base + last.text.len() + 1);
        let line_starts =
            std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1)).collect();
        self.0.push(Arc::new(Origin { name: name.to_owned(), text, base, line_starts }));
        base
    }

    /// File, line and columns of `span`.
    pub fn place(&self, span: &Range<usize>) -> Place {
        let after = self.0.partition_point(|origin| origin.base <= span.start);
        let Some(origin) = after.checked_sub(1).map(|at| &self.0[at]) else { return Place::default() };
        let text = &*origin.text;
        let start = floor(text, span.start - origin.base);
        let line = origin.line_starts.partition_point(|line_start| *line_start <= start);
        let line_start = origin.line_starts[line - 1];
        let line_end = origin.line_starts.get(line).map_or(text.len(), |next| next - 1);
        let end = floor(text, span.end.saturating_sub(origin.base)).clamp(start, line_end.max(start));
        let column = text[line_start..start].chars().count() + 1;
        Place {
            origin: origin.name.clone(),
            line,
            column,
            end_column: column + text[start..end].chars().count().max(1),
            text: text[line_start..line_end].trim_end_matches('\r').to_owned(),
        }
    }
}

/// The nearest character boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(span: Range<usize>) -> (String, usize, usize, usize, String) {
        let mut origins = Origins::default();
        assert_eq!(origins.open("a", "é=1\r\nb".into()), 0);
        assert_eq!(origins.open("b", "c\nd".into()), 8);
        let Place { origin, line, column, end_column, text } = origins.place(&span);
        (origin, line, column, end_column, text)
    }

    #[test]
    fn a_span_names_file_line_and_columns() {
        assert_eq!(place(2..4), ("a".into(), 1, 2, 4, "é=1".into()));
        assert_eq!(place(6..7), ("a".into(), 2, 1, 2, "b".into()));
        assert_eq!(place(7..7), ("a".into(), 2, 2, 3, "b".into()));
        assert_eq!(place(8..9), ("b".into(), 1, 1, 2, "c".into()));
        assert_eq!(place(10..11), ("b".into(), 2, 1, 2, "d".into()));
    }

    #[test]
    fn odd_spans_still_have_a_place() {
        assert_eq!(place(1..1), ("a".into(), 1, 1, 2, "é=1".into()), "inside of a character");
        assert_eq!(place(2..9), ("a".into(), 1, 2, 5, "é=1".into()), "over the end of the line");
        assert_eq!(place(99..100), ("b".into(), 2, 2, 3, "d".into()), "behind everything");
        assert_eq!(Origins::default().place(&(0..1)), Place::default());
    }
}
