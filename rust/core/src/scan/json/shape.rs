//! Lines that are written alike.
//!
//! Whoever writes a log puts the same keys, in the same order and with the same blanks, into one line after
//! another. So the texts between a line's values are remembered as its [`Shape`], and the next lines are held
//! against them: text, value, text, value, as the lines of a text format are read from delimiter to delimiter.
//!
//! Why this is exact. A shape is made only of a line that is a JSON object. Other values of the same kinds
//! between the same texts are a JSON object again, for the grammar looks at nothing else of a value but whether
//! it is one, which is checked here by the functions that read any line. The keys are the same bytes, so every
//! value stands at the same path. A line in which a mapped key comes twice has no shape, and a line of no known
//! shape is read as if there were none. A property test holds both ways equal.

use super::string;
use super::syntax::Reader;
use super::{Child, Node};
use crate::scan::literal::Literal;
use crate::scan::record::Span;
use crate::scan::simd::find_short;

/// A line with more values has no shape.
const MAX_STEPS: usize = 512;

/// A line with more text between its values, in bytes, has no shape.
const MAX_TEXT_BYTES: usize = 32 << 10;

/// What a line holds between its values, and which slots these fill.
#[derive(Debug, Default)]
pub(in crate::scan) struct Shape {
    steps: Vec<Step>,
    /// What stands after the last value.
    tail: Literal,
    /// The bytes of all literals.
    text: Vec<u8>,
    /// The slots of all steps.
    slots: Vec<usize>,
}

/// A value, and what stands between it and the one before.
#[derive(Debug, Clone, Copy)]
struct Step {
    before: Literal,
    kind: ValueKind,
    /// The value's slots: a range of the shape's.
    first_slot: u32,
    slots_end: u32,
}

/// What a value is known to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ValueKind {
    /// A string; its quotes belong to the texts around it.
    String,
    /// A number, `true`, `false` or `null`.
    Word,
    /// An object or array that is not looked into, within so many others.
    Nested { depth: u32 },
}

impl Shape {
    /// Takes on the shape of `line`; answers whether it has one.
    pub(super) fn learn(&mut self, line: &[u8], nodes: &[Node]) -> bool {
        self.steps.clear();
        self.text.clear();
        self.slots.clear();
        let mut learner = Learner { shape: self, nodes, reader: Reader::new(line), line, from: 0 };
        learner.line().is_some()
    }

    /// Reads the line that `hay` begins with and that ends in a line feed: answers where it ends if it is of
    /// this shape. Fills the slots of its values only, with strings decoded to the end of `scratch`.
    #[inline(always)]
    pub(super) fn read(&self, hay: &[u8], spans: &mut [Span], scratch: &mut Vec<u8>) -> Option<usize> {
        let mut at = 0;
        let mut limit = None;
        for step in &self.steps {
            if !step.before.stands_at(hay, at, &self.text) {
                return None;
            }
            at += step.before.len;
            let start = at;
            let mut span = Span::line(start, start);
            match step.kind {
                ValueKind::String => {
                    let mut has_escapes = false;
                    loop {
                        at = find_short(hay, at, hay.len(), b' ', *b"\"\\");
                        match hay.get(at) {
                            Some(b'"') => break,
                            Some(b'\\') => {
                                has_escapes = true;
                                at = Reader::at(hay, at).past_escape()?;
                            }
                            _ => return None,
                        }
                    }
                    span = Span::line(start, at);
                    if has_escapes && step.first_slot < step.slots_end {
                        span = string::decoded_span(&hay[start..at], scratch);
                    }
                }
                ValueKind::Word => {
                    let is_null = hay.get(at) == Some(&b'n');
                    at = Reader::at(hay, at).past_word()?;
                    if !is_null {
                        span = Span::line(start, at);
                    }
                }
                ValueKind::Nested { depth } => {
                    // White space inside may be a line feed: what is nested ends within its line.
                    let limit = *limit.get_or_insert_with(|| line_end(hay, at));
                    at = past_nested(&hay[..limit], at, depth)?;
                    span = Span::line(start, at);
                }
            }
            for slot in &self.slots[step.first_slot as usize..step.slots_end as usize] {
                spans[*slot] = span;
            }
        }
        if !self.tail.stands_at(hay, at, &self.text) {
            return None;
        }
        at += self.tail.len;
        matches!(hay[at..], [b'\n', ..] | [b'\r', b'\n', ..]).then_some(at)
    }
}

