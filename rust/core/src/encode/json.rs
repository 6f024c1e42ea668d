//! Records and mismatches as JSON lines.

use std::io::Write as _;

use super::elements::write_elements;
use super::schema::Schema;
use crate::format::Kind;
use crate::format::field::Unit;
use crate::scan::json::{is_number, plain_length};
use crate::scan::{Reason, Record, viewed_field};
use crate::value::number::Decimal;
use crate::value::time::{TimeReader, write_iso8601};

/// Writes records of one format as JSON objects.
///
/// It owns what one format needs (keys already quoted, readers of instants), so that a line costs no
/// allocation once `out` has grown.
#[derive(Debug, Clone)]
pub struct RecordWriter {
    columns: Vec<Column>,
    names: Vec<String>,
    unknown: Unknown,
}

/// What becomes of a number that is logged as `-1`, by which load balancers say that there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unknown {
    /// It stays what was logged; nobody takes it for a zero.
    AsLogged,
    /// It is left out: the conventions of others do not know it.
    LeftOut,
}

#[derive(Debug, Clone)]
struct Column {
    /// `"name":`
    key: Vec<u8>,
    value: Value,
    /// The slot of the field that this one is another view of; it is left out where both are equal.
    view_of: Option<usize>,
}

/// How a column's text becomes a JSON value.
#[derive(Debug, Clone)]
enum Value {
    Text,
    Elements,
    /// A text of which the version is written: `1.1` of `HTTP/1.1`, `1.3` of `TLSv1.3`.
    Version,
    Integer,
    Number,
    Duration(Unit),
    /// A duration, written as a whole number of nanoseconds.
    Nanoseconds(Unit),
    Time(Box<TimeReader>),
}

impl RecordWriter {
    /// For records whose slot `i` holds the field `fields[i]`. `year_if_absent` is the year of
    /// instants that are logged without one.
    pub fn new(fields: &[(String, Kind)], year_if_absent: i16) -> RecordWriter {
        RecordWriter::with_schema(fields, year_if_absent, Schema::Own)
    }

    /// The same with the names of `schema`.
    pub fn with_schema(fields: &[(String, Kind)], year_if_absent: i16, schema: Schema) -> RecordWriter {
        let column = |(name, kind): &(String, Kind)| {
            let mut key = Vec::new();
            write_string(&mut key, schema.rename(name).as_bytes());
            key.push(b':');
            let value = match kind {
                Kind::Text if schema.is_version(name) => Value::Version,
                Kind::Text => Value::Text,
                Kind::Elements => Value::Elements,
                Kind::Integer => Value::Integer,
                Kind::Number => Value::Number,
                Kind::Duration(unit) if schema.is_nanoseconds(name) => Value::Nanoseconds(*unit),
                Kind::Duration(unit) => Value::Duration(*unit),
                Kind::Time(layout) => Value::Time(Box::new(TimeReader::new(layout, year_if_absent))),
            };
            let viewed = viewed_field(name);
            let view_of = viewed.and_then(|viewed| fields.iter().position(|(name, _)| name == viewed));
            Column { key, value, view_of }
        };
        RecordWriter {
            columns: fields.iter().map(column).collect(),
            names: fields.iter().map(|(name, _)| name.clone()).collect(),
            unknown: if schema == Schema::Own { Unknown::AsLogged } else { Unknown::LeftOut },
        }
    }

    /// Appends `{"matched":true,"fields":{…}}`, without a line feed.
    ///
    /// Absent fields are left out. A number or duration of `-1` counts as absent everywhere; it is
    /// written as it was logged, and left out under the names of other conventions. Durations are
    /// seconds.
    /// Elements of syslog's structured data are objects of their own.
    /// Instants are ISO 8601 in UTC with the fraction that was logged. A text that is not what its
    /// kind says, such as a list of durations, is a string as logged.
    pub fn write(&mut self, out: &mut Vec<u8>, record: &Record<'_>) {
        out.extend_from_slice(br#"{"matched":true,"fields":{"#);
        let mut is_first = true;
        for (slot, column) in self.columns.iter_mut().enumerate() {
            let Some(text) = record.get(slot) else { continue };
            let is_unknown = column.value.is_unknown(text);
            if is_unknown && self.unknown == Unknown::LeftOut {
                continue;
            }
            if column.view_of.is_some_and(|viewed| record.spans[viewed] == record.spans[slot]) {
                continue;
            }
            if let Value::Elements = column.value {
                let is_taken = |id: &[u8]| self.names.iter().any(|name| name.as_bytes() == id);
                is_first &= !write_elements(out, text, is_first, is_taken);
                continue;
            }
            if !is_first {
                out.push(b',');
            }
            is_first = false;
            out.extend_from_slice(&column.key);
            if is_unknown {
                out.extend_from_slice(text);
            } else if !column.value.write(out, text) {
                write_string(out, text);
            }
        }
        out.extend_from_slice(b"}}");
    }
}

impl Value {
    fn is_unknown(&self, text: &[u8]) -> bool {
        match self {
            Value::Text | Value::Elements | Value::Version | Value::Time(_) => false,
            Value::Integer | Value::Number | Value::Duration(_) | Value::Nanoseconds(_) => text == b"-1",
        }
    }

