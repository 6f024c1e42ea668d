//! Classes of bytes, as bits of a table: one lookup answers any question about a byte.

/// Part of a run that may be a word: letters, digits and what names are made with.
pub const WORD: u8 = 1;
/// Part of a label of a dotted name.
pub const LABEL: u8 = 2;
/// `0` to `9`.
pub const DIGIT: u8 = 4;
/// A letter, or any byte of a character beyond ASCII.
pub const LETTER: u8 = 8;
/// A hexadecimal digit.
pub const HEX: u8 = 16;
/// White space.
pub const SPACE: u8 = 32;
/// What continues an identifier: a letter, a digit or `_`.
pub const NAME: u8 = 64;
/// What ends a path or a URL: white space, quotes, brackets, comma, semicolon.
pub const BREAK: u8 = 128;

const fn classes(byte: u8) -> u8 {
    let mut classes = match byte {
        b'*' | b'%' | b'.' | b'/' | b'\\' | b'@' | b'#' | b'&' | b'~' | b'!' | b'^' => WORD,
        b'$' | b'-' => WORD | LABEL,
        b'_' => WORD | LABEL | NAME,
        b'0'..=b'9' => WORD | LABEL | DIGIT | NAME,
        b'a'..=b'z' | b'A'..=b'Z' | 0x80.. => WORD | LABEL | LETTER | NAME,
        b' ' | b'\t' | b'\r' | b'\n' | 0x0b | 0x0c => SPACE | BREAK,
        b',' | b';' | b'"' | b'\'' | b'<' | b'>' | b'(' | b')' | b'[' | b']' | b'{' | b'}' => BREAK,
        _ => 0,
    };
    if byte.is_ascii_hexdigit() {
        classes |= HEX;
    }
    classes
}

static CLASSES: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = classes(byte as u8);
        byte += 1;
    }
    table
};

/// Whether a byte is in one of `wanted`.
#[inline(always)]
pub fn is(byte: u8, wanted: u8) -> bool {
    CLASSES[byte as usize] & wanted != 0
}

/// The byte at a place; NUL, which is in no class, beyond the end.
#[inline(always)]
pub fn byte_at(text: &[u8], at: usize) -> u8 {
    text.get(at).copied().unwrap_or(0)
}

/// Whether the byte at a place is in one of `wanted`; none is beyond the end.
#[inline(always)]
pub fn is_at(text: &[u8], at: usize, wanted: u8) -> bool {
    is(byte_at(text, at), wanted)
}

/// The end of the run of bytes in one of `wanted`.
#[inline(always)]
pub fn run(text: &[u8], mut at: usize, wanted: u8) -> usize {
    while is_at(text, at, wanted) {
        at += 1;
    }
    at
}

/// The end of the longest run of at most `most` digits; `None` if there are fewer than `least`.
#[inline(always)]
pub fn digits(text: &[u8], at: usize, least: usize, most: usize) -> Option<usize> {
    let mut end = at;
    while end - at < most && is_at(text, end, DIGIT) {
        end += 1;
    }
    (end - at >= least).then_some(end)
}
