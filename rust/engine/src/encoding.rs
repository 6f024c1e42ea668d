//! Byte order marks: what a text begins with that says how its characters are written.

/// U+FEFF in UTF-8, with which Windows tools begin a file. It is no part of the first line.
const UTF_8: &[u8] = b"\xef\xbb\xbf";

/// The same in UTF-16, in both byte orders; UTF-32 begins alike in one of them.
const UTF_16: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];

/// Refuses content that is written in units of more than one byte.
///
/// # Errors
/// What it is, and how to mend it.
pub(crate) fn check(head: &[u8]) -> Result<(), String> {
    if UTF_16.iter().any(|mark| head.starts_with(mark)) {
        return Err(
            "it is UTF-16 text; make it UTF-8 first, such as with iconv -f UTF-16 -t UTF-8".to_owned()
        );
    }
    Ok(())
}

/// The beginning of a text without its mark.
pub(crate) fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(UTF_8).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_no_text() {
        assert_eq!(without_mark(b"\xef\xbb\xbfa"), b"a");
        assert_eq!(without_mark(b"a\xef\xbb\xbf"), b"a\xef\xbb\xbf");
        assert!(check(b"\xff\xfea\0").is_err() && check(b"\xfe\xff\0a").is_err());
        assert!(check(b"\xef\xbb\xbfa").is_ok() && check(b"").is_ok());
    }
}
