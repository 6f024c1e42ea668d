//! The Common Log Format's time: `10/Oct/2000:13:55:36 -0700`.

use super::Timestamp;
use super::civil::{Fraction, SECONDS_PER_DAY, digits, second_of_day, timestamp, unix_day, zone_seconds};

/// Bytes of `10/Oct/2000:13:55:36 -0700`; no other length is read.
const LENGTH: usize = 26;
/// Bytes of `10/Oct/2000`.
const DATE_LENGTH: usize = 11;
/// Bytes of `-0700`.
const ZONE_LENGTH: usize = 5;

/// Reads such times, and remembers the last day and zone: neighbouring lines share them.
#[derive(Debug, Clone)]
pub(super) struct ClfReader {
    date: [u8; DATE_LENGTH],
    zone: [u8; ZONE_LENGTH],
    /// The Unix time of midnight on `date` in `zone`, in seconds.
    midnight: i64,
}

impl Default for ClfReader {
    fn default() -> ClfReader {
        ClfReader { date: *b"01/Jan/1970", zone: *b"+0000", midnight: 0 }
    }
}

impl ClfReader {
    pub(super) fn read(&mut self, text: &[u8]) -> Option<Timestamp> {
        let text: &[u8; LENGTH] = text.try_into().ok()?;
        let (date, rest) = text.split_first_chunk::<DATE_LENGTH>()?;
        let (clock, zone) = rest.split_last_chunk::<ZONE_LENGTH>()?;
        if *date != self.date || *zone != self.zone {
            self.midnight = midnight(*date, *zone)?;
            (self.date, self.zone) = (*date, *zone);
        }
        let [b':', h1, h2, b':', m1, m2, b':', s1, s2, b' '] = *clock else {
            return None;
        };
        let second = second_of_day(digits([h1, h2])?, digits([m1, m2])?, digits([s1, s2])?)?;
        timestamp(self.midnight + second, Fraction::default())
    }
}

/// The Unix time in seconds of midnight on a date such as `10/Oct/2000` in a zone such as `-0700`.
fn midnight(date: [u8; DATE_LENGTH], zone: [u8; ZONE_LENGTH]) -> Option<i64> {
    let [d1, d2, b'/', m1, m2, m3, b'/', y1, y2, y3, y4] = date else {
        return None;
    };
    let [sign, h1, h2, z1, z2] = zone;
    let day = unix_day(digits([y1, y2, y3, y4])?, month([m1, m2, m3])?, digits([d1, d2])?)?;
    let zone = zone_seconds(sign, digits([h1, h2])?, digits([z1, z2])?)?;
    Some(day * SECONDS_PER_DAY - zone)
}

/// The number of a month by its English abbreviation, as `strftime` writes it in the C locale.
pub(super) fn month(name: [u8; 3]) -> Option<u32> {
    Some(match &name {
        b"Jan" => 1,
        b"Feb" => 2,
        b"Mar" => 3,
        b"Apr" => 4,
        b"May" => 5,
        b"Jun" => 6,
        b"Jul" => 7,
        b"Aug" => 8,
        b"Sep" => 9,
        b"Oct" => 10,
        b"Nov" => 11,
        b"Dec" => 12,
        _ => return None,
    })
}
