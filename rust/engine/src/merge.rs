//! Bringing parts that threads finish in any order into the order of their input.

use std::collections::BTreeMap;

/// The place of a part: by input, then within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) input: usize,
    pub(crate) part: u64,
}

/// Finished parts that wait for those before them.
#[derive(Debug)]
pub(crate) struct Merge<P> {
    /// The place of the next part to leave.
    front: Place,
    /// Per input, the number of its parts once that is known.
    parts_of_inputs: Vec<Option<u64>>,
    waiting: BTreeMap<Place, Waiting<P>>,
    waiting_bytes: usize,
}

#[derive(Debug)]
struct Waiting<P> {
    part: P,
    bytes: usize,
    /// The place behind it, as it was known when it came.
    end: Place,
}

impl<P> Merge<P> {
    pub(crate) fn new(inputs: usize) -> Merge<P> {
        Merge {
            front: Place { input: 0, part: 0 },
            parts_of_inputs: vec![None; inputs],
            waiting: BTreeMap::new(),
            waiting_bytes: 0,
        }
    }

    /// The place of the part that everything else waits for.
    pub(crate) fn front(&self) -> Place {
        self.front
    }

    /// The memory that waiting parts hold, in bytes.
    pub(crate) fn waiting_bytes(&self) -> usize {
        self.waiting_bytes
    }

    /// Takes a finished part that holds about `held_bytes`.
    pub(crate) fn push(&mut self, place: Place, part: P, held_bytes: usize) {
        let bytes = held_bytes + size_of::<(Place, Waiting<P>)>();
        self.waiting_bytes += bytes;
        let end = Place { part: place.part + 1, ..place };
        self.waiting.insert(place, Waiting { part, bytes, end });
    }

    /// Joins parts that wait next to one another, so that many of them hold as much as a few. `join` adds the
    /// second part to the first, or gives it back.
    pub(crate) fn join(
        &mut self,
        join: impl Fn(&mut P, P) -> Result<(), P>,
        held_bytes: impl Fn(&P) -> usize,
    ) {
        let mut joined: Vec<(Place, Waiting<P>)> = Vec::new();
        for (place, mut next) in std::mem::take(&mut self.waiting) {
            if let Some((_, last)) = joined.last_mut()
                && self.settled(last.end) == place
            {
                match join(&mut last.part, next.part) {
                    Ok(()) => {
                        last.end = next.end;
                        continue;
                    }
                    Err(part) => next.part = part,
                }
            }
            joined.push((place, next));
        }
        for (_, waiting) in &mut joined {
            waiting.bytes = held_bytes(&waiting.part) + size_of::<(Place, Waiting<P>)>();
        }
        self.waiting_bytes = joined.iter().map(|(_, waiting)| waiting.bytes).sum();
        self.waiting = joined.into_iter().collect();
    }

    /// Settles how many parts an input has.
    pub(crate) fn settle(&mut self, input: usize, parts: u64) {
        self.parts_of_inputs[input] = Some(parts);
        self.front = self.settled(self.front);
    }

    /// The part at the front, if it is finished.
    pub(crate) fn pop(&mut self) -> Option<P> {
        let next = self.waiting.remove(&self.front)?;
        self.waiting_bytes -= next.bytes;
        self.front = self.settled(next.end);
        Some(next.part)
    }

    /// The same place: at the beginning of an input if the one before ends there.
    fn settled(&self, mut place: Place) -> Place {
        while self.parts_of_inputs.get(place.input) == Some(&Some(place.part)) {
            place = Place { input: place.input + 1, part: 0 };
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_leave_in_order_whenever_they_come(
            sizes in prop::collection::vec(0u64..5, 0..6),
            shuffle in any::<prop::sample::Index>(),
            joins in prop::collection::vec(0u8..3, 1..8),
        ) {
            let parts = (0..sizes.len())
                .flat_map(|input| (0..sizes[input]).map(move |part| Place { input, part }));
            let in_order: Vec<Place> = parts.collect();
            let mut order = in_order.clone();
            if !order.is_empty() {
                order.rotate_left(shuffle.index(in_order.len()));
                order.reverse();
            }
            let mut merge = Merge::new(sizes.len());
            let mut left = Vec::new();
            for (number, place) in order.into_iter().enumerate() {
                merge.push(place, vec![place], 10);
                merge.settle(place.input, sizes[place.input]);
                let most = usize::from(joins[number % joins.len()]) * 2;
                let join = |first: &mut Vec<Place>, mut second: Vec<Place>| {
                    if first.len() + second.len() > most {
                        return Err(second);
                    }
                    first.append(&mut second);
                    Ok(())
                };
                merge.join(join, |part| part.len() * 10);
                left.extend(std::iter::from_fn(|| merge.pop()));
            }
            for (input, &parts) in sizes.iter().enumerate() {
                merge.settle(input, parts);
                left.extend(std::iter::from_fn(|| merge.pop()));
            }
            prop_assert_eq!(left.concat(), in_order);
            prop_assert_eq!(merge.waiting_bytes(), 0);
            prop_assert_eq!(merge.front(), Place { input: sizes.len(), part: 0 });
        }
    }
}
