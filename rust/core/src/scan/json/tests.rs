//! The scanner on fixed lines and paths.

use serde_json::Value;

use super::{JsonScanner, PathError, leaf_paths};
use crate::scan::shapes::Shapes;
use crate::scan::{Mismatch, Reason, Record, Span};

/// Slot `i` takes the value at `paths[i]`.
pub(super) fn mapped<P: AsRef<str>>(paths: &[P]) -> Result<JsonScanner, PathError> {
    let fields: Vec<(&str, usize)> = paths.iter().map(AsRef::as_ref).zip(0..).collect();
    JsonScanner::new(&fields)
}

/// The texts that the paths select, `None` for absent ones.
pub(super) fn select(paths: &[&str], line: &[u8]) -> Result<Vec<Option<Vec<u8>>>, Mismatch> {
    let scanner = mapped(paths).expect("well-formed paths");
    let mut spans = vec![Span::line(0, 0); paths.len()];
    let mut scratch = b"earlier".to_vec();
    scanner.scan(line, &mut spans, &mut scratch)?;
    assert!(scratch.starts_with(b"earlier"));
    let record = Record { line, scratch: &scratch, spans: &spans };
    Ok((0..paths.len()).map(|slot| record.get(slot).map(<[u8]>::to_vec)).collect())
}

fn selects(path: &str, line: &str, expected: Option<&str>) {
    let found = select(&[path], line.as_bytes()).expect("valid JSON").remove(0);
    let found = found.map(|text| String::from_utf8(text).expect("UTF-8"));
    assert_eq!(found.as_deref(), expected, "{path} of {line}");
}

