//! Parsed records, live for those who listen, and exactly for those who keep them; at no cost while
//! nobody does either.

use std::sync::Arc;

use logagent_core::encode::json::{RecordWriter, write_string};
use logagent_core::encode::schema::Schema;
use logagent_core::filter::{self, Filter};
use logagent_core::format::{Format, Kind};
use logagent_core::scan::{CompileError, Mismatch, Record, RecordSink, Scanner, Scratch, shown_and_quiet};

use super::tally::TallyKey;

/// Those who may listen at once; each costs time for every line.
const MOST_LISTENERS: usize = 8;
/// What is kept for a listener until it asks again; further records are counted.
const MOST_BYTES: usize = 1 << 20;
/// What is kept of one wish until the next take; further records are counted.
const MOST_KEPT_BYTES: usize = 64 << 20;
/// Beyond it a take is due.
const MUCH_KEPT_BYTES: usize = 8 << 20;
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
    /// The names of fields in what is kept; the condition has our own, and so has what is heard live.
    pub schema: Schema,
}

/// What a listener has not heard yet, or what is kept since the last take.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Heard {
    /// A line of JSON for each record: `{"source":…,"path":…,"fields":{…}}`; what is heard live has the
    /// `line` too.
    pub lines: Vec<u8>,
    /// Records that were left out, since there was no more room.
    pub skipped: u64,
}

/// Those who listen, and what it takes to write records for them.
#[derive(Debug, Default)]
pub(super) struct Tap {
    listeners: Vec<Listener>,
    /// Those whose records go with the counts.
    keepers: Vec<Listener>,
    writers: Vec<Writer>,
    next: u64,
    kept_form: Vec<u8>,
    other_form: Vec<u8>,
    live_form: Vec<u8>,
}

#[derive(Debug)]
struct Listener {
    number: u64,
    wish: Wish,
    scratch: Option<filter::Scratch>,
    selected: u64,
    heard: Heard,
    most_bytes: usize,
}

/// Reads and writes all fields of a format.
#[derive(Debug)]
struct Writer {
    format: Format,
    scanner: Scanner,
    scratch: Scratch,
    records: RecordWriter,
    /// The same in the names of other conventions.
    renamed: Vec<(Schema, RecordWriter)>,
}

impl Tap {
    /// Whether nobody wants records.
    pub(super) fn is_idle(&self) -> bool {
        self.listeners.is_empty() && self.keepers.is_empty()
    }

    /// Keeps the records of these wishes, and of no others, for takes.
    pub(super) fn keep(&mut self, wishes: Vec<Wish>) {
        let number = |wish| Listener::new(0, wish, MOST_KEPT_BYTES);
        self.keepers = wishes.into_iter().map(number).collect();
        self.rest();
    }

    /// What was kept since the last call, by wish.
    pub(super) fn take_kept(&mut self) -> Vec<Heard> {
        self.keepers.iter_mut().map(|keeper| std::mem::take(&mut keeper.heard)).collect()
    }

    /// Whether so much is kept that a take is due.
    pub(super) fn is_half_full(&self) -> bool {
        self.keepers.iter().any(|keeper| keeper.heard.lines.len() > MUCH_KEPT_BYTES)
    }

    /// The number of a new listener; `None` if there are too many.
    pub(super) fn listen(&mut self, wish: Wish) -> Option<u64> {
        if self.listeners.len() >= MOST_LISTENERS {
            return None;
        }
        self.next += 1;
        self.listeners.push(Listener::new(self.next, wish, MOST_BYTES));
        Some(self.next)
    }

    /// What a listener has not heard yet; `None` if there is no such listener.
    pub(super) fn hear(&mut self, number: u64) -> Option<Heard> {
        let listener = self.listeners.iter_mut().find(|listener| listener.number == number)?;
        Some(std::mem::take(&mut listener.heard))
    }

    /// Forgets a listener.
    pub(super) fn leave(&mut self, number: u64) {
        self.listeners.retain(|listener| listener.number != number);
        self.rest();
    }

