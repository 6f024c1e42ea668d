//! The numbers that records hold.

use crate::field_column::FieldColumn;
use crate::format::Kind;
use crate::format::field::Unit;
use crate::operand::{Operand, View, Views};
use crate::scan::simd::{self, Search, Work};
use crate::scan::{LineSet, MOST_LINES, lines_of};
use crate::value::number::Decimal;

/// The text is there and is no number, or is below 0 where that cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable;

/// The number that an operand gives, durations in seconds; `None` when absent (`-1` is absent too).
///
/// # Errors
/// When there is a text that is no number.
#[inline(always)]
pub fn number(view: &View<'_>, operand: Operand, kinds: &[Kind]) -> Result<Option<Decimal>, Unreadable> {
    let Some(text) = view.text(operand) else { return Ok(None) };
    if text == b"-1" {
        return Ok(None);
    }
    let number = Decimal::parse(text).ok_or(Unreadable)?;
    Ok(Some(number.to_seconds(unit(operand, kinds))))
}

/// The unit of an operand that is a duration; what is none counts as seconds.
fn unit(operand: Operand, kinds: &[Kind]) -> Unit {
    match operand {
        Operand::Field(slot) => match &kinds[slot] {
            Kind::Duration(unit) => *unit,
            _ => Unit::Seconds,
        },
        Operand::Category(_) => Unit::Seconds,
    }
}

/// The numbers that an operand gives a batch of records, as [`number`] reads each.
#[derive(Debug)]
pub struct NumberColumn {
    /// By record.
    pub values: [Decimal; MOST_LINES],
    /// The records that have one.
    pub present: LineSet,
    /// Those of them whose is below 0.
    pub negative: LineSet,
    /// The records with a text that is no number.
    pub unreadable: LineSet,
}

impl Default for NumberColumn {
    fn default() -> NumberColumn {
        NumberColumn { values: [Decimal::ZERO; MOST_LINES], present: 0, negative: 0, unreadable: 0 }
    }
}

impl NumberColumn {
    /// Reads the numbers of the records of `of`.
    pub fn read(&mut self, operand: Operand, views: &Views<'_>, kinds: &[Kind], of: LineSet) {
        (self.present, self.negative, self.unreadable) = (0, 0, 0);
        let mut rest = of;
        if let Operand::Field(slot) = operand
            && unit(operand, kinds) == Unit::Seconds
        {
            rest &= !simd::dispatch(ReadDigits { column: self, slot, views, of });
        }
        for index in lines_of(rest) {
            match views.with(index, |view| number(view, operand, kinds)) {
                Ok(Some(value)) => {
                    self.values[index] = value;
                    self.present |= 1 << index;
                    self.negative |= LineSet::from(value < Decimal::ZERO) << index;
                }
                Ok(None) => {}
                Err(Unreadable) => self.unreadable |= 1 << index,
            }
        }
    }
}

/// Reading what is absent or a few digits, compiled per instruction set; answers the records for which that was all.
struct ReadDigits<'a, 'v> {
    column: &'a mut NumberColumn,
    slot: usize,
    views: &'a Views<'v>,
    of: LineSet,
}

impl Work for ReadDigits<'_, '_> {
    type Output = LineSet;

    #[inline(always)]
    fn run<S: Search>(self, _search: S) -> LineSet {
        let ReadDigits { column, slot, views, of } = self;
        let texts = FieldColumn::new(views.records, slot);
        let (mut absent, mut digits) = (0, 0);
        for index in lines_of(of & texts.within()) {
            let len = texts.lens()[index];
            let (value, is_digits) = read_digits(texts.head(index), len);
            column.values[index] = Decimal::from(i64::from(value));
            absent |= LineSet::from(len == 0) << index;
            let is_short = (1..=8).contains(&len);
            digits |= LineSet::from(is_digits & is_short) << index;
        }
        column.present = digits;
        absent | digits
    }
}

/// The number that the first `len` bytes (1 to 8) of a word are, and whether they are all digits: pairs of digits are
/// added, then pairs of pairs and so on (D. Lemire, "Quickly parsing eight digits", 2018).
#[inline(always)]
fn read_digits(word: u64, len: u32) -> (u32, bool) {
    const ZEROS: u64 = u64::from_le_bytes(*b"00000000");
    const UPPER_HALVES: u64 = u64::from_le_bytes([0xf0; 8]);
    const SIX: u64 = u64::from_le_bytes([6; 8]);
    // Zeros before the digits, which are the last of eight then.
    let before = 64u32.wrapping_sub(8 * len) % 64;
    let text = word << before | (ZEROS & ((1 << before) - 1));
    let is_digits = (text & UPPER_HALVES == ZEROS) & (text.wrapping_add(SIX) & UPPER_HALVES == ZEROS);
    let ones = text.wrapping_sub(ZEROS);
    let pairs = ones.wrapping_mul(10).wrapping_add(ones >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_ffff_0000_ffff;
    (fours.wrapping_mul(10_000).wrapping_add(fours >> 32) as u32, is_digits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{NumberColumn, Unreadable, number, read_digits};
    use crate::category::Values;
    use crate::format::Kind;
    use crate::format::field::Unit;
    use crate::operand::{Operand, Views};
    use crate::scan::{LineSet, Records, Span};
    use crate::value::number::Decimal;

    proptest! {
        #[test]
        fn a_column_holds_what_is_read_one_by_one(
            texts in prop::collection::vec("[0-9]{0,10}|-|-1|-[0-9]{1,3}|[0-9]{0,3}[.][0-9]{0,3}|[0-9:/]{1,8}", 1..=64),
            padding in prop::sample::select(vec![0usize, 64]),
            unit in prop::sample::select(vec![Unit::Seconds, Unit::Milliseconds]),
            of: LineSet,
        ) {
            let (mut text, mut starts, mut limits, mut spans) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
            for field in &texts {
                starts.push(text.len() as u32);
                text.extend_from_slice(field.as_bytes());
                limits.push(text.len() as u32);
                spans.push(Span::line(0, field.len()));
                text.push(b'\n');
            }
            text.resize(text.len() + padding, b'7');
            let records =
                Records { text: &text, starts: &starts, limits: &limits, scratch: &[], spans: &spans, slots: 1 };
            let of = of & records.all();
            let values = Values::default();
            let (views, kinds) = (Views { records: &records, categories: &values }, [Kind::Duration(unit)]);
            let mut column = NumberColumn::default();
            column.read(Operand::Field(0), &views, &kinds, of);
            prop_assert_eq!((column.present | column.unreadable) & !of, 0);
            for index in (0..texts.len()).filter(|index| of >> index & 1 == 1) {
                let is = |set: LineSet| set >> index & 1 == 1;
                let expected = views.with(index, |view| number(view, Operand::Field(0), &kinds));
                prop_assert_eq!(is(column.unreadable), expected == Err(Unreadable));
                let expected = expected.ok().flatten();
                prop_assert_eq!(is(column.present).then_some(column.values[index]), expected);
                prop_assert_eq!(is(column.negative), expected.is_some_and(|number| number < Decimal::ZERO));
            }
        }

        #[test]
        fn digits_are_read_as_numbers(text in "[0-9]{1,8}|[!-~]{1,8}", behind in any::<[u8; 8]>()) {
            let mut word = behind;
            word[..text.len()].copy_from_slice(text.as_bytes());
            let (value, is_digits) = read_digits(u64::from_le_bytes(word), text.len() as u32);
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            prop_assert_eq!(is_digits.then_some(value), digits.then(|| text.parse().expect("digits")));
        }
    }
}
