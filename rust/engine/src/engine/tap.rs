//! Parsed records, live, for those who listen; at no cost while nobody does.

use std::sync::Arc;

use logagent_core::encode::json::{RecordWriter, write_string};
use logagent_core::filter::{self, Filter};
use logagent_core::format::{Format, Kind};
use logagent_core::scan::{CompileError, Mismatch, Record, RecordSink, Scanner, Scratch, shown_and_quiet};

use super::tally::TallyKey;

/// Those who may listen at once; each costs time for every line.
const MOST_LISTENERS: usize = 8;
/// What is kept for a listener until it asks again; further records are counted.
const MOST_BYTES: usize = 1 << 20;
/// The key of a record's fields in what listeners get.
pub const FIELDS: &str = "fields";

/// What somebody wants to hear.
#[derive(Debug)]
pub struct Wish {
    /// Of this source alone.
    pub source: Option<String>,
    /// Of the records that a condition on their [`FIELDS`] selects.
    pub filter: Option<Arc<Filter>>,
    /// One in so many of these; at least 1.
    pub every: u64,
}

/// What a listener has not heard yet.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Heard {
    /// A line of JSON for each record: `{"source":…,"path":…,"fields":{…},"line":…}`.
    pub lines: Vec<u8>,
    /// Records that were left out, since it did not ask in time.
    pub skipped: u64,
}

/// Those who listen, and what it takes to write records for them.
#[derive(Debug, Default)]
pub(super) struct Tap {
    listeners: Vec<Listener>,
    writers: Vec<Writer>,
    next: u64,
    line: Vec<u8>,
}

#[derive(Debug)]
struct Listener {
    number: u64,
    wish: Wish,
    scratch: Option<filter::Scratch>,
    selected: u64,
    heard: Heard,
}

/// Reads and writes all fields of a format.
#[derive(Debug)]
struct Writer {
    format: Format,
    scanner: Scanner,
    scratch: Scratch,
    records: RecordWriter,
}

impl Tap {
    /// Whether nobody listens.
    pub(super) fn is_idle(&self) -> bool {
        self.listeners.is_empty()
    }

    /// The number of a new listener; `None` if there are too many.
    pub(super) fn listen(&mut self, wish: Wish) -> Option<u64> {
        if self.listeners.len() >= MOST_LISTENERS {
            return None;
        }
        self.next += 1;
        let scratch = wish.filter.as_ref().map(|filter| filter.scratch());
        let (number, heard) = (self.next, Heard::default());
        self.listeners.push(Listener { number, wish, scratch, selected: 0, heard });
        Some(number)
    }

    /// What a listener has not heard yet; `None` if there is no such listener.
    pub(super) fn hear(&mut self, number: u64) -> Option<Heard> {
        let listener = self.listeners.iter_mut().find(|listener| listener.number == number)?;
        Some(std::mem::take(&mut listener.heard))
    }

    /// Forgets a listener.
    pub(super) fn leave(&mut self, number: u64) {
        self.listeners.retain(|listener| listener.number != number);
        if self.listeners.is_empty() {
            *self = Tap { next: self.next, ..Tap::default() };
        }
    }

