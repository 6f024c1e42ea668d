//! The insides of JSON strings.

use crate::scan::record::Span;
use crate::scan::simd::find_short;

/// The length of the longest prefix without quotes, backslashes and control characters: what a JSON
/// string holds as it stands.
#[inline]
pub(crate) fn plain_length(text: &[u8]) -> usize {
    find_short(text, 0, text.len(), b' ', *b"\"\\")
}

/// Appends what a string stands for; `raw` is the inside of one that the reader has accepted.
pub(crate) fn decode(raw: &[u8], out: &mut Vec<u8>) {
    let mut rest = raw;
    while let Some(length) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..length]);
        rest = decode_escape(&rest[length + 1..], out);
    }
    out.extend_from_slice(rest);
}

/// The same, as a span of `out`.
pub(super) fn decoded_span(raw: &[u8], out: &mut Vec<u8>) -> Span {
    let start = out.len();
    decode(raw, out);
    Span::scratch(start, out.len())
}

/// Appends the character of the escape whose backslash has been read; answers what follows it.
fn decode_escape<'a>(escape: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let Some((&name, mut rest)) = escape.split_first() else {
        return escape;
    };
    let character = match name {
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            let first;
            (first, rest) = code_unit(rest);
            match first {
                0xd800..=0xdbff => match rest {
                    [b'\\', b'u', second @ ..] => {
                        let (second, after) = code_unit(second);
                        match surrogate_pair(first, second) {
                            Some(character) => {
                                rest = after;
                                character
                            }
                            None => char::REPLACEMENT_CHARACTER,
                        }
                    }
                    _ => char::REPLACEMENT_CHARACTER,
                },
                _ => char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER),
            }
        }
        itself => char::from(itself), // a quote, a backslash or a slash
    };
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    rest
}

/// The UTF-16 code unit of four hexadecimal digits at the start, and the rest.
fn code_unit(text: &[u8]) -> (u32, &[u8]) {
    let (digits, rest) = text.split_at(text.len().min(4));
    let unit = digits.iter().fold(0, |unit, &digit| unit * 16 + char::from(digit).to_digit(16).unwrap_or(0));
    (unit, rest)
}

fn surrogate_pair(high: u32, low: u32) -> Option<char> {
    let low = low.checked_sub(0xdc00).filter(|&offset| offset < 0x400)?;
    char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + low)
}
