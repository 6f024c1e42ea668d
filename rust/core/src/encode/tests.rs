//! What is written, read back by `serde_json`.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::json::{RecordWriter, write_mismatch, write_string};
use super::schema::Schema;
use crate::format::Kind;
use crate::format::field::Unit;
use crate::scan::{Reason, Record, Span};
use crate::value::time::Layout;

/// One field of this kind with this text, as it was written.
fn written(kind: &Kind, text: &[u8]) -> String {
    let mut writer = RecordWriter::new(&[("f".to_owned(), kind.clone())], 2026);
    let spans = [Span::line(0, text.len())];
    let mut out = Vec::new();
    writer.write(&mut out, &Record { line: text, scratch: &[], spans: &spans });
    String::from_utf8(out).expect("UTF-8")
}

fn writes(kind: &Kind, text: &str, value: &str) {
    let expected = format!(r#"{{"matched":true,"fields":{{"f":{value}}}}}"#);
    assert_eq!(written(kind, text.as_bytes()), expected, "{kind:?} {text}");
}

const NOTHING: &str = r#"{"matched":true,"fields":{}}"#;

#[test]
fn integers_are_json_integers_where_they_fit() {
    for (text, value) in [
        ("200", "200"),
        ("0", "0"),
        ("-0", "0"),
        ("-5", "-5"),
        ("007", "7"),
        ("18446744073709551615", "18446744073709551615"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("18446744073709551616", "\"18446744073709551616\""),
        ("+5", "\"+5\""),
        ("1.5", "\"1.5\""),
        ("502, 200", "\"502, 200\""),
        ("2x", "\"2x\""),
    ] {
        writes(&Kind::Integer, text, value);
    }
}

#[test]
fn numbers_and_durations_are_json_numbers() {
    writes(&Kind::Number, "1.50", "1.50");
    writes(&Kind::Number, "0.12345678901", "0.12345678901");
    writes(&Kind::Number, "1.5e-05", "1.5e-05");
    writes(&Kind::Number, "007.5", "7.5");
    writes(&Kind::Number, "1e999", "\"1e999\"");
    writes(&Kind::Duration(Unit::Seconds), "0.010", "0.01");
    writes(&Kind::Duration(Unit::Milliseconds), "12", "0.012");
    writes(&Kind::Duration(Unit::Microseconds), "1500", "0.0015");
    writes(&Kind::Duration(Unit::Nanoseconds), "2001375", "0.002001375");
    writes(&Kind::Duration(Unit::Seconds), "0.001, 0.020 : 0.3", "\"0.001, 0.020 : 0.3\"");
}

#[test]
fn instants_are_utc_with_the_fraction_that_was_logged() {
    let clf = Kind::Time(Layout::Clf);
    writes(&clf, "10/Oct/2000:13:55:36 -0700", "\"2000-10-10T20:55:36Z\"");
    writes(&clf, "10/Foo/2000", "\"10/Foo/2000\"");
    let iso = Kind::Time(Layout::Iso8601);
    writes(&iso, "2000-10-10T13:55:36.120-07:00", "\"2000-10-10T20:55:36.120Z\"");
}

#[test]
fn absent_fields_are_left_out() {
    for kind in [Kind::Text, Kind::Integer, Kind::Time(Layout::Clf)] {
        assert_eq!(written(&kind, b"-"), NOTHING);
        assert_eq!(written(&kind, b""), NOTHING);
    }
    for kind in [Kind::Integer, Kind::Number, Kind::Duration(Unit::Seconds)] {
        writes(&kind, "-1", "-1");
        let fields = [("f".to_owned(), kind)];
        let mut writer = RecordWriter::with_schema(&fields, 2026, Schema::Ecs);
        let mut out = Vec::new();
        writer.write(&mut out, &Record { line: b"-1", scratch: b"", spans: &[Span::line(0, 2)] });
        assert_eq!(String::from_utf8_lossy(&out), NOTHING);
    }
    // In milliseconds too: it is no duration.
    writes(&Kind::Duration(Unit::Milliseconds), "-1", "-1");
    writes(&Kind::Text, "-1", "\"-1\"");
}

#[test]
fn fields_stand_in_order_with_commas_between() {
    let fields = ["a", "b\"", "c", "d"].map(|name| (name.to_owned(), Kind::Text));
    let mut writer = RecordWriter::new(&fields, 2026);
    let spans = [Span::ABSENT, Span::line(0, 1), Span::scratch(1, 3), Span::line(1, 2)];
    let mut out = Vec::new();
    writer.write(&mut out, &Record { line: b"x-", scratch: b"_yz", spans: &spans });
    assert_eq!(out, br#"{"matched":true,"fields":{"b\"":"x","c":"yz"}}"#);
}

#[test]
fn mismatches_tell_reason_column_and_expectation() {
    let mut out = Vec::new();
    write_mismatch(&mut out, Reason::Literal, 17, "\" \"");
    let read: Value = serde_json::from_slice(&out).expect("JSON");
    let expected = json!({"matched": false, "reason": "literal", "column": 17, "expected": "\" \""});
    assert_eq!(read, expected);
}

proptest! {
    #[test]
    fn strings_are_read_back_lossily(
        text in prop::collection::vec(
            prop_oneof![any::<u8>(), 0..0x20_u8, prop::sample::select(b"\"\\\x7f\xc3\xa9a".to_vec())],
            0..60,
        )
    ) {
        let mut out = Vec::new();
        write_string(&mut out, &text);
        let read: String = serde_json::from_slice(&out).expect("a JSON string");
        prop_assert_eq!(read, String::from_utf8_lossy(&text));
    }

    #[test]
    fn every_text_of_every_kind_gives_json(
        text in prop_oneof!["[-+.0-9eE]{0,24}", ".{0,24}"],
        kind in prop::sample::select(vec![
            Kind::Text,
            Kind::Integer,
            Kind::Number,
            Kind::Duration(Unit::Milliseconds),
            Kind::Time(Layout::Iso8601),
            Kind::Time(Layout::EpochSeconds),
        ]),
    ) {
        let written = written(&kind, text.as_bytes());
        let read: Value = serde_json::from_str(&written).expect("JSON");
        let is_absent = text.is_empty() || text == "-";
        prop_assert_eq!(read["fields"].get("f").is_none(), is_absent);
    }
}
