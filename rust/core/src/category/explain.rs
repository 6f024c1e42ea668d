//! Why a record has the values that it has: the slow way, rule by rule.

use std::ops::Range;

use super::{Categories, Category, CategoryScratch, Scratch, Values, replace, template};
use crate::operand::View;
use crate::scan::{Record, Records};

/// How one category came to its value for a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The category's name.
    pub category: String,
    /// Its value; empty when it has none.
    pub value: Vec<u8>,
    /// The text that was tested, after replacements; `None` without one.
    pub tested: Option<Vec<u8>>,
    /// The rules that hold, in order: the first won, the others would have without those before
    /// them. Where there is none the value is the default.
    pub matches: Vec<Match>,
}

/// A rule that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Which rule, from 0.
    pub rule: usize,
    /// Its name as it is written.
    pub name: String,
    /// The value that it gives.
    pub value: Vec<u8>,
    /// The first test that holds: the key (`exact`, `prefix`, `suffix`, `contains`, `regex`) and its
    /// text; `None` for a rule without tests.
    pub test: Option<(&'static str, String)>,
    /// Where the rule stands in the configuration; empty in built-in categories.
    pub span: Range<usize>,
}

impl Categories {
    /// How each category came to its value for `record`, in the order of [`Categories::names`].
    pub fn explain(&self, record: &Record<'_>, scratch: &mut Scratch) -> Vec<Explanation> {
        let mut values = Values::default();
        Records::one(record, |records| self.evaluate(records, &mut values, scratch));
        let view = View { record, categories: values.of(0) };
        let categories = self.names.iter().zip(&self.list).zip(&mut scratch.each).enumerate();
        categories
            .map(|(index, ((name, category), scratch))| Explanation {
                category: name.clone(),
                value: values.of(0).get(index).to_vec(),
                ..category.explain(&view, scratch)
            })
            .collect()
    }
}

impl Category {
    fn explain(&self, view: &View<'_>, scratch: &mut CategoryScratch) -> Explanation {
        let logged = self.on.and_then(|on| view.text(on));
        let text =
            replace::replaced(&self.replacements, &mut scratch.judging.replace, logged.unwrap_or_default());
        let mut matches = Vec::new();
        for (number, rule) in self.rules.iter().enumerate() {
            let regexes = &mut scratch.judging.rules[number];
            let held = rule.first_match(regexes, text);
            if held.is_none() && !rule.tests.is_empty() {
                continue;
            }
            let condition = rule.when.as_ref().zip(scratch.conditions[number].as_mut());
            if condition.is_some_and(|(when, scratch)| !when.holds(view, scratch)) {
                continue;
            }
            let mut value = Vec::new();
            rule.fill_name(regexes, text, &mut value);
            value.truncate(template::bounded(&value).end);
            matches.push(Match {
                rule: number,
                name: rule.written.clone(),
                value,
                test: held.map(|test| rule.tests[test].written()),
                span: rule.span.clone(),
            });
        }
        let tested = self.on.map(|_| text.to_vec());
        Explanation { category: String::new(), value: Vec::new(), tested, matches }
    }
}
