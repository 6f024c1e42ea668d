//! Regexes of the configuration, whose cost on any text is bounded when they are compiled.
//!
//! The engine is linear in the text, but its factor is not: a regex such as `[ab]*a[ab]{500}` keeps
//! 500 states alive at every byte. A regex is taken if it is known to become a small deterministic
//! automaton (forwards, and backwards to find where a match begins), which costs a table look-up a
//! byte. Any other is refused. Groups cost more, so they are looked for in [`GROUPS_BYTES`] only.

use std::ops::Range;
use std::sync::OnceLock;

use regex_automata::dfa::{StartKind, dense};
use regex_automata::meta::{self, Cache, Regex};
use regex_automata::nfa::thompson::{self, NFA, WhichCaptures};
use regex_automata::util::iter::Searcher;
use regex_automata::util::primitives::NonMaxUsize;
use regex_automata::{Input, Match, MatchKind, PatternID};
use regex_syntax::hir::Hir;

/// Groups are looked for in the first bytes of a text, as many as these; the request lines that
/// servers take are shorter.
pub const GROUPS_BYTES: usize = 8 << 10;
/// A regex could need more memory than this, in bytes: it is refused.
const NFA_LIMIT_BYTES: usize = 1 << 20;
/// Size in bytes of an automaton that counts as small.
const DFA_LIMIT_BYTES: usize = 128 << 10;
/// What building one may take, in bytes.
const DETERMINIZE_LIMIT_BYTES: usize = 512 << 10;
/// Memory for the states of a lazily built automaton, in bytes; all of a small one fit.
const LAZY_LIMIT_BYTES: usize = 2 << 20;
/// Brackets in brackets.
const NEST_LIMIT: u32 = 50;

/// A compiled regex over bytes: without Unicode classes, `.` is any byte but a line feed.
#[derive(Debug, Clone)]
pub struct BoundedRegex {
    hir: Hir,
    /// Made when first needed: most rules of a category are only parts of its automaton.
    regex: OnceLock<Regex>,
}

/// What is wrong with a regex.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegexError {
    /// In one sentence without a full stop.
    pub message: String,
    /// How to mend it, where that is known.
    pub hint: Option<String>,
    /// The bytes of the regex that are meant.
    pub span: Range<usize>,
}

/// What one regex writes while it searches; of one thread, made when first needed.
#[derive(Debug, Default)]
pub struct Scratch(Option<Searching>);

#[derive(Debug)]
struct Searching {
    cache: Cache,
    slots: Vec<Option<NonMaxUsize>>,
}

/// Where a match and its groups lie in the text.
#[derive(Debug, Clone, Copy)]
pub struct Groups<'a>(&'a [Option<NonMaxUsize>]);

impl Groups<'_> {
    /// The bytes of group `group` (0 is the whole match), if it took part.
    pub fn get(&self, group: usize) -> Option<Range<usize>> {
        let bound = |slot: usize| self.0.get(slot).copied().flatten().map(NonMaxUsize::get);
        Some(bound(2 * group)?..bound(2 * group + 1)?)
    }
}

impl BoundedRegex {
    /// Compiles `regex`.
    ///
    /// # Errors
    /// A mistake of syntax with its place, or a regex whose cost could be too high.
    pub fn compile(regex: &str) -> Result<BoundedRegex, RegexError> {
        let hir = parse(regex)?;
        let whole = || 0..regex.len();
        let too_large = || RegexError {
            message: "the regex is too large".to_owned(),
            hint: Some("make the counts of its repetitions smaller".to_owned()),
            span: whole(),
        };
        let forward = nfa(&hir, Direction::Forward).map_err(|_| too_large())?;
        let is_bounded =
            is_small(&forward) && nfa(&hir, Direction::Backward).is_ok_and(|backward| is_small(&backward));
        if !is_bounded {
            return Err(RegexError {
                message: "the regex could take too long on a hostile text".to_owned(),
                hint: Some(
                    "replace counted repetitions such as {100} by + or *, or split it into several"
                        .to_owned(),
                ),
                span: whole(),
            });
        }
        Ok(BoundedRegex { hir, regex: OnceLock::new() })
    }

    fn regex(&self) -> &Regex {
        self.regex.get_or_init(|| {
            let config = meta::Config::new().utf8_empty(false).hybrid_cache_capacity(LAZY_LIMIT_BYTES);
            let built = meta::Builder::new().configure(config).build_from_hir(&self.hir);
            built.expect("its size was checked when it was compiled")
        })
    }

