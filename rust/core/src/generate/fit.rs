//! Making text suit the place it is written to, so that a generated line is a line of its format.

use crate::format::Class;

/// The place that a text is written to.
#[derive(Debug, Clone, Copy)]
pub enum Fit {
    /// A field of a pattern.
    Field {
        /// The bytes that the field may hold.
        class: Class,
        /// The byte that follows the field in the pattern.
        stop: Option<u8>,
    },
    /// The inside of a JSON string.
    Json,
    /// The inside of a JSON string, with percent-encoding (RFC 3986, section 2.1) in lower case.
    Percent,
}

impl Fit {
    /// Appends `text` as it can stand here: bytes that may not are written as `\x22`, which is how
    /// nginx escapes; a space as `+`, which is how IIS does. Text that cannot become a number
    /// where one is expected, or is empty, is written as `-`.
    pub fn push(self, text: &[u8], out: &mut Vec<u8>) {
        match self {
            Fit::Json => push_json(text, out),
            Fit::Percent => push_percent(text, out),
            Fit::Field { class, .. } => match class {
                Class::Digits if !is_digits(text) => out.push(b'-'),
                Class::Decimal if !is_decimal(text) => out.push(b'-'),
                Class::Plus | Class::Blanks | Class::More => {}
                Class::Code => out.push(b'I'),
                Class::CompactTime => out.extend_from_slice(b"1121 10:15:32"),
                Class::TwoWords if text.is_empty() => out.extend_from_slice(b"- -"),
                _ if text.is_empty() => out.push(b'-'),
                Class::List => {
                    for (index, word) in text.split(|&byte| byte == b',').enumerate() {
                        if index > 0 {
                            out.extend_from_slice(b", ");
                        }
                        self.push_word(word.trim_ascii(), out);
                    }
                }
                Class::TwoWords => {
                    let (first, second) = halves(text);
                    self.push_word(first, out);
                    out.push(b' ');
                    self.push_word(second, out);
                }
                _ => self.push_escaped(text, out),
            },
        }
    }

    /// `text` as it can stand here.
    pub fn fitted(self, text: &[u8]) -> Box<[u8]> {
        let mut out = Vec::new();
        self.push(text, &mut out);
        out.into_boxed_slice()
    }

    /// Whether only numbers can stand here.
    pub fn is_numeric(self) -> bool {
        matches!(self, Fit::Field { class: Class::Digits | Class::Decimal, .. })
    }

    /// Whether only whole numbers can stand here.
    pub fn is_whole(self) -> bool {
        matches!(self, Fit::Field { class: Class::Digits, .. })
    }

    /// Whether a list joined by `, ` can stand here.
    pub fn holds_lists(self) -> bool {
        match self {
            Fit::Json | Fit::Percent | Fit::Field { class: Class::List, .. } => true,
            Fit::Field { .. } => !self.is_numeric() && self.admits(b' ') && self.admits(b','),
        }
    }

    fn push_word(self, word: &[u8], out: &mut Vec<u8>) {
        if word.is_empty() {
            out.push(b'-');
        } else {
            self.push_escaped(word, out);
        }
    }

    fn push_escaped(self, text: &[u8], out: &mut Vec<u8>) {
        for &byte in text {
            if self.admits(byte) {
                out.push(byte);
            } else if byte == b' ' {
                out.push(b'+');
            } else {
                out.extend_from_slice(b"\\x");
                push_hex(byte, b"0123456789ABCDEF", out);
            }
        }
    }

    /// Whether `byte` can stand here as it is.
    fn admits(self, byte: u8) -> bool {
        let Fit::Field { class, stop } = self else { return true };
        // nginx escapes these in every variable, wherever it stands.
        if matches!(byte, b'"' | b'\\' | 0..0x20 | 0x7f..) {
            return false;
        }
        // A delimiter inside of a field would be read as the field's end.
        if stop == Some(byte) && matches!(byte, b' ' | b',' | b';' | b'|' | b']') {
            return false;
        }
        match class {
            Class::Word | Class::TwoWords => byte != b' ',
            Class::List => byte != b' ' && byte != b',',
            Class::Bracketed => byte != b']',
            Class::Run(run) => run.set.contains(byte),
            Class::Before(delimiter) => byte != b' ' && byte != delimiter,
            _ => true,
        }
    }
}

