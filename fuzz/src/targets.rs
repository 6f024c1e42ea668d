//! What is fuzzed, and the known texts of each.

use std::sync::LazyLock;

use logagent_core::explain::explain;
use logagent_core::format::edit::one_edit;
use logagent_core::format::server_conf::{self, Server};
use logagent_core::format::{
    Format, FormatError, apache, detect, dissect, goaccess, grok, loki, lower, named, nginx, spec, template,
};
use logagent_core::plan::Plan;
use logagent_core::scan::{Mismatch, Record, RecordSink, Scanner, Scratch, Strategy, offered};
use logagent_core::spec::Surroundings;
use logagent_core::value::number::Decimal;
use logagent_core::value::time::{Layout, TimeReader};

/// A parser, and texts that it accepts.
#[derive(Debug)]
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// The texts.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Gives it an input.
    pub take: fn(&[u8]),
}

/// Every target.
pub const TARGETS: &[Target] = &[
    Target { name: "format", seeds: formats, take: take_format },
    Target { name: "nginx", seeds: nginx_formats, take: |text| take_text(text, nginx::parse) },
    Target { name: "apache", seeds: apache_formats, take: |text| take_text(text, apache::parse) },
    Target {
        name: "grok",
        seeds: grok_expressions,
        take: |text| take_text(text, |text| grok::parse(text, &[])),
    },
    Target { name: "goaccess", seeds: goaccess_formats, take: |text| take_text(text, goaccess::parse) },
    Target { name: "loki", seeds: loki_patterns, take: |text| take_text(text, loki::parse) },
    Target { name: "dissect", seeds: dissect_patterns, take: |text| take_text(text, dissect::parse) },
    Target { name: "template", seeds: templates, take: |text| take_text(text, template::parse) },
    Target { name: "regex", seeds: regexes, take: take_regex },
    Target { name: "server_conf", seeds: server_configurations, take: take_server_configuration },
    Target { name: "configuration", seeds: configurations, take: take_configuration },
    Target { name: "condition", seeds: conditions, take: take_condition },
    Target { name: "time", seeds: times, take: take_time },
    Target { name: "number", seeds: numbers, take: take_number },
    Target { name: "detect", seeds: lines, take: take_head },
    Target { name: "lines", seeds: lines, take: take_lines },
    Target { name: "edit", seeds: lines, take: take_edit },
];

fn owned(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

fn take_text<T>(text: &[u8], parse: impl Fn(&str) -> Result<T, FormatError>) {
    let text = String::from_utf8_lossy(text);
    if let Err(error) = parse(&text) {
        assert!(text.get(error.span.clone()).is_some(), "{error:?}");
        assert!(!error.message.contains('\n'), "{error:?}");
    }
}

const COMBINED: &str =
    r#"192.0.2.7 - alice [21/Nov/2026:10:15:32 +0000] "GET /a?b=%20 HTTP/1.1" 200 1532 "-" "curl/8""#;

fn formats() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = named::all().map(|format| format.name.as_bytes().to_vec()).collect();
    all.extend(owned(&[
        "regex(a,-):([a-z]+) ([0-9]{1,3})",
        "json:{status=resp.code, target=uri}",
        "csv:time,method,-,status",
        "separated:;",
        "key_value:=;",
        "syslog:combined",
        "goaccess:%h %^[%d:%t %^] \"%r\" %s %b",
    ]));
    all.extend([nginx_formats(), apache_formats(), grok_expressions()].concat());
    all
}

/// A format of any kind, and a line that it reads or not.
fn take_format(text: &[u8]) {
    take_text(text, spec::parse);
    if let Ok(format) = spec::parse(&String::from_utf8_lossy(text)) {
        read(&format, COMBINED.as_bytes());
        read(&format, text);
    }
}

fn nginx_formats() -> Vec<Vec<u8>> {
    owned(&[
        r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" $request_time"#,
        "log_format main escape=json '{\"a\":\"$uri\",' '\"b\":${status}}';",
        "'$host $upstream_response_time : $upstream_addr' ' $msec'",
    ])
}

