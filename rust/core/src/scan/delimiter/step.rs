//! One step of a delimiter scanner: a field, and the literals around and behind it.

use super::ends::{
    NONE, code_end, compact_date_end, decimal_end, digits_end, list_end, quoted_end, skip_blanks,
};
use super::literal::Literal;
use crate::format::Class;
use crate::format::run::Preference;
use crate::scan::record::{Mismatch, Reason};
use crate::scan::run::{Follow, RunTake};
use crate::scan::simd::Search;

/// A field and the literal after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// What stands around the field of an optional part; `None` for a field that has to be there.
    pub(super) around: Option<Box<Around>>,
    pub(super) take: Take,
    /// Where the field's span is stored; fields that nobody asks for share a spare slot.
    pub(super) slot: usize,
    pub(super) literal: Literal,
    /// Whether a failure after this step may still be a match along another path.
    pub(super) choice: Choice,
}

/// The literals of an optional part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Around {
    pub(super) lead: Literal,
    pub(super) tail: Literal,
    /// Whether the end of the field inside is the only possible one.
    pub(super) is_forced: bool,
}

/// What was found of an optional part.
pub(super) enum Found {
    /// It is there; what follows it begins here.
    Taken(usize),
    /// It is not there.
    Skipped,
    /// It may be there, with another end of its field.
    Unclear,
}

impl Around {
    /// Where the field of the part at `at` begins, and what ends it: the part's own tail, or else what
    /// follows the part.
    #[inline(always)]
    pub(super) fn inside<'a>(&'a self, at: usize, step: &'a Step) -> (usize, &'a Literal) {
        (at + self.lead.len, if self.tail.len == 0 { &step.literal } else { &self.tail })
    }

    /// Whether the part is there, whose field lies from `start` to `end`. Where that cannot begin, or has
    /// one possible end and no tail behind it, it is not.
    #[inline(always)]
    pub(super) fn found(&self, hay: &[u8], start: usize, end: usize, limit: usize) -> Found {
        debug_assert!(start <= limit || end == NONE);
        if end == NONE {
            Found::Skipped
        } else if self.tail.stands_at(hay, end, limit) {
            Found::Taken(end + self.tail.len)
        } else if self.is_forced {
            Found::Skipped
        } else {
            Found::Unclear
        }
    }
}

/// A field on its way to a step, and the literals around it.
pub(super) struct Part<'a> {
    pub(super) class: Class,
    pub(super) around: Option<(&'a [u8], &'a [u8])>,
    pub(super) literal: Vec<u8>,
}

impl Part<'_> {
    /// Whether no text of the part begins with a byte for which `is` holds.
    fn begins_without(&self, is: impl Fn(u8) -> bool) -> bool {
        let first: fn(u8) -> bool = match self.class {
            _ if self.around.is_some() => return false,
            Class::Word | Class::TwoWords => |byte| byte != b' ',
            Class::List => |byte| byte != b' ' && byte != b',',
            Class::Digits | Class::Decimal => |byte| byte == b'-' || byte.is_ascii_digit(),
            Class::CompactTime => |byte| byte.is_ascii_digit(),
            Class::Code => |byte| byte.is_ascii_uppercase() || byte == b'_',
            _ => return false,
        };
        (0..=u8::MAX).all(|byte| !(first(byte) && is(byte)))
    }
}

/// How a step finds its field's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Take {
    Word,
    TwoWords,
    /// A word before a literal that is no space: the last place in the word where it stands.
    WordToLast,
    Digits,
    Decimal,
    List,
    Quoted,
    Bracketed,
    /// The first place where the literal stands.
    ToFirst,
    /// The rest of the line.
    Rest,
    /// The longest run.
    Run(RunTake),
    /// Of the longest run, the last place where the literal stands.
    RunToLast(RunTake),
    /// The first place behind the run's fewest bytes where the literal stands, if a run leads there.
    RunToFirst(RunTake),
    /// The fewest bytes of the run.
    RunLeast(RunTake),
    /// To a space or this byte.
    Before(u8),
    Plus,
    Blanks,
    Code,
    CompactTime,
    More,
}

/// Whether the end that a step chose is the only possible one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    Forced,
    /// Another end is possible where the literal stands once more after the chosen one.
    IfAgain,
    Open,
}

