//! Lines of pairs that are read by the shapes of those before them.

use std::ops::Range;

use super::PairScanner;
use super::shape::{Plan, Shape};
use crate::scan::batch::{Batch, LineSet, lines_of};
use crate::scan::division::Parts;
use crate::scan::record::Span;
use crate::scan::shapes::Shapes;
use crate::scan::simd::{Search, Work};

/// Reads those lines of a batch that are of a known shape.
pub struct PairLines<'a> {
    pub scanner: &'a PairScanner,
    pub shapes: &'a mut Shapes<Shape>,
    pub batch: &'a mut Batch,
    pub text: &'a [u8],
}

impl Work for PairLines<'_> {
    /// Those lines that were read; [`PairScanner::scan`] has to look at the others.
    type Output = LineSet;

    #[inline(always)]
    fn run<S: Search>(self, search: S) -> LineSet {
        let PairLines { scanner, shapes, batch, text } = self;
        let Some(plan) = scanner.plan else { return 0 };
        let mut parts = Parts::new();
        let mut matched = 0;
        for index in lines_of(batch.filled()) {
            if shapes.rests() {
                continue;
            }
            let (line, spans) = batch.row_mut(index);
            let is_read = if plan.divide(search, &mut parts, text, line.clone()) {
                scanner.scan_alike(shapes, plan, &parts, text, line, spans)
            } else {
                shapes.miss();
                false
            };
            matched |= LineSet::from(is_read) << index;
        }
        matched
    }
}

impl PairScanner {
    /// Reads a line of `text` that was divided, if it is of a known shape, and answers whether it is. If not, it may be
    /// learnt from.
    #[inline(always)]
    fn scan_alike(
        &self,
        shapes: &mut Shapes<Shape>,
        plan: Plan,
        parts: &Parts,
        text: &[u8],
        line: Range<usize>,
        spans: &mut [Span],
    ) -> bool {
        for (index, shape) in shapes.known().iter().enumerate() {
            self.clear(spans);
            if shape.read(plan, parts, text, line.start, spans)
                && self.settle.settle(spans, &text[line.clone()], &[]).is_ok()
            {
                shapes.hit(index);
                return true;
            }
        }
        self.learn(shapes, plan, parts, &text[line.clone()], line.start);
        false
    }

    #[cold]
    #[inline(never)]
    fn learn(&self, shapes: &mut Shapes<Shape>, plan: Plan, parts: &Parts, line: &[u8], start: usize) {
        let slot = |key: &[u8]| self.keys.iter().find(|(known, _)| **known == *key).map(|(_, slot)| *slot);
        if shapes.miss() {
            shapes.learn(|shape| shape.learn(plan, parts, line, start, slot));
        }
    }
}
