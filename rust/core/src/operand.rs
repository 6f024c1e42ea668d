//! What labels, conditions and categories read: fields of the record, and categories.

use crate::category::Values;
use crate::scan::Record;

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
    pub categories: &'a Values,
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
