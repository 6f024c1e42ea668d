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
        self.waiting.insert(place, Waiting { part, bytes });
    }

    /// Settles how many parts an input has.
    pub(crate) fn settle(&mut self, input: usize, parts: u64) {
        self.parts_of_inputs[input] = Some(parts);
        self.skip_ended_inputs();
    }

    /// The part at the front, if it is finished.
    pub(crate) fn pop(&mut self) -> Option<P> {
        let next = self.waiting.remove(&self.front)?;
        self.waiting_bytes -= next.bytes;
        self.front.part += 1;
        self.skip_ended_inputs();
        Some(next.part)
    }

    fn skip_ended_inputs(&mut self) {
        while self.parts_of_inputs.get(self.front.input) == Some(&Some(self.front.part)) {
            self.front = Place { input: self.front.input + 1, part: 0 };
        }
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
            for place in order {
                merge.push(place, place, 10);
                merge.settle(place.input, sizes[place.input]);
                left.extend(std::iter::from_fn(|| merge.pop()));
            }
            for (input, &parts) in sizes.iter().enumerate() {
                merge.settle(input, parts);
                left.extend(std::iter::from_fn(|| merge.pop()));
            }
            prop_assert_eq!(left, in_order);
            prop_assert_eq!(merge.waiting_bytes(), 0);
            prop_assert_eq!(merge.front(), Place { input: sizes.len(), part: 0 });
        }
    }
}
