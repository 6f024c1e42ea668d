//! The readers on fixed texts.

use super::clf::ClfReader;
use super::{Layout, TimeReader, Timestamp, check_strftime, iso8601, write_iso8601};

pub(super) const YEAR_IF_ABSENT: i16 = 2026;

pub(super) fn read(layout: &Layout, text: &str) -> Option<Timestamp> {
    TimeReader::new(layout, YEAR_IF_ABSENT).read(text.as_bytes())
}

/// What is read, written as ISO 8601.
pub(super) fn reread(layout: &Layout, text: &str) -> Option<String> {
    let mut out = Vec::new();
    write_iso8601(&mut out, read(layout, text)?);
    Some(String::from_utf8(out).expect("UTF-8"))
}

fn reads(layout: &Layout, text: &str, expected: &str) {
    assert_eq!(reread(layout, text).as_deref(), Some(expected), "{text}");
}

#[test]
fn clf_times_are_read_in_their_zone() {
    reads(&Layout::Clf, "10/Oct/2000:13:55:36 -0700", "2000-10-10T20:55:36Z");
    reads(&Layout::Clf, "01/Jan/1970:00:00:00 +0000", "1970-01-01T00:00:00Z");
    reads(&Layout::Clf, "29/Feb/2024:23:59:59 +0530", "2024-02-29T18:29:59Z");
    reads(&Layout::Clf, "31/Dec/2016:23:59:60 +0000", "2017-01-01T00:00:00Z");
}

#[test]
fn what_is_no_clf_time_is_left_to_the_other_layouts() {
    for text in [
        "",
        "-",
        "10/Oct/2000:13:55:36",
        "10/Oct/2000:13:55:36 -070",
        "10/Oct/2000:13:55:36 -07000",
        "10/oct/2000:13:55:36 -0700",
        "10/Foo/2000:13:55:36 -0700",
        "00/Oct/2000:13:55:36 -0700",
        "31/Sep/2000:13:55:36 -0700",
        "29/Feb/1900:13:55:36 -0700",
        "29/Feb/2023:13:55:36 -0700",
        "10/Oct/2000:24:00:00 -0700",
        "10/Oct/2000:13:60:00 -0700",
        "10/Oct/2000:13:55:61 -0700",
        "10/Oct/2000:13:55:36 -2400",
        "10/Oct/2000:13:55:36 -0060",
        "10/Oct/2000:13:55:36 00700",
        "10-Oct-2000:13:55:36 -0700",
        "10/Oct/2000:1a:55:36 -0700",
        "10/Oct/9999:13:55:36 -0700",
        "\0\0\0\0\0\0\0\0\0\0\0:13:55:36 \0\0\0\0\0",
    ] {
        assert_eq!(ClfReader::default().read(text.as_bytes()), None, "{text}");
        assert_eq!(read(&Layout::Clf, text), read(&Layout::Any, text), "{text}");
    }
}

#[test]
fn clf_may_have_a_fraction_and_a_zone_by_its_name() {
    for (text, digits) in [
        ("10/Oct/2000:20:55:36 UTC", 0),
        ("10/Oct/2000:20:55:36 Z", 0),
        ("10/Oct/2000:20:55:36.000 GMT", 3),
        ("10/Oct/2000:13:55:36.000 -0700", 3),
        ("10/Oct/2000:13:55:36 -07:00", 0),
    ] {
        let expected = Timestamp { unix_ns: 971_211_336_000_000_000, fraction_digits: digits };
        assert_eq!(read(&Layout::Clf, text), Some(expected), "{text}");
    }
}

#[test]
fn a_reader_gives_the_same_after_other_texts() {
    let clf = [
        "10/Oct/2000:13:55:36 -0700",
        "10/Oct/2000:13:55:37 -0700",
        "10/Oct/2000:13:55:37 +0000",
        "11/Oct/2000:13:55:37 +0000",
        "11/Foo/2000:13:55:37 +0000",
        "",
        "11/Oct/2000:13:55:37 +000x",
        "a text that is longer than what a reader keeps for comparison",
    ];
    let iso = [
        "2000-10-10T13:55",
        "2000-10-10T13:55:36",
        "2000-10-10T13:55:36.123456",
        "2000-10-10T13:55:36.123456789",
        "2000-10-10T13:55:36.123456789+01:00",
        "2000-10-10T13:55:36.12345678900000000000000000",
        "2000-10-10T13:55:36.12345678900000000000000000+01:00",
    ];
    for (layout, texts) in [(Layout::Clf, clf.as_slice()), (Layout::Iso8601, &iso)] {
        let mut reader = TimeReader::new(&layout, YEAR_IF_ABSENT);
        for first in texts {
            for second in texts {
                let read_first = reader.read(first.as_bytes());
                let read_second = reader.read(second.as_bytes());
                assert_eq!(read_first, read(&layout, first));
                assert_eq!(read_second, read(&layout, second), "{second} after {first}");
            }
        }
    }
}