fn apache_formats() -> Vec<Vec<u8>> {
    owned(&[
        r#"%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" %D %{ms}T"#,
        r#"LogFormat "%v:%p %!400,501{User-agent}i %{%Y-%m-%dT%T}t.%{msec_frac}t%{%z}t \"%U%q\" %^FB" own"#,
    ])
}

fn grok_expressions() -> Vec<Vec<u8>> {
    owned(&[
        "%{IPORHOST:remote_addr} %{NUMBER:took:float} %{GREEDYDATA:[a][b]}",
        "%{COMBINEDAPACHELOG}",
        "^(?<a>[0-9]+) (?:x|%{WORD:b})$",
    ])
}

fn goaccess_formats() -> Vec<Vec<u8>> {
    owned(&[
        "%h %^[%d:%t %^] \"%r\" %s %b \"%R\" \"%u\" %T",
        "~h{, } %e %^ %D %L %n",
        "COMBINED",
        "{\"a\":\"%h\"}",
    ])
}

fn loki_patterns() -> Vec<Vec<u8>> {
    owned(&["<ip> - <_> [<time>] \"<method> <path> <_>\" <status>"])
}

fn dissect_patterns() -> Vec<Vec<u8>> {
    owned(&["%{ip} %{} %{?skip} [%{+time/2} %{+time/1}] %{status->} %{*key}=%{&key}"])
}

fn templates() -> Vec<Vec<u8>> {
    let named = named::all().filter_map(|format| match format.definition {
        named::Definition::Templates(texts) => Some(texts.iter().map(|text| text.as_bytes().to_vec())),
        _ => None,
    });
    named.flatten().collect()
}

fn regexes() -> Vec<Vec<u8>> {
    owned(&[
        r#"^(?P<remote_addr>\S+) \S+ (\S+) \[([^\]]+)\] "(?P<method>[A-Z]+) (.+?)" (?:\d{3}|-) (\d+|-)$"#,
        r"(?i)a{2,5}b+?[[:alpha:]]*(?:c|d)",
    ])
}

fn take_regex(text: &[u8]) {
    let text = String::from_utf8_lossy(text);
    if let Ok(lowered) = lower::lower(&text) {
        assert!(!lowered.pattern.to_regex().is_empty());
    }
    if let Ok(format) = spec::parse(&format!("regex:{text}")) {
        read(&format, COMBINED.as_bytes());
    }
}

fn server_configurations() -> Vec<Vec<u8>> {
    owned(&[
        "http { log_format a '$remote_addr '\n '\"$request\"'; # c\n include b/*.conf; server { access_log /x/$host.log a; } access_log /y; }",
        "ServerRoot \"/x\"\nLogFormat \"%h \\\"%r\\\"\" a\n<VirtualHost *>\nCustomLog /a.log \\\n a env=b\nTransferLog /b\n</VirtualHost>\n",
    ])
}

/// A file system in which every file is the same.
struct Same<'a>(&'a str);

impl Surroundings for Same<'_> {
    fn files(&self, pattern: &str) -> Result<Vec<String>, String> {
        Ok(vec![pattern.replace('*', "a")])
    }

    fn read(&self, _path: &str) -> Result<String, String> {
        Ok(self.0.to_owned())
    }

    fn variable(&self, name: &str) -> Option<String> {
        (name.len() < 3).then(|| "x".to_owned())
    }
}

fn take_server_configuration(text: &[u8]) {
    let text = String::from_utf8_lossy(text);
    for server in [Server::Nginx, Server::Apache] {
        if let Ok(logs) = server_conf::read(server, "/x/main.conf", &Same(&text)) {
            let _ = logs.by_format(server, None);
        }
    }
}

