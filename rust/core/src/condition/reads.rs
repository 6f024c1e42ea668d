//! Which operands a condition reads.

use super::Condition;
use super::number::Number;
use super::test::{Test, Text};
use crate::operand::Operand;

impl Condition {
    /// Every operand that it reads; `None` if it reads a time, whose meaning is not in its text alone.
    pub fn timeless_operands(&self) -> Option<Vec<Operand>> {
        let mut read = Vec::new();
        of_test(&self.test, &mut read);
        self.times.is_empty().then_some(read)
    }
}

fn of_test(test: &Test, read: &mut Vec<Operand>) {
    match test {
        Test::Constant(_) => {}
        Test::Not(test) => of_test(test, read),
        Test::All(tests) | Test::Any(tests) => tests.iter().for_each(|test| of_test(test, read)),
        Test::Choice(tests) => tests.iter().for_each(|test| of_test(test, read)),
        Test::Has(operand) | Test::Compared { operand, .. } | Test::Time { operand, .. } => {
            read.push(*operand);
        }
        Test::Part { text, part: other, .. } | Test::Texts { left: text, right: other, .. } => {
            of_text(text, read);
            of_text(other, read);
        }
        Test::Contains { text, .. }
        | Test::Matches { text, .. }
        | Test::TextIn { text, .. }
        | Test::Address { text, .. } => of_text(text, read),
        Test::Numbers { left, right, .. } => {
            of_number(left, read);
            of_number(right, read);
        }
        Test::NumberIn { number, .. } => of_number(number, read),
        Test::Remembered { test, .. } => of_test(test, read),
    }
}

fn of_text(text: &Text, read: &mut Vec<Operand>) {
    if let Text::Read(operand) = text {
        read.push(*operand);
    }
}

fn of_number(number: &Number, read: &mut Vec<Operand>) {
    match number {
        Number::Literal(_) => {}
        Number::Read { operand, .. } => read.push(*operand),
        Number::Size(text) => of_text(text, read),
        Number::Negative(number) => of_number(number, read),
        Number::Calculated { of, .. } => of.iter().for_each(|number| of_number(number, read)),
    }
}
