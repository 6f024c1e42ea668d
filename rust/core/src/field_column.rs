//! The texts of one field in records that follow one another, as columns.

use crate::metric::Packed;
use crate::scan::simd::Windows;
use crate::scan::{Column, LineSet, MOST_LINES, Records, Span};

/// What windows are made of where a text is too short for one.
static NOTHING: [u8; 64] = [0; 64];

/// Where the texts of one slot lie. An absent one is empty, as for [`Record::get`](crate::scan::Record::get).
pub struct FieldColumn<'a> {
    windows: Windows<'a>,
    places: Column,
    lens: Column,
    within: LineSet,
    /// How many records there are.
    count: usize,
}

/// A text with a whole window at each of its bytes.
#[derive(Debug, Clone, Copy)]
pub struct WindowedText<'a> {
    windows: Windows<'a>,
    place: usize,
    len: usize,
}

impl<'a> FieldColumn<'a> {
    /// The texts of slot `slot`.
    #[inline(always)]
    pub fn new(records: &Records<'a>, slot: usize) -> FieldColumn<'a> {
        let Records { text, starts, limits, spans, slots, .. } = *records;
        let (mut places, mut lens) = ([0; MOST_LINES], [0; MOST_LINES]);
        let Some(windows) = Windows::new(text) else {
            let nothing = Windows::new(&NOTHING).expect("as long as a window");
            return FieldColumn { windows: nothing, places, lens, within: 0, count: 0 };
        };
        let last = windows.last() as u32;
        assert!(slot < slots, "of the records");
        let rows = spans.chunks_exact(slots).zip(starts);
        let mut all_ends = 0;
        for ((row, line), (place, len)) in rows.zip(places.iter_mut().zip(&mut lens)) {
            let (start, end) = row[slot].marked_bounds();
            *place = line.wrapping_add(start);
            *len = end.wrapping_sub(start);
            all_ends |= end;
        }
        let within = if limits.last().is_some_and(|limit| *limit <= last) && all_ends < Span::SCRATCH {
            records.all()
        } else {
            let is_within = |index: usize| {
                limits[index] <= last && spans[index * slots + slot].marked_bounds().1 < Span::SCRATCH
            };
            (0..records.len()).fold(0, |set, index| set | LineSet::from(is_within(index)) << index)
        };
        for (place, len) in places.iter().zip(&mut lens) {
            // A lone dash stands for no text.
            if *len == 1 && windows.at(*place as usize)[0] == b'-' {
                *len = 0;
            }
        }
        FieldColumn { windows, places, lens, within, count: records.len().min(MOST_LINES) }
    }

    /// The records whose texts are known: parts of lines that end a window before the end of all. What is said
    /// of others means nothing.
    #[inline(always)]
    pub fn within(&self) -> LineSet {
        self.within
    }

    /// The records whose texts are no longer than `most` bytes.
    #[inline(always)]
    pub fn up_to(&self, most: usize) -> LineSet {
        if self.lens.iter().fold(0, |longest, len| longest.max(*len)) as usize <= most {
            return LineSet::MAX;
        }
        self.lens
            .iter()
            .enumerate()
            .fold(0, |set, (index, len)| set | LineSet::from(*len as usize <= most) << index)
    }

    /// The length of each text.
    #[inline(always)]
    pub fn lens(&self) -> &Column {
        &self.lens
    }

    /// The first eight bytes of the text of record number `index`, little endian, and what follows where it is
    /// shorter.
    #[inline(always)]
    pub fn head(&self, index: usize) -> u64 {
        self.windows.word(self.places[index] as usize)
    }

    /// Packs the text of every record.
    #[inline(always)]
    pub fn pack(&self, packed: &mut [Packed; MOST_LINES]) {
        let (mut heads, mut lasts) = ([0; MOST_LINES], [0; MOST_LINES]);
        for (index, head) in heads.iter_mut().enumerate().take(self.count) {
            *head = self.head(index);
        }
        if self.up_to(8) & self.within != self.within {
            for (index, last) in lasts.iter_mut().enumerate().take(self.count) {
                let end = self.places[index].wrapping_add(self.lens[index]);
                *last = self.windows.word(end.wrapping_sub(8) as usize);
            }
        }
        for index in 0..MOST_LINES {
            packed[index] = Packed::of_words(heads[index], lasts[index], self.lens[index]);
        }
    }

    /// The text of record number `index`.
    #[inline(always)]
    pub fn text(&self, index: usize) -> WindowedText<'a> {
        let (place, len) = (self.places[index] as usize, self.lens[index] as usize);
        WindowedText { windows: self.windows, place, len }
    }
}

