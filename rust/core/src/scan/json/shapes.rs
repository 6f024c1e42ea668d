//! The shapes that a thread's lines had lately.

use super::JsonScanner;
use super::shape::Shape;
use crate::scan::batch::{Batch, LineSet, lines_of};
use crate::scan::record::Span;

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
pub(in crate::scan) struct Shapes {
    /// The one of the last line first.
    known: Vec<Shape>,
    hits: u32,
    misses: u32,
    /// Lines that are still to be read without shapes.
    rest: u32,
    next_rest: u32,
}

impl Default for Shapes {
    fn default() -> Shapes {
        Shapes { known: Vec::new(), hits: 0, misses: 0, rest: 0, next_rest: FREE_MISSES }
    }
}

impl JsonScanner {
    /// Reads those lines of a batch of `text` that are of a known shape; answers which.
    pub(in crate::scan) fn scan_batch(
        &self,
        shapes: &mut Shapes,
        text: &[u8],
        batch: &mut Batch,
        scratch: &mut Vec<u8>,
    ) -> LineSet {
        // A last line may lack its line feed.
        let ended = &text[..memchr::memrchr(b'\n', text).map_or(0, |feed| feed + 1)];
        let mut matched = 0;
        for index in lines_of(batch.filled()) {
            let (line, spans) = batch.row_mut(index);
            let Some(hay) = ended.get(line.start..).filter(|_| line.end < ended.len()) else { continue };
            let kept = scratch.len();
            if self.scan_alike(shapes, hay, spans, scratch) == Some(line.len()) {
                matched |= 1 << index;
            } else {
                scratch.truncate(kept);
            }
        }
        matched
    }

    /// Reads the line that `hay` begins with and that ends in a line feed if it is of a known shape, and
    /// answers where it ends. If not, it may be learnt from, and [`JsonScanner::scan`] has to look at it.
    #[inline(always)]
    pub(super) fn scan_alike(
        &self,
        shapes: &mut Shapes,
        hay: &[u8],
        spans: &mut [Span],
        scratch: &mut Vec<u8>,
    ) -> Option<usize> {
        if shapes.rest > 0 {
            shapes.rest -= 1;
            return None;
        }
        let kept = scratch.len();
        let spans = &mut spans[..self.slots];
        for index in 0..shapes.known.len() {
            spans.fill(Span::ABSENT);
            if let Some(end) = shapes.known[index].read(hay, spans, scratch)
                && self.settle.settle(spans, &hay[..end], scratch).is_ok()
            {
                shapes.hit(index);
                return Some(end);
            }
            scratch.truncate(kept);
        }
        self.miss(shapes, hay);
        None
    }

    /// Learns the shape of the line that `hay` begins with, if that may pay.
    #[cold]
    #[inline(never)]
    fn miss(&self, shapes: &mut Shapes, hay: &[u8]) {
        shapes.misses += 1;
        if shapes.misses > FREE_MISSES + shapes.hits / 4 {
            shapes.rest = shapes.next_rest;
            shapes.next_rest = MAX_REST.min(2 * shapes.next_rest);
            (shapes.hits, shapes.misses) = (0, 0);
            return;
        }
        let line = &hay[..memchr::memchr(b'\n', hay).unwrap_or(hay.len())];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if shapes.known.len() < MAX_SHAPES {
            shapes.known.push(Shape::default());
        }
        if let Some(shape) = shapes.known.last_mut()
            && !shape.learn(line, &self.nodes)
        {
            shapes.known.pop();
        }
    }
}

impl Shapes {
    #[inline(always)]
    fn hit(&mut self, index: usize) {
        if index > 0 {
            self.known.swap(0, index);
        }
        self.hits += 1;
        if self.hits >= MAX_HITS {
            (self.hits, self.misses) = (MAX_HITS / 2, self.misses / 2);
            self.next_rest = FREE_MISSES;
        }
    }
}
