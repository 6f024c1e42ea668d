//! Categories: ordered rules that give a record one value each.
//!
//! A category tests one text. All tests of its rules are one automaton that reads the text once,
//! whatever their number, and a bounded memo keeps what came out for texts that come again; only
//! the rules' conditions are asked for every record.

mod agent;
mod automaton;
mod compile;
mod explain;
mod geoip;
mod memo;
mod replace;
mod rule;
mod template;
mod unreachable;
mod verdict;

pub use self::agent::AGENT_CLASS;
pub use self::compile::Resolver;
pub use self::explain::{Explanation, Match};
pub use self::geoip::unknown_name_hint;
pub use self::replace::MOST_MATCHES;

use std::sync::Arc;

use self::automaton::Automaton;
use self::memo::Memo;
use self::replace::Replacement;
use self::rule::Rule;
use self::template::Template;
use self::verdict::{Known, Verdict};
use crate::condition;
use crate::format::Kind;
use crate::geoip::Database;
use crate::operand::{Operand, View};
use crate::scan::Record;
use crate::spec::GeoipSpec;

/// All categories of a plan: those of the configuration in its order, then built-in ones that
/// something asked for. Immutable and shared by threads once the plan is made.
#[derive(Debug)]
pub struct Categories {
    names: Vec<String>,
    list: Vec<Category>,
    /// The order in which they are evaluated: what others ask for comes first.
    order: Vec<usize>,
    geoip: GeoipSpec,
}

/// One category, compiled.
#[derive(Debug)]
struct Category {
    /// The text that is tested; without one just conditions decide.
    on: Option<Operand>,
    replacements: Vec<Replacement>,
    rules: Vec<Rule>,
    /// The value where no rule wins; a group is the whole tested text.
    default: Template,
    automaton: Option<Automaton>,
    /// Rules without tests, ascending.
    untested: Vec<u32>,
    /// The verdict on every text, where the text does not matter.
    fixed: Option<Verdict>,
    /// What is asked instead of rules, in `[geoip]`'s categories.
    database: Option<Arc<Database>>,
}

/// What categories write while they look at a record; of one thread and one format of lines.
#[derive(Debug)]
pub struct Scratch {
    each: Vec<CategoryScratch>,
}

#[derive(Debug)]
struct CategoryScratch {
    judging: Judging,
    memo: Memo,
    conditions: Vec<Option<condition::Scratch>>,
}

/// What the tests of a category write.
#[derive(Debug)]
struct Judging {
    replace: replace::Scratch,
    automaton: Option<automaton::Scratch>,
    rules: Vec<rule::Scratch>,
    /// Rules whose tests hold.
    matching: Vec<u32>,
    verdict: Verdict,
}

impl Categories {
    /// The names, by category: those of the configuration in its order, then built-in ones.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Fresh scratch for records whose slots are of `kinds`; times without a year take
    /// `year_if_absent`.
    pub fn scratch(&self, kinds: &[Kind], year_if_absent: i16) -> Scratch {
        let each = self.list.iter().map(|category| category.scratch(kinds, year_if_absent)).collect();
        Scratch { each }
    }

    /// Replaces `values` by those of all categories for a record.
    #[inline]
    pub fn evaluate(&self, record: &Record<'_>, values: &mut Values, scratch: &mut Scratch) {
        values.reset(self.list.len());
        for &index in &self.order {
            let view = View { record, categories: values };
            let value = self.list[index].value(&view, &mut scratch.each[index]);
            values.set(index, value);
        }
    }
}

impl Scratch {
    /// About how much memory it takes, in bytes.
    pub fn held_bytes(&self) -> usize {
        let of = |scratch: &CategoryScratch| {
            let Judging { replace, automaton, rules, .. } = &scratch.judging;
            let regexes = rules.iter().flatten().map(crate::bounded_regex::Scratch::held_bytes);
            let conditions = scratch.conditions.iter().flatten().map(condition::Scratch::held_bytes);
            scratch.memo.held_bytes()
                + replace.held_bytes()
                + automaton.as_ref().map_or(0, automaton::Scratch::held_bytes)
                + regexes.chain(conditions).sum::<usize>()
        };
        self.each.iter().map(of).sum()
    }
}

impl Category {
    fn scratch(&self, kinds: &[Kind], year_if_absent: i16) -> CategoryScratch {
        let condition = |rule: &Rule| rule.when.as_ref().map(|when| when.scratch(kinds, year_if_absent));
        CategoryScratch {
            judging: Judging::new(self),
            memo: Memo::new(),
            conditions: self.rules.iter().map(condition).collect(),
        }
    }

