//! Lines of pairs that are read by the shapes of those before them.

use std::ops::Range;

use super::PairScanner;
use super::shape::{Plan, Shape};
use crate::scan::batch::{Batch, LineSet, lines_of};
use crate::scan::division::Parts;
use crate::scan::record::Span;
use crate::scan::shapes::Shapes;
use crate::scan::simd::{Search, Work};

/// Lines of a batch of `text`. `constants` is what the scratch text begins with.
pub struct PairLines<'a> {
    pub scanner: &'a PairScanner,
    pub shapes: &'a mut Shapes<Shape>,
    pub batch: &'a mut Batch,
    pub text: &'a [u8],
    pub constants: &'a [u8],
}

impl Work for PairLines<'_> {
    /// Those lines that were read; [`PairScanner::scan`] has to look at the others.
    type Output = LineSet;

    #[inline(always)]
    fn run<S: Search>(self, search: S) -> LineSet {
        let PairLines { scanner, shapes, batch, text, constants } = self;
        let Some(plan) = scanner.plan else { return 0 };
        let mut parts = Parts::new();
        let mut matched = 0;
        for index in lines_of(batch.filled()) {
            let (line, spans) = batch.row_mut(index);
            if !shapes.rests() {
                let is_divided = plan.divide(search, scanner.dialect, &mut parts, text, line.clone());
                let is_read = scanner.scan_alike(
                    shapes,
                    plan,
                    is_divided.then_some(&parts),
                    text,
                    line,
                    spans,
                    constants,
                );
                matched |= LineSet::from(is_read) << index;
            }
        }
        matched
    }
}

impl PairScanner {
    /// Reads a line of `text` if it is of a known shape, and answers whether it is. If not, it may be learnt from.
    #[inline(always)]
    fn scan_alike(
        &self,
        shapes: &mut Shapes<Shape>,
        plan: Plan,
        parts: Option<&Parts>,
        text: &[u8],
        line: Range<usize>,
        spans: &mut [Span],
        constants: &[u8],
    ) -> bool {
        if let Some(parts) = parts {
            for (index, shape) in shapes.known().iter().enumerate() {
                self.clear(spans);
                if shape.read(plan, self.dialect, parts, text, line.start, spans)
                    && self.settle.settle(spans, &text[line.clone()], constants).is_ok()
                {
                    shapes.hit(index);
                    return true;
                }
            }
        }
        self.learn(shapes, plan, parts, &text[line.clone()], line.start);
        false
    }

    #[cold]
    #[inline(never)]
    fn learn(
        &self,
        shapes: &mut Shapes<Shape>,
        plan: Plan,
        parts: Option<&Parts>,
        line: &[u8],
        start: usize,
    ) {
        let slot = |key: &[u8]| self.keys.iter().find(|(known, _)| **known == *key).map(|(_, slot)| *slot);
        shapes.miss(|shape| {
            parts.is_some_and(|parts| shape.learn(plan, self.dialect, parts, line, start, slot))
        });
    }
}
