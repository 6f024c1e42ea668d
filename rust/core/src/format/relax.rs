//! Regexes beyond chains, such as grok's: a pattern that matches more, and what certifies its matches.
//!
//! What is no text and no repeated set (alternatives, nested repetitions, tests of word borders) becomes a field
//! that reaches to the next byte with which what follows can begin. Such a pattern reads every line that the
//! regex reads, and others; so each of those fields has a [`Check`], and a line that fails one is read by the regex
//! itself. Why a match that passes them is the regex's own:
//!
//! - A part that is checked matches its text, and none of its other matches from there ends where what follows
//!   could begin: shorter ones end before a byte that cannot follow, longer ones do not exist (the part's
//!   automaton is dead, or no text of the part holds such a byte). So the part is no choice, and which of its
//!   own ways leads there means nothing, since no group lies inside.
//! - All other parts take their first preference, as in [`lower`](super::lower). A path of first preferences is
//!   the first of all; those that the pattern has and the regex has not do not change the order of the rest.
//! - Of alternatives with groups the first is taken for granted, as is an optional part of several fields; both
//!   are what the regex tries first.
//! - `(?:-|(X))` is the field X, absent where it is `-`. That is the first alternative's text, and it ends where
//!   X would end as well.
//! - The last part, if anything may follow, ends where its own preference ends it: nothing behind can fail.

use regex_syntax::hir::{Capture, Hir, HirKind, Look};

use super::first::{bytes_of, first_of};
use super::language::{Language, Later, Preferred};
use super::lower::{ANYTHING, Chain, Cover, is_digits_or_dash, parse, run_of, without_anchors};
use super::run::{ByteSet, Preference, Run};
use super::{Class, Optional, Pattern, Piece};

/// A relaxed regex.
#[derive(Debug)]
pub struct Relaxed {
    /// Matches at least what the regex matches along first preferences; no field has a name.
    pub pattern: Pattern,
    /// What each capture group covers, by its number − 1; `None` for those of alternatives that are left out.
    pub groups: Vec<Option<Cover>>,
    /// What certifies a match.
    pub checks: Vec<Check>,
}

/// What a field's text has to be.
#[derive(Debug)]
pub struct Check {
    /// The number of the field in the pattern.
    pub field: usize,
    /// The field is absent where it is this text.
    pub unless: Option<Box<[u8]>>,
    /// What the pattern does not say.
    pub test: Option<Test>,
}

/// What is more to a field than the pattern says.
#[derive(Debug)]
pub enum Test {
    /// A text of the language; what follows can begin nowhere before its end.
    Delimited(Language),
    /// With the quotes around it a text of the language, which has no other from there.
    Quoted(Language),
    /// It reaches to the line's end and is cut where the part prefers to end.
    Cut(Preferred),
}

/// More bytes than these with which what follows may begin do not delimit.
const MOST_STOPS: usize = 3;

/// What can follow a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Follow {
    /// One of these bytes, or the line's end.
    Stops(ByteSet),
    /// Anything, and it never fails.
    Anything,
    /// A text that does not delimit.
    Unknown,
}

/// Relaxes a regex that is valid.
///
/// # Errors
/// In words, why it stays a regex.
pub fn relax(regex: &str) -> Result<Relaxed, String> {
    let hir = parse(regex)?;
    let (parts, is_begun, is_ended) = without_anchors(&hir);
    let mut relaxing = Relaxing { chain: Chain::default(), checks: Vec::new() };
    if !is_begun {
        relaxing.chain.push_run(ANYTHING);
    }
    relaxing.parts(parts, if is_ended { Follow::Stops(ByteSet::NONE) } else { Follow::Anything })?;
    if !is_ended {
        relaxing.chain.is_open = false;
        relaxing.chain.push_run(ANYTHING);
    }
    let Relaxing { mut chain, checks } = relaxing;
    chain.groups.resize(hir.properties().explicit_captures_len(), None);
    Ok(Relaxed { pattern: Pattern { pieces: chain.pieces }, groups: chain.groups, checks })
}

struct Relaxing {
    chain: Chain,
    checks: Vec<Check>,
}

/// How a part is read as one field.
struct Reading {
    class: Class,
    test: Option<Test>,
}

