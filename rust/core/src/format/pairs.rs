//! What is read out of lines of keys with values: logfmt and its relatives.

use super::FormatError;
use super::keyed::KeyedField;

/// How keys and values are written, and which are fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairsSpec {
    /// How they are written.
    pub dialect: PairsDialect,
    /// The fields; when empty, every key is a field under its canonical name.
    pub fields: Vec<KeyedField>,
}

/// How keys and values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairsDialect {
    /// logfmt as go-logfmt reads it: `key=value key="value" key`.
    Logfmt,
    /// Keys and values with these bytes between and after, blanks around them left out; both may be
    /// quoted.
    Delimited {
        /// Between a key and its value.
        between: u8,
        /// After a value.
        after: u8,
    },
    /// `key=value key=value` with values that hold spaces: a value ends where the next ` key=` begins.
    Spaced,
    /// The Common Event Format of `ArcSight`: seven columns that `|` ends (no fields), then pairs as in
    /// [`PairsDialect::Spaced`].
    Cef,
}

impl PairsSpec {
    /// Every key of `dialect`.
    pub fn of(dialect: PairsDialect) -> PairsSpec {
        PairsSpec { dialect, fields: Vec::new() }
    }

    /// Reads what follows `key_value`: nothing (`=` and a space), or `:` and two characters, that
    /// between key and value and that after a value: `key_value::,` is `a:1,b:2`.
    ///
    /// # Errors
    /// When there are not two different characters.
    pub fn delimited(text: &str) -> Result<PairsSpec, FormatError> {
        let dialect = match *text.replace("\\t", "\t").replace("\\n", "\n").as_bytes() {
            [] => PairsDialect::Delimited { between: b'=', after: b' ' },
            [between, after] if between != after => PairsDialect::Delimited { between, after },
            _ => {
                let message =
                    "two different characters belong here: between key and value, and after a value";
                return Err(FormatError::new(message, 0..text.len()).with_hint("key_value:=; reads a=1;b=2"));
            }
        };
        Ok(PairsSpec::of(dialect))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters_are_two_characters() {
        let dialect = |text: &str| PairsSpec::delimited(text).map(|spec| spec.dialect);
        assert_eq!(dialect(""), Ok(PairsDialect::Delimited { between: b'=', after: b' ' }));
        assert_eq!(dialect(":\\t"), Ok(PairsDialect::Delimited { between: b':', after: b'\t' }));
        assert!(dialect("=").is_err() && dialect("==").is_err());
    }
}