#[test]
fn iso_8601_times_are_read_in_every_form() {
    for (text, expected) in [
        ("2000-10-10T13:55:36Z", "2000-10-10T13:55:36Z"),
        ("2000-10-10T13:55:36+00:00", "2000-10-10T13:55:36Z"),
        ("2000-10-10t13:55:36.5z", "2000-10-10T13:55:36.5Z"),
        ("2000-10-10 13:55:36,123 +0200", "2000-10-10T11:55:36.123Z"),
        ("2000-10-10T13:55:36.120-03:30", "2000-10-10T17:25:36.120Z"),
        ("2000-10-10T13:55:36.000+02", "2000-10-10T11:55:36.000Z"),
        ("2000-10-10T13:55:36.123456789123Z", "2000-10-10T13:55:36.123456789Z"),
        ("2000-10-10 13:55", "2000-10-10T13:55:00Z"),
        ("1969-12-31T23:59:59.25Z", "1969-12-31T23:59:59.25Z"),
        ("2016-12-31T23:59:60.5Z", "2017-01-01T00:00:00.5Z"),
    ] {
        reads(&Layout::Iso8601, text, expected);
    }
}

#[test]
fn what_is_no_iso_8601_time_is_left_to_the_other_layouts() {
    for text in [
        "",
        "2000-10-10",
        "2000-10-10T",
        "2000-10-10T13",
        "2000-10-10T13:55:",
        "2000-10-10T13:55:36.",
        "2000-10-10T13:55:36.Z",
        "2000-10-10T13:55:36 ",
        "2000-10-10T13:55:36ZZ",
        "2000-10-10T13:55:36+",
        "2000-10-10T13:55:36+1",
        "2000-10-10T13:55:36+24:00",
        "2000-10-10T13:55:36+01:60",
        "2000-10-10T13:55:36 UTC",
        "2000-13-10T13:55:36Z",
        "2000-00-10T13:55:36Z",
        "2001-02-29T13:55:36Z",
        "2000-10-10T25:55:36Z",
        "2000/10/10T13:55:36Z",
        "1600-10-10T13:55:36Z",
    ] {
        assert_eq!(iso8601::read(text.as_bytes()), None, "{text}");
        assert_eq!(read(&Layout::Iso8601, text), read(&Layout::Any, text), "{text}");
    }
}

#[test]
fn epochs_are_read_in_their_unit() {
    reads(&Layout::EpochSeconds, "971211336", "2000-10-10T20:55:36Z");
    reads(&Layout::EpochSeconds, "971211336.120", "2000-10-10T20:55:36.120Z");
    reads(&Layout::EpochMilliseconds, "971211336123", "2000-10-10T20:55:36.123Z");
    reads(&Layout::EpochMilliseconds, "971211336123.4567", "2000-10-10T20:55:36.1234567Z");
    reads(&Layout::EpochMicroseconds, "971211336123456", "2000-10-10T20:55:36.123456Z");
    reads(&Layout::EpochMicroseconds, "971211336123456.1234", "2000-10-10T20:55:36.123456123Z");
    for text in ["", "-", "-1", ".5", "1.", "1e9", "0x1", " 1", "9223372037", "99999999999999999999"] {
        assert_eq!(read(&Layout::EpochSeconds, text), None, "{text}");
    }
}

#[test]
fn strftime_layouts_are_read() {
    let layout = |layout: &str| Layout::Strftime(layout.to_owned());
    reads(&layout("%d.%m.%Y %H:%M:%S"), "10.10.2000 13:55:36", "2000-10-10T13:55:36Z");
    reads(&layout("%d/%b/%Y:%T %z"), "10/Oct/2000:13:55:36 -0700", "2000-10-10T20:55:36Z");
    reads(&layout("%b %e %H:%M:%S"), "Oct  9 13:55:36", "2026-10-09T13:55:36Z");
    reads(&layout("%s"), "971211336", "2000-10-10T20:55:36Z");
    reads(&layout("%Y-%m-%d %H:%M:%S.%f"), "2000-10-10 13:55:36.120", "2000-10-10T13:55:36.120Z");
    reads(&layout("%Y-%m-%d %H:%M:%S.%f"), "2000-10-10 13:55:36.000", "2000-10-10T13:55:36.000Z");
    reads(&layout("%F %T%.f"), "2000-10-10 13:55:36.12", "2000-10-10T13:55:36.12Z");
    reads(&layout("%F %T %Z"), "2000-10-10 13:55:36 GMT", "2000-10-10T13:55:36Z");
    assert_eq!(read(&layout("%F %T %Z"), "2000-10-10 13:55:36 CST"), None, "of several countries");
    reads(&layout("%c"), "Mon Oct  9 13:55:36 2000", "2000-10-09T13:55:36Z");
    reads(&layout("%D %r"), "10/09/00 01:55:36 PM", "2000-10-09T13:55:36Z");
    reads(&layout("%%D %F %X"), "%D 2000-10-09 13:55:36", "2000-10-09T13:55:36Z");
    for text in ["", "Oct", "Oct 32 13:55:36", "Oct 10 13:55:36 x", "Feb 29 13:55:36"] {
        assert_eq!(read(&layout("%b %d %H:%M:%S"), text), None, "{text}");
    }
    assert_eq!(TimeReader::new(&layout("%F"), 2026).read(b"\xff\xfe"), None);
}

#[test]
fn strftime_layouts_are_checked() {
    for layout in ["%d/%b/%Y:%H:%M:%S %z", "%b %d %T", "%s", "%F %T%.f", "%F %T %Z", "%c", "%D %r"] {
        assert_eq!(check_strftime(layout), Ok(()));
    }
    for layout in ["", "%H:%M", "%Q %H:%M:%S %Z", "%!", "%Y-%m-%d %H:%M:%"] {
        let problem = check_strftime(layout).expect_err("no instant");
        assert!(problem.starts_with(&format!("time layout `{layout}`")), "{problem}");
        assert!(!problem.contains('\n'), "{problem}");
    }
}
