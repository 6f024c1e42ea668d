//! JSON lines: one object per request, with nested objects for dotted paths.

use super::{
    GenerateError,
    column::Column,
    fields::Fields,
    fit::Fit,
    render::{Part, Renderer},
};
use crate::format::Kind;

/// A value of a JSON object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonKey {
    /// Keys from the outermost object inwards, joined by dots: `message.status`.
    pub path: String,
    /// What it holds.
    pub value: JsonValue,
}

/// What a key of a JSON object holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JsonValue {
    /// The field of this canonical name: numbers are JSON numbers, times are ISO 8601.
    Field(String),
    /// The field of this canonical name as a string, in the layout or unit of this kind.
    Quoted(String, Kind),
    /// The field of this canonical name as a string with percent-encoding (RFC 3986, section 2.1).
    PercentEncoded(String),
    /// The same string in each line.
    Constant(String),
}

/// Deeper objects are refused.
const DEPTH_LIMIT: usize = 32;

impl Renderer {
    /// For JSON objects with `keys`, in their order of first mention. Absent values are `"-"`.
    ///
    /// # Errors
    /// A path is given twice, leads through another one's value or is too deep.
    pub fn of_json(keys: &[JsonKey], fields: &Fields<'_>) -> Result<Renderer, GenerateError> {
        let mut root = Vec::new();
        for key in keys {
            insert(&mut root, key).ok_or_else(|| GenerateError::JsonPath(key.path.clone()))?;
        }
        let mut writer = Writer { parts: Vec::new(), literal: Vec::new(), fields };
        writer.object(&root)?;
        writer.end_literal();
        Ok(Renderer { parts: writer.parts })
    }
}

/// A key of an object, and what it holds.
type Entry<'a> = (&'a str, Node<'a>);

enum Node<'a> {
    Value(&'a JsonValue),
    Object(Vec<Entry<'a>>),
}

/// Adds `key`; `None` when its path is refused.
fn insert<'a>(root: &mut Vec<Entry<'a>>, key: &'a JsonKey) -> Option<()> {
    if key.path.split('.').count() > DEPTH_LIMIT {
        return None;
    }
    let mut names = key.path.split('.').peekable();
    let mut object = root;
    while let Some(name) = names.next() {
        let found = object.iter().position(|(present, _)| *present == name);
        if names.peek().is_none() {
            object.push((name, Node::Value(&key.value)));
            return found.is_none().then_some(());
        }
        let index = found.unwrap_or_else(|| {
            object.push((name, Node::Object(Vec::new())));
            object.len() - 1
        });
        let Node::Object(inner) = &mut object[index].1 else { return None };
        object = inner;
    }
    None
}

struct Writer<'a> {
    parts: Vec<Part>,
    literal: Vec<u8>,
    fields: &'a Fields<'a>,
}

impl Writer<'_> {
    fn object(&mut self, entries: &[Entry<'_>]) -> Result<(), GenerateError> {
        self.literal.push(b'{');
        for (index, (name, node)) in entries.iter().enumerate() {
            if index > 0 {
                self.literal.push(b',');
            }
            self.literal.push(b'"');
            Fit::Json.push(name.as_bytes(), &mut self.literal);
            self.literal.extend_from_slice(b"\":");
            match node {
                Node::Value(value) => self.value(value)?,
                Node::Object(inner) => self.object(inner)?,
            }
        }
        self.literal.push(b'}');
        Ok(())
    }

    fn value(&mut self, value: &JsonValue) -> Result<(), GenerateError> {
        let column = match value {
            JsonValue::Field(field) => self.fields.column(Some(field), &Kind::Text, Fit::Json)?,
            JsonValue::Quoted(field, kind) => self.fields.column(Some(field), kind, Fit::Json)?,
            JsonValue::PercentEncoded(field) => self.fields.column(Some(field), &Kind::Text, Fit::Percent)?,
            JsonValue::Constant(text) => Column::Constant(Fit::Json.fitted(text.as_bytes())),
        };
        let is_bare = matches!(value, JsonValue::Field(_)) && column.is_number();
        let quotes: &[u8] = if is_bare { b"" } else { b"\"" };
        self.literal.extend_from_slice(quotes);
        self.end_literal();
        self.parts.push(Part::Column(column));
        self.literal.extend_from_slice(quotes);
        Ok(())
    }

    fn end_literal(&mut self) {
        let literal = std::mem::take(&mut self.literal);
        self.parts.push(Part::Literal(literal));
    }
}
