//! journald's export format: entries of lines `FIELD=value`, an empty line behind each (systemd, "Journal
//! Export Formats").
//!
//! A line `MESSAGE=…` is the record, with the fields of its entry that stand before it; journald writes
//! `__REALTIME_TIMESTAMP` near the beginning. The others are comments. A value with line feeds or bytes that
//! cannot be printed stands behind a line that holds only the name: its length in eight bytes, the least
//! first, then itself; of such a message its first line is the text.

use super::{Body, FACILITY, HOSTNAME, Opened, PID, PROGRAM, SEVERITY, TIME, number, syslog};
use crate::format::envelope::PARTS;
use crate::scan::record::Span;

/// Longer values of fields around the message are left out, in bytes.
const MOST_VALUE_BYTES: usize = 256;

/// The entry that is being read.
#[derive(Debug, Default)]
pub(in crate::scan) struct Entry {
    /// The values of fields, one behind the other.
    values: Vec<u8>,
    /// Part and where its value lies.
    parts: Vec<(usize, usize, usize)>,
    binary: Option<Binary>,
    is_begun: bool,
}

/// A value behind its length.
#[derive(Debug)]
struct Binary {
    name: Name,
    length: [u8; 8],
    /// Bytes of the length that were read.
    length_read: usize,
    /// Bytes of the value that follow, and the line feed behind it.
    left: u64,
    /// Whether the first line of the value was read.
    is_begun: bool,
}

/// The fields that are of interest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    Message,
    Part(usize),
    Other,
}

impl Name {
    fn of(name: &[u8]) -> Option<Name> {
        let is_name = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
        Some(match name {
            b"MESSAGE" => Name::Message,
            b"__REALTIME_TIMESTAMP" => Name::Part(TIME),
            b"_HOSTNAME" => Name::Part(HOSTNAME),
            b"SYSLOG_IDENTIFIER" => Name::Part(PROGRAM),
            b"_PID" => Name::Part(PID),
            b"SYSLOG_FACILITY" => Name::Part(FACILITY),
            b"PRIORITY" => Name::Part(SEVERITY),
            _ if !name.is_empty() && name.len() <= 64 && name.iter().all(is_name) => Name::Other,
            _ => return None,
        })
    }
}

impl Entry {
    /// Whether an empty line ends an entry; the next one begins.
    pub(in crate::scan) fn end(&mut self) -> bool {
        let was_begun = self.is_begun && self.binary.is_none();
        if was_begun {
            self.values.clear();
            self.parts.clear();
            self.is_begun = false;
        } else if let Some(binary) = &mut self.binary {
            binary.take(b"");
            self.finish();
            return true;
        }
        was_begun
    }

    /// Opens a line of an entry.
    pub(super) fn open(&mut self, line: &[u8], text: &mut Vec<u8>) -> Option<Opened> {
        if let Some(binary) = &mut self.binary {
            let was_begun = binary.is_begun;
            let inside = binary.take(line);
            let is_first = binary.is_begun && !was_begun;
            let name = binary.name;
            self.finish();
            let opened = match (name, inside) {
                (Name::Message, Some(start)) if is_first => self.opened(start, line, text),
                _ => nothing(),
            };
            return Some(opened);
        }
        let end = memchr::memchr(b'=', line).unwrap_or(line.len());
        let name = Name::of(&line[..end])?;
        self.is_begun = true;
        if end == line.len() {
            self.binary = Some(Binary { name, length: [0; 8], length_read: 0, left: 0, is_begun: false });
            return Some(nothing());
        }
        match name {
            Name::Message => return Some(self.opened(end + 1, line, text)),
            Name::Part(part) if line.len() - end <= MOST_VALUE_BYTES && self.parts.len() < PARTS.len() => {
                let from = self.values.len();
                self.values.extend_from_slice(&line[end + 1..]);
                self.parts.push((part, from, self.values.len()));
            }
            Name::Part(_) | Name::Other => {}
        }
        Some(nothing())
    }

    /// Forgets a value that was read to its end.
    fn finish(&mut self) {
        self.binary.take_if(|binary| binary.is_begun && binary.left == 0);
    }

