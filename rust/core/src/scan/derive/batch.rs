//! Derivations of the lines of a batch: those that nearly every log needs in loops over columns, as steps of
//! patterns are; the others line by line.

#![expect(
    clippy::needless_range_loop,
    clippy::needless_bitwise_bool,
    reason = "loops over several columns, without branches, become loops over vectors; zipped iterators do not"
)]

use super::Derive;
use crate::scan::batch::{Batch, Column, LineSet, MOST_LINES, lines_of, set_of};
use crate::scan::simd::{Search, Windows};

impl Derive {
    /// Writes the derived spans of the lines of `set`. `scratch` is the scratch text.
    #[inline(always)]
    pub fn apply_batch<S: Search>(
        &self,
        search: S,
        text: &[u8],
        scratch: &mut Vec<u8>,
        batch: &mut Batch,
        set: LineSet,
    ) {
        let done = Windows::new(text).map_or(0, |text| match self {
            Derive::Request { from, method, target, protocol } => {
                usual_requests(text, batch, *from, [*method, *target, *protocol])
            }
            Derive::Target { from, path, query } => targets(search, text, batch, *from, [*path, *query]),
            Derive::TargetSection { from, to } => sections(search, text, batch, *from, *to, *b"/?"),
            Derive::Section { from, to } => sections(search, text, batch, *from, *to, *b"/"),
            _ => 0,
        });
        let rest = set & !done;
        for index in lines_of(rest) {
            let (line, spans) = batch.row_mut(index);
            self.apply(search, &text[line.start..], scratch, spans);
        }
    }
}

/// The texts of a slot in the lines of a batch.
struct Texts {
    /// Offsets in their lines.
    starts: Column,
    ends: Column,
    /// Where they begin in the text of the batch.
    places: Column,
    /// Which of them are parts of their lines and not empty, in lines that end where a window begins. The offsets
    /// may be anything in lines that were not read.
    is_there: [bool; MOST_LINES],
}

impl Texts {
    #[inline(always)]
    fn of(text: Windows<'_>, batch: &Batch, slot: usize) -> Texts {
        let (starts, ends) = batch.fields(slot);
        let (last, lines) = (text.last() as u32, &batch.lines);
        let (mut places, mut is_there) = ([0; MOST_LINES], [false; MOST_LINES]);
        for index in 0..MOST_LINES {
            places[index] = starts[index].wrapping_add(lines.starts[index]);
            let is_filled = starts[index] < ends[index];
            let is_inside = ends[index] <= lines.limits[index].wrapping_sub(lines.starts[index]);
            is_there[index] = is_filled & is_inside & (lines.limits[index] <= last);
        }
        Texts { starts, ends, places, is_there }
    }

    /// Where one of `needles` stands first in each text, but for its first byte; its end if none does. Those that do
    /// not begin with a slash are there no more.
    #[inline(always)]
    fn ends_of_first<S: Search, const N: usize>(
        &mut self,
        search: S,
        text: Windows<'_>,
        len: usize,
        needles: [u8; N],
    ) -> Column {
        let mut stops = [0; MOST_LINES];
        for index in 0..len.min(MOST_LINES) {
            let (start, end, place) = (self.starts[index], self.ends[index], self.places[index] as usize);
            let window = text.at(place);
            self.is_there[index] &= window[0] == b'/';
            stops[index] = match search.marks_of_64(window, needles) & !1 {
                0 if self.is_there[index] && end - start > 64 => {
                    let stop = search.find(text.text(), place + 64, place + (end - start) as usize, needles);
                    start + (stop - place) as u32
                }
                marks => start.wrapping_add(marks.trailing_zeros()),
            };
        }
        for index in 0..MOST_LINES {
            stops[index] = stops[index].min(self.ends[index]);
        }
        stops
    }
}

