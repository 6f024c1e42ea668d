//! Rules of a category, compiled, and tested one by one.

use std::ops::Range;

use memchr::memmem::Finder;
use regex_syntax::hir::{Hir, Look};

use super::template::Template;
use crate::bounded_regex::{self, BoundedRegex};
use crate::condition::Condition;

/// A compiled rule.
#[derive(Debug)]
pub struct Rule {
    /// The value it gives.
    pub name: Template,
    /// One of these has to hold, if there are any.
    pub tests: Vec<Test>,
    /// This has to hold too.
    pub when: Option<Condition>,
    /// The name as it is written.
    pub written: String,
    /// Where the rule stands in the configuration.
    pub span: Range<usize>,
}

/// A test of the text.
#[derive(Debug)]
pub enum Test {
    /// The whole text.
    Exact(Box<[u8]>),
    /// Its beginning.
    Prefix(Box<[u8]>),
    /// Its end.
    Suffix(Box<[u8]>),
    /// A part.
    Contains(Box<Finder<'static>>),
    /// A regex that matches anywhere, and the rule's name with this regex's groups.
    Regex { regex: Box<BoundedRegex>, text: String, name: Template },
}

/// What a rule's regexes write; of one thread.
pub type Scratch = Vec<bounded_regex::Scratch>;

impl Rule {
    /// Fresh scratch.
    pub fn scratch(&self) -> Scratch {
        self.tests.iter().map(|_| bounded_regex::Scratch::default()).collect()
    }

    /// The first test that holds, by its number.
    pub fn first_match(&self, scratch: &mut Scratch, text: &[u8]) -> Option<usize> {
        self.tests.iter().zip(scratch).position(|(test, scratch)| test.holds(scratch, text))
    }

    /// Appends the value for a text for which a test holds: groups are those of the first regex that
    /// matches.
    pub fn fill_name(&self, scratch: &mut Scratch, text: &[u8], out: &mut Vec<u8>) {
        for (test, scratch) in self.tests.iter().zip(scratch) {
            if let Test::Regex { regex, name, .. } = test
                && let Some(groups) = regex.captures(scratch, text)
            {
                return name.fill(text, Some(groups), out);
            }
        }
        self.name.fill(text, None, out);
    }
}

impl Test {
    /// Whether it holds for `text`.
    pub fn holds(&self, scratch: &mut bounded_regex::Scratch, text: &[u8]) -> bool {
        match self {
            Test::Exact(whole) => text == &**whole,
            Test::Prefix(prefix) => text.starts_with(prefix),
            Test::Suffix(suffix) => text.ends_with(suffix),
            Test::Contains(part) => part.find(text).is_some(),
            Test::Regex { regex, .. } => regex.is_match(scratch, text),
        }
    }

    /// The test as a regex.
    pub fn hir(&self) -> Hir {
        let (start, end) = (|| Hir::look(Look::Start), || Hir::look(Look::End));
        match self {
            Test::Exact(whole) => Hir::concat(vec![start(), Hir::literal(&**whole), end()]),
            Test::Prefix(prefix) => Hir::concat(vec![start(), Hir::literal(&**prefix)]),
            Test::Suffix(suffix) => Hir::concat(vec![Hir::literal(&**suffix), end()]),
            Test::Contains(part) => Hir::literal(part.needle()),
            Test::Regex { regex, .. } => regex.hir().clone(),
        }
    }

    /// The key of the configuration that wrote it, and its text.
    pub fn written(&self) -> (&'static str, String) {
        let lossy = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
        match self {
            Test::Exact(whole) => ("exact", lossy(whole)),
            Test::Prefix(prefix) => ("prefix", lossy(prefix)),
            Test::Suffix(suffix) => ("suffix", lossy(suffix)),
            Test::Contains(part) => ("contains", lossy(part.needle())),
            Test::Regex { text, .. } => ("regex", text.clone()),
        }
    }
}
