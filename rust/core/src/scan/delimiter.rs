//! The fast scanner of a [`Pattern`]: from delimiter to delimiter, without backtracking.
//!
//! Why it equals the pattern's regex. A leftmost-first regex engine tries choices in order of
//! preference: greedy classes the longest run first, lazy ones the shortest. Each step here takes the
//! *first* preference of its field (for a lazy field, and for a word before a literal that is not a
//! space, of field and literal together). If the whole line matches along this path, then it is the
//! match that the regex prefers. If it does not, then either every choice was forced, and the regex
//! fails too, or a choice was not, and the regex is asked ([`Outcome::Undecided`]).

mod ends;
mod hops;
mod literal;
mod step;

use self::ends::NONE;
use self::hops::Hops;
use self::literal::Literal;
use self::step::{Choice, Found, Part, Step};
use super::record::{Mismatch, Reason, Span};
use super::simd::Search;
use crate::format::{Optional, Pattern, Piece};

/// A compiled pattern; immutable and shared.
#[derive(Debug, Clone)]
pub struct Delimiter {
    /// The literal before the first field.
    prefix: Literal,
    steps: Vec<Step>,
    /// The steps once more, where a shorter way takes the same path.
    hops: Option<Hops>,
}

/// What one pass over a line found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The line matches and the spans are those of the regex.
    Match,
    /// The line does not match.
    Mismatch(Mismatch),
    /// It does not match along the preferred path; another path may. Where it failed is kept for
    /// the diagnosis in case the regex refuses the line too.
    Undecided(Mismatch),
}

/// What a pass found that did not look for the line's end first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ahead {
    /// A match up to here, which is the line's end.
    Match(usize),
    /// The line does not match along the preferred path.
    Left,
    /// [`Delimiter::scan`] has to look at the line.
    Unclear,
}

<<<<<<< HEAD
/// A field and the literal after it.
#[derive(Debug, Clone)]
struct Step {
    /// What stands around the field of an optional part; `None` for a field that has to be there.
    around: Option<Box<Around>>,
    take: Take,
    /// Where the field's span is stored; fields that nobody asks for share a spare slot.
    slot: usize,
    literal: Literal,
    /// Whether a failure after this step may still be a match along another path.
    choice: Choice,
}

/// The literals of an optional part.
#[derive(Debug, Clone)]
struct Around {
    lead: Literal,
    tail: Literal,
    /// Whether the end of the field inside is the only possible one.
    is_forced: bool,
}

