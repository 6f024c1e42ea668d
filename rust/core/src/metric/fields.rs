//! Counting many records at once by labels that are fields of the format: label by label first, so that no
//! record waits for the one before it, then record by record.

use super::Metric;
use super::label::{LabelValues, Packed, SetHasher};
use super::sets::{PackedColumn, PackedSets};
use super::table::Table;
use crate::operand::Operand;
use crate::scan::simd::{self, Search, Windows, Work};
use crate::scan::{MOST_LINES, Records, Span};

/// Counts `records` by the labels of `metric`, all of them fields.
#[inline(never)]
pub(super) fn count_fields(table: &mut Table, metric: &Metric, records: &Records<'_>, room: &mut usize) {
    let (sets, hasher) = table.keys_mut().sets_mut();
    sets.begin(records.len());
    for (label, operand) in metric.label_operands.iter().enumerate() {
        if let Operand::Field(slot) = *operand {
            simd::dispatch(PackField { sets, hasher, label, slot, records });
        }
    }
    table.count_sets(|index| FieldLabels { metric, records, index }, room);
}

/// Packs the values of a label, compiled per instruction set.
struct PackField<'a, 'r> {
    sets: &'a mut PackedSets,
    hasher: &'a SetHasher,
    label: usize,
    slot: usize,
    records: &'a Records<'r>,
}

impl Work for PackField<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Search>(self, _search: S) {
        let PackField { sets, hasher, label, slot, records } = self;
        let fill = |values: &mut PackedColumn| {
            if !pack_within(slot, records, values) {
                for index in 0..records.len().min(MOST_LINES) {
                    values.put(index, Packed::new(records.text_of(index, slot)));
                }
            }
            for index in 0..MOST_LINES {
                let value = values.get(index);
                values.put(index, if value == Packed::DASH { Packed::default() } else { value });
            }
        };
        sets.pack(hasher, label, fill, |index| records.text_of(index, slot));
    }
}

/// Packs the values of a slot; says that it did not if one of them is no part of its line, or the text may end
/// within eight bytes behind one.
#[inline(always)]
fn pack_within(slot: usize, records: &Records<'_>, values: &mut PackedColumn) -> bool {
    let Records { text, starts, limits, spans, slots, .. } = *records;
    let Some(windows) = Windows::new(text) else { return false };
    let len = starts.len().min(MOST_LINES);
    let (mut places, mut lens) = ([0; MOST_LINES], [0; MOST_LINES]);
    assert!(slot < slots, "of the records");
    let rows = spans.chunks_exact(slots).zip(starts);
    let mut all_bounds = 0;
    for ((row, line), (place, len)) in rows.zip(places.iter_mut().zip(&mut lens)) {
        let (start, end) = row[slot].marked_bounds();
        *place = line.wrapping_add(start);
        *len = end.wrapping_sub(start);
        all_bounds |= end;
    }
    let is_within = limits.last().is_none_or(|limit| *limit as usize <= windows.last());
    if !is_within || all_bounds >= Span::SCRATCH {
        return false;
    }
    let (mut heads, mut lasts) = ([0; MOST_LINES], [0; MOST_LINES]);
    for index in 0..len {
        heads[index] = windows.word(places[index] as usize);
    }
    if lens.iter().fold(0, |most, len| most.max(*len)) > 8 {
        for index in 0..len {
            lasts[index] = windows.word((places[index] + lens[index]).saturating_sub(8) as usize);
        }
    }
    for index in 0..MOST_LINES {
        values.put(index, Packed::of_words(heads[index], lasts[index], lens[index]));
    }
    true
}

/// The label values of a record, all of them fields.
struct FieldLabels<'r, 'a> {
    metric: &'r Metric,
    records: &'r Records<'a>,
    index: usize,
}

impl<'a> LabelValues<'a> for FieldLabels<'_, 'a> {
    fn text(&self, label: usize) -> &'a [u8] {
        let Operand::Field(slot) = self.metric.label_operands[label] else { return b"" };
        self.records.get(self.index).get(slot).unwrap_or_default()
    }
}