impl Relaxing {
    fn parts(&mut self, parts: &[Hir], behind: Follow) -> Result<(), String> {
        let mut at = 0;
        while let Some(part) = parts.get(at) {
            let follow = follow_of(&parts[at + 1..], behind);
            let has_groups = part.properties().explicit_captures_len() > 0;
            match part.kind() {
                HirKind::Empty => {}
                HirKind::Literal(literal) => self.chain.push_literal(&literal.0)?,
                HirKind::Class(_) => self.chain.push_run(run_of(part)?),
                HirKind::Repetition(_) if run_of(part).is_ok() => self.chain.push_run(run_of(part)?),
                HirKind::Capture(capture) => self.group(capture, follow)?,
                HirKind::Concat(inside) => self.parts(inside, follow)?,
                HirKind::Alternation(alternatives) if is_digits_or_dash(alternatives) => {
                    self.chain.is_open = false;
                    self.chain.push_field(Class::Digits);
                }
                HirKind::Alternation(alternatives) if has_groups => {
                    self.alternatives(alternatives, follow)?;
                }
                HirKind::Repetition(repetition) if has_groups => {
                    if (repetition.min, repetition.max, repetition.greedy) != (0, Some(1), true) {
                        return Err("it repeats a group".to_owned());
                    }
                    self.optional(&repetition.sub, follow)?;
                }
                HirKind::Repetition(_) | HirKind::Alternation(_) | HirKind::Look(_) => {
                    let joined = parts[at..].iter().skip(1).take_while(|part| is_joined(part)).count();
                    let end = at + 1 + joined;
                    let whole = Hir::concat(parts[at..end].to_vec());
                    let reading = read(&whole, follow_of(&parts[end..], behind))?;
                    self.push(reading, None);
                    at = end;
                    continue;
                }
            }
            at += 1;
        }
        Ok(())
    }

    fn group(&mut self, capture: &Capture, follow: Follow) -> Result<(), String> {
        let (first, piece) = (self.chain.fields, self.chain.pieces.len());
        self.chain.is_open = false;
        if capture.sub.properties().explicit_captures_len() > 0 {
            let checks = self.checks.len();
            self.parts(parts_of(&capture.sub), follow)?;
            let may_lack = self.chain.pieces[piece..].iter().any(|piece| matches!(piece, Piece::Optional(_)));
            if may_lack || self.checks[checks..].iter().any(|check| check.unless.is_some()) {
                return Err("a group of it holds a part that may be missing".to_owned());
            }
        } else {
            let reading = read(&capture.sub, follow)?;
            self.push(reading, None);
        }
        self.chain.close_group(capture, piece, first)
    }

    /// Alternatives that hold groups.
    fn alternatives(&mut self, alternatives: &[Hir], follow: Follow) -> Result<(), String> {
        let (literal, capture, is_first) = match alternatives {
            [literal, capture] if matches!(literal.kind(), HirKind::Literal(_)) => (literal, capture, true),
            [capture, literal] if matches!(literal.kind(), HirKind::Literal(_)) => (literal, capture, false),
            _ => return self.parts(parts_of(&alternatives[0]), follow),
        };
        let (HirKind::Literal(text), HirKind::Capture(capture)) = (literal.kind(), capture.kind()) else {
            return self.parts(parts_of(&alternatives[0]), follow);
        };
        if capture.sub.properties().explicit_captures_len() > 0 {
            return self.parts(parts_of(&alternatives[0]), follow);
        }
        let is_stopped = match follow {
            Follow::Stops(stops) => text.0.iter().all(|byte| !stops.contains(*byte)),
            Follow::Anything => true,
            Follow::Unknown => false,
        };
        if !is_stopped {
            return Err("it has alternatives that nothing delimits".to_owned());
        }
        // The text is the field's, if the field comes first and may be this text.
        let is_lacking =
            is_first || !Language::new(&capture.sub, Later::Unknown)?.ends_at(&text.0, 0, text.0.len());
        let reading = match (run_of(&capture.sub), follow) {
            (Ok(run), Follow::Stops(stops)) if !is_stopped_by(&run, &stops) => {
                return Err("it has alternatives that nothing delimits".to_owned());
            }
            (Ok(run), Follow::Stops(_)) if run.holds(&text.0) => read(&capture.sub, follow)?,
            _ => read(&Hir::alternation(alternatives.to_vec()), follow)?,
        };
        if matches!(reading.test, Some(Test::Quoted(_))) {
            return Err("it has alternatives, of which one is quoted".to_owned());
        }
        let (first, piece) = (self.chain.fields, self.chain.pieces.len());
        self.push(reading, is_lacking.then(|| text.0.clone()));
        self.chain.close_group(capture, piece, first)
    }

