//! Learnt groups of a category: rules that follow those of the user.

use std::collections::BTreeMap;

use super::rule::{Rule, Test};
use super::template::Template;
use super::{Categories, Given};
use crate::bounded_regex::BoundedRegex;
use crate::operand::View;
use crate::scan::Record;
use crate::spec::{CategorySpec, MinedSpec};
use crate::template::{GroupLearner, path_group_regex};

/// Learnt groups by category, such as `/orders/<num>`, in the order in which they are tried.
pub type Groups = BTreeMap<String, Vec<String>>;

/// One who learns the groups of a category from the records that are evaluated.
#[derive(Debug)]
pub struct Learning {
    /// The category's number.
    category: usize,
    /// What was learnt.
    pub learner: GroupLearner,
}

/// The rules of learnt groups. Those that no miner wrote may be too large and are left out.
pub(super) fn rules(spec: &CategorySpec) -> impl Iterator<Item = Rule> {
    let groups = spec.mined.iter().flat_map(|mined| mined.groups.iter().take(mined.limit));
    groups.filter_map(|group| {
        let text = path_group_regex(group);
        let name = Template::literal(group);
        let regex = Box::new(BoundedRegex::compile(&text).ok()?);
        Some(Rule {
            tests: vec![Test::Regex { regex, text, name: name.clone() }],
            name,
            when: None,
            written: group.clone(),
            span: spec.name.span.clone(),
        })
    })
}

impl Learning {
    /// The same that learns from everything as a whole.
    #[must_use]
    pub fn in_one_window(self) -> Learning {
        Learning { learner: self.learner.in_one_window(), ..self }
    }
}

impl Categories {
    /// One who learns for each category whose groups are mined.
    pub fn learning(&self) -> Vec<Learning> {
        let learning = |(category, mined): (usize, &Option<MinedSpec>)| {
            let MinedSpec { limit, groups } = mined.as_ref()?;
            Some(Learning { category, learner: GroupLearner::new(groups, *limit) })
        };
        self.list.iter().map(|category| &category.mined).enumerate().filter_map(learning).collect()
    }

    /// The name of the category that somebody learns for.
    pub fn name_of(&self, learning: &Learning) -> &str {
        &self.names[learning.category]
    }

    /// Shows a record with its values to those who learn.
    // Not inlined: few plans learn.
    #[inline(never)]
    pub(super) fn learn(&self, record: &Record<'_>, values: Given<'_>, learning: &mut [Learning]) {
        let view = View { record, categories: values };
        for Learning { category, learner } in learning {
            let own = &self.list[*category];
            let Some(text) = own.on.and_then(|on| view.text(on)) else { continue };
            // Constants are numbered from 1, the default's behind those of the rules.
            let number = values.constant(*category).map(|number| number.get() as usize);
            learner.note(text, number == Some(own.rules.len() + 1));
        }
    }
}
