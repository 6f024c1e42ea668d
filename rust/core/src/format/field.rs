//! Canonical field names and how their text is read as a value.
//!
//! The same thing has the same name whatever the format that logs it, so that one question or
//! rule serves every proxy. [`FIELDS`] is the list; any other field keeps its own name.

mod table;

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::value::time::Layout;

pub use table::FIELDS;

/// How the text of a field is read as a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Text as logged.
    Text,
    /// Structured data of syslog: elements with parameters.
    Elements,
    /// A decimal integer.
    Integer,
    /// A decimal number without a unit.
    Number,
    /// A duration, logged in this unit; its value is in seconds.
    Duration(Unit),
    /// An instant, logged in this layout.
    Time(Layout),
}

/// The unit in which a duration is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Seconds, with or without a fraction.
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// Microseconds.
    Microseconds,
    /// Nanoseconds.
    Nanoseconds,
}

/// A field that has a canonical name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownField {
    /// The canonical name.
    pub name: &'static str,
    /// How its text is read where the format does not say otherwise.
    pub kind: Kind,
    /// What it is, in one line.
    pub meaning: &'static str,
    /// Other names for it, such as the nginx variable without its `$`.
    pub aliases: &'static [&'static str],
}

static BY_NAME: LazyLock<HashMap<&'static str, &'static KnownField>> = LazyLock::new(|| {
    let aliases = |field: &'static KnownField| {
        field.aliases.iter().chain([&field.name]).map(move |&name| (name, field))
    };
    FIELDS.iter().flat_map(aliases).collect()
});

/// The canonical name for `name`: itself when it is canonical already or not known.
///
/// A format may log two things under one canonical name; the later one then keeps its own name
/// (see [`super::nginx`]). So a name is looked up among a format's fields as it is first, and by its
/// canonical name after that.
pub fn canonical(name: &str) -> &str {
    BY_NAME.get(name).map_or(name, |field| field.name)
}

/// How the field `name`, canonical or an alias, is read where the format does not say otherwise.
pub fn kind_of(name: &str) -> Kind {
    match name {
        "time_local" => Kind::Time(Layout::Clf),
        "time_iso8601" => Kind::Time(Layout::Iso8601),
        "msec" => Kind::Time(Layout::EpochSeconds),
        _ => BY_NAME.get(name).map_or(Kind::Text, |field| field.kind.clone()),
    }
}

/// The candidate that `name` was probably meant to be, if one is near enough.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Names are short; the bound keeps a pasted page from costing quadratic time.
    const LONGEST_NAME: usize = 64;
    const LEAST_SIMILARITY: f64 = 0.6;
    if name.len() > LONGEST_NAME {
        return None;
    }
    let similarity = |candidate: &&str| strsim::normalized_damerau_levenshtein(name, candidate);
    candidates
        .into_iter()
        .map(|candidate| (similarity(&candidate), candidate))
        .filter(|(score, _)| *score >= LEAST_SIMILARITY)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_and_alias_means_one_field() {
        let mut seen = HashMap::new();
        for field in FIELDS {
            for name in field.aliases.iter().chain([&field.name]) {
                assert_eq!(seen.insert(name, field.name), None, "{name} is listed twice");
            }
        }
    }

    #[test]
    fn nginx_variables_are_aliases() {
        let pairs = [
            ("request_uri", "target"),
            ("body_bytes_sent", "bytes"),
            ("http_user_agent", "user_agent"),
            ("host", "vhost"),
            ("uri", "path"),
            ("status", "status"),
            ("geoip_city", "geoip_city"),
        ];
        for (name, expected) in pairs {
            assert_eq!(canonical(name), expected);
        }
    }

    #[test]
    fn time_aliases_tell_their_layout() {
        assert_eq!(kind_of("time_local"), Kind::Time(Layout::Clf));
        assert_eq!(kind_of("msec"), Kind::Time(Layout::EpochSeconds));
        assert_eq!(kind_of("time_iso8601"), Kind::Time(Layout::Iso8601));
        assert_eq!(kind_of("geoip_city"), Kind::Text);
    }

    #[test]
    fn a_misspelt_name_finds_its_neighbour() {
        let names = || FIELDS.iter().map(|field| field.name);
        assert_eq!(nearest("staus", names()), Some("status"));
        assert_eq!(nearest("user_agnet", names()), Some("user_agent"));
        assert_eq!(nearest("zzzzzz", names()), None);
    }
}
