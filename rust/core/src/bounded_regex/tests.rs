use regex_automata::hybrid;
use regex_automata::nfa::thompson::State;
use regex_automata::util::primitives::StateID;

use super::{
    BoundedRegex, DFA_LIMIT_BYTES, Direction, GROUPS_BYTES, Input, LAZY_LIMIT_BYTES, MatchKind, NFA, Scratch,
    nfa,
};

const TEXT_BYTES: usize = 64 << 10;
/// States that are built while a text is read for the first time, each in about a microsecond: in a
/// table of [`DFA_LIMIT_BYTES`] one takes at least 16 bytes.
const MOST_STATES_BUILT: usize = DFA_LIMIT_BYTES / 16;
/// States that an engine which keeps all of them alive may visit for a byte, on average. It takes about
/// two nanoseconds for each, so that the first [`GROUPS_BYTES`] take it 8 ms.
const MOST_STATES_PER_BYTE: usize = 500;

/// A hundred regexes that cost some engine much: nested and stacked repetitions, large counts, many
/// alternatives, states that multiply, look-around at every byte.
fn hostile() -> Vec<String> {
    let mut regexes: Vec<String> = [
        "(a{1000}){1000}",
        "(x+x+)+y",
        "(a+)+b",
        "(a*)*b",
        "(a|a)*b",
        "(a|aa)+$",
        "(.*)*x",
        "(.*a){25}b",
        "([ab]*a){30}c",
        ".*.*.*.*=.*x",
        "(\\w+\\s?)+!",
        "^(([a-z])+.)+[A-Z]([a-z])+$",
        "(a?){60}a{60}b",
        "((a{0,30}){0,30}){0,30}",
        "[01]*1[01]{12}x",
        "[01]*1[01]{200}x",
        "[ab]*a[ab]{15}c",
        "(?:a|b)*a(?:a|b){90}$",
        "(?s)^.*a.{40}b.{40}c$",
        "\\b(\\w+\\b.){40}z",
        "(\\bx?){50}y",
        "(^|a)+b",
        "(a|$)+b",
        "(?:(?:(?:a*)*)*)*b",
        "(ab|a|b){100}c",
        "(.{1,100}){1,100}",
        "a{0,1000}",
        "[^x]{500}y",
        "(a.{20}|b.{20}|ab)c",
        "(?i)(a|b|ab){50}z",
    ]
    .map(str::to_owned)
    .to_vec();
    for i in 1..=35 {
        regexes.push(format!("[ab]*a[ab]{{{i}}}c"));
        regexes.push(format!("(?:a{{1,{}}}b?){{1,{i}}}c", 3 * i));
    }
    regexes
}

fn texts() -> Vec<Vec<u8>> {
    let mut random = fastrand::Rng::with_seed(7);
    let mut of = |alphabet: &[u8]| -> Vec<u8> {
        (0..TEXT_BYTES).map(|_| alphabet[random.usize(..alphabet.len())]).collect()
    };
    vec![
        vec![b'a'; TEXT_BYTES],
        of(b"ab"),
        of(b"01"),
        of(b"ax"),
        of(b"ab c=!"),
        of(b"abcdefghijklmnopqrstuvwxyz /0189_-."),
    ]
}

/// Ten milliseconds for 64 KiB, as two bounds that do not depend on the machine: finding out whether
/// a text matches costs a look-up a byte, and groups are looked for in few states of a short text.
#[test]
fn hostile_regexes_are_refused_or_quick() {
    let regexes = hostile();
    assert_eq!(regexes.len(), 100);
    let texts = texts();
    let (mut refused, mut most_states) = (0, (0, String::new()));
    for regex in regexes {
        let Ok(compiled) = BoundedRegex::compile(&regex) else {
            refused += 1;
            continue;
        };
        let forward = nfa(compiled.hir(), Direction::Forward).expect("a regex that was taken");
        let mut scratch = Scratch::default();
        for text in &texts {
            let built = states_built(&forward, text);
            assert!(built <= MOST_STATES_BUILT, "{regex}: {built} states are built");
            most_states = most_states.max((states_per_byte(&forward, text), regex.clone()));
            compiled.is_match(&mut scratch, text);
            compiled.captures(&mut scratch, text);
            assert!(scratch.held_bytes() < 16 << 20, "{regex}: {} bytes", scratch.held_bytes());
        }
    }
    println!("{refused} refused, the most states: {most_states:?}");
    assert!(most_states.0 <= MOST_STATES_PER_BYTE, "{most_states:?}");
    assert!((10..90).contains(&refused), "{refused}");
}