    /// Appends the value; writes nothing and answers false if the text is none of this kind.
    fn write(&mut self, out: &mut Vec<u8>, text: &[u8]) -> bool {
        match self {
            Value::Text | Value::Elements => return false,
            Value::Version => {
                let bare = [&b"HTTP/"[..], b"TLSv"].iter().find_map(|prefix| text.strip_prefix(*prefix));
                write_string(out, bare.unwrap_or(text));
            }
            Value::Integer => return write_integer(out, text),
            Value::Number => {
                let Some(number) = Decimal::parse(text) else {
                    return false;
                };
                if is_number(text) {
                    out.extend_from_slice(text); // with every digit that was logged
                } else {
                    write_display(out, number);
                }
            }
            Value::Duration(unit) => {
                let Some(number) = Decimal::parse(text) else {
                    return false;
                };
                write_display(out, number.to_seconds(*unit));
            }
            Value::Nanoseconds(unit) => {
                let Some(number) = Decimal::parse(text) else {
                    return false;
                };
                write_display(out, number.to_seconds(*unit).billionths());
            }
            Value::Time(reader) => {
                let Some(time) = reader.read(text) else {
                    return false;
                };
                out.push(b'"');
                write_iso8601(out, time);
                out.push(b'"');
            }
        }
        true
    }
}

/// Appends `{"matched":false,"reason":…,"column":…,"expected":…}`, without a line feed. `column`
/// counts bytes from 1.
pub fn write_mismatch(out: &mut Vec<u8>, reason: Reason, column: usize, expected: &str) {
    out.extend_from_slice(br#"{"matched":false,"reason":"#);
    write_string(out, reason.name().as_bytes());
    out.extend_from_slice(br#","column":"#);
    write_display(out, column);
    out.extend_from_slice(br#","expected":"#);
    write_string(out, expected.as_bytes());
    out.push(b'}');
}

/// Appends a JSON string of the text. What is not UTF-8 becomes U+FFFD, as in
/// [`String::from_utf8_lossy`]; DEL, C1 and bidirectional controls stay.
pub fn write_string(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    if let Ok(valid) = std::str::from_utf8(text) {
        write_escaped(out, valid);
    } else {
        for chunk in text.utf8_chunks() {
            write_escaped(out, chunk.valid());
            if !chunk.invalid().is_empty() {
                out.extend_from_slice("\u{fffd}".as_bytes());
            }
        }
    }
    out.push(b'"');
}

fn write_escaped(out: &mut Vec<u8>, text: &str) {
    let mut rest = text.as_bytes();
    loop {
        let (plain, special) = rest.split_at(plain_length(rest));
        out.extend_from_slice(plain);
        let Some((&byte, after)) = special.split_first() else {
            return;
        };
        match byte {
            b'"' => out.extend_from_slice(br#"\""#),
            b'\\' => out.extend_from_slice(br"\\"),
            b'\n' => out.extend_from_slice(br"\n"),
            b'\r' => out.extend_from_slice(br"\r"),
            b'\t' => out.extend_from_slice(br"\t"),
            control => {
                out.extend_from_slice(br"\u00");
                for digit in [control >> 4, control & 0xf] {
                    out.push(b"0123456789abcdef"[usize::from(digit)]);
                }
            }
        }
        rest = after;
    }
}

/// Appends the text as a JSON integer if it is a decimal one of 64 bits; else answers false.
fn write_integer(out: &mut Vec<u8>, text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let is_canonical = !digits.is_empty()
        && digits.len() <= 18
        && digits.iter().all(u8::is_ascii_digit)
        && (digits[0] != b'0' || text == b"0");
    if is_canonical {
        out.extend_from_slice(text);
        return true;
    }
    // Rare: leading zeros, or numbers near the bounds. A plus sign is no integer as logs write it.
    let text = std::str::from_utf8(text).unwrap_or("+");
    if text.starts_with('+') {
        return false;
    }
    if let Ok(value) = text.parse::<u64>() {
        write_display(out, value);
    } else if let Ok(value) = text.parse::<i64>() {
        write_display(out, value);
    } else {
        return false;
    }
    true
}

fn write_display(out: &mut Vec<u8>, value: impl std::fmt::Display) {
    let written = write!(out, "{value}");
    debug_assert!(written.is_ok(), "writing to memory does not fail");
}
