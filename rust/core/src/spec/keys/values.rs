//! The values of a table's keys: texts, numbers, durations, and lists of them.

use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use toml::de::DeValue;

use super::{Keys, Value};
use crate::spec::problem::did_you_mean;
use crate::spec::quantity;
use crate::spec::schema::Holds;
use crate::spec::text::{Reference, Text, substitute};
use crate::value::number::Decimal;

impl Keys<'_, '_> {
    /// The text of `key`, if it is there and a text.
    pub fn text(&mut self, key: &'static str) -> Option<Text> {
        let value = self.get(key)?;
        self.as_text(key, value)
    }

    /// The text of `key`, or the default that the section names.
    pub fn text_or_default(&mut self, key: &'static str) -> Text {
        self.text(key).unwrap_or_else(|| Text::from(self.default(key).trim_matches('"')))
    }

    /// The text of `key`, which has to be there and not empty.
    pub fn required_text(&mut self, key: &'static str) -> Option<Text> {
        if !self.has(key) {
            self.asked.push(key);
            self.missing(key, None);
            return None;
        }
        self.filled_text(key)
    }

    /// The text of `key`, if it is there; then it has to be not empty.
    pub fn filled_text(&mut self, key: &'static str) -> Option<Text> {
        let text = self.text(key)?;
        if text.value.is_empty() {
            self.problem("bad-value", text.span, format!("`{key}` is empty"), None);
            return None;
        }
        Some(text)
    }

    /// The text of `key` if it is one of the choices of the section, or the default among them.
    pub fn choice(&mut self, key: &'static str) -> Option<&'static str> {
        let text = self.text_or_default(key);
        let Some(Holds::Choice(choices)) = self.section.key(key).map(|key| key.holds) else { return None };
        let chosen = choices.iter().find(|choice| **choice == text.value);
        if chosen.is_none() {
            let hint = did_you_mean(&text.value, choices.iter().copied())
                .unwrap_or_else(|| format!("there is: {}", choices.join(", ")));
            self.problem("bad-value", text.span, format!("unknown {key} `{}`", text.value), Some(hint));
        }
        chosen.copied()
    }

    /// The texts of the list `key`, or its only text where the section allows that; none if it is absent.
    pub fn texts(&mut self, key: &'static str) -> Vec<Text> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let may_be_single = matches!(self.holds(key), Some(Holds::LiteralOrLiterals));
        if may_be_single && value.get_ref().is_str() {
            return self.as_text(key, value).into_iter().collect();
        }
        self.items(key, value).iter().filter_map(|item| self.as_text(key, item)).collect()
    }

    /// The texts of the list `key`; if it is there it should not be empty.
    pub fn some_texts(&mut self, key: &'static str) -> Vec<Text> {
        let texts = self.texts(key);
        self.refuse_empty(key);
        texts
    }

    /// Notes that the list `key` is there and empty.
    pub fn refuse_empty(&self, key: &str) {
        let is_empty = |value: &Value<'_>| value.get_ref().as_array().is_some_and(|items| items.is_empty());
        if self.table.get(key).is_some_and(is_empty) {
            let hint = format!("leave `{key}` out, or name something");
            self.problem("bad-value", self.value_span(key), format!("`{key}` is empty"), Some(hint));
        }
    }

    /// Whether `key` is `true`, by itself or by default.
    pub fn boolean(&mut self, key: &'static str) -> bool {
        let default = self.default(key) == "true";
        let Some(value) = self.get(key) else { return default };
        value.get_ref().as_bool().unwrap_or_else(|| {
            self.wrong_type(key, value);
            default
        })
    }

    /// The whole number of `key`, or its default; `None` if it is out of `range`.
    pub fn integer(&mut self, key: &'static str, range: RangeInclusive<i64>) -> Option<i64> {
        let Some(value) = self.get(key) else { return self.default(key).parse().ok() };
        let Some(integer) = value.get_ref().as_integer() else {
            self.wrong_type(key, value);
            return None;
        };
        let number = i64::from_str_radix(&integer.as_str().replace('_', ""), integer.radix()).ok();
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            let bounds = match *range.end() {
                i64::MAX => format!("at least {}", range.start()),
                end => format!("from {} to {end}", range.start()),
            };
            self.out_of_range(key, value, &bounds);
        }
        number
    }

    /// The number of `key`, or its default; `None` if it is not within `range`.
    pub fn number(&mut self, key: &'static str, range: RangeInclusive<f64>) -> Option<f64> {
        let Some(value) = self.get(key) else { return self.default(key).parse().ok() };
        self.as_number(key, value, range)
    }