/// How many states of the deterministic automaton are built to read `text` to its end. Each byte
/// costs one look-up beside that, unless states are forgotten and built again.
fn states_built(nfa: &NFA, text: &[u8]) -> usize {
    let config = hybrid::dfa::DFA::config()
        .match_kind(MatchKind::LeftmostFirst)
        .cache_capacity(LAZY_LIMIT_BYTES)
        .skip_cache_capacity_check(true);
    let dfa =
        hybrid::dfa::Builder::new().configure(config).build_from_nfa(nfa.clone()).expect("a small automaton");
    let mut cache = dfa.create_cache();
    let mut known = std::collections::HashSet::new();
    let mut state = dfa.start_state_forward(&mut cache, &Input::new(text)).expect("no Unicode look-around");
    for &byte in text {
        state = dfa.next_state(&mut cache, state, byte).expect("room for all states");
        known.insert(state);
    }
    assert_eq!(cache.clear_count(), 0);
    known.len()
}

/// How many states of the other automaton are visited for each of the first [`GROUPS_BYTES`], on
/// average, by a search for the leftmost match that keeps its states in the order of preference
/// (Pike's); look-around is taken to hold.
fn states_per_byte(nfa: &NFA, text: &[u8]) -> usize {
    let text = &text[..GROUPS_BYTES];
    let (mut visited, mut has_match) = (0_usize, false);
    let mut seen = vec![usize::MAX; nfa.states().len()];
    // The most preferred one last.
    let mut reached = vec![nfa.start_anchored()];
    for (at, &byte) in text.iter().enumerate() {
        let mut next: Vec<StateID> = Vec::new();
        while let Some(id) = reached.pop() {
            if std::mem::replace(&mut seen[id], at) == at {
                continue;
            }
            visited += 1;
            match nfa.state(id) {
                State::ByteRange { trans } => next.extend(trans.matches_byte(byte).then_some(trans.next)),
                State::Sparse(transitions) => next.extend(transitions.matches_byte(byte)),
                State::Dense(transitions) => next.extend(transitions.matches_byte(byte)),
                State::Look { next, .. } | State::Capture { next, .. } => reached.push(*next),
                State::Union { alternates } => reached.extend(alternates.iter().rev()),
                State::BinaryUnion { alt1, alt2 } => reached.extend([*alt2, *alt1]),
                State::Fail => {}
                State::Match { .. } => {
                    has_match = true;
                    reached.clear();
                }
            }
        }
        if !has_match {
            next.push(nfa.start_anchored());
        }
        next.reverse();
        reached = next;
    }
    visited.div_ceil(text.len())
}

#[test]
fn usual_regexes_are_taken() {
    for regex in [
        "_product_",
        "^/queuemetrics/([a-z0-9]+)/",
        "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        "(?i)\\.(?:css|js|png|jpe?g|gif|svg|ico|woff2?|ttf|map|webp|avif|mp4|webm|pdf|zip|gz|xml|txt|json)$",
        "^/(?:[a-z]{2}(?:-[A-Z]{2})?/)?(?:products?|articles?|categor(?:y|ies))/[^/]+/(?:reviews|images)/[0-9]+",
        "\\b(?:bot|crawler|spider|slurp|facebookexternalhit|bingpreview|headlesschrome|lighthouse|pingdom)\\b",
        "/[0-9]{4}-[0-9]{2}-[0-9]{2}/.*/[0-9]{1,10}(?:\\?.*)?$",
        "^(\\d{1,3}\\.){3}\\d{1,3}$",
    ] {
        assert!(BoundedRegex::compile(regex).is_ok(), "{regex}");
    }
}

#[test]
fn mistakes_have_their_place() {
    for (regex, at) in [("a(b", 1..2), ("a[z-b]", 2..5), ("x**(", 3..4), ("a\\p{L}", 1..6)] {
        assert_eq!(BoundedRegex::compile(regex).unwrap_err().span, at, "{regex}");
    }
}
