//! A miner as two JSON texts, for whoever writes it again and again: its shapes, which change with
//! [`Miner::revision`] only, and the counts of these.

use serde::{Deserialize, Serialize};

use super::{Miner, Model, ModelError, Shape, Timeline};

/// What changes with every line.
#[derive(Debug, Serialize, Deserialize)]
struct Counts {
    lines: u64,
    forgotten_lines: u64,
    /// Count, newest line and timeline, in the order of the shapes.
    shapes: Vec<(u64, u64, Timeline)>,
}

impl Miner {
    /// The shapes as JSON, and all that changes with the revision only.
    pub fn shapes_json(&self) -> String {
        let words = &self.shapes.words;
        let shapes = self.shapes.living().map(|(_, leaf)| Shape::of(leaf, words)).collect();
        self.model(Vec::new(), shapes).to_json()
    }

    /// The counts as JSON, of the shapes that [`Miner::shapes_json`] writes at the same revision.
    pub fn counts_json(&self) -> String {
        let counts = self.shapes.living().map(|(_, leaf)| (leaf.count, leaf.newest, leaf.timeline.clone()));
        let counts =
            Counts { lines: self.lines, forgotten_lines: self.forgotten_lines, shapes: counts.collect() };
        serde_json::to_string(&counts).unwrap_or_default() // numbers always can be
    }

    /// The miner that wrote both texts at the same revision.
    ///
    /// # Errors
    /// As [`Miner::from_json`], and for counts of other shapes.
    pub fn from_kept(shapes: &str, counts: &str) -> Result<Miner, ModelError> {
        let mut model = Model::from_json(shapes)?;
        let counts: Counts = serde_json::from_str(counts)?;
        if counts.shapes.len() != model.shapes.len() {
            return Err(ModelError::Counts);
        }
        model.lines = counts.lines;
        model.forgotten_lines = counts.forgotten_lines;
        for (shape, (count, newest, timeline)) in model.shapes.iter_mut().zip(counts.shapes) {
            (shape.count, shape.newest, shape.timeline) = (count, newest, timeline);
        }
        Miner::of_model(model)
    }
}

#[cfg(test)]
mod tests {
    use crate::template::{Header, Miner, Reader};

    fn learn(miner: &mut Miner, lines: impl Iterator<Item = String>) {
        let mut reader = Reader::new(Header::default(), 2026);
        for line in lines {
            miner.learn(&reader.read(line.as_bytes()));
        }
    }

    fn line(number: u32) -> String {
        let user = ["alice", "bob", "carol"][number as usize % 3];
        match number % 4 {
            0 => format!("session {number} of user {user} opened"),
            1 => format!("cannot read /var/lib/{user}/{number}: no such file"),
            2 => format!("user={user} took {number} ms"),
            _ => format!("worker {user}-{} restarted after {number} jobs", number % 7),
        }
    }

    #[test]
    fn what_is_kept_goes_on_as_if_it_had_not_stopped() {
        let (mut whole, mut parted) = (Miner::default(), Miner::default());
        learn(&mut whole, (0..900).map(line));
        for start in (0..900).step_by(100) {
            parted.settle();
            let (shapes, counts) = (parted.shapes_json(), parted.counts_json());
            parted = Miner::from_kept(&shapes, &counts).expect("what it wrote");
            assert_eq!((parted.shapes_json(), parted.counts_json()), (shapes, counts));
            learn(&mut parted, (start..start + 100).map(line));
        }
        assert_eq!(parted.to_json(), whole.to_json());
    }

    #[test]
    fn counts_alone_do_not_change_the_revision() {
        let mut miner = Miner::default();
        learn(&mut miner, (0..40).map(|number| format!("took {number} ms")));
        let (revision, shapes) = (miner.revision(), miner.shapes_json());
        // Exemplars are kept of the first lines, and of few afterwards.
        learn(&mut miner, (40..60).map(|number| format!("took {number} ms")));
        assert_eq!(miner.revision(), revision);
        let other = miner.counts_json();
        assert!(Miner::from_kept(&shapes, &other).unwrap().lines() == 60);
        learn(&mut miner, (0..1).map(|_| "started".to_owned()));
        assert!(miner.revision() > revision);
        assert!(Miner::from_kept(&miner.shapes_json(), &other).is_err());
    }
}
