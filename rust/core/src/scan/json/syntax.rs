//! The grammar of RFC 8259, read strictly and without allocation.

use super::expected::{Expected, Fault};
use crate::scan::simd::find_short;

/// Objects and arrays within one another, at most; as in `serde_json`.
pub(crate) const MAX_DEPTH: u32 = 127;

/// The inside of a string: bytes `start..end` of the line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) has_escapes: bool,
}

/// A place in a text that is read as JSON, left to right.
pub(crate) struct Reader<'a> {
    /// Begins with the line.
    hay: &'a [u8],
    line: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(line: &'a [u8]) -> Self {
        Reader { hay: line, line, at: 0 }
    }

    /// For the line `hay[..limit]`; `hay` may go on beyond it.
    #[inline(always)]
    pub(crate) fn of_line(hay: &'a [u8], limit: usize) -> Self {
        Reader { hay, line: &hay[..limit], at: 0 }
    }

    /// In the middle of a text that may go on beyond its line: only what cannot hold a line end is to be read.
    #[inline(always)]
    pub(super) fn at(hay: &'a [u8], at: usize) -> Self {
        Reader { hay, line: hay, at }
    }

    /// The offset of the next byte.
    #[inline(always)]
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// The next byte; NUL, which the grammar allows nowhere, at the end.
    #[inline(always)]
    pub(crate) fn peek(&self) -> u8 {
        self.line.get(self.at).copied().unwrap_or(0)
    }

    /// A string's bytes as they stand, escapes and all.
    #[inline(always)]
    pub(crate) fn bytes(&self, text: Text) -> &'a [u8] {
        &self.line[text.start..text.end]
    }

    pub(crate) fn fault(&self, expected: Expected) -> Fault {
        Fault { offset: self.at, expected }
    }

    #[inline(always)]
    pub(crate) fn skip_whitespace(&mut self) {
        // Mostly there is none: one comparison tells.
        while self.peek() <= b' ' && matches!(self.peek(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
    }

    /// Nothing but white space is left.
    pub(crate) fn end_of_line(&mut self) -> Result<(), Fault> {
        self.skip_whitespace();
        if self.at < self.line.len() {
            return Err(self.fault(Expected::LineEnd));
        }
        Ok(())
    }

    /// Goes past `{`; answers whether a key follows.
    #[inline(always)]
    pub(crate) fn open_object(&mut self) -> Result<bool, Fault> {
        self.at += 1;
        self.skip_whitespace();
        match self.peek() {
            b'"' => Ok(true),
            b'}' => {
                self.at += 1;
                Ok(false)
            }
            _ => Err(self.fault(Expected::KeyOrBrace)),
        }
    }

    /// Goes past `[`; answers whether an element follows.
    #[inline(always)]
    pub(crate) fn open_array(&mut self) -> bool {
        self.at += 1;
        self.skip_whitespace();
        if self.peek() != b']' {
            return true;
        }
        self.at += 1;
        false
    }

    /// A key, its colon, and the white space before the value.
    #[inline(always)]
    pub(crate) fn key(&mut self) -> Result<Text, Fault> {
        if self.peek() != b'"' {
            return Err(self.fault(Expected::Key));
        }
        let key = self.string()?;
        self.skip_whitespace();
        if self.peek() != b':' {
            return Err(self.fault(Expected::Colon));
        }
        self.at += 1;
        self.skip_whitespace();
        Ok(key)
    }

    /// After a member's value: answers whether another member follows.
    #[inline(always)]
    pub(crate) fn next_member(&mut self) -> Result<bool, Fault> {
        self.next_item(b'}', Expected::CommaOrBrace)
    }

    /// After an array's element: answers whether another one follows.
    #[inline(always)]
    pub(crate) fn next_element(&mut self) -> Result<bool, Fault> {
        self.next_item(b']', Expected::CommaOrBracket)
    }

    #[inline(always)]
    fn next_item(&mut self, close: u8, expected: Expected) -> Result<bool, Fault> {
        self.skip_whitespace();
        let byte = self.peek();
        if byte != b',' && byte != close {
            return Err(self.fault(expected));
        }
        self.at += 1;
        if byte == b',' {
            self.skip_whitespace();
        }
        Ok(byte == b',')
    }

    /// A string, from its opening quote.
    #[inline(always)]
    pub(crate) fn string(&mut self) -> Result<Text, Fault> {
        self.at += 1;
        let start = self.at;
        let mut has_escapes = false;
        loop {
            self.at = find_short(self.hay, self.at, self.line.len(), b' ', *b"\"\\");
            match self.peek() {
                b'"' => {
                    self.at += 1;
                    return Ok(Text { start, end: self.at - 1, has_escapes });
                }
                b'\\' => {
                    has_escapes = true;
                    self.escape()?;
                }
                _ if self.at == self.line.len() => return Err(self.fault(Expected::ClosingQuote)),
                _ => return Err(self.fault(Expected::NoControl)),
            }
        }
    }

    /// Where the escape ends whose backslash is next, if it is one.
    #[cold]
    #[inline(never)]
    pub(super) fn past_escape(mut self) -> Option<usize> {
        self.escape().ok()?;
        Some(self.at)
    }

    /// Where the number, `true`, `false` or `null` ends that is next, if there is one.
    #[inline(always)]
    pub(super) fn past_word(mut self) -> Option<usize> {
        if self.peek() == b'"' {
            return None;
        }
        self.scalar().ok()?;
        Some(self.at)
    }

    fn escape(&mut self) -> Result<(), Fault> {
        self.at += 1;
        match self.peek() {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 1,
            b'u' => {
                self.at += 1;
                for _ in 0..4 {
                    if !self.peek().is_ascii_hexdigit() {
                        return Err(self.fault(Expected::HexDigit));
                    }
                    self.at += 1;
                }
            }
            _ => return Err(self.fault(Expected::Escape)),
        }
        Ok(())
    }

    /// A number, `true`, `false`, `null` or a string.
    #[inline(always)]
    fn scalar(&mut self) -> Result<(), Fault> {
        match self.peek() {
            b'"' => self.string().map(|_| ()),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.literal(b"true"),
            b'f' => self.literal(b"false"),
            b'n' => self.literal(b"null"),
            _ => Err(self.fault(Expected::Value)),
        }
    }

    #[inline(always)]
    fn literal(&mut self, name: &[u8]) -> Result<(), Fault> {
        if !self.line[self.at..].starts_with(name) {
            return Err(self.fault(Expected::Value));
        }
        self.at += name.len();
        Ok(())
    }

    #[inline(always)]
    fn number(&mut self) -> Result<(), Fault> {
        if self.peek() == b'-' {
            self.at += 1;
        }
        if self.peek() == b'0' {
            self.at += 1; // nothing but a point or an exponent may follow
        } else {
            self.digits()?;
        }
        if self.peek() == b'.' {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), b'e' | b'E') {
            self.at += 1;
            if matches!(self.peek(), b'+' | b'-') {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    #[inline(always)]
    fn digits(&mut self) -> Result<(), Fault> {
        if !self.peek().is_ascii_digit() {
            return Err(self.fault(Expected::Digit));
        }
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        Ok(())
    }

    /// Checks a value and goes past it; `depth` is the number of objects and arrays around it.
    #[inline(always)]
    pub(crate) fn skip_value(&mut self, depth: u32) -> Result<(), Fault> {
        if matches!(self.peek(), b'{' | b'[') {
            return self.skip_nested(depth);
        }
        self.scalar()
    }

    /// Without recursion: what is open is a stack of bits, one for each object or array.
    fn skip_nested(&mut self, depth: u32) -> Result<(), Fault> {
        let mut open = Open { is_object: 0, count: 0 };
        loop {
            let byte = self.peek();
            let more = if matches!(byte, b'{' | b'[') {
                if depth + open.count >= MAX_DEPTH {
                    return Err(self.fault(Expected::Shallower));
                }
                open.push(byte == b'{');
                if byte == b'{' { self.open_object()? } else { self.open_array() }
            } else {
                self.scalar()?;
                self.next_of(&open)?
            };
            if !more {
                open.count -= 1;
                while open.count > 0 && !self.next_of(&open)? {
                    open.count -= 1;
                }
                if open.count == 0 {
                    return Ok(());
                }
            }
            if open.top_is_object() {
                self.key()?;
            }
        }
    }

    fn next_of(&mut self, open: &Open) -> Result<bool, Fault> {
        if open.top_is_object() { self.next_member() } else { self.next_element() }
    }
}

/// What is open while a value is skipped: bit `i` tells whether the `i`-th is an object.
struct Open {
    is_object: u128,
    count: u32,
}

impl Open {
    fn push(&mut self, is_object: bool) {
        let bit = 1 << self.count;
        if is_object {
            self.is_object |= bit;
        } else {
            self.is_object &= !bit;
        }
        self.count += 1;
    }

    fn top_is_object(&self) -> bool {
        self.count > 0 && self.is_object & (1 << (self.count - 1)) != 0
    }
}

/// Whether the whole text is a number of JSON's grammar.
pub(crate) fn is_number(text: &[u8]) -> bool {
    let mut reader = Reader::new(text);
    reader.number().is_ok() && reader.at == text.len()
}
