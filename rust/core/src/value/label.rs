//! Label values: logged text made safe for expositions and terminals.

use std::borrow::Cow;

/// A label value is cut to this many bytes of UTF-8, between two characters.
pub const MAX_LABEL_BYTES: usize = 128;
/// Bytes of UTF-8.
const LONGEST_CHARACTER: usize = 4;

/// The text as a label value: valid UTF-8, without control and bidirectional formatting characters,
/// at most [`MAX_LABEL_BYTES`] long.
///
/// What is not allowed becomes U+FFFD; a run of bytes that is no UTF-8 becomes one, as in
/// [`String::from_utf8_lossy`]. Two different texts may give one value.
pub fn label_value(text: &[u8]) -> Cow<'_, str> {
    // No character of the value comes from bytes beyond these: none gets shorter by replacement.
    let head = &text[..text.len().min(MAX_LABEL_BYTES + LONGEST_CHARACTER)];
    let valid = head.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let is_whole = valid.len() == text.len() || valid.len() >= MAX_LABEL_BYTES;
    let value = cut(valid);
    if is_whole && !value.chars().any(is_refused) {
        return Cow::Borrowed(value);
    }
    let mut value = String::with_capacity(MAX_LABEL_BYTES);
    characters(head, |character| value.push(character));
    Cow::Owned(value)
}

/// Whether [`label_value`] leaves the text as it is.
pub fn is_label_value(text: &[u8]) -> bool {
    text.len() <= MAX_LABEL_BYTES && std::str::from_utf8(text).is_ok_and(|text| !text.chars().any(is_refused))
}

/// Appends what [`label_value`] answers, without memory of its own.
pub fn push_label_value(out: &mut Vec<u8>, text: &[u8]) {
    let head = &text[..text.len().min(MAX_LABEL_BYTES + LONGEST_CHARACTER)];
    characters(head, |character| {
        out.extend_from_slice(character.encode_utf8(&mut [0; LONGEST_CHARACTER]).as_bytes());
    });
}

/// The first characters that fit.
fn cut(text: &str) -> &str {
    let mut length = text.len().min(MAX_LABEL_BYTES);
    while !text.is_char_boundary(length) {
        length -= 1;
    }
    &text[..length]
}

/// The characters of the text as a label value, as many as fit.
fn characters(text: &[u8], mut take: impl FnMut(char)) {
    let mut length = 0;
    for chunk in text.utf8_chunks() {
        let invalid = (!chunk.invalid().is_empty()).then_some(char::REPLACEMENT_CHARACTER);
        for character in chunk.valid().chars().chain(invalid) {
            let character = if is_refused(character) { char::REPLACEMENT_CHARACTER } else { character };
            length += character.len_utf8();
            if length > MAX_LABEL_BYTES {
                return;
            }
            take(character);
        }
    }
}

/// C0, DEL, C1, and the characters that reorder text (Unicode's `Bidi_Control`).
fn is_refused(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Cow, MAX_LABEL_BYTES, is_label_value, is_refused, label_value, push_label_value};

    #[test]
    fn clean_text_is_borrowed() {
        for text in ["", "GET", "/straße/日本語?q=1", "\"quoted\" \\ text"] {
            assert!(matches!(label_value(text.as_bytes()), Cow::Borrowed(value) if value == text));
        }
        let long = "é".repeat(100);
        assert!(matches!(label_value(long.as_bytes()), Cow::Borrowed(value) if value == "é".repeat(64)));
    }

    #[test]
    fn what_is_not_allowed_is_replaced() {
        assert_eq!(label_value(b"a\0b\x1b[31mc\x7f"), "a\u{fffd}b\u{fffd}[31mc\u{fffd}");
        assert_eq!(
            label_value("\u{85}\u{202e}txt\u{2066}\u{61c}".as_bytes()),
            "\u{fffd}\u{fffd}txt\u{fffd}\u{fffd}"
        );
        assert_eq!(label_value(b"\xff\xc3(\xe6\x97"), "\u{fffd}\u{fffd}(\u{fffd}");
    }

    #[test]
    fn a_value_is_cut_between_characters() {
        let before = "a".repeat(127);
        assert_eq!(label_value(format!("{before}éx").as_bytes()), before);
        assert_eq!(label_value(format!("{before}\u{1}x").as_bytes()), before);
        assert_eq!(label_value(format!("{before}bc").as_bytes()), format!("{before}b"));
        assert_eq!(label_value(&[0xff; 1000]), "\u{fffd}".repeat(42));
    }

    /// The same, the slow way: replace all, then cut.
    fn oracle(text: &[u8]) -> String {
        let mut value = String::new();
        for character in String::from_utf8_lossy(text).chars() {
            let character = if is_refused(character) { '\u{fffd}' } else { character };
            if value.len() + character.len_utf8() > MAX_LABEL_BYTES {
                break;
            }
            value.push(character);
        }
        value
    }

    proptest! {
        #[test]
        fn bytes_equal_the_slow_way(
            text in prop::collection::vec(prop_oneof![Just(b'a'), Just(0xe6), Just(0x97), any::<u8>()], 0..200)
        ) {
            let value = oracle(&text);
            prop_assert_eq!(label_value(&text), value.as_str());
            prop_assert_eq!(is_label_value(&text), value.as_bytes() == text);
            let mut pushed = b"before".to_vec();
            push_label_value(&mut pushed, &text);
            prop_assert_eq!(&pushed[6..], value.as_bytes());
            prop_assert!(is_label_value(value.as_bytes()));
        }

        #[test]
        fn characters_equal_the_slow_way(text in "(é|日|😀|a|\u{202e}|.){0,70}") {
            prop_assert_eq!(label_value(text.as_bytes()), oracle(text.as_bytes()));
        }
    }
}
