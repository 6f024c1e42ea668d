//! The values that categories give records.

use std::num::NonZeroU32;
use std::sync::Arc;

use super::template;
use crate::metric::Packed;

/// Values that do not depend on the record, of all categories of a plan.
#[derive(Debug, Clone, Default)]
pub struct Constants(Option<Arc<Vec<u8>>>);

/// A category's value for a record, to be looked up among label values as it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Value {
    packed: Packed,
    /// Where its text begins, and its length.
    start: u32,
    len: u32,
    /// Its number, from 1, among the constants of its category, if it is one.
    number: Option<NonZeroU32>,
}

/// The values that the categories gave the records of a batch; used again for the next one.
#[derive(Debug, Clone, Default)]
pub struct Values {
    constants: Constants,
    /// The constants, and behind them what these records' categories wrote.
    text: Vec<u8>,
    /// Of each record one for each category.
    each: Vec<Value>,
    categories: usize,
}

/// The values that the categories gave one record.
#[derive(Debug, Clone, Copy, Default)]
pub struct Given<'v> {
    text: &'v [u8],
    each: &'v [Value],
}

impl Constants {
    /// Adds the constant of a category that has this number there, cut to what a label holds.
    pub fn add(&mut self, value: &[u8], number: NonZeroU32) -> Value {
        let value = &value[template::bounded(value)];
        let all = Arc::make_mut(self.0.get_or_insert_default());
        let start = all.len() as u32;
        all.extend_from_slice(value);
        Value { packed: Packed::new(value), start, len: value.len() as u32, number: Some(number) }
    }
}

impl Constants {
    #[inline(always)]
    fn text(&self) -> &[u8] {
        self.0.as_ref().map_or(&[], |text| text)
    }

    #[inline(always)]
    fn is(&self, other: &Constants) -> bool {
        self.0.as_ref().map(Arc::as_ptr) == other.0.as_ref().map(Arc::as_ptr)
    }
}

impl Values {
    /// Makes room for the values of `categories` categories for each of `records` records, which all have to be
    /// set then; `constants` are theirs.
    #[inline(always)]
    pub fn reset(&mut self, records: usize, categories: usize, constants: &Constants) {
        if !self.constants.is(constants) {
            self.adopt(constants);
        }
        self.text.truncate(self.constants.text().len());
        self.each.resize(records * categories, Value::default());
        self.categories = categories;
    }

    /// The same of categories without constants.
    pub fn begin(&mut self, records: usize, categories: usize) {
        let constants = self.constants.clone();
        self.reset(records, categories, &constants);
    }

    #[cold]
    fn adopt(&mut self, constants: &Constants) {
        self.constants = constants.clone();
        self.text.clear();
        self.text.extend_from_slice(constants.text());
    }

    /// Notes that category `category` gives a record one of the constants.
    #[inline(always)]
    pub fn set(&mut self, record: usize, category: usize, constant: Value) {
        self.each[record * self.categories + category] = constant;
    }

    /// Notes the value that category `category` gives a record.
    #[inline(always)]
    pub fn write(&mut self, record: usize, category: usize, value: &[u8]) {
        let start = self.text.len() as u32;
        self.text.extend_from_slice(value);
        let len = value.len() as u32;
        let value = Value { packed: Packed::new(value), start, len, number: None };
        self.each[record * self.categories + category] = value;
    }

    /// The same as [`Given::constant`] of a record.
    #[inline(always)]
    pub fn constant(&self, record: usize, category: usize) -> Option<NonZeroU32> {
        self.each[record * self.categories + category].number
    }

    /// The values of one record.
    #[inline(always)]
    pub fn of(&self, record: usize) -> Given<'_> {
        Given { text: &self.text, each: &self.each[record * self.categories..][..self.categories] }
    }
}

impl<'v> Given<'v> {
    /// The value of category `category`; empty when it has none.
    #[inline(always)]
    pub fn get(self, category: usize) -> &'v [u8] {
        let Value { start, len, .. } = self.each[category];
        &self.text[start as usize..][..len as usize]
    }

    /// The number, from 1, of the value among the constants of category `category`, if it is one.
    #[inline(always)]
    pub fn constant(self, category: usize) -> Option<NonZeroU32> {
        self.each[category].number
    }

    /// The value of category `category`, packed.
    #[inline(always)]
    pub fn packed(self, category: usize) -> Packed {
        self.each[category].packed
    }
}
