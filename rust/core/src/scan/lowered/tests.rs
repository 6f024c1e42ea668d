//! Lowered regexes against the regex engine: whether a line matches, and what every group holds.

use proptest::prelude::*;
use proptest::strategy::ValueTree;

use crate::format::lower::lower;
use crate::format::{Format, RegexSpec};
use crate::scan::regex::RegexReader;
use crate::scan::{Mismatch, Record, RecordSink, Scanner, Span};

/// A published regex for combined logs, its groups named here.
const LOWAY: &str =
    r#"^(\S+) \S+ \S+ \[(...........):(........).+?\] .(\S+) (\S+) \S+ (\d+) (\d+) \"(\S+)\" \"(.+?)\""#;

/// What the regex engine says: the text of each group, or that the line does not match.
fn by_engine(regex: &str, groups: usize, line: &[u8]) -> Option<Vec<Vec<u8>>> {
    let reader = RegexReader::compile(regex, (0..groups).map(|group| (group + 1, group)).collect()).unwrap();
    let mut spans = vec![Span::ABSENT; groups];
    let matches = reader.scan(&mut reader.scratch(), line, &mut spans);
    matches.then(|| spans.iter().map(|span| span.of(line, &[]).to_vec()).collect())
}

#[derive(Default)]
struct Lines(Vec<Option<Vec<Vec<u8>>>>);

impl RecordSink for Lines {
    fn record(&mut self, record: &Record<'_>) {
        let text = |span: &Span| span.of(record.line, record.scratch).to_vec();
        self.0.push(Some(record.spans.iter().map(text).collect()));
    }

    fn reject(&mut self, _line: &[u8], _mismatch: &Mismatch) {
        self.0.push(None);
    }
}

/// What the scanner of a regex says of each line of a block; groups are `g0`, `g1` …
fn by_scanner(scanner: &Scanner, groups: usize, lines: &[Vec<u8>]) -> Vec<Option<Vec<Vec<u8>>>> {
    let mut block = Vec::new();
    for line in lines {
        block.extend_from_slice(line);
        block.push(b'\n');
    }
    let mut found = Lines::default();
    scanner.scan_block(&mut scanner.scratch(), &block, &mut found);
    for texts in found.0.iter_mut().flatten() {
        texts.truncate(groups);
    }
    found.0
}

