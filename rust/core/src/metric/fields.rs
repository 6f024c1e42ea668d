//! Counting many records at once by labels that are fields of the format: label by label first, so that no
//! record waits for the one before it, then record by record.

use super::Metric;
use super::keys::Keys;
use super::label::{LabelValues, Packed};
use super::table::Table;
use crate::operand::Operand;
use crate::scan::Records;

/// Counts `records` by the labels of `metric`, all of them fields.
#[inline(never)]
pub(super) fn count_fields(table: &mut Table, metric: &Metric, records: &Records<'_>, room: &mut usize) {
    table.keys_mut().begin_sets(records.len());
    for (label, operand) in metric.label_operands.iter().enumerate() {
        if let Operand::Field(slot) = *operand {
            pack_field(table.keys_mut(), label, slot, records);
        }
    }
    table.count_packed(records.len(), |index| FieldLabels { metric, records, index }, room);
}

#[inline(never)]
fn pack_field(keys: &mut Keys, label: usize, slot: usize, records: &Records<'_>) {
    let Records { text, lines, scratch, spans, slots } = *records;
    let fields = lines.iter().zip(spans.chunks_exact(slots)).enumerate();
    let values = fields.map(|(index, (line, spans))| {
        let (start, end, in_scratch) = spans[slot].bounds();
        let packed = if in_scratch {
            Packed::new(&scratch[start..end])
        } else {
            Packed::within(text, line.start as usize + start, line.start as usize + end)
        };
        let is_absent = packed.len == 1 && packed.head == u64::from(b'-');
        let text = move || records.get(index).get(slot).unwrap_or_default();
        (if is_absent { Packed::default() } else { packed }, text)
    });
    keys.pack(label, values);
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