/// Takes apart the request lines of the usual methods and versions in `from`; answers whose those are.
#[inline(always)]
fn usual_requests(text: Windows<'_>, batch: &mut Batch, from: usize, to: [usize; 3]) -> LineSet {
    let Texts { starts, ends, places, is_there: mut is_usual } = Texts::of(text, batch, from);
    let (mut heads, mut tails, mut spaces) = ([0; MOST_LINES], [0; MOST_LINES], [0; MOST_LINES]);
    for index in 0..batch.lines.len.min(MOST_LINES) {
        heads[index] = text.word(places[index] as usize);
        let behind = places[index].wrapping_add(ends[index].wrapping_sub(starts[index]));
        tails[index] = text.word(behind.wrapping_sub(8) as usize);
        spaces[index] = text.word(behind.wrapping_sub(9) as usize) as u8;
    }
    // Where the target begins and ends; the method is before it, the protocol behind it.
    let (mut methods, mut targets, mut stops, mut protocols) =
        ([0; MOST_LINES], [0; MOST_LINES], [0; MOST_LINES], [0; MOST_LINES]);
    for index in 0..MOST_LINES {
        let is = |method: &[u8; 8], len: u32| {
            heads[index] << (64 - 8 * len) == u64::from_le_bytes(*method) << (64 - 8 * len)
        };
        let (is_get, is_other) = (is(b"GET     ", 4), is(b"POST    ", 5) | is(b"HEAD    ", 5));
        let method = if is_get { 3 } else { 4 };
        // A byte of the target at least stands between the spaces.
        let is_long_enough = ends[index].wrapping_sub(starts[index]) > method + 10;
        is_usual[index] &=
            (is_get | is_other) & is_http(tails[index]) & (spaces[index] == b' ') & is_long_enough;
        methods[index] = starts[index].wrapping_add(method);
        targets[index] = methods[index].wrapping_add(1);
        stops[index] = ends[index].wrapping_sub(9);
        protocols[index] = ends[index].wrapping_sub(8);
    }
    batch.put_wanted(to[0], &starts, &methods);
    batch.put_wanted(to[1], &targets, &stops);
    batch.put_wanted(to[2], &protocols, &ends);
    batch.all() & set_of(|index| is_usual[index])
}

/// Takes apart the targets in `from`; answers whose begin with a slash.
#[inline(always)]
fn targets<S: Search>(
    search: S,
    text: Windows<'_>,
    batch: &mut Batch,
    from: usize,
    to: [usize; 2],
) -> LineSet {
    let mut targets = Texts::of(text, batch, from);
    let stops = targets.ends_of_first(search, text, batch.lines.len, *b"?");
    let mut queries = [0; MOST_LINES];
    for index in 0..MOST_LINES {
        queries[index] = (stops[index].wrapping_add(1)).min(targets.ends[index]);
    }
    batch.put_wanted(to[0], &targets.starts, &stops);
    batch.put_wanted(to[1], &queries, &targets.ends);
    batch.all() & set_of(|index| targets.is_there[index])
}

/// Finds the first segment of the paths in `from`, which `stops` end; answers whose begin with a slash.
#[inline(always)]
fn sections<S: Search, const N: usize>(
    search: S,
    text: Windows<'_>,
    batch: &mut Batch,
    from: usize,
    to: usize,
    stops: [u8; N],
) -> LineSet {
    let mut paths = Texts::of(text, batch, from);
    let stops = paths.ends_of_first(search, text, batch.lines.len, stops);
    batch.put_fields(to, &paths.starts, &stops);
    batch.all() & set_of(|index| paths.is_there[index])
}

/// Whether it is `HTTP/` with a version of two digits, one of them behind the point; without a branch for each,
/// since versions mix.
#[inline(always)]
pub(super) fn is_http(word: u64) -> bool {
    // A byte is a digit if its upper half is 3, with 6 added too.
    const HALVES: u64 = u64::from_le_bytes([255, 255, 255, 255, 255, 0xf0, 255, 0xf0]);
    const EXPECTED: u64 = u64::from_le_bytes(*b"HTTP/0.0") & HALVES;
    const SIX: u64 = u64::from_le_bytes([0, 0, 0, 0, 0, 6, 0, 6]);
    (word & HALVES == EXPECTED) & (word.wrapping_add(SIX) & HALVES == EXPECTED)
}

#[cfg(test)]
mod tests {
    use super::is_http;

    #[test]
    fn a_version_is_two_digits() {
        for (place, byte) in [5, 7].into_iter().flat_map(|place| (0..=u8::MAX).map(move |byte| (place, byte)))
        {
            let mut word = *b"HTTP/1.1";
            word[place] = byte;
            assert_eq!(is_http(u64::from_le_bytes(word)), byte.is_ascii_digit(), "{word:?}");
        }
        for place in [0, 1, 2, 3, 4, 6] {
            let mut word = *b"HTTP/1.1";
            word[place] ^= 0x20;
            assert!(!is_http(u64::from_le_bytes(word)), "{word:?}");
        }
    }
}
