//! Where the fields and groups of a lowered regex go.

use super::derive::Derive;
use crate::format::lower::Lowered;

/// A lowered regex, its fields given slots.
#[derive(Debug)]
pub struct Wiring {
    /// The slot of each field of the pattern; `None` where nobody wants it.
    pub slots: Vec<Option<usize>>,
    /// How the groups of several parts follow from their first and last field.
    pub covers: Vec<Derive>,
    /// The first slot that is free.
    pub next: usize,
}

impl Wiring {
    /// `group_slot` answers where the group of this number − 1 is wanted; slots from `next` on are free.
    pub fn new(lowered: &Lowered, group_slot: impl Fn(usize) -> Option<usize>, next: usize) -> Wiring {
        let mut wiring =
            Wiring { slots: vec![None; lowered.pattern.fields().count()], covers: Vec::new(), next };
        for (group, cover) in lowered.groups.iter().enumerate() {
            let Some(to) = group_slot(group) else { continue };
            let is_one_field = cover.first == cover.last && cover.before == 0 && cover.after == 0;
            if is_one_field && wiring.slots[cover.first].is_none() {
                wiring.slots[cover.first] = Some(to);
            } else {
                let (first, last) = (wiring.slot_of(cover.first), wiring.slot_of(cover.last));
                let (before, after) = (cover.before, cover.after);
                wiring.covers.push(Derive::Cover { first, before, last, after, to });
            }
        }
        wiring
    }

    fn slot_of(&mut self, field: usize) -> usize {
        *self.slots[field].get_or_insert_with(|| {
            self.next += 1;
            self.next - 1
        })
    }
}

#[cfg(test)]
mod tests;
