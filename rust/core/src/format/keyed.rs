//! Fields that are found by keys: in JSON lines by paths, in lines of pairs by their keys.

use super::field::{self, FIELDS, Unit};
use super::{FormatError, Kind};

/// A field that is found by a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyedField {
    /// Its canonical name.
    pub name: String,
    /// The keys, at least one: the first with a value gives the field.
    pub keys: Vec<String>,
    /// How its text is read.
    pub kind: Kind,
    /// Whether lines may lack it.
    pub need: Need,
}

/// Whether a line may lack a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// It may.
    Optional,
    /// A line without it, or with something else than its kind says, is not of the format.
    Required,
    /// A line with none of the fields of this need is not of the format.
    OneOf,
}

impl KeyedField {
    /// An optional field that one key gives, read as its name says.
    pub fn new(name: &str, key: &str) -> KeyedField {
        KeyedField {
            name: name.to_owned(),
            keys: vec![key.to_owned()],
            kind: field::kind_of(name),
            need: Need::Optional,
        }
    }

    /// Reads `name=key`, `name=key|other_key`, `name:ms=key` (the unit of a duration: `s`, `ms`, `us`,
    /// `ns`; or `int`, `float`, `string`), `name!=key` for a field that no line lacks, `name?=key` for the
    /// fields of which every line has one.
    ///
    /// # Errors
    /// When it is not of this form.
    pub fn parse(text: &str) -> Result<KeyedField, FormatError> {
        let error =
            |message: &str| FormatError::new(message, 0..text.len()).with_hint("such as status=resp.code");
        let Some((name, keys)) = text.split_once('=') else {
            return Err(error("a field is written name=path"));
        };
        let (name, keys) = (name.trim_ascii(), keys.trim_ascii());
        let (name, need) = match (name.strip_suffix('!'), name.strip_suffix('?')) {
            (Some(name), _) => (name, Need::Required),
            (_, Some(name)) => (name, Need::OneOf),
            _ => (name, Need::Optional),
        };
        let (name, unit) = name.split_once(':').map_or((name, None), |(name, unit)| (name, Some(unit)));
        if name.is_empty() || keys.is_empty() {
            return Err(error("a field is written name=path"));
        }
        let kind = match unit {
            None => field::kind_of(name),
            Some("s") => Kind::Duration(Unit::Seconds),
            Some("ms") => Kind::Duration(Unit::Milliseconds),
            Some("us") => Kind::Duration(Unit::Microseconds),
            Some("ns") => Kind::Duration(Unit::Nanoseconds),
            Some("int") => Kind::Integer,
            Some("float") => Kind::Number,
            Some("string") => Kind::Text,
            Some(_) => return Err(error("the unit of a field is s, ms, us, ns, int, float or string")),
        };
        let keys = keys.split('|').map(str::to_owned).collect();
        Ok(KeyedField { name: field::canonical(name).to_owned(), keys, kind, need })
    }
}

/// Under which names the keys that are found in a log become fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// Their canonical ones, where those are free.
    Canonical,
    /// Their own.
    Own,
}

/// The fields for keys that were found in a log.
pub fn discovered(keys: impl IntoIterator<Item = String>, names: Names) -> Vec<KeyedField> {
    let mut fields: Vec<KeyedField> = Vec::new();
    for key in keys {
        if fields.iter().any(|known| known.keys[0] == key) {
            continue;
        }
        let is_free = |name: &str| fields.iter().all(|known| known.name != name);
        let (name, kind) = match names {
            Names::Own => (key.clone(), own_kind(&key)),
            Names::Canonical => {
                let own = [field::canonical(&key), &key].into_iter().find(|name| is_free(name));
                // The key says more than the canonical name: `time_local` tells the layout.
                (own.map_or_else(|| format!("{key}_2"), str::to_owned), field::kind_of(&key))
            }
        };
        fields.push(KeyedField { name, keys: vec![key], kind, need: Need::Optional });
    }
    fields
}

/// How the text of a field is read that somebody else named: as a canonical field if its name is one,
/// else as text.
pub fn own_kind(name: &str) -> Kind {
    FIELDS.iter().find(|known| known.name == name).map_or(Kind::Text, |known| known.kind.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_has_a_name_keys_a_kind_and_a_need() {
        assert!(KeyedField::parse("request_time:weeks=a").unwrap_err().message.contains("unit"));
        let field = KeyedField::parse("request_time:ns=Duration|took").unwrap();
        assert_eq!((field.name.as_str(), field.keys.len()), ("request_time", 2));
        assert_eq!((field.kind, field.need), (Kind::Duration(Unit::Nanoseconds), Need::Optional));
        assert_eq!(KeyedField::parse("status!=code").unwrap().need, Need::Required);
        assert_eq!(KeyedField::parse("status?=code").unwrap().need, Need::OneOf);
        assert!(KeyedField::parse("status").is_err() && KeyedField::parse("=a").is_err());
    }

    #[test]
    fn a_canonical_name_is_given_once() {
        let found = discovered(["request_uri", "target", "request_uri"].map(str::to_owned), Names::Canonical);
        let names: Vec<(&str, &str)> =
            found.iter().map(|field| (field.name.as_str(), field.keys[0].as_str())).collect();
        assert_eq!(names, [("target", "request_uri"), ("target_2", "target")]);
    }
}