impl Step {
    pub(super) fn new(part: &Part<'_>, slot: usize, last: bool, next: Option<&Part<'_>>) -> Step {
        let Part { class, around, literal } = part;
        // What follows an optional field is its own tail, or else what follows its part.
        let behind = around.map_or(&**literal, |(_, tail)| if tail.is_empty() { literal } else { tail });
        let first = behind.first().copied();
        let follow = match (first, next) {
            (Some(byte), _) => Follow::Byte(byte),
            (None, None) if last => Follow::End,
            (None, Some(Part { class: Class::Run(next), around: None, .. })) if next.least > 0 => {
                Follow::Set(next.set)
            }
            (None, _) => Follow::Unknown,
        };
        let take = match *class {
            Class::Run(run) => {
                let take = RunTake::new(&run);
                match (run.preference, first) {
                    (preference, first)
                        if follow.forces(&run) || (preference, first) == (Preference::Longest, None) =>
                    {
                        Take::Run(take)
                    }
                    (Preference::Longest, _) => Take::RunToLast(take),
                    (Preference::Shortest, Some(_)) => Take::RunToFirst(take),
                    (Preference::Shortest, None) => Take::RunLeast(take),
                }
            }
            Class::Word if !matches!(first, None | Some(b' ')) => Take::WordToLast,
            Class::Word => Take::Word,
            Class::TwoWords => Take::TwoWords,
            Class::Digits => Take::Digits,
            Class::Decimal => Take::Decimal,
            Class::List => Take::List,
            Class::Quoted => Take::Quoted,
            Class::Bracketed => Take::Bracketed,
            Class::Lazy if first.is_none() && last => Take::Rest,
            Class::Lazy => Take::ToFirst,
            Class::Before(delimiter) => Take::Before(delimiter),
            Class::Plus => Take::Plus,
            Class::Blanks => Take::Blanks,
            Class::Code => Take::Code,
            Class::CompactTime => Take::CompactTime,
            Class::More => Take::More,
        };
        let ends = |forced: bool| if forced { Choice::Forced } else { Choice::Open };
        // A field without a literal behind it is bounded by the line's end if it is the last one.
        let choice = match take {
            Take::Rest => Choice::Forced,
            Take::ToFirst if first.is_some() => Choice::IfAgain,
            Take::RunToFirst(_) => Choice::IfAgain,
            Take::Run(_) => ends(matches!(class, Class::Run(run) if follow.forces(run))),
            Take::ToFirst | Take::WordToLast | Take::RunToLast(_) | Take::RunLeast(_) | Take::Plus => {
                Choice::Open
            }
            // All spaces are taken, unless what follows may begin with one.
            Take::Blanks => ends(match (first, next) {
                (Some(byte), _) => byte != b' ',
                (None, None) => last,
                (None, Some(next)) => next.begins_without(|byte| byte == b' '),
            }),
            Take::Word | Take::TwoWords | Take::CompactTime => ends(first.map_or(last, |byte| byte == b' ')),
            Take::Digits => ends(first.map_or(last, |byte| !byte.is_ascii_digit())),
            Take::Decimal => ends(first.map_or(last, |byte| !byte.is_ascii_digit() && byte != b'.')),
            Take::Quoted => ends(first == Some(b'"')),
            Take::Bracketed => ends(first == Some(b']')),
            Take::List | Take::More => ends(first.is_none() && last),
            Take::Before(delimiter) => ends(first.map_or(last, |byte| byte == b' ' || byte == delimiter)),
            Take::Code => {
                let is_code = |byte: u8| byte.is_ascii_uppercase() || byte == b'_';
                ends(match (first, next) {
                    (Some(byte), _) => !is_code(byte),
                    (None, None) => last,
                    (None, Some(next)) => next.begins_without(is_code),
                })
            }
        };
        let around = around.map(|(lead, tail)| {
            let (lead, tail) = (Literal::new(lead), Literal::new(tail));
            Box::new(Around { lead, tail, is_forced: choice == Choice::Forced })
        });
        // A part that was taken might have been left out.
        let choice = if around.is_some() { Choice::Open } else { choice };
        Step { around, take, slot, literal: Literal::new(literal), choice }
    }