    /// The numbers of the list `key`, each within `range`; `None` if it is absent.
    pub fn numbers(
        &mut self,
        key: &'static str,
        range: &RangeInclusive<f64>,
    ) -> Option<Vec<(f64, Range<usize>)>> {
        let value = self.get(key)?;
        let place = |item: &Value<'_>| self.moved(item.span());
        let number = |item| Some((self.as_number(key, item, range.clone())?, place(item)));
        Some(self.items(key, value).iter().filter_map(number).collect())
    }

    /// The numbers, durations (in seconds) and sizes (in bytes) of the list `key`; `None` if it is
    /// absent.
    pub fn quantities(&mut self, key: &'static str) -> Option<Vec<(Decimal, Range<usize>)>> {
        let value = self.get(key)?;
        let mut quantities = Vec::new();
        for item in self.items(key, value) {
            let quantity = match item.get_ref() {
                DeValue::String(text) => quantity::quantity(text),
                other => plain_number(other).and_then(|text| Decimal::parse(text.as_bytes())),
            };
            match quantity {
                Some(quantity) => quantities.push((quantity, self.moved(item.span()))),
                None => self.wrong_type(key, item),
            }
        }
        Some(quantities)
    }

    /// The duration of `key`, or its default; `None` if it is out of `range`.
    pub fn duration(&mut self, key: &'static str, range: RangeInclusive<Duration>) -> Option<Duration> {
        let Some(value) = self.get(key) else {
            return quantity::duration(self.default(key).trim_matches('"'));
        };
        let Some(duration) = value.get_ref().as_str().and_then(quantity::duration) else {
            self.wrong_type(key, value);
            return None;
        };
        if range.contains(&duration) {
            return Some(duration);
        }
        self.out_of_range(key, value, &format!("from {:?} to {:?}", range.start(), range.end()));
        None
    }

    /// The size of `key` in bytes, or its default; `None` if it is below `least` bytes.
    pub fn size_bytes(&mut self, key: &'static str, least: u64) -> Option<u64> {
        let Some(value) = self.get(key) else {
            return quantity::size_bytes(self.default(key).trim_matches('"'));
        };
        let Some(size) = value.get_ref().as_str().and_then(quantity::size_bytes) else {
            self.wrong_type(key, value);
            return None;
        };
        if size < least {
            self.out_of_range(key, value, &format!("at least {least} bytes"));
            return None;
        }
        Some(size)
    }

    /// The text of a value, with the environment variables that are named in it where `key` has such.
    pub(super) fn as_text(&self, key: &str, value: &Value<'_>) -> Option<Text> {
        let Some(text) = value.get_ref().as_str() else {
            self.wrong_type(key, value);
            return None;
        };
        let text = Text::new(text, value.span(), self.document.text, self.document.base);
        if self.holds(key).is_some_and(Holds::has_variables) { self.with_variables(text) } else { Some(text) }
    }

    /// The text with the environment variables that are named in it; `None` if one is wrong.
    pub(super) fn with_variables(&self, text: Text) -> Option<Text> {
        if !text.value.contains("${") {
            return Some(text);
        }
        match substitute(&text.value, |name| self.document.surroundings.variable(name)) {
            Ok(value) => Some(text.replaced(value)),
            Err(wrong) => {
                for (reference, part) in wrong {
                    let shown = &text.value[part.clone()];
                    let (code, message) = match reference {
                        Reference::Unset => {
                            ("unset-variable", format!("the variable in `{shown}` is not set"))
                        }
                        Reference::Malformed => ("bad-value", format!("`{shown}` names no variable")),
                    };
                    let hint = "write `$${` where the text itself has `${`".to_owned();
                    self.problem(code, text.part(part), message, Some(hint));
                }
                None
            }
        }
    }

    fn as_number(&self, key: &str, value: &Value<'_>, range: RangeInclusive<f64>) -> Option<f64> {
        let Some(number) = plain_number(value.get_ref()).and_then(|text| text.parse::<f64>().ok()) else {
            self.wrong_type(key, value);
            return None;
        };
        if range.contains(&number) {
            return Some(number);
        }
        self.out_of_range(key, value, &format!("from {} to {}", range.start(), range.end()));
        None
    }

    fn out_of_range(&self, key: &str, value: &Value<'_>, bounds: &str) {
        let message = format!("`{key}` has to be {bounds}");
        self.problem("bad-value", self.moved(value.span()), message, None);
    }
}

/// The digits of a number in decimal notation.
fn plain_number(value: &DeValue<'_>) -> Option<String> {
    let digits = match value {
        DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str(),
        DeValue::Float(float) => float.as_str(),
        _ => return None,
    };
    Some(digits.replace('_', "").trim_start_matches('+').to_owned())
}
