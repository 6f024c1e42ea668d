//! Exact decimal numbers, so that sums do not depend on the order of addition.

use std::fmt;

use crate::format::field::Unit;

/// A decimal number with nine digits after the point.
///
/// Addition is exact, hence associative: threads may add in any order. A number that is read is
/// smaller than 10^18 in magnitude, so that it takes more than 10^11 additions to leave the range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Decimal(i128);

/// Units in 1.
const ONE: i128 = 1_000_000_000;
/// Digits before the point that are read, leading zeros aside.
const INTEGER_DIGITS: usize = 18;
const FRACTION_DIGITS: usize = 9;
/// 10^18.
const TOO_LARGE: i128 = ONE * ONE * ONE;

impl Decimal {
    /// 0.
    pub const ZERO: Decimal = Decimal(0);

    /// From a count of 10⁻⁹.
    pub const fn from_billionths(billionths: i128) -> Decimal {
        Decimal(billionths)
    }

    /// The number in units of 10⁻⁹.
    pub const fn billionths(self) -> i128 {
        self.0
    }

    /// Reads `123`, `-0.001` or `1.5e-05`, the whole text.
    ///
    /// Digits after the ninth decimal place are rounded, half away from zero; a number with an
    /// exponent is read as an `f64` first. `None` if the text is not a number or is 10^18 or more in
    /// magnitude.
    #[inline]
    pub fn parse(text: &[u8]) -> Option<Decimal> {
        parse_short(text).or_else(|| Decimal::parse_any(text))
    }

    /// The same for every text.
    #[inline(never)]
    fn parse_any(text: &[u8]) -> Option<Decimal> {
        let (negative, unsigned) = match text {
            [b'-', unsigned @ ..] => (true, unsigned),
            _ => (false, text),
        };
        let (integer, rest) = split_digits(unsigned);
        let whole = i128::from(read_integer(integer)?) * ONE;
        let magnitude = match rest {
            [] => whole,
            [b'.', rest @ ..] => {
                let (fraction, rest) = split_digits(rest);
                match rest {
                    [] => whole + i128::from(read_fraction(fraction)?),
                    _ if fraction.is_empty() => return None,
                    _ => read_exponent(unsigned, rest)?,
                }
            }
            _ => read_exponent(unsigned, rest)?,
        };
        // Rounding may reach it.
        (magnitude < TOO_LARGE).then_some(Decimal(if negative { -magnitude } else { magnitude }))
    }

    /// The number of seconds in this many `unit`s, rounded to 10⁻⁹ s, half away from zero.
    #[must_use]
    #[inline(always)]
    pub fn to_seconds(self, unit: Unit) -> Decimal {
        if unit == Unit::Seconds { self } else { self.divided_to_seconds(unit) }
    }

    fn divided_to_seconds(self, unit: Unit) -> Decimal {
        let divisor: i128 = match unit {
            Unit::Seconds => 1,
            Unit::Milliseconds => 1000,
            Unit::Microseconds => 1_000_000,
            Unit::Nanoseconds => 1_000_000_000,
        };
        let (quotient, remainder) = (self.0 / divisor, self.0 % divisor);
        let rounds_up = remainder.abs() * 2 >= divisor;
        Decimal(quotient + if rounds_up { self.0.signum() } else { 0 })
    }

    /// The exact sum, or `None` beyond the range.
    pub fn checked_add(self, other: Decimal) -> Option<Decimal> {
        self.0.checked_add(other.0).map(Decimal)
    }

    /// The exact sum, or the range's end beyond it.
    #[must_use]
    #[inline]
    pub fn saturating_add(self, other: Decimal) -> Decimal {
        Decimal(self.0.saturating_add(other.0))
    }

    /// The nearest `f64`, or one next to it.
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / ONE as f64
    }
}

impl From<i64> for Decimal {
    fn from(integer: i64) -> Decimal {
        Decimal(i128::from(integer) * ONE)
    }
}

