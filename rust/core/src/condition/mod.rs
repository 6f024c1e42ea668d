//! Conditions: a subset of CEL, the Common Expression Language (<https://cel.dev>), over a record.
//!
//! | there is | as in |
//! |---|---|
//! | comparison `== != < <= > >=` | `status >= 500` |
//! | `in` a list of literals | `method in ["GET", "HEAD"]` |
//! | `&&`, <code>\|\|</code>, `!`, `?:` | `!(status == 404) && user != ""` |
//! | arithmetic `+ - * / %` on numbers | `bytes / request_time > 1e6` |
//! | `startsWith`, `endsWith`, `contains` | `path.startsWith("/api/")` |
//! | `matches`, a regex that matches anywhere | `path.matches(r"^/v[0-9]+/")` |
//! | `size`, in characters | `size(user_agent) > 200` |
//! | `has`, whether a field is there | `has(user)` |
//! | `cidr`, addresses in networks | `cidr(remote_addr, ["10.0.0.0/8", "fd00::/8"])` |
//! | `timestamp`, compared with a time | `time >= timestamp("2026-01-31T00:00:00Z")` |
//!
//! Names are those of fields (`status`, `query.page`, `query["utm-source"]`) and categories. Where
//! CEL is typed by a schema, here the other side decides: a field is a number beside a number, and
//! text beside text. Numbers are exact decimals with nine places, so `7 / 2` is 3.5; durations are
//! seconds.
//!
//! What is absent is the empty text: `user != "x"` holds without a user. It is no number, and nothing
//! that compares or calculates with it holds, not even `!=`; `!(status == 200)` does. The same is
//! true of a text that is no number, of a division by zero and of what leaves the range.

mod batch;
mod call;
mod compile;
mod literal;
mod network;
mod number;
mod parse;
mod reads;
mod remember;
mod test;

use std::ops::Range;

use self::remember::Answers;
use self::test::Test;
use crate::bounded_regex::{self, BoundedRegex};
use crate::format::Kind;
use crate::format::field::Unit;
use crate::operand::{Operand, View};
use crate::spec::{self, Problems};
use crate::value::time::{Layout, TimeReader};

/// Resolves the names in conditions and categories.
pub trait Names {
    /// What `name` stands for, and how its text is read.
    fn operand(&mut self, name: &str) -> Option<(Operand, Kind)>;
    /// Every name that is known, for hints.
    fn known(&self) -> Vec<String>;
}

/// A condition, compiled; immutable and shared by threads.
#[derive(Debug)]
pub struct Condition {
    test: Test,
    /// What is read as a number; nodes name it by its place here.
    numbers: Vec<Operand>,
    /// What is read as a time.
    times: Vec<Operand>,
    regexes: Vec<BoundedRegex>,
    /// How many of its parts are remembered by the text that they read.
    remembered: usize,
}

/// One mistake in a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionError {
    /// Stable name of the kind of mistake: `bad-condition`, `unknown-field` or `bad-regex`.
    pub code: &'static str,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// How to mend it, where that is known.
    pub hint: Option<String>,
    /// The bytes of the condition that are meant.
    pub span: Range<usize>,
}

/// What one condition writes while it is asked; of one thread and one format of lines.
#[derive(Debug)]
pub struct Scratch {
    units: Vec<Unit>,
    times: Vec<TimeReader>,
    regexes: Vec<bounded_regex::Scratch>,
    answers: Vec<Answers>,
}

impl Condition {
    /// Compiles the condition `text`.
    ///
    /// # Errors
    /// Every mistake, in the order of the text.
    pub fn compile(text: &str, names: &mut dyn Names) -> Result<Condition, Vec<ConditionError>> {
        let expression = parse::parse(text).map_err(|error| vec![error])?;
        compile::compile(text, &expression, names)
    }

    /// Compiles a condition of the configuration; its mistakes go to `problems`, each at its place.
    pub fn compile_text(text: &spec::Text, names: &mut dyn Names, problems: &Problems) -> Option<Condition> {
        let note = |errors: Vec<ConditionError>| {
            for error in errors {
                problems.add(error.code, text.part(error.span), error.message, error.hint);
            }
        };
        Condition::compile(&text.value, names).map_err(note).ok()
    }

    /// Fresh scratch for records whose slots are of `kinds`; times without a year take
    /// `year_if_absent`.
    pub fn scratch(&self, kinds: &[Kind], year_if_absent: i16) -> Scratch {
        let kind = |operand: &Operand| match *operand {
            Operand::Field(slot) => kinds.get(slot),
            Operand::Category(_) => None,
        };
        let unit = |operand: &Operand| match kind(operand) {
            Some(Kind::Duration(unit)) => *unit,
            _ => Unit::Seconds,
        };
        let reader = |operand: &Operand| match kind(operand) {
            Some(Kind::Time(layout)) => TimeReader::new(layout, year_if_absent),
            _ => TimeReader::new(&Layout::Iso8601, year_if_absent),
        };
        Scratch {
            units: self.numbers.iter().map(unit).collect(),
            times: self.times.iter().map(reader).collect(),
            regexes: self.regexes.iter().map(|_| bounded_regex::Scratch::default()).collect(),
            answers: (0..self.remembered).map(|_| Answers::new()).collect(),
        }
    }

    /// Whether the condition holds for a record.
    #[inline]
    pub fn holds(&self, view: &View<'_>, scratch: &mut Scratch) -> bool {
        self.test.holds(self, view, scratch)
    }
}

impl Scratch {
    /// About how much memory it takes, in bytes.
    pub fn held_bytes(&self) -> usize {
        let regexes = self.regexes.iter().map(bounded_regex::Scratch::held_bytes);
        regexes.chain(self.answers.iter().map(Answers::held_bytes)).sum()
    }
}

#[cfg(test)]
mod tests;
