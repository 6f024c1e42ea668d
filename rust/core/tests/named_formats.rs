//! Named formats and formats of other languages against the cases in `tests/data/formats/lines`: by the
//! scanner, by blocks, and for text formats by the regexes that define them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use logagent_core::format::{Format, Pattern, Wrapping, spec};
use logagent_core::scan::{Mismatch, Record, RecordSink, Scanner};
use regex_automata::{meta, util::syntax};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: Vec<FormatCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FormatCase {
    format: String,
    /// A line that names the columns.
    header: Option<String>,
    #[serde(default)]
    refuses: Vec<String>,
    #[serde(default)]
    matches: Vec<MatchCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MatchCase {
    /// What the case shows.
    about: Option<String>,
    line: String,
    /// Texts of fields, derived ones too; an absent one is empty.
    fields: BTreeMap<String, String>,
}

/// The fields of the last line of a block, and whether every other one was refused.
#[derive(Default)]
struct Last(Option<BTreeMap<usize, String>>);

impl RecordSink for Last {
    fn record(&mut self, record: &Record<'_>) {
        let text = |slot| record.get(slot).map(|text| String::from_utf8_lossy(text).into_owned());
        self.0 = Some((0..record.spans.len()).map(|slot| (slot, text(slot).unwrap_or_default())).collect());
    }

    fn reject(&mut self, _line: &[u8], _mismatch: &Mismatch) {
        self.0 = None;
    }
}

/// The wanted fields of `line`: read alone, and in a block behind its header.
fn scanned(case: &FormatCase, line: &str, wanted: &[&str]) -> Option<Vec<String>> {
    let header = case.header.as_ref().map(|header| format!("{header}\n")).unwrap_or_default();
    let block = format!("{header}{line}\n");
    let format = spec::parse(&case.format).unwrap_or_else(|error| panic!("{}: {error}", case.format));
    let resolved =
        format.resolve(block.as_bytes()).unwrap_or_else(|error| panic!("{}: {error}", case.format));
    let scanner = Scanner::compile(&resolved.format, wanted)
        .unwrap_or_else(|error| panic!("{} on {line}: {error}", case.format));
    let mut scratch = scanner.scratch();
    let mut last = Last::default();
    scanner.scan_block(&mut scratch, block.as_bytes(), &mut last);
    let in_block = last.0.map(|slots| (0..wanted.len()).map(|slot| slots[&slot].clone()).collect());
    let alone = scanner.scan_line(&mut scratch, line.as_bytes()).ok().map(|record| {
        let text = |slot| record.get(slot).map(|text| String::from_utf8_lossy(text).into_owned());
        (0..wanted.len()).map(|slot| text(slot).unwrap_or_default()).collect::<Vec<String>>()
    });
    assert_eq!(alone, in_block, "{}: {line}", case.format);
    alone
}

/// The logged fields by the regex of the first shape that matches; nothing where none does.
fn by_regex(patterns: &[Pattern], line: &str) -> Option<BTreeMap<String, String>> {
    patterns.iter().find_map(|pattern| {
        let regex = meta::Builder::new()
            .configure(meta::Config::new().utf8_empty(false))
            .syntax(syntax::Config::new().unicode(false).utf8(false).dot_matches_new_line(true))
            .build(&pattern.to_regex())
            .unwrap_or_else(|error| panic!("{}: {error}", pattern.to_regex()));
        let mut captures = regex.create_captures();
        regex.captures(line.as_bytes(), &mut captures);
        captures.is_match().then(|| {
            let texts = captures.iter().skip(1).map(|span| span.map_or("", |span| &line[span.range()]));
            let named = pattern.fields().zip(texts);
            named.filter_map(|(field, text)| Some((field.name.clone()?, text.to_owned()))).collect()
        })
    })
}

fn patterns(format: Format) -> Vec<Pattern> {
    match format {
        Format::Text(pattern) => vec![pattern],
        Format::Variants(patterns) => patterns,
        // The regexes of a format that is always inside an envelope do not read the whole line.
        Format::Enveloped(Wrapping::Perhaps, inner) => patterns(*inner),
        _ => Vec::new(),
    }
}

/// The texts of a record's first slots.
fn texts(record: &Record<'_>, wanted: usize) -> Vec<String> {
    let text = |slot| String::from_utf8_lossy(record.get(slot).unwrap_or_default()).into_owned();
    (0..wanted).map(text).collect()
}

/// What each line of a block gives, in order: the texts of so many slots, or nothing.
struct Each(usize, Vec<Option<Vec<String>>>);

impl RecordSink for Each {
    fn record(&mut self, record: &Record<'_>) {
        self.1.push(Some(texts(record, self.0)));
    }

    fn reject(&mut self, _line: &[u8], _mismatch: &Mismatch) {
        self.1.push(None);
    }
}

/// All lines of a case, mixed, in one block: each has to be what it is alone.
fn check_in_a_block(case: &FormatCase) {
    let matches = case.matches.iter().map(|case| &case.line);
    let mut lines: Vec<&str> = matches.chain(&case.refuses).map(String::as_str).collect();
    for round in 0..3 {
        let known = lines.len();
        lines.extend_from_within(..known);
        lines[known..].rotate_left(round + 1);
    }
    let mut wanted: Vec<&str> =
        case.matches.iter().flat_map(|case| case.fields.keys()).map(String::as_str).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let filler = "x".repeat(70); // what stands just before the end of a block is read line by line
    let all: Vec<&str> = case.header.iter().map(String::as_str).chain(lines).chain([&*filler]).collect();
    let block = all.join("\n");
    let format = spec::parse(&case.format).expect("it was parsed before");
    let resolved = format.resolve(block.as_bytes()).expect("it was resolved before");
    let Ok(scanner) = Scanner::compile(&resolved.format, &wanted) else { return }; // not all of them at once
    let mut found = Each(wanted.len(), Vec::new());
    scanner.scan_block(&mut scanner.scratch(), block.as_bytes(), &mut found);
    let mut scratch = scanner.scratch();
    for (line, found) in block.split('\n').zip(found.1) {
        let alone = scanner.scan_line(&mut scratch, line.as_bytes()).ok();
        assert_eq!(
            found,
            alone.map(|record| texts(&record, wanted.len())),
            "{} in a block: {line}",
            case.format
        );
    }
}

fn check(case: &FormatCase) {
    check_in_a_block(case);
    let shapes =
        patterns(spec::parse(&case.format).unwrap_or_else(|error| panic!("{}: {error}", case.format)));
    for MatchCase { about, line, fields } in &case.matches {
        let wanted: Vec<&str> = fields.keys().map(String::as_str).collect();
        let texts: Vec<&str> = fields.values().map(String::as_str).collect();
        let found = scanned(case, line, &wanted);
        let texts = texts.iter().map(|&text| text.to_owned()).collect();
        assert_eq!(found, Some(texts), "{about:?} {}: {line}\n{wanted:?}", case.format);
        // A line inside an envelope is none of the bare format.
        let Some(by_regex) = by_regex(&shapes, line) else {
            let is_enveloped = line.starts_with("Nov ") || line.starts_with(['<', ' ']);
            assert!(shapes.is_empty() || is_enveloped, "{}: no regex reads {line}", case.format);
            continue;
        };
        for (name, text) in fields {
            if let Some(plain) = by_regex.get(name) {
                let plain = if plain == "-" { "" } else { plain };
                assert_eq!(plain, text, "{}: {name} of {line}", case.format);
            }
        }
    }
    for line in &case.refuses {
        assert_eq!(scanned(case, line, &[]), None, "{}: {line}", case.format);
        assert_eq!(by_regex(&shapes, line), None, "{}: {line}", case.format);
    }
}

#[test]
fn lines_are_read_by_every_scanner_alike() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/formats/lines");
    let mut files = 0;
    for entry in std::fs::read_dir(&folder).expect("the folder of cases") {
        let path = entry.expect("a file").path();
        let text = std::fs::read_to_string(&path).expect("a text");
        let file: File = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        file.format.iter().for_each(check);
        files += 1;
    }
    assert!(files > 3);
}
