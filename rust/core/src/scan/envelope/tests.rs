//! Lines in envelopes: a block is its lines, whatever stands around them.

use proptest::prelude::*;

use crate::format::envelope::{Envelope, PARTS, Wrapping};
use crate::format::{Format, template};
use crate::scan::{Mismatch, Record, RecordSink, Scanner};

/// The fields inside, and those of envelopes.
fn fields() -> Vec<&'static str> {
    let inside = ["method", "path", "status"];
    inside.into_iter().chain(PARTS).filter(|name| *name != "version").collect()
}

/// What each line of a block held, or where it left the format.
#[derive(Default)]
struct Lines(Vec<Result<Vec<String>, Mismatch>>);

fn texts(record: &Record<'_>) -> Vec<String> {
    let text = |slot| String::from_utf8_lossy(record.get(slot).unwrap_or_default()).into_owned();
    (0..fields().len()).map(text).collect()
}

impl RecordSink for Lines {
    fn record(&mut self, record: &Record<'_>) {
        self.0.push(Ok(texts(record)));
    }

    fn reject(&mut self, _line: &[u8], mismatch: &Mismatch) {
        self.0.push(Err(*mismatch));
    }
}

fn scanner(wrapping: Wrapping) -> Scanner {
    let shape = |text| template::parse(text).unwrap();
    let shapes = ["<method> <path> <status>", "<method> <path> failed: <message:text>"].map(shape).to_vec();
    let format = Format::Enveloped(wrapping, Box::new(Format::Variants(shapes)));
    Scanner::compile(&format, &fields()).unwrap()
}

/// Lines that are in an envelope or in none, or nearly.
fn line() -> impl Strategy<Value = String> {
    let header = prop::sample::select(vec![
        "",
        "<34>1 2026-11-21T10:15:32Z web1 shop 71 ID47 - ",
        "<165>1 - - - - - [a@1 b=\"\\]\" c=\"]\"][d] ",
        "<34>1 2026-11-21T10:15:32Z web1 shop  ID47 - ",
        "<34>Nov 21 10:15:32 web1 shop[71]: ",
        "<192>Nov 21 10:15:32 ",
        "Nov  1 10:15:32 web1 shop: ",
        "Nov 1 10:15:32 shop[7]: ",
        "Nov 21 10:15:32 web1 ",
        "shop[7]: ",
        "shop: ",
        "2026-11-21T10:15:32+01:00 web1 (squid-1)[7]: ",
        "<7>shop: ",
        "<>",
        "<0034>",
        "<34>",
        "<3",
        "<34>1 - - - - - [a ",
        "2026-11-21T10:15:32.318041000Z stdout F ",
        "2026-11-21T10:15:32.318041000Z stderr P ",
        "2026-11-21T10:15:32Z stdin F ",
        "MESSAGE=",
        "  ",
        "{\"log\":\"",
        "<34>1 2026-11-21T10:15:32Z web1 shop 71 ID47 - \u{feff}",
    ]);
    let body = prop::sample::select(vec![
        "GET /a 200",
        "GET /a failed: of b",
        "GET /a  200",
        "GET",
        "",
        " ",
        "GET /a 200\r",
        "a: GET /a 200",
        "GET /a 200\",\"stream\":\"stdout\",\"time\":\"2026-11-21T10:15:32Z\"}",
        "GET /\\u00e9 200\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-21T10:15:32Z\"}",
    ]);
    (header, body).prop_map(|(header, body)| format!("{header}{body}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_block_is_its_lines(
        lines in prop::collection::vec(line(), 1..90), crlf: bool, is_ended: bool,
        wrapping in prop::sample::select(vec![
            Wrapping::Perhaps, Wrapping::Always(Envelope::Syslog), Wrapping::Always(Envelope::Cri),
            Wrapping::Always(Envelope::Docker),
        ]),
    ) {
        let scanner = scanner(wrapping);
        let mut block = lines.join(if crlf { "\r\n" } else { "\n" });
        if is_ended {
            block.push('\n');
        }
        let mut found = Lines::default();
        scanner.scan_block(&mut scanner.scratch(), block.as_bytes(), &mut found);
        let mut scratch = scanner.scratch();
        let lines = block.split_inclusive('\n').map(|line| line.strip_suffix('\n').unwrap_or(line));
        let alone: Vec<_> = lines
            .map(|line| line.strip_suffix('\r').unwrap_or(line).as_bytes())
            .map(|line| scanner.scan_line(&mut scratch, line).map(|record| texts(&record)))
            .collect();
        prop_assert_eq!(found.0, alone);
    }
}

#[test]
fn headers_give_their_fields() {
    let scanner = scanner(Wrapping::Perhaps);
    for (line, fields) in [
        (
            "<165>1 2026-11-21T10:15:32Z web1 shop 71 ID47 [a@1 b=\"\\]\"] GET /a 200",
            "GET /a 200 2026-11-21T10:15:32Z web1 shop 71 local4 notice ID47 [a@1 b=\"\\]\"] ",
        ),
        (
            "<34>Nov  1 10:15:32 web1 shop[71]: GET /a 200",
            "GET /a 200 Nov  1 10:15:32 web1 shop 71 auth crit   ",
        ),
        ("Nov 21 10:15:32 shop: GET /a 200", "GET /a 200 Nov 21 10:15:32  shop      "),
        ("shop[7]: GET /a 200", "GET /a 200   shop 7     "),
        (
            "2026-11-21T10:15:32.318041000Z stderr F GET /a 200",
            "GET /a 200 2026-11-21T10:15:32.318041000Z        stderr",
        ),
    ] {
        let mut found = Lines::default();
        scanner.scan_block(&mut scanner.scratch(), format!("{line}\n{line}\n").as_bytes(), &mut found);
        let found: Vec<String> = found.0.into_iter().map(|texts| texts.unwrap().join(" ")).collect();
        assert_eq!(found, [fields, fields]);
    }
}