/// What was found of an optional part.
enum Found {
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
    fn inside<'a>(&'a self, at: usize, step: &'a Step) -> (usize, &'a Literal) {
        (at + self.lead.len, if self.tail.len == 0 { &step.literal } else { &self.tail })
    }

    /// Whether the part is there, whose field lies from `start` to `end`. Where that cannot begin, or has
    /// one possible end and no tail behind it, it is not.
    #[inline(always)]
    fn found(&self, hay: &[u8], start: usize, end: usize, limit: usize) -> Found {
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
struct Part<'a> {
    class: Class,
    around: Option<(&'a [u8], &'a [u8])>,
    literal: Vec<u8>,
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
enum Take {
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
enum Choice {
    Forced,
    /// Another end is possible where the literal stands once more after the chosen one.
    IfAgain,
    Open,
}

=======
>>>>>>> main
impl Delimiter {
    /// Compiles `pattern`; `slot_of` answers where the `i`-th field's span goes.
    pub fn compile(pattern: &Pattern, mut slot_of: impl FnMut(usize) -> usize) -> Delimiter {
        let mut prefix = Vec::new();
        let mut parts: Vec<Part> = Vec::new();
        for piece in &pattern.pieces {
            match piece {
                Piece::Literal(bytes) => {
                    parts.last_mut().map_or(&mut prefix, |part| &mut part.literal).extend_from_slice(bytes);
                }
                Piece::Field(field) => {
                    parts.push(Part { class: field.class, around: None, literal: Vec::new() });
                }
                Piece::Optional(Optional { lead, field, tail }) => {
                    let around = Some((&**lead, &**tail));
                    parts.push(Part { class: field.class, around, literal: Vec::new() });
                }
            }
        }
        let last = parts.len().saturating_sub(1);
        let steps = parts.iter().enumerate();
        let steps: Vec<Step> =
            steps.map(|(i, part)| Step::new(part, slot_of(i), i == last, parts.get(i + 1))).collect();
        Delimiter { prefix: Literal::new(&prefix), hops: Hops::compile(&steps), steps }
    }

    /// Reads the line that `hay` begins with and that ends in a line feed, without looking for its
    /// end first.
    ///
    /// Every search stops at line feeds as well, and no literal or class but `.` holds one, so a
    /// match cannot reach into the next line.
    #[inline(always)]
    pub fn scan_ahead<S: Search>(&self, search: S, hay: &[u8], spans: &mut [Span]) -> Ahead {
        let limit = hay.len();
        if !self.prefix.stands_at(hay, 0, limit) {
            return Ahead::Left;
        }
        if let Some(hops) = &self.hops
            && let Some(end) = hops.scan(search, hay, self.prefix.len, spans)
            && let Some(end) = line_end(hay, end)
        {
            return Ahead::Match(end);
        }
        let mut at = self.prefix.len;
        for step in &self.steps {
            // One place for both kinds of steps: the search is inlined where it is called.
            let (start, stop) = match &step.around {
                None => (at, &step.literal),
                Some(around) if around.lead.stands_at(hay, at, limit) => around.inside(at, step),
                Some(_) => {
                    spans[step.slot] = Span::ABSENT;
                    if !step.literal.stands_at(hay, at, limit) {
                        return Ahead::Left;
                    }
                    at += step.literal.len;
                    continue;
                }
            };
            let end = step.end::<true, S>(stop, search, hay, start, limit);
            let (span, next) = match &step.around {
                None if end == NONE => return Ahead::Left,
                None => (Span::line(start, end), end),
                Some(around) => match around.found(hay, start, end, limit) {
                    Found::Taken(next) => (Span::line(start, end), next),
                    Found::Skipped => (Span::ABSENT, at),
                    Found::Unclear => return Ahead::Unclear,
                },
            };
            if !step.literal.stands_at(hay, next, limit) {
                return Ahead::Left;
            }
            spans[step.slot] = span;
            at = next + step.literal.len;
        }
        line_end(hay, at).map_or(Ahead::Unclear, Ahead::Match)
    }

    /// Reads the line `hay[..limit]`; `hay` may go on beyond it (the block's next lines).
    #[inline(always)]
    pub fn scan<S: Search>(&self, search: S, hay: &[u8], limit: usize, spans: &mut [Span]) -> Outcome {
        let mut at = 0;
        if !self.prefix.stands_at(hay, at, limit) {
            return Outcome::Mismatch(self.prefix.mismatch(hay, at, limit, 0));
        }
        at += self.prefix.len;
        for (index, step) in self.steps.iter().enumerate() {
            let is_there = step.around.as_ref().is_none_or(|around| around.lead.stands_at(hay, at, limit));
            let (start, stop) = match &step.around {
                Some(around) if is_there => around.inside(at, step),
                _ => (at, &step.literal),
            };
            let end = if is_there { step.end::<false, S>(stop, search, hay, start, limit) } else { NONE };
            let (span, next) = match &step.around {
                None if end == NONE => {
                    return self.fail(hay, limit, index, step.refuse(search, hay, at, limit, index), spans);
                }
                None => (Span::line(start, end), end),
                Some(around) => match around.found(hay, start, end, limit) {
                    Found::Taken(next) => (Span::line(start, end), next),
                    Found::Skipped => (Span::ABSENT, at),
                    Found::Unclear => {
                        return Outcome::Undecided(around.tail.mismatch(hay, at, limit, index + 1));
                    }
                },
            };
            if !step.literal.stands_at(hay, next, limit) {
                return self.fail(
                    hay,
                    limit,
                    index,
                    step.literal.mismatch(hay, next, limit, index + 1),
                    spans,
                );
            }
            spans[step.slot] = span;
            at = next + step.literal.len;
        }
        if at == limit {
            return Outcome::Match;
        }
        let mismatch = Mismatch { reason: Reason::Trailing, offset: at as u32, piece: self.end_piece() };
        self.fail(hay, limit, self.steps.len(), mismatch, spans)
    }

    /// Whether no line that fails along the preferred path can match along another one.
    pub fn is_forced(&self) -> bool {
        self.steps.iter().all(|step| step.choice == Choice::Forced)
    }

    /// What was expected at a mismatch, in words.
    pub fn expected(&self, mismatch: &Mismatch) -> String {
        let index = (mismatch.piece / 2) as usize;
        if mismatch.piece == self.end_piece() {
            return "the end of the line".to_owned();
        }
        if mismatch.piece.is_multiple_of(2) {
            let literal = if index == 0 { &self.prefix } else { &self.steps[index - 1].literal };
            format!("\"{}\"", literal.bytes.escape_ascii().to_string().replace("\\\"", "\""))
        } else {
            self.steps[index].take.describe().to_owned()
        }
    }

    /// The piece number of the end of the line.
    fn end_piece(&self) -> u32 {
        2 * self.steps.len() as u32 + 1
    }

    /// Decides whether a failure in or after step `failed` is final. Out of the hot path: rejects.
    #[cold]
    #[inline(never)]
    fn fail(&self, hay: &[u8], limit: usize, failed: usize, mismatch: Mismatch, spans: &[Span]) -> Outcome {
        let line = &hay[..limit];
        let open = self.steps[..failed].iter().any(|step| match step.choice {
            Choice::Forced => false,
            Choice::Open => true,
            Choice::IfAgain => {
                // The step's own span may be overwritten where fields share the spare slot; then
                // the position is not known and the regex has to decide.
                step.slot + 1 == spans.len() || step.literal.stands_after(line, spans[step.slot])
            }
        });
        let own = self.steps.get(failed).is_some_and(|step| step.choice == Choice::Open);
        if open || own { Outcome::Undecided(mismatch) } else { Outcome::Mismatch(mismatch) }
    }
}

<<<<<<< HEAD
/// No end was found.
const NONE: usize = usize::MAX;

impl Step {
    fn new(part: &Part<'_>, slot: usize, last: bool, next: Option<&Part<'_>>) -> Step {
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

    /// The end of this step's field, which begins at `at`, or [`NONE`]; `stop` is the literal that
    /// follows it. With `FEED`, line feeds end it too; without, `hay[..limit]` holds none.
    #[inline(always)]
    fn end<const FEED: bool, S: Search>(
        &self,
        stop: &Literal,
        search: S,
        hay: &[u8],
        at: usize,
        limit: usize,
    ) -> usize {
        let some = |end: usize| if end > at { end } else { NONE };
        match self.take {
            Take::Word => some(search.find::<FEED, 1>(hay, at, limit, *b" ")),
            Take::TwoWords => {
                let first = search.find::<FEED, 1>(hay, at, limit, *b" ");
                let second = search.find::<FEED, 1>(hay, first + 1, limit, *b" ");
                let is_space = first < limit && hay[first] == b' ';
                if is_space && first > at && second > first + 1 { second } else { NONE }
            }
            Take::Quoted => quoted_end::<FEED, S>(search, hay, at, limit),
            Take::Bracketed => search.find::<FEED, 1>(hay, at, limit, *b"]"),
            Take::Digits => digits_end(hay, at, limit),
            Take::ToFirst => stop.find::<FEED, S>(search, hay, at, limit),
            Take::Rest if FEED => search.find::<true, 0>(hay, at, limit, []),
            Take::Rest => limit,
            Take::WordToLast => {
                let word = search.find::<FEED, 1>(hay, at, limit, *b" ");
                stop.rfind(hay, at + 1, word, limit)
            }
            Take::Decimal => decimal_end(hay, at, limit),
            Take::List => list_end::<FEED, S>(search, hay, at, limit),
            Take::Run(run) => run.longest::<FEED, S>(search, hay, at, limit).unwrap_or(NONE),
            Take::RunToLast(run) => {
                let end = run.longest::<FEED, S>(search, hay, at, limit).unwrap_or(0);
                stop.rfind(hay, at + run.least(), (end + 1).min(limit), limit)
            }
            Take::RunToFirst(run) => {
                let from = at + run.least();
                let end = stop.find::<FEED, S>(search, hay, from, limit);
                if end != NONE && run.covers::<FEED, S>(search, hay, at, end) { end } else { NONE }
            }
            Take::RunLeast(run) => {
                let end = at + run.least();
                if end <= limit && run.covers::<FEED, S>(search, hay, at, end) { end } else { NONE }
            }
            Take::Before(delimiter) => search.find::<FEED, 2>(hay, at, limit, [b' ', delimiter]),
            Take::Plus => at + usize::from(at < limit && hay[at] == b'+'),
            Take::Blanks => skip_blanks(hay, at, limit),
            Take::Code => some(code_end(hay, at, limit)),
            Take::CompactTime => match compact_date_end(hay, at, limit) {
                NONE => NONE,
                date => {
                    let end = search.find::<FEED, 1>(hay, date + 1, limit, *b" ");
                    if end > date + 1 { end } else { NONE }
                }
            },
            Take::More if at < limit && hay[at] == b' ' => search.find::<FEED, 0>(hay, at, limit, []),
            Take::More => at,
        }
    }

    /// Why no end was found.
    #[cold]
    #[inline(never)]
    fn refuse<S: Search>(&self, search: S, hay: &[u8], at: usize, limit: usize, index: usize) -> Mismatch {
        if at == limit {
            return Mismatch { reason: Reason::Short, offset: at as u32, piece: 2 * index as u32 + 1 };
        }
        // A field that reaches for its literal: the literal is what is missing.
        let literal = match self.take {
            Take::ToFirst | Take::Rest | Take::RunToFirst(_) => Some(limit),
            Take::WordToLast => Some(search.find::<false, 1>(hay, at, limit, *b" ")),
            Take::RunToLast(run) => run.longest::<false, S>(search, hay, at, limit),
            _ => None,
        };
        match literal {
            Some(end) if end > at => self.literal.mismatch(hay, end, limit, index + 1),
            _ => Mismatch { reason: Reason::Field, offset: at as u32, piece: 2 * index as u32 + 1 },
        }
    }
}

impl Take {
    fn describe(self) -> &'static str {
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

/// [`Class::Quoted`]: up to the first quote that no backslash takes along, or the line's end.
=======
/// Where the line ends that a pattern matched up to `at`, if it ends there.
>>>>>>> main
#[inline(always)]
fn line_end(hay: &[u8], at: usize) -> Option<usize> {
    match hay[at..] {
        // Not if a last field without a literal behind it took the carriage return along; and an empty line
        // is refused, whatever the format.
        [b'\n', ..] => (at > 0 && hay[at - 1] != b'\r').then_some(at),
        [b'\r', b'\n', ..] => (at > 0).then_some(at),
        _ => None,
    }
}