fn configurations() -> Vec<Vec<u8>> {
    owned(&[r#"
include = ["more.toml"]
[agent]
slot = "10s"
[[source]]
name = "a"
paths = ["/x/*.log", "${A}"]
format = "own"
[formats.own]
nginx = '$remote_addr "$request" $status $request_time'
[categories.group]
on = "path"
rules = [{ name = "a-$1", regex = '^/a/([a-z]+)' }, { name = "b", prefix = "/b", when = 'status >= 500' }]
rules_file = "rules.csv"
default = "other"
[[metric]]
name = "hits_total"
labels = ["group", "method", "status"]
[[metric]]
name = "seconds"
type = "histogram"
value = "request_time"
buckets = [0.1, 1, 10]
when = 'group != "b"'
"#])
}

fn take_configuration(text: &[u8]) {
    let text = String::from_utf8_lossy(text);
    match Plan::read(&text, "a.toml", &Same("Id,Regex,Rank\n1,^/a,2\n")) {
        Ok(plan) => {
            for source in &plan.sources {
                let _ = explain(&source.format, COMBINED.as_bytes(), 2026);
            }
        }
        Err(problems) => assert!(!problems.is_empty()),
    }
}

fn conditions() -> Vec<Vec<u8>> {
    owned(&[
        r#"status >= 500 && (path.startsWith("/a") || user_agent.matches("(?i)bot")) && !(method in ["GET", "HEAD"])"#,
        r#"size(path) > 10 ? request_time > 0.5 : remote_addr == "192.0.2.0/24""#,
    ])
}

fn take_condition(text: &[u8]) {
    let text = String::from_utf8_lossy(text).replace("'''", "");
    let configuration = format!(
        "[[source]]\nname = 'a'\nformat = 'combined'\n[[metric]]\nname = 'a_total'\nwhen = '''{text}'''\n"
    );
    if let Ok(plan) = Plan::from_toml(&configuration) {
        let _ = logagent_core::explain::judge(&plan, &plan.sources[0].format, COMBINED.as_bytes(), 2026);
    }
}

fn times() -> Vec<Vec<u8>> {
    owned(&[
        "21/Nov/2026:10:15:32 +0000",
        "2026-11-21T10:15:32.318041Z",
        "2026-11-21 10:15:32,318+01:00",
        "Sat Nov 21 10:15:32.318041 2026",
        "Nov 21 10:15:32",
        "1795256132.318",
        "1795256132318041",
        "20261121 10:15:32",
    ])
}

fn take_time(text: &[u8]) {
    let layouts = [
        Layout::Any,
        Layout::Clf,
        Layout::Iso8601,
        Layout::EpochSeconds,
        Layout::EpochMilliseconds,
        Layout::EpochMicroseconds,
        Layout::Strftime("%a %d %b %Y %H:%M:%S.%3f %z".to_owned()),
        Layout::Strftime(String::from_utf8_lossy(text).into_owned()),
    ];
    for layout in layouts {
        let _ = TimeReader::new(&layout, 2026).read(text);
    }
}

fn numbers() -> Vec<Vec<u8>> {
    owned(&["0", "-1", "1.25", "1.5e-05", "999999999999999999", "0000.000000000000000001"])
}

fn take_number(text: &[u8]) {
    if let Some(number) = Decimal::parse(text) {
        assert_eq!(Decimal::parse(number.to_string().as_bytes()), Some(number));
    }
}

fn lines() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = named::all().map(|format| format.example.as_bytes().to_vec()).collect();
    // Lines that may be read by what was learnt from those before them.
    let alike =
        named::all().filter(|format| matches!(format.format(), Ok(Format::Columns(_) | Format::Pairs(_))));
    all.extend(alike.map(|format| {
        let line = format.example.lines().last().expect("an example has a line");
        format!("{}\n{line}\n{line}\n", format.example).into_bytes()
    }));
    all.extend(owned(&[
        "<34>1 2026-11-21T10:15:32Z web1 shop 71 ID47 [a@1 b=\"\\]\"] GET / 200",
        "Nov 21 10:15:32 web1 nginx[71]: 192.0.2.7 - - [21/Nov/2026:10:15:32 +0000] \"GET / HTTP/1.1\" 200 5",
        "{\"log\":\"GET / 200\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-21T10:15:32Z\"}",
        "__REALTIME_TIMESTAMP=1795256132318041\nMESSAGE\n\x05\0\0\0\0\0\0\0a\nb c\n_PID=7\nMESSAGE=GET / 200\n\n",
        "2026-11-21T10:15:32.318041000Z stdout F {\"a\":[1,{\"b\":\"\\u00e9\"}]}",
    ]));
    all
}

fn take_head(text: &[u8]) {
    if let Some(found) = detect(text) {
        assert!(found.matched <= found.lines, "{}", found.describe());
    }
}

/// Lines of every named format and of some others.
fn take_lines(text: &[u8]) {
    for scanner in &*SETTLED {
        scan(scanner, scanner, text);
    }
    for format in named::all().map(|named| named.format().expect("a format of the table")) {
        if !format.is_settled() {
            read(&format, text);
        }
    }
    for format in [
        "syslog:combined",
        "docker:json",
        "journald:pattern:<a> <b>",
        "separated:;",
        "key_value::,",
        "pattern:<a> \"<b>\" <c>",
    ] {
        read(&spec::parse(format).expect("a format"), text);
    }
}

/// Scanners of the named formats that need no look at the lines.
static SETTLED: LazyLock<Vec<Scanner>> = LazyLock::new(|| {
    let formats = named::all().filter_map(|named| named.format().ok());
    formats.filter(Format::is_settled).filter_map(|format| every_field(&format)).collect()
});

fn take_edit(text: &[u8]) {
    let lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
    for format in ["combined", "syslog:common", "$remote_addr [$time_local] $status"] {
        let format = spec::parse(format).expect("a format");
        if let Some(edit) = one_edit(&format, &lines) {
            assert!(edit.matched <= lines.len());
        }
    }
}

/// Counts lines; what it is handed lies within them, and is what each line holds by itself.
struct Lines<'a> {
    count: usize,
    /// Reads each line by itself, in order.
    alone: &'a Scanner,
    scratch: Scratch,
}

