//! The counts of one metric by slot and series.

use std::borrow::Cow;
use std::collections::HashMap;

pub(super) use crate::metric::column::NOWHERE;
use crate::metric::{Amounts, Metric};

/// A row and its key are no slot.
const NEVER: i64 = i64::MAX;

/// What was counted of each pair of slot and series.
#[derive(Debug, Clone)]
pub struct SlotTable {
    /// By row.
    amounts: Amounts,
    /// Start of the slot in Unix seconds, and the series, by row.
    keys: Vec<(i64, u32)>,
    index: HashMap<(i64, u32), u32, foldhash::fast::RandomState>,
    /// By series: the slot that it was last found in, and the row.
    last: Vec<(i64, u32)>,
}

impl SlotTable {
    /// Nothing counted.
    pub fn new(metric: &Metric) -> SlotTable {
        SlotTable { amounts: metric.amounts(), keys: Vec::new(), index: HashMap::default(), last: Vec::new() }
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// About how much memory the rows take, in bytes.
    pub fn held_bytes(&self) -> usize {
        // An entry of the index, and a byte for its state, of which 7 in 8 are used at most.
        const INDEX_BYTES: usize = (size_of::<((i64, u32), u32)>() + 1) * 8 / 7;
        self.amounts.held_bytes()
            + size_of_val(&*self.keys)
            + size_of_val(&*self.last)
            + self.index.capacity() * INDEX_BYTES
    }

    /// What was counted, by row.
    pub fn amounts(&self) -> &Amounts {
        &self.amounts
    }

    pub(super) fn amounts_mut(&mut self) -> &mut Amounts {
        &mut self.amounts
    }

    /// Every row: its number, where its slot starts (Unix seconds), its series.
    pub fn rows(&self) -> impl Iterator<Item = (u32, i64, u32)> {
        (0..).zip(&self.keys).map(|(row, &(start, series))| (row, start, series))
    }

    /// The row of a series in a slot, if that is where the series was found last.
    #[inline(always)]
    pub(super) fn last_row(&self, start: i64, series: u32) -> Option<u32> {
        let &(last, row) = self.last.get(series as usize)?;
        (last == start).then_some(row)
    }

    /// Finds the row of a series in a slot, or makes it if there may be one more.
    pub(super) fn row(&mut self, start: i64, series: u32, may_grow: bool) -> Option<u32> {
        let key = (start, series);
        let row = match self.index.get(&key) {
            Some(&row) => row,
            None if may_grow => {
                let row = self.keys.len() as u32;
                self.keys.push(key);
                self.index.insert(key, row);
                self.amounts.grow(self.keys.len());
                row
            }
            None => return None,
        };
        let series = series as usize;
        if self.last.len() <= series {
            self.last.resize(series + 1, (NEVER, 0));
        }
        self.last[series] = (start, row);
        Some(row)
    }

    /// The same counts, of series of other numbers: series `i` is `series[i]`.
    #[must_use]
    pub fn renumbered(&self, metric: &Metric, series: &[u32]) -> Cow<'_, SlotTable> {
        if (0..).zip(series).all(|(own, series)| own == *series) {
            return Cow::Borrowed(self);
        }
        let mut table = SlotTable::new(metric);
        let rows = self.rows().filter_map(|(_, start, own)| table.row(start, series[own as usize], true));
        let rows: Vec<u32> = rows.collect();
        table.amounts.merge(&self.amounts, &rows);
        Cow::Owned(table)
    }

    pub(super) fn clear(&mut self) {
        self.amounts.clear();
        self.keys.clear();
        self.index.clear();
        self.last.clear();
    }
}
