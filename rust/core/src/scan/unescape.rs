//! Second views of a text: what its escapes stand for.

/// Appends `text` with its backslash escapes resolved: `\n \r \t \b \f \\ \" \' \/`, `\xHH` (nginx,
/// Apache), `\uHHHH` (JSON). A backslash that escapes nothing stays.
pub fn unescape(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        let (byte, length) = match rest {
            [_, b'n', ..] => (b'\n', 2),
            [_, b'r', ..] => (b'\r', 2),
            [_, b't', ..] => (b'\t', 2),
            [_, b'b', ..] => (8, 2),
            [_, b'f', ..] => (12, 2),
            [_, byte @ (b'\\' | b'"' | b'\'' | b'/'), ..] => (*byte, 2),
            [_, b'x', high, low, ..] if is_hex(&[*high, *low]) => (hex(*high) << 4 | hex(*low), 4),
            [_, b'u', digits @ ..] if digits.len() >= 4 && is_hex(&digits[..4]) => {
                rest = push_utf16(rest, out);
                continue;
            }
            _ => (b'\\', 1),
        };
        out.push(byte);
        rest = &rest[length..];
    }
    out.extend_from_slice(rest);
}

/// Appends the character of the `\uHHHH` that `text` begins with, a surrogate pair included; answers
/// what follows.
fn push_utf16<'a>(text: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let unit = |text: &[u8]| match text {
        [b'\\', b'u', digits @ ..] if digits.len() >= 4 && is_hex(&digits[..4]) => {
            Some(digits[..4].iter().fold(0u32, |value, &digit| value << 4 | u32::from(hex(digit))))
        }
        _ => None,
    };
    let first = unit(text).unwrap_or(0xfffd);
    let rest = &text[6..];
    let (code, rest) = match (first, unit(rest)) {
        (0xd800..0xdc00, Some(low @ 0xdc00..0xe000)) => {
            (0x1_0000 + ((first - 0xd800) << 10) + (low - 0xdc00), &rest[6..])
        }
        _ => (first, rest),
    };
    let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    rest
}

/// Appends `text` with `%HH` decoded (RFC 3986 §2.1); what is no such triplet stays.
pub fn percent_decode(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'%', rest) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        match rest {
            [_, high, low, after @ ..] if is_hex(&[*high, *low]) => {
                out.push(hex(*high) << 4 | hex(*low));
                rest = after;
            }
            _ => {
                out.push(b'%');
                rest = &rest[1..];
            }
        }
    }
    out.extend_from_slice(rest);
}

fn is_hex(digits: &[u8]) -> bool {
    digits.iter().all(u8::is_ascii_hexdigit)
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(view: fn(&[u8], &mut Vec<u8>), text: &str) -> String {
        let mut out = Vec::new();
        view(text.as_bytes(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn backslashes_resolve() {
        for (text, wanted) in [
            (r#"foo \" bar"#, "foo \" bar"),
            (r"a\\b\x41\n", "a\\bA\n"),
            (r"\u00e9\ud83d\ude00\ud83d", "é😀\u{fffd}"),
            (r"\q\x4", r"\q\x4"),
            ("\\", "\\"),
        ] {
            assert_eq!(with(unescape, text), wanted);
        }
    }

    #[test]
    fn percents_resolve_once() {
        for (text, wanted) in [("/a%20b%2520", "/a b%20"), ("100%", "100%"), ("%zz%4", "%zz%4")] {
            assert_eq!(with(percent_decode, text), wanted);
        }
    }
}
