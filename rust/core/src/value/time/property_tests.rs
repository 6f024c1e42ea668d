//! The readers against `jiff`, on generated and altered texts.

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use proptest::prelude::*;

use super::civil::NS_PER_SECOND;
use super::clf::ClfReader;
use super::tests::{YEAR_IF_ABSENT, read, reread};
use super::{Layout, TimeReader, Timestamp};

fn civil() -> impl Strategy<Value = DateTime> {
    (1678_i16..2262, 1_i8..=12, 1_i8..=31, 0_i8..24, 0_i8..60, 0_i8..60, 0..1_000_000_000).prop_map(
        |(year, month, day, hour, minute, second, ns)| {
            let last_day = jiff::civil::date(year, month, 1).days_in_month();
            jiff::civil::date(year, month, day.min(last_day)).at(hour, minute, second, ns)
        },
    )
}

fn unix_ns(time: DateTime, offset_minutes: i32) -> i64 {
    let offset = Offset::from_seconds(offset_minutes * 60).expect("within a day");
    let zoned = time.to_zoned(TimeZone::fixed(offset)).expect("in range");
    i64::try_from(zoned.timestamp().as_nanosecond()).expect("in range")
}

fn offset(minutes: i32, colon: &str) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}{colon}{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn clf_equals_jiff(times in prop::collection::vec((civil(), -1439..1440), 1..4)) {
        let mut reader = TimeReader::new(&Layout::Clf, YEAR_IF_ABSENT);
        for (time, minutes) in times {
            let time = time.with().subsec_nanosecond(0).build().expect("a time");
            let text = format!("{} {}", time.strftime("%d/%b/%Y:%H:%M:%S"), offset(minutes, ""));
            let expected = Timestamp { unix_ns: unix_ns(time, minutes), fraction_digits: 0 };
            prop_assert_eq!(reader.read(text.as_bytes()), Some(expected), "{}", text);
        }
    }

    #[test]
    fn altered_clf_is_refused_or_read_as_by_jiff(
        time in civil(), place in 0..26_usize, byte in prop::sample::select(b"0123456789/: +-JFebctv".to_vec()),
    ) {
        let mut text = time.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string().into_bytes();
        text[place] = byte;
        if let Some(found) = ClfReader::default().read(&text) {
            let layout = Layout::Strftime("%d/%b/%Y:%H:%M:%S %z".to_owned());
            let expected = TimeReader::new(&layout, YEAR_IF_ABSENT).read(&text);
            // jiff reads a leap second as the second before it.
            let leap = if text[18..20] == *b"60" { NS_PER_SECOND } else { 0 };
            prop_assert_eq!(Some(found.unix_ns - leap), expected.map(|time| time.unix_ns));
        }
    }

    #[test]
    fn iso_8601_equals_jiff(
        time in civil(), minutes in -1439..1440, colon in prop::sample::select(vec!["", ":"]),
        mark in prop::sample::select(vec!['.', ',']), digits in 0..=9_usize,
    ) {
        let fraction = format!("{:09}", time.subsec_nanosecond());
        let cut = 10_i32.pow(9 - digits as u32);
        let kept = time.with().subsec_nanosecond(time.subsec_nanosecond() / cut * cut).build();
        let kept = kept.expect("a time");
        let mut text = time.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        if digits > 0 {
            text.push(mark);
            text.push_str(&fraction[..digits]);
        }
        text.push_str(&offset(minutes, colon));
        let expected = Timestamp { unix_ns: unix_ns(kept, minutes), fraction_digits: digits as u8 };
        prop_assert_eq!(read(&Layout::Iso8601, &text), Some(expected), "{}", text);

        let written = reread(&Layout::Iso8601, &text).expect("read above");
        prop_assert_eq!(read(&Layout::Iso8601, &written), Some(expected), "{}", written);
    }

    #[test]
    fn any_bytes_are_a_time_or_not(text in prop::collection::vec(any::<u8>(), 0..60)) {
        for layout in [
            Layout::Clf,
            Layout::Iso8601,
            Layout::EpochSeconds,
            Layout::EpochMicroseconds,
            Layout::Strftime("%b %d %H:%M:%S.%f".to_owned()),
        ] {
            let _ = TimeReader::new(&layout, YEAR_IF_ABSENT).read(&text);
        }
    }
}