    /// The message from `start` on, with the fields before it.
    fn opened(&self, start: usize, line: &[u8], text: &mut Vec<u8>) -> Opened {
        let mut opened = Opened { body: Body::Line(start, line.len()), ..nothing() };
        for &(part, from, to) in &self.parts {
            let value = &self.values[from..to];
            let at = text.len();
            opened.parts[part] = match part {
                FACILITY => number(value).map_or(Span::ABSENT, |number| syslog::facility(number, text)),
                SEVERITY => number(value).map_or(Span::ABSENT, |number| syslog::severity(number, text)),
                _ => {
                    text.extend_from_slice(value);
                    Span::scratch(at, text.len())
                }
            };
        }
        opened
    }
}

impl Binary {
    /// Reads a line, whose line feed is left out; answers where the value begins or goes on in it.
    fn take(&mut self, line: &[u8]) -> Option<usize> {
        let mut at = 0;
        while self.length_read < 8 {
            // The line feed may be a byte of the length.
            let byte = line.get(at).copied().unwrap_or(b'\n');
            self.length[self.length_read] = byte;
            self.length_read += 1;
            at += 1;
            if self.length_read == 8 {
                self.left = u64::from_le_bytes(self.length).saturating_add(1);
            }
            if at > line.len() {
                return None;
            }
        }
        self.is_begun = true;
        self.left = self.left.saturating_sub((line.len() - at) as u64 + 1);
        Some(at)
    }
}

/// A line of an entry that is no record.
fn nothing() -> Opened {
    Opened { body: Body::Nothing, parts: [Span::ABSENT; PARTS.len()], priority: None }
}

#[cfg(test)]
mod tests {
    use crate::format::spec;
    use crate::scan::{Mismatch, Reason, Record, RecordSink, Scanner};

    #[derive(Default)]
    struct Lines(Vec<Result<String, Reason>>);

    impl RecordSink for Lines {
        fn record(&mut self, record: &Record<'_>) {
            let text = |slot| String::from_utf8_lossy(record.get(slot).unwrap_or_default()).into_owned();
            self.0.push(Ok(format!("{} {} {}", text(0), text(1), text(2))));
        }

        fn reject(&mut self, _line: &[u8], mismatch: &Mismatch) {
            self.0.push(Err(mismatch.reason));
        }
    }

    /// Path, time and host of each record.
    fn records(block: &[u8]) -> Vec<String> {
        let format = spec::parse("journald:pattern:GET <path>").unwrap();
        let scanner = Scanner::compile(&format, &["path", "time", "hostname"]).unwrap();
        assert!(scanner.needs_order());
        let mut lines = Lines::default();
        scanner.scan_block(&mut scanner.scratch(), block, &mut lines);
        assert_eq!(lines.0.len(), block.split(|byte| *byte == b'\n').count() - 1);
        assert!(lines.0.iter().flat_map(Result::as_ref).count() > 0);
        lines.0.into_iter().filter_map(Result::ok).collect()
    }

    #[test]
    fn a_message_has_the_fields_of_its_entry() {
        let block = b"__REALTIME_TIMESTAMP=1\n_HOSTNAME=a\nMESSAGE=GET /1\n_PID=7\n\n\
            __REALTIME_TIMESTAMP=2\nMESSAGE=GET /2\n\nMESSAGE=GET /3\n";
        assert_eq!(records(block), ["/1 1 a", "/2 2 ", "/3  "]);
    }

    #[test]
    fn a_value_may_hold_line_feeds_and_its_length_one_too() {
        let mut block = b"_HOSTNAME=a\nCOREDUMP\n\x0b\0\0\0\0\0\0\0MESSAGE=GET\nMESSAGE\n".to_vec();
        block.extend_from_slice(b"\x0e\0\0\0\0\0\0\0GET /1\nMESSAGE\n\nMESSAGE\n");
        block.extend_from_slice(b"\n\0\0\0\0\0\0\0GET /shop1\n\nMESSAGE=GET /3\n");
        assert_eq!(records(&block), ["/1  a", "/shop1  ", "/3  "]);
    }

    #[test]
    fn other_lines_are_refused() {
        let format = spec::parse("journald:pattern:GET <path>").unwrap();
        let scanner = Scanner::compile(&format, &["path"]).unwrap();
        let mut scratch = scanner.scratch();
        let mut reason = |line: &[u8]| scanner.scan_line(&mut scratch, line).unwrap_err().reason;
        assert_eq!(reason(b"GET /1"), Reason::Envelope);
        assert_eq!(reason(b""), Reason::Empty);
        assert_eq!(reason(b"_PID=1"), Reason::Comment);
        assert_eq!(reason(b"MESSAGE=PUT /1"), Reason::Literal);
    }
}
