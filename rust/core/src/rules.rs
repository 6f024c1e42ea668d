//! A plan's categories and conditions, and what asking them takes.

use crate::category::{self, Categories, Values};
use crate::condition::{self, Condition};
use crate::format::Kind;
use crate::metric::Rules;
use crate::operand::View;
use crate::scan::Records;

/// The categories and conditions of a plan; immutable, shared by threads.
#[derive(Debug)]
pub struct RuleSet {
    /// Its categories.
    pub categories: Categories,
    /// Its conditions; metrics name them by number.
    pub conditions: Vec<Condition>,
}

/// What asking the rules writes; of one thread and one format of lines.
#[derive(Debug)]
pub struct Scratch {
    categories: category::Scratch,
    conditions: Vec<condition::Scratch>,
}

/// A set of rules and the scratch to ask them with.
#[derive(Debug)]
pub struct Judge<'a> {
    /// The rules.
    pub rules: &'a RuleSet,
    /// Made by [`RuleSet::scratch`] for the records' format.
    pub scratch: &'a mut Scratch,
}

impl RuleSet {
    /// Fresh scratch for records whose slots are of `kinds`; times without a year take
    /// `year_if_absent`.
    pub fn scratch(&self, kinds: &[Kind], year_if_absent: i16) -> Scratch {
        let conditions = self.conditions.iter().map(|condition| condition.scratch(kinds, year_if_absent));
        Scratch {
            categories: self.categories.scratch(kinds, year_if_absent),
            conditions: conditions.collect(),
        }
    }

    /// Whether there is nothing to ask.
    pub fn is_empty(&self) -> bool {
        self.categories.names().is_empty() && self.conditions.is_empty()
    }
}

/// A judge of records whose templates are known, line by line.
#[derive(Debug)]
pub struct TemplateJudge<'a> {
    /// Judges the rest.
    pub judge: Judge<'a>,
    /// The number of the template of each line that comes, in order.
    pub templates: std::slice::Iter<'a, Option<u64>>,
}

impl Rules for TemplateJudge<'_> {
    #[inline]
    fn categorise(&mut self, records: &Records<'_>, values: &mut Values) {
        let templates = self.templates.by_ref().take(records.len()).copied();
        self.judge.scratch.categories.set_templates(templates);
        self.judge.categorise(records, values);
    }

    #[inline]
    fn refused(&mut self) {
        self.templates.next();
    }

    #[inline]
    fn holds(&mut self, condition: usize, view: &View<'_>) -> bool {
        self.judge.holds(condition, view)
    }
}

impl Scratch {
    /// That of the categories alone.
    pub fn categories_mut(&mut self) -> &mut category::Scratch {
        &mut self.categories
    }
}

impl Rules for Judge<'_> {
    #[inline]
    fn categorise(&mut self, records: &Records<'_>, values: &mut Values) {
        self.rules.categories.evaluate(records, values, &mut self.scratch.categories);
    }

    #[inline]
    fn holds(&mut self, condition: usize, view: &View<'_>) -> bool {
        self.rules.conditions[condition].holds(view, &mut self.scratch.conditions[condition])
    }
}
