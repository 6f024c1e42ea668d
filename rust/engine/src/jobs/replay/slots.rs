//! How many lines each slot has. A line that matches no format has no time of its own: it counts with the record
//! before it in its input, or, before the first, with that.

use std::collections::BTreeMap;

/// Lines of a slot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SlotLines {
    /// All of them.
    pub lines: u64,
    /// Those that do not match the format.
    pub rejected: u64,
}

impl SlotLines {
    const RECORD: SlotLines = SlotLines { lines: 1, rejected: 0 };

    fn refused(count: u64) -> SlotLines {
        SlotLines { lines: count, rejected: count }
    }
}

/// Where a record was.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// In the slot that starts then, in Unix seconds.
    Slot(i64),
    /// Not within the window.
    Outside,
}

/// The slots of some lines of one input that follow each other.
#[derive(Debug, Default)]
pub(super) struct PartSlots {
    /// Refused lines in front of the first record.
    first: u64,
    /// Where the first record and the last one were; `None` if there was none.
    ends: Option<(Place, Place)>,
    slots: BTreeMap<i64, SlotLines>,
}

impl PartSlots {
    /// Counts a record; `slot` is where its slot starts, if it is within the window.
    pub(super) fn record(&mut self, slot: Option<i64>) {
        let place = slot.map_or(Place::Outside, Place::Slot);
        self.ends = Some((self.ends.map_or(place, |(first, _)| first), place));
        add(&mut self.slots, place, SlotLines::RECORD);
    }

    /// Counts a line that matches no format.
    pub(super) fn reject(&mut self) {
        match self.ends {
            None => self.first += 1,
            Some((_, last)) => add(&mut self.slots, last, SlotLines::refused(1)),
        }
    }
}

/// The slots of all lines so far.
#[derive(Debug, Default)]
pub(super) struct Slots {
    /// By start, in Unix seconds.
    pub(super) by_start: BTreeMap<i64, SlotLines>,
    /// Refused lines of the input that wait for its first record.
    waiting: u64,
    /// Where the last record of the input was.
    last: Option<Place>,
}

impl Slots {
    /// What follows is of another input.
    pub(super) fn begin_input(&mut self) {
        self.waiting = 0;
        self.last = None;
    }

    /// Adds what comes next in the input.
    pub(super) fn add(&mut self, part: PartSlots) {
        match self.last {
            Some(last) => add(&mut self.by_start, last, SlotLines::refused(part.first)),
            None => self.waiting += part.first,
        }
        if let Some((first, last)) = part.ends {
            add(&mut self.by_start, first, SlotLines::refused(std::mem::take(&mut self.waiting)));
            self.last = Some(last);
        }
        for (slot, lines) in part.slots {
            add(&mut self.by_start, Place::Slot(slot), lines);
        }
    }
}

fn add(slots: &mut BTreeMap<i64, SlotLines>, place: Place, more: SlotLines) {
    if let Place::Slot(slot) = place
        && more.lines > 0
    {
        let known = slots.entry(slot).or_default();
        known.lines += more.lines;
        known.rejected += more.rejected;
    }
}