    /// Lets go of what nobody needs any more.
    fn rest(&mut self) {
        if self.is_idle() {
            *self = Tap { next: self.next, ..Tap::default() };
        }
    }

    /// Shows a block of lines of `format` to those who want some of it.
    pub(super) fn show(&mut self, key: &TallyKey, format: &Format, year: i16, block: &[u8]) {
        let wants =
            |listener: &Listener| listener.wish.source.as_ref().is_none_or(|name| *name == key.source);
        if !self.listeners.iter().chain(&self.keepers).any(wants) {
            return;
        }
        let Tap { listeners, keepers, writers, kept_form, other_form, live_form, .. } = self;
        let known = writers.iter().position(|writer| writer.format == *format);
        let place = if let Some(place) = known {
            place
        } else {
            let Ok(writer) = Writer::new(format, year) else { return };
            writers.push(writer);
            writers.len() - 1
        };
        let Writer { scanner, scratch, records, renamed, .. } = &mut writers[place];
        kept_form.clear();
        kept_form.extend_from_slice(br#"{"source":"#);
        write_string(kept_form, key.source.as_bytes());
        kept_form.extend_from_slice(br#","path":"#);
        write_string(kept_form, key.path.as_deref().unwrap_or_default().as_bytes());
        kept_form.push(b',');
        let head = kept_form.len();
        let listeners = listeners.iter_mut().filter(|listener| wants(listener)).collect();
        let keepers = keepers.iter_mut().filter(|keeper| wants(keeper)).collect();
        let mut shown =
            Shown { listeners, keepers, records, renamed, kept_form, other_form, live_form, head };
        scanner.scan_block(scratch, block, &mut shown);
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
            renamed: [Schema::Ecs, Schema::Otel]
                .map(|schema| (schema, RecordWriter::with_schema(&fields, year, schema)))
                .into(),
            scanner,
        })
    }
}

/// Writes the records of a block to listeners.
struct Shown<'a> {
    listeners: Vec<&'a mut Listener>,
    keepers: Vec<&'a mut Listener>,
    records: &'a mut RecordWriter,
    renamed: &'a mut [(Schema, RecordWriter)],
    kept_form: &'a mut Vec<u8>,
    other_form: &'a mut Vec<u8>,
    live_form: &'a mut Vec<u8>,
    /// Where the record begins.
    head: usize,
}

impl RecordSink for Shown<'_> {
    fn record(&mut self, record: &Record<'_>) {
        self.kept_form.truncate(self.head);
        write_fields(self.records, record, self.kept_form);
        for keeper in &mut self.keepers {
            if !keeper.wants(self.kept_form) {
                continue;
            }
            match self.renamed.iter_mut().find(|(schema, _)| *schema == keeper.wish.schema) {
                Some((_, records)) => {
                    self.other_form.clear();
                    self.other_form.extend_from_slice(&self.kept_form[..self.head]);
                    write_fields(records, record, self.other_form);
                    keeper.take(self.other_form);
                }
                None => keeper.take(self.kept_form),
            }
        }
        self.live_form.clear();
        for listener in &mut self.listeners {
            if !listener.wants(self.kept_form) {
                continue;
            }
            if self.live_form.is_empty() {
                self.live_form.extend_from_slice(&self.kept_form[..self.kept_form.len() - 1]);
                self.live_form.extend_from_slice(br#","line":"#);
                write_string(self.live_form, record.line);
                self.live_form.push(b'}');
            }
            listener.take(self.live_form);
        }
    }

    fn reject(&mut self, _line: &[u8], _mismatch: &Mismatch) {}
}

/// Appends `"fields":{…}}`.
fn write_fields(records: &mut RecordWriter, record: &Record<'_>, out: &mut Vec<u8>) {
    const BEFORE_FIELDS: usize = br#"{"matched":true,"#.len();
    let start = out.len();
    records.write(out, record);
    out.drain(start..start + BEFORE_FIELDS);
}

