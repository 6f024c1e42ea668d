//! Relaxed regexes against the regex engine: whether a line matches, and what every group holds.

use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::strategy::ValueTree;

use crate::format::lower::lower;
use crate::format::relax::relax;
use crate::format::{Format, RegexSpec, grok};
use crate::scan::regex::RegexReader;
use crate::scan::{Mismatch, Record, RecordSink, Scanner, Span};

/// The text of each group, or that a line does not match.
type Groups = Option<Vec<Vec<u8>>>;

/// What the scanner says of each line; of its slots the first so many are the groups'.
struct Lines(usize, Vec<Groups>);

impl RecordSink for Lines {
    fn record(&mut self, record: &Record<'_>) {
        let text = |span: &Span| span.of(record.line, record.scratch).to_vec();
        self.1.push(Some(record.spans[..self.0].iter().map(text).collect()));
    }

    fn reject(&mut self, _line: &[u8], _mismatch: &Mismatch) {
        self.1.push(None);
    }
}

fn by_engine(spec: &RegexSpec, line: &[u8]) -> Groups {
    let groups = spec.names.len();
    let places = (0..groups).map(|group| (group + 1, group)).collect();
    let reader = RegexReader::compile(&spec.pattern, places).unwrap();
    let mut spans = vec![Span::ABSENT; groups];
    let matches = reader.scan(&mut reader.scratch(), line, &mut spans);
    matches.then(|| spans.iter().map(|span| span.of(line, &[]).to_vec()).collect())
}

fn scanner(spec: &RegexSpec) -> Scanner {
    let names: Vec<&str> = spec.names.iter().map(String::as_str).collect();
    Scanner::compile(&Format::Regex(spec.clone()), &names).unwrap()
}

fn hold_equal(spec: &RegexSpec, lines: &[Vec<u8>]) {
    let scanner = scanner(spec);
    let mut block = Vec::new();
    for line in lines {
        block.extend_from_slice(line);
        block.push(b'\n');
    }
    let mut found = Lines(spec.names.len(), Vec::new());
    scanner.scan_block(&mut scanner.scratch(), &block, &mut found);
    for (line, found) in lines.iter().zip(found.1) {
        let line_shown = line.escape_ascii().to_string();
        assert_eq!(found, by_engine(spec, line), "{} on {line_shown:?}", spec.pattern);
    }
}

/// How many of the lines are read without the regex.
fn certified(spec: &RegexSpec, lines: &[&str]) -> usize {
    let scanner = scanner(spec);
    assert_eq!(scanner.why_regex(), None, "{}", spec.pattern);
    let mut scratch = scanner.scratch();
    let is_certified = |line: &&&str| {
        scratch.own.regex = None;
        scanner.scan_line(&mut scratch, line.as_bytes()).is_ok() && scratch.own.regex.is_none()
    };
    lines.iter().filter(is_certified).count()
}

/// Parts that are no chains; `C` marks a group.
fn part() -> impl Strategy<Value = String> {
    let part = prop::sample::select(
        [
            r"\b\w+\b",
            r"C\b\w+\b)",
            r"C(?:[a-z]+|[0-9]+)(?:\.[a-z0-9]+)*)",
            r"(?:a|ab|b)",
            r"C(?:a|ab|abc))",
            r"(?:-|C\d+))",
            r"(?:-|C.*?))",
            r"(?:C\S+)|-)",
            r"(?:-1|C(?:[+-]?[0-9]+)))",
            r"(?:CGET|POST) C\S+)|.*?)",
            r#"C"(?:\\.|[^\\"]+)+"|""|'[^']*')"#,
            r"(?: \[C\d+)\])?",
            r"(?: vC(?:[0-9]+|x)(?:\.[0-9]+)?))?",
            r"C.*?)",
            r"C\d+)",
            r"\S+",
            r".*?",
            r"C(?:\d+(?:\.\d+)?|-))",
            r"(?:Ca+) Cb+)|Cc+))",
            r"C\d{1,2}(?:,\d)*(?:%.+)?)",
        ]
        .map(str::to_owned)
        .to_vec(),
    );
    let text = prop::sample::select(
        [" ", "\"", r"\[", r"\]", ":", "-", " - ", "\" ", r"\.", "/", " +"].map(str::to_owned).to_vec(),
    );
    prop_oneof![3 => part, 3 => text]
}

