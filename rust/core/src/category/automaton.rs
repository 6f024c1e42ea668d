//! All tests of a category as one automaton that reads the text once.

use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::{NFA, WhichCaptures};
use regex_automata::{Anchored, Input, MatchKind, PatternSet};
use regex_syntax::hir::{Dot, Hir, Look, Repetition};

use super::rule::Rule;

/// Memory for the automaton's states, in bytes; it begins anew when that is full.
const STATES_BYTES: usize = 8 << 20;
/// How often it may begin anew before its use is looked at.
const FREE_RESTARTS: usize = 4;
/// Bytes that have to be read for a state that is built: with less the rules are tested one by one.
const LEAST_BYTES_PER_STATE: usize = 8;

/// What is asked of the automaton.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    /// The first rule whose tests hold.
    First,
    /// All of them, since conditions decide further.
    All,
}

/// A lazily built deterministic automaton.
#[derive(Debug)]
pub struct Automaton {
    dfa: DFA,
    question: Question,
    /// Rule of each pattern, ascending.
    rules: Vec<u32>,
}

/// What the automaton writes; one per thread.
#[derive(Debug)]
pub struct Scratch {
    cache: Cache,
    patterns: PatternSet,
}

/// The automaton would have to build states faster than it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GaveUp;

impl Automaton {
    /// The automaton of all tests of `rules`; `None` if there are none, or if they are too large
    /// together.
    pub fn new(rules: &[Rule]) -> Option<Automaton> {
        let question =
            if rules.iter().any(|rule| rule.when.is_some()) { Question::All } else { Question::First };
        let (mut patterns, mut owners) = (Vec::new(), Vec::new());
        for (number, rule) in (0u32..).zip(rules) {
            for test in &rule.tests {
                let hir = test.hir();
                patterns.push(if question == Question::First { from_the_beginning(hir) } else { hir });
                owners.push(number);
            }
        }
        if patterns.is_empty() {
            return None;
        }
        let config = NFA::config().utf8(false).which_captures(WhichCaptures::None);
        let nfa = NFA::compiler().configure(config).build_many_from_hir(&patterns).ok()?;
        let kind = if question == Question::First { MatchKind::LeftmostFirst } else { MatchKind::All };
        let config = DFA::config()
            .match_kind(kind)
            .cache_capacity(STATES_BYTES)
            .skip_cache_capacity_check(true)
            .minimum_cache_clear_count(Some(FREE_RESTARTS))
            .minimum_bytes_per_state(Some(LEAST_BYTES_PER_STATE));
        let dfa = DFA::builder().configure(config).build_from_nfa(nfa).ok()?;
        Some(Automaton { dfa, question, rules: owners })
    }

    /// Fresh scratch.
    pub fn scratch(&self) -> Scratch {
        Scratch { cache: self.dfa.create_cache(), patterns: PatternSet::new(self.rules.len()) }
    }

    /// Hands the rules whose tests hold for `text` to `take`, in order, until it answers that it has
    /// enough.
    ///
    /// # Errors
    /// When nothing was found out; `take` was not called then.
    #[inline]
    pub fn matching(
        &self,
        scratch: &mut Scratch,
        text: &[u8],
        mut take: impl FnMut(u32) -> bool,
    ) -> Result<(), GaveUp> {
        let Scratch { cache, patterns } = scratch;
        match self.question {
            Question::First => {
                let input = Input::new(text).anchored(Anchored::Yes);
                let found = self.dfa.try_search_fwd(cache, &input).map_err(|_| GaveUp)?;
                if let Some(found) = found {
                    take(self.rules[found.pattern().as_usize()]);
                }
            }
            Question::All => {
                patterns.clear();
                let input = Input::new(text);
                self.dfa.try_which_overlapping_matches(cache, &input, patterns).map_err(|_| GaveUp)?;
                let mut last = None;
                for pattern in patterns.iter() {
                    let rule = self.rules[pattern.as_usize()];
                    if last != Some(rule) && take(rule) {
                        break;
                    }
                    last = Some(rule);
                }
            }
        }
        Ok(())
    }
}

impl Scratch {
    /// About how much memory it takes, in bytes.
    pub fn held_bytes(&self) -> usize {
        self.cache.memory_usage()
    }
}

/// The pattern with anything before it. When all patterns begin at the text's beginning, the
/// preference of leftmost-first search is the order of the patterns alone; it gives the first that
/// matches anywhere.
fn from_the_beginning(hir: Hir) -> Hir {
    if hir.properties().look_set_prefix().contains(Look::Start) {
        return hir;
    }
    let anything = Repetition { min: 0, max: None, greedy: false, sub: Box::new(Hir::dot(Dot::AnyByte)) };
    Hir::concat(vec![Hir::repetition(anything), hir])
}
