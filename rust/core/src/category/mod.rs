//! Categories: ordered rules that give a record one value each.
//!
//! A category tests one text. All tests of its rules are one automaton that reads the text once,
//! whatever their number, and a bounded memo keeps what came out for texts that come again; only
//! the rules' conditions are asked for every record.

mod agent;
mod automaton;
mod compile;
mod evaluate;
mod explain;
mod geoip;
mod mined;
mod replace;
mod rule;
mod template;
mod unreachable;
mod values;
mod verdict;

pub use self::agent::AGENT_CLASS;
pub use self::compile::Resolver;
pub use self::explain::{Explanation, Match};
pub use self::geoip::unknown_name_hint;
pub use self::mined::{Groups, Learning};
pub use self::replace::MOST_MATCHES;
pub use self::values::{Given, Values};

use std::num::NonZeroU32;
use std::sync::Arc;

use self::automaton::Automaton;
use self::replace::Replacement;
use self::rule::Rule;
use self::template::Template;
use self::values::{Constants, Value};
use self::verdict::{Kept, Verdict};
use crate::condition;
use crate::format::Kind;
use crate::geoip::Database;
use crate::memo::Memo;
use crate::operand::Operand;
use crate::spec::{GeoipSpec, MinedSpec};

/// Sets of a category's memo.
const MEMO_SETS: usize = 2048;

/// All categories of a plan: those of the configuration in its order, then built-in ones that
/// something asked for. Immutable and shared by threads once the plan is made.
#[derive(Debug)]
pub struct Categories {
    names: Vec<String>,
    list: Vec<Category>,
    /// The order in which they are evaluated: what others ask for comes first.
    order: Vec<usize>,
    constants: Constants,
    geoip: GeoipSpec,
    /// Whether lines have templates, and which category holds them once something asked for it.
    template: Templates,
}

/// The built-in category of the id of a line's template, where lines are mined.
pub const TEMPLATE: &str = "template";

/// Whether lines have templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Templates {
    /// None are mined.
    Absent,
    /// Nothing asked for them yet.
    Unasked,
    /// They are the values of this category.
    Category(usize),
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
    /// Values that depend on no text, by rule, the default's behind those of the rules.
    constants: Vec<Option<Value>>,
    automaton: Option<Automaton>,
    /// Rules without tests, ascending.
    untested: Vec<u32>,
    /// The verdict on every text, where the text does not matter.
    fixed: Option<Verdict>,
    /// What is asked instead of rules, in `[geoip]`'s categories.
    database: Option<Arc<Database>>,
    /// What is learnt for texts that no rule holds.
    mined: Option<MinedSpec>,
}

/// What categories write while they look at a record; of one thread and one format of lines.
#[derive(Debug)]
pub struct Scratch {
    each: Vec<CategoryScratch>,
    /// The template of each record that comes next, where that is known.
    templates: Vec<Option<u64>>,
    /// Who learns from the records, if anybody does.
    learning: Vec<Learning>,
}

#[derive(Debug)]
struct CategoryScratch {
    judging: Judging,
    memo: Memo<Kept>,
    /// By place in the memo, once there is one.
    verdicts: Vec<Verdict>,
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
        Scratch { each, templates: Vec::new(), learning: Vec::new() }
    }

    /// Whether something asked for the templates of lines.
    pub fn has_templates(&self) -> bool {
        matches!(self.template, Templates::Category(_))
    }

    /// Numbers of its constants are up to this, see [`Given::constant`].
    pub fn constants_of(&self, category: usize) -> usize {
        self.list[category].constants.len()
    }

    /// Puts a category in the place of the one with this number.
    fn put(&mut self, index: usize, mut category: Category) {
        let templates = category.rules.iter().map(|rule| &rule.name).chain([&category.default]);
        let constants = (1u32..)
            .zip(templates)
            .map(|(number, name)| Some(self.constants.add(name.constant()?, NonZeroU32::new(number)?)));
        category.constants = constants.collect();
        self.list[index] = category;
    }
}

impl Scratch {
    /// Says which templates the records are of that are evaluated next.
    pub fn set_templates(&mut self, numbers: impl IntoIterator<Item = Option<u64>>) {
        self.templates.clear();
        self.templates.extend(numbers);
    }

    /// About how much memory it takes, in bytes.
    pub fn held_bytes(&self) -> usize {
        let of = |scratch: &CategoryScratch| {
            let Judging { replace, automaton, rules, .. } = &scratch.judging;
            let regexes = rules.iter().flatten().map(crate::bounded_regex::Scratch::held_bytes);
            let conditions = scratch.conditions.iter().flatten().map(condition::Scratch::held_bytes);
            scratch.memo.held_bytes()
                + size_of_val(&*scratch.verdicts)
                + scratch.verdicts.iter().map(Verdict::held_bytes).sum::<usize>()
                + replace.held_bytes()
                + automaton.as_ref().map_or(0, automaton::Scratch::held_bytes)
                + regexes.chain(conditions).sum::<usize>()
        };
        self.each.iter().map(of).sum()
    }

    /// Those who learn from the records from now on.
    pub fn learning_mut(&mut self) -> &mut Vec<Learning> {
        &mut self.learning
    }
}

impl Category {
    fn scratch(&self, kinds: &[Kind], year_if_absent: i16) -> CategoryScratch {
        let condition = |rule: &Rule| rule.when.as_ref().map(|when| when.scratch(kinds, year_if_absent));
        CategoryScratch {
            judging: Judging::new(self),
            memo: Memo::new(MEMO_SETS),
            verdicts: Vec::new(),
            conditions: self.rules.iter().map(condition).collect(),
        }
    }

    /// The rule that a verdict decides for, whatever else the record holds.
    fn decided(&self, verdict: &Verdict) -> Option<u32> {
        let rule = verdict.candidates.first()?.rule;
        let has_condition = self.rules.get(rule as usize).is_some_and(|rule| rule.when.is_some());
        (!has_condition && self.constants[rule as usize].is_some()).then_some(rule)
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

#[cfg(test)]
mod tests;