/// A regex of some parts, its groups named.
fn regex() -> impl Strategy<Value = RegexSpec> {
    (any::<bool>(), prop::collection::vec(part(), 1..7), any::<bool>()).prop_filter_map(
        "a format has a field",
        |(start, parts, end)| {
            let mut regex = String::from(if start { "^" } else { "" });
            let mut groups = 0;
            for piece in parts.concat().split_inclusive('C') {
                match piece.strip_suffix('C') {
                    Some(text) => {
                        write!(regex, "{text}(?P<g{groups}>").expect("a string grows");
                        groups += 1;
                    }
                    None => regex += piece,
                }
            }
            regex += if end { "$" } else { "" };
            RegexSpec::new(&regex, None).ok()
        },
    )
}

fn line() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(
        [
            "a", "ab", " ", "\"", "[", "]", ":", "-", "12", "7", "-1", "\" ", "GET /x", ".", "/", " v1.1",
            " [5]", "%z", "\"a b\"", "''", "\\\"", "c", "b", "-\"", " - ", "x", ",3",
        ]
        .map(|text| text.as_bytes().to_vec())
        .to_vec(),
    );
    prop::collection::vec(piece, 1..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn reads_as_the_engine_does(spec in regex(), lines in prop::collection::vec(line(), 1..10)) {
        hold_equal(&spec, &lines);
    }
}

#[test]
fn many_are_relaxed() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut relaxed, mut all) = (0, 0);
    while all < 300 {
        let spec = regex().new_tree(&mut runner).unwrap().current();
        if lower(&spec.pattern).is_err() {
            all += 1;
            relaxed += usize::from(relax(&spec.pattern).is_ok());
        }
    }
    assert!(relaxed * 3 > all, "{relaxed} of {all}");
}

const LINES: [&str; 6] = [
    r#"192.0.2.7 - alice [21/Nov/2026:10:15:32 +0000] "GET /a?b=2 HTTP/1.1" 200 1532 "https://example.org/" "Mozilla/5.0 (X11)""#,
    r#"2001:db8::1 - - [21/Nov/2026:10:15:32 +0000] "GET /a HTTP/1.1" 304 - "-" "-""#,
    r#"www.example.org - a.b-c [01/Feb/2026:00:00:00 -0100] "POST /a HTTP/2.0" 200 0 "" "x" "more""#,
    r#"192.0.2.7 - - [21/Nov/2026:10:15:32 +0000] "-" 408 - "-" "-""#,
    r#"192.0.2.7 - - [21/Nov/2026:10:15:32 +0000] "GET /a b HTTP/1.1" 200 1"#,
    "no log",
];

#[test]
fn expressions_of_access_logs_are_read_as_patterns() {
    let bytes = LINES.map(|line| line.as_bytes().to_vec());
    for (expression, most) in [
        ("%{COMBINEDAPACHELOG}", 3),
        ("%{HTTPD_COMBINEDLOG}", 3),
        ("%{COMMONAPACHELOG}", 3),
        (
            r#"^%{IPORHOST:ip} %{USER:ident} %{USER:auth} \[%{HTTPDATE:ts}\] "%{WORD:verb} %{URIPATHPARAM:request} HTTP/%{NUMBER:v}" %{NUMBER:status} (?:%{NUMBER:bytes}|-) %{QS:referrer} %{QS:agent}$"#,
            2,
        ),
        (
            r#"%{IP:ip} - (?:%{USERNAME:user}|-) \[%{HTTPDATE:ts}\] "(?:%{WORD:verb} %{NOTSPACE:request}(?: HTTP/%{NUMBER:v})?|%{DATA:raw})" %{NUMBER:status:int} (?:%{NUMBER:bytes:int}|-) "%{DATA:referrer}" "%{DATA:agent}""#,
            2,
        ),
    ] {
        let mut spec = grok::parse(expression, &[]).unwrap();
        for (index, name) in spec.names.iter_mut().enumerate() {
            *name = format!("g{index}");
        }
        hold_equal(&spec, &bytes);
        assert_eq!(certified(&spec, &LINES), most, "{expression}");
    }
}
