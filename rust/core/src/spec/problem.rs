//! What is wrong with a configuration, and where.

use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

use super::codes::{self, Severity};
use super::origins::{Origins, Place};

/// One mistake in a configuration, or something that is probably not meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Stable name of the kind of mistake, such as `unknown-key`; see [`codes::CODES`].
    pub code: &'static str,
    /// Whether the configuration can be used in spite of it.
    pub severity: Severity,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// How to mend it, where that is known.
    pub hint: Option<String>,
    /// Where it stands.
    pub place: Place,
}

/// A problem whose place is not looked up yet.
#[derive(Debug)]
struct Found {
    code: &'static str,
    span: Range<usize>,
    message: String,
    hint: Option<String>,
}

/// Collects the problems of one configuration, and knows the texts that their spans are of.
#[derive(Debug, Default)]
pub struct Problems {
    origins: RefCell<Origins>,
    found: RefCell<Vec<Found>>,
}

impl Problems {
    /// No problem yet in the texts of `origins`.
    pub fn of(origins: Origins) -> Problems {
        Problems { origins: RefCell::new(origins), found: RefCell::default() }
    }

    /// Adds a text; answers what its first byte is called in spans.
    pub fn open(&self, origin: &str, text: Arc<str>) -> usize {
        self.origins.borrow_mut().open(origin, text)
    }

    /// The texts so far.
    pub fn origins(&self) -> Origins {
        self.origins.borrow().clone()
    }

    /// Notes a problem; `code` is one of [`codes::CODES`].
    pub fn add(
        &self,
        code: &'static str,
        span: Range<usize>,
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        debug_assert!(codes::find(code).is_some(), "the code {code} is not in the table");
        self.found.borrow_mut().push(Found { code, span, message: message.into(), hint });
    }

    /// All problems: what makes the configuration unusable, then warnings, each in the order of the
    /// texts.
    pub fn into_sorted(self) -> Vec<Problem> {
        let origins = self.origins.into_inner();
        let mut found = self.found.into_inner();
        let severity = |code| codes::find(code).map_or(Severity::Error, |code| code.severity);
        found.sort_by_key(|found| (severity(found.code), found.span.start, found.span.end));
        let resolve = |found: Found| Problem {
            code: found.code,
            severity: severity(found.code),
            place: origins.place(&found.span),
            message: found.message,
            hint: found.hint,
        };
        found.into_iter().map(resolve).collect()
    }
}

/// `did you mean …?` for the known name that is nearest to `name`, if one is near.
pub fn did_you_mean<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<String> {
    crate::format::field::nearest(name, known).map(|near| format!("did you mean `{near}`?"))
}