impl<'a> WindowedText<'a> {
    /// A text that begins `padded`, which goes on for a window at least.
    pub fn beginning(padded: &'a [u8], len: usize) -> Option<WindowedText<'a>> {
        let windows = Windows::new(padded).filter(|windows| len <= windows.last())?;
        Some(WindowedText { windows, place: 0, len })
    }

    /// Its length in bytes.
    #[inline(always)]
    pub fn len(self) -> usize {
        self.len
    }

    /// The 64 bytes from offset `at` of it on, and how many of them are of the text.
    #[inline(always)]
    pub fn window(self, at: usize) -> (&'a [u8; 64], usize) {
        (self.windows.at(self.place + at), self.len.saturating_sub(at).min(64))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{FieldColumn, WindowedText};
    use crate::metric::Packed;
    use crate::scan::{MOST_LINES, Records, Span, lines_of};

    proptest! {
        #[test]
        fn columns_say_what_records_say(
            texts in prop::collection::vec(("[a-z-]{0,3}|[a-z]{0,80}", any::<bool>()), 1..=64), padding in 0usize..200,
        ) {
            let (mut text, mut scratch) = (Vec::new(), Vec::new());
            let (mut starts, mut limits, mut spans) = (Vec::new(), Vec::new(), Vec::new());
            for (number, (field, is_decoded)) in texts.iter().enumerate() {
                starts.push(text.len() as u32);
                text.extend_from_slice(b"a ");
                spans.push(Span::ABSENT);
                // Few are in the scratch text.
                if *is_decoded && number % 16 == 0 {
                    spans.push(Span::scratch(scratch.len(), scratch.len() + field.len()));
                    scratch.extend_from_slice(field.as_bytes());
                } else {
                    spans.push(Span::line(2, 2 + field.len()));
                    text.extend_from_slice(field.as_bytes());
                }
                limits.push(text.len() as u32);
                text.push(b'\n');
            }
            text.resize(text.len() + padding, b'x');
            let records = Records { text: &text, starts: &starts, limits: &limits, scratch: &scratch, spans: &spans, slots: 2 };
            let column = FieldColumn::new(&records, 1);
            let is_whole = padding >= 64 && spans.chunks(2).all(|spans| !spans[1].bounds().2);
            prop_assert!(!is_whole || column.within().count_ones() as usize == texts.len());
            let mut packed = [Packed::default(); MOST_LINES];
            column.pack(&mut packed);
            for index in lines_of(column.within()) {
                let expected = records.text_of(index, 1);
                prop_assert_eq!(column.lens()[index] as usize, expected.len());
                prop_assert_eq!(packed[index], Packed::new(expected));
                let text = column.text(index);
                let read: Vec<u8> = (0..text.len().div_ceil(64))
                    .flat_map(|block| {
                        let (window, len) = text.window(64 * block);
                        window[..len].to_vec()
                    })
                    .collect();
                prop_assert_eq!(read, expected);
            }
        }
    }

    #[test]
    fn a_text_needs_a_window_behind_it() {
        assert!(WindowedText::beginning(&[b'x'; 70], 6).is_some());
        assert!(WindowedText::beginning(&[b'x'; 70], 7).is_none());
        assert!(WindowedText::beginning(&[b'x'; 63], 0).is_none());
    }
}