impl RecordSink for Lines<'_> {
    fn record(&mut self, record: &Record<'_>) {
        self.count += 1;
        let texts = |record: &Record<'_>| {
            (0..self.alone.kinds().len()).map(|slot| record.get(slot).map(<[u8]>::to_vec)).collect::<Vec<_>>()
        };
        let found = texts(record);
        let alone = self.alone.scan_line(&mut self.scratch, record.line).expect("a line of the format");
        assert_eq!(found, texts(&alone), "{}", record.line.escape_ascii());
    }

    fn reject(&mut self, line: &[u8], mismatch: &Mismatch) {
        self.count += 1;
        assert!(mismatch.offset as usize <= line.len());
        if self.alone.needs_order() || self.alone.strategy() == Strategy::Pairs {
            let alone = self.alone.scan_line(&mut self.scratch, line).err();
            assert_eq!(alone, Some(*mismatch), "{}", line.escape_ascii());
        }
    }
}

/// Reads `block` by `format`, for every field that it offers.
fn read(format: &Format, block: &[u8]) {
    let Ok(resolved) = format.resolve(block) else { return };
    let scanner = || every_field(&resolved.format);
    if let (Some(scanner), Some(alone)) = (scanner(), scanner()) {
        scan(&scanner, &alone, block);
    }
}

/// A scanner of all fields that `format` offers.
fn every_field(format: &Format) -> Option<Scanner> {
    let names = offered(format);
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    Scanner::compile(format, &wanted).ok()
}

/// Reads a block twice: what was learnt from its lines is tried on them. `alone` is another scanner of the
/// format, unless that needs no order.
fn scan(scanner: &Scanner, alone: &Scanner, block: &[u8]) {
    let mut scratch = scanner.scratch();
    let mut lines = Lines { count: 0, alone, scratch: alone.scratch() };
    scanner.scan_block(&mut scratch, block, &mut lines);
    let end = block.strip_suffix(b"\n").unwrap_or(block);
    let expected = if block.is_empty() { 0 } else { end.split(|&byte| byte == b'\n').count() };
    assert_eq!(lines.count, expected, "lines");
    scanner.scan_block(&mut scratch, block, &mut lines);
    assert_eq!(lines.count, 2 * expected, "lines");
}
