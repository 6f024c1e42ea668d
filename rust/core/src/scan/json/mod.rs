//! JSON lines: one object per line, of which only the mapped fields are kept.
//!
//! The whole line is checked against RFC 8259, also the parts that nobody asked for. Two
//! departures, both so that no request is lost to what a client sent: bytes above 0x7F inside strings
//! need not be UTF-8 (nginx's `escape=json` writes them as they came), and a lone surrogate escape
//! stands for U+FFFD.
//!
//! Why not a library: `sonic-rs`'s `get_many` (0.5.10) stops checking at the last path it looks for
//! (it takes `{"a":1,"x":tru` for `a`) and allocates its answer; `serde_json` checks everything but
//! allocates for nested values and gives no positions. This reader allocates nothing, answers byte
//! ranges and is held equal to `serde_json` by property tests.

mod batch;
mod expected;
mod leaf;
mod path;
mod shape;
mod string;
mod syntax;

#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod tests;

pub use leaf::leaf_paths;
pub use path::PathError;
pub(super) use shape::Shape;
pub(crate) use string::plain_length;
pub(crate) use syntax::is_number;

use super::keyed::Settle;
use super::record::{Mismatch, Reason, Span};
use expected::{Expected, Fault};
use syntax::{Reader, Text};

/// Reads JSON lines by a mapping from dotted paths to slots.
///
/// A path is keys joined by dots: `request.headers.Host`. A key that holds a dot, a bracket, a quote
/// or a backslash is quoted (`"id.orig_h".port`) or has a backslash before each of them
/// (`id\.orig_h`). A number is a key or the index of an array's element, from 0:
/// `headers.Host.0` and `headers.Host[0]` are one path.
#[derive(Debug)]
pub struct JsonScanner {
    /// The paths as a tree; the first node is the whole line.
    nodes: Vec<Node>,
    slots: usize,
    settle: Settle,
}

/// The part of a mismatch that is a missing field.
const NEEDED: u32 = u32::MAX;

/// A place in the line's object.
#[derive(Debug, Clone, Default)]
struct Node {
    /// Slots that take the value here.
    slots: Vec<usize>,
    /// Slots that take values within the value here.
    slots_below: Vec<usize>,
    children: Vec<Child>,
}

#[derive(Debug, Clone)]
struct Child {
    key: Box<[u8]>,
    /// The key as the index of an array's element, if it is one.
    index: Option<u32>,
    node: usize,
}

impl JsonScanner {
    /// Compiles a mapping from paths to the slots that take the values there.
    ///
    /// # Errors
    /// The first path that is not well-formed, and where.
    pub fn new<P: AsRef<str>>(fields: &[(P, usize)]) -> Result<JsonScanner, PathError> {
        let mut nodes = vec![Node::default()];
        for (path, slot) in fields {
            let mut at = 0;
            for key in path::parse(path.as_ref())? {
                nodes[at].slots_below.push(*slot);
                at = child_of(&mut nodes, at, &key);
            }
            nodes[at].slots.push(*slot);
        }
        let slots = fields.iter().map(|(_, slot)| slot + 1).max().unwrap_or(0);
        Ok(JsonScanner { nodes, slots, settle: Settle::default() })
    }

    /// Says whether `path` is one.
    ///
    /// # Errors
    /// Where it is not well-formed.
    pub fn check(path: &str) -> Result<(), PathError> {
        path::parse(path).map(|_| ())
    }

    /// The same scanner, which settles fields with several paths, and those that no line may lack.
    #[must_use]
    pub(super) fn with_settle(self, settle: Settle) -> JsonScanner {
        JsonScanner { settle, ..self }
    }

    /// Reads one line: sets every slot's span (`Span::ABSENT` if the field is missing or null).
    ///
    /// Strings without escapes, numbers, `true` and `false` are spans of the line; strings with
    /// escapes are decoded to the end of `scratch`, whose earlier content stays. Objects and arrays
    /// are their text as it stands. Of equal keys the last one counts.
    ///
    /// # Errors
    /// `Reason::Empty` for a line without bytes, else `Reason::Json` at the byte where the line stops
    /// being a JSON object; the spans are then meaningless.
    pub fn scan(&self, line: &[u8], spans: &mut [Span], scratch: &mut Vec<u8>) -> Result<(), Mismatch> {
        self.scan_ahead(line, line.len(), spans, scratch)
    }

