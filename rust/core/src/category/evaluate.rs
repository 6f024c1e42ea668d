//! The values of a batch of records, category by category: what texts are remembered is looked up for all records
//! at once, and conditions are asked about sets of them.

use super::values::{Value, Values};
use super::verdict::{Kept, Verdict};
use super::{Categories, Category, CategoryScratch, Scratch, Templates, condition};
use crate::operand::{Operand, View, Views};
use crate::scan::{LineSet, Records, lines_of};

/// What a category gives a record.
enum Chosen<'s> {
    Constant(&'s Value),
    Written(&'s [u8]),
}

impl Categories {
    /// Replaces `values` by those of all categories for a batch of records.
    pub fn evaluate(&self, records: &Records<'_>, values: &mut Values, scratch: &mut Scratch) {
        values.reset(records.len(), self.list.len(), &self.constants);
        if let Templates::Category(category) = self.template {
            for index in 0..records.len() {
                let template = scratch.templates.get(index).copied().flatten();
                let mut id = [0; 16];
                values.write(index, category, template.map_or(&[], |number| hexadecimal(number, &mut id)));
            }
        }
        for &index in &self.order {
            self.list[index].evaluate(index, records, values, &mut scratch.each[index]);
        }
        if !scratch.learning.is_empty() {
            for (index, record) in records.iter().enumerate() {
                self.learn(&record, values.of(index), &mut scratch.learning);
            }
        }
    }
}

/// The id of a template.
fn hexadecimal(number: u64, id: &mut [u8; 16]) -> &[u8] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (place, digit) in id.iter_mut().rev().enumerate() {
        *digit = DIGITS[(number >> (4 * place)) as usize & 15];
    }
    id
}

impl Values {
    /// Notes what category `category` gives a record.
    #[inline(always)]
    fn put(&mut self, record: usize, category: usize, chosen: &Chosen<'_>) {
        match chosen {
            Chosen::Constant(constant) => self.set(record, category, **constant),
            Chosen::Written(value) => self.write(record, category, value),
        }
    }
}

impl Category {
    /// Gives all records their values; `own` is the category's number.
    fn evaluate(
        &self,
        own: usize,
        records: &Records<'_>,
        values: &mut Values,
        scratch: &mut CategoryScratch,
    ) {
        if let Some(fixed) = &self.fixed {
            return self.choose_all(fixed, own, records, values, &mut scratch.conditions);
        }
        let mut rest = records.all();
        if let Some(Operand::Field(slot)) = self.on {
            rest &= !self.put_remembered(own, slot, records, values, scratch);
        }
        for index in lines_of(rest) {
            let views = Views { records, categories: values };
            let chosen = views.with(index, |view| self.value(view, scratch));
            values.put(index, own, &chosen);
        }
    }

    /// Gives those records their values whose texts are remembered; answers which.
    #[inline(always)]
    fn put_remembered(
        &self,
        own: usize,
        slot: usize,
        records: &Records<'_>,
        values: &mut Values,
        scratch: &mut CategoryScratch,
    ) -> LineSet {
        let found = scratch.memo.find_all(records, slot, records.all());
        let mut undecided = 0;
        for index in lines_of(found.set) {
            match self.constant(scratch.memo.get(found.places[index])) {
                Some(constant) => values.set(index, own, *constant),
                None => undecided |= 1 << index,
            }
        }
        for index in lines_of(undecided) {
            let verdict = &scratch.verdicts[found.places[index].number()];
            let views = Views { records, categories: values };
            let chosen = views.with(index, |view| self.choose(verdict, view, &mut scratch.conditions));
            values.put(index, own, &chosen);
        }
        found.set
    }

    /// The value that is remembered, where that alone decides.
    #[inline(always)]
    fn constant(&self, kept: Kept) -> Option<&Value> {
        match kept {
            Kept::Decided(rule) => self.constants[rule as usize].as_ref(),
            Kept::Verdict => None,
        }
    }

