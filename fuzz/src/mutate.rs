//! Inputs that are nearly right: known texts, changed a little.

/// Longer inputs say nothing new.
const MOST_BYTES: usize = 2048;

/// Parts that formats, configurations and lines are made of.
const TOKENS: &[&str] = &[
    "\"",
    "'",
    "\\",
    "[",
    "]",
    "{",
    "}",
    "(",
    ")",
    "<",
    ">",
    "$",
    "${",
    "%",
    "%{",
    "%%",
    "|",
    ",",
    ";",
    ":",
    "=",
    " ",
    "  ",
    "\t",
    "\r",
    "\n",
    "-",
    "-1",
    "0",
    "1.5",
    "999999999999999999999",
    "\u{0}",
    "\u{feff}",
    "é",
    "\\x22",
    "\\u12",
    "\\n",
    "(?",
    ")?",
    "(?:",
    "(?P<a>",
    ".*?",
    "[^ ]+",
    "{1,9}",
    "$status",
    "${request}",
    "%>s",
    "%{Referer}i",
    "%{%s}t",
    "<_>",
    "<status:number>",
    "%{IP:a}",
    "%{NUMBER:b:float}",
    "~h{, }",
    "#Fields: date",
    "#fields\tts",
    "null",
    "true",
    "[[",
    "]]",
    "[a]",
    "a = 1",
    "\"\"\"",
    "regex:",
    "syslog:",
    "json:{a=b.c}",
    "21/Nov/2026:10:15:32 +0000",
    "2026-11-21T10:15:32Z",
    "GET / HTTP/1.1",
    "192.0.2.7",
    "[::1]:80",
    "<34>",
    "MESSAGE=",
    "CEF:0|a|b|c|d|e|f|",
    "size(a) > 1 && b in [1]",
    "==",
    "&&",
    ".matches('a')",
];

/// Draws inputs from known texts.
#[derive(Debug)]
pub struct Mutator<'a> {
    random: fastrand::Rng,
    seeds: &'a [Vec<u8>],
}

impl<'a> Mutator<'a> {
    /// `seeds` are the known texts, at least one.
    pub fn new(seed: u64, seeds: &'a [Vec<u8>]) -> Mutator<'a> {
        assert!(!seeds.is_empty(), "a target has known texts");
        Mutator { random: fastrand::Rng::with_seed(seed), seeds }
    }

    /// A known text after one to six changes.
    pub fn next_input(&mut self) -> Vec<u8> {
        let mut input = self.seed().to_vec();
        for _ in 0..self.random.usize(1..=6) {
            self.change(&mut input);
            input.truncate(MOST_BYTES);
        }
        input
    }

    fn seed(&mut self) -> &'a [u8] {
        &self.seeds[self.random.usize(..self.seeds.len())]
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let at = self.random.usize(..=input.len());
        let end = (at + self.random.usize(..16)).min(input.len());
        match self.random.u8(..8) {
            0 if at < input.len() => input[at] ^= 1 << self.random.u8(..8),
            1 if at < input.len() => input[at] = self.random.u8(..),
            2 => drop(input.drain(at..end)),
            3 => {
                let part = input[at..end].to_vec();
                insert(input, at, &part.repeat(self.random.usize(1..40)));
            }
            4 => {
                let other = self.seed();
                let from = self.random.usize(..=other.len());
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
            5 => input.truncate(at),
            _ => {
                let token = TOKENS[self.random.usize(..TOKENS.len())];
                insert(input, at, token.as_bytes());
            }
        }
    }
}

fn insert(input: &mut Vec<u8>, at: usize, part: &[u8]) {
    input.splice(at..at, part.iter().copied());
}
