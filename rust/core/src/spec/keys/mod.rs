//! Walks a TOML table key by key: types are checked, unknown keys refused, all problems kept.

mod plain;
mod values;

use std::cmp::Reverse;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub use self::plain::{OtherKey, Plain};
use super::problem::{Problems, did_you_mean};
use super::schema::{Holds, Others, Section};
use super::surroundings::Surroundings;
use super::text::Text;

/// A file of the configuration, and what reading it needs.
#[derive(Clone, Copy)]
pub struct Document<'a> {
    /// Its text.
    pub text: &'a str,
    /// What the first byte of its text is called in spans.
    pub base: usize,
    /// Its name.
    pub origin: &'a str,
    /// Whether all of its text is TOML: where it is not, what is missing may just be hidden.
    pub syntax: Syntax,
    /// Where problems go.
    pub problems: &'a Problems,
    /// What it may look at.
    pub surroundings: &'a dyn Surroundings,
}

/// Whether a text could be read as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// It could.
    Whole,
    /// Parts of it could not.
    Broken,
}

/// A table that is being read.
pub struct Keys<'a, 't> {
    table: &'a DeTable<'t>,
    section: &'static Section,
    /// How messages name it, such as `[[source]]`.
    name: String,
    span: Range<usize>,
    document: Document<'a>,
    asked: Vec<&'static str>,
    others: Others,
}

type Value<'t> = Spanned<DeValue<'t>>;

impl<'a, 't> Keys<'a, 't> {
    /// The whole document, parsed to `table`.
    pub fn root(table: &'a DeTable<'t>, section: &'static Section, document: Document<'a>) -> Keys<'a, 't> {
        let span = document.base..document.base;
        let name = "the configuration".to_owned();
        Keys { table, section, name, span, document, asked: Vec::new(), others: Others::Refused }
    }