    /// The value for a record.
    fn value<'s>(&'s self, view: &View<'_>, scratch: &'s mut CategoryScratch) -> Chosen<'s> {
        let CategoryScratch { judging, memo, verdicts, conditions } = scratch;
        let text = self.on.and_then(|on| view.text(on)).unwrap_or_default();
        let (key, place) = memo.find(text);
        if let Some(place) = place {
            return match self.constant(memo.get(place)) {
                Some(constant) => Chosen::Constant(constant),
                None => self.choose(&verdicts[place.number()], view, conditions),
            };
        }
        self.judge(judging, text);
        let verdict = &judging.verdict;
        if let Some(key) = key
            && verdict.is_small()
        {
            let decided = self.decided(verdict);
            let place = memo.keep(key, text, decided.map_or(Kept::Verdict, Kept::Decided));
            if let (None, Some(place)) = (decided, place) {
                if verdicts.is_empty() {
                    verdicts.resize(memo.places(), Verdict::default());
                }
                verdicts[place.number()].copy_from(verdict);
            }
        }
        self.choose(verdict, view, conditions)
    }

    /// The value of the first candidate whose condition holds.
    #[inline(always)]
    fn choose<'s>(
        &'s self,
        verdict: &'s Verdict,
        view: &View<'_>,
        conditions: &mut [Option<condition::Scratch>],
    ) -> Chosen<'s> {
        for candidate in &verdict.candidates {
            let rule = candidate.rule as usize;
            if let Some(Some(scratch)) = conditions.get_mut(rule)
                && let Some(when) = &self.rules[rule].when
                && !when.holds(view, scratch)
            {
                continue;
            }
            return match &self.constants[rule] {
                Some(constant) => Chosen::Constant(constant),
                None => Chosen::Written(candidate.value(&verdict.values)),
            };
        }
        Chosen::Written(&[])
    }

    /// The same for all records, which have one verdict.
    fn choose_all(
        &self,
        verdict: &Verdict,
        own: usize,
        records: &Records<'_>,
        values: &mut Values,
        conditions: &mut [Option<condition::Scratch>],
    ) {
        let mut open = records.all();
        for candidate in &verdict.candidates {
            let rule = candidate.rule as usize;
            let mut chosen = open;
            if let Some(Some(scratch)) = conditions.get_mut(rule)
                && let Some(when) = &self.rules[rule].when
            {
                chosen = when.holding(&Views { records, categories: values }, open, scratch);
            }
            let value = match &self.constants[rule] {
                Some(constant) => Chosen::Constant(constant),
                None => Chosen::Written(candidate.value(&verdict.values)),
            };
            lines_of(chosen).for_each(|index| values.put(index, own, &value));
            open &= !chosen;
        }
        lines_of(open).for_each(|index| values.put(index, own, &Chosen::Written(&[])));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::category::Values;
    use crate::format::Kind;
    use crate::plan::Plan;
    use crate::scan::{Records, Span};

    /// Values that are constant and others, conditions, categories of categories, and long values.
    const CONFIGURATION: &str = r#"
        [[source]]
        name = "log"
        format = 'nginx:$uri $http_user_agent $remote_addr'
        [categories.group]
        on = "path"
        default = "other"
        rules = [
          { name = "shop-$1", regex = '^/shop/([a-z]+)' },
          { name = "slow", prefix = "/s", when = 'remote_addr == "10.0.0.1"' },
          { name = "static", suffix = [".png", ".css"] },
          { name = "$1", regex = '(zz.*)' },
        ]
        [categories.of_group]
        on = "group"
        rules = [{ name = "$1", regex = '^shop-([ab])' }, { name = "page", exact = "other" }]
        [categories.traffic]
        default = "customer"
        rules = [
          { name = "monitor", when = 'user_agent.contains("ing") || user_agent.contains("Uptime")' },
          { name = "own", when = 'remote_addr == "10.0.0.1" && group != "slow"' },
        ]
        [[metric]]
        name = "m"
        labels = ["group", "of_group", "traffic", "agent_class"]
    "#;

    proptest! {
        #[test]
        fn batches_get_the_values_that_each_record_gets_alone(
            batches in prop::collection::vec(
                prop::collection::vec(
                    (
                        "-|/|/shop/[a-c]{1,2}|/s[a-c]?|/[a-c]{1,3}[.](png|css)|/zz[a-z]{0,300}|/[a-z]{50,70}",
                        "-|curl/8|Pingdom|Uptime[a-z]{40,140}|[a-z]{0,200}bot",
                        "10[.]0[.]0[.][12]|-",
                    ),
                    1..=64,
                ),
                1..4,
            ),
            padding in prop::sample::select(vec![0usize, 64]),
        ) {
            let plan = Plan::from_toml(CONFIGURATION).unwrap_or_else(|problems| panic!("{problems:?}"));
            let categories = &plan.rules.categories;
            let kinds = vec![Kind::Text; plan.fields.len()];
            let (mut together, mut apart) = (categories.scratch(&kinds, 2026), categories.scratch(&kinds, 2026));
            let (mut values, mut own) = (Values::default(), Values::default());
            let slots = ["path", "user_agent", "remote_addr"].map(|field| plan.slot(field).expect("a field"));
            for batch in &batches {
                let (mut text, mut starts, mut limits, mut spans) = (String::new(), vec![], vec![], vec![]);
                for (path, agent, client) in batch {
                    let start = text.len();
                    starts.push(start as u32);
                    let mut row = vec![Span::ABSENT; plan.fields.len()];
                    for (slot, field) in slots.into_iter().zip([path, agent, client]) {
                        row[slot] = Span::line(text.len() - start, text.len() - start + field.len());
                        text += field;
                    }
                    spans.extend(row);
                    limits.push(text.len() as u32);
                }
                text += &"x".repeat(padding);
                let records = Records {
                    text: text.as_bytes(),
                    starts: &starts,
                    limits: &limits,
                    scratch: &[],
                    spans: &spans,
                    slots: plan.fields.len(),
                };
                categories.evaluate(&records, &mut values, &mut together);
                for (index, record) in records.iter().enumerate() {
                    Records::one(&record, |one| categories.evaluate(one, &mut own, &mut apart));
                    for category in 0..categories.names().len() {
                        let (given, expected) = (values.of(index), own.of(0));
                        prop_assert_eq!(given.get(category), expected.get(category));
                        prop_assert_eq!(given.packed(category), expected.packed(category));
                        prop_assert_eq!(given.constant(category), expected.constant(category));
                    }
                }
            }
        }
    }
}
