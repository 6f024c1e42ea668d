//! The fast path against the regex that defines the pattern.

use proptest::prelude::*;

use super::regex::RegexReader;
use super::{Mismatch, Record, RecordSink, Scanner, Span};
use crate::format::{Class, Field, Format, Kind, Optional, Pattern, Piece};

fn class() -> impl Strategy<Value = Class> {
    prop::sample::select(vec![
        Class::Word,
        Class::TwoWords,
        Class::Digits,
        Class::Decimal,
        Class::List,
        Class::Quoted,
        Class::Bracketed,
        Class::Lazy,
        Class::Before(b'/'),
        Class::Before(b' '),
        Class::Plus,
        Class::Blanks,
        Class::Code,
        Class::CompactTime,
        Class::More,
    ])
}

/// Literals that real formats have, and nasty ones.
fn literal() -> impl Strategy<Value = Vec<u8>> {
    prop::sample::select(
        [
            "", " ", " - ", " [", "] \"", "\" ", " \"", "\"", ":", ", ", " : ", "-", "1", ".", "a b", "\\",
            "ab", "/",
        ]
        .map(|text| text.as_bytes().to_vec())
        .to_vec(),
    )
}

fn pattern() -> impl Strategy<Value = Pattern> {
    let around = prop::option::weighted(0.3, (literal(), literal()));
    (literal(), prop::collection::vec((class(), literal(), around), 1..7)).prop_map(|(prefix, steps)| {
        let mut pieces = Vec::new();
        let push = |bytes: Vec<u8>, pieces: &mut Vec<Piece>| {
            if !bytes.is_empty() {
                pieces.push(Piece::Literal(bytes.into()));
            }
        };
        push(prefix, &mut pieces);
        for (i, (class, bytes, around)) in steps.into_iter().enumerate() {
            let field = Field { name: Some(format!("f{i}")), kind: Kind::Text, class };
            pieces.push(match around {
                Some((lead, tail)) if !lead.is_empty() => {
                    Piece::Optional(Optional { lead: lead.into(), field, tail: tail.into() })
                }
                _ => Piece::Field(field),
            });
            push(bytes, &mut pieces);
        }
        Pattern { pieces }
    })
}

/// Texts of which many fit a class and some do not.
fn text() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        8 => prop::sample::select(
            ["-", "", "200", "0.5", "-1", "a", "ab", "a:1", "::1", "a b", "a, b", "a : b, c", "\\\"", "\\", "x\\y", "]",
             "[", "1.", "-.5", "GET / HTTP/1.1", "10.0.0.1", "a \"b\"", ", ", " : ", "\"", "\r", "\u{e9}"]
                .map(|text| text.as_bytes().to_vec()).to_vec(),
        ),
        1 => prop::collection::vec(any::<u8>().prop_filter("no line feed", |byte| *byte != b'\n'), 0..90),
    ]
}

/// A pattern, and a line that often matches it.
fn case() -> impl Strategy<Value = (Pattern, Vec<u8>)> {
    pattern().prop_flat_map(|pattern| {
        let texts = prop::collection::vec(text(), pattern.pieces.len() + 1);
        (Just(pattern), texts, any::<prop::sample::Index>(), 0u8..8).prop_map(
            |(pattern, texts, cut, damage)| {
                let mut line = Vec::new();
                for (piece, text) in pattern.pieces.iter().zip(&texts) {
                    match piece {
                        Piece::Literal(bytes) => line.extend_from_slice(bytes),
                        Piece::Field(_) => line.extend_from_slice(text),
                        Piece::Optional(_) if text.len() % 3 == 0 => {}
                        Piece::Optional(Optional { lead, tail, .. }) => {
                            line.extend_from_slice(lead);
                            line.extend_from_slice(text);
                            line.extend_from_slice(tail);
                        }
                    }
                }
                match damage {
                    0 => line.truncate(cut.index(line.len() + 1)),
                    1 => line.extend_from_slice(&texts[texts.len() - 1]),
                    2 if !line.is_empty() => {
                        let at = cut.index(line.len());
                        line.remove(at);
                    }
                    _ => {}
                }
                line.retain(|byte| *byte != b'\n');
                if line.is_empty() {
                    line.push(b'x'); // an empty line is refused before its format is asked
                }
                (pattern, line)
            },
        )
    })
}

/// The spans by the defining regex, `None` when it refuses the line.
fn by_regex(pattern: &Pattern, line: &[u8]) -> Option<Vec<Vec<u8>>> {
    let fields = pattern.fields().count();
    let plain = RegexReader::of_pattern(pattern, |field| field);
    let mut spans = vec![Span::ABSENT; fields];
    plain
        .scan(&mut plain.scratch(), line, &mut spans)
        .then(|| spans.iter().map(|span| span.of(line, &[]).to_vec()).collect())
}