    /// The value for a record; empty when there is none.
    #[inline]
    fn value<'s>(&'s self, view: &View<'_>, scratch: &'s mut CategoryScratch) -> &'s [u8] {
        let CategoryScratch { judging, memo, conditions } = scratch;
        if let Some(fixed) = &self.fixed {
            return self.choose(fixed.known(), view, conditions);
        }
        let text = self.on.and_then(|on| view.text(on)).unwrap_or_default();
        let key = memo.key(text);
        if let Some(place) = key.and_then(|key| memo.find(key, text)) {
            return self.choose(memo.get(place), view, conditions);
        }
        self.judge(judging, text);
        if let Some(key) = key {
            memo.keep(key, text, &judging.verdict);
        }
        self.choose(judging.verdict.known(), view, conditions)
    }

    /// The value of the first candidate whose condition holds.
    #[inline]
    fn choose<'s>(
        &'s self,
        known: Known<'s>,
        view: &View<'_>,
        conditions: &mut [Option<condition::Scratch>],
    ) -> &'s [u8] {
        for candidate in known.candidates {
            let rule = self.rules.get(candidate.rule as usize);
            if let Some(when) = rule.and_then(|rule| rule.when.as_ref())
                && let Some(scratch) = &mut conditions[candidate.rule as usize]
                && !when.holds(view, scratch)
            {
                continue;
            }
            let template = rule.map_or(&self.default, |rule| &rule.name);
            return match template.constant() {
                Some(constant) => &constant[template::bounded(constant)],
                None => candidate.value(known.values),
            };
        }
        &[]
    }

    /// Finds out which rules may win for `text`.
    fn judge(&self, judging: &mut Judging, text: &[u8]) {
        let Judging { replace, automaton, rules, matching, verdict } = judging;
        if let Some(database) = &self.database {
            verdict.clear();
            verdict.add(0, |values| database.append(text, values));
            return;
        }
        let text = replace::replaced(&self.replacements, replace, text);
        matching.clear();
        let automatic = self.automaton.as_ref().zip(automaton.as_mut());
        let found = automatic.map(|(automaton, scratch)| {
            automaton.matching(scratch, text, |rule| {
                matching.push(rule);
                self.decides(rule)
            })
        });
        if !matches!(found, Some(Ok(()))) {
            self.match_one_by_one(rules, text, matching);
        }
        verdict.clear();
        let mut untested = self.untested.iter().copied().peekable();
        let mut tested = matching.iter().copied().peekable();
        loop {
            let first = match (tested.peek(), untested.peek()) {
                (Some(a), Some(b)) if a < b => tested.next(),
                (Some(_), None) => tested.next(),
                _ => untested.next(),
            };
            let Some(number) = first else { break };
            let rule = &self.rules[number as usize];
            verdict.add(number, |values| {
                if rule.name.constant().is_none() {
                    rule.fill_name(&mut rules[number as usize], text, values);
                }
            });
            if rule.when.is_none() {
                return;
            }
        }
        verdict.add(self.rules.len() as u32, |values| {
            if self.default.constant().is_none() {
                self.default.fill_whole(text, values);
            }
        });
    }

    /// The slow way, for texts that the automaton gave up on.
    #[cold]
    fn match_one_by_one(&self, scratch: &mut [rule::Scratch], text: &[u8], matching: &mut Vec<u32>) {
        for ((number, rule), scratch) in (0u32..).zip(&self.rules).zip(scratch) {
            if rule.first_match(scratch, text).is_some() {
                matching.push(number);
                if self.decides(number) {
                    return;
                }
            }
        }
    }

    /// Whether nothing behind this rule matters once its tests hold.
    fn decides(&self, rule: u32) -> bool {
        self.rules[rule as usize].when.is_none()
    }
}

/// The values that the categories gave one record, by category; used again for the next record.
#[derive(Debug, Clone, Default)]
pub struct Values {
    text: Vec<u8>,
    /// Where each category's value lies in `text`.
    spans: Vec<(usize, usize)>,
}

impl Values {
    /// Forgets the values of the last record.
    #[inline(always)]
    pub fn clear(&mut self) {
        self.text.clear();
        self.spans.clear();
    }

    /// Notes the value of the next category.
    #[inline(always)]
    pub fn push(&mut self, value: &[u8]) {
        self.spans.push((0, 0));
        self.set(self.spans.len() - 1, value);
    }

    /// Forgets the values of the last record and makes room for those of `count` categories.
    #[inline(always)]
    pub fn reset(&mut self, count: usize) {
        self.clear();
        self.spans.resize(count, (0, 0));
    }

    /// Notes the value of category `category`.
    #[inline(always)]
    pub fn set(&mut self, category: usize, value: &[u8]) {
        let start = self.text.len();
        self.text.extend_from_slice(value);
        self.spans[category] = (start, self.text.len());
    }

    /// The value of category `category`; empty when it has none.
    #[inline(always)]
    pub fn get(&self, category: usize) -> &[u8] {
        let (start, end) = self.spans[category];
        &self.text[start..end]
    }
}

#[cfg(test)]
mod tests;