    /// A part that may be left out, and holds groups.
    fn optional(&mut self, part: &Hir, follow: Follow) -> Result<(), String> {
        let (lead, inside, tail) = match parts_of(part) {
            [lead, inside] => (lead, inside, None),
            [lead, inside, tail] => (lead, inside, Some(tail)),
            parts => return self.parts(parts, follow),
        };
        let literal = |part: &Hir| match part.kind() {
            HirKind::Literal(literal) if !literal.0.contains(&b'\n') => Some(literal.0.clone()),
            _ => None,
        };
        let capture = match inside.kind() {
            HirKind::Capture(capture) if capture.sub.properties().explicit_captures_len() == 0 => capture,
            _ => return self.parts(parts_of(part), follow),
        };
        let (Some(lead), Some(tail)) = (literal(lead), tail.map_or(Some(Box::default()), literal)) else {
            return self.parts(parts_of(part), follow);
        };
        let inside_follow =
            tail.first().map_or(follow, |byte| Follow::Stops(ByteSet::of_ranges([(*byte, *byte)])));
        let reading = read(&capture.sub, inside_follow)?;
        // Whether the part is there must not depend on what is checked later.
        let is_bounded = match (&reading.test, inside_follow) {
            (None, _) => true,
            (Some(Test::Delimited(_)), Follow::Stops(stops)) => bytes_of(&capture.sub).is_disjoint(&stops),
            _ => false,
        };
        if !is_bounded {
            return Err("it has an optional part that nothing delimits".to_owned());
        }
        let (first, piece) = (self.chain.fields, self.chain.pieces.len());
        self.push(reading, None);
        if let Some(Piece::Field(field)) = self.chain.pieces.pop() {
            self.chain.pieces.push(Piece::Optional(Optional { lead, field, tail }));
        }
        self.chain.close_group(capture, piece, first)
    }

    fn push(&mut self, reading: Reading, unless: Option<Box<[u8]>>) {
        self.chain.is_open = false;
        let quote = matches!(reading.test, Some(Test::Quoted(_))).then(|| Piece::Literal(Box::new(*b"\"")));
        self.chain.pieces.extend(quote.clone());
        if unless.is_some() || reading.test.is_some() {
            self.checks.push(Check { field: self.chain.fields, unless, test: reading.test });
        }
        self.chain.push_field(reading.class);
        self.chain.pieces.extend(quote);
    }
}

/// How a part without groups is read as one field.
fn read(part: &Hir, follow: Follow) -> Result<Reading, String> {
    if let Ok(run) = run_of(part) {
        return Ok(Reading { class: Class::Run(run), test: None });
    }
    let looks = part.properties().look_set();
    if looks.iter().any(|look| !matches!(look, Look::WordAscii | Look::WordAsciiNegate)) {
        return Err("it looks around".to_owned());
    }
    let run = |set: ByteSet| Run {
        set,
        least: part.properties().minimum_len().and_then(|least| u16::try_from(least).ok()).unwrap_or(0),
        most: None,
        preference: Preference::Longest,
    };
    match follow {
        Follow::Unknown => Err("it has a part that nothing delimits".to_owned()),
        Follow::Anything => {
            Ok(Reading { class: Class::Run(run(ByteSet::ALL)), test: Some(Test::Cut(Preferred::new(part)?)) })
        }
        Follow::Stops(stops) => {
            let later = if bytes_of(part).is_disjoint(&stops) { Later::Impossible } else { Later::Unknown };
            let language = Language::new(part, later)?;
            let (class, test) = if language.is_quoted() {
                (Class::Quoted, Test::Quoted(language))
            } else {
                (Class::Run(run(stops.complement())), Test::Delimited(language))
            };
            Ok(Reading { class, test: Some(test) })
        }
    }
}

/// Whether a run ends at the first of these bytes, or tries that first.
fn is_stopped_by(run: &Run, stops: &ByteSet) -> bool {
    run.preference == Preference::Shortest || run.set.is_disjoint(stops)
}

/// What can follow when these parts and then `behind` do.
fn follow_of(parts: &[Hir], behind: Follow) -> Follow {
    let (mut ranges, mut may_be_empty) = (ByteSet::NONE, true);
    for part in parts {
        let (first, is_empty) = first_of(part);
        ranges = ranges.union(&first);
        may_be_empty = is_empty;
        if !may_be_empty {
            break;
        }
    }
    match behind {
        Follow::Stops(stops) if may_be_empty => ranges = ranges.union(&stops),
        Follow::Anything | Follow::Unknown if may_be_empty => {
            let is_last = parts.iter().all(|part| matches!(part.kind(), HirKind::Empty));
            return if is_last { behind } else { Follow::Unknown };
        }
        _ => {}
    }
    if ranges.len() > MOST_STOPS { Follow::Unknown } else { Follow::Stops(ranges) }
}

/// Whether a part is read together with the one before it, which is no chain.
fn is_joined(part: &Hir) -> bool {
    if part.properties().explicit_captures_len() > 0 || matches!(part.kind(), HirKind::Literal(_)) {
        return false;
    }
    let (first, may_be_empty) = first_of(part);
    may_be_empty || first.len() > MOST_STOPS
}

fn parts_of(hir: &Hir) -> &[Hir] {
    match hir.kind() {
        HirKind::Concat(parts) => parts,
        _ => std::slice::from_ref(hir),
    }
}
