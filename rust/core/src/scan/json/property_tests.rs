//! The scanner against `serde_json`, on generated and mutated lines.

use proptest::prelude::*;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::tests::{mapped, select};
use super::{JsonScanner, leaf_paths};
use crate::scan::shapes::Shapes;
use crate::scan::{Record, Span};

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
            edit.apply(&mut line, place);
            if line.is_empty() {
                break;
            }
        }
        prop_assert_eq!(select(&PATHS, &line).is_ok(), is_json_object(&line));
        prop_assert_eq!(select(&["none"], &line).is_ok(), is_json_object(&line));
    }

    #[test]
    fn lines_of_known_shapes_are_read_as_any(
        written in prop::collection::vec(json_line(), 1..4),
        lines in prop::collection::vec(
            (0usize..4, prop::collection::vec((any::<prop::sample::Index>(), edit()), 0..2), any::<bool>()),
            1..24,
        ),
    ) {
        let scanner = mapped(&PATHS).expect("well-formed paths");
        let mut block = Vec::new();
        for (number, edits, is_dos) in lines {
            let mut line = written[number % written.len()].clone().into_bytes();
            for (place, edit) in edits {
                if !line.is_empty() {
                    edit.apply(&mut line, place);
                }
            }
            block.extend(line);
            block.extend_from_slice(if is_dos { b"\r\n" } else { b"\n" });
        }
        let (mut shapes, mut scratch) = (Shapes::default(), b"earlier".to_vec());
        let mut hay = block.as_slice();
        while !hay.is_empty() {
            let feed = hay.iter().position(|byte| *byte == b'\n').expect("every line ends in one");
            let line = hay[..feed].strip_suffix(b"\r").unwrap_or(&hay[..feed]);
            let mut spans = vec![Span::line(0, 1); PATHS.len()];
            scratch.truncate(b"earlier".len());
            if let Some(end) = scanner.scan_alike(&mut shapes, hay, &mut spans, &mut scratch) {
                prop_assert_eq!(end, line.len());
                let record = Record { line, scratch: &scratch, spans: &spans };
                let found: Vec<_> = (0..PATHS.len()).map(|slot| record.get(slot).map(<[u8]>::to_vec)).collect();
                prop_assert_eq!(Ok(found), select(&PATHS, line));
            }
            prop_assert!(scratch.starts_with(b"earlier"));
            hay = &hay[feed + 1..];
        }
    }

    #[test]
    fn any_path_is_read_or_refused(path in ".{0,20}") {
        let _ = JsonScanner::new(&[(path, 0)]);
    }
}

#[derive(Debug, Clone, Copy)]
enum Edit {
    Remove,
    Insert(u8),
    Replace(u8),
    Cut,
}

impl Edit {
    /// Edits a line that is not empty.
    fn apply(self, line: &mut Vec<u8>, place: prop::sample::Index) {
        let place = place.index(line.len());
        match self {
            Edit::Remove => drop(line.remove(place)),
            Edit::Insert(byte) => line.insert(place, byte),
            Edit::Replace(byte) => line[place] = byte,
            Edit::Cut => line.truncate(place + 1),
        }
    }
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
