//! Derivations of the lines of a batch: those that nearly every log needs in loops over columns, as steps of
//! patterns are; the others line by line.

#![expect(clippy::needless_bitwise_bool, reason = "loops without branches become loops over vectors")]

use super::Derive;
use crate::scan::batch::{Batch, Column, LineSet, MOST_LINES, lines_of};
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
        let rest = match (self, Windows::new(text)) {
            (Derive::Request { from, method, target, protocol }, Some(text)) => {
                set & !usual_requests(text, batch, *from, [*method, *target, *protocol])
            }
            (Derive::TargetSection { from, to }, Some(text)) => {
                set & !target_sections(search, text, batch, *from, *to)
            }
            _ => set,
        };
        for index in lines_of(rest) {
            let (line, spans) = batch.row_mut(index);
            self.apply(search, &text[line.start..], scratch, spans);
        }
    }
}

/// Which of these offsets are of fields in their lines and not empty, in lines that end where a window begins.
/// The offsets may be anything in lines that were not read.
#[inline(always)]
fn within(text: Windows<'_>, batch: &Batch, starts: &Column, ends: &Column) -> [bool; MOST_LINES] {
    let (last, lines) = (text.last() as u32, &batch.lines);
    let mut within = [false; MOST_LINES];
    for index in 0..MOST_LINES {
        let is_filled = starts[index] < ends[index];
        let is_inside = ends[index] <= lines.limits[index].wrapping_sub(lines.starts[index]);
        within[index] = is_filled & is_inside & (lines.limits[index] <= last);
    }
    within
}

/// The sum of two columns.
#[inline(always)]
fn sum(a: &Column, b: &Column) -> Column {
    let mut sum = [0; MOST_LINES];
    for index in 0..MOST_LINES {
        sum[index] = a[index].wrapping_add(b[index]);
    }
    sum
}

/// The lines of a batch for which it is true.
#[inline(always)]
fn set_of(batch: &Batch, is: &[bool; MOST_LINES]) -> LineSet {
    if is.iter().fold(true, |all, is| all & is) {
        return LineSet::MAX;
    }
    (0..batch.lines.len.min(MOST_LINES)).fold(0, |set, index| set | LineSet::from(is[index]) << index)
}

/// Takes apart the request lines of the usual methods and versions in `from`; answers whose those are.
#[inline(always)]
fn usual_requests(text: Windows<'_>, batch: &mut Batch, from: usize, to: [usize; 3]) -> LineSet {
    let (starts, ends) = batch.fields(from);
    let mut is_usual = within(text, batch, &starts, &ends);
    let (places, behind) = (sum(&starts, &batch.lines.starts), sum(&ends, &batch.lines.starts));
    let (mut heads, mut tails, mut spaces) = ([0; MOST_LINES], [0; MOST_LINES], [0; MOST_LINES]);
    for index in 0..batch.lines.len.min(MOST_LINES) {
        heads[index] = text.word(places[index] as usize);
        tails[index] = text.word(behind[index].wrapping_sub(8) as usize);
        spaces[index] = text.word(behind[index].wrapping_sub(9) as usize) as u8;
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
    let spare = batch.spare_slot();
    for (slot, starts, ends) in
        [(to[0], &starts, &methods), (to[1], &targets, &stops), (to[2], &protocols, &ends)]
    {
        if slot != spare {
            batch.put_fields(slot, starts, ends);
        }
    }
    set_of(batch, &is_usual)
}

/// Finds the first segment of the paths of the targets in `from`; answers whose begin with a slash.
#[inline(always)]
fn target_sections<S: Search>(
    search: S,
    text: Windows<'_>,
    batch: &mut Batch,
    from: usize,
    to: usize,
) -> LineSet {
    let (starts, ends) = batch.fields(from);
    let mut has_path = within(text, batch, &starts, &ends);
    let places = sum(&starts, &batch.lines.starts);
    let mut stops = [0; MOST_LINES];
    for index in 0..batch.lines.len.min(MOST_LINES) {
        let window = text.at(places[index] as usize);
        has_path[index] &= window[0] == b'/';
        // Not the slash that the path begins with.
        stops[index] = match search.marks_of_64(window, *b"/?") & !1 {
            0 if has_path[index] => {
                let (place, len) = (places[index] as usize, (ends[index] - starts[index]) as usize);
                let stop = search.find(text.text(), place + 64, place + len, *b"/?");
                starts[index] + (stop - place) as u32
            }
            marks => starts[index].wrapping_add(marks.trailing_zeros()),
        };
    }
    for index in 0..MOST_LINES {
        stops[index] = stops[index].min(ends[index]);
    }
    batch.put_fields(to, &starts, &stops);
    set_of(batch, &has_path)
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
