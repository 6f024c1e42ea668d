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
    Cow::Owned(replace(head))
}

/// The first characters that fit.
fn cut(text: &str) -> &str {
    let mut length = text.len().min(MAX_LABEL_BYTES);
    while !text.is_char_boundary(length) {
        length -= 1;
    }
    &text[..length]
}

fn replace(text: &[u8]) -> String {
    let mut value = String::with_capacity(MAX_LABEL_BYTES);
    for chunk in text.utf8_chunks() {
        let invalid = (!chunk.invalid().is_empty()).then_some(char::REPLACEMENT_CHARACTER);
        for character in chunk.valid().chars().chain(invalid) {
            let character = if is_refused(character) { char::REPLACEMENT_CHARACTER } else { character };
            if value.len() + character.len_utf8() > MAX_LABEL_BYTES {
                return value;
            }
            value.push(character);
        }
    }
    value
}

/// C0, DEL, C1, and the characters that reorder text (Unicode's `Bidi_Control`).
fn is_refused(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}