    /// Why no end was found.
    #[cold]
    #[inline(never)]
    pub(super) fn refuse<S: Search>(
        &self,
        search: S,
        hay: &[u8],
        at: usize,
        limit: usize,
        index: usize,
    ) -> Mismatch {
        if at == limit {
            return Mismatch { reason: Reason::Short, offset: at as u32, piece: 2 * index as u32 + 1 };
        }
        // A field that reaches for its literal: the literal is what is missing.
        let literal = match self.take {
            Take::ToFirst | Take::Rest | Take::RunToFirst(_) => Some(limit),
            Take::WordToLast => Some(search.find::<1>(hay, at, limit, *b" ")),
            Take::RunToLast(run) => run.longest(search, hay, at, limit),
            _ => None,
        };
        match literal {
            Some(end) if end > at => self.literal.mismatch(hay, end, limit, index + 1),
            _ => Mismatch { reason: Reason::Field, offset: at as u32, piece: 2 * index as u32 + 1 },
        }
    }
}

impl Take {
    /// The end of a field that begins at `at`, or [`NONE`]; `stop` is the literal that follows it.
    #[inline(always)]
    pub(super) fn end<S: Search>(
        self,
        stop: &Literal,
        search: S,
        hay: &[u8],
        at: usize,
        limit: usize,
    ) -> usize {
        let some = |end: usize| if end > at { end } else { NONE };
        match self {
            Take::Word => some(search.find::<1>(hay, at, limit, *b" ")),
            Take::TwoWords => {
                let first = search.find::<1>(hay, at, limit, *b" ");
                let second = search.find::<1>(hay, first + 1, limit, *b" ");
                let is_space = first < limit && hay[first] == b' ';
                if is_space && first > at && second > first + 1 { second } else { NONE }
            }
            Take::Quoted => quoted_end(search, hay, at, limit),
            Take::Bracketed => search.find::<1>(hay, at, limit, *b"]"),
            Take::Digits => digits_end(hay, at, limit),
            Take::ToFirst => stop.find(search, hay, at, limit),
            Take::Rest => limit,
            Take::WordToLast => {
                let word = search.find::<1>(hay, at, limit, *b" ");
                stop.rfind(hay, at + 1, word, limit)
            }
            Take::Decimal => decimal_end(hay, at, limit),
            Take::List => list_end(search, hay, at, limit),
            Take::Run(run) => run.longest(search, hay, at, limit).unwrap_or(NONE),
            Take::RunToLast(run) => {
                let end = run.longest(search, hay, at, limit).unwrap_or(0);
                stop.rfind(hay, at + run.least(), (end + 1).min(limit), limit)
            }
            Take::RunToFirst(run) => {
                let from = at + run.least();
                let end = stop.find(search, hay, from, limit);
                if end != NONE && run.covers(search, hay, at, end) { end } else { NONE }
            }
            Take::RunLeast(run) => {
                let end = at + run.least();
                if end <= limit && run.covers(search, hay, at, end) { end } else { NONE }
            }
            Take::Before(delimiter) => search.find::<2>(hay, at, limit, [b' ', delimiter]),
            Take::Plus => at + usize::from(at < limit && hay[at] == b'+'),
            Take::Blanks => skip_blanks(hay, at, limit),
            Take::Code => some(code_end(hay, at, limit)),
            Take::CompactTime => match compact_date_end(hay, at, limit) {
                NONE => NONE,
                date => {
                    let end = search.find::<1>(hay, date + 1, limit, *b" ");
                    if end > date + 1 { end } else { NONE }
                }
            },
            Take::More if at < limit && hay[at] == b' ' => limit,
            Take::More => at,
        }
    }

    pub(super) fn describe(self) -> &'static str {
        match self {
            Take::Word | Take::WordToLast => Class::Word.describe(),
            Take::TwoWords => Class::TwoWords.describe(),
            Take::Digits => Class::Digits.describe(),
            Take::Decimal => Class::Decimal.describe(),
            Take::List => Class::List.describe(),
            Take::Quoted => Class::Quoted.describe(),
            Take::Bracketed => Class::Bracketed.describe(),
            Take::ToFirst | Take::Rest => Class::Lazy.describe(),
            Take::Run(run) | Take::RunToLast(run) | Take::RunToFirst(run) | Take::RunLeast(run) => {
                run.describe()
            }
            Take::Before(delimiter) => Class::Before(delimiter).describe(),
            Take::Plus => Class::Plus.describe(),
            Take::Blanks => Class::Blanks.describe(),
            Take::Code => Class::Code.describe(),
            Take::CompactTime => Class::CompactTime.describe(),
            Take::More => Class::More.describe(),
        }
    }
}
