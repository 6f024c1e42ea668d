//! A few of the refused lines, for people to look at.

use logagent_core::explain::Stop;
use logagent_core::scan::{Mismatch, Reason, Record, RecordSink, Scanner};
use logagent_core::template::{Header, Miner, Reader};

use super::tally::TallyKey;

/// Lines of a source that are kept until somebody asks for them.
const MOST_OF_A_SOURCE: usize = 4;
/// Lines of all sources.
const MOST: usize = 64;
/// Bytes that are kept before and after the place where a line leaves its format.
const AROUND_BYTES: usize = 512;
/// Patterns of refused lines are learnt anew when they take more, in bytes.
const MOST_PATTERN_BYTES: usize = 1 << 20;

/// A refused line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedLine {
    /// Name of its source.
    pub source: String,
    /// The file that it stands in, or the key of a position.
    pub path: String,
    /// Where and why it leaves the format.
    pub stop: Stop,
    /// What stands around that place.
    pub text: Vec<u8>,
    /// How many bytes of the line come before `text`.
    pub text_start: usize,
    /// What `text` has in common with others that were kept.
    pub pattern: Pattern,
}

/// A pattern of refused lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pattern {
    /// The same for the same text on every host.
    pub id: String,
    /// With `<*>` for what varies.
    pub text: String,
}

/// The refused lines that were kept since somebody last asked, and what those before looked like.
#[derive(Debug, Default)]
pub(super) struct Samples {
    lines: Vec<RefusedLine>,
    miner: Miner,
}

impl Samples {
    /// Whether lines of a source are wanted.
    pub(super) fn have_room(&self, key: &TallyKey) -> bool {
        let same = self.lines.iter().filter(|line| line.source == key.source).count();
        same < MOST_OF_A_SOURCE && self.lines.len() < MOST
    }

    /// Keeps some of the refused lines of a block, which is scanned a second time for that: that is
    /// done for a few blocks between two questions, and counting has no part in it.
    pub(super) fn add(&mut self, key: &TallyKey, scanner: &Scanner, block: &[u8]) {
        scanner.scan_block(&mut scanner.scratch(), block, &mut Refused { samples: self, key, scanner });
    }

    /// Notes a line that is too long to be held.
    pub(super) fn add_oversize(&mut self, key: &TallyKey, scanner: &Scanner) {
        let mismatch = Mismatch { reason: Reason::Oversize, offset: 0, piece: 0 };
        Refused { samples: self, key, scanner }.reject(b"", &mismatch);
    }

    /// Hands over what was kept, each with its pattern.
    pub(super) fn take(&mut self) -> Vec<RefusedLine> {
        let mut lines = std::mem::take(&mut self.lines);
        if lines.is_empty() {
            return lines;
        }
        if self.miner.held_bytes() > MOST_PATTERN_BYTES {
            self.miner = Miner::default();
        }
        // Lines do not say the year, and nobody asks here when they were logged.
        let mut reader = Reader::new(Header::default(), 1970);
        for line in &lines {
            self.miner.learn(&reader.read(&line.text));
        }
        self.miner.settle();
        for line in &mut lines {
            if let Some(index) = self.miner.find(&reader.read(&line.text)) {
                line.pattern = Pattern { id: self.miner.id(index).to_owned(), text: self.miner.text(index) };
            }
        }
        lines
    }
}

/// Keeps the refused lines of a block while there is room.
struct Refused<'a> {
    samples: &'a mut Samples,
    key: &'a TallyKey,
    scanner: &'a Scanner,
}

impl RecordSink for Refused<'_> {
    fn record(&mut self, _record: &Record<'_>) {}

    fn reject(&mut self, line: &[u8], mismatch: &Mismatch) {
        if !self.samples.have_room(self.key) {
            return;
        }
        let stop = Stop::new(self.scanner, mismatch);
        let offset = stop.offset.min(line.len());
        let text_start = offset.saturating_sub(AROUND_BYTES);
        self.samples.lines.push(RefusedLine {
            source: self.key.source.clone(),
            path: self.key.path.clone().unwrap_or_default(),
            text: line[text_start..line.len().min(offset + AROUND_BYTES)].to_vec(),
            text_start,
            stop,
            pattern: Pattern::default(),
        });
    }
}

#[cfg(test)]
mod tests {
    use logagent_core::format::spec::parse;

    use super::*;

    fn key(source: &str) -> TallyKey {
        TallyKey { source: source.to_owned(), path: Some("/log".to_owned()) }
    }

    #[test]
    fn a_few_lines_of_each_source_are_kept_with_their_place() {
        let scanner = Scanner::compile(&parse("$remote_addr $status").unwrap(), &[]).unwrap();
        let mut samples = Samples::default();
        samples.add(&key("a"), &scanner, b"h 200\nh x\n\nh 200 tail\nh\nh y\nh z\n");
        assert!(!samples.have_room(&key("a")) && samples.have_room(&key("b")));
        samples.add(&key("a"), &scanner, b"h x\n");
        samples.add_oversize(&key("b"), &scanner);
        let lines = samples.take();
        let reasons: Vec<Reason> = lines.iter().map(|line| line.stop.reason).collect();
        assert_eq!(reasons[..2], [Reason::Field, Reason::Empty]);
        assert_eq!((lines.len(), lines[0].stop.offset, lines[0].text.as_slice()), (5, 2, &b"h x"[..]));
        assert_eq!((reasons[4], lines[4].source.as_str()), (Reason::Oversize, "b"));
        assert!(samples.have_room(&key("a")) && samples.take().is_empty());
    }

    #[test]
    fn lines_that_are_alike_have_one_pattern() {
        let scanner = Scanner::compile(&parse("$remote_addr $status").unwrap(), &[]).unwrap();
        let mut samples = Samples::default();
        samples.add(&key("a"), &scanner, b"tunnel 17 closed by 10.0.0.1\ntunnel 18 closed by 10.0.0.9\n");
        samples.add(&key("b"), &scanner, b"out of memory now\n");
        let patterns: Vec<Pattern> = samples.take().into_iter().map(|line| line.pattern).collect();
        assert_eq!(patterns[0], patterns[1]);
        assert_eq!(patterns[0].text, "tunnel <*> closed by <*>");
        assert_eq!(patterns[2].text, "out of memory now");
        samples.add(&key("a"), &scanner, b"tunnel 1 closed by 10.0.0.7\n");
        assert_eq!(samples.take()[0].pattern, patterns[0]);
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let scanner = Scanner::compile(&parse("$remote_addr $status").unwrap(), &[]).unwrap();
        let mut line = vec![b'h'; 100_000];
        line.extend_from_slice(b" x");
        line.extend(vec![b'y'; 100_000]);
        let mut samples = Samples::default();
        samples.add(&key("a"), &scanner, &line);
        let [found] = &samples.take()[..] else { panic!("one line") };
        assert_eq!((found.text.len(), found.text_start), (2 * AROUND_BYTES, 100_001 - AROUND_BYTES));
    }
}
