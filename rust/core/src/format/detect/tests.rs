use super::*;

const COMMON: &str = "192.0.2.1 - - [21/Nov/2026:10:15:32 +0000] \"GET / HTTP/1.1\" 200 5";

fn detected(head: &str) -> Option<(&'static str, Ending, usize, usize)> {
    detect(head.as_bytes()).map(|d| (d.name, d.ending, d.matched, d.lines))
}

#[test]
fn the_example_of_every_named_format_is_detected_as_it() {
    // Formats that look like others, or like anything.
    let twins = [("lighttpd", "combined"), ("varnish_combined", "combined"), ("istio_json", "envoy_json")];
    let unknown = ["csv", "csv_header", "tsv", "tsv_header", "key_value"];
    for format in named::all().filter(|format| !unknown.contains(&format.name)) {
        let head = format!("{}\n", format.example);
        let twin = twins.iter().find(|(name, _)| *name == format.name);
        let wanted = twin.map_or(format.name, |(_, twin)| twin);
        let found = detect(head.as_bytes()).unwrap_or_else(|| panic!("{}", format.name));
        assert_eq!((found.name, found.ending, found.matched), (wanted, Ending::Whole, 1), "{}", format.name);
    }
}

#[test]
fn what_was_detected_before_decides_nothing() {
    let heads: Vec<String> = named::all().map(|format| format!("{}\n", format.example)).collect();
    let wanted: Vec<Option<Detected>> = heads.iter().map(|head| detect(head.as_bytes())).collect();
    for before in ["combined", "nginx_json", "haproxy_http", "lighttpd", "logfmt"] {
        let before = named::find(before).unwrap().example;
        for (head, wanted) in heads.iter().zip(&wanted) {
            detect(before.as_bytes());
            assert_eq!(detect(head.as_bytes()), *wanted, "{head} after {before}");
        }
    }
}

#[test]
fn a_format_is_found_inside_its_envelope() {
    for (line, envelope) in [
        (format!("Nov 21 10:15:32 web nginx[71]: {COMMON}"), Envelope::Syslog),
        (format!("2026-11-21T10:15:32.318041000Z stdout F {COMMON}"), Envelope::Cri),
        (
            format!(
                "{{\"log\":{:?},\"stream\":\"stdout\",\"time\":\"2026-11-21T10:15:32Z\"}}",
                format!("{COMMON}\n")
            ),
            Envelope::Docker,
        ),
    ] {
        let found = detect(line.as_bytes()).unwrap();
        assert_eq!((found.name, found.envelope), ("common", Some(envelope)), "{line}");
    }
}

#[test]
fn half_of_the_lines_is_enough_and_less_is_not() {
    let half = format!("{COMMON}\r\n\n# comment\ngarbage\n");
    assert_eq!(detected(&half), Some(("common", Ending::Whole, 1, 2)));
    assert_eq!(detected(&format!("{half}garbage\n")), None);
}

#[test]
fn a_last_line_without_its_end_counts_only_when_it_is_alone() {
    assert_eq!(detected(&format!("{COMMON}\n{COMMON}")), Some(("common", Ending::Whole, 1, 1)));
    assert_eq!(detected(COMMON), Some(("common", Ending::Whole, 1, 1)));
}

#[test]
fn fields_that_an_operator_added_do_not_hide_the_format() {
    let head = format!("{COMMON} \"-\" \"curl/8\" HIT 0.010\n");
    assert_eq!(detected(&head), Some(("combined", Ending::More, 1, 1)));
    let Some(Detected { format: Format::Text(pattern), .. }) = detect(head.as_bytes()) else {
        panic!("a text format");
    };
    assert_eq!(pattern.fields().last().unwrap().name.as_deref(), Some("rest"));
}

#[test]
fn a_column_before_the_format_is_not_taken_for_a_part_of_it() {
    let found = detect(format!("www.example.org {COMMON}\n").as_bytes()).unwrap();
    assert_eq!(found.name, "access log");
}

#[test]
fn instants_of_other_layouts_make_an_access_log_too() {
    for (line, name) in [
        ("192.0.2.1 - - [21/Nov/2026 10:15:32] \"GET / HTTP/1.1\" 200 -\n", "common"),
        ("192.0.2.1 - - [2026-11-21T10:15:32Z] \"GET / HTTP/1.1\" 200 5 \"-\" \"curl/8\"\n", "combined"),
        ("[21/Nov/2026:10:15:32 +0000] 192.0.2.1 \"GET / HTTP/1.1\" 200 5\n", "access log"),
    ] {
        assert_eq!(detected(line), Some((name, Ending::Whole, 1, 1)), "{line}");
    }
    assert_eq!(detected("192.0.2.1 - - [today] \"GET / HTTP/1.1\" 200 -\n"), None);
}

#[test]
fn json_lines_are_detected() {
    assert_eq!(detected("{\"a\":1}\n { }\n"), Some(("json", Ending::Whole, 2, 2)));
    assert_eq!(detected("{a}\n"), None);
}

#[test]
fn nothing_is_no_format() {
    for head in ["", "\n\n", "# a comment\n", "{", "}"] {
        assert_eq!(detected(head), None, "{head:?}");
    }
}

#[test]
fn no_more_than_a_hundred_lines_are_looked_at() {
    let head = format!("{}{}", format!("{COMMON}\n").repeat(100), "garbage\n".repeat(300));
    assert_eq!(detected(&head), Some(("common", Ending::Whole, 100, 100)));
}
