//! Instants as text, in every layout that a format can declare.

use jiff::{Timestamp, fmt::strtime::BrokenDownTime, tz::TimeZone};

use super::{decimal, fit::Fit};
use crate::value::time::Layout;

const NS_PER_S: i64 = 1_000_000_000;

/// Writes instants in one layout. What does not change within a second is kept as text.
#[derive(Debug)]
pub struct Stamp {
    /// `strftime` layout of the part before the fraction.
    before: String,
    fraction: Fraction,
    /// `strftime` layout of the part after the fraction.
    after: String,
    zone: TimeZone,
    fit: Fit,
    /// What the texts were written for: a second, or a nanosecond when that is in the layout.
    written_for: Option<i64>,
    before_text: Vec<u8>,
    after_text: Vec<u8>,
    scratch: Vec<u8>,
}

/// How the part of a second is written.
#[derive(Debug, Clone, Copy)]
enum Fraction {
    None,
    /// `.123`
    DotMilliseconds,
    /// `123`
    Milliseconds,
    /// `123456`
    Microseconds,
    /// By the `strftime` layout.
    InLayout,
}

impl Stamp {
    /// For `layout` at the place `fit`, in the fixed zone `zone`; `start_ns` (Unix nanoseconds) is
    /// written once to try the layout.
    ///
    /// # Errors
    /// The layout is no `strftime` layout, or cannot express the instant.
    pub fn new(layout: &Layout, fit: Fit, zone: TimeZone, start_ns: i64) -> Result<Stamp, jiff::Error> {
        let (before, fraction, after) = match layout {
            Layout::Clf => ("%d/%b/%Y:%H:%M:%S %z", Fraction::None, ""),
            // Never a number: the text as a whole must become `-`.
            Layout::Iso8601 | Layout::Any if fit.is_numeric() => ("%Y-%m-%dT%H:%M:%S%:z", Fraction::None, ""),
            Layout::Iso8601 | Layout::Any => ("%Y-%m-%dT%H:%M:%S", Fraction::DotMilliseconds, "%:z"),
            Layout::EpochSeconds if fit.is_whole() => ("%s", Fraction::None, ""),
            Layout::EpochSeconds => ("%s", Fraction::DotMilliseconds, ""),
            Layout::EpochMilliseconds => ("%s", Fraction::Milliseconds, ""),
            Layout::EpochMicroseconds => ("%s", Fraction::Microseconds, ""),
            // `%f`, `%3f`, `%.f`, `%N`: a letter of the text that is taken for one costs only time.
            Layout::Strftime(layout) if layout.contains(['f', 'N']) => {
                (layout.as_str(), Fraction::InLayout, "")
            }
            Layout::Strftime(layout) => (layout.as_str(), Fraction::None, ""),
        };
        let mut stamp = Stamp {
            before: before.to_owned(),
            fraction,
            after: after.to_owned(),
            zone,
            fit,
            written_for: None,
            before_text: Vec::new(),
            after_text: Vec::new(),
            scratch: Vec::new(),
        };
        stamp.write_texts(start_ns)?;
        Ok(stamp)
    }

    /// Appends the instant `time_ns` (Unix nanoseconds, not negative).
    #[inline]
    pub fn push(&mut self, time_ns: i64, out: &mut Vec<u8>) {
        let second = time_ns / NS_PER_S;
        let wanted = if matches!(self.fraction, Fraction::InLayout) { time_ns } else { second };
        if self.written_for != Some(wanted) {
            // Some directives know only some years (`%y`: 1969 to 2068).
            if self.write_texts(time_ns).is_err() {
                out.push(b'-');
                return;
            }
            self.written_for = Some(wanted);
        }
        out.extend_from_slice(&self.before_text);
        let ns = time_ns.unsigned_abs() % NS_PER_S.unsigned_abs();
        match self.fraction {
            Fraction::None | Fraction::InLayout => {}
            Fraction::DotMilliseconds => {
                out.push(b'.');
                decimal::push_padded::<3>(ns / 1_000_000, out);
            }
            Fraction::Milliseconds => decimal::push_padded::<3>(ns / 1_000_000, out),
            Fraction::Microseconds => decimal::push_padded::<6>(ns / 1_000, out),
        }
        out.extend_from_slice(&self.after_text);
    }

    #[cold]
    fn write_texts(&mut self, time_ns: i64) -> Result<(), jiff::Error> {
        let instant = Timestamp::from_nanosecond(i128::from(time_ns))?;
        let civil = BrokenDownTime::from(&instant.to_zoned(self.zone.clone()));
        for (layout, text) in [(&self.before, &mut self.before_text), (&self.after, &mut self.after_text)] {
            text.clear();
            if !layout.is_empty() {
                self.scratch.clear();
                civil.format(layout, &mut self.scratch)?;
                self.fit.push(&self.scratch, text);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz;

    use super::*;
    use crate::format::Class;

    /// 2000-10-10 20:55:36.123456789 UTC.
    const INSTANT_NS: i64 = 971_211_336_123_456_789;

    fn written(layout: &Layout, class: Class) -> String {
        let zone = tz::offset(-7).to_time_zone();
        let fit = Fit::Field { class, stop: None };
        let mut stamp = Stamp::new(layout, fit, zone, INSTANT_NS).unwrap();
        let mut out = Vec::new();
        stamp.push(INSTANT_NS, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn layouts() {
        let strftime = |layout: &str| Layout::Strftime(layout.to_owned());
        for (layout, class, expected) in [
            (Layout::Clf, Class::Bracketed, "10/Oct/2000:13:55:36 -0700"),
            (Layout::Iso8601, Class::Word, "2000-10-10T13:55:36.123-07:00"),
            (Layout::EpochSeconds, Class::Decimal, "971211336.123"),
            (Layout::EpochSeconds, Class::Digits, "971211336"),
            (Layout::EpochMilliseconds, Class::Digits, "971211336123"),
            (Layout::EpochMicroseconds, Class::Word, "971211336123456"),
            (strftime("%d/%b/%Y %H:%M:%S.%3f"), Class::Lazy, "10/Oct/2000 13:55:36.123"),
            (strftime("%Y%m%d"), Class::Digits, "20001010"),
            (strftime("%H:%M"), Class::Digits, "-"),
            (Layout::Iso8601, Class::Decimal, "-"),
        ] {
            assert_eq!(written(&layout, class), expected, "{layout:?} {class:?}");
        }
    }

    #[test]
    fn seconds_are_told_apart() {
        let fit = Fit::Field { class: Class::Bracketed, stop: None };
        let mut stamp = Stamp::new(&Layout::Clf, fit, TimeZone::UTC, 0).unwrap();
        let mut out = Vec::new();
        for second in [59, 59, 60] {
            stamp.push(second * NS_PER_S, &mut out);
            out.push(b'\n');
        }
        let first = "01/Jan/1970:00:00:59 +0000\n".repeat(2);
        assert_eq!(String::from_utf8(out).unwrap(), first + "01/Jan/1970:00:01:00 +0000\n");
    }

    #[test]
    fn a_broken_layout_is_an_error() {
        let layout = Layout::Strftime("%!".to_owned());
        assert!(Stamp::new(&layout, Fit::Json, TimeZone::UTC, 0).is_err());
    }
}
