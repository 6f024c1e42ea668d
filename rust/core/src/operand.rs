//! What labels, conditions and categories read: fields of the record, and categories.

use crate::category::{Given, Values};
use crate::scan::{Record, Records};

/// A name of the configuration, resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operand {
    /// The field in this slot of the record.
    Field(usize),
    /// The value of this category of the plan.
    Category(usize),
}

/// A record and what the categories made of it.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The scanned line.
    pub record: &'a Record<'a>,
    /// The categories that come before whoever looks.
    pub categories: Given<'a>,
}

/// Records that follow one another, and what the categories made of them.
#[derive(Debug, Clone, Copy)]
pub struct Views<'a> {
    /// The scanned lines.
    pub records: &'a Records<'a>,
    /// The categories that come before whoever looks.
    pub categories: &'a Values,
}

impl Views<'_> {
    /// Calls `take` with the view of record number `index`.
    #[inline(always)]
    pub fn with<T>(&self, index: usize, take: impl FnOnce(&View<'_>) -> T) -> T {
        take(&View { record: &self.records.get(index), categories: self.categories.of(index) })
    }
}

impl<'a> View<'a> {
    /// The text of an operand, `None` when absent.
    #[inline(always)]
    pub fn text(&self, operand: Operand) -> Option<&'a [u8]> {
        match operand {
            Operand::Field(slot) => self.record.get(slot),
            Operand::Category(category) => {
                Some(self.categories.get(category)).filter(|text| !text.is_empty())
            }
        }
    }
}