    /// The same for the line `hay[..limit]`; `hay` may go on beyond it.
    ///
    /// # Errors
    /// As [`JsonScanner::scan`].
    pub(super) fn scan_ahead(
        &self,
        hay: &[u8],
        limit: usize,
        spans: &mut [Span],
        scratch: &mut Vec<u8>,
    ) -> Result<(), Mismatch> {
        let line = &hay[..limit];
        if line.is_empty() {
            return Err(Mismatch { reason: Reason::Empty, offset: 0, piece: 0 });
        }
        let spans = &mut spans[..self.slots];
        spans.fill(Span::ABSENT);
        let mut walk = Walk { reader: Reader::of_line(hay, limit), nodes: &self.nodes, spans, scratch };
        walk.line().map_err(|fault| Mismatch {
            reason: Reason::Json,
            offset: fault.offset as u32,
            piece: fault.expected as u32,
        })?;
        self.settle.settle(spans, line, scratch).map_err(|()| Mismatch {
            reason: Reason::Json,
            offset: line.len() as u32,
            piece: NEEDED,
        })
    }

    /// What a person is told was expected at the mismatch.
    pub fn expected(&self, mismatch: &Mismatch) -> String {
        if mismatch.piece == NEEDED {
            return format!("the fields that every line has: {}", self.settle.needed());
        }
        let expected = Expected::ALL.get(mismatch.piece as usize).unwrap_or(&Expected::Object);
        expected.describe().to_owned()
    }
}

/// The child of `parent` for `key`, made if it is not there.
fn child_of(nodes: &mut Vec<Node>, parent: usize, key: &str) -> usize {
    if let Some(child) = nodes[parent].children.iter().find(|child| *child.key == *key.as_bytes()) {
        return child.node;
    }
    let node = nodes.len();
    nodes.push(Node::default());
    let index = path::array_index(key);
    nodes[parent].children.push(Child { key: key.as_bytes().into(), index, node });
    node
}

/// One line being read.
struct Walk<'a> {
    reader: Reader<'a>,
    nodes: &'a [Node],
    spans: &'a mut [Span],
    scratch: &'a mut Vec<u8>,
}

impl Walk<'_> {
    fn line(&mut self) -> Result<(), Fault> {
        self.reader.skip_whitespace();
        if self.reader.peek() != b'{' {
            return Err(self.reader.fault(Expected::Object));
        }
        self.value(0, 0)?;
        self.reader.end_of_line()
    }

    /// The value at a mapped place; `depth` is the number of objects and arrays around it. Recursion
    /// ends where the mapping does, at most [`path::MAX_KEYS`] deep.
    fn value(&mut self, node: usize, depth: u32) -> Result<(), Fault> {
        let Node { slots, slots_below, children } = &self.nodes[node];
        for &slot in slots_below {
            self.spans[slot] = Span::ABSENT; // left by an earlier equal key
        }
        let start = self.reader.position();
        let span = match self.reader.peek() {
            b'"' => {
                let text = self.reader.string()?;
                self.text_span(text)
            }
            b'n' => {
                self.reader.skip_value(depth)?;
                Span::ABSENT
            }
            open => {
                match open {
                    b'{' if !children.is_empty() => self.object(children, depth + 1)?,
                    b'[' if !children.is_empty() => self.array(children, depth + 1)?,
                    _ => self.reader.skip_value(depth)?,
                }
                Span::line(start, self.reader.position())
            }
        };
        for &slot in slots {
            self.spans[slot] = span;
        }
        Ok(())
    }

    fn object(&mut self, children: &[Child], depth: u32) -> Result<(), Fault> {
        let mut likely = 0;
        let mut more = self.reader.open_object()?;
        while more {
            let key = self.reader.key()?;
            match self.find(children, key, &mut likely) {
                Some(node) => self.value(node, depth)?,
                None => self.reader.skip_value(depth)?,
            }
            more = self.reader.next_member()?;
        }
        Ok(())
    }

    fn array(&mut self, children: &[Child], depth: u32) -> Result<(), Fault> {
        let mut index = 0;
        let mut more = self.reader.open_array();
        while more {
            match children.iter().find(|child| child.index == Some(index)) {
                Some(child) => self.value(child.node, depth)?,
                None => self.reader.skip_value(depth)?,
            }
            index += 1;
            more = self.reader.next_element()?;
        }
        Ok(())
    }

    /// The mapped place under `key`. The search starts at `likely`, the place after the last hit:
    /// lines keep the order of their keys, and mappings are mostly written in that order.
    fn find(&mut self, children: &[Child], key: Text, likely: &mut usize) -> Option<usize> {
        let kept = self.scratch.len();
        let key = if key.has_escapes {
            string::decode(self.reader.bytes(key), self.scratch);
            &self.scratch[kept..]
        } else {
            self.reader.bytes(key)
        };
        let (before, after) = children.split_at(*likely);
        let hit = after.iter().chain(before).position(|child| *child.key == *key);
        self.scratch.truncate(kept);
        let place = (*likely + hit?) % children.len();
        *likely = place + 1;
        Some(children[place].node)
    }

    fn text_span(&mut self, text: Text) -> Span {
        if !text.has_escapes {
            return Span::line(text.start, text.end);
        }
        string::decoded_span(self.reader.bytes(text), self.scratch)
    }
}
