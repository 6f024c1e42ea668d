//! Goes from pair to pair.

use crate::format::pairs::PairsDialect;

/// A key and its value: ranges of the line.
pub(super) struct Pair {
    pub(super) key: (usize, usize),
    pub(super) value: Value,
}

/// What stands behind a key.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value {
    /// Nothing: the key stands alone.
    None,
    /// This text.
    Plain(usize, usize),
    /// This text, with backslashes to be resolved.
    Escaped(usize, usize),
}

/// A place in a line of pairs.
pub(super) struct Cursor<'a> {
    line: &'a [u8],
    at: usize,
    dialect: PairsDialect,
}

/// A pair, none at the end; or the offset where the line stops being pairs.
type Next = Result<Option<Pair>, usize>;

impl<'a> Cursor<'a> {
    pub(super) fn new(line: &'a [u8], dialect: PairsDialect) -> Cursor<'a> {
        Cursor { line, at: 0, dialect }
    }

    pub(super) fn next_pair(&mut self) -> Next {
        match self.dialect {
            PairsDialect::Logfmt => self.logfmt(),
            PairsDialect::Delimited { between, after } => Ok(self.delimited(between, after)),
            PairsDialect::Cef if self.at == 0 => {
                self.at = cef_header(self.line).ok_or(0_usize)?;
                Ok(self.spaced())
            }
            PairsDialect::Cef | PairsDialect::Spaced => Ok(self.spaced()),
        }
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.line.get(at).copied()
    }

    /// The first place from `at` on where `stops` holds, or the line's end.
    fn find(&self, at: usize, stops: impl Fn(u8) -> bool) -> usize {
        let rest = self.line.get(at..).unwrap_or_default();
        at + rest.iter().position(|&byte| stops(byte)).unwrap_or(rest.len())
    }

    /// The first space from `at` on, or the line's end.
    fn find_space(&self, at: usize) -> usize {
        let rest = self.line.get(at..).unwrap_or_default();
        at + memchr::memchr(b' ', rest).unwrap_or(rest.len())
    }

    /// Past blanks.
    fn skip(&mut self, is_blank: impl Fn(u8) -> bool) {
        self.at = self.find(self.at, |byte| !is_blank(byte));
    }

    /// The quoted text that begins at `self.at`: its inside; `None` when it is not closed.
    fn quoted(&mut self) -> Option<Value> {
        let start = self.at + 1;
        let mut at = start;
        let mut escaped = false;
        loop {
            let rest = self.line.get(at..).unwrap_or_default();
            at += memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
            match self.byte(at) {
                Some(b'\\') => {
                    escaped = true;
                    at += 2;
                }
                Some(_) => break,
                None => return None,
            }
        }
        self.at = at + 1;
        Some(if escaped { Value::Escaped(start, at) } else { Value::Plain(start, at) })
    }

    /// As `github.com/go-logfmt/logfmt` reads: keys of bytes above a space without `=` and `"`; a value
    /// is quoted, or a run of such bytes.
    fn logfmt(&mut self) -> Next {
        self.skip(|byte| byte <= b' ');
        if self.at >= self.line.len() {
            return Ok(None);
        }
        let key = (self.at, self.find(self.at, |byte| byte <= b' ' || byte == b'=' || byte == b'"'));
        if key.0 == key.1 || self.byte(key.1) == Some(b'"') {
            return Err(key.1);
        }
        self.at = key.1;
        if self.byte(self.at) != Some(b'=') {
            return Ok(Some(Pair { key, value: Value::None }));
        }
        self.at += 1;
        if self.byte(self.at) == Some(b'"') {
            let value = self.quoted().ok_or(self.line.len())?;
            return Ok(Some(Pair { key, value }));
        }
        let value = (self.at, self.find(self.at, |byte| byte <= b' ' || byte == b'=' || byte == b'"'));
        self.at = value.1;
        match self.byte(self.at) {
            Some(b'=' | b'"') => Err(self.at),
            _ => Ok(Some(Pair { key, value: Value::Plain(value.0, value.1) })),
        }
    }

    fn delimited(&mut self, between: u8, after: u8) -> Option<Pair> {
        let is_blank = |byte: u8| byte == b' ' || byte == b'\t' && after != b'\t';
        self.skip(|byte| is_blank(byte) || byte == after);
        if self.at >= self.line.len() {
            return None;
        }
        let start = self.at;
        let key = match self.byte(start) {
            Some(b'"') => match self.quoted() {
                Some(Value::Plain(from, to) | Value::Escaped(from, to)) => (from, to),
                _ => self.until(start, between, after),
            },
            // A delimiter where a key belongs is a part of the text.
            Some(byte) if byte == between => (start, self.find(start, |byte| byte == after)),
            _ => self.until(start, between, after),
        };
        if self.at == start {
            self.at = key.1;
        }
        let behind = self.at;
        self.skip(is_blank);
        if self.byte(self.at) != Some(between) {
            self.at = behind;
            return Some(Pair { key: self.trimmed(key), value: Value::None });
        }
        self.at += 1;
        if after != b' ' || between == b':' {
            self.skip(is_blank);
        }
        let from = self.at;
        if self.byte(from) == Some(b'"')
            && let Some(value) = self.quoted()
        {
            let closed = self.at;
            self.skip(is_blank);
            if self.byte(self.at).is_none_or(|byte| byte == after) || (after == b' ' && self.at > closed) {
                return Some(Pair { key: self.trimmed(key), value });
            }
        }
        let end = self.find(from, |byte| byte == after);
        self.at = end;
        let (start, end) = self.trimmed((from, end));
        Some(Pair { key: self.trimmed(key), value: Value::Plain(start, end) })
    }

    fn until(&self, from: usize, between: u8, after: u8) -> (usize, usize) {
        (from, self.find(from, |byte| byte == between || byte == after))
    }

    fn trimmed(&self, (start, end): (usize, usize)) -> (usize, usize) {
        let kept = self.line[start..end].trim_ascii_end().len();
        (start, start + kept)
    }

    fn spaced(&mut self) -> Option<Pair> {
        self.skip(|byte| byte == b' ');
        let is_key = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        let key = (self.at, self.find(self.at, |byte| !is_key(byte)));
        if self.at >= self.line.len() {
            return None;
        }
        if self.byte(key.1) != Some(b'=') || key.0 == key.1 {
            self.at = self.find(self.at, |byte| byte == b' ');
            return Some(Pair { key, value: Value::None });
        }
        self.at = key.1 + 1;
        if self.byte(self.at) == Some(b'"')
            && let Some(value) = self.quoted()
        {
            return Some(Pair { key, value });
        }
        // Up to the next word that a `=` ends. Every byte is looked at once per word it is in.
        let from = self.at;
        let mut end = self.find_space(from);
        while end < self.line.len() {
            let word = end + 1;
            let stop = self.find(word, |byte| !is_key(byte));
            if stop > word && self.byte(stop) == Some(b'=') {
                break;
            }
            end = self.find_space(word);
        }
        self.at = end;
        Some(Pair { key, value: Value::Plain(from, end) })
    }
}

/// The length of `CEF:0|vendor|product|version|class|name|severity|`; a backslash takes a `|` with it.
fn cef_header(line: &[u8]) -> Option<usize> {
    const COLUMNS: usize = 7;
    let (mut at, mut columns) = (line.strip_prefix(b"CEF:").map(|_| 4)?, 0);
    while columns < COLUMNS {
        match line.get(at)? {
            b'\\' => at += 1,
            b'|' => columns += 1,
            _ => {}
        }
        at += 1;
    }
    Some(at)
}
