//! Lines of JSON that are read by the shapes of those before them.

use super::JsonScanner;
use super::shape::Shape;
use crate::scan::batch::{Batch, LineSet, lines_of};
use crate::scan::record::Span;
use crate::scan::shapes::Shapes;

impl JsonScanner {
    /// Reads those lines of a batch of `text` that are of a known shape; answers which.
    pub(in crate::scan) fn scan_batch(
        &self,
        shapes: &mut Shapes<Shape>,
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
        shapes: &mut Shapes<Shape>,
        hay: &[u8],
        spans: &mut [Span],
        scratch: &mut Vec<u8>,
    ) -> Option<usize> {
        if shapes.rests() {
            return None;
        }
        let kept = scratch.len();
        let spans = &mut spans[..self.slots];
        for (index, shape) in shapes.known().iter().enumerate() {
            spans.fill(Span::ABSENT);
            if let Some(end) = shape.read(hay, spans, scratch)
                && self.settle.settle(spans, &hay[..end], scratch).is_ok()
            {
                shapes.hit(index);
                return Some(end);
            }
            scratch.truncate(kept);
        }
        self.learn(shapes, hay);
        None
    }

    #[cold]
    #[inline(never)]
    fn learn(&self, shapes: &mut Shapes<Shape>, hay: &[u8]) {
        if !shapes.miss() {
            return;
        }
        let line = &hay[..memchr::memchr(b'\n', hay).unwrap_or(hay.len())];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        shapes.learn(|shape| shape.learn(line, &self.nodes));
    }
}
