//! Functions and methods of the subset.

use cel_core::types::{Expr, SpannedExpr};
use memchr::memmem::Finder;

use super::ConditionError;
use super::compile::{Compiler, Value};
use super::literal;
use super::network::Network;
use super::number::Number;
use super::test::{Place, Test, Text};
use crate::bounded_regex::BoundedRegex;

/// Methods answer `None` when they noted an error.
impl Compiler<'_> {
    /// `name(args)`.
    pub fn function(&mut self, at: &SpannedExpr, name: &str, args: &[SpannedExpr]) -> Option<Value> {
        match (name, args) {
            ("has", [field]) => match self.value(field)? {
                Value::Field(operand, _) => Some(Value::Test(Test::Has(operand))),
                _ => self.refuse(field, "has() needs the name of a field".to_owned(), None),
            },
            ("size", [text]) => Some(Value::Number(Number::Size(self.as_text(text)?))),
            ("matches", [text, regex]) => self.matches(text, regex),
            ("cidr", [address, networks]) => {
                let sides = (self.as_text(address), self.networks(networks));
                Some(Value::Test(Test::Address { text: sides.0?, networks: sides.1? }))
            }
            ("timestamp", [text]) => {
                let literal = if let Expr::String(text) = &text.node { literal::instant(text) } else { None };
                if let Some(unix_ns) = literal {
                    return Some(Value::Instant(unix_ns));
                }
                let hint = Some("write timestamp(\"2026-01-31T00:00:00Z\")".to_owned());
                self.refuse(text, "this is no time of RFC 3339".to_owned(), hint)
            }
            ("has" | "size" | "timestamp", _) => self.arguments(at, name, 1, args.len()),
            ("matches" | "cidr", _) => self.arguments(at, name, 2, args.len()),
            ("duration", _) => {
                let hint = Some("durations are numbers of seconds: request_time > 0.5".to_owned());
                self.refuse(at, "there is no duration()".to_owned(), hint)
            }
            _ => self.unsupported(at),
        }
    }

    /// `receiver.name(args)`.
    pub fn method(
        &mut self,
        at: &SpannedExpr,
        receiver: &SpannedExpr,
        name: &str,
        args: &[SpannedExpr],
    ) -> Option<Value> {
        let place = match name {
            "startsWith" => Place::Beginning,
            "endsWith" => Place::End,
            "contains" => Place::Anywhere,
            "matches" => {
                let [regex] = args else { return self.arguments(at, name, 1, args.len()) };
                return self.matches(receiver, regex);
            }
            "size" if args.is_empty() => {
                return Some(Value::Number(Number::Size(self.as_text(receiver)?)));
            }
            "size" => return self.arguments(at, name, 0, args.len()),
            _ => return self.unsupported(at),
        };
        let [part] = args else { return self.arguments(at, name, 1, args.len()) };
        let (text, part) = (self.as_text(receiver), self.as_text(part));
        Some(Value::Test(match (text?, part?, place) {
            (text, Text::Literal(part), Place::Anywhere) => {
                Test::Contains { text, part: Box::new(Finder::new(&part).into_owned()) }
            }
            (text, part, place) => Test::Part { text, part, place },
        }))
    }

    fn matches(&mut self, text: &SpannedExpr, regex: &SpannedExpr) -> Option<Value> {
        let text = self.as_text(text);
        let Expr::String(pattern) = &regex.node else {
            return self.refuse(regex, "the regex has to be a text as it is".to_owned(), None);
        };
        match BoundedRegex::compile(pattern) {
            Ok(compiled) => {
                self.condition.regexes.push(compiled);
                let regex = self.condition.regexes.len() - 1;
                Some(Value::Test(Test::Matches { text: text?, regex }))
            }
            Err(error) => {
                // The place inside is known where the literal holds no escapes.
                let raw = self.source(regex);
                let span = raw.find(pattern.as_str()).filter(|_| !pattern.is_empty());
                let span = span.map_or(regex.span.clone(), |at| {
                    let start = regex.span.start + at;
                    start + error.span.start..start + error.span.end
                });
                self.errors.push(ConditionError {
                    code: "bad-regex",
                    message: error.message,
                    hint: error.hint,
                    span,
                });
                None
            }
        }
    }

    fn networks(&mut self, expression: &SpannedExpr) -> Option<Vec<Network>> {
        let texts: Vec<&SpannedExpr> = match &expression.node {
            Expr::List(elements) => elements.iter().map(|element| &element.expr).collect(),
            _ => vec![expression],
        };
        let networks: Vec<Option<Network>> = texts
            .into_iter()
            .map(|text| {
                let network = if let Expr::String(text) = &text.node { Network::parse(text) } else { None };
                network.or_else(|| {
                    let message = format!("{} is no network", self.source(text));
                    self.refuse(text, message, Some("write \"10.0.0.0/8\" or \"fd00::/8\"".to_owned()))
                })
            })
            .collect();
        networks.into_iter().collect()
    }

    fn arguments<T>(&mut self, at: &SpannedExpr, name: &str, wanted: usize, given: usize) -> Option<T> {
        let message = format!("{name}() takes {wanted} of these in its brackets, and has {given}");
        self.refuse(at, message, None)
    }
}