    /// The file that the table stands in.
    pub fn document(&self) -> Document<'a> {
        self.document
    }

    /// Where the table begins.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Whether the table has `key`.
    pub fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Where `key` stands; the table's place without it.
    pub fn key_span(&self, key: &str) -> Range<usize> {
        self.table.get_key_value(key).map_or(self.span(), |(key, _)| self.moved(key.span()))
    }

    /// Where the value of `key` stands; the table's place without it.
    pub fn value_span(&self, key: &str) -> Range<usize> {
        self.table.get(key).map_or(self.span(), |value| self.moved(value.span()))
    }

    /// Notes that `key` should be there.
    pub fn missing(&self, key: &str, hint: Option<String>) {
        if self.document.syntax == Syntax::Whole {
            self.problem("missing-key", self.span(), format!("{} needs the key `{key}`", self.name), hint);
        }
    }

    /// The table of `key`, if it is there.
    pub fn table(&mut self, key: &'static str) -> Option<Keys<'a, 't>> {
        let value = self.get(key)?;
        let Some(Holds::Table(section)) = self.holds(key) else { return None };
        let table = self.as_table(key, value)?;
        Some(self.inner(table, section, section.heading.to_owned(), value.span()))
    }

    /// The tables of the list `key`, whether it is written `[[key]]` or `key = [{ … }]`.
    pub fn tables(&mut self, key: &'static str) -> Vec<Keys<'a, 't>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let Some(Holds::Tables(section)) = self.holds(key) else { return Vec::new() };
        let single = std::slice::from_ref(value);
        let items = value.get_ref().as_array().map_or(single, |items| &items[..]);
        let table = |item: &'a Value<'t>| {
            let name = if section.heading.starts_with('[') {
                section.heading.to_owned()
            } else {
                format!("an entry of `{key}`")
            };
            Some(self.inner(self.as_table(key, item)?, section, name, item.span()))
        };
        items.iter().filter_map(table).collect()
    }

    /// The named tables below this one, as in `[formats.NAME]`, in the order of the text: name and
    /// table.
    pub fn named_tables(&mut self, key: &'static str) -> Vec<(Text, Keys<'a, 't>)> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let Some(Holds::NamedTables(section)) = self.holds(key) else { return Vec::new() };
        let Some(all) = self.as_table(key, value) else { return Vec::new() };
        let table = |(name, value): (Text, &'a Value<'t>)| {
            let heading = format!("[{key}.{}]", name.value);
            let span = name.span.clone();
            let table = self.as_table(key, value)?;
            let mut keys = self.inner(table, section, heading, 0..0);
            keys.span = span;
            Some((name, keys))
        };
        self.entries(all).into_iter().filter_map(table).collect()
    }

    /// The texts of the table `key`, as in `json = { status = "resp.code" }`: name and text.
    pub fn named_texts(&mut self, key: &'static str) -> Option<Vec<(Text, Text)>> {
        let value = self.get(key)?;
        let table = self.as_table(key, value)?;
        let text = |(name, value)| Some((name, self.as_text(key, value)?));
        Some(self.entries(table).into_iter().filter_map(text).collect())
    }

    /// The lists of texts of the table `key`, as in `declared = { status = ["200"] }`.
    pub fn named_lists(&mut self, key: &'static str) -> Vec<(Text, Vec<Text>)> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let Some(table) = self.as_table(key, value) else { return Vec::new() };
        let list = |(name, value): (Text, &'a Value<'t>)| {
            let items = self.items(key, value).iter();
            (name, items.filter_map(|item| self.as_text(key, item)).collect())
        };
        self.entries(table).into_iter().map(list).collect()
    }

    /// Notes a problem at `span`.
    pub fn problem(
        &self,
        code: &'static str,
        span: Range<usize>,
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        self.document.problems.add(code, span, message, hint);
    }

    /// The keys that the section leaves to the type of the table, with their values.
    pub fn others(&mut self) -> Vec<OtherKey> {
        self.others = Others::OfType;
        let other = |(name, value): (Text, &'a Value<'t>)| {
            let is_own = self.section.key(&name.value).is_some();
            let plain = (!is_own).then(|| self.as_plain(&name.value, value));
            OtherKey { value_span: self.moved(value.span()), name, plain }
        };
        self.entries(self.table).into_iter().map(other).collect()
    }

    /// Refuses the keys that the section does not have, unless they were asked for.
    pub fn finish(self) {
        debug_assert!(
            self.section.keys.iter().all(|key| self.asked.contains(&key.name)),
            "{} was not asked for all of its keys",
            self.section.heading
        );
        if self.others == Others::OfType {
            return;
        }
        let known = || self.section.keys.iter().map(|key| key.name);
        for (name, _) in self.entries(self.table) {
            let key = &name.value;
            if self.section.key(key).is_none() {
                let hint = did_you_mean(key, known())
                    .unwrap_or_else(|| format!("known here: {}", known().collect::<Vec<_>>().join(", ")));
                self.problem(
                    "unknown-key",
                    name.span,
                    format!("unknown key `{key}` in {}", self.name),
                    Some(hint),
                );
            }
        }
    }

    fn get(&mut self, key: &'static str) -> Option<&'a Value<'t>> {
        debug_assert!(self.section.key(key).is_some(), "{} has no key {key}", self.section.heading);
        self.asked.push(key);
        self.table.get(key)
    }

    fn holds(&self, key: &str) -> Option<Holds> {
        self.section.key(key).map(|key| key.holds)
    }

    fn default(&self, key: &str) -> &'static str {
        self.section.key(key).map_or("", |key| key.default)
    }

    /// A span of the document as one of the configuration.
    fn moved(&self, span: Range<usize>) -> Range<usize> {
        self.document.base + span.start..self.document.base + span.end
    }

    /// The entries of a table in the order of the text.
    fn entries(&self, table: &'a DeTable<'t>) -> Vec<(Text, &'a Value<'t>)> {
        let Document { text, base, .. } = self.document;
        let mut entries: Vec<_> = table
            .iter()
            .map(|(name, value)| (Text::new(name.get_ref(), name.span(), text, base), value))
            .collect();
        entries.sort_by_key(|(name, _)| (name.span.start, Reverse(name.span.end)));
        entries
    }

    fn items(&self, key: &str, value: &'a Value<'t>) -> &'a [Value<'t>] {
        if let Some(items) = value.get_ref().as_array() {
            return items;
        }
        self.wrong_type(key, value);
        &[]
    }

    fn as_table(&self, key: &str, value: &'a Value<'t>) -> Option<&'a DeTable<'t>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong_type(key, value);
        }
        table
    }

    fn wrong_type(&self, key: &str, value: &Value<'_>) {
        let wanted = self.holds(key).map_or_else(String::new, Holds::words);
        let message = format!("`{key}` has to be {wanted}, and here is {}", article(value.get_ref()));
        self.problem("wrong-type", self.moved(value.span()), message, None);
    }

    fn inner(
        &self,
        table: &'a DeTable<'t>,
        section: &'static Section,
        name: String,
        span: Range<usize>,
    ) -> Keys<'a, 't> {
        Keys {
            table,
            section,
            name,
            span: self.moved(span),
            document: self.document,
            asked: Vec::new(),
            others: Others::Refused,
        }
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
        DeValue::String(text) if text.len() <= 40 => format!("\"{text}\""),
        DeValue::String(_) => "a string".to_owned(),
        DeValue::Datetime(_) => "a date".to_owned(),
    }
}
