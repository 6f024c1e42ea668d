//! One reading per format, shared by the files that are written in it.

use std::sync::Arc;

use logagent_core::category::Groups;
use logagent_core::format::{Format, Resolved};
use logagent_core::plan::Plan;
use logagent_core::reading::Reading;
use logagent_core::scan::Scanner;

/// Readings by number: what they hold (automata's caches, memos) is too much for each file.
#[derive(Debug)]
pub(super) struct Readings {
    slots: Vec<Slot>,
    year: i16,
}

#[derive(Debug)]
struct Slot {
    format: Format,
    reading: Reading,
    /// Files that are read by it; without any it gives way to the next format.
    users: usize,
}

impl Readings {
    /// None yet. `year` is that of instants that are logged without one.
    pub(super) fn new(year: i16) -> Readings {
        Readings { slots: Vec::new(), year }
    }

    /// The reading for a file of the source of this number, with what was detected, in words.
    pub(super) fn open(
        &mut self,
        plan: &Plan,
        number_of_source: usize,
        head: &[u8],
    ) -> Result<(usize, Option<String>), String> {
        let source = plan.sources.get(number_of_source).ok_or("the configuration has no such source")?;
        let is_mined = plan.patterns_of(number_of_source).is_some();
        let resolved = match source.format.resolve(head) {
            // Patterns are learnt of lines in any format.
            Err(_) if is_mined => Resolved::raw(),
            resolved => resolved?,
        };
        // What a line means may depend on those before it, which are those of its own file.
        let is_shared = |slot: &Slot| slot.users == 0 || !slot.reading.scanner().needs_order();
        let known = self.slots.iter().position(|slot| slot.format == resolved.format && is_shared(slot));
        let number = if let Some(number) = known {
            number
        } else {
            let scanner = match &source.scanner {
                Some(scanner) => Arc::clone(scanner),
                None => {
                    plan.scanner_of(number_of_source, &resolved.format).map_err(|error| error.to_string())?
                }
            };
            let reading = learning(plan, scanner, self.year);
            self.enter(Slot { format: resolved.format, reading, users: 0 })
        };
        self.slots[number].users += 1;
        Ok((number, resolved.detected))
    }

    fn enter(&mut self, slot: Slot) -> usize {
        if let Some(free) = self.slots.iter().position(|slot| slot.users == 0) {
            self.slots[free] = slot;
            return free;
        }
        self.slots.push(slot);
        self.slots.len() - 1
    }

    /// One user less.
    pub(super) fn close(&mut self, number: usize) {
        self.slots[number].users -= 1;
    }

    pub(super) fn get(&mut self, number: usize) -> &mut Reading {
        &mut self.slots[number].reading
    }

    /// What it reads, and the year of instants that are logged without one.
    pub(super) fn format(&self, number: usize) -> (&Format, i16) {
        (&self.slots[number].format, self.year)
    }

    /// The plan's groups with those that were found since the last call; `None` if none were.
    pub(super) fn take_groups(&mut self, plan: &Plan) -> Option<Groups> {
        let mut groups = None;
        for one in self.slots.iter_mut().filter_map(|slot| slot.reading.learning_mut()).flatten() {
            let found = one.learner.take();
            if found.is_empty() {
                continue;
            }
            let own = groups.get_or_insert_with(|| plan.groups());
            let own = own.entry(plan.rules.categories.name_of(one).to_owned()).or_default();
            for group in found {
                if !own.contains(&group) {
                    own.push(group);
                }
            }
        }
        groups
    }

    /// Ends the windows of those who learn.
    pub(super) fn settle_groups(&mut self) {
        self.slots
            .iter_mut()
            .filter_map(|slot| slot.reading.learning_mut())
            .flatten()
            .for_each(|one| one.learner.settle());
    }

    /// Forgets all readings.
    pub(super) fn clear(&mut self) {
        self.slots.clear();
    }

    /// Says which year it is now.
    pub(super) fn set_year(&mut self, plan: &Plan, year: i16) {
        if year != self.year {
            self.year = year;
            for slot in &mut self.slots {
                slot.reading = learning(plan, Arc::clone(slot.reading.scanner()), year);
            }
        }
    }
}

/// A reading whose lines are learnt from.
fn learning(plan: &Plan, scanner: Arc<Scanner>, year: i16) -> Reading {
    let mut reading = Reading::new(plan, scanner, year);
    if let Some(learning) = reading.learning_mut() {
        *learning = plan.rules.categories.learning();
    }
    reading
}
