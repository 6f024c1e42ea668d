//! For tests: lines of a block are what each of them is alone.

use proptest::prelude::*;

use super::{Mismatch, Record, RecordSink, Scanner};
use crate::format::Format;

/// A line: the texts of its fields, or why it was refused.
type Line = Result<Vec<Option<Vec<u8>>>, Mismatch>;

struct Lines<'a> {
    found: Vec<Line>,
    scanner: &'a Scanner,
}

impl RecordSink for Lines<'_> {
    fn record(&mut self, record: &Record<'_>) {
        self.found.push(Ok(texts(self.scanner, record)));
    }

    fn reject(&mut self, _line: &[u8], mismatch: &Mismatch) {
        self.found.push(Err(*mismatch));
    }
}

fn texts(scanner: &Scanner, record: &Record<'_>) -> Vec<Option<Vec<u8>>> {
    (0..scanner.kinds().len()).map(|slot| record.get(slot).map(<[u8]>::to_vec)).collect()
}

/// Reads `block` twice, then line by line, in order; all must be the same. Answers how many lines matched.
pub(super) fn each_line_alone(
    format: &Format,
    wanted: &[&str],
    block: &[u8],
) -> Result<usize, TestCaseError> {
    // One for each, since a header stays in force.
    let [together, alone] = [(); 2].map(|()| Scanner::compile(format, wanted).expect("a usable format"));
    let mut lines = Lines { found: Vec::new(), scanner: &together };
    let mut scratch = together.scratch();
    together.scan_block(&mut scratch, block, &mut lines);
    together.scan_block(&mut scratch, block, &mut lines);
    let mut scratch = alone.scratch();
    for (number, found) in lines.found.iter().enumerate() {
        let line =
            block.split(|byte| *byte == b'\n').nth(number % (lines.found.len() / 2)).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let expected = alone.scan_line(&mut scratch, line).map(|record| texts(&alone, &record));
        prop_assert_eq!(found, &expected, "{}", line.escape_ascii());
    }
    Ok(lines.found.iter().filter(|line| line.is_ok()).count())
}

/// A change of one byte.
#[derive(Debug, Clone, Copy)]
pub(super) enum Edit {
    Remove,
    Insert(u8),
    Replace(u8),
    Cut,
}

impl Edit {
    /// Edits `line` at a place.
    pub(super) fn apply(self, line: &mut Vec<u8>, place: prop::sample::Index) {
        if line.is_empty() {
            return;
        }
        let place = place.index(line.len());
        match self {
            Edit::Remove => drop(line.remove(place)),
            Edit::Insert(byte) => line.insert(place, byte),
            Edit::Replace(byte) => line[place] = byte,
            Edit::Cut => line.truncate(place),
        }
    }
}

/// Edits with `bytes`, and now and then any other.
pub(super) fn edits(bytes: &'static [u8]) -> impl Strategy<Value = Vec<(prop::sample::Index, Edit)>> {
    let byte = prop_oneof![3 => prop::sample::select(bytes), 1 => any::<u8>()];
    let edit = (0..4, byte).prop_map(|(kind, byte)| match kind {
        0 => Edit::Remove,
        1 => Edit::Insert(byte),
        2 => Edit::Replace(byte),
        _ => Edit::Cut,
    });
    prop::collection::vec((any::<prop::sample::Index>(), edit), 0..2)
}

/// A block of lines with their edits and ends.
pub(super) fn block(
    lines: impl Iterator<Item = (Vec<u8>, Vec<(prop::sample::Index, Edit)>, bool)>,
    is_ended: bool,
) -> Vec<u8> {
    let mut block = Vec::new();
    for (mut line, edits, is_dos) in lines {
        for (place, edit) in edits {
            edit.apply(&mut line, place);
        }
        block.extend(line);
        block.extend_from_slice(if is_dos { b"\r\n" } else { b"\n" });
    }
    if !is_ended {
        block.pop();
    }
    block
}
