//! User regexes lowered to [`Pattern`]s, which the delimiter scanner reads many times faster.
//!
//! A regex is lowered when it is a chain of parts: texts, and repetitions of one set of bytes
//! (`\S+`, `[^"]*?`, `\d{3}`, `.`), and `-` or digits. What each part may match, and which of its matches
//! is tried first, is carried over unchanged, so the pattern's own regex ([`Pattern::to_regex`])
//! prefers the same match. The rules by which other things become such parts, each of them exact:
//!
//! - Groups match what their parts match; a group of one part is that field, one of several begins
//!   where its first part does and ends where its last one does ([`Cover`]).
//! - A part of exactly *n* bytes of a set and a following part of the same set are one run:
//!   `\d\d` is `\d{2}`, `..+?` is `.{2,}?`. Where the first ends is no choice.
//! - Without `^` the search begins at the earliest possible place, which is what a leading `.*?`
//!   prefers. Without `$` whatever follows is skipped, as by a last `.*?` up to the line's end; that never
//!   fails, so it decides nothing before it.
//! - `(?:\d+|-)` and `(?:-|\d+)` are [`Class::Digits`]: no text begins both alternatives, so their order
//!   means nothing.
//!
//! Everything else is left to the regex engine, and the reason is told. `.` is any byte but a line feed, and
//! no line holds one, so sets lose it. Held equal to the regex engine by property tests.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Capture, Class as HirClass, Hir, HirKind, Look, Repetition};

use super::run::{ByteSet, Preference, Run};
use super::{Class, Field, Kind, Pattern, Piece};

/// A lowered regex.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lowered {
    /// What it means; no field has a name.
    pub pattern: Pattern,
    /// What each capture group covers, by its number − 1.
    pub groups: Vec<Cover>,
}

/// Where a group lies: from `before` bytes before the field number `first` (of the pattern) to `after` bytes
/// behind the field number `last`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cover {
    /// The first field in it.
    pub first: usize,
    /// Bytes of a text before that.
    pub before: u32,
    /// The last field in it.
    pub last: usize,
    /// Bytes of a text behind that.
    pub after: u32,
}

/// Longer exact runs make large regexes: these stay what they were.
const MOST_REPEATED: u32 = 1000;

const BEYOND_CHAINS: &str = "it is more than a chain of texts and repeated sets of bytes";

/// Lowers a regex that is valid.
///
/// # Errors
/// In words, why it stays a regex.
pub fn lower(regex: &str) -> Result<Lowered, String> {
    let hir = parse(regex)?;
    let mut chain = Chain::default();
    let (whole, is_begun, is_ended) = without_anchors(&hir);
    if !is_begun {
        chain.push_run(ANYTHING);
    }
    for part in whole {
        chain.walk(part)?;
    }
    if !is_ended {
        chain.is_open = false;
        chain.push_run(ANYTHING);
    }
    chain.finish()
}

/// The syntax tree of a regex, over bytes.
pub(super) fn parse(regex: &str) -> Result<Hir, String> {
    let hir = ParserBuilder::new().unicode(false).utf8(false).build().parse(regex);
    hir.map_err(|error| error.to_string())
}

pub(super) const ANYTHING: Run =
    Run { set: ByteSet::ALL, least: 0, most: None, preference: Preference::Shortest };

/// The parts between `^` and `$`, and whether these two stand there.
pub(super) fn without_anchors(hir: &Hir) -> (&[Hir], bool, bool) {
    let mut parts = match hir.kind() {
        HirKind::Concat(parts) => parts.as_slice(),
        _ => std::slice::from_ref(hir),
    };
    let is_begun = matches!(parts.first().map(Hir::kind), Some(HirKind::Look(Look::Start)));
    parts = &parts[usize::from(is_begun)..];
    let is_ended = matches!(parts.last().map(Hir::kind), Some(HirKind::Look(Look::End)));
    parts = &parts[..parts.len() - usize::from(is_ended)];
    (parts, is_begun, is_ended)
}

/// The pieces so far.
#[derive(Default)]
pub(super) struct Chain {
    pub(super) pieces: Vec<Piece>,
    pub(super) fields: usize,
    pub(super) groups: Vec<Option<Cover>>,
    /// Whether the last piece is a run that may be joined with the next one.
    pub(super) is_open: bool,
}

impl Chain {
    fn walk(&mut self, hir: &Hir) -> Result<(), String> {
        match hir.kind() {
            HirKind::Empty => {}
            HirKind::Literal(literal) => self.push_literal(&literal.0)?,
            HirKind::Class(_) | HirKind::Repetition(_) => self.push_run(run_of(hir)?),
            HirKind::Capture(capture) => self.group(capture)?,
            HirKind::Concat(parts) => parts.iter().try_for_each(|part| self.walk(part))?,
            HirKind::Alternation(parts) if is_digits_or_dash(parts) => {
                self.is_open = false;
                self.push_field(Class::Digits);
            }
            HirKind::Alternation(_) => return Err("it has alternatives".to_owned()),
            HirKind::Look(look) => return Err(format!("it looks around ({})", look.as_char())),
        }
        Ok(())
    }

