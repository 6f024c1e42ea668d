//! Says why lines are refused: groups them by where they leave the format and by what stands there.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use logagent_core::explain::Stop;
use logagent_core::format::edit::{Edit, one_edit};
use logagent_core::format::{Format, detect};
use logagent_core::metric::Snapshot;
use logagent_core::scan::{Mismatch, Reason, Record, RecordSink, Scanner, Scratch};
use logagent_core::template::{Header, Miner, Reader, Template};

use super::detections::Detection;
use super::formats::{Formats, Opened};
use super::lock;
use crate::{Input, Job};

/// Groups that are kept; hostile lines could make any number. Which ones then depends on threads.
const MOST_GROUPS: usize = 256;
/// Bytes of an example that are kept before and after the place where it leaves the format.
const AROUND_BYTES: usize = 1024;
/// Refused lines that are kept to try edits of the format on, and how long they may be.
const MOST_REFUSED: usize = 200;
const MOST_REFUSED_BYTES: usize = 4096;
/// Groups whose example is compared with the known formats.
const MOST_FITTED: usize = 20;

/// Reads lines and keeps why they are refused.
#[derive(Debug)]
pub struct Diagnose {
    formats: Formats<Scanner>,
    total: Mutex<Diagnosis>,
}

/// What the lines of a run came to.
#[derive(Debug)]
pub struct Diagnosis {
    /// How many lines there were, and how many were refused for which reason.
    pub counts: Snapshot,
    /// Refused lines in groups, the largest first.
    pub groups: Vec<Group>,
    /// Refused lines of no group: there were too many groups.
    pub ungrouped: u64,
    /// The first line, without its line feed.
    pub first_line: Option<Vec<u8>>,
    /// The one edit of the format that would make most of the refused lines match, as far as they were
    /// kept.
    pub edit: Option<Edit>,
    /// Refused lines by what they have in common, the most frequent first.
    pub patterns: Vec<Template>,
    miner: Miner,
    refused: Vec<Vec<u8>>,
}

/// Lines that leave their format at the same place with the same shape of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Where and why the example leaves the format.
    pub stop: Stop,
    /// The shape of what stands there: see [`Shape`].
    pub shape: String,
    /// How many lines.
    pub count: u64,
    /// The first of them, or what stands around the place where it leaves the format.
    pub example: Vec<u8>,
    /// How many bytes of the line come before `example`.
    pub example_start: usize,
    /// The format that the example would be detected as, where the whole of it was kept.
    pub fits: Option<String>,
}

/// The first characters of a text, each run of digits as `0`, of letters as `a`, of bytes beyond
/// ASCII as `x`, of controls as `c`; signs as they are; blank filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Shape([u8; Shape::LENGTH]);

impl Shape {
    const LENGTH: usize = 8;

    fn of(text: &[u8]) -> Shape {
        let mut shape = [b' '; Shape::LENGTH];
        let mut length = 0;
        let mut last = 0;
        for &byte in text {
            let class = match byte {
                b'0'..=b'9' => b'0',
                b'a'..=b'z' | b'A'..=b'Z' => b'a',
                0x80.. => b'x',
                byte if byte.is_ascii_control() => b'c',
                byte => byte,
            };
            let is_run = class == last && !(class.is_ascii_punctuation() || class == b' ');
            if !is_run {
                if length == Shape::LENGTH {
                    break;
                }
                shape[length] = class;
                length += 1;
            }
            last = class;
        }
        Shape(shape)
    }
}

/// What makes two refused lines of one input alike.
type Likeness = (Reason, u32, Shape);

/// What some lines came to.
#[derive(Debug)]
pub struct Part {
    scratch: Option<Scratch>,
    counts: Snapshot,
    /// Each with the number of its first line.
    groups: HashMap<Likeness, (u64, Group)>,
    ungrouped: u64,
    first_line: Option<Vec<u8>>,
    /// The first refused lines.
    refused: Vec<Vec<u8>>,
    /// What the refused lines look like, and what reads them.
    miner: Miner,
    reader: Reader,
    /// What was found in the input that the lines are of.
    detection: Option<Arc<Detection>>,
}

impl Diagnose {
    /// Reads lines of `format`.
    pub fn new(format: Format) -> Diagnose {
        let total = Diagnosis {
            counts: Snapshot::new(&[]),
            groups: Vec::new(),
            ungrouped: 0,
            first_line: None,
            edit: None,
            patterns: Vec::new(),
            miner: Miner::of_part(),
            refused: Vec::new(),
        };
        Diagnose { formats: Formats::new(format), total: Mutex::new(total) }
    }