/// Without trailing zeros, and without a point when integral: `-0.25`, `3`.
impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        let (whole, mut fraction) = (magnitude / ONE.unsigned_abs(), (magnitude % ONE.unsigned_abs()) as u32);
        if fraction == 0 {
            return write!(formatter, "{sign}{whole}");
        }
        let mut places = FRACTION_DIGITS;
        while fraction.is_multiple_of(10) {
            fraction /= 10;
            places -= 1;
        }
        write!(formatter, "{sign}{whole}.{fraction:0places$}")
    }
}

/// Reads what most logs hold in one pass: digits, with a point among them or not. `None` says nothing
/// about other texts.
#[inline]
fn parse_short(text: &[u8]) -> Option<Decimal> {
    if text.is_empty() || text.len() > INTEGER_DIGITS {
        return None;
    }
    let (mut value, mut point) = (0, None);
    for (at, &byte) in text.iter().enumerate() {
        match byte {
            b'0'..=b'9' => value = value * 10 + u64::from(byte - b'0'),
            b'.' if at > 0 && point.is_none() => point = Some(at),
            _ => return None,
        }
    }
    let unit = match point {
        None => ONE,
        Some(point) => {
            let places = text.len() - point - 1;
            i128::from(10_u64.pow(FRACTION_DIGITS.checked_sub(places).filter(|_| places > 0)? as u32))
        }
    };
    Some(Decimal(i128::from(value) * unit))
}

fn split_digits(text: &[u8]) -> (&[u8], &[u8]) {
    let length = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(length)
}

fn read_digits(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |value, digit| value * 10 + u64::from(digit - b'0'))
}

/// At least one digit, and no more than [`INTEGER_DIGITS`] after leading zeros.
fn read_integer(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    if digits.len() <= INTEGER_DIGITS {
        return Some(read_digits(digits));
    }
    let zeros = digits.iter().position(|&digit| digit != b'0').unwrap_or(digits.len());
    let significant = &digits[zeros..];
    (significant.len() <= INTEGER_DIGITS).then(|| read_digits(significant))
}

/// In units of 10⁻⁹, at least one digit.
fn read_fraction(digits: &[u8]) -> Option<u64> {
    let kept = &digits[..digits.len().min(FRACTION_DIGITS)];
    if kept.is_empty() {
        return None;
    }
    let value = read_digits(kept) * 10_u64.pow((FRACTION_DIGITS - kept.len()) as u32);
    let rounds_up = digits.get(FRACTION_DIGITS).is_some_and(|&next| next >= b'5');
    Some(value + u64::from(rounds_up))
}