    /// Shows a block of lines of `format` to those who want some of it.
    pub(super) fn show(&mut self, key: &TallyKey, format: &Format, year: i16, block: &[u8]) {
        let wants =
            |listener: &Listener| listener.wish.source.as_ref().is_none_or(|name| *name == key.source);
        if !self.listeners.iter().any(wants) {
            return;
        }
        let Tap { listeners, writers, line, .. } = self;
        let known = writers.iter().position(|writer| writer.format == *format);
        let place = if let Some(place) = known {
            place
        } else {
            let Ok(writer) = Writer::new(format, year) else { return };
            writers.push(writer);
            writers.len() - 1
        };
        let Writer { scanner, scratch, records, .. } = &mut writers[place];
        line.clear();
        line.extend_from_slice(br#"{"source":"#);
        write_string(line, key.source.as_bytes());
        line.extend_from_slice(br#","path":"#);
        write_string(line, key.path.as_deref().unwrap_or_default().as_bytes());
        line.push(b',');
        let head = line.len();
        let listeners = listeners.iter_mut().filter(|listener| wants(listener)).collect();
        scanner.scan_block(scratch, block, &mut Shown { listeners, records, line, head });
    }
}

impl Writer {
    fn new(format: &Format, year: i16) -> Result<Writer, CompileError> {
        let names = shown_and_quiet(format);
        let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
        let scanner = Scanner::compile(format, &wanted)?;
        let fields: Vec<(String, Kind)> =
            names.iter().cloned().zip(scanner.kinds().iter().cloned()).collect();
        Ok(Writer {
            format: format.clone(),
            scratch: scanner.scratch(),
            records: RecordWriter::new(&fields, year),
            scanner,
        })
    }
}

/// Writes the records of a block to listeners.
struct Shown<'a> {
    listeners: Vec<&'a mut Listener>,
    records: &'a mut RecordWriter,
    line: &'a mut Vec<u8>,
    /// Where the record begins in `line`.
    head: usize,
}

impl RecordSink for Shown<'_> {
    fn record(&mut self, record: &Record<'_>) {
        const BEFORE_FIELDS: usize = br#"{"matched":true,"#.len();
        self.line.truncate(self.head);
        self.records.write(self.line, record);
        self.line.drain(self.head..self.head + BEFORE_FIELDS);
        self.line.pop(); // the brace that ends the record
        self.line.extend_from_slice(br#","line":"#);
        write_string(self.line, record.line);
        self.line.push(b'}');
        for listener in &mut self.listeners {
            listener.offer(self.line);
        }
    }

    fn reject(&mut self, _line: &[u8], _mismatch: &Mismatch) {}
}

impl Listener {
    fn offer(&mut self, line: &[u8]) {
        if let (Some(filter), Some(scratch)) = (&self.wish.filter, &mut self.scratch)
            && !filter.holds(line, scratch)
        {
            return;
        }
        self.selected += 1;
        if !(self.selected - 1).is_multiple_of(self.wish.every) {
            return;
        }
        if self.heard.lines.len() + line.len() >= MOST_BYTES {
            self.heard.skipped += 1;
            return;
        }
        self.heard.lines.extend_from_slice(line);
        self.heard.lines.push(b'\n');
    }
}

#[cfg(test)]
mod tests {
    use logagent_core::filter::Root;
    use logagent_core::format::spec::parse;

    use super::*;

    fn key(source: &str) -> TallyKey {
        TallyKey { source: source.to_owned(), path: Some("/l\"og".to_owned()) }
    }

    fn wish(source: Option<&str>, condition: Option<&str>, every: u64) -> Wish {
        let compile = |text| Arc::new(Filter::compile(text, "where", Root::Under(FIELDS)).unwrap());
        Wish { source: source.map(str::to_owned), filter: condition.map(compile), every }
    }

    #[test]
    fn listeners_hear_what_they_wish() {
        let format = parse("$remote_addr $status").unwrap();
        let mut tap = Tap::default();
        let all = tap.listen(wish(None, None, 1)).unwrap();
        let errors = tap.listen(wish(Some("a"), Some("status >= 500"), 1)).unwrap();
        let some = tap.listen(wish(None, None, 2)).unwrap();
        tap.show(&key("a"), &format, 2026, b"h 200\nbad\nh 503\n");
        tap.show(&key("b"), &format, 2026, b"h 500\n");
        let lines = |tap: &mut Tap, number| String::from_utf8(tap.hear(number).unwrap().lines).unwrap();
        let found = lines(&mut tap, all);
        assert_eq!(found.lines().count(), 3);
        assert!(
            found.starts_with(r#"{"source":"a","path":"/l\"og","fields":{"remote_addr":"h","status":200,"status_class":"2xx"},"line":"h 200"}"#)
        );
        let found = lines(&mut tap, errors);
        assert!(found.contains("503") && found.lines().count() == 1);
        let found = lines(&mut tap, some);
        assert!(found.contains("200") && found.contains("500") && found.lines().count() == 2);
        assert_eq!(lines(&mut tap, all), "");
    }

    #[test]
    fn what_is_kept_is_bounded_and_nobody_costs_nothing() {
        let format = parse("$remote_addr $status").unwrap();
        let mut tap = Tap::default();
        let number = tap.listen(wish(None, None, 1)).unwrap();
        let block = b"h 200\n".repeat(50_000);
        tap.show(&key("a"), &format, 2026, &block);
        let heard = tap.hear(number).unwrap();
        let shown = memchr::memchr_iter(b'\n', &heard.lines).count() as u64;
        assert!(heard.lines.len() < MOST_BYTES && heard.skipped + shown == 50_000);
        while tap.listen(wish(None, None, 1)).is_some() {}
        for number in 0..=MOST_LISTENERS as u64 {
            tap.leave(number);
        }
        assert!(tap.is_idle() && tap.hear(number).is_none() && tap.writers.is_empty());
    }
}
