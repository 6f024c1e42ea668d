//! The texts that a part of a regex matches, as an automaton that knows its ends.

use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::nfa::thompson::{Compiler, Config, NFA, WhichCaptures};
use regex_automata::util::primitives::StateID;
use regex_automata::{Anchored, Input, MatchKind};
use regex_syntax::hir::{Hir, HirKind, Repetition};

/// An automaton over more states than this takes too long to make; a smaller language is taken.
const MOST_STATES: usize = 4000;
/// What one may take, in bytes.
const MOST_BYTES: usize = 1 << 20;
/// To this many times repetitions are cut for a smaller language.
const FEW_TIMES: u32 = 8;

/// Whether a text of the language can reach beyond the byte behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Later {
    /// No text holds that byte.
    Impossible,
    /// The automaton has to tell.
    Unknown,
}

/// The texts of a part; of a very large one perhaps not all.
#[derive(Debug)]
pub struct Language {
    /// Finds every end.
    dfa: dense::DFA<Vec<u32>>,
    later: Later,
}

/// The text that a regex prefers of those that a part matches.
#[derive(Debug)]
pub struct Preferred(dense::DFA<Vec<u32>>);

const TOO_LARGE: &str = "a part of it is too large";

fn nfa_of(part: &Hir) -> Result<NFA, String> {
    let config = Config::new().utf8(false).which_captures(WhichCaptures::None);
    let nfa = Compiler::new().configure(config.nfa_size_limit(Some(MOST_BYTES))).build_from_hir(part);
    nfa.map_err(|_| TOO_LARGE.to_owned())
}

fn dfa_of(nfa: &NFA, kind: MatchKind) -> Result<dense::DFA<Vec<u32>>, String> {
    let config = dense::Config::new().start_kind(StartKind::Anchored).match_kind(kind);
    let config = config.dfa_size_limit(Some(MOST_BYTES)).determinize_size_limit(Some(MOST_BYTES));
    dense::Builder::new().configure(config).build_from_nfa(nfa).map_err(|_| TOO_LARGE.to_owned())
}

impl Preferred {
    /// Of a part without groups whose tests of its surroundings are of word borders.
    ///
    /// # Errors
    /// In words, when it is too large.
    pub fn new(part: &Hir) -> Result<Preferred, String> {
        dfa_of(&nfa_of(part)?, MatchKind::LeftmostFirst).map(Preferred)
    }

    /// Where the text from `start` on ends, if there is one.
    pub fn end(&self, line: &[u8], start: usize) -> Option<usize> {
        let input = Input::new(line).range(start..).anchored(Anchored::Yes);
        Some(self.0.try_search_fwd(&input).ok()??.offset())
    }
}

impl Language {
    /// The language of a part without groups whose tests of its surroundings are of word borders.
    ///
    /// # Errors
    /// In words, when it is too large.
    pub fn new(part: &Hir, later: Later) -> Result<Language, String> {
        let mut nfa = nfa_of(part)?;
        if nfa.states().len() > MOST_STATES {
            // What the smaller language lacks is read by the regex; but that a text cannot go on has to be
            // known of the whole one.
            if later == Later::Unknown {
                return Err(TOO_LARGE.to_owned());
            }
            nfa = nfa_of(&fewer(part))?;
        }
        Ok(Language { dfa: dfa_of(&nfa, MatchKind::All)?, later })
    }

    /// Whether a text of the language lies from `start` to `end` of the line, and none from there reaches further.
    pub fn ends_at(&self, line: &[u8], start: usize, end: usize) -> bool {
        let Some(mut state) = self.start(line, start) else { return false };
        for &byte in &line[start..end] {
            state = self.dfa.next_state(state, byte);
        }
        // An automaton tells a match one byte later.
        let Some((&behind, rest)) = line[end..].split_first() else {
            return self.dfa.is_match_state(self.dfa.next_eoi_state(state));
        };
        let state = self.dfa.next_state(state, behind);
        if !self.dfa.is_match_state(state) {
            return false;
        }
        match (self.later, rest.first()) {
            (Later::Impossible, _) => true,
            (Later::Unknown, Some(&byte)) => self.dfa.is_dead_state(self.dfa.next_state(state, byte)),
            (Later::Unknown, None) => !self.dfa.is_match_state(self.dfa.next_eoi_state(state)),
        }
    }

