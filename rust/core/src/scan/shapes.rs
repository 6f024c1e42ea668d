//! The shapes that a thread's lines had lately.

/// Shapes that are known at a time: lines that lack one or another key have as many.
const MAX_SHAPES: usize = 4;

/// Lines of no known shape that are allowed before their share is looked at.
const FREE_MISSES: u32 = 16;

/// Hits that are remembered; then they count half.
const MAX_HITS: u32 = 1024;

/// The longest rest, in lines.
const MAX_REST: u32 = 4096;

/// Shapes that were learnt from lines, and whether that pays: where more than every fifth line has no known
/// shape, lines are read without for a time. So lines that are never alike cost little more.
#[derive(Debug)]
pub(super) struct Shapes<T> {
    /// The one of the last line first.
    known: Vec<T>,
    /// One that could not be learnt: its memory serves the next attempt.
    spare: Option<T>,
    hits: u32,
    misses: u32,
    /// Lines that are still to be read without shapes.
    rest: u32,
    next_rest: u32,
}

impl<T> Default for Shapes<T> {
    fn default() -> Shapes<T> {
        Shapes { known: Vec::new(), spare: None, hits: 0, misses: 0, rest: 0, next_rest: FREE_MISSES }
    }
}

impl<T: Default> Shapes<T> {
    /// Whether the next line is to be read without shapes.
    #[inline(always)]
    pub(super) fn rests(&mut self) -> bool {
        let rests = self.rest > 0;
        self.rest -= u32::from(rests);
        rests
    }

    /// The shapes, the one of the last line first.
    #[inline(always)]
    pub(super) fn known(&self) -> &[T] {
        &self.known
    }

    /// A line was of shape number `index`.
    #[inline(always)]
    pub(super) fn hit(&mut self, index: usize) {
        if index > 0 {
            self.known.swap(0, index);
        }
        self.hits += 1;
        if self.hits >= MAX_HITS {
            (self.hits, self.misses) = (MAX_HITS / 2, self.misses / 2);
            self.next_rest = FREE_MISSES;
        }
    }

    /// A line was of no known shape; answers whether it may pay to learn that of this line.
    pub(super) fn miss(&mut self) -> bool {
        self.misses += 1;
        let may_pay = self.misses <= FREE_MISSES + self.hits / 4;
        if !may_pay {
            self.rest = self.next_rest;
            self.next_rest = MAX_REST.min(2 * self.next_rest);
            (self.hits, self.misses) = (0, 0);
        }
        may_pay
    }

    /// Lets `learn` make a shape another one, and forgets the shape if it answers that it could not.
    pub(super) fn learn(&mut self, learn: impl FnOnce(&mut T) -> bool) {
        if self.known.len() < MAX_SHAPES {
            self.known.push(self.spare.take().unwrap_or_default());
        }
        if let Some(shape) = self.known.last_mut()
            && !learn(shape)
        {
            self.spare = self.known.pop();
        }
    }
}
