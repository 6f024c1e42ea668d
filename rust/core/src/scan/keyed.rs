//! What has to be settled once a line's keys are read: fields with several keys, and needed ones.

use super::record::Span;
use crate::format::Kind;
use crate::format::keyed::{KeyedField, Need};
use crate::value::number::Decimal;

/// Settles fields with several keys, and refuses lines that lack a needed field.
#[derive(Debug, Default)]
pub(super) struct Settle {
    /// A slot, and the slots that give its value where it is absent, in order.
    fallbacks: Vec<(usize, Vec<usize>)>,
    /// Slots that have to be present, whether as a number, and the fields' names.
    needed: Vec<(usize, Value, String)>,
    /// Slots of which one has to be present, and the fields' names.
    one_of: Vec<(usize, String)>,
}

/// What a needed field has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Value {
    Any,
    Number,
}

impl Settle {
    /// Gives every key of `fields` that somebody wants a slot: `slots` are those of the fields,
    /// `spare` stands for nobody, and `next` is the first slot that is free.
    pub(super) fn new(
        fields: &[KeyedField],
        slots: &[usize],
        spare: usize,
        next: &mut usize,
    ) -> (Vec<(String, usize)>, Settle) {
        let mut fresh = || {
            *next += 1;
            *next - 1
        };
        let mut keys = Vec::new();
        let mut settle = Settle::default();
        for (field, &slot) in fields.iter().zip(slots) {
            let slot = match field.need {
                Need::Required | Need::OneOf if slot == spare => fresh(),
                _ if slot == spare => continue,
                _ => slot,
            };
            let mut others = Vec::new();
            for (index, key) in field.keys.iter().enumerate() {
                let slot = if index == 0 { slot } else { fresh() };
                keys.push((key.clone(), slot));
                others.extend((index > 0).then_some(slot));
            }
            if !others.is_empty() {
                settle.fallbacks.push((slot, others));
            }
            if field.need == Need::OneOf {
                settle.one_of.push((slot, field.name.clone()));
            }
            if field.need == Need::Required {
                let value = match field.kind {
                    Kind::Integer | Kind::Number | Kind::Duration(_) => Value::Number,
                    Kind::Text | Kind::Elements | Kind::Time(_) => Value::Any,
                };
                settle.needed.push((slot, value, field.name.clone()));
            }
        }
        (keys, settle)
    }

    /// Settles the spans of one line.
    pub(super) fn settle(&self, spans: &mut [Span], line: &[u8], text: &[u8]) -> Result<(), ()> {
        let is_absent = |span: Span| matches!(span.of(line, text), b"" | b"-");
        for (slot, others) in &self.fallbacks {
            if is_absent(spans[*slot])
                && let Some(other) = others.iter().find(|other| !is_absent(spans[**other]))
            {
                spans[*slot] = spans[*other];
            }
        }
        let lacks = |(slot, value, _): &(usize, Value, String)| {
            let text = spans[*slot].of(line, text);
            text.is_empty() || *value == Value::Number && text != b"-" && Decimal::parse(text).is_none()
        };
        let is_empty = |(slot, _): &(usize, String)| spans[*slot].of(line, text).is_empty();
        let lacks_all = !self.one_of.is_empty() && self.one_of.iter().all(is_empty);
        if lacks_all || self.needed.iter().any(lacks) { Err(()) } else { Ok(()) }
    }

    /// The names of needed fields.
    pub(super) fn needed(&self) -> String {
        let mut names: Vec<String> = self.needed.iter().map(|(_, _, name)| name.clone()).collect();
        if !self.one_of.is_empty() {
            let one_of: Vec<&str> = self.one_of.iter().map(|(_, name)| name.as_str()).collect();
            names.push(one_of.join(" or "));
        }
        names.join(", ")
    }
}
