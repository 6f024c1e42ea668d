use proptest::prelude::*;

use super::{Portable, Search, Windows, Work, dispatch, find_short, word_at};

struct Find<'a> {
    hay: &'a [u8],
    from: usize,
    limit: usize,
}

impl Work for Find<'_> {
    type Output = ([usize; 5], [u64; 3]);
    #[inline(always)]
    fn run<S: Search>(self, search: S) -> ([usize; 5], [u64; 3]) {
        let Find { hay, from, limit } = self;
        let found = [
            search.find::<1>(hay, from, limit, *b" "),
            search.find::<2>(hay, from, limit, *b"\"\\"),
            search.find(hay, from, limit, *b" \n"),
            search.find(hay, from, limit, *b"\"\\\n"),
            find_short(hay, from, limit, b' ', *b"\"\\"),
        ];
        let word = hay.get(from..).and_then(|rest| rest.first_chunk()).copied().map(u64::from_le_bytes);
        assert_eq!(word_at(hay, from), word);
        let block = hay.first_chunk().map_or(0, |block| search.marks_of_64(block, *b"\"a"));
        (found, [search.marks(hay, from, 0, *b" a"), search.marks(hay, from, b'"', *b"c"), block])
    }
}

fn naive_marks(hay: &[u8], from: usize, is: impl Fn(u8) -> bool) -> u64 {
    (0..64).filter(|i| hay.get(from + i).is_some_and(|byte| is(*byte))).map(|i| 1 << i).sum()
}

fn naive(hay: &[u8], from: usize, limit: usize, needles: &[u8]) -> usize {
    (from..limit).find(|&at| needles.contains(&hay[at])).unwrap_or(limit)
}

proptest! {
    #[test]
    fn every_set_finds_what_a_plain_loop_finds(
        hay in prop::collection::vec(prop::sample::select(b"abcdefgh \"\\\n".to_vec()), 0..300)
            .prop_union(prop::collection::vec(prop::sample::select(b"abcdefghijklmnop".to_vec()), 0..300)),
        a in 0usize..320, b in 0usize..320,
    ) {
        let limit = b.min(hay.len());
        let expected = [&b" "[..], b"\"\\", b" \n", b"\"\\\n", b"\n\"\\"].map(|needles| naive(&hay, a, limit, needles));
        let marks = [
            naive_marks(&hay, a, |byte| byte == b' ' || byte == b'a'),
            naive_marks(&hay, a, |byte| byte < b'"' || byte == b'c'),
            if hay.len() < 64 { 0 } else { naive_marks(&hay, 0, |byte| byte == b'"' || byte == b'a') },
        ];
        let expected = (expected, marks);
        prop_assert_eq!(dispatch(Find { hay: &hay, from: a, limit }), expected);
        prop_assert_eq!(Find { hay: &hay, from: a, limit }.run(Portable), expected);
        #[cfg(target_arch = "x86_64")]
        if super::x86::Avx2::detected() {
            // SAFETY: the features were just detected.
            let narrow = unsafe { super::x86::run_avx2(Find { hay: &hay, from: a, limit }) };
            prop_assert_eq!(narrow, expected);
        }
    }
}

proptest! {
    #[test]
    fn windows_are_what_stands_there(text in prop::collection::vec(any::<u8>(), 0..200), at in 0usize..200) {
        let windows = Windows::new(&text);
        prop_assert_eq!(windows.is_some(), text.len() >= 64);
        let Some(windows) = windows else { return Ok(()) };
        prop_assert_eq!(windows.last(), text.len() - 64);
        let at = at.min(windows.last());
        prop_assert_eq!(&windows.at(at)[..], &text[at..at + 64]);
        prop_assert_eq!(windows.word(at).to_le_bytes(), &text[at..at + 8]);
        let beyond = windows.last() + 1;
        prop_assert_eq!(windows.at(beyond), windows.at(windows.last()));
        prop_assert_eq!(windows.word(usize::MAX), windows.word(windows.last()));
    }
}
