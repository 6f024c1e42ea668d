//! Parts of a condition that look through one text: what they answered is remembered by the text.
//!
//! A log's user agents are few and long, so finding one among those remembered is cheaper than
//! searching it again.

use super::batch::Known;
use super::test::{Test, Text};
use crate::memo::{Key, Memo};
use crate::operand::Operand;
use crate::scan::{LineSet, Records, lines_of};

/// Substring searches for which remembering pays; a regex counts as so many.
const WORTHWHILE: usize = 2;
/// Sets of a memo: a condition's own texts are fewer than those of a category.
const SETS: usize = 256;
/// Parts of one condition that are remembered.
const MOST_PARTS: usize = 4;
/// How many texts are looked up before it is judged whether that pays.
const TRIAL: u32 = 1024;
/// How many are not looked up where it did not.
const PAUSE: u32 = 32 * TRIAL;

/// Answers by text; of one thread.
#[derive(Debug)]
pub struct Answers {
    memo: Memo<bool>,
    /// Texts of the trial that were looked up, and those of them that were found.
    asked: u32,
    found: u32,
    /// Texts that are not looked up before the next trial.
    pause: u32,
}

/// What the memory says of a text.
pub enum Answer {
    Known(bool),
    /// To be found out, and remembered under the key if there is one.
    Unknown(Option<Key>),
}

impl Answers {
    /// Nothing known.
    pub fn new() -> Answers {
        Answers { memo: Memo::new(SETS), asked: 0, found: 0, pause: 0 }
    }

    /// What was answered for `text`.
    #[inline]
    pub fn ask(&mut self, text: &[u8]) -> Answer {
        if self.pause > 0 {
            self.pause -= 1;
            return Answer::Unknown(None);
        }
        let (key, place) = self.memo.find(text);
        self.asked = self.asked.saturating_add(1);
        match place {
            Some(place) => {
                self.found = self.found.saturating_add(1);
                Answer::Known(self.memo.get(place))
            }
            None => Answer::Unknown(key),
        }
    }

    /// What was answered for texts in this slot of the records of `of`. The others are to be asked one by one, and
    /// are judged then.
    pub fn ask_all(&mut self, records: &Records<'_>, slot: usize, of: LineSet) -> Known {
        if self.pause > 0 {
            return Known::default();
        }
        let found = self.memo.find_all(records, slot, of);
        let count = found.set.count_ones();
        (self.asked, self.found) = (self.asked.saturating_add(count), self.found.saturating_add(count));
        let held = lines_of(found.set)
            .fold(0, |held, index| held | LineSet::from(self.memo.get(found.places[index])) << index);
        Known { asked: found.set, held }
    }

    /// Remembers what was found out about `text`.
    pub fn learn(&mut self, key: Key, text: &[u8], holds: bool) {
        self.memo.keep(key, text, holds);
        if self.asked >= TRIAL {
            self.pause = if self.found < self.asked / 2 { PAUSE } else { 0 };
            (self.asked, self.found) = (0, 0);
        }
    }

    /// About how much memory it takes, in bytes.
    pub fn held_bytes(&self) -> usize {
        self.memo.held_bytes()
    }
}

/// The same test with its dear parts remembered; `parts` counts those of the condition.
pub fn remembering(test: Test, parts: &mut usize) -> Test {
    if let (Reads::One(operand), true) = (reads(&test), searches(&test) >= WORTHWHILE) {
        return remembered(operand, test, parts);
    }
    match test {
        Test::Not(test) => Test::Not(Box::new(remembering(*test, parts))),
        Test::All(tests) => Test::All(by_text(tests, Test::All, parts)),
        Test::Any(tests) => Test::Any(by_text(tests, Test::Any, parts)),
        Test::Choice(tests) => Test::Choice(Box::new(tests.map(|test| remembering(test, parts)))),
        test => test,
    }
}

/// Puts those of `tests` together that look through the same text, behind the others: what is cheap
/// may decide. Tests have no effects, so their order changes no answer.
fn by_text(tests: Vec<Test>, join: fn(Vec<Test>) -> Test, parts: &mut usize) -> Vec<Test> {
    let mut cheap = Vec::new();
    let mut dear: Vec<(Operand, Vec<Test>)> = Vec::new();
    for test in tests {
        match reads(&test) {
            Reads::One(operand) if searches(&test) > 0 => {
                match dear.iter_mut().find(|(other, _)| *other == operand) {
                    Some((_, group)) => group.push(test),
                    None => dear.push((operand, vec![test])),
                }
            }
            _ => cheap.push(remembering(test, parts)),
        }
    }
    for (operand, mut group) in dear {
        let worthwhile = group.iter().map(searches).sum::<usize>() >= WORTHWHILE;
        if worthwhile {
            let joined = if group.len() == 1 { group.remove(0) } else { join(group) };
            cheap.push(remembered(operand, joined, parts));
        } else {
            cheap.append(&mut group);
        }
    }
    cheap
}

fn remembered(operand: Operand, test: Test, parts: &mut usize) -> Test {
    if *parts == MOST_PARTS {
        return test;
    }
    *parts += 1;
    Test::Remembered { operand, answers: *parts - 1, test: Box::new(test) }
}

/// Which texts a test reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reads {
    None,
    One(Operand),
    Others,
}

impl Reads {
    fn and(self, other: Reads) -> Reads {
        match (self, other) {
            (Reads::None, reads) | (reads, Reads::None) => reads,
            (one, other) if one == other => one,
            _ => Reads::Others,
        }
    }
}

/// Numbers and times count as others: texts that are read so are short.
fn reads(test: &Test) -> Reads {
    let all = |tests: &[Test]| tests.iter().map(reads).fold(Reads::None, Reads::and);
    match test {
        Test::Constant(_) => Reads::None,
        Test::Not(test) => reads(test),
        Test::All(tests) | Test::Any(tests) => all(tests),
        Test::Choice(tests) => all(&**tests),
        Test::Has(operand) => Reads::One(*operand),
        Test::Part { text, part: other, .. } | Test::Texts { left: text, right: other, .. } => {
            text_read(text).and(text_read(other))
        }
        Test::Contains { text, .. }
        | Test::Matches { text, .. }
        | Test::TextIn { text, .. }
        | Test::Address { text, .. } => text_read(text),
        Test::Numbers { .. }
        | Test::Compared { .. }
        | Test::NumberIn { .. }
        | Test::Time { .. }
        | Test::Remembered { .. } => Reads::Others,
    }
}

fn text_read(text: &Text) -> Reads {
    match text {
        Text::Literal(_) => Reads::None,
        Text::Read(operand) => Reads::One(*operand),
    }
}

/// How often a test looks through a text.
fn searches(test: &Test) -> usize {
    let all = |tests: &[Test]| tests.iter().map(searches).sum();
    match test {
        Test::Not(test) => searches(test),
        Test::All(tests) | Test::Any(tests) => all(tests),
        Test::Choice(tests) => all(&**tests),
        Test::Contains { .. } => 1,
        Test::Matches { .. } => WORTHWHILE,
        _ => 0,
    }
}