/// Where the line ends that `at` is in.
fn line_end(hay: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', &hay[at..]).map_or(hay.len(), |feed| at + feed)
}

/// Goes past the object or array that stands at `at`.
fn past_nested(line: &[u8], at: usize, depth: u32) -> Option<usize> {
    let mut reader = Reader::at(line, at);
    matches!(reader.peek(), b'{' | b'[').then(|| reader.skip_value(depth).ok()).flatten()?;
    Some(reader.position())
}

/// Reads a line once more, to note what stands between its values.
struct Learner<'a> {
    shape: &'a mut Shape,
    nodes: &'a [Node],
    reader: Reader<'a>,
    line: &'a [u8],
    /// Where the last value ended.
    from: usize,
}

impl Learner<'_> {
    fn line(&mut self) -> Option<()> {
        self.reader.skip_whitespace();
        if self.reader.peek() != b'{' {
            return None;
        }
        self.value(Some(0), 0)?;
        self.reader.end_of_line().ok()?;
        self.shape.tail = self.literal(self.line.len())?;
        Some(())
    }

    /// The value at a mapped place, or at one that nobody asked for; `depth` is the number of objects and
    /// arrays around it.
    fn value(&mut self, node: Option<usize>, depth: u32) -> Option<()> {
        let nodes = self.nodes;
        let (slots, children) = match node {
            Some(node) => {
                let Node { slots, slots_below, children } = &nodes[node];
                if slots.iter().chain(slots_below).any(|slot| self.shape.slots.contains(slot)) {
                    return None; // a key that comes again
                }
                (&**slots, &**children)
            }
            None => (&[][..], &[][..]),
        };
        let start = self.reader.position();
        match self.reader.peek() {
            b'"' => {
                self.reader.string().ok()?;
                self.step(start + 1, self.reader.position() - 1, ValueKind::String, slots)
            }
            b'{' | b'[' if !children.is_empty() && !slots.is_empty() => None,
            b'{' if !children.is_empty() => self.object(children, depth + 1),
            b'[' if !children.is_empty() => self.array(children, depth + 1),
            open => {
                self.reader.skip_value(depth).ok()?;
                let is_nested = matches!(open, b'{' | b'[');
                let kind = if is_nested { ValueKind::Nested { depth } } else { ValueKind::Word };
                self.step(start, self.reader.position(), kind, slots)
            }
        }
    }

    fn object(&mut self, children: &[Child], depth: u32) -> Option<()> {
        let mut more = self.reader.open_object().ok()?;
        while more {
            let key = self.reader.key().ok()?;
            let mut name = Vec::new();
            string::decode(self.reader.bytes(key), &mut name);
            let child = children.iter().find(|child| *child.key == *name);
            self.value(child.map(|child| child.node), depth)?;
            more = self.reader.next_member().ok()?;
        }
        Some(())
    }

    fn array(&mut self, children: &[Child], depth: u32) -> Option<()> {
        let mut index = 0;
        let mut more = self.reader.open_array();
        while more {
            let child = children.iter().find(|child| child.index == Some(index));
            self.value(child.map(|child| child.node), depth)?;
            index += 1;
            more = self.reader.next_element().ok()?;
        }
        Some(())
    }

    /// Notes a value, and the text before it.
    fn step(&mut self, start: usize, end: usize, kind: ValueKind, slots: &[usize]) -> Option<()> {
        let before = self.literal(start)?;
        self.from = end;
        let first_slot = self.shape.slots.len() as u32;
        self.shape.slots.extend_from_slice(slots);
        let slots_end = self.shape.slots.len() as u32;
        self.shape.steps.push(Step { before, kind, first_slot, slots_end });
        (self.shape.steps.len() <= MAX_STEPS).then_some(())
    }

    /// The text from the last value to `end`.
    fn literal(&mut self, end: usize) -> Option<Literal> {
        let start = self.shape.text.len();
        self.shape.text.extend_from_slice(&self.line[self.from..end]);
        (self.shape.text.len() <= MAX_TEXT_BYTES).then(|| Literal::new(&self.shape.text, start))
    }
}