#[test]
fn values_are_their_text() {
    let line = r#" { "s" : "text" ,"n":-1.50e+3,"t":true,"z":null,"e":"","o":{"a": [1, 2]},"d":"-"} "#;
    for (path, expected) in [
        ("s", Some("text")),
        ("n", Some("-1.50e+3")),
        ("t", Some("true")),
        ("z", None),
        ("e", None),
        ("d", None),
        ("o", Some(r#"{"a": [1, 2]}"#)),
        ("o.a", Some("[1, 2]")),
        ("o.a[1]", Some("2")),
        ("o.a.0", Some("1")),
        ("o.a[2]", None),
        ("o.b", None),
        ("s.x", None),
        ("missing", None),
    ] {
        selects(path, line, expected);
    }
}

#[test]
fn a_place_and_places_within_it_are_read_together() {
    let line = br#"{"x":0,"a":{"b":{"c":"1"},"d":"2"}}"#;
    let found = select(&["a.d", "a", "a.b.c", "a.d"], line).expect("valid JSON");
    let texts: Vec<_> = found.iter().map(|text| text.as_deref().unwrap_or_default()).collect();
    assert_eq!(texts, [b"2".as_slice(), br#"{"b":{"c":"1"},"d":"2"}"#, b"1", b"2"]);
}

#[test]
fn keys_with_dots_are_quoted_or_escaped() {
    let line = r#"{"id.orig_h":{"a\"b":"1"},"id":{"orig_h":"2"},"":{"":"3"}}"#;
    selects(r#""id.orig_h"."a\"b""#, line, Some("1"));
    selects(r#"id\.orig_h.a\"b"#, line, Some("1"));
    selects("id.orig_h", line, Some("2"));
    selects(r#"""."""#, line, Some("3"));
}

#[test]
fn the_last_of_equal_keys_counts() {
    selects("a", r#"{"a":1,"a":2}"#, Some("2"));
    selects("a", r#"{"a":1,"a":null}"#, None);
    selects("a.b", r#"{"a":{"b":1},"a":{"c":2}}"#, None);
    selects("a.b", r#"{"a":{"b":1},"a":"text"}"#, None);
    selects("a", r#"{"\u0061":1}"#, Some("1"));
}

#[test]
fn escapes_are_decoded() {
    selects("a", r#"{"a":"\"\\\/\b\f\n\r\t"}"#, Some("\"\\/\u{8}\u{c}\n\r\t"));
    selects("a", r#"{"a":"x\u00e9\u20AC\ud83d\ude00y"}"#, Some("xé€😀y"));
    // Lone surrogates, in each place where a second one could stand.
    selects("a", r#"{"a":"\ud83d"}"#, Some("\u{fffd}"));
    selects("a", r#"{"a":"\ude00\ud83dx"}"#, Some("\u{fffd}\u{fffd}x"));
    selects("a", r#"{"a":"\ud83d\ud83d\ude00"}"#, Some("\u{fffd}😀"));
    selects("a", r#"{"a":"\ud83d\u0041\n"}"#, Some("\u{fffd}A\n"));
}

#[test]
fn bytes_that_are_not_utf8_stay_in_strings_and_are_refused_elsewhere() {
    let found = select(&["a"], b"{\"a\":\"\xff\"}").expect("valid but for the encoding");
    assert_eq!(found[0].as_deref(), Some(b"\xff".as_slice()));
    assert!(select(&["a"], b"{\"a\":\xff}").is_err());
    assert!(select(&["a"], b"{\"a\":\"\\\xff\"}").is_err());
}

#[test]
fn a_mismatch_tells_where_and_what_was_expected() {
    let scanner = mapped(&["a"]).expect("a well-formed path");
    for (line, offset, expected) in [
        ("  ", 2, "a JSON object"),
        ("[1]", 0, "a JSON object"),
        ("GET / HTTP/1.1", 0, "a JSON object"),
        ("{", 1, "a key in double quotes or \"}\""),
        (r#"{"a":1,}"#, 7, "a key in double quotes"),
        (r#"{"a" 1}"#, 5, "\":\" after the key"),
        (r#"{"a":}"#, 5, "a JSON value"),
        (r#"{"a":nul}"#, 5, "a JSON value"),
        (r#"{"a":1 "b"}"#, 7, "\",\" or \"}\""),
        (r#"{"a":[1 2]}"#, 8, "\",\" or \"]\""),
        (r#"{"a":"text"#, 10, "a closing quote"),
        ("{\"a\":\"\u{1}\"}", 6, "control characters in strings as \\u00XX"),
        ("{\"a\":\"\0\"}", 6, "control characters in strings as \\u00XX"),
        (r#"{"a":"\x"}"#, 7, "one of \"\\/bfnrtu after the backslash"),
        (r#"{"b":"\u12g4"}"#, 10, "four hexadecimal digits after \\u"),
        (r#"{"a":-}"#, 6, "a digit"),
        (r#"{"a":1.}"#, 7, "a digit"),
        (r#"{"a":01}"#, 6, "\",\" or \"}\""),
        (r#"{"a":1} x"#, 8, "the end of the line after the object"),
    ] {
        let mismatch = scanner
            .scan(line.as_bytes(), &mut [Span::ABSENT], &mut Vec::new())
            .expect_err("not a JSON object");
        let told = (mismatch.reason, mismatch.offset, scanner.expected(&mismatch));
        assert_eq!(told, (Reason::Json, offset, expected.to_owned()), "{line}");
    }
    let empty = scanner.scan(b"", &mut [Span::ABSENT], &mut Vec::new()).expect_err("empty");
    assert_eq!(empty.reason, Reason::Empty);
}

/// `{"a":[[…]]}` with so many brackets.
fn nested(brackets: usize) -> String {
    format!("{{\"a\":{}1{}}}", "[".repeat(brackets), "]".repeat(brackets))
}

#[test]
fn nesting_is_bounded_as_in_serde_json() {
    for path in ["a", "b", "a[0][0][0]"] {
        for brackets in [1, 100, 126, 127, 128, 5000] {
            let line = nested(brackets);
            let accepted = select(&[path], line.as_bytes()).is_ok();
            assert_eq!(accepted, serde_json::from_str::<Value>(&line).is_ok(), "{brackets}");
        }
    }
    let open = format!("{{\"a\":{}", "[".repeat(1 << 20));
    let scanner = mapped(&["a"]).expect("a well-formed path");
    let mismatch = scanner.scan(open.as_bytes(), &mut [Span::ABSENT], &mut Vec::new());
    let mismatch = mismatch.expect_err("too deep");
    assert_eq!(mismatch.offset, 131);
    assert_eq!(scanner.expected(&mismatch), "at most 127 objects and arrays within one another");
}

#[test]
fn malformed_paths_are_told_with_their_column() {
    for (path, expected) in [
        ("", "JSON path ``, column 1: a key is missing; an empty one is written \"\""),
        ("a..b", "JSON path `a..b`, column 3: a key is missing; an empty one is written \"\""),
        ("é.", "JSON path `é.`, column 3: a key is missing; an empty one is written \"\""),
        ("a[x]", "JSON path `a[x]`, column 2: an array index is written [0]"),
        ("a[0", "JSON path `a[0`, column 2: an array index is written [0]"),
        ("a.\"b", "JSON path `a.\"b`, column 3: this quote is not closed"),
        ("\"a\"b", "JSON path `\"a\"b`, column 4: a dot or the end belongs here; quote a key that goes on"),
        ("a]", "JSON path `a]`, column 1: a key with quotes or brackets is quoted whole"),
        ("a\\", "JSON path `a\\`, column 1: a character belongs after `\\`"),
    ] {
        let error = mapped(&[path]).expect_err("malformed");
        assert_eq!(error.to_string(), expected);
    }
    assert!(mapped(&["a.".repeat(31) + "a"]).is_ok());
    assert!(mapped(&["a.".repeat(32) + "a"]).is_err());
}

#[test]
fn leaf_paths_flatten_objects() {
    let line = br#"{"a":1,"b":{"c":null,"d.e":[{"x":1}],"f":{}},"a":2,"":true,"\u0067":"h"}"#;
    assert_eq!(leaf_paths(line), ["a", "b.c", r#"b."d.e""#, r#""""#, "g"]);
    assert!(leaf_paths(br#"{"a":1"#).is_empty());
    assert!(leaf_paths(b"[1]").is_empty());
}

#[test]
fn leaf_paths_are_bounded() {
    let many: Vec<String> = (0..1000).map(|key| format!("\"{key}\":0")).collect();
    assert_eq!(leaf_paths(format!("{{{}}}", many.join(",")).as_bytes()).len(), 256);
    let long = format!(r#"{{"{}":1,"short":2}}"#, "k".repeat(300));
    assert_eq!(leaf_paths(long.as_bytes()), ["short"]);
    let deep = format!("{}1{}", r#"{"k":"#.repeat(100), "}".repeat(100));
    let paths = leaf_paths(deep.as_bytes());
    assert_eq!(paths, ["k.".repeat(31) + "k"]);
    mapped(&paths).expect("a path that the scanner takes");
}

/// How many of the lines are read by the shape of one before.
fn alike(paths: &[&str], lines: &[String]) -> usize {
    let scanner = mapped(paths).expect("well-formed paths");
    let mut shapes = Shapes::default();
    let mut spans = vec![Span::ABSENT; paths.len()];
    let read = |line: &String| scanner.scan_alike(&mut shapes, line.as_bytes(), &mut spans, &mut Vec::new());
    lines.iter().filter_map(read).count()
}

#[test]
fn lines_that_are_written_alike_share_a_shape() {
    let line = |number: usize| {
        let status = if number.is_multiple_of(2) { "200" } else { "null" };
        format!(
            "{{\"a\": \"x{number}\\n\", \"s\":{status},\"o\":{{\"k{number}\":[{number}]}},\"p\":{{\"q\":-1.5e3}}}} \n"
        )
    };
    let lines: Vec<String> = (0..100).map(line).collect();
    assert_eq!(alike(&["a", "s", "p.q", "o"], &lines), 99);
    assert_eq!(alike(&["none"], &lines), 99);
}

#[test]
fn a_few_shapes_are_known_at_a_time() {
    let mixed = |shapes: usize| {
        let line =
            |number: usize| format!("{{\"a\":{number},\"{}\":\"\"}}\n", "k".repeat(1 + number % shapes));
        (0..1000).map(line).collect::<Vec<String>>()
    };
    assert_eq!(alike(&["a"], &mixed(4)), 996);
    assert!(alike(&["a"], &mixed(100)) < 10);
}

#[test]
fn a_line_whose_mapped_key_comes_again_has_no_shape() {
    for line in [r#"{"a":1,"a":2}"#, r#"{"a":{"b":1},"a":{}}"#, r#"{"a":{"b":1},"a":"text"}"#] {
        let lines = vec![format!("{line}\n"); 10];
        assert_eq!(alike(&["a.b", "a"], &lines), 0, "{line}");
        assert_eq!(alike(&["b"], &lines), 9, "{line}");
    }
}
