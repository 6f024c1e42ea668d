//! Every parser of configuration texts and of lines against arbitrary bytes: no panic, spans within the
//! text, and no more than linear time (the inputs are long, and a test that hangs is one that fails).

use logagent_core::format::{Format, detect, dissect, goaccess, grok, loki, spec, template};
use logagent_core::scan::{Scanner, offered};
use proptest::prelude::*;

/// Texts of what formats are made of, and of anything.
fn text() -> impl Strategy<Value = String> {
    let parts = [
        "<",
        ">",
        "<a>",
        "<status>",
        "<_:more>",
        "(?",
        ")?",
        "%{",
        "}",
        "%{IP:a}",
        "%{INT:b:int}",
        "%h",
        "%r",
        "~h{",
        "\"",
        "[",
        "]",
        " ",
        ":",
        "=",
        ",",
        "\\",
        "$status",
        "${a}",
        "{",
        "syslog:",
        "csv:",
        "key_value:",
        "json:",
        "->",
        "|",
        "(",
        "(?>",
        "(?<!",
        "(?<x>",
        "é",
    ];
    prop_oneof![
        3 => prop::collection::vec(prop::sample::select(parts.to_vec()), 0..24).prop_map(|parts| parts.concat()),
        1 => ".{0,60}",
    ]
}

/// Bytes of which many look like a log of some kind.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let parts: Vec<&'static [u8]> = vec![
        b"192.0.2.7",
        b" - - ",
        b"[21/Nov/2026:10:15:32 +0000]",
        b" \"GET / HTTP/1.1\" ",
        b"200",
        b" ",
        b"\"",
        b"\\",
        b"{\"log\":\"",
        b"\"}",
        b"<34>",
        b"1 ",
        b"Nov 21 10:15:32 ",
        b"a[1]: ",
        b"key=",
        b"\"v\"",
        b"\t",
        b",",
        b"#Fields: a b",
        b"#fields\ta",
        b"2026-11-21T10:15:32Z ",
        b"stdout F ",
        b"MESSAGE=",
        b"\xff",
        b"\r",
        b"[a@1 b=\"",
        b"\\u12",
        b"%4",
        b":80",
    ];
    prop::collection::vec(prop::sample::select(parts), 0..16).prop_map(|parts| parts.concat())
}

/// Reads `lines` by `format`, for every field that it offers.
fn read(format: &Format, lines: &[Vec<u8>]) {
    let head = lines.join(&b'\n');
    let Ok(resolved) = format.resolve(&head) else { return };
    let names = offered(&resolved.format);
    let views = names.iter().flat_map(|name| [format!("{name}_decoded"), format!("{name}_unescaped")]);
    let wanted: Vec<String> = names.iter().cloned().chain(views).collect();
    let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
    let Ok(scanner) = Scanner::compile(&resolved.format, &wanted) else { return };
    let mut scratch = scanner.scratch();
    for line in lines {
        match scanner.scan_line(&mut scratch, line) {
            Ok(record) => {
                for slot in 0..wanted.len() {
                    let _ = record.get(slot);
                }
            }
            Err(mismatch) => {
                assert!(mismatch.offset as usize <= line.len());
                assert!(!scanner.expected(&mismatch).is_empty());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn texts_of_formats(text in text(), lines in prop::collection::vec(line(), 1..4)) {
        for (prefix, error) in [
            ("", spec::parse(&text).err()),
            ("", template::parse(&text).err()),
            ("", loki::parse(&text).err()),
            ("", dissect::parse(&text).err()),
            ("", goaccess::parse(&text).err()),
            ("", grok::parse(&text, &[]).err()),
        ] {
            if let Some(error) = error {
                let inside = text.get(error.span.clone()).is_some();
                prop_assert!(inside, "{prefix}{text:?}: {error:?}");
            }
        }
        if let Ok(format) = spec::parse(&text) {
            read(&format, &lines);
        }
    }

    #[test]
    fn lines_of_any_format(lines in prop::collection::vec(line(), 1..4), pick in any::<prop::sample::Index>()) {
        let _ = detect(&lines.join(&b'\n'));
        let names: Vec<&str> = logagent_core::format::named::all().map(|format| format.name).collect();
        let name = pick.get(&names);
        read(&spec::parse(name).unwrap(), &lines);
        if let Ok(format) = spec::parse(&format!("syslog:{name}")) {
            read(&format, &lines);
        }
    }
}

#[test]
fn long_lines_take_linear_time() {
    // A quadratic reader would need hours for these.
    let length = 1 << 15;
    for unit in ["\"", "\\", "a=", "a ", "{", "[", "\\\"", "%", ", ", "a=\"", "client: ", "<1>", "1:"] {
        let line = unit.repeat(length / unit.len()).into_bytes();
        for format in [
            "logfmt",
            "key_value",
            "skyhigh_proxy",
            "csv",
            "w3c",
            "zeek_http",
            "json",
            "syslog_line",
            "docker:combined",
            "nginx_error",
            "haproxy_http",
            "aws_alb",
            "aws_s3",
            "pattern:<a> \"<b>\" <c>",
            "grok:%{GREEDYDATA:a}",
        ] {
            read(&spec::parse(format).unwrap(), std::slice::from_ref(&line));
        }
    }
}
