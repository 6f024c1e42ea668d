//! `[events]`.

use std::time::Duration;

use toml::de::DeTable;

use crate::spec::keys::{Document, Keys, Syntax};
use crate::spec::sections::EVENTS;
use crate::spec::{Nothing, Problems, Text};

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);
const LEAST_BYTES: u64 = 1_000_000;

/// `[events]`: how much of the event log is kept, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventsSpec {
    /// What is as new as this is in memory too.
    pub recent: Duration,
    /// What is older is archived.
    pub archive_after: Duration,
    /// What becomes of old and of many entries.
    pub kept: KeptSpec,
    /// The same for single streams, by name.
    pub streams: Vec<(Text, KeptSpec)>,
}

/// How much of a stream is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptSpec {
    /// What is older is removed.
    pub max_age: Duration,
    /// What it takes on the disk at most.
    pub max_bytes: u64,
}

impl EventsSpec {
    pub(super) fn read(mut keys: Keys<'_, '_>) -> EventsSpec {
        let recent = keys.duration("recent", SECOND..=DAY);
        let archive_after = keys.duration("archive_after", SECOND..=CENTURY);
        let kept = KeptSpec::read(&mut keys, None);
        let mut streams = Vec::new();
        for (name, mut keys) in keys.named_tables("streams") {
            if !is_plain_name(&name.value) {
                let message = format!("`{}` cannot be the name of a stream", name.value);
                let hint = "a-z, 0-9, `_`, `.` and `-`, at most 64 characters, a letter or digit first";
                keys.problem("bad-name", name.span.clone(), message, Some(hint.to_owned()));
            }
            streams.push((name, KeptSpec::read(&mut keys, Some(kept))));
            keys.finish();
        }
        keys.finish();
        EventsSpec {
            // What is wrong is reported already; some value has to stand for it.
            recent: recent.unwrap_or(SECOND),
            archive_after: archive_after.unwrap_or(SECOND),
            kept,
            streams,
        }
    }
}

/// What an empty table means.
impl Default for EventsSpec {
    fn default() -> EventsSpec {
        let document = Document {
            text: "",
            base: 0,
            origin: "",
            syntax: Syntax::Whole,
            problems: &Problems::default(),
            surroundings: &Nothing,
        };
        EventsSpec::read(Keys::root(&DeTable::new(), &EVENTS, document))
    }
}

impl KeptSpec {
    /// `general` is what a stream has that says nothing itself.
    fn read(keys: &mut Keys<'_, '_>, general: Option<KeptSpec>) -> KeptSpec {
        // The default of a stream is in words, and none of a value.
        let max_age = keys.duration("max_age", SECOND..=CENTURY);
        let max_bytes = keys.size_bytes("max_bytes", LEAST_BYTES);
        let general = general.unwrap_or(KeptSpec { max_age: DAY, max_bytes: LEAST_BYTES });
        KeptSpec {
            max_age: max_age.unwrap_or(general.max_age),
            max_bytes: max_bytes.unwrap_or(general.max_bytes),
        }
    }
}

/// Whether a name can stand in paths and addresses as it is.
pub(super) fn is_plain_name(name: &str) -> bool {
    let is_inner = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b'-');
    let first = name.bytes().next();
    name.len() <= 64 && name.bytes().all(is_inner) && first.is_some_and(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_those_of_the_table() {
        let events = EventsSpec::default();
        assert_eq!((events.recent, events.archive_after), (Duration::from_secs(3600), DAY));
        assert_eq!(events.kept, KeptSpec { max_age: 30 * DAY, max_bytes: 256_000_000 });
        assert!(events.streams.is_empty());
    }

    #[test]
    fn a_stream_has_what_it_says_and_else_what_all_have() {
        let text =
            "[events]\nmax_age = \"2d\"\nmax_bytes = \"2MB\"\n[events.streams.a]\nmax_bytes = \"3MB\"\n";
        let (spec, problems) = crate::spec::read(text, "test", &Nothing);
        assert!(problems.into_sorted().is_empty());
        let kept = KeptSpec { max_age: 2 * DAY, max_bytes: 2_000_000 };
        assert_eq!(spec.events.kept, kept);
        assert_eq!(spec.events.streams[0].1, KeptSpec { max_bytes: 3_000_000, ..kept });
    }

    #[test]
    fn names_of_streams() {
        for good in ["a", "alerts", "my.app-1_x", "0"] {
            assert!(is_plain_name(good), "{good}");
        }
        for bad in ["", "A", ".", "..", "a/b", "-a", "ä", &"a".repeat(65)] {
            assert!(!is_plain_name(bad), "{bad}");
        }
    }
}
