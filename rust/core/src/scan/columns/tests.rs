//! Lines of columns that are read together, against each alone.

use proptest::prelude::*;

use super::{ColumnLines, ColumnScanner};
use crate::format::columns::ColumnsSpec;
use crate::format::{Format, spec};
use crate::scan::alone::{block, each_line_alone, edits};
use crate::scan::batch::{Batch, Split};
use crate::scan::simd::dispatch;

/// Columns of which some are checked, some stand for others, and one is no field.
const NAMES: [&str; 7] = ["time", "status", "-", "method", "bytes", "target", "user_agent"];

const W3C: &str = "#Fields: date time cs-method sc-status x-none cs(User-Agent) cs-uri-stem";

const VALUES: &[&str] = &[
    "a",
    "200",
    "-",
    "",
    "-5",
    "12345678901",
    "(empty)",
    "\"\"",
    "\"a b\"",
    "\"a,b\t;c\"",
    "\"a\"\"b\"",
    "\"",
    "a\"b\"",
    "\"a\"b",
    "GET",
    "0",
    "\"200\"",
    "é",
    "\"#",
    "\"a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f g h i j k l m n o p q\"",
    " ",
    "\\\"",
];

fn format() -> impl Strategy<Value = (Format, &'static str)> {
    let named = NAMES.join(",");
    let formats = [
        (format!("csv:{named}"), ","),
        (format!("tsv:{named}"), "\t"),
        ("w3c".to_owned(), " "),
        ("zeek_http".to_owned(), "\t"),
    ];
    prop::sample::select(formats.to_vec()).prop_map(|(text, delimiter)| {
        let format = spec::parse(&text).expect("a format");
        let head = match delimiter {
            " " => W3C.to_owned(),
            _ => format!(
                "#fields\t{}",
                "ts\tid.orig_h\tmethod\thost\tstatus_code\tresponse_body_len\turi".to_owned()
            ),
        };
        (format.resolve(head.as_bytes()).expect("a header").format, delimiter)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6000))]

    #[test]
    fn lines_of_a_block_are_what_each_is_alone(
        (format, delimiter) in format(),
        lines in prop::collection::vec(
            (prop_oneof![
                8 => prop::collection::vec(prop::sample::select(VALUES), 7).boxed(),
                2 => prop::collection::vec(prop::sample::select(VALUES), 1..10).boxed(),
                1 => prop::sample::select(vec![
                    "#Fields: date", "cs-method", "# x", "#fields\tts\tstatus_code", "\u{feff}#Fields: sc-status", "time",
                ]).prop_map(|text| vec![text]).boxed(),
            ], edits(b" \t,\"-#\\0\xff"), any::<bool>()),
            1..24,
        ),
        is_ended: bool,
    ) {
        let lines = lines.into_iter().map(|(values, edits, is_dos)| (values.join(delimiter).into_bytes(), edits, is_dos));
        let block = block(lines, is_ended);
        let wanted = ["status", "method", "target", "user_agent"];
        let offered = crate::scan::offered(&format);
        let wanted: Vec<&str> = wanted.into_iter().filter(|name| offered.iter().any(|known| known == name)).collect();
        each_line_alone(&format, &wanted, &block)?;
    }
}

/// Which lines of `text` are read together.
fn read(spec: &ColumnsSpec, text: &str) -> u64 {
    let wanted = vec![("method".to_owned(), 0), ("status".to_owned(), 1)];
    let scanner = ColumnScanner::new(spec, wanted, 2);
    // The last bytes of a text are not read together.
    let text = format!("{text}\n{}\n", "x".repeat(64)).into_bytes();
    let mut batch = Batch::new(3);
    dispatch(Split { batch: &mut batch, text: &text });
    let layout = scanner.layout();
    dispatch(ColumnLines { scanner: &scanner, layout: &layout, batch: &mut batch, text: &text })
}

#[test]
fn plain_lines_are_read_together() {
    let csv = ColumnsSpec::named(b',', "time,method,status,user_agent").unwrap();
    for (line, is_read) in [
        ("t,GET,200,a", true),
        ("t,GET,200,\"a, b\"", true),
        ("\"t\",\"GET\",\"200\",\"\"", true),
        ("t,-,-,", true),
        ("t,GET,200,\"a \"\"b\"\"\"", false),
        ("t,GET,200,a \"b\" c", false),
        ("t,GET,2x0,a", false),
        ("t,GET,200", false),
        ("t,GET,200,a,", false),
    ] {
        assert_eq!(read(&csv, line) == 1, is_read, "{line}");
    }
}

#[test]
fn lines_behind_a_header_wait_for_it() {
    let w3c = match spec::parse("w3c").unwrap().resolve(b"#Fields: cs-method sc-status\n").unwrap().format {
        Format::Columns(spec) => spec,
        other => panic!("{other:?}"),
    };
    assert_eq!(read(&w3c, "GET 200\n\nPUT 204\n#Fields: sc-status cs-method\n200 GET\n"), 0b101);
}
