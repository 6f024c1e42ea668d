//! Counting many records at once by labels that are fields of the format: label by label first, so that no
//! record waits for the one before it, then record by record.

use super::Metric;
use super::keys::Keys;
use super::label::{LabelValues, Packed};
use super::table::Table;
use crate::operand::Operand;
use crate::scan::simd::{self, Search, Windows, Work};
use crate::scan::{MOST_LINES, Records, Span};

/// Counts `records` by the labels of `metric`, all of them fields.
#[inline(never)]
pub(super) fn count_fields(table: &mut Table, metric: &Metric, records: &Records<'_>, room: &mut usize) {
    table.keys_mut().begin_sets(records.len());
    for (label, operand) in metric.label_operands.iter().enumerate() {
        if let Operand::Field(slot) = *operand {
            simd::dispatch(PackField { keys: table.keys_mut(), label, slot, records });
        }
    }
    table.count_packed(records.len(), |index| FieldLabels { metric, records, index }, room);
}

/// Packs the values of a label, compiled per instruction set.
struct PackField<'a, 'r> {
    keys: &'a mut Keys,
    label: usize,
    slot: usize,
    records: &'a Records<'r>,
}

impl Work for PackField<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Search>(self, _search: S) {
        let PackField { keys, label, slot, records } = self;
        let len = records.len().min(MOST_LINES);
        let mut values = [Packed::default(); MOST_LINES];
        if !pack_within(slot, records, &mut values) {
            for (index, value) in values.iter_mut().enumerate().take(len) {
                *value = Packed::new(records.text_of(index, slot));
            }
        }
        for value in &mut values {
            *value = if *value == Packed::DASH { Packed::default() } else { *value };
        }
        keys.pack(label, &values[..len], |index| records.text_of(index, slot));
    }
}

/// Packs the values of a slot; says that it did not if one of them is no part of its line, or the text may end
/// within eight bytes behind one.
#[inline(always)]
fn pack_within(slot: usize, records: &Records<'_>, values: &mut [Packed; MOST_LINES]) -> bool {
    let Records { text, starts, limits, spans, slots, .. } = *records;
    let Some(windows) = Windows::new(text) else { return false };
    let len = starts.len().min(MOST_LINES);
    let (mut places, mut lens) = ([0; MOST_LINES], [0; MOST_LINES]);
    let spans = &spans[slot..];
    let mut all_bounds = 0;
    for index in 0..len {
        let (start, end) = spans[index * slots].marked_bounds();
        places[index] = starts[index].wrapping_add(start);
        lens[index] = end.wrapping_sub(start);
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
        values[index] = Packed::of_words(heads[index], lasts[index], lens[index]);
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