impl Listener {
    fn new(number: u64, wish: Wish, most_bytes: usize) -> Listener {
        let scratch = wish.filter.as_ref().map(|filter| filter.scratch());
        Listener { number, wish, scratch, selected: 0, heard: Heard::default(), most_bytes }
    }

    fn wants(&mut self, record: &[u8]) -> bool {
        if let (Some(filter), Some(scratch)) = (&self.wish.filter, &mut self.scratch)
            && !filter.holds(record, scratch)
        {
            return false;
        }
        self.selected += 1;
        (self.selected - 1).is_multiple_of(self.wish.every)
    }

    fn take(&mut self, line: &[u8]) {
        if self.heard.lines.len() + line.len() >= self.most_bytes {
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
        Wish { source: source.map(str::to_owned), filter: condition.map(compile), every, schema: Schema::Own }
    }

    #[test]
    fn what_is_kept_has_the_names_that_were_wished() {
        let mut tap = Tap::default();
        let own = wish(None, Some("status >= 500"), 1);
        tap.keep(vec![Wish { schema: Schema::Ecs, ..own }, wish(None, None, 1)]);
        tap.show(&key("a"), &parse("$request_time $status").unwrap(), 2026, b"0.5 503\n0.5 200\n");
        let kept = tap.take_kept().into_iter().map(|heard| String::from_utf8(heard.lines).unwrap());
        let kept: Vec<String> = kept.collect();
        let ecs = r#"{"source":"a","path":"/l\"og","fields":{"event.duration":500000000,"http.response.status_code":503,"#;
        assert!(kept[0].starts_with(ecs) && kept[0].lines().count() == 1, "{}", kept[0]);
        assert!(kept[1].contains(r#""request_time":0.5"#) && kept[1].lines().count() == 2, "{}", kept[1]);
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
        let begin =
            r#"{"source":"a","path":"/l\"og","fields":{"remote_addr":"h","status":200,"status_class":"2xx"}"#;
        assert!(found.starts_with(&format!(r#"{begin},"line":"h 200"}}"#)));
        let found = lines(&mut tap, errors);
        assert!(found.contains("503") && found.lines().count() == 1);
        let found = lines(&mut tap, some);
        assert!(found.contains("200") && found.contains("500") && found.lines().count() == 2);
        assert_eq!(lines(&mut tap, all), "");
    }

    #[test]
    fn keepers_get_what_came_since_the_last_take() {
        let format = parse("$remote_addr $status").unwrap();
        let mut tap = Tap::default();
        tap.keep(vec![wish(None, Some("status >= 500"), 1), wish(Some("b"), None, 1)]);
        tap.show(&key("a"), &format, 2026, b"h 200\nh 503\n");
        let kept = |tap: &mut Tap| {
            let count = |heard: Heard| memchr::memchr_iter(b'\n', &heard.lines).count();
            tap.take_kept().into_iter().map(count).collect::<Vec<_>>()
        };
        assert_eq!(kept(&mut tap), [1, 0]);
        tap.show(&key("b"), &format, 2026, b"h 200\n");
        let heard = tap.take_kept().remove(1);
        assert_eq!(
            String::from_utf8(heard.lines).unwrap(),
            "{\"source\":\"b\",\"path\":\"/l\\\"og\",\"fields\":{\"remote_addr\":\"h\",\"status\":200,\"status_class\":\"2xx\"}}\n"
        );
        assert_eq!(kept(&mut tap), [0, 0]);
        tap.show(&key("b"), &format, 2026, &b"h 500\n".repeat(100_000));
        assert!(tap.is_half_full());
        assert_eq!(kept(&mut tap), [100_000, 100_000]);
        let number = tap.listen(wish(None, None, 1)).unwrap();
        tap.leave(number);
        assert!(!tap.is_idle());
        tap.keep(Vec::new());
        assert!(tap.is_idle() && tap.writers.is_empty() && tap.take_kept().is_empty());
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
