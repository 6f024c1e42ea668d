//! Goes from pair to pair.

use crate::format::pairs::PairsDialect;
use crate::scan::simd::Search;
use crate::scan::stops::Stops;

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
pub(super) struct Cursor<'a, S> {
    search: S,
    /// The line is `hay[..limit]`.
    hay: &'a [u8],
    limit: usize,
    at: usize,
    dialect: PairsDialect,
    /// Where keys and values may end.
    stops: Stops<'a, S, 2>,
    /// Of pairs without quotes: where the key begins and ends that ended the last value.
    next_key: (usize, usize),
}

/// A pair, none at the end; or the offset where the line stops being pairs.
type Next = Result<Option<Pair>, usize>;

impl<'a, S: Search> Cursor<'a, S> {
    /// For the line `hay[..limit]`; `hay` may go on beyond it.
    #[inline(always)]
    pub(super) fn new(search: S, hay: &'a [u8], limit: usize, dialect: PairsDialect) -> Self {
        let (below, needles) = match dialect {
            PairsDialect::Logfmt => (b' ' + 1, *b"=\""),
            PairsDialect::Delimited { between, after } => (0, [between, after]),
            PairsDialect::Spaced | PairsDialect::Cef => (0, *b" ="),
        };
        let stops = Stops::new(search, hay, below, needles);
        Cursor { search, hay, limit, at: 0, dialect, stops, next_key: (0, 0) }
    }

    #[inline(always)]
    pub(super) fn next_pair(&mut self) -> Next {
        match self.dialect {
            PairsDialect::Logfmt => self.logfmt(),
            PairsDialect::Delimited { between, after } => Ok(self.delimited(between, after)),
            PairsDialect::Cef if self.at == 0 => {
                self.at = cef_header(&self.hay[..self.limit]).ok_or(0_usize)?;
                Ok(self.spaced())
            }
            PairsDialect::Cef | PairsDialect::Spaced => Ok(self.spaced()),
        }
    }

    #[inline(always)]
    fn byte(&self, at: usize) -> Option<u8> {
        if at < self.limit { Some(self.hay[at]) } else { None }
    }

    /// The first place from `at` on that holds a stop, or the line's end.
    #[inline(always)]
    fn stop(&mut self, at: usize) -> usize {
        self.stops.first_from(at, self.limit)
    }

    /// The first place from `at` on that holds this stop, or the line's end.
    #[inline(always)]
    fn stop_of(&mut self, mut at: usize, byte: u8) -> usize {
        loop {
            at = self.stop(at);
            if self.byte(at).is_none_or(|found| found == byte) {
                return at;
            }
            at += 1;
        }
    }

    /// Past blanks.
    #[inline(always)]
    fn skip(&mut self, is_blank: impl Fn(u8) -> bool) {
        while self.byte(self.at).is_some_and(&is_blank) {
            self.at += 1;
        }
    }

    /// The text in double quotes that begins at `self.at`: its inside; `None` when it is not closed.
    #[inline(always)]
    fn quoted(&mut self) -> Option<Value> {
        self.quoted_by(b'"')
    }

    #[inline(always)]
    fn quoted_by(&mut self, quote: u8) -> Option<Value> {
        let start = self.at + 1;
        let mut at = start;
        let mut escaped = false;
        loop {
            at = self.search.find::<2>(self.hay, at, self.limit, [quote, b'\\']);
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
    #[inline(always)]
    fn logfmt(&mut self) -> Next {
        self.skip(|byte| byte <= b' ');
        if self.at >= self.limit {
            return Ok(None);
        }
        let key = (self.at, self.stop(self.at));
        if key.0 == key.1 || self.byte(key.1) == Some(b'"') {
            return Err(key.1);
        }
        self.at = key.1;
        if self.byte(self.at) != Some(b'=') {
            return Ok(Some(Pair { key, value: Value::None }));
        }
        self.at += 1;
        if self.byte(self.at) == Some(b'"') {
            let value = self.quoted().ok_or(self.limit)?;
            return Ok(Some(Pair { key, value }));
        }
        let value = (self.at, self.stop(self.at));
        self.at = value.1;
        match self.byte(self.at) {
            Some(b'=' | b'"') => Err(self.at),
            _ => Ok(Some(Pair { key, value: Value::Plain(value.0, value.1) })),
        }
    }

    #[inline(always)]
    fn delimited(&mut self, between: u8, after: u8) -> Option<Pair> {
        let is_blank = |byte: u8| byte == b' ' || byte == b'\t' && after != b'\t';
        self.skip(|byte| is_blank(byte) || byte == after);
        if self.at >= self.limit {
            return None;
        }
        let start = self.at;
        let key = match self.byte(start) {
            Some(b'"') => match self.quoted() {
                Some(Value::Plain(from, to) | Value::Escaped(from, to)) => (from, to),
                _ => (start, self.stop(start)),
            },
            // A delimiter where a key belongs is a part of the text.
            Some(byte) if byte == between => (start, self.stop_of(start, after)),
            _ => (start, self.stop(start)),
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
        if let Some(quote @ (b'"' | b'\'')) = self.byte(from)
            && let Some(value) = self.quoted_by(quote)
        {
            let closed = self.at;
            self.skip(is_blank);
            if self.byte(self.at).is_none_or(|byte| byte == after) || (after == b' ' && self.at > closed) {
                return Some(Pair { key: self.trimmed(key), value });
            }
        }
        let end = self.stop_of(from, after);
        self.at = end;
        let (start, end) = self.trimmed((from, end));
        Some(Pair { key: self.trimmed(key), value: Value::Plain(start, end) })
    }

    fn trimmed(&self, (start, end): (usize, usize)) -> (usize, usize) {
        let kept = self.hay[start..end].trim_ascii_end().len();
        (start, start + kept)
    }

    #[inline(always)]
    fn spaced(&mut self) -> Option<Pair> {
        self.skip(|byte| byte == b' ');
        if self.at >= self.limit {
            return None;
        }
        let key = match self.next_key {
            (start, end) if start == self.at && end > start => (start, end),
            _ => (self.at, self.key_end(self.at)),
        };
        if self.byte(key.1) != Some(b'=') || key.0 == key.1 {
            self.at = self.stop_of(self.at, b' ');
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
        let mut end = self.stop_of(from, b' ');
        while end < self.limit {
            let word = end + 1;
            let stop = self.stop(word);
            if stop > word
                && self.byte(stop) == Some(b'=')
                && self.hay[word..stop].iter().all(|byte| KEY[usize::from(*byte)])
            {
                self.next_key = (word, stop);
                break;
            }
            end = self.stop_of(stop, b' ');
        }
        self.at = end;
        Some(Pair { key, value: Value::Plain(from, end) })
    }

    /// Where the letters, digits, `_`, `-` and `.` from `at` on end.
    #[inline(always)]
    fn key_end(&self, mut at: usize) -> usize {
        while self.byte(at).is_some_and(|byte| KEY[usize::from(byte)]) {
            at += 1;
        }
        at
    }
}

/// Letters, digits, `_`, `-` and `.`, which keys are of.
pub(super) const KEY: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        byte += 1;
    }
    table
};

/// The length of `CEF:0|vendor|product|version|class|name|severity|`; a backslash takes a `|` with it.
pub(super) fn cef_header(line: &[u8]) -> Option<usize> {
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