    fn group(&mut self, capture: &Capture) -> Result<(), String> {
        // Where a group begins and ends has to stay a border of fields.
        self.is_open = false;
        let (piece, first) = (self.pieces.len(), self.fields);
        self.walk(&capture.sub)?;
        self.close_group(capture, piece, first)
    }

    /// Notes what a group covers that began with this piece and this field.
    pub(super) fn close_group(
        &mut self,
        capture: &Capture,
        piece: usize,
        first: usize,
    ) -> Result<(), String> {
        let group = capture.index as usize - 1;
        if self.groups.len() <= group {
            self.groups.resize(group + 1, None);
        }
        self.is_open = false;
        if self.fields == first {
            return Err("a group of it holds a constant text".to_owned());
        }
        let inside = &self.pieces[piece..];
        let (before, after) = (literal_bytes(inside.iter()), literal_bytes(inside.iter().rev()));
        self.groups[group] = Some(Cover { first, before, last: self.fields - 1, after });
        Ok(())
    }

    pub(super) fn push_literal(&mut self, bytes: &[u8]) -> Result<(), String> {
        if bytes.contains(&b'\n') {
            return Err("it holds a line feed".to_owned());
        }
        self.is_open = false;
        self.pieces.push(Piece::Literal(bytes.into()));
        Ok(())
    }

    pub(super) fn push_run(&mut self, run: Run) {
        if self.is_open
            && let Some(Piece::Field(Field { class: Class::Run(last), .. })) = self.pieces.last_mut()
            && let Some(joined) = last.joined(run)
        {
            *last = joined;
            return;
        }
        self.push_field(Class::Run(run));
        self.is_open = true;
    }

    pub(super) fn push_field(&mut self, class: Class) {
        self.pieces.push(Piece::Field(Field { name: None, kind: Kind::Text, class }));
        self.fields += 1;
    }

    fn finish(self) -> Result<Lowered, String> {
        let groups: Option<Vec<Cover>> = self.groups.into_iter().collect();
        let groups = groups.ok_or_else(|| BEYOND_CHAINS.to_owned())?;
        Ok(Lowered { pattern: Pattern { pieces: self.pieces }, groups })
    }
}

/// The bytes of the literals before the first field.
fn literal_bytes<'a>(pieces: impl Iterator<Item = &'a Piece>) -> u32 {
    let literals = pieces.map_while(|piece| match piece {
        Piece::Literal(bytes) => Some(bytes.len() as u32),
        Piece::Field(_) | Piece::Optional(_) => None,
    });
    literals.sum()
}

fn set_of(class: &HirClass) -> Result<ByteSet, String> {
    let HirClass::Bytes(class) = class else { return Err("it has Unicode classes".to_owned()) };
    let set = ByteSet::of_ranges(class.iter().map(|range| (range.start(), range.end())));
    if set == ByteSet::NONE { Err("a part of it can match nothing in a line".to_owned()) } else { Ok(set) }
}

/// A part that is bytes of one set in a row.
pub(super) fn run_of(part: &Hir) -> Result<Run, String> {
    match part.kind() {
        HirKind::Class(class) => {
            Ok(Run { set: set_of(class)?, least: 1, most: Some(1), preference: Preference::Longest })
        }
        HirKind::Repetition(repetition) => run_of_repetition(repetition),
        _ => Err(BEYOND_CHAINS.to_owned()),
    }
}

fn run_of_repetition(repetition: &Repetition) -> Result<Run, String> {
    let set = match repetition.sub.kind() {
        HirKind::Class(class) => set_of(class)?,
        HirKind::Literal(literal) if matches!(*literal.0, [byte] if byte != b'\n') => {
            ByteSet::of_ranges([(literal.0[0], literal.0[0])])
        }
        _ => return Err("it repeats more than one set of bytes".to_owned()),
    };
    let bound = |count: u32| if count <= MOST_REPEATED { Some(count as u16) } else { None };
    let too_many = || format!("it repeats more than {MOST_REPEATED} times");
    let preference = if repetition.greedy { Preference::Longest } else { Preference::Shortest };
    Ok(Run {
        set,
        least: bound(repetition.min).ok_or_else(too_many)?,
        most: match repetition.max {
            Some(most) => Some(bound(most).ok_or_else(too_many)?),
            None => None,
        },
        preference,
    })
}

/// Whether these are `-` and `[0-9]+`, in whatever order.
pub(super) fn is_digits_or_dash(parts: &[Hir]) -> bool {
    let is_dash = |part: &Hir| matches!(part.kind(), HirKind::Literal(literal) if *literal.0 == *b"-");
    let is_digits = |part: &Hir| match part.kind() {
        HirKind::Repetition(_) => run_of(part).is_ok_and(|run| {
            let digits = ByteSet::of_ranges([(b'0', b'9')]);
            run == Run { set: digits, least: 1, most: None, preference: Preference::Longest }
        }),
        _ => false,
    };
    match parts {
        [first, second] => (is_dash(first) && is_digits(second)) || (is_digits(first) && is_dash(second)),
        _ => false,
    }
}
