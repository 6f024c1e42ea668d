//! The text of a format with its escapes resolved, each byte still knowing where it was written.

use std::ops::Range;

/// One byte of a format after its escapes are resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Letter {
    /// The byte.
    pub byte: u8,
    /// Where it was written: offset in the text as given.
    pub start: usize,
    /// Where what was written for it ends.
    pub end: usize,
}

impl Letter {
    /// Whether an escape made it; such a byte never begins a variable or directive.
    pub(super) fn is_escaped(self) -> bool {
        self.end - self.start > 1
    }
}

/// The range of the text as given that `letters` come from; `0..0` when there are none.
pub(super) fn span(letters: &[Letter]) -> Range<usize> {
    match letters {
        [] => 0..0,
        [first, .., last] | [first @ last] => first.start..last.end,
    }
}

/// What a backslash does to the bytes that follow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escapes {
    /// nginx's configuration: `\"`, `\'`, `\\`, `\t`, `\r`, `\n`; and `\xHH`, which logs are full of.
    Nginx,
    /// Apache's: the same, and a backslash before a line feed continues the line.
    Apache,
}

/// Resolves the escapes of `text[range]`. A backslash that escapes nothing stays.
pub(super) fn unescape(text: &str, range: Range<usize>, escapes: Escapes) -> Vec<Letter> {
    let bytes = &text.as_bytes()[..range.end];
    let mut out = Vec::with_capacity(range.len());
    let mut at = range.start;
    while at < bytes.len() {
        let (byte, length) = match bytes[at..] {
            [b'\\', quoted @ (b'"' | b'\'' | b'\\'), ..] => (quoted, 2),
            [b'\\', b't', ..] => (b'\t', 2),
            [b'\\', b'r', ..] => (b'\r', 2),
            [b'\\', b'n', ..] => (b'\n', 2),
            [b'\\', b'x', high, low, ..] if is_hex(high) && is_hex(low) => (hex(high) << 4 | hex(low), 4),
            [b'\\', b'\n', ..] if escapes == Escapes::Apache => {
                at += 2;
                continue;
            }
            [byte, ..] => (byte, 1),
            [] => break,
        };
        out.push(Letter { byte, start: at, end: at + length });
        at += length;
    }
    out
}

fn is_hex(byte: u8) -> bool {
    byte.is_ascii_hexdigit()
}

/// The value of a hexadecimal digit.
fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

/// Where the quoted string that opens at `open` closes: the offset of its closing quote.
///
/// A backslash takes the next byte with it.
pub(super) fn closing_quote(text: &str, open: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let quote = bytes[open];
    let mut at = open + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            byte if byte == quote => return Some(at),
            _ => at += 1,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str, escapes: Escapes) -> Vec<u8> {
        unescape(text, 0..text.len(), escapes).iter().map(|letter| letter.byte).collect()
    }

    #[test]
    fn escapes_resolve() {
        assert_eq!(bytes(r#"\"\'\\\t\x22\x5c"#, Escapes::Nginx), b"\"'\\\t\"\\");
        assert_eq!(bytes(r"\w\x2", Escapes::Nginx), br"\w\x2");
        assert_eq!(bytes("a\\\nb", Escapes::Apache), b"ab");
        assert_eq!(bytes("a\\", Escapes::Apache), b"a\\");
    }

    #[test]
    fn letters_know_where_they_were_written() {
        let letters = unescape(r"a\x22b", 0..6, Escapes::Nginx);
        let places: Vec<usize> = letters.iter().map(|letter| letter.start).collect();
        assert_eq!(places, [0, 1, 5]);
        assert_eq!(span(&letters[1..]), 1..6);
    }

    #[test]
    fn a_quote_closes_at_the_first_that_is_not_escaped() {
        assert_eq!(closing_quote(r#""a\"b" "c""#, 0), Some(5));
        assert_eq!(closing_quote("'a", 0), None);
        assert_eq!(closing_quote("'a\\", 0), None);
    }
}