    /// Whether the language has no text from `start` on that ends before `end`.
    pub fn ends_nowhere_before(&self, line: &[u8], start: usize, end: usize) -> bool {
        let Some(mut state) = self.start(line, start) else { return false };
        for &byte in &line[start..end] {
            state = self.dfa.next_state(state, byte);
            if self.dfa.is_match_state(state) {
                return false;
            }
        }
        true
    }

    /// Whether its texts are quoted ones, with quotes inside behind backslashes.
    pub fn is_quoted(&self) -> bool {
        const QUOTED: &[u8] = br#""a \" b" "#;
        let end = QUOTED.len() - 1;
        self.ends_at(QUOTED, 0, end) && self.ends_nowhere_before(QUOTED, 0, end)
    }

    fn start(&self, line: &[u8], start: usize) -> Option<StateID> {
        let input = Input::new(line).range(start..).anchored(Anchored::Yes);
        self.dfa.start_state_forward(&input).ok()
    }
}

/// The same part, its bounded repetitions cut: all its texts are texts of the part.
fn fewer(part: &Hir) -> Hir {
    let all = |parts: &[Hir]| parts.iter().map(fewer).collect();
    match part.kind() {
        HirKind::Repetition(repetition) => Hir::repetition(Repetition {
            max: repetition.max.map(|most| most.min(FEW_TIMES.max(repetition.min))),
            sub: Box::new(fewer(&repetition.sub)),
            ..repetition.clone()
        }),
        HirKind::Capture(capture) => fewer(&capture.sub),
        HirKind::Concat(parts) => Hir::concat(all(parts)),
        HirKind::Alternation(parts) => Hir::alternation(all(parts)),
        _ => part.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::lower::parse;

    fn language(regex: &str, later: Later) -> Language {
        Language::new(&parse(regex).unwrap(), later).unwrap()
    }

    #[test]
    fn a_text_ends_where_no_other_goes_on() {
        let host = language(r"[a-z]+(?:\.[a-z]+)*", Later::Unknown);
        assert!(host.ends_at(b"a.b c", 0, 3));
        assert!(!host.ends_at(b"a.b c", 0, 1), "a longer one may be meant");
        assert!(!host.ends_at(b"a.. c", 0, 3));
        assert!(host.ends_at(b"x a.b", 2, 5));
        let zoned = language("a(?:%.+)?", Later::Unknown);
        assert!(zoned.ends_at(b"a b", 0, 1));
        assert!(!zoned.ends_at(b"a%x y", 0, 3));
    }

    #[test]
    fn borders_of_words_see_what_is_around() {
        let word = language(r"\b\w+\b", Later::Impossible);
        assert!(word.ends_at(b"\"GET x", 1, 4));
        assert!(!word.ends_at(b"_GET x", 1, 4));
    }

    #[test]
    fn the_preferred_end_is_the_first_alternatives() {
        let preferred = |regex: &str| Preferred::new(&parse(regex).unwrap()).unwrap();
        assert_eq!(preferred("-|[0-9]+?|x*").end(b"123", 0), Some(1));
        assert_eq!(preferred("[0-9]+").end(b"a123 b", 1), Some(4));
        assert_eq!(preferred("[0-9]+").end(b"a123 b", 0), None);
    }

    #[test]
    fn a_large_part_is_a_smaller_language() {
        let large = r"[a-z]{1,64}(?:\.[a-z]{1,62}){0,63}@x";
        assert!(language(large, Later::Impossible).ends_at(b"ab.cd@x ", 0, 7));
        assert!(Language::new(&parse(large).unwrap(), Later::Unknown).is_err());
    }

    #[test]
    fn quoted_texts_are_known() {
        assert!(language(r#"(?:"(?:\\.|[^\\"]+)+"|'[^']*')"#, Later::Unknown).is_quoted());
        assert!(!language(r#"".*""#, Later::Unknown).is_quoted());
        assert!(!language("[^ ]+", Later::Unknown).is_quoted());
    }
}
