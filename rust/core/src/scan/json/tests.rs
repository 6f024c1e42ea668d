//! The scanner against fixed lines, and against `serde_json` on generated and mutated ones.

use proptest::prelude::*;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::{JsonScanner, leaf_paths};
use crate::scan::{Mismatch, Reason, Record, Span};

/// The texts that the paths select, `None` for absent ones.
fn select(paths: &[&str], line: &[u8]) -> Result<Vec<Option<Vec<u8>>>, Mismatch> {
    let scanner = JsonScanner::new(paths).expect("well-formed paths");
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
    let scanner = JsonScanner::new(&["a"]).expect("a well-formed path");
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
    let scanner = JsonScanner::new(&["a"]).expect("a well-formed path");
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
        let error = JsonScanner::new(&[path]).expect_err("malformed");
        assert_eq!(error.to_string(), expected);
    }
    assert!(JsonScanner::new(&["a.".repeat(31) + "a"]).is_ok());
    assert!(JsonScanner::new(&["a.".repeat(32) + "a"]).is_err());
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
    JsonScanner::new(&paths).expect("a path that the scanner takes");
}

/// The oracle's answer: what `serde_json` finds at a path of plain keys.
fn oracle(root: &Value, path: &str) -> Option<Value> {
    let found = path.split('.').try_fold(root, |value, key| match value {
        Value::Object(members) => members.get(key),
        Value::Array(elements) => elements.get(key.parse::<usize>().ok()?),
        _ => None,
    });
    found.cloned()
}

fn agrees(text: Option<&[u8]>, value: Option<&Value>) -> bool {
    match (text, value) {
        (None, None | Some(Value::Null)) => true,
        (None, Some(Value::String(string))) => string.is_empty() || string == "-",
        (Some(text), Some(Value::String(string))) => text == string.as_bytes(),
        (Some(text), Some(value)) => serde_json::from_slice::<Value>(text).is_ok_and(|read| read == *value),
        (_, _) => false,
    }
}

/// What the scanner should say of a line: `serde_json`'s word on it once it is UTF-8.
fn is_json_object(line: &[u8]) -> bool {
    let line = String::from_utf8_lossy(line);
    serde_json::from_str::<IgnoredAny>(&line).is_ok()
        && line.trim_start_matches([' ', '\t', '\n', '\r']).starts_with('{')
}

/// The inside of a JSON string.
fn string_inside() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "a",
        "b",
        "0",
        " ",
        "-",
        "é",
        "😀",
        "\u{7f}",
        "longer than one word of eight",
        r#"\""#,
        r"\\",
        r"\/",
        r"\n",
        r"\u0061",
        r"\u00E9",
        r"\ud83d\ude00",
        "{",
        "]",
        ",",
        ":",
    ]);
    prop::collection::vec(pieces, 0..5).prop_map(|pieces| pieces.concat())
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec!["a", "b", "c", "0", "1", r"\u0061"]).prop_map(str::to_owned),
        1 => string_inside(),
    ]
}

fn space() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["", "", "", " ", "\t ", "\r\n"])
}

fn object(value: impl Strategy<Value = String> + Clone) -> impl Strategy<Value = String> {
    let member = (key(), space(), value, space())
        .prop_map(|(key, before, value, after)| format!("{before}\"{key}\"{after}:{before}{value}"));
    (prop::collection::vec(member, 0..6), space())
        .prop_map(|(members, space)| format!("{{{}{space}}}", members.join(&format!("{space},"))))
}

fn json_line() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        3 => string_inside().prop_map(|inside| format!("\"{inside}\"")),
        2 => "-?(0|[1-9][0-9]{0,5})(\\.[0-9]{1,3})?([eE][+-]?[0-9])?",
        1 => prop::sample::select(vec!["true", "false", "null"]).prop_map(str::to_owned),
    ];
    let value = scalar.prop_recursive(4, 24, 5, |value| {
        prop_oneof![
            2 => object(value.clone()),
            1 => prop::collection::vec(value, 0..4)
                .prop_map(|elements| format!("[{}]", elements.join(", "))),
        ]
    });
    object(value)
}

const PATHS: [&str; 9] = ["a", "b", "a.b", "a.0", "b.a.c", "c", "0", "c.1.a", "a.a.a"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn values_equal_those_of_serde_json(line in json_line()) {
        let root: Value = serde_json::from_str(&line).expect("generated JSON");
        let found = select(&PATHS, line.as_bytes()).expect("valid JSON");
        for (path, text) in PATHS.iter().zip(&found) {
            let value = oracle(&root, path);
            prop_assert!(agrees(text.as_deref(), value.as_ref()), "{path}: {text:?}, {value:?}");
        }
    }

    #[test]
    fn leaf_paths_select_every_value(line in json_line()) {
        prop_assume!(line.len() <= 256); // so that no path is left out for its length
        let root: Value = serde_json::from_str(&line).expect("generated JSON");
        let paths = leaf_paths(line.as_bytes());
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let found = select(&paths, line.as_bytes()).expect("valid JSON");
        prop_assert!(found.iter().flatten().count() >= leaves(&root));
    }

    #[test]
    fn mutated_lines_are_judged_as_by_serde_json(
        line in json_line(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), edit()), 0..4),
    ) {
        let mut line = line.into_bytes();
        for (place, edit) in edits {
            let place = place.index(line.len());
            match edit {
                Edit::Remove => drop(line.remove(place)),
                Edit::Insert(byte) => line.insert(place, byte),
                Edit::Replace(byte) => line[place] = byte,
                Edit::Cut => line.truncate(place + 1),
            }
            if line.is_empty() {
                break;
            }
        }
        prop_assert_eq!(select(&PATHS, &line).is_ok(), is_json_object(&line));
        prop_assert_eq!(select(&["none"], &line).is_ok(), is_json_object(&line));
    }

    #[test]
    fn any_path_is_read_or_refused(path in ".{0,20}") {
        let _ = JsonScanner::new(&[path]);
    }
}

#[derive(Debug, Clone)]
enum Edit {
    Remove,
    Insert(u8),
    Replace(u8),
    Cut,
}

fn edit() -> impl Strategy<Value = Edit> {
    let byte = prop_oneof![
        3 => prop::sample::select(b"{}[]\",:\\0.eE+-u tn\x00\x1f\x80\xff".to_vec()),
        1 => any::<u8>(),
    ];
    (0..4, byte).prop_map(|(kind, byte)| match kind {
        0 => Edit::Remove,
        1 => Edit::Insert(byte),
        2 => Edit::Replace(byte),
        _ => Edit::Cut,
    })
}

/// Values that are neither objects nor absent.
fn leaves(value: &Value) -> usize {
    match value {
        Value::Object(members) => members.values().map(leaves).sum(),
        Value::Null => 0,
        Value::String(text) => usize::from(!text.is_empty() && text != "-"),
        _ => 1,
    }
}