    /// Inputs whose format was detected: input and what was found, in words.
    pub fn detections(&self) -> Vec<(String, String)> {
        self.formats.detections()
    }

    /// What was found, once the run is over.
    pub fn finish(self) -> Diagnosis {
        let mut total = self.total.into_inner().unwrap_or_else(PoisonError::into_inner);
        total.groups.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| order(a).cmp(&order(b))));
        for group in total.groups.iter_mut().take(MOST_FITTED) {
            let is_whole = group.example_start == 0 && group.example.len() < AROUND_BYTES;
            group.fits = is_whole.then(|| detect(&group.example).map(|found| found.title())).flatten();
        }
        let refused: Vec<&[u8]> = total.refused.iter().map(Vec::as_slice).collect();
        total.edit = one_edit(self.formats.asked(), &refused);
        total.patterns = total.miner.templates();
        total
    }
}

impl Job for Diagnose {
    type Source = Opened<Scanner>;
    type Part = Part;

    fn head_bytes(&self) -> usize {
        self.formats.head_bytes()
    }

    fn open(&self, input: &Input, head: &[u8]) -> Result<Opened<Scanner>, String> {
        self.formats.open(input, head, |format| Scanner::compile(format, &[]).map(Arc::new))
    }

    fn needs_order(&self, source: &Opened<Scanner>) -> bool {
        source.needs_order()
    }

    fn part(&self) -> Part {
        Part {
            scratch: None,
            counts: Snapshot::new(&[]),
            groups: HashMap::new(),
            ungrouped: 0,
            first_line: None,
            refused: Vec::new(),
            miner: Miner::of_part(),
            // Nobody asks when refused lines were logged.
            reader: Reader::new(Header::default(), 1970),
            detection: None,
        }
    }

    fn lines(&self, source: &Opened<Scanner>, part: &mut Part, block: &[u8]) {
        part.detection.clone_from(&source.detection);
        let scanner = source.scanner();
        let mut scratch = part.scratch.take().unwrap_or_else(|| scanner.scratch());
        scanner.scan_block(&mut scratch, block, &mut Lines { scanner, part });
        part.scratch = Some(scratch);
    }

    fn covered(&self, part: &mut Part, bytes: u64) {
        part.counts.bytes += bytes;
    }

    fn oversize(&self, source: &Opened<Scanner>, part: &mut Part) {
        let mismatch = Mismatch { reason: Reason::Oversize, offset: 0, piece: 0 };
        Lines { scanner: source.scanner(), part }.reject(b"", &mismatch);
    }

    fn held_bytes(&self, part: &Part) -> usize {
        part.groups.len() * (size_of::<Group>() + 2 * AROUND_BYTES)
            + part.first_line.as_ref().map_or(0, Vec::len)
            + part.refused.iter().map(Vec::len).sum::<usize>()
            + part.miner.held_bytes()
    }

    fn collect(&self, part: Part) -> ControlFlow<()> {
        let mut total = lock(&self.total);
        total.counts.merge(&part.counts);
        total.ungrouped += part.ungrouped;
        total.miner.merge(&part.miner);
        if total.first_line.is_none() {
            total.first_line = part.first_line;
        }
        if let Some(detection) = &part.detection {
            part.refused.iter().for_each(|line| detection.add_refused(&[line, &b"\n"[..]].concat()));
        }
        let room = MOST_REFUSED - total.refused.len();
        total.refused.extend(part.refused.into_iter().take(room));
        // In the order of the lines, so that the example is the same for any number of threads.
        let mut groups: Vec<(u64, Group)> = part.groups.into_values().collect();
        groups.sort_unstable_by_key(|(first, _)| *first);
        for (_, group) in groups {
            let alike = |known: &&mut Group| {
                known.stop.reason == group.stop.reason
                    && known.stop.expected == group.stop.expected
                    && known.shape == group.shape
            };
            if let Some(known) = total.groups.iter_mut().find(alike) {
                known.count += group.count;
            } else if total.groups.len() < MOST_GROUPS {
                total.groups.push(group);
            } else {
                total.ungrouped += group.count;
            }
        }
        ControlFlow::Continue(())
    }
}

fn order(group: &Group) -> (Reason, &str, &str) {
    (group.stop.reason, &group.stop.expected, &group.shape)
}

/// Takes note of what a block holds.
struct Lines<'a> {
    scanner: &'a Scanner,
    part: &'a mut Part,
}

impl Lines<'_> {
    fn keep_first(&mut self, line: &[u8]) {
        self.part.first_line.get_or_insert_with(|| line.to_vec());
    }
}

