//! What a format makes of one line: every field with its value, or where the line leaves the format.
//!
//! For people who ask about a line, not for reading logs: each call compiles the format anew.

use std::sync::Arc;

use crate::category;
use crate::format::edit::{Edit, one_edit};
use crate::format::{Format, Kind, detect};
use crate::operand::Operand;
use crate::plan::Plan;
use crate::reading::Reading;
use crate::scan::{Mismatch, Reason, Scanner, offered};
use crate::value::number::Decimal;
use crate::value::time::{TimeReader, Timestamp};

/// What became of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What was detected, in words, where the format had to be.
    pub detected: Option<String>,
    /// Of a line that does not match, the format that it would be detected as.
    pub fits: Option<String>,
    /// Of a line that does not match, the one edit of the format by which it would.
    pub edit: Option<Edit>,
    /// The fields, or where the line stopped matching.
    pub outcome: Result<Vec<FieldValue>, Stop>,
}

/// A field of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldValue {
    /// Its canonical name.
    pub name: String,
    /// How its text is read.
    pub kind: Kind,
    /// Whether it is a part of the format, or follows from one.
    pub origin: Origin,
    /// The text as logged, what is not UTF-8 replaced; `None` when absent.
    pub text: Option<String>,
    /// What the text means.
    pub value: Value,
}

/// Where a field comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The format logs it.
    Logged,
    /// It follows from a logged one, as `path` from `request`.
    Derived,
}

/// The meaning of a field's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Not there: empty, `-`, or `-1` as a number.
    Absent,
    /// Text, or what its kind cannot read.
    Text(String),
    /// A number; a duration in seconds.
    Number(Decimal),
    /// An instant.
    Time(Timestamp),
}

/// Where and why a line leaves its format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// Why it is refused.
    pub reason: Reason,
    /// Byte offset from 0 where it leaves the format.
    pub offset: usize,
    /// What was expected there, in words.
    pub expected: String,
}

impl Stop {
    /// The words for a mismatch that `scanner` found.
    pub fn new(scanner: &Scanner, mismatch: &Mismatch) -> Stop {
        Stop {
            reason: mismatch.reason,
            offset: mismatch.offset as usize,
            expected: scanner.expected(mismatch),
        }
    }
}

/// Explains `line`, which has no line feed. `year_if_absent` is the year of instants that are logged
/// without one.
///
/// # Errors
/// One sentence when the format has to be detected and cannot be, or cannot be compiled.
pub fn explain(format: &Format, line: &[u8], year_if_absent: i16) -> Result<Explanation, String> {
    let resolved = format.resolve(line)?;
    let names = offered(&resolved.format);
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    let scanner = Scanner::compile(&resolved.format, &wanted).map_err(|error| error.to_string())?;
    let logged = resolved.format.fields();
    let is_logged = |name: &String| logged.iter().any(|(known, _)| known.as_ref() == Some(name));
    let mut scratch = scanner.scratch();
    let outcome = match scanner.scan_line(&mut scratch, line) {
        Err(mismatch) => Err(Stop::new(&scanner, &mismatch)),
        Ok(record) => Ok(names
            .into_iter()
            .zip(scanner.kinds())
            .enumerate()
            .map(|(slot, (name, kind))| FieldValue {
                origin: if is_logged(&name) { Origin::Logged } else { Origin::Derived },
                name,
                kind: kind.clone(),
                text: record.get(slot).map(lossy),
                value: record.get(slot).map_or(Value::Absent, |text| Value::read(text, kind, year_if_absent)),
            })
            .collect()),
    };
    let (fits, edit) = match outcome {
        Err(_) => (detect(line).map(|found| found.title()), one_edit(&resolved.format, &[line])),
        Ok(_) => (None, None),
    };
    Ok(Explanation { detected: resolved.detected, fits, edit, outcome })
}

/// What a plan makes of a line that matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// Every category with the rules that hold, the winner first.
    pub categories: Vec<category::Explanation>,
    /// The series that the line moves.
    pub metrics: Vec<Moved>,
}

