use std::collections::HashMap;

use proptest::prelude::*;

use super::{LONGEST_TEXT, Memo};
use crate::scan::{LineSet, Records, Span};

proptest! {
    #[test]
    fn what_is_remembered_is_what_was_kept(
        texts in prop::collection::vec("[ab]{0,4}|c{15,20}[ab]{0,2}c{15}|\0{0,70}[ab]?|d{63}[ab]{0,3}e{0,80}[ab]", 0..200),
        sets in 0u32..4,
    ) {
        let mut memo = Memo::new(1 << sets);
        let mut kept = HashMap::new();
        for (number, text) in texts.iter().enumerate() {
            let text = text.as_bytes();
            let (key, place) = memo.find(text);
            if let Some(place) = place {
                prop_assert_eq!(Some(&memo.get(place)), kept.get(text));
            } else {
                let place = memo.keep(key.expect("a short text"), text, number).expect("the same");
                prop_assert_eq!(memo.get(place), number);
                prop_assert!(place.number() < memo.places());
                kept.insert(text, number);
            }
        }
        let mut joined = Vec::new();
        let (mut starts, mut limits) = (Vec::new(), Vec::new());
        let texts = &texts[..texts.len().min(64)];
        for text in texts {
            starts.push(joined.len() as u32);
            joined.extend_from_slice(text.as_bytes());
            limits.push(joined.len() as u32);
        }
        let spans: Vec<Span> = texts.iter().map(|text| Span::line(0, text.len())).collect();
        joined.resize(joined.len() + 64, b'a');
        let records =
            Records { text: &joined, starts: &starts, limits: &limits, scratch: &[], spans: &spans, slots: 1 };
        let found = memo.find_all(&records, 0, LineSet::MAX);
        for (index, text) in texts.iter().enumerate() {
            let of_one = memo.find(text.as_bytes()).1;
            prop_assert_eq!(found.set >> index & 1 == 1, of_one.is_some());
            prop_assert_eq!(of_one.map(|_| memo.get(found.places[index])), of_one.map(|place| memo.get(place)));
        }
    }
}

#[test]
fn a_collision_of_hashes_is_no_hit() {
    // All texts share the only set; the long ones differ in one byte.
    let mut memo = Memo::new(1);
    let long = |place: usize| {
        let mut text = [b'x'; LONGEST_TEXT];
        text[place] = b'y';
        text
    };
    for place in (0..LONGEST_TEXT).chain(0..LONGEST_TEXT) {
        let text = long(place);
        match memo.find(&text) {
            (_, Some(found)) => assert_eq!(memo.get(found), place),
            (key, None) => drop(memo.keep(key.expect("a short text"), &text, place)),
        }
        let known = (0..LONGEST_TEXT).filter_map(|place| Some((place, memo.find(&long(place)).1?)));
        let known: Vec<_> = known.collect();
        assert!(known.len() <= 2 && known.iter().all(|(place, found)| memo.get(*found) == *place));
        assert!(memo.find(&text[1..]).1.is_none());
    }
    let (key, _) = memo.find(b"one");
    memo.keep(key.expect("a short text"), b"one", 2);
    assert!(memo.find(b"two").1.is_none() && memo.find(b"one\0").1.is_none());
}

#[test]
fn the_length_and_every_byte_at_the_beginning_and_end_are_hashed() {
    let memo = Memo::<u32>::new(1 << 30);
    let mut texts: Vec<Vec<u8>> = (0..=LONGEST_TEXT).map(|len| vec![0; len]).collect();
    for place in (0..64).chain(LONGEST_TEXT - 64..LONGEST_TEXT) {
        let mut text = vec![b'x'; LONGEST_TEXT];
        text[place] = b'y';
        texts.push(text);
    }
    let key = |text: &Vec<u8>| super::with_windows(text, |text| memo.key::<true>(text).0).expect("short");
    let mut keys: Vec<u32> = texts.iter().map(key).collect();
    keys.sort_unstable();
    keys.dedup();
    // Of so few texts hardly two share one of so many sets.
    assert!(keys.len() + 2 > texts.len(), "{} of {}", keys.len(), texts.len());
}

#[test]
fn texts_that_come_once_displace_none_that_come_often() {
    let mut memo = Memo::new(1);
    let (key, _) = memo.find(b"often");
    memo.keep(key.expect("a short text"), b"often", 1);
    for number in 0..1000 {
        assert!(memo.find(b"often").1.is_some(), "displaced by the text before {number}");
        let text = format!("once {number}").into_bytes();
        let (key, place) = memo.find(&text);
        assert!(place.is_none());
        memo.keep(key.expect("a short text"), &text, number);
    }
}

#[test]
fn long_texts_are_not_kept_and_the_room_is_bounded() {
    let mut memo = Memo::<u64>::new(16);
    assert!(memo.find(&[b'x'; LONGEST_TEXT + 1]).0.is_none());
    for number in 0u32..10_000 {
        let text = [&number.to_le_bytes()[..], &[b'x'; LONGEST_TEXT - 4]].concat();
        let (key, _) = memo.find(&text);
        memo.keep(key.expect("not too long"), &text, 0);
    }
    assert!(memo.held_bytes() <= 32 * (LONGEST_TEXT + 64), "{}", memo.held_bytes());
}
