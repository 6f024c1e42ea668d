//! Walks a TOML table key by key: types are checked, unknown keys refused, all problems kept.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Problems, did_you_mean};

/// A text of the configuration and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The text without its quotes.
    pub value: String,
    /// The whole value, quotes included, in bytes of the configuration.
    pub span: Range<usize>,
    /// Where the text's first byte stands, if the text holds no escapes.
    inside: Option<usize>,
}

impl Text {
    fn new(value: &str, span: Range<usize>, source: &str) -> Text {
        let raw = source.get(span.clone()).unwrap_or_default();
        let inside = [3, 1]
            .into_iter()
            .find(|quotes| raw.get(*quotes..raw.len().saturating_sub(*quotes)) == Some(value));
        Text { value: value.to_owned(), inside: inside.map(|quotes| span.start + quotes), span }
    }

    /// A text that stands nowhere: what is built in.
    pub fn built_in(value: &str) -> Text {
        Text { value: value.to_owned(), span: 0..0, inside: None }
    }

    /// The place of a part of the text, in bytes of the configuration; the whole value if escapes
    /// make the part's place unknown.
    pub fn part(&self, part: Range<usize>) -> Range<usize> {
        self.inside.map_or(self.span.clone(), |at| at + part.start..at + part.end)
    }
}

/// A table that is being read.
pub struct Keys<'a, 't> {
    table: &'a DeTable<'t>,
    /// How messages name it, such as `[[source]]`.
    name: String,
    span: Range<usize>,
    source: &'a str,
    problems: &'a Problems,
    asked: Vec<&'static str>,
}

impl<'a, 't> Keys<'a, 't> {
    /// The whole configuration `source`, parsed to `table`.
    pub fn root(table: &'a DeTable<'t>, source: &'a str, problems: &'a Problems) -> Keys<'a, 't> {
        Keys { table, name: "the configuration".to_owned(), span: 0..0, source, problems, asked: Vec::new() }
    }

    /// Where the table begins.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// The text of `key`, if it is there and a text.
    pub fn text(&mut self, key: &'static str) -> Option<Text> {
        let value = self.get(key)?;
        self.as_text(key, value)
    }

    /// The text of `key`, which has to be there.
    pub fn required_text(&mut self, key: &'static str) -> Option<Text> {
        if self.table.contains_key(key) {
            return self.text(key);
        }
        self.asked.push(key);
        self.missing(key);
        None
    }

    /// Notes that `key` should be there.
    pub fn missing(&self, key: &str) {
        let message = format!("{} needs the key `{key}`", self.name);
        self.problems.add("missing-key", self.span.clone(), message, None);
    }

    /// The texts of the list `key`; none if it is absent.
    pub fn texts(&mut self, key: &'static str) -> Vec<Text> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            self.wrong_type(key, value, "a list of strings");
            return Vec::new();
        };
        items.iter().filter_map(|item| self.as_text(key, item)).collect()
    }

    /// The whole number of `key`, if it is there and at least `least`.
    pub fn integer(&mut self, key: &'static str, least: i64) -> Option<i64> {
        let value = self.get(key)?;
        let number = value.get_ref().as_integer().and_then(|integer| {
            i64::from_str_radix(&integer.as_str().replace('_', ""), integer.radix()).ok()
        });
        if let Some(number) = number.filter(|number| *number >= least) {
            return Some(number);
        }
        self.wrong_type(key, value, &format!("a whole number from {least} on"));
        None
    }

    /// The table of `key`, if it is there.
    pub fn table(&mut self, key: &'static str) -> Option<Keys<'a, 't>> {
        let value = self.get(key)?;
        let Some(table) = value.get_ref().as_table() else {
            self.wrong_type(key, value, "a table");
            return None;
        };
        Some(self.inner(table, format!("[{key}]"), value.span()))
    }

    /// The tables of the array `[[key]]`.
    pub fn tables(&mut self, key: &'static str) -> Vec<Keys<'a, 't>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let items = value.get_ref().as_array().map(|items| items.iter().collect::<Vec<_>>());
        let mut tables = Vec::new();
        for item in items.unwrap_or_else(|| vec![value]) {
            match item.get_ref().as_table() {
                Some(table) => tables.push(self.inner(table, format!("[[{key}]]"), item.span())),
                None => self.wrong_type(key, item, &format!("a table; write it as [[{key}]]")),
            }
        }
        tables
    }

    /// The named tables below this one, as in `[formats.NAME]`: name, its place, and table.
    pub fn named_tables(&mut self, key: &'static str) -> Vec<(Text, Keys<'a, 't>)> {
        let Some(all) = self.table(key) else { return Vec::new() };
        let mut tables = Vec::new();
        for (name, value) in all.table {
            let text = Text::new(name.get_ref(), name.span(), self.source);
            match value.get_ref().as_table() {
                Some(table) => {
                    let heading = format!("[{key}.{}]", name.get_ref());
                    tables.push((text, self.inner(table, heading, name.span())));
                }
                None => self.wrong_type(key, value, &format!("tables, as in [{key}.{}]", name.get_ref())),
            }
        }
        tables
    }

    /// The texts of the table `key`, as in `json = { status = "resp.code" }`: name and text.
    pub fn text_entries(&mut self, key: &'static str) -> Option<Vec<(Text, Text)>> {
        let inner = self.table(key)?;
        let mut entries = Vec::new();
        for (name, value) in inner.table {
            if let Some(value) = self.as_text(name.get_ref(), value) {
                entries.push((Text::new(name.get_ref(), name.span(), self.source), value));
            }
        }
        Some(entries)
    }

    /// Notes a problem at `span`.
    pub fn problem(
        &self,
        code: &'static str,
        span: Range<usize>,
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        self.problems.add(code, span, message, hint);
    }

    /// Refuses the keys that nobody asked for.
    pub fn finish(self) {
        for (key, _) in self.table {
            let name: &str = key.get_ref();
            if !self.asked.contains(&name) {
                let hint = did_you_mean(name, self.asked.iter().copied())
                    .or_else(|| Some(format!("known here: {}", self.asked.join(", "))));
                let message = format!("unknown key `{name}` in {}", self.name);
                self.problems.add("unknown-key", key.span(), message, hint);
            }
        }
    }

    fn get(&mut self, key: &'static str) -> Option<&'a Spanned<DeValue<'t>>> {
        self.asked.push(key);
        self.table.get(key)
    }

    fn as_text(&self, key: &str, value: &Spanned<DeValue<'t>>) -> Option<Text> {
        if let Some(text) = value.get_ref().as_str() {
            return Some(Text::new(text, value.span(), self.source));
        }
        self.wrong_type(key, value, "a string");
        None
    }

    fn wrong_type(&self, key: &str, value: &Spanned<DeValue<'t>>, wanted: &str) {
        let message = format!("`{key}` has to be {wanted}, and is {}", article(value.get_ref()));
        self.problems.add("wrong-type", value.span(), message, None);
    }

    fn inner(&self, table: &'a DeTable<'t>, name: String, span: Range<usize>) -> Keys<'a, 't> {
        Keys { table, name, span, source: self.source, problems: self.problems, asked: Vec::new() }
    }
}

/// What a value is, in words.
fn article(value: &DeValue<'_>) -> String {
    match value {
        DeValue::Integer(integer) => format!("the number {}", integer.as_str()),
        DeValue::Float(float) => format!("the number {}", float.as_str()),
        DeValue::Boolean(boolean) => boolean.to_string(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
        DeValue::String(_) => "a string".to_owned(),
        DeValue::Datetime(_) => "a date".to_owned(),
    }
}