/// Collects what a block gives: the fields of a match, or nothing.
#[derive(Default)]
struct Lines(Vec<Option<Vec<Vec<u8>>>>);

impl RecordSink for Lines {
    fn record(&mut self, record: &Record<'_>) {
        let fields = record.spans[..record.spans.len() - 1].iter();
        self.0.push(Some(fields.map(|span| span.of(record.line, record.scratch).to_vec()).collect()));
    }

    fn reject(&mut self, _line: &[u8], _mismatch: &Mismatch) {
        self.0.push(None);
    }
}

fn scanner(pattern: &Pattern) -> Scanner {
    let names: Vec<String> = (0..pattern.fields().count()).map(|i| format!("f{i}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Scanner::compile(&Format::Text(pattern.clone()), &names).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn a_line_means_what_the_regex_says((pattern, line) in case()) {
        let scanner = scanner(&pattern);
        let mut scratch = scanner.scratch();
        let fast = scanner.scan_line(&mut scratch, &line).map(|record| {
            let fields = record.spans[..record.spans.len() - 1].iter();
            fields.map(|span| span.of(record.line, record.scratch).to_vec()).collect::<Vec<_>>()
        });
        match (fast, by_regex(&pattern, &line)) {
            (Ok(fast), Some(plain)) => prop_assert_eq!(fast, plain),
            (Err(mismatch), None) => {
                prop_assert!(mismatch.offset as usize <= line.len());
                prop_assert!(!scanner.expected(&mismatch).is_empty());
            }
            (fast, plain) => prop_assert!(false, "fast {:?}, regex {:?}", fast, plain),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn a_block_is_its_lines(
        (pattern, first) in case(), others in prop::collection::vec(text(), 0..6), crlf in any::<bool>(), open in any::<bool>(),
        is_far in any::<bool>(),
    ) {
        let mut lines: Vec<Vec<u8>> = std::iter::repeat_n(first, 3).chain(others).collect();
        if is_far {
            lines.push(vec![b'x'; 70]); // lines just before the end of a block are read one by one
        }
        let mut block = lines.join(if crlf { &b"\r\n"[..] } else { &b"\n"[..] });
        if !open {
            block.push(b'\n');
        }
        let mut found = Lines::default();
        let scanner = scanner(&pattern);
        scanner.scan_block(&mut scanner.scratch(), &block, &mut found);
        let mut expected = Vec::new();
        for line in block.split_inclusive(|byte| *byte == b'\n') {
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            expected.push(if line.is_empty() { None } else { by_regex(&pattern, line) });
        }
        prop_assert_eq!(found.0, expected);
    }
}

/// Patterns each of which begins as the one before, with lines of each.
fn shapes() -> impl Strategy<Value = (Vec<Pattern>, Vec<Vec<u8>>)> {
    let other = (case(), any::<prop::sample::Index>());
    (case(), prop::collection::vec(other, 1..4)).prop_map(|((first, line), others)| {
        let (mut patterns, mut lines) = (vec![first], vec![line]);
        for ((pattern, line), cut) in others {
            let (before, text) = (&patterns[patterns.len() - 1], &lines[lines.len() - 1]);
            let kept = cut.index(before.pieces.len().min(pattern.pieces.len()));
            let pieces = before.pieces[..kept].iter().chain(&pattern.pieces[kept..]);
            let mut pattern = Pattern { pieces: pieces.cloned().collect() };
            let fields = pattern.pieces.iter_mut().filter_map(|piece| match piece {
                Piece::Field(field) | Piece::Optional(Optional { field, .. }) => Some(field),
                Piece::Literal(_) => None,
            });
            for (number, field) in fields.enumerate() {
                field.name = Some(format!("f{number}"));
            }
            // The beginning of the one line before the end of the other.
            let (begin, end) = (cut.index(text.len()), cut.index(line.len()));
            lines.push([&text[..begin], &line[end..]].concat());
            lines.push(line);
            patterns.push(pattern);
        }
        lines.retain(|line| !line.is_empty());
        (patterns, lines)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn a_line_has_the_first_shape_whose_regex_matches((patterns, lines) in shapes()) {
        let most = patterns.iter().map(|pattern| pattern.fields().count()).max().unwrap();
        let names: Vec<String> = (0..most).map(|number| format!("f{number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let scanner = Scanner::compile(&Format::Variants(patterns.clone()), &names).unwrap();
        let mut found = Lines::default();
        scanner.scan_block(&mut scanner.scratch(), &lines.join(&b"\n"[..]), &mut found);
        let expected = lines.iter().map(|line| {
            // One carriage return before a line feed is not part of the line.
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let mut fields = patterns.iter().find_map(|pattern| by_regex(pattern, line)).filter(|_| !line.is_empty())?;
            fields.resize(most, Vec::new());
            Some(fields)
        });
        prop_assert_eq!(found.0, expected.collect::<Vec<_>>());
    }
}

/// Request lines of which many are usual.
fn request() -> impl Strategy<Value = String> {
    let part = |texts: &[&str]| {
        prop::sample::select(texts.iter().map(|text| (*text).to_owned()).collect::<Vec<String>>())
    };
    let long = format!(" /{}/b?c", "a".repeat(90));
    (
        part(&["GET", "POST", "HEAD", "PUT", "get", "GE T", "", "-", "\\x16"]),
        part(&[" /", " /a", " /a/b?c", " /?/", " a", " http://h/p/q", " *", " ", "", "  ", &long]),
        part(&[
            " HTTP/1.1",
            " HTTP/1.0",
            " HTTP/2",
            " http/1.1",
            "HTTP/1.1",
            " HTTP/1.1 ",
            " HTTP/x.1",
            "",
            " -",
        ]),
    )
        .prop_map(|(method, target, protocol)| method + &target + &protocol)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn requests_of_a_block_are_those_of_its_lines(
        requests in prop::collection::vec(request(), 1..140), wanted in 0usize..4,
    ) {
        let fields: &[&str] = [
            &["method", "section"][..],
            &["section"],
            &["protocol", "target", "path", "section", "query"],
            &["target", "status_class", "user_agent"],
        ][wanted];
        let format = crate::format::named::find("combined").and_then(|format| format.format().ok()).expect("a named format");
        let scanner = Scanner::compile(&format, fields).unwrap();
        let line = |request: &String| {
            format!("192.0.2.1 - - [02/Jan/2026:03:04:05 +0000] \"{request}\" 200 5 \"-\" \"a\"")
        };
        let lines: Vec<String> = requests.iter().map(line).collect();
        let mut found = Lines::default();
        scanner.scan_block(&mut scanner.scratch(), lines.join("\n").as_bytes(), &mut found);
        let mut scratch = scanner.scratch();
        let alone = lines.iter().map(|line| {
            let record = scanner.scan_line(&mut scratch, line.as_bytes()).ok()?;
            let fields = record.spans[..record.spans.len() - 1].iter();
            Some(fields.map(|span| span.of(record.line, record.scratch).to_vec()).collect())
        });
        let wanted = |rows: Vec<Option<Vec<Vec<u8>>>>| -> Vec<Option<Vec<Vec<u8>>>> {
            rows.into_iter().map(|row| row.map(|row| row[..fields.len()].to_vec())).collect()
        };
        prop_assert_eq!(wanted(found.0), wanted(alone.collect()));
    }
}

#[test]
fn lists_of_upstreams_are_taken_apart_line_by_line() {
    let format = crate::format::spec::parse("nginx:$status $upstream_response_time $upstream_addr").unwrap();
    let wanted = [
        "upstream_response_time.sum",
        "upstream_response_time.last",
        "upstream_response_time.max",
        "upstream_addr.count",
        "upstream_addr.last",
        "status_class",
    ];
    let scanner = Scanner::compile(&format, &wanted).unwrap();
    assert!(matches!(scanner.kinds()[0], Kind::Duration(_)) && scanner.kinds()[3] == Kind::Integer);
    let mut scratch = scanner.scratch();
    for (line, texts) in [
        ("200 0.001, 0.020 a:1, b:2", ["0.021", "0.020", "0.020", "2", "b:2", "2xx"]),
        ("502 0.1 a:1", ["0.1", "0.1", "0.1", "1", "a:1", "5xx"]),
        ("304 - -", ["", "", "", "", "", "3xx"]),
    ] {
        let record = scanner.scan_line(&mut scratch, line.as_bytes()).unwrap();
        let found: Vec<&[u8]> = (0..6).map(|slot| record.get(slot).unwrap_or_default()).collect();
        assert_eq!(found, texts.map(str::as_bytes), "{line}");
    }
    let Err(error) = Scanner::compile(&format, &["request_time.sum"]) else { panic!("no such field") };
    assert_eq!(error.to_string(), "the format has no field `request_time.sum`");
}

#[test]
fn what_a_line_of_pairs_lacks_follows_from_its_own_request() {
    let named = crate::format::named::find("skyhigh_proxy").expect("a named format");
    let scanner = Scanner::compile(&named.format().unwrap(), &["method", "protocol"]).unwrap();
    let other = "client_ip=192.0.2.7 http_status_code=200 http_request_first_line=PUT /a HTTP/2.0 user_id=-1";
    let mut found = Lines::default();
    let block = [named.example, other, named.example, other, "client_ip=192.0.2.7 http_status_code=200"];
    scanner.scan_block(&mut scanner.scratch(), block.join("\n").as_bytes(), &mut found);
    let found: Vec<String> = found
        .0
        .into_iter()
        .map(|fields| String::from_utf8(fields.unwrap()[..2].join(&b' ')).unwrap())
        .collect();
    assert_eq!(found, ["GET ", "PUT HTTP/2.0", "GET ", "PUT HTTP/2.0", " "]);
}
