//! What is wrong with a configuration, and where.

use std::cell::RefCell;
use std::ops::Range;

/// One mistake in a configuration text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Stable name of the kind of mistake, such as `unknown-key`.
    pub code: &'static str,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// How to mend it, where that is known.
    pub hint: Option<String>,
    /// The bytes of the text that are meant.
    pub span: Range<usize>,
}

/// Where a problem stands, as people count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place<'t> {
    /// Line, from 1.
    pub line: usize,
    /// Column of the first character, from 1, in characters.
    pub column: usize,
    /// Column behind the last character on the same line.
    pub end_column: usize,
    /// The line's text.
    pub text: &'t str,
}

impl Problem {
    /// Line and columns of this problem in `text`, the configuration that it was found in.
    pub fn place<'t>(&self, text: &'t str) -> Place<'t> {
        let start = floor(text, self.span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |feed| feed + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |feed| start + feed);
        let end = floor(text, self.span.end).clamp(start, line_end);
        let column = text[line_start..start].chars().count() + 1;
        Place {
            line: text[..start].matches('\n').count() + 1,
            column,
            end_column: column + text[start..end].chars().count().max(1),
            text: text[line_start..line_end].trim_end_matches('\r'),
        }
    }
}

/// The nearest character boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// Collects the problems of one configuration.
#[derive(Debug, Default)]
pub struct Problems(RefCell<Vec<Problem>>);

impl Problems {
    /// Notes a problem.
    pub fn add(
        &self,
        code: &'static str,
        span: Range<usize>,
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        self.0.borrow_mut().push(Problem { code, message: message.into(), hint, span });
    }

    /// All problems in the order of the text.
    pub fn into_sorted(self) -> Vec<Problem> {
        let mut problems = self.0.into_inner();
        problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
        problems
    }
}

/// `did you mean …?` for the known name that is nearest to `name`, if one is near.
pub fn did_you_mean<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<String> {
    crate::format::field::nearest(name, known).map(|near| format!("did you mean `{near}`?"))
}
