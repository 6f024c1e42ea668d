//! Conditions about many records at once: sets of records in place of answers, so that the next test is asked only
//! about those that it decides.

use super::test::{Order, Test, Text};
use super::{Condition, Scratch};
use crate::field_column::FieldColumn;
use crate::operand::{Operand, Views};
use crate::scan::simd::{self, Search, Work};
use crate::scan::{LineSet, Records, lines_of};

impl Condition {
    /// The records of `of` for which the condition holds.
    pub fn holding(&self, views: &Views<'_>, of: LineSet, scratch: &mut Scratch) -> LineSet {
        self.test.holding(self, views, of, scratch)
    }
}

impl Test {
    fn holding(
        &self,
        condition: &Condition,
        views: &Views<'_>,
        of: LineSet,
        scratch: &mut Scratch,
    ) -> LineSet {
        if of == 0 {
            return 0;
        }
        match self {
            Test::Not(test) => of & !test.holding(condition, views, of, scratch),
            Test::All(tests) => {
                tests.iter().fold(of, |rest, test| test.holding(condition, views, rest, scratch))
            }
            Test::Any(tests) => {
                tests.iter().fold(0, |held, test| held | test.holding(condition, views, of & !held, scratch))
            }
            Test::Choice(tests) => {
                let first = tests[0].holding(condition, views, of, scratch);
                tests[1].holding(condition, views, first, scratch)
                    | tests[2].holding(condition, views, of & !first, scratch)
            }
            Test::Texts {
                left: Text::Read(Operand::Field(slot)),
                order: order @ (Order::Equal | Order::NotEqual),
                right: Text::Literal(literal),
            } => {
                let work = EqualTexts { records: views.records, slot: *slot, literal, of };
                let Known { asked, held } = simd::dispatch(work);
                let held = if *order == Order::Equal { held } else { asked & !held };
                held | self.holding_by_one(condition, views, of & !asked, scratch)
            }
            Test::Remembered { operand: Operand::Field(slot), answers, .. } => {
                let Known { asked, held } = scratch.answers[*answers].ask_all(views.records, *slot, of);
                held | self.holding_by_one(condition, views, of & !asked, scratch)
            }
            _ => self.holding_by_one(condition, views, of, scratch),
        }
    }

    /// The same, record by record.
    fn holding_by_one(
        &self,
        condition: &Condition,
        views: &Views<'_>,
        of: LineSet,
        scratch: &mut Scratch,
    ) -> LineSet {
        lines_of(of).fold(0, |held, index| {
            let holds = views.with(index, |view| self.holds(condition, view, scratch));
            held | LineSet::from(holds) << index
        })
    }
}

/// What is known of some records.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known {
    /// Of which something is.
    pub asked: LineSet,
    /// For which the test holds.
    pub held: LineSet,
}

/// Comparing the texts of a field with one that is written, compiled per instruction set.
struct EqualTexts<'a, 'r> {
    records: &'a Records<'r>,
    slot: usize,
    literal: &'a [u8],
    of: LineSet,
}

impl Work for EqualTexts<'_, '_> {
    type Output = Known;

    #[inline(always)]
    fn run<S: Search>(self, _search: S) -> Known {
        let EqualTexts { records, slot, literal, of } = self;
        let column = FieldColumn::new(records, slot);
        let asked = of & column.within();
        let mut first = [0; 8];
        let len = literal.len().min(first.len());
        first[..len].copy_from_slice(&literal[..len]);
        let beginning = u64::from_le_bytes(first);
        let mask = 1u64.checked_shl(8 * len as u32).unwrap_or(0).wrapping_sub(1);
        let begins_so = |index: usize| {
            let is_as_long = column.lens()[index] as usize == literal.len();
            is_as_long & (column.head(index) & mask == beginning)
        };
        let mut held = 0;
        for index in 0..records.len() {
            held |= LineSet::from(begins_so(index)) << index;
        }
        held &= asked;
        if literal.len() > first.len() {
            let is_same = |index: &usize| records.text_of(*index, slot) == literal;
            held = lines_of(held).filter(is_same).fold(0, |held, index| held | 1 << index);
        }
        Known { asked, held }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::category::Values;
    use crate::condition::{Condition, Names};
    use crate::format::Kind;
    use crate::operand::{Operand, Views};
    use crate::scan::{LineSet, Records, Span};

    /// Two fields, and a category.
    struct Known;

    impl Names for Known {
        fn operand(&mut self, name: &str) -> Option<(Operand, Kind)> {
            let operand = match name {
                "client" => Operand::Field(0),
                "agent" => Operand::Field(1),
                _ => Operand::Category(0),
            };
            Some((operand, Kind::Text))
        }

        fn known(&self) -> Vec<String> {
            Vec::new()
        }
    }

    const CONDITIONS: [&str; 12] = [
        r#"client == "10.0.0.1""#,
        r#"client != "10.0.0.1" && agent != """#,
        r#""10.0.0.1" == client || client == "7""#,
        r#"agent.contains("bot") || agent.contains("Uptime") || client == "10.0.0.12""#,
        r#"!(agent.contains("bot") && agent.contains("spider"))"#,
        r#"agent.matches("b[ou]t") ? client == "7" : client == """#,
        r#"client > 5 && (agent.matches("^s") || agent.contains("e"))"#,
        r#"kind == "a" || client == "10.0.0.1" && kind != """#,
        "has(client) && true",
        r#"client == "" || agent == "-""#,
        r#"agent == "a spider with a name that is longer than a vector of bytes, as many are""#,
        "kind.matches('a') || agent.contains('p') && agent.contains('t')",
    ];

    proptest! {
        #[test]
        fn many_records_are_judged_as_each_alone(
            records in prop::collection::vec(
                (
                    "-|7|10[.]0[.]0[.][12]{0,2}|[0-9.]{0,12}",
                    "-|[a-z ]{0,3}bot|spider( bot)?|Uptime[a-z]{0,80}\
                        |a spider with a name that is longer than a vector of bytes, as many (are|bre)",
                    "a?|b",
                ),
                1..=64,
            ),
            padding in prop::sample::select(vec![0usize, 20, 64]),
            of: LineSet,
        ) {
            let (mut text, mut starts, mut limits, mut spans) = (String::new(), Vec::new(), Vec::new(), Vec::new());
            let mut values = Values::default();
            values.begin(records.len(), 1);
            for (index, (client, agent, kind)) in records.iter().enumerate() {
                starts.push(text.len() as u32);
                spans.push(Span::line(0, client.len()));
                spans.push(Span::line(client.len(), client.len() + agent.len()));
                text += client;
                text += agent;
                limits.push(text.len() as u32);
                values.write(index, 0, kind.as_bytes());
            }
            text += &"x".repeat(padding);
            let text = text.as_bytes();
            let records =
                Records { text, starts: &starts, limits: &limits, scratch: &[], spans: &spans, slots: 2 };
            let (views, of) = (Views { records: &records, categories: &values }, of & records.all());
            for condition in CONDITIONS {
                let condition = Condition::compile(condition, &mut Known).expect(condition);
                let scratch = || condition.scratch(&[Kind::Text, Kind::Text], 2026);
                let (mut together, mut apart) = (scratch(), scratch());
                // The second time something is remembered.
                for _ in 0..2 {
                    let held = condition.holding(&views, of, &mut together);
                    for index in 0..starts.len() {
                        let holds = views.with(index, |view| condition.holds(view, &mut apart));
                        prop_assert_eq!(held >> index & 1 == 1, holds && of >> index & 1 == 1);
                    }
                }
            }
        }
    }
}
