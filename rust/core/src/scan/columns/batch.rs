//! Lines of columns that are read at once: divided first, so that only columns are looked at that count.

use std::ops::Range;

use super::{ColumnScanner, Columns, Layout, Rank, is_absent};
use crate::scan::batch::{Batch, LineSet, lines_of};
use crate::scan::division::{Divider, Division, Parts, Quotes};
use crate::scan::record::Span;
use crate::scan::simd::{Search, Work};

/// Lines of a batch of `text`, by the columns of `layout`.
pub struct ColumnLines<'a> {
    pub scanner: &'a ColumnScanner,
    pub layout: &'a Layout,
    pub batch: &'a mut Batch,
    pub text: &'a [u8],
}

impl Work for ColumnLines<'_> {
    /// Those lines that were read; [`ColumnScanner::scan`] has to look at the others, in order.
    type Output = LineSet;

    #[inline(always)]
    fn run<S: Search>(self, search: S) -> LineSet {
        let ColumnLines { scanner, layout: Layout(columns), batch, text } = self;
        let mut parts = Parts::new();
        let mut matched = 0;
        for index in lines_of(batch.filled()) {
            let (line, spans) = batch.row_mut(index);
            if scanner.is_comment(&text[line.start..], line.len()) {
                if scanner.follows_headers() {
                    break; // what follows may have other columns
                }
                continue;
            }
            let is_read = scanner.scan_divided(search, &mut parts, columns, text, line, spans);
            matched |= LineSet::from(is_read) << index;
        }
        matched
    }
}

impl ColumnScanner {
    /// Reads a line of `text` that has a division; answers whether it did.
    #[inline(always)]
    fn scan_divided<S: Search>(
        &self,
        search: S,
        parts: &mut Parts,
        columns: &Columns,
        text: &[u8],
        line: Range<usize>,
        spans: &mut [Span],
    ) -> bool {
        let delimiter = self.delimiter(search, text, line.start, line.end);
        if delimiter == b'"' {
            return false;
        }
        let quotes = if self.has_quotes() { Quotes::Enclose } else { Quotes::Plain };
        let division = Division { divider: Divider::Byte(delimiter), quotes, counted: None };
        let is_divided = parts.divide(search, division, text, line.clone());
        // A quote that opens inside a column is a text's own.
        if !is_divided || parts.len != columns.targets.len() || parts.opened != parts.leading {
            return false;
        }
        columns.clear(spans);
        for (index, target) in &columns.kept {
            let Range { mut start, mut end } = parts.get(*index);
            if parts.opened > 0 && text[start..end].first() == Some(&b'"') {
                start += 1;
                end -= 1;
            }
            if !target.check.holds(text, start, end) {
                return false;
            }
            if target.slot == self.spare || is_absent(&text[start..end]) {
                continue;
            }
            // Nothing that is absent is stored.
            if target.rank == Rank::First || spans[target.slot] == Span::ABSENT {
                spans[target.slot] = Span::line(start - line.start, end - line.start);
            }
        }
        true
    }
}
