//! The generator as a whole: bytes, classes and statistics.

use std::collections::HashMap;

use regex_automata::{meta::Regex, util::syntax};

use super::*;
use crate::format::{Class, Field, Kind, Piece, field::Unit};

mod properties;

fn literal(text: &str) -> Piece {
    Piece::Literal(text.as_bytes().into())
}

fn field(name: &str, kind: Kind, class: Class) -> Piece {
    Piece::Field(Field { name: Some(name.to_owned()), kind, class })
}

fn text(name: &str, class: Class) -> Piece {
    field(name, Kind::Text, class)
}

fn combined() -> Template {
    Template::Pattern(Pattern {
        pieces: vec![
            text("remote_addr", Class::Word),
            literal(" "),
            text("ident", Class::Word),
            literal(" "),
            text("user", Class::Word),
            literal(" ["),
            field("time", Kind::Time(Layout::Clf), Class::Bracketed),
            literal("] \""),
            text("request", Class::Quoted),
            literal("\" "),
            field("status", Kind::Integer, Class::Digits),
            literal(" "),
            field("bytes", Kind::Integer, Class::Digits),
            literal(" \""),
            text("referer", Class::Quoted),
            literal("\" \""),
            text("user_agent", Class::Quoted),
            literal("\""),
        ],
    })
}

fn pattern(pieces: Vec<Piece>) -> Template {
    Template::Pattern(Pattern { pieces })
}

fn lines(template: &Template, options: &TrafficOptions, count: usize) -> Vec<u8> {
    let mut out = Vec::new();
    Generator::new(template, options).unwrap().write_lines(count, &mut out);
    out
}

/// `lines` as text, for templates that write nothing but ASCII.
fn text_lines(template: &Template, options: &TrafficOptions, count: usize) -> String {
    String::from_utf8(lines(template, options, count)).unwrap()
}

fn regex(pattern: &Pattern) -> Regex {
    Regex::builder()
        .syntax(syntax::Config::new().unicode(false).utf8(false).dot_matches_new_line(true))
        .configure(Regex::config().utf8_empty(false))
        .build(&pattern.to_regex())
        .unwrap()
}

/// Shares of the words in column `column` (from 0) of lines whose words are parted by spaces.
fn shares(lines: &str, column: usize) -> HashMap<&str, f64> {
    let mut counts: HashMap<&str, f64> = HashMap::new();
    let count = lines.lines().count() as f64;
    for line in lines.lines() {
        *counts.entry(line.split(' ').nth(column).unwrap()).or_default() += 1.0 / count;
    }
    counts
}

#[test]
fn combined_lines_are_as_long_as_real_ones_and_match() {
    let template = combined();
    let out = lines(&template, &TrafficOptions::default(), 50_000);
    let mean_bytes = out.len() as f64 / 50_000.0;
    assert!((190.0..=240.0).contains(&mean_bytes), "{mean_bytes}");

    let Template::Pattern(pattern) = template else { unreachable!() };
    let regex = regex(&pattern);
    let mut captures = regex.create_captures();
    for line in out.strip_suffix(b"\n").unwrap().split(|&byte| byte == b'\n') {
        regex.captures(line, &mut captures);
        let request = captures.get_group(5).expect("the line matches");
        let status = captures.get_group(6).unwrap();
        assert_eq!(&line[request.end..status.start], b"\" ", "the request holds no quote");
    }
}

#[test]
fn edgesense_mix_is_kept() {
    let template = pattern(vec![field("status", Kind::Integer, Class::Digits)]);
    let options =
        TrafficOptions { mix: Mix::Edgesense, broken_share: 0.0, seed: 3, ..TrafficOptions::default() };
    let lines = text_lines(&template, &options, 100_000);
    let shares = shares(&lines, 0);
    let expected = [("200", 0.80), ("301", 0.05), ("401", 0.05), ("404", 0.08), ("500", 0.01), ("503", 0.01)];
    for (status, share) in expected {
        assert!((shares[status] - share).abs() < 0.004, "{status}: {}", shares[status]);
    }
    assert_eq!(shares.len(), expected.len());
}

#[test]
fn default_traffic_is_plausible() {
    let template = pattern(vec![
        field("status", Kind::Integer, Class::Digits),
        literal(" "),
        text("method", Class::Word),
        literal(" "),
        text("remote_addr", Class::Word),
        literal(" "),
        text("user_agent", Class::Word),
        literal(" "),
        text("path", Class::Word),
    ]);
    let lines = text_lines(&template, &TrafficOptions::default(), 100_000);
    let statuses = shares(&lines, 0);
    let between = |status: &str, low: f64, high: f64| {
        let share = statuses.get(status).copied().unwrap_or_default();
        assert!((low..high).contains(&share), "{status}: {share}");
    };
    between("200", 0.78, 0.90);
    between("304", 0.05, 0.15);
    between("404", 0.01, 0.05);
    between("206", 0.002, 0.02);
    for status in ["301", "302", "400", "401", "403", "499", "500", "502", "503", "504"] {
        between(status, 0.0002, 0.03);
    }
    between("408", 0.00001, 0.001);

    let methods = shares(&lines, 1);
    assert!(methods["GET"] > 0.9 && methods["POST"] > 0.01 && methods["HEAD"] > 0.001, "{methods:?}");
    let mut clients: Vec<f64> = shares(&lines, 2).into_values().collect();
    clients.sort_by(f64::total_cmp);
    assert!(clients.len() > 5_000, "{} clients", clients.len());
    let busiest: f64 = clients.iter().rev().take(100).sum();
    assert!((0.1..0.5).contains(&busiest), "the 100 busiest clients have {busiest}");
    let crawlers = lines.lines().filter(|line| line.to_lowercase().contains("bot")).count();
    assert!((4_000..15_000).contains(&crawlers), "{crawlers} of crawlers");
    let broken = lines.lines().filter(|line| line.contains("/.env") || line.ends_with(" -")).count();
    assert!((30..120).contains(&broken), "{broken} broken");
}

