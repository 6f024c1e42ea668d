//! Formats against the cases in `tests/data/formats`: through the regex that defines a pattern, and
//! through the scanner that runs in its place.

use std::collections::BTreeMap;
use std::path::PathBuf;

use logagent_core::format::{Format, Pattern, spec};
use logagent_core::scan::Scanner;
use regex_automata::{meta, util::syntax};
use serde::{Deserialize, de::DeserializeOwned};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FormatCases {
    format: Vec<FormatCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FormatCase {
    /// What the case shows.
    about: Option<String>,
    format: String,
    #[serde(default)]
    refuses: Vec<String>,
    matches: Vec<MatchCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MatchCase {
    /// What the case shows.
    about: Option<String>,
    line: String,
    fields: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ErrorCases {
    error: Vec<ErrorCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ErrorCase {
    format: String,
    says: String,
    hint: Option<String>,
    at: String,
}

fn read<T: DeserializeOwned>(name: &str) -> T {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/formats").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    toml::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn pattern(text: &str) -> Pattern {
    match spec::parse(text) {
        Ok(Format::Text(pattern)) => pattern,
        Ok(other) => panic!("{text}: not a text format: {other:?}"),
        Err(error) => panic!("{text}: {error}"),
    }
}

/// The regex that defines `pattern`, as its documentation says it is compiled.
fn compile(pattern: &Pattern) -> meta::Regex {
    meta::Builder::new()
        .configure(meta::Config::new().utf8_empty(false))
        .syntax(syntax::Config::new().unicode(false).utf8(false).dot_matches_new_line(true))
        .build(&pattern.to_regex())
        .unwrap_or_else(|error| panic!("{}: {error}", pattern.to_regex()))
}

/// The fields of `line` by name; `None` when it does not match.
fn fields(pattern: &Pattern, line: &str) -> Option<BTreeMap<String, String>> {
    let regex = compile(pattern);
    let mut captures = regex.create_captures();
    regex.captures(line.as_bytes(), &mut captures);
    captures.is_match().then(|| {
        let texts = captures.iter().skip(1).map(|span| &line[span.expect("no group is optional").range()]);
        let names = pattern.fields().map(|field| field.name.clone().expect("all are named"));
        names.zip(texts.map(str::to_owned)).collect()
    })
}

/// The fields of `line` by name as the scanner finds them; `None` when it does not match.
fn scanned(pattern: &Pattern, line: &str) -> Option<BTreeMap<String, String>> {
    let names: Vec<&str> =
        pattern.fields().map(|field| field.name.as_deref().expect("all are named")).collect();
    let scanner = Scanner::compile(&Format::Text(pattern.clone()), &names).expect("its own fields");
    let mut scratch = scanner.scratch();
    let record = scanner.scan_line(&mut scratch, line.as_bytes()).ok()?;
    let text = |slot: usize| record.spans[slot].of(record.line, record.scratch);
    let text = |slot: usize| String::from_utf8(text(slot).to_vec()).expect("the case is UTF-8");
    Some(names.iter().enumerate().map(|(slot, name)| ((*name).to_owned(), text(slot))).collect())
}

fn check(file: &str) {
    for FormatCase { about, format, refuses, matches } in read::<FormatCases>(file).format {
        let pattern = pattern(&format);
        for MatchCase { about: detail, line, fields: expected } in matches {
            let found = fields(&pattern, &line);
            assert_eq!(found.as_ref(), Some(&expected), "{about:?} {detail:?}: {format} on {line}");
            assert_eq!(scanned(&pattern, &line), found, "{about:?} {detail:?}: {format} on {line}");
        }
        for line in refuses {
            assert_eq!(fields(&pattern, &line), None, "{about:?}: {format} on {line}");
            assert_eq!(scanned(&pattern, &line), None, "{about:?}: {format} on {line}");
        }
    }
}

#[test]
fn nginx_formats_read_their_lines() {
    check("nginx.toml");
}

#[test]
fn apache_formats_read_their_lines() {
    check("apache.toml");
}

#[test]
fn named_formats_read_their_lines() {
    check("named.toml");
}

#[test]
fn errors_say_what_is_wrong_and_point_at_it() {
    for case in read::<ErrorCases>("errors.toml").error {
        let Err(error) = spec::parse(&case.format) else { panic!("{} was taken", case.format) };
        assert!(error.message.contains(&case.says), "{}: {}", case.format, error.message);
        assert_eq!(&case.format[error.span.clone()], case.at, "{}", case.format);
        if case.hint.is_some() {
            assert_eq!(error.hint, case.hint, "{}", case.format);
        }
    }
}

mod generated {
    use super::{compile, fields, pattern};
    use logagent_core::format::{Format, spec};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// Variables whose text never holds a space, with their canonical names.
    const WORDS: [(&str, &str); 6] = [
        ("remote_addr", "remote_addr"),
        ("request_method", "method"),
        ("scheme", "scheme"),
        ("host", "vhost"),
        ("colour", "colour"),
        ("ssl_cipher", "ssl_cipher"),
    ];

    fn pieces_of_formats() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            prop::sample::select(vec![
                "$status",
                "${host}",
                "$request",
                "$http_x",
                "$",
                "${",
                "%h",
                "%>s",
                "%{",
                "%{A}i",
                "%{%d}t",
                "%{msec_frac}t",
                "%t",
                "%r",
                "%",
                "%!200",
                "\"",
                "'",
                "[",
                "]",
                " ",
                "\\",
                "\\x2",
                "\\n",
                "log_format ",
                "LogFormat ",
                ";",
                "nginx:",
                "apache:",
                "regex:",
                "regex(",
                "json:{",
                "é",
                "\n",
                "#",
                "="
            ])
            .prop_map(str::to_owned),
            any::<char>().prop_map(String::from),
        ];
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn every_text_is_a_format_or_an_error_that_points_into_it(text in pieces_of_formats()) {
            match spec::parse(&text) {
                Ok(Format::Text(pattern)) => {
                    compile(&pattern);
                    let names: Vec<_> = pattern.fields().map(|field| &field.name).collect();
                    let distinct: BTreeSet<_> = names.iter().collect();
                    prop_assert_eq!(distinct.len(), names.len());
                }
                Ok(_) => {}
                Err(error) => {
                    prop_assert!(error.span.start <= error.span.end && error.span.end <= text.len());
                    prop_assert!(text.get(error.span.clone()).is_some(), "{error:?}");
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn values_come_back_from_the_line_they_were_written_to(
            parts in prop::sample::subsequence(WORDS.to_vec(), 1..=WORDS.len()).prop_shuffle().prop_flat_map(|words| {
                let enclosures = prop::sample::select(vec![("", ""), ("\"", "\""), ("[", "]"), ("a=", "")]);
                let values = prop::collection::vec(("[a-z0-9.:/?&=-]{1,12}", enclosures), words.len());
                (Just(words), values)
            }),
            separator in prop::sample::select(vec![" ", " - ", "\t", " | "]),
        ) {
            let (words, values) = parts;
            let join = |texts: Vec<String>| texts.join(separator);
            let written = words.iter().zip(&values);
            let format = join(written.clone().map(|((variable, _), (_, (open, close)))| format!("{open}${variable}{close}")).collect());
            let line = join(written.clone().map(|(_, (value, (open, close)))| format!("{open}{value}{close}")).collect());
            let expected = written.map(|((_, name), (value, _))| ((*name).to_owned(), value.clone())).collect();
            prop_assert_eq!(fields(&pattern(&format), &line), Some(expected), "{} on {}", format, line);
        }
    }
}