/// The text before its first space, and behind it.
fn halves(text: &[u8]) -> (&[u8], &[u8]) {
    let space = text.iter().position(|&byte| byte == b' ').unwrap_or(text.len());
    (&text[..space], text.get(space + 1..).unwrap_or_default())
}

fn is_digits(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}

fn is_decimal(text: &[u8]) -> bool {
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    let mut parts = unsigned.splitn(2, |&byte| byte == b'.');
    parts.all(is_digits)
}

/// Appends `text` as the inside of a JSON string; bytes that are not UTF-8 become U+FFFD.
fn push_json(text: &[u8], out: &mut Vec<u8>) {
    for byte in String::from_utf8_lossy(text).bytes() {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            0..0x20 => {
                out.extend_from_slice(b"\\u00");
                push_hex(byte, b"0123456789abcdef", out);
            }
            _ => out.push(byte),
        }
    }
}

fn push_percent(text: &[u8], out: &mut Vec<u8>) {
    for &byte in text {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte);
        } else {
            out.push(b'%');
            push_hex(byte, b"0123456789abcdef", out);
        }
    }
}

fn push_hex(byte: u8, digits: &[u8; 16], out: &mut Vec<u8>) {
    out.push(digits[usize::from(byte >> 4)]);
    out.push(digits[usize::from(byte & 15)]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex_automata::{meta::Regex, util::syntax};

    use super::*;

    const CLASSES: [Class; 9] = [
        Class::Word,
        Class::TwoWords,
        Class::Digits,
        Class::Decimal,
        Class::List,
        Class::Quoted,
        Class::Bracketed,
        Class::Lazy,
        Class::Before(b'/'),
    ];

    fn fitted(class: Class, stop: Option<u8>, text: &[u8]) -> Vec<u8> {
        Fit::Field { class, stop }.fitted(text).into_vec()
    }

    #[test]
    fn text_is_escaped_as_servers_do() {
        assert_eq!(fitted(Class::Quoted, Some(b'"'), b"a \"b\" \\ \x16\xe2"), br"a \x22b\x22 \x5C \x16\xE2");
        assert_eq!(fitted(Class::Word, None, b"Mozilla/5.0 (X11)"), b"Mozilla/5.0+(X11)");
        assert_eq!(fitted(Class::Bracketed, None, b"[::1]"), br"[::1\x5D");
        assert_eq!(fitted(Class::Lazy, Some(b','), b"a, b"), br"a\x2C b");
        assert_eq!(fitted(Class::List, None, b"192.0.2.1, ::1"), b"192.0.2.1, ::1");
        assert_eq!(fitted(Class::Digits, None, b"12a"), b"-");
        assert_eq!(fitted(Class::Decimal, None, b"-1.5"), b"-1.5");
        assert_eq!(&*Fit::Percent.fitted("/a b?q=ä".as_bytes()), b"%2fa%20b%3fq%3d%c3%a4");
        assert_eq!(Fit::Json.fitted(b"\"\\\n\xff").into_vec(), "\\\"\\\\\\u000a\u{fffd}".as_bytes());
    }

    proptest! {
        #[test]
        fn every_text_fits_its_class(text: Vec<u8>, stop: Option<u8>, class in 0..CLASSES.len()) {
            let class = CLASSES[class];
            let regex = Regex::builder()
                .syntax(syntax::Config::new().unicode(false).utf8(false).dot_matches_new_line(false))
                .configure(Regex::config().utf8_empty(false))
                .build(&format!("^(?:{})$", class.regex()))
                .unwrap();
            let fitted = fitted(class, stop, &text);
            prop_assert!(regex.is_match(&fitted), "{:?}", fitted.escape_ascii().to_string());
            prop_assert!(!fitted.is_empty());
        }
    }
}
