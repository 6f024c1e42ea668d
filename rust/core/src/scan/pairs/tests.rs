//! Lines of pairs that are read together, against each alone.

use proptest::prelude::*;

use super::{PairLines, PairScanner};
use crate::format::Format;
use crate::format::keyed::{KeyedField, Need};
use crate::format::pairs::{PairsDialect, PairsSpec};
use crate::scan::alone::{block, each_line_alone, edits};
use crate::scan::batch::{Batch, Split};
use crate::scan::keyed::Settle;
use crate::scan::shapes::Shapes;
use crate::scan::simd::dispatch;

const KEYS: &[&str] = &[
    "a",
    "b",
    "c",
    "bb",
    "status",
    "a-rather-long-key-of-more-than-32-bytes",
    "c c",
    "x.y",
    "é",
    "\"q\"",
    "",
];

const VALUES: &[&str] = &[
    "1",
    "200",
    "-",
    "",
    "\"\"",
    "\"a b\"",
    "\"a=b c=d\"",
    "\"a\\\"b\"",
    "\"",
    "a\"b\"",
    "\"a\"b",
    "'a b'",
    "'",
    "a=b",
    "x?a=b&c=d",
    "two words",
    "two words a=b",
    " 5",
    "5 ",
    "\\",
    "\"\\\\\"",
    "a:b",
    "a,b",
    "\t",
    "GET / HTTP/1.1",
    "a value that is longer than sixty-four bytes, so that it has to reach into the next of the words",
    "é",
];

fn dialect() -> impl Strategy<Value = (PairsDialect, &'static str, &'static str)> {
    let delimited = |between, after| PairsDialect::Delimited { between, after };
    prop::sample::select(vec![
        (PairsDialect::Logfmt, "=", " "),
        (PairsDialect::Spaced, "=", " "),
        (PairsDialect::Cef, "=", " "),
        (delimited(b'=', b' '), "=", " "),
        (delimited(b':', b'\t'), ":", "\t"),
        (delimited(b':', b','), ": ", ", "),
        (delimited(b'=', b';'), "=", ";"),
        (delimited(b':', b' '), ":", " "),
        (delimited(b' ', b','), " ", ","),
        (delimited(b'=', b'x'), "=", "x"),
    ])
}

fn format(dialect: PairsDialect) -> Format {
    let field = |name: &str, keys: &[&str], need| KeyedField {
        keys: keys.iter().map(|&key| key.to_owned()).collect(),
        need,
        ..KeyedField::new(name, "")
    };
    let fields = vec![
        field("one", &["a"], Need::Optional),
        field("two", &["b", "bb"], Need::OneOf),
        field("three", &["c c", "a-rather-long-key-of-more-than-32-bytes"], Need::Optional),
        field("four", &["c"], Need::OneOf),
        field("status", &["status"], Need::Optional),
    ];
    Format::Pairs(PairsSpec { dialect, fields })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8000))]

    #[test]
    fn lines_of_a_block_are_what_each_is_alone(
        (dialect, between, after) in dialect(),
        keys in prop::collection::vec(prop::collection::vec(prop::sample::select(KEYS), 1..8), 1..3),
        lines in prop::collection::vec(
            (0usize..3, prop::collection::vec(prop::sample::select(VALUES), 8), edits(b" \t,;=:\"\'\\|x\x01\xff"), any::<bool>()),
            1..24,
        ),
        leading in prop::collection::vec(prop::sample::select(vec!["LEEF:1.0", "a", "status", "", " x y ", "\"q\"", "1"]), 0..3),
        is_closed: bool,
        is_ended: bool,
    ) {
        let lines = lines.into_iter().map(|(number, values, edits, is_dos)| {
            let pairs: Vec<String> = keys[number % keys.len()].iter().zip(values).map(|(key, value)| format!("{key}{between}{value}")).collect();
            let leading: String = leading.iter().flat_map(|part| [part, after]).collect();
            let header = if dialect == PairsDialect::Cef { "CEF:0|a|b|c|d|e f|7|".to_owned() } else { leading };
            let end = if is_closed { after } else { "" };
            (format!("{header}{}{end}", pairs.join(after)).into_bytes(), edits, is_dos)
        });
        let block = block(lines, is_ended);
        each_line_alone(&format(dialect), &["one", "two", "three", "four", "status"], &block)?;
    }
}

/// Which lines are read together, after the first taught the shape.
fn read(dialect: PairsDialect, lines: &[&str]) -> u64 {
    let fields = [KeyedField { need: Need::Required, ..KeyedField::new("status", "status") }];
    let mut slots = 2;
    let (keys, settle) = Settle::new(&fields, &[0], 1, &mut slots);
    let scanner = PairScanner::new(dialect, keys, settle);
    // The last bytes of a text are not read together.
    let text = format!("{}\n{}\n", lines.join("\n"), "x".repeat(64)).into_bytes();
    let mut batch = Batch::new(slots);
    dispatch(Split { batch: &mut batch, text: &text });
    let mut shapes = Shapes::default();
    dispatch(PairLines { scanner: &scanner, shapes: &mut shapes, batch: &mut batch, text: &text })
}

#[test]
fn lines_of_the_same_keys_are_read_together() {
    let ltsv = PairsDialect::Delimited { between: b':', after: b'\t' };
    let words = PairsDialect::Delimited { between: b'=', after: b' ' };
    for (dialect, lines, expected) in [
        (
            ltsv,
            &["a:1\tstatus:200", "a:x y:z\tstatus:5", "a:\tstatus:5", "b:1\tstatus:5", "a:1\tstatus:x"][..],
            0b110,
        ),
        (
            PairsDialect::Delimited { between: b'=', after: b'|' },
            &[
                "LEEF:1.0|a|b c||a=1|status=200",
                "LEEF:1.0|a|b c||a=|status=5",
                "LEEF:2.0|a|b c||a=1|status=5",
            ],
            0b10,
        ),
        (
            PairsDialect::Delimited { between: b'=', after: b'|' },
            &["a|b=1|status=200|", "a|b=|status=5|", "a|b=1|status=5|x", "a|b=1|status=5"],
            0b10,
        ),
        (
            words,
            &[
                "a=\"x y\" status=200",
                "a=1 status=5",
                "a=\"\\\"\" status=5",
                "a=x\"y z\" status=5",
                "a='1' status=5",
            ],
            0b10,
        ),
        (
            PairsDialect::Logfmt,
            &["a=1 status=200", "a=\"x=y z\" status=5", "a=x=y status=5", "a status=5"],
            0b10,
        ),
        (
            PairsDialect::Spaced,
            &[
                "a=1 status=200",
                "a=x y?z=5  status=5",
                "a=x y=5 status=5",
                "a=\"x\" status=5",
                "status=5 a=1",
            ],
            0b10,
        ),
        (
            PairsDialect::Cef,
            &[
                "CEF:0|a|b|c|d|e|7|a=1 status=200",
                "CEF:0|a|b|c|d|e \\| f|9|a=? = status=5",
                "CEF:0|a|b|c|d|e|7",
            ],
            0b10,
        ),
    ] {
        assert_eq!(read(dialect, lines), expected, "{dialect:?}");
    }
}
