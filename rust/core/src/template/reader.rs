//! From a line to the tokens of its message.

use super::header::{Columns, Header};
use super::lex::{join, lex};
use super::token::Token;

/// Reads the lines of one source; keeps its buffers from line to line.
#[derive(Debug, Clone)]
pub struct Reader {
    header: Header,
    year_if_absent: i16,
    columns: Columns,
    lexed: Vec<Token>,
    tokens: Vec<Token>,
}

/// A line without its header.
#[derive(Debug)]
pub struct Message<'a> {
    /// What follows the header; the whole line if it has another one.
    pub text: &'a [u8],
    /// When it was logged, in Unix seconds, if its header says so.
    pub unix_seconds: Option<i64>,
    pub(super) tokens: &'a [Token],
}

impl Reader {
    /// A reader of lines with a header; instants without a year are of `year_if_absent`.
    pub fn new(header: Header, year_if_absent: i16) -> Reader {
        Reader { header, year_if_absent, columns: Columns::default(), lexed: Vec::new(), tokens: Vec::new() }
    }

    /// The header that it skips.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Reads a line; a carriage return at its end does not count.
    #[inline]
    pub fn read<'a>(&'a mut self, line: &'a [u8]) -> Message<'a> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let start = self.header.message_start(line, &mut self.columns);
        let timestamp = if start.is_some() { self.columns.timestamp } else { None };
        let text = &line[start.unwrap_or(0)..];
        lex(text, &mut self.lexed);
        join(text, &self.lexed, &mut self.tokens);
        let unix_seconds = timestamp.and_then(|fields| fields.unix_seconds(self.year_if_absent));
        Message { text, unix_seconds, tokens: &self.tokens }
    }
}
