//! Numbers in conditions: exact decimals, or none.

use super::Scratch;
use super::test::Text;
use crate::operand::{Operand, View};
use crate::value::number::Decimal;

/// What gives a number, or none.
#[derive(Debug)]
pub enum Number {
    /// As written.
    Literal(Decimal),
    /// The text of an operand; `reading` is its place among [`super::Condition`]'s numbers.
    Read { operand: Operand, reading: usize },
    /// Characters of a text.
    Size(Text),
    /// The opposite.
    Negative(Box<Number>),
    /// One out of two.
    Calculated { by: Operation, of: Box<[Number; 2]> },
}

/// Arithmetic on two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// Units of a [`Decimal`] in 1.
const ONE: i128 = 1_000_000_000;

impl Number {
    /// The number; none where something is absent, is no number or leaves the range.
    pub fn value(&self, view: &View<'_>, scratch: &Scratch) -> Option<Decimal> {
        match self {
            Number::Literal(number) => Some(*number),
            Number::Read { operand, reading } => read(*operand, *reading, view, scratch),
            Number::Size(text) => i64::try_from(characters(text.of(view))).ok().map(Decimal::from),
            Number::Negative(number) => {
                number.value(view, scratch)?.billionths().checked_neg().map(Decimal::from_billionths)
            }
            Number::Calculated { by, of } => {
                by.calculate(of[0].value(view, scratch)?, of[1].value(view, scratch)?)
            }
        }
    }
}

/// The number that is read in the text of an operand, see [`Number::Read`].
#[inline(always)]
pub fn read(operand: Operand, reading: usize, view: &View<'_>, scratch: &Scratch) -> Option<Decimal> {
    // `-1` is how some formats write that there is nothing.
    let text = view.text(operand).filter(|text| *text != b"-1")?;
    Some(Decimal::parse(text)?.to_seconds(scratch.units[reading]))
}

/// Characters of UTF-8; bytes that belong to none count with the one before.
fn characters(text: &[u8]) -> usize {
    const CONTINUATION: u8 = 0b1000_0000;
    text.iter().filter(|byte| **byte & 0b1100_0000 != CONTINUATION).count()
}

impl Operation {
    /// The exact result, rounded to nine places (half away from zero) where it has more; `None`
    /// beyond the range and where a divisor is zero.
    pub fn calculate(self, left: Decimal, right: Decimal) -> Option<Decimal> {
        let (left, right) = (left.billionths(), right.billionths());
        let result = match self {
            Operation::Add => left.checked_add(right),
            Operation::Subtract => left.checked_sub(right),
            Operation::Multiply => left.checked_mul(right).map(|product| rounded(product, ONE)),
            Operation::Divide if right == 0 => None,
            Operation::Divide => left.checked_mul(ONE).map(|dividend| rounded(dividend, right)),
            Operation::Remainder => left.checked_rem(right),
        };
        result.map(Decimal::from_billionths)
    }
}

fn rounded(dividend: i128, divisor: i128) -> i128 {
    let (quotient, remainder) = (dividend / divisor, dividend % divisor);
    let rounds_up = remainder.unsigned_abs() >= divisor.unsigned_abs().div_ceil(2);
    quotient + if rounds_up { dividend.signum() * divisor.signum() } else { 0 }
}