fn spec(regex: &str, groups: usize) -> RegexSpec {
    let names: Vec<String> = (0..groups).map(|group| format!("g{group}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    RegexSpec::new(regex, Some(&names)).unwrap()
}

fn scanner(regex: &str, groups: usize) -> Scanner {
    let names: Vec<String> = (0..groups).map(|group| format!("g{group}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Scanner::compile(&Format::Regex(spec(regex, groups)), &names).unwrap()
}

fn hold_equal(regex: &str, groups: usize, lines: &[Vec<u8>]) {
    let scanner = scanner(regex, groups);
    assert_eq!(scanner.why_regex(), None, "{regex} was not lowered");
    let found = by_scanner(&scanner, groups, lines);
    for (line, found) in lines.iter().zip(found) {
        assert_eq!(found, by_engine(regex, groups, line), "{regex} on {:?}", line.escape_ascii().to_string());
    }
}

/// Parts of regexes; `(` and `)` open and close groups around some.
fn part() -> impl Strategy<Value = String> {
    let set = prop::sample::select(
        [
            r"\S", r"\d", ".", r"\w", r"[^ ]", r#"[^"]"#, r"[^\]]", "[A-Z]", r"\s", "[a-c]", r"[^a]", "-",
            r"[^\s,]", "[:-]",
        ]
        .map(str::to_owned)
        .to_vec(),
    );
    let count =
        prop::sample::select(["", "+", "*", "+?", "*?", "{2}", "{1,3}", "{2,}?", "{0,2}?", "?"].to_vec());
    let repeated = (set, count).prop_map(|(set, count)| format!("{set}{count}"));
    let text = prop::sample::select(
        [" ", "\"", r"\[", r"\]", ":", "-", "a", "ab", ", ", "\" ", r"\.", "/"].map(str::to_owned).to_vec(),
    );
    prop_oneof![4 => repeated, 3 => text, 1 => Just(r"(?:-|\d+)".to_owned())]
}

/// A chain of parts with groups around stretches of it, and how many groups.
fn regex() -> impl Strategy<Value = (String, usize)> {
    let stretch = (prop::collection::vec(part(), 1..4), any::<bool>());
    (any::<bool>(), prop::collection::vec(stretch, 1..5), any::<bool>()).prop_map(
        |(start, stretches, end)| {
            let mut regex = String::from(if start { "^" } else { "" });
            let mut groups = 0;
            for (parts, grouped) in stretches {
                // A group of constant text is not lowered.
                let grouped =
                    grouped && parts.iter().any(|part| part.contains(['+', '*', '{', '.', '[', '?']));
                groups += usize::from(grouped);
                regex += &[if grouped { "(" } else { "" }, &parts.concat(), if grouped { ")" } else { "" }]
                    .concat();
            }
            if groups == 0 {
                regex += "(.*)"; // a format has at least one field
                groups = 1;
            }
            regex += if end { "$" } else { "" };
            (regex, groups)
        },
    )
}

fn line() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(
        [
            "a", "ab", " ", "\"", "[", "]", ":", "-", "12", "7", ", ", "\" ", "A", "\t", "\r", ".", "/",
            "\u{e9}", "b c",
        ]
        .map(|text| text.as_bytes().to_vec())
        .to_vec(),
    );
    prop_oneof![
        12 => prop::collection::vec(piece, 1..14).prop_map(|pieces| pieces.concat()),
        1 => prop::collection::vec(any::<u8>().prop_filter("no line feed", |byte| *byte != b'\n'), 1..90),
    ]
    .prop_map(|mut line| {
        // One carriage return before the line feed is not part of the line.
        while line.last() == Some(&b'\r') {
            line.pop();
        }
        if line.is_empty() {
            line.push(b'x'); // an empty line is refused before its format is asked
        }
        line
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn reads_as_the_engine_does((regex, groups) in regex(), lines in prop::collection::vec(line(), 1..12)) {
        if lower(&regex).is_ok() {
            hold_equal(&regex, groups, &lines);
        }
    }
}

#[test]
fn most_chains_are_lowered() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut lowered, mut all) = (0, 0);
    for _ in 0..500 {
        let (regex, _) = regex().new_tree(&mut runner).unwrap().current();
        all += 1;
        lowered += usize::from(lower(&regex).is_ok());
    }
    assert!(lowered * 10 > all * 9, "{lowered} of {all}");
}

#[test]
fn the_published_regex_of_a_loader_is_lowered() {
    let lines = [
        r#"192.0.2.7 - - [21/Nov/2026:10:15:32 +0000] "GET /a/b HTTP/1.1" 200 1532 "http://x/" "Mozilla/5.0 (X11)""#,
        r#"192.0.2.7 - - [21/Nov/2026:10:15:32 +0000] "GET /a/b HTTP/1.1" 200 1532 "-" "curl" "more" behind"#,
        r#"192.0.2.7 - - [21/Nov/2026:10:15:32 +0000] "GET /a/b HTTP/1.1" 200 1532 "two words" "curl""#,
        r#"192.0.2.7 - - [21/Nov/2026:10:15:32 +0000] "GET /a/b HTTP/1.1" 200 - "-" "curl""#,
        r#"192.0.2.7 - a]b [21/Nov/2026:10:15:32] x] +0000] "GET /a" HTTP/1.1" 200 1 "a"b" "c""#,
    ]
    .map(|line| line.as_bytes().to_vec());
    hold_equal(LOWAY, 9, &lines);
}

#[test]
fn a_group_of_several_parts_is_read_whole() {
    let regex = r#"^((\d+)\.(\d+)) "(GET (/\S*) H)" (.*?x)$"#;
    let lines = ["12.5 \"GET /a H\" abcx", "1.25 \"GET / H\" x", "1.25 \"GET / Hx"]
        .map(|line| line.as_bytes().to_vec());
    hold_equal(regex, 6, &lines);
}

#[test]
fn what_is_no_chain_stays_a_regex_and_says_why() {
    for (regex, why) in [
        (r"^(\S+) (?:a|bc)", "it has alternatives"),
        (r"^(\S+)( x)?", "it repeats more than one set of bytes"),
        (r"^(\S+) (GET) ", "a group of it holds a constant text"),
        (r"^(\S+)\b ", "it looks around (b)"),
        (r"^(?u:(\S+))", "it has Unicode classes"),
        (r"^(\S{1001})", "it repeats more than 1000 times"),
        (r"^(\S+)\n", "it holds a line feed"),
    ] {
        assert_eq!(lower(regex), Err(why.to_owned()), "{regex}");
    }
    let spec = RegexSpec::new(r"^(?P<status>\d+|x)+", None).unwrap();
    let scanner = Scanner::compile(&Format::Regex(spec), &["status"]).unwrap();
    assert_eq!(scanner.why_regex(), Some("it repeats a group"));
}