    /// The parsed regex, to be put together with others.
    pub fn hir(&self) -> &Hir {
        &self.hir
    }

    /// Whether it matches anywhere in `text`.
    pub fn is_match(&self, scratch: &mut Scratch, text: &[u8]) -> bool {
        let searching = scratch.of(self.regex());
        self.regex().search_half_with(&mut searching.cache, &Input::new(text).earliest(true)).is_some()
    }

    /// The first match in the first [`GROUPS_BYTES`] of `text` with its groups.
    pub fn captures<'s>(&self, scratch: &'s mut Scratch, text: &[u8]) -> Option<Groups<'s>> {
        let Searching { cache, slots } = scratch.of(self.regex());
        self.regex().search_slots_with(cache, &Input::new(head(text)), slots)?;
        Some(Groups(slots))
    }

    /// Hands the matches in the first [`GROUPS_BYTES`] of `text` that do not overlap to `take`, at most
    /// `limit` of them, in order: where, and the groups.
    pub fn for_each(
        &self,
        scratch: &mut Scratch,
        text: &[u8],
        limit: usize,
        mut take: impl FnMut(Range<usize>, Groups<'_>),
    ) {
        let Searching { cache, slots } = scratch.of(self.regex());
        let mut searcher = Searcher::new(Input::new(head(text)));
        for _ in 0..limit {
            let found = searcher.advance(|input| {
                let pattern = self.regex().search_slots_with(cache, input, slots);
                Ok(pattern.and_then(|pattern| Some(Match::new(pattern, Groups(slots).get(0)?))))
            });
            let Some(found) = found else { return };
            take(found.range(), Groups(slots));
        }
    }

    /// Groups, the whole match (0) included.
    pub fn group_count(&self) -> usize {
        self.regex().group_info().group_len(PatternID::ZERO)
    }

    /// The number of the group `name`.
    pub fn group(&self, name: &str) -> Option<usize> {
        self.regex().group_info().to_index(PatternID::ZERO, name)
    }
}

impl Scratch {
    fn of(&mut self, regex: &Regex) -> &mut Searching {
        self.0.get_or_insert_with(|| Searching {
            cache: regex.create_cache(),
            slots: vec![None; 2 * regex.group_info().group_len(PatternID::ZERO)],
        })
    }

    /// About how much memory it takes, in bytes.
    pub fn held_bytes(&self) -> usize {
        self.0.as_ref().map_or(0, |searching| searching.cache.memory_usage())
    }
}

fn head(text: &[u8]) -> &[u8] {
    &text[..text.len().min(GROUPS_BYTES)]
}

fn parse(regex: &str) -> Result<Hir, RegexError> {
    let mut parser = regex_syntax::ParserBuilder::new();
    let parser = parser.unicode(false).utf8(false).nest_limit(NEST_LIMIT);
    parser.build().parse(regex).map_err(|error| {
        let (message, span) = match &error {
            regex_syntax::Error::Parse(error) => (error.kind().to_string(), error.span()),
            regex_syntax::Error::Translate(error) => (error.kind().to_string(), error.span()),
            error => return RegexError { message: error.to_string(), hint: None, span: 0..regex.len() },
        };
        let message = format!("the regex cannot be read: {}", message.trim_end_matches('.'));
        RegexError { message, hint: None, span: span.start.offset..span.end.offset }
    })
}

/// Which way an automaton reads.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Forward,
    Backward,
}

fn nfa(hir: &Hir, direction: Direction) -> Result<NFA, Box<thompson::BuildError>> {
    let config = NFA::config()
        .utf8(false)
        .reverse(direction == Direction::Backward)
        .which_captures(WhichCaptures::None)
        .nfa_size_limit(Some(NFA_LIMIT_BYTES));
    NFA::compiler().configure(config).build_from_hir(hir).map_err(Box::new)
}

/// Whether the automaton that searches for `nfa` is small.
fn is_small(nfa: &NFA) -> bool {
    let kind = if nfa.is_reverse() { MatchKind::All } else { MatchKind::LeftmostFirst };
    let start = if nfa.is_reverse() { StartKind::Anchored } else { StartKind::Unanchored };
    let config = dense::Config::new()
        .match_kind(kind)
        .start_kind(start)
        .dfa_size_limit(Some(DFA_LIMIT_BYTES))
        .determinize_size_limit(Some(DETERMINIZE_LIMIT_BYTES));
    dense::Builder::new().configure(config).build_from_nfa(nfa).is_ok()
}

#[cfg(test)]
mod tests;