/// A series that a line moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// The metric's name.
    pub metric: String,
    /// Names and values of the labels; empty is absent.
    pub labels: Vec<(String, String)>,
    /// What it takes: 1 for a count of records, else the value.
    pub value: Value,
}

/// Asks the categories and metrics of `plan` about a line of `format`; `None` if the line does not
/// match.
///
/// # Errors
/// One sentence when the format has to be detected and cannot be, or lacks a field of the plan.
pub fn judge(plan: &Plan, format: &Format, line: &[u8], year: i16) -> Result<Option<Judgement>, String> {
    let scanner = plan.scanner(&format.resolve(line)?.format).map_err(|error| error.to_string())?;
    let mut scratch = scanner.scratch();
    let Ok(record) = scanner.scan_line(&mut scratch, line) else { return Ok(None) };
    let mut rules = plan.rules.scratch(scanner.kinds(), year);
    let mut categories = plan.rules.categories.explain(&record, rules.categories_mut());
    // A rule without tests holds because of its condition.
    for (explained, spec) in categories.iter_mut().zip(&plan.spec.categories) {
        for found in explained.matches.iter_mut().filter(|found| found.test.is_none()) {
            let when = spec.rules.get(found.rule).and_then(|rule| rule.when.as_ref());
            found.test = when.map(|when| ("when", when.value.clone()));
        }
    }
    let mut snapshot = plan.snapshot();
    Reading::new(plan, Arc::clone(&scanner), year).count(plan, line, None, &mut snapshot, None);
    let mut metrics = Vec::new();
    for (metric, table) in plan.metrics.iter().zip(&snapshot.tables) {
        table.for_each(|row| {
            if row.count == 0 {
                return; // declared, and not met by this line
            }
            let labels = metric.labels.iter().cloned().zip(row.labels.iter().map(|text| lossy(text)));
            let value = match (metric.value_sum(), metric.value.as_ref()) {
                (Some(sum), _) => Value::Number(row.sums[sum]),
                (None, Some((_, Operand::Field(slot)))) => record
                    .get(*slot)
                    .map_or(Value::Absent, |text| Value::read(text, &scanner.kinds()[*slot], year)),
                (None, Some((_, Operand::Category(category)))) => {
                    Value::Text(lossy(&categories[*category].value))
                }
                (None, None) => Value::Number(Decimal::from(1)),
            };
            metrics.push(Moved { metric: metric.name.clone(), labels: labels.collect(), value });
        });
    }
    Ok(Some(Judgement { categories, metrics }))
}

impl Value {
    fn read(text: &[u8], kind: &Kind, year_if_absent: i16) -> Value {
        let value = match kind {
            Kind::Text | Kind::Elements => None,
            Kind::Integer | Kind::Number | Kind::Duration(_) if text == b"-1" => Some(Value::Absent),
            Kind::Integer | Kind::Number => Decimal::parse(text).map(Value::Number),
            Kind::Duration(unit) => {
                Decimal::parse(text).map(|number| Value::Number(number.to_seconds(*unit)))
            }
            Kind::Time(layout) => TimeReader::new(layout, year_if_absent).read(text).map(Value::Time),
        };
        value.unwrap_or_else(|| Value::Text(lossy(text)))
    }
}

fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::spec;

    const LINE: &[u8] =
        br#"192.0.2.7 - - [21/Nov/2026:10:15:32 +0000] "GET /a/b?page=2 HTTP/1.1" 404 - 0.250 -"#;

    fn explained(format: &str, line: &[u8]) -> Result<Explanation, String> {
        explain(&spec::parse(format).unwrap(), line, 2026)
    }

    fn timed() -> Vec<FieldValue> {
        let format = r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent $request_time $request_length"#;
        explained(format, LINE).unwrap().outcome.unwrap()
    }

    fn value(name: &str) -> Value {
        timed().into_iter().find(|field| field.name == name).unwrap().value
    }

    #[test]
    fn values_are_of_their_kind() {
        assert_eq!(value("status"), Value::Number(Decimal::from_billionths(404_000_000_000)));
        assert_eq!(value("request_time"), Value::Number(Decimal::from_billionths(250_000_000)));
        assert_eq!(value("path"), Value::Text("/a/b".to_owned()));
        assert_eq!(value("status_class"), Value::Text("4xx".to_owned()));
        let Value::Time(time) = value("time") else { panic!("an instant") };
        assert_eq!(time.unix_ns, 1_795_256_132 * 1_000_000_000);
    }

    #[test]
    fn absent_is_absent_not_zero() {
        let fields = explained("regex:^(?P<status>.*)$", b"-1").unwrap().outcome.unwrap();
        assert_eq!(fields[0].value, Value::Absent);
        for name in ["bytes", "user", "bytes_in"] {
            assert_eq!(value(name), Value::Absent, "{name}");
        }
    }

    #[test]
    fn logged_fields_come_first_and_in_the_order_of_the_line() {
        let fields = timed();
        let logged = fields.iter().take_while(|field| field.origin == Origin::Logged);
        let names: Vec<&str> = logged.map(|field| field.name.as_str()).collect();
        assert_eq!(names[..4], ["remote_addr", "user", "time", "request"]);
        assert!(fields[names.len()..].iter().all(|field| field.origin == Origin::Derived));
        assert!(fields[names.len()..].iter().any(|field| field.name == "section"));
    }

    #[test]
    fn a_stop_says_where_and_what_was_expected() {
        let stop = explained("$remote_addr [$status]", b"192.0.2.7 200").unwrap().outcome.unwrap_err();
        assert_eq!((stop.reason, stop.offset, stop.expected.as_str()), (Reason::Literal, 9, "\" [\""));
        let common = br#"192.0.2.7 - - [21/Nov/2026:10:15:32 +0000] "GET / HTTP/1.1" 200 5"#;
        assert_eq!(explained("combined", common).unwrap().fits.as_deref(), Some("common"));
    }

    #[test]
    fn a_detected_format_is_named_and_an_undetected_one_refused() {
        let line = br#"192.0.2.7 - - [21/Nov/2026:10:15:32 +0000] "GET / HTTP/1.1" 200 5"#;
        assert!(explained("auto", line).unwrap().detected.unwrap().starts_with("common"));
        assert!(explained("auto", b"what is this").is_err());
    }

    #[test]
    fn a_plan_says_which_rule_won_and_what_moves() {
        let plan = Plan::from_toml(
            r#"
            [[source]]
            name = "a"
            format = "common"
            [categories.group]
            on = "path"
            rules = [{ name = "a", prefix = "/a" }, { name = "any", prefix = "/" }]
            [[metric]]
            name = "hits_total"
            labels = ["group", "status"]
            [[metric]]
            name = "misses_total"
            when = 'status == 500'
            "#,
        )
        .unwrap();
        let line = br#"192.0.2.7 - - [21/Nov/2026:10:15:32 +0000] "GET /a/b HTTP/1.1" 200 5"#;
        let judged = judge(&plan, &plan.sources[0].format, line, 2026).unwrap().unwrap();
        let names: Vec<&str> = judged.categories[0].matches.iter().map(|rule| rule.name.as_str()).collect();
        assert_eq!((judged.categories[0].value.as_slice(), names), (&b"a"[..], vec!["a", "any"]));
        let labels =
            [("group", "a"), ("status", "200")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let moved = Moved {
            metric: "hits_total".to_owned(),
            labels: labels.to_vec(),
            value: Value::Number(Decimal::from(1)),
        };
        assert_eq!(judged.metrics, [moved]);
        assert_eq!(judge(&plan, &plan.sources[0].format, b"x", 2026), Ok(None));
    }

    #[test]
    fn text_that_its_kind_cannot_read_stays_text() {
        let fields = explained("$request_time $status", b"0.1 700").unwrap().outcome.unwrap();
        assert_eq!(fields[0].value, Value::Number(Decimal::from_billionths(100_000_000)));
        let odd = explained("regex:^(?P<status>.*)$", b"\xff\x1b").unwrap().outcome.unwrap();
        assert_eq!(odd[0].value, Value::Text("\u{fffd}\u{1b}".to_owned()));
    }
}
