//! `rules_file`: rules in a CSV file with the header `Id,Regex,Rank` (RFC 4180).

use std::ops::Range;
use std::sync::Arc;

use csv::{ReaderBuilder, StringRecord};

use super::RuleSpec;
use crate::spec::keys::Document;
use crate::spec::surroundings::beside;
use crate::spec::{Problems, Text};

/// The columns, in the order of a rule's parts.
const COLUMNS: [&str; 3] = ["Id", "Regex", "Rank"];

/// The rules of the file `path` by ascending rank, equal ranks in the order of the file.
pub(super) fn read(path: &Text, document: &Document<'_>) -> Vec<RuleSpec> {
    let resolved = beside(&path.value, document.origin);
    match document.surroundings.read(&resolved) {
        Ok(text) => parse(&resolved, &text.into(), document.problems),
        Err(reason) => {
            let message = format!("cannot read {resolved}: {reason}");
            document.problems.add("unreadable-file", path.span.clone(), message, None);
            Vec::new()
        }
    }
}

fn parse(origin: &str, text: &Arc<str>, problems: &Problems) -> Vec<RuleSpec> {
    let base = problems.open(origin, Arc::clone(text));
    let refuse = |span, message: &str| {
        let hint = "the first line is: Id,Regex,Rank".to_owned();
        problems.add("syntax", span, message, Some(hint));
    };
    let mut reader = ReaderBuilder::new().flexible(true).has_headers(false).from_reader(text.as_bytes());
    let mut columns = None;
    let mut ranked = Vec::new();
    let mut record = StringRecord::new();
    // The text is UTF-8 and records may have any length, so that reading cannot fail.
    while matches!(reader.read_record(&mut record), Ok(true)) {
        let row = Row::new(&record, text, base, problems);
        if let Some(columns) = &columns {
            ranked.extend(row.rule(columns));
            continue;
        }
        columns = header(&record);
        if columns.is_none() {
            refuse(row.span(), "the table of rules has no header");
            return Vec::new();
        }
    }
    if columns.is_none() {
        refuse(base..base, "the table of rules is empty");
    }
    ranked.sort_by_key(|(rank, _)| *rank); // stable
    ranked.into_iter().map(|(_, rule)| rule).collect()
}

/// A record and where its fields stand.
struct Row<'a> {
    record: &'a StringRecord,
    places: Vec<Range<usize>>,
    text: &'a str,
    base: usize,
    problems: &'a Problems,
}

impl<'a> Row<'a> {
    fn new(record: &'a StringRecord, text: &'a str, base: usize, problems: &'a Problems) -> Row<'a> {
        Row { record, places: places(record, text), text, base, problems }
    }

    fn span(&self) -> Range<usize> {
        let (first, last) = (self.places.first(), self.places.last());
        self.base + first.map_or(0, |place| place.start)..self.base + last.map_or(0, |place| place.end)
    }

    /// The rule and its rank.
    fn rule(&self, columns: &[usize; 3]) -> Option<(i64, RuleSpec)> {
        let [name, regex, rank] = [0, 1, 2].map(|column| self.field(columns[column], COLUMNS[column]));
        let (name, regex, rank) = (name?, regex?, rank?);
        let parsed = rank.value.trim().parse().ok();
        if parsed.is_none() {
            let message = format!("the rank `{}` is no whole number", rank.value);
            self.problems.add("bad-value", rank.span, message, None);
        }
        Some((parsed?, RuleSpec::of_regex(name, regex, self.span())))
    }

    fn field(&self, at: usize, name: &str) -> Option<Text> {
        let value = self.record.get(at).filter(|value| !value.is_empty());
        if value.is_none() {
            self.problems.add("missing-key", self.span(), format!("a rule needs its {name}"), None);
        }
        Some(Text::new(value?, self.places[at].clone(), self.text, self.base))
    }
}

/// Where each of [`COLUMNS`] is, if all are there.
fn header(record: &StringRecord) -> Option<[usize; 3]> {
    let at = |name: &str| record.iter().position(|field| field.trim().eq_ignore_ascii_case(name));
    let [id, regex, rank] = COLUMNS.map(at);
    Some([id?, regex?, rank?])
}

/// Where each field of a record stands in `text`, quotes included.
fn places(record: &StringRecord, text: &str) -> Vec<Range<usize>> {
    let start = record.position().map_or(0, |position| position.byte() as usize);
    // The reader's position is before a byte order mark and empty lines.
    let skipped = text[start..].len() - text[start..].trim_start_matches(['\r', '\n', '\u{feff}']).len();
    let mut at = start + skipped;
    let mut places = Vec::with_capacity(record.len());
    for field in record {
        let quotes = field.matches('"').count();
        let is_quoted = text.get(at..).is_some_and(|rest| rest.starts_with('"'));
        let end = at + field.len() + if is_quoted { 2 + quotes } else { 0 };
        places.push(at..end.min(text.len()));
        at = end + 1;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Name and regex of each rule, or line, column and message of each problem.
    #[expect(clippy::type_complexity, reason = "named by the line above")]
    fn rules(text: &str) -> Result<Vec<(String, String)>, Vec<(usize, usize, String)>> {
        let problems = Problems::default();
        let rules = parse("m.csv", &text.into(), &problems);
        let problems = problems.into_sorted();
        if problems.is_empty() {
            return Ok(rules
                .into_iter()
                .map(|rule| (rule.name.value, rule.regex[0].value.clone()))
                .collect());
        }
        Err(problems.into_iter().map(|found| (found.place.line, found.place.column, found.message)).collect())
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(name, regex)| ((*name).to_owned(), (*regex).to_owned())).collect()
    }

    #[test]
    fn rank_decides_then_order() {
        let text = "Id,Regex,Rank\nlate,^/c,20\nb,^/b,10\nfirst,^/a,-1\nb2,^/b,10\n";
        let expected = pairs(&[("first", "^/a"), ("b", "^/b"), ("b2", "^/b"), ("late", "^/c")]);
        assert_eq!(rules(text).unwrap(), expected);
    }

    #[test]
    fn quotes_line_ends_and_columns() {
        let text = "\u{feff}Rank,id,Note,Regex\r\n1,\"a,b\",x,\"say \"\"hi\"\", é\"\r\n\r\n 2 ,c,,d\r\n";
        assert_eq!(rules(text).unwrap(), pairs(&[("a,b", "say \"hi\", é"), ("c", "d")]));
    }

    #[test]
    fn every_problem_has_its_place() {
        let text = "Id,Regex,Rank\na,^/a,first\n\nb,,2\n\"c\"\"\",x,3.5\nd\n";
        let problems = rules(text).unwrap_err();
        let places: Vec<_> = problems.iter().map(|(line, column, _)| (*line, *column)).collect();
        assert_eq!(places, [(2, 7), (4, 1), (5, 9), (6, 1), (6, 1)], "{problems:?}");
    }

    #[test]
    fn the_header_is_needed() {
        assert_eq!(rules("a,^/a,1\n").unwrap_err()[0].0, 1);
        assert_eq!(rules("").unwrap_err()[0].2, "the table of rules is empty");
        assert_eq!(rules("Id,Regex,Rank").unwrap(), []);
    }
}