#[test]
fn slow_and_failed_answers_tell_their_upstreams() {
    let template = pattern(vec![
        field("status", Kind::Integer, Class::Digits),
        literal(" "),
        field("request_time", Kind::Duration(Unit::Microseconds), Class::Digits),
        literal(" "),
        field("bytes", Kind::Integer, Class::Digits),
        literal(" ["),
        text("upstream_addr", Class::List),
        literal("] ["),
        text("upstream_status", Class::List),
        literal("] ["),
        field("upstream_response_time", Kind::Duration(Unit::Seconds), Class::List),
        literal("]"),
    ]);
    let lines = text_lines(&template, &TrafficOptions::default(), 100_000);
    let mut retried = 0;
    for line in lines.lines() {
        let (numbers, lists) = line.split_once(" [").unwrap();
        let numbers: Vec<u64> = numbers.split(' ').map(|word| word.parse().unwrap()).collect();
        let [status, time_us, body_bytes] = numbers[..] else { panic!("{line}") };
        let attempts: Vec<usize> = lists.split("] [").map(|list| list.split(", ").count()).collect();
        assert!(attempts.iter().all(|&count| count == attempts[0]), "{line}");
        retried += usize::from(attempts[0] == 2);
        match status {
            304 | 204 => assert_eq!(body_bytes, 0, "{line}"),
            502 | 504 => assert!(!lists.starts_with('-'), "{line}"),
            _ => {}
        }
        assert_eq!(status == 504, (60_000_000..60_100_000).contains(&time_us), "{line}");
    }
    assert!((100..1_000).contains(&retried), "{retried}");
}

#[test]
fn the_format_does_not_change_the_traffic() {
    let alone = pattern(vec![field("bytes", Kind::Integer, Class::Digits)]);
    let options = TrafficOptions { broken_share: 0.0, ..TrafficOptions::default() };
    let alone = text_lines(&alone, &options, 1_000);
    let combined = text_lines(&combined(), &options, 1_000);
    for (line, bytes) in combined.lines().zip(alone.lines()) {
        let (_, rest) = line.split_once("\" ").unwrap();
        assert_eq!(rest.split(' ').nth(1), Some(bytes), "{line}");
    }
}

#[test]
fn times_advance_by_the_rate() {
    let template = pattern(vec![field("time", Kind::Time(Layout::EpochMicroseconds), Class::Digits)]);
    let options = TrafficOptions { start_ns: 5_000_000_000, rate_per_s: 4.0, ..TrafficOptions::default() };
    assert_eq!(text_lines(&template, &options, 3), "5000000\n5250000\n5500000\n");
}

#[test]
fn json_is_nested_and_typed() {
    let keys = [
        ("time", "time"),
        ("http.status", "status"),
        ("http.path", "path"),
        ("took", "request_time"),
        ("up\"s", "upstream_addr"),
    ];
    let keys = keys
        .map(|(path, field)| JsonKey { path: path.to_owned(), value: JsonValue::Field(field.to_owned()) });
    let lines = text_lines(&Template::Json(keys.into()), &TrafficOptions::default(), 2_000);
    let shape = concat!(
        r#"^\{"time":"2025-01-01T00:00:0[01]\.\d{3}\+00:00","http":\{"status":\d{3},"path":"(?:[^"\\]|\\.)*"\},"#,
        r#""took":\d+\.\d{3},"up\\"s":"(?:-|[0-9.:]+(?:, [0-9.:]+)?)"\}$"#,
    );
    let shape = Regex::new(shape).unwrap();
    for line in lines.lines() {
        assert!(shape.is_match(line), "{line}");
    }
}

#[test]
fn what_cannot_be_done_is_told() {
    let key = |path: &str| JsonKey { path: path.to_owned(), value: JsonValue::Field("status".to_owned()) };
    let refused = |keys: &[JsonKey], path: &str| {
        let error = Generator::new(&Template::Json(keys.into()), &TrafficOptions::default()).unwrap_err();
        assert_eq!(error, GenerateError::JsonPath(path.to_owned()));
    };
    refused(&[key("a"), key("a")], "a");
    refused(&[key("a"), key("a.b")], "a.b");
    refused(&[key("a.b"), key("a")], "a");
    let deep = "a.".repeat(40);
    refused(&[key(&deep)], &deep);

    let with = |change: fn(&mut TrafficOptions)| {
        let mut options = TrafficOptions::default();
        change(&mut options);
        Generator::new(&combined(), &options).unwrap_err().to_string()
    };
    assert!(with(|options| options.rate_per_s = 0.0).starts_with("rate 0:"));
    assert!(with(|options| options.rate_per_s = f64::NAN).starts_with("rate NaN:"));
    assert!(with(|options| options.broken_share = 1.1).contains("1.1"));
    assert!(with(|options| options.start_ns = -1).starts_with("start:"));
    assert!(with(|options| options.utc_offset_s = 200_000).contains("200000 s"));
    let layout = Layout::Strftime("%Y-%!".to_owned());
    let template = pattern(vec![field("time", Kind::Time(layout), Class::Lazy)]);
    let error = Generator::new(&template, &TrafficOptions::default()).unwrap_err();
    assert!(error.to_string().starts_with("time layout \"%Y-%!\" cannot be written"), "{error}");
}