/// A number whose digits end in `exponent`, such as `e-05`, in units of 10⁻⁹.
fn read_exponent(number: &[u8], exponent: &[u8]) -> Option<i128> {
    let [b'e' | b'E', exponent @ ..] = exponent else {
        return None;
    };
    let exponent = match exponent {
        [b'+' | b'-', exponent @ ..] => exponent,
        _ => exponent,
    };
    if exponent.is_empty() || !exponent.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value: f64 = std::str::from_utf8(number).ok()?.parse().ok()?;
    (value < 1e18).then(|| (value * ONE as f64).round() as i128)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Decimal, ONE, Unit};

    fn parsed(text: &str) -> Option<i128> {
        Decimal::parse(text.as_bytes()).map(Decimal::billionths)
    }

    #[test]
    fn numbers_are_read_exactly() {
        for (text, billionths) in [
            ("0", 0),
            ("-0", 0),
            ("123", 123 * ONE),
            ("-1", -ONE),
            ("0.001", 1_000_000),
            ("-0.000000001", -1),
            ("007.50", 7_500_000_000),
            ("0.0000000005", 1),
            ("-0.0000000005", -1),
            ("0.00000000049999", 0),
            ("0.9999999999", ONE),
            ("1.5e-05", 15_000),
            ("2E3", 2000 * ONE),
            ("-1e+2", -100 * ONE),
            ("1e-400", 0),
            ("999999999999999999", 999_999_999_999_999_999 * ONE),
            ("0000000000000000000000000000000012", 12 * ONE),
        ] {
            assert_eq!(parsed(text), Some(billionths), "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_numbers() {
        for text in [
            "",
            "-",
            "+1",
            ".5",
            "5.",
            "1.e3",
            "--1",
            "1-",
            " 1",
            "1 ",
            "1,5",
            "0x10",
            "1e",
            "1e+",
            "1e5x",
            "1.5.2",
            "inf",
            "NaN",
            "1_000",
            "0.001, 0.020",
            "1000000000000000000",
            "1e18",
            "999999999999999999.9999999999",
            "1e999",
            "٣",
        ] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }

    #[test]
    fn durations_become_seconds() {
        let seconds = |text: &str, unit| {
            Decimal::parse(text.as_bytes()).expect("a number").to_seconds(unit).to_string()
        };
        assert_eq!(seconds("1.250", Unit::Seconds), "1.25");
        assert_eq!(seconds("1500", Unit::Milliseconds), "1.5");
        assert_eq!(seconds("-7", Unit::Microseconds), "-0.000007");
        assert_eq!(seconds("2001375", Unit::Nanoseconds), "0.002001375");
        assert_eq!(seconds("0.5", Unit::Nanoseconds), "0.000000001");
        assert_eq!(seconds("-0.4", Unit::Nanoseconds), "0");
    }

    #[test]
    fn sums_end_at_the_range() {
        let most = Decimal::from_billionths(i128::MAX);
        assert_eq!(most.checked_add(Decimal::from(1)), None);
        assert_eq!(most.saturating_add(Decimal::from(1)), most);
        assert_eq!(Decimal::from(2).checked_add(Decimal::from(-3)), Some(Decimal::from(-1)));
    }

    proptest! {
        #[test]
        fn display_and_parse_are_inverse(billionths in -(10_i128.pow(27) - 1)..10_i128.pow(27)) {
            let number = Decimal::from_billionths(billionths);
            let text = number.to_string();
            prop_assert_eq!(Decimal::parse(text.as_bytes()), Some(number), "{}", text);
            prop_assert!(!text.contains('.') || !text.ends_with(['0', '.']), "{}", text);
        }

        #[test]
        fn short_texts_are_read_as_all_others(
            text in prop_oneof!["[0-9.]{0,20}", "-?[0-9]{0,19}\\.?[0-9]{0,11}", "[0-9.e+-]{0,6}"]
        ) {
            prop_assert_eq!(Decimal::parse(text.as_bytes()), Decimal::parse_any(text.as_bytes()));
        }

        #[test]
        fn values_are_those_of_floats(text in "-?[0-9]{1,12}(\\.[0-9]{1,12})?([eE][+-]?[0-5])?") {
            let float: f64 = text.parse().expect("a float");
            let number = Decimal::parse(text.as_bytes()).expect("a number").to_f64();
            prop_assert!((number - float).abs() <= float.abs() * 1e-15 + 0.6e-9, "{number} {float}");
        }

        #[test]
        fn sums_do_not_depend_on_order(
            texts in prop::collection::vec("-?[0-9]{1,18}(\\.[0-9]{1,9})?", 0..30)
        ) {
            let numbers = texts.iter().map(|text| Decimal::parse(text.as_bytes()).expect("a number"));
            let forward = numbers.clone().fold(Decimal::ZERO, Decimal::saturating_add);
            let backward = numbers.rev().fold(Decimal::ZERO, Decimal::saturating_add);
            prop_assert_eq!(forward, backward);
        }

        #[test]
        fn any_bytes_are_a_number_or_not(text in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = Decimal::parse(&text);
        }
    }
}
