//! Values whose meaning only the type of a table knows.

use std::ops::Range;

use toml::de::DeValue;

use super::{Keys, Value};
use crate::spec::text::Text;

/// A key of a table, and its value where the section does not list it.
#[derive(Debug, Clone, PartialEq)]
pub struct OtherKey {
    /// The key.
    pub name: Text,
    /// Where its value stands.
    pub value_span: Range<usize>,
    /// Its value; `None` for a key of the section.
    pub plain: Option<Plain>,
}

/// A value as it stands in the file, `${NAME}` replaced in its texts.
#[derive(Debug, Clone, PartialEq)]
pub enum Plain {
    /// A text, or a date as it is written.
    Text(String),
    /// A text that named variables of the environment.
    Replaced {
        /// The text with their values, which may be secrets.
        value: String,
        /// The text as it is written, for those who show it.
        written: String,
    },
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// `true` or `false`.
    Boolean(bool),
    /// A list.
    List(Vec<Plain>),
    /// A table.
    Table(Vec<(String, Plain)>),
}

impl Keys<'_, '_> {
    /// The value of `key` as it is.
    pub(super) fn as_plain(&self, key: &str, value: &Value<'_>) -> Plain {
        match value.get_ref() {
            DeValue::String(text) => {
                let text = Text::new(text, value.span(), self.document.text, self.document.base);
                let written = text.value.clone();
                let value = self.with_variables(text).map(|text| text.value).unwrap_or_default();
                if value == written { Plain::Text(value) } else { Plain::Replaced { value, written } }
            }
            DeValue::Integer(integer) => {
                let digits = integer.as_str().replace('_', "");
                let number = i64::from_str_radix(&digits, integer.radix());
                Plain::Integer(number.unwrap_or_else(|_| {
                    self.problem(
                        "bad-value",
                        self.moved(value.span()),
                        format!("`{key}` is too large"),
                        None,
                    );
                    0
                }))
            }
            DeValue::Float(float) => {
                Plain::Number(float.as_str().replace('_', "").parse().unwrap_or(f64::NAN))
            }
            DeValue::Boolean(boolean) => Plain::Boolean(*boolean),
            DeValue::Datetime(date) => Plain::Text(date.to_string()),
            DeValue::Array(items) => Plain::List(items.iter().map(|item| self.as_plain(key, item)).collect()),
            DeValue::Table(table) => {
                let entry = |(name, value): (Text, &Value<'_>)| (name.value, self.as_plain(key, value));
                Plain::Table(self.entries(table).into_iter().map(entry).collect())
            }
        }
    }
}
