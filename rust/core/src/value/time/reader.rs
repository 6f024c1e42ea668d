//! A layout compiled to a reader that remembers its last text.

use super::clf::ClfReader;
use super::{Layout, Timestamp, any, epoch, iso8601, strftime};
use crate::format::field::Unit;

/// Longer texts are read each time, in bytes; every usual layout is shorter.
const CACHED_LENGTH: usize = 40;

/// Reads the instants of one field.
///
/// Lines of one log often carry the same time, so the last text and its instant are kept: equal
/// bytes cost one comparison.
#[derive(Debug, Clone)]
pub struct TimeReader {
    form: Form,
    cached_text: [u8; CACHED_LENGTH],
    /// 0 when nothing is cached.
    cached_length: usize,
    cached: Option<Timestamp>,
}

#[derive(Debug, Clone)]
enum Form {
    Clf(ClfReader, i16),
    Iso8601 { year_if_absent: i16 },
    Epoch(Unit),
    Any { year_if_absent: i16 },
    Strftime { layout: Box<str>, year_if_absent: i16 },
}

impl TimeReader {
    /// A reader of `layout`. A `strftime` layout without a year takes `year_if_absent`; the caller
    /// knows best (the current year, or the year in which the file was last written).
    pub fn new(layout: &Layout, year_if_absent: i16) -> TimeReader {
        let form = match layout {
            Layout::Clf => Form::Clf(ClfReader::default(), year_if_absent),
            Layout::Iso8601 => Form::Iso8601 { year_if_absent },
            Layout::EpochSeconds => Form::Epoch(Unit::Seconds),
            Layout::EpochMilliseconds => Form::Epoch(Unit::Milliseconds),
            Layout::EpochMicroseconds => Form::Epoch(Unit::Microseconds),
            Layout::Any => Form::Any { year_if_absent },
            Layout::Strftime(layout) => {
                Form::Strftime { layout: strftime::spelt_out(layout).into(), year_if_absent }
            }
        };
        TimeReader { form, cached_text: [0; CACHED_LENGTH], cached_length: 0, cached: None }
    }

    /// The instant that `text` stands for; `None` if the text is not whole and valid in the layout.
    #[inline]
    pub fn read(&mut self, text: &[u8]) -> Option<Timestamp> {
        if self.cached_length != 0 && text == &self.cached_text[..self.cached_length] {
            return self.cached;
        }
        let time = self.read_anew(text);
        if text.len() <= CACHED_LENGTH {
            self.cached_text[..text.len()].copy_from_slice(text);
            self.cached_length = text.len();
            self.cached = time;
        }
        time
    }

    fn read_anew(&mut self, text: &[u8]) -> Option<Timestamp> {
        match &mut self.form {
            // Some programs add a fraction, or write a zone by its name, or another layout altogether.
            Form::Clf(reader, year) => reader.read(text).or_else(|| any::read(text, *year)),
            Form::Iso8601 { year_if_absent } => {
                iso8601::read(text).or_else(|| any::read(text, *year_if_absent))
            }
            Form::Epoch(unit) => epoch::read(text, *unit),
            Form::Any { year_if_absent } => any::read(text, *year_if_absent),
            Form::Strftime { layout, year_if_absent } => strftime::read(text, layout, *year_if_absent),
        }
    }
}
