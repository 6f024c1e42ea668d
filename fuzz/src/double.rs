//! How many instructions a line costs, and one of twice the length.

use std::hint::black_box;

use logagent_core::format::spec;
use logagent_core::scan::{Scanner, offered};

/// Parts that readers look for; lines of nothing else are the worst that they can meet.
pub const UNITS: &[&str] = &[
    "\"",
    "\\",
    "a=",
    "a ",
    "{",
    "[",
    "\\\"",
    "%",
    ", ",
    "a=\"",
    "client: ",
    "<1>",
    "1:",
    "a|",
    "[a@1 b=\"",
    "- ",
];

/// Formats of every way of reading.
pub const FORMATS: &[&str] = &[
    "combined",
    "logfmt",
    "key_value",
    "skyhigh_proxy",
    "cef",
    "csv",
    "w3c",
    "zeek_http",
    "json",
    "caddy_json",
    "syslog_line",
    "docker:combined",
    "cri:common",
    "nginx_error",
    "haproxy_http",
    "aws_alb",
    "aws_s3",
    "nginx_ingress",
    "pattern:<a> \"<b>\" <c>",
    "grok:%{COMBINEDAPACHELOG}",
    "regex:^(?P<a>.*?) \\S+ (?P<b>.+)x$",
];

/// Bytes of the shorter lines.
pub const BYTES: usize = 2048;

/// Reads a line of every format and unit, in this order, of [`BYTES`] and of twice as many bytes; each read is
/// one call of [`measured`].
pub fn lines() {
    for format in FORMATS {
        let format = spec::parse(format).expect("a format");
        for unit in UNITS {
            // What is worked out on the first line is not the line's own cost.
            let warm = unit.repeat(8).into_bytes();
            let resolved = format.resolve(b"a").expect("a format that is named").format;
            let names = offered(&resolved);
            let views =
                names.iter().flat_map(|name| [format!("{name}_decoded"), format!("{name}_unescaped")]);
            let wanted: Vec<String> = names.iter().cloned().chain(views).collect();
            let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
            let scanner = Scanner::compile(&resolved, &wanted).expect("a format that is named");
            let mut scratch = scanner.scratch();
            let _ = scanner.scan_line(&mut scratch, &warm);
            for bytes in [BYTES, 2 * BYTES] {
                let line = unit.repeat(bytes / unit.len()).into_bytes();
                // Once before, so that memory is there already.
                let _ = scanner.scan_line(&mut scratch, &line);
                measured(&mut || {
                    let _ = black_box(scanner.scan_line(&mut scratch, black_box(&line)));
                });
            }
        }
    }
}

/// Runs `read`; its instructions are counted from outside, by this name.
#[inline(never)]
pub fn measured(read: &mut dyn FnMut()) {
    read();
}