impl RecordSink for Lines<'_> {
    fn record(&mut self, record: &Record<'_>) {
        self.keep_first(record.line);
        self.part.counts.lines += 1;
        self.part.counts.matched += 1;
    }

    fn reject(&mut self, line: &[u8], mismatch: &Mismatch) {
        self.keep_first(line);
        let part = &mut *self.part;
        part.counts.reject(mismatch.reason);
        if part.refused.len() < MOST_REFUSED && (1..=MOST_REFUSED_BYTES).contains(&line.len()) {
            part.refused.push(line.to_vec());
        }
        if !line.is_empty() {
            part.miner.learn(&part.reader.read(line));
        }
        let offset = (mismatch.offset as usize).min(line.len());
        let shape = Shape::of(&line[offset..]);
        let is_full = part.groups.len() == MOST_GROUPS;
        match part.groups.entry((mismatch.reason, mismatch.piece, shape)) {
            Entry::Occupied(mut known) => known.get_mut().1.count += 1,
            Entry::Vacant(_) if is_full => part.ungrouped += 1,
            Entry::Vacant(fresh) => {
                let start = offset.saturating_sub(AROUND_BYTES);
                let end = line.len().min(offset + AROUND_BYTES);
                let group = Group {
                    stop: Stop::new(self.scanner, mismatch),
                    shape: String::from_utf8_lossy(shape.0.trim_ascii_end()).into_owned(),
                    count: 1,
                    example: line[start..end].to_vec(),
                    example_start: start,
                    fits: None,
                };
                fresh.insert((part.counts.lines, group));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagnose(lines: &[u8]) -> Diagnosis {
        let job = Diagnose::new(logagent_core::format::spec::parse("$remote_addr $status").unwrap());
        let source = job.open(&Input::Stdin, b"").unwrap();
        for block in lines.split_inclusive(|&byte| byte == b'\n') {
            let mut part = job.part();
            job.lines(&source, &mut part, block);
            assert!(job.collect(part).is_continue());
        }
        job.finish()
    }

    #[test]
    fn shapes_keep_signs_and_forget_how_long_words_are() {
        let shape = |text: &str| Shape::of(text.as_bytes()).0;
        assert_eq!(&shape("\"GET /x"), b"\"a /a   ");
        assert_eq!(shape("12 ab"), shape("7 xyz"));
        assert_ne!(shape("--"), shape("-"));
        assert_eq!(&shape("\x16\x03\u{e9}\u{e9}"), b"cx      ");
        assert_eq!(shape(&"a1".repeat(1000)), shape("a1a1a1a1"));
    }

    #[test]
    fn alike_lines_are_one_group_with_the_first_as_example() {
        let found = diagnose(b"h 200\nh x1\nh yy22\nh\nh 200 tail\n");
        assert_eq!((found.counts.lines, found.counts.matched), (5, 1));
        let groups: Vec<(Reason, u64, &[u8])> =
            found.groups.iter().map(|group| (group.stop.reason, group.count, &*group.example)).collect();
        assert_eq!(groups[0], (Reason::Field, 2, b"h x1".as_slice()));
        assert_eq!(groups.len(), 3);
        assert_eq!(found.first_line.as_deref(), Some(b"h 200".as_slice()));
    }

    #[test]
    fn refused_lines_have_patterns() {
        let found = diagnose(b"h 200\nworker 1 has died\nworker 22 has died\nh\n\n");
        let patterns: Vec<(&str, u64)> =
            found.patterns.iter().map(|pattern| (pattern.text.as_str(), pattern.count)).collect();
        assert_eq!(patterns, [("worker <*> has died", 2), ("h", 1)]);
    }

    #[test]
    fn hostile_lines_make_a_bounded_number_of_groups() {
        let signs = b"!#$%&'()*+,;<=>?@[]^_`{|}~";
        let mut lines = Vec::new();
        for a in signs {
            for b in signs {
                lines.extend_from_slice(&[b'h', b' ', *a, *b, b'\n']);
            }
        }
        let found = diagnose(&lines);
        assert_eq!(found.groups.len(), MOST_GROUPS);
        assert_eq!(found.ungrouped, (signs.len() * signs.len() - MOST_GROUPS) as u64);
    }

    #[test]
    fn a_long_example_is_cut_around_the_place() {
        let mut line = vec![b'h'; 100_000];
        line.extend_from_slice(b" x");
        line.extend(vec![b'y'; 100_000]);
        line.push(b'\n');
        let found = diagnose(&line);
        let [group] = &found.groups[..] else { panic!("one group") };
        assert_eq!(group.stop.offset, 100_001);
        assert_eq!(group.example[group.stop.offset - group.example_start], b'x');
        assert!(group.example.len() <= 2 * AROUND_BYTES);
    }
}
