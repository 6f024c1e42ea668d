//! Columns in quotes.

use crate::scan::record::Span;
use crate::scan::simd::Search;

/// The inside of the quoted column that begins at `at`, and where the column ends. Doubled quotes are
/// one, decoded to the end of `text`. A quote that is not closed before a delimiter is a text's own.
#[inline(always)]
pub(super) fn quoted<S: Search>(
    search: S,
    hay: &[u8],
    at: usize,
    limit: usize,
    delimiter: u8,
    text: &mut Vec<u8>,
) -> Option<(Span, usize)> {
    let mut doubled = false;
    let mut close = at + 1;
    loop {
        close = search.find::<1>(hay, close, limit, *b"\"");
        if close >= limit {
            return None;
        }
        match hay[..limit].get(close + 1) {
            None => break,
            Some(&byte) if byte == delimiter => break,
            Some(b'"') => {
                doubled = true;
                close += 2;
            }
            Some(_) => close += 1, // a lone quote inside, as some servers write them
        }
    }
    if !doubled {
        return Some((Span::line(at + 1, close), close + 1));
    }
    let start = text.len();
    let mut inside = &hay[at + 1..close];
    while let Some(quote) = memchr::memchr(b'"', inside) {
        text.extend_from_slice(&inside[..=quote]);
        inside = inside.get(quote + 1..).unwrap_or_default();
        inside = inside.strip_prefix(b"\"").unwrap_or(inside);
    }
    text.extend_from_slice(inside);
    Some((Span::scratch(start, text.len()), close + 1))
}
