//! From CEL's syntax tree to tests: names are resolved, types decided, everything else refused.

use cel_core::types::{BinaryOp, Expr, ListElement, SpannedExpr, UnaryOp};

use super::literal::{self, Binary, Literal};
use super::number::Number;
use super::parse::DEEPEST;
use super::remember::remembering;
use super::test::{Order, Test, Text};
use super::{Condition, ConditionError, Names};
use crate::category::unknown_name_hint;
use crate::format::Kind;
use crate::operand::Operand;

/// What the subset has, for messages.
const SUPPORTED: &str = "there is: == != < <= > >= in && || ! ?: + - * / % and has() size() cidr() timestamp() \
                         .startsWith() .endsWith() .contains() .matches()";

/// Compiles the parsed condition `text`.
pub fn compile(
    text: &str,
    expression: &SpannedExpr,
    names: &mut dyn Names,
) -> Result<Condition, Vec<ConditionError>> {
    let empty = Condition {
        test: Test::Constant(false),
        numbers: vec![],
        times: vec![],
        regexes: vec![],
        remembered: 0,
    };
    let mut compiler = Compiler { text, names, condition: empty, errors: Vec::new(), depth: 0 };
    let root = compiler.test(expression);
    let Compiler { mut condition, mut errors, .. } = compiler;
    match root {
        Some(root) if errors.is_empty() => {
            condition.test = remembering(root, &mut condition.remembered);
            Ok(condition)
        }
        _ => {
            errors.sort_by_key(|error| error.span.start);
            Err(errors)
        }
    }
}

/// Walks the tree and gathers what its tests read, and every mistake.
pub struct Compiler<'c> {
    pub text: &'c str,
    names: &'c mut dyn Names,
    /// Gathers what the tests read.
    pub condition: Condition,
    pub errors: Vec<ConditionError>,
    /// Expressions around the one that is compiled.
    depth: usize,
}

/// What an expression gives. A field becomes a number or a text by what it meets.
pub enum Value {
    Test(Test),
    Field(Operand, Kind),
    Text(String),
    Number(Number),
    /// Unix nanoseconds.
    Instant(i64),
}

/// Methods answer `None` when they noted an error.
impl Compiler<'_> {
    fn test(&mut self, expression: &SpannedExpr) -> Option<Test> {
        match self.value(expression)? {
            Value::Test(test) => Some(test),
            Value::Field(..) => {
                let name = self.source(expression);
                let hint = format!("write has({name}), {name} != \"\" or {name} > 0");
                self.refuse(expression, format!("`{name}` alone is not a condition"), Some(hint))
            }
            _ => {
                let message = format!("`{}` is not a condition", self.source(expression));
                self.refuse(expression, message, Some("compare it with something".to_owned()))
            }
        }
    }

    /// What any expression gives.
    pub fn value(&mut self, expression: &SpannedExpr) -> Option<Value> {
        if self.depth > DEEPEST {
            let message = format!("the condition is nested more than {DEEPEST} deep");
            return self.refuse(expression, message, None);
        }
        self.depth += 1;
        let value = self.shallow_value(expression);
        self.depth -= 1;
        value
    }

    fn shallow_value(&mut self, expression: &SpannedExpr) -> Option<Value> {
        if let Some(number) = literal::number(self.text, expression) {
            return Some(Value::Number(Number::Literal(number)));
        }
        if let Some(name) = literal::dotted_name(expression) {
            let (operand, kind) = self.operand(expression, &name)?;
            return Some(Value::Field(operand, kind));
        }
        match &expression.node {
            Expr::Bool(holds) => Some(Value::Test(Test::Constant(*holds))),
            Expr::String(text) => Some(Value::Text(text.clone())),
            Expr::Unary { op: UnaryOp::Not, expr } => {
                Some(Value::Test(Test::Not(Box::new(self.test(expr)?))))
            }
            Expr::Unary { op: UnaryOp::Neg, expr } => {
                let number = self.number(expr)?;
                Some(Value::Number(Number::Negative(Box::new(number))))
            }
            Expr::Binary { op, left, right } => self.binary(expression, *op, left, right),
            Expr::Ternary { cond, then_expr, else_expr } => {
                let tests = (self.test(cond), self.test(then_expr), self.test(else_expr));
                Some(Value::Test(Test::Choice(Box::new([tests.0?, tests.1?, tests.2?]))))
            }
            Expr::Call { expr, args } => match &expr.node {
                Expr::Ident(name) => self.function(expression, name, args),
                Expr::Member { expr: receiver, field, optional: false } => {
                    self.method(expression, receiver, field, args)
                }
                _ => self.unsupported(expression),
            },
            Expr::Float(_) | Expr::UInt(_) => {
                let message = format!("the number {} is too large", self.source(expression));
                self.refuse(expression, message, None)
            }
            Expr::List(_) => {
                let hint = Some("write field in [\"one\", \"other\"]".to_owned());
                self.refuse(expression, "a list stands only behind `in`".to_owned(), hint)
            }
            _ => self.unsupported(expression),
        }
    }

    fn binary(
        &mut self,
        expression: &SpannedExpr,
        op: BinaryOp,
        left: &SpannedExpr,
        right: &SpannedExpr,
    ) -> Option<Value> {
        match literal::binary(op) {
            Binary::And => self.chain(expression, op).map(Test::All).map(Value::Test),
            Binary::Or => self.chain(expression, op).map(Test::Any).map(Value::Test),
            Binary::In => self.member(left, right).map(Value::Test),
            Binary::Calculate(by) => {
                let of = (self.number(left), self.number(right));
                let of = Box::new([of.0?, of.1?]);
                Some(Value::Number(Number::Calculated { by, of }))
            }
            Binary::Compare(order) => {
                let sides = (self.value(left), self.value(right));
                self.compare(expression, sides.0?, order, sides.1?).map(Value::Test)
            }
        }
    }

    /// The sides of `a && b && c`, without recursion for each.
    fn chain(&mut self, expression: &SpannedExpr, op: BinaryOp) -> Option<Vec<Test>> {
        let mut sides = Vec::new();
        let mut rest = expression;
        while let Expr::Binary { op: own, left, right } = &rest.node
            && *own == op
        {
            sides.push(&**right);
            rest = left;
        }
        sides.push(rest);
        let tests: Vec<Option<Test>> = sides.into_iter().rev().map(|side| self.test(side)).collect();
        tests.into_iter().collect()
    }

    fn compare(&mut self, at: &SpannedExpr, left: Value, order: Order, right: Value) -> Option<Test> {
        use Value::{Field, Instant, Number as Numeric, Test as Truth, Text as Literal};
        Some(match (left, right) {
            (Field(operand, Kind::Time(_)), Instant(unix_ns)) => self.time(operand, order, unix_ns),
            (Instant(unix_ns), Field(operand, Kind::Time(_))) => {
                self.time(operand, order.reversed(), unix_ns)
            }
            (Field(_, kind), Literal(_)) | (Literal(_), Field(_, kind))
                if is_numeric(&kind) && !matches!(order, Order::Equal | Order::NotEqual) =>
            {
                let hint = Some("write the number without quotes".to_owned());
                return self.refuse(at, "a number cannot be more or less than a text".to_owned(), hint);
            }
            (Field(operand, _), Literal(text)) => {
                Test::Texts { left: Text::Read(operand), order, right: of_literal(text) }
            }
            (Literal(text), Field(operand, _)) => {
                Test::Texts { left: of_literal(text), order, right: Text::Read(operand) }
            }
            (Literal(left), Literal(right)) => Test::Constant(order.accepts(left.cmp(&right))),
            (Field(operand, _), Truth(Test::Constant(truth)))
            | (Truth(Test::Constant(truth)), Field(operand, _))
                if matches!(order, Order::Equal | Order::NotEqual) =>
            {
                // As JSON logs write it.
                Test::Texts { left: Text::Read(operand), order, right: of_literal(truth.to_string()) }
            }
            (Field(left, a), Field(right, b)) if !is_numeric(&a) && !is_numeric(&b) => {
                if matches!(a, Kind::Time(_)) || matches!(b, Kind::Time(_)) {
                    return self.refuse(at, "times are compared with timestamp() only".to_owned(), None);
                }
                Test::Texts { left: Text::Read(left), order, right: Text::Read(right) }
            }
            (left @ (Field(..) | Numeric(_)), right @ (Field(..) | Numeric(_))) => {
                let sides = (self.as_number(at, left), self.as_number(at, right));
                compared(sides.0?, order, sides.1?)
            }
            (Truth(_), _) | (_, Truth(_)) => {
                let hint = Some("combine conditions with && and ||".to_owned());
                return self.refuse(at, "conditions cannot be compared".to_owned(), hint);
            }
            (Instant(_), _) | (_, Instant(_)) => {
                let message = "timestamp() is compared with a time field only".to_owned();
                return self.refuse(at, message, None);
            }
            (Literal(_), Numeric(_)) | (Numeric(_), Literal(_)) => {
                let hint = Some("write the number without quotes".to_owned());
                return self.refuse(at, "a number cannot be compared with a text".to_owned(), hint);
            }
        })
    }

    fn time(&mut self, operand: Operand, order: Order, unix_ns: i64) -> Test {
        self.condition.times.push(operand);
        Test::Time { operand, reading: self.condition.times.len() - 1, order, unix_ns }
    }

    /// `left in [right]`.
    fn member(&mut self, left: &SpannedExpr, right: &SpannedExpr) -> Option<Test> {
        let value = self.value(left);
        let Expr::List(elements) = &right.node else {
            let hint = "write field in [\"one\", \"other\"], or text.contains(\"part\")".to_owned();
            return self.refuse(right, "`in` needs a list of literals".to_owned(), Some(hint));
        };
        let (mut texts, mut numbers) = (Vec::new(), Vec::new());
        for ListElement { expr, .. } in elements {
            match literal::literal(self.text, expr) {
                Some(Literal::Text(text)) => texts.push(text.into_bytes().into_boxed_slice()),
                Some(Literal::Number(number)) => numbers.push(number),
                None => {
                    let message = format!("`{}` is no text and no number", self.source(expr));
                    self.refuse::<()>(expr, message, Some("`in` needs a list of literals".to_owned()));
                }
            }
        }
        let mixed = "the list mixes texts and numbers, or does not fit what is sought";
        texts.sort();
        numbers.sort();
        match value? {
            _ if elements.is_empty() => Some(Test::Constant(false)),
            Value::Field(operand, _) if numbers.is_empty() => {
                Some(Test::TextIn { text: Text::Read(operand), list: texts })
            }
            Value::Text(text) if numbers.is_empty() => {
                Some(Test::TextIn { text: of_literal(text), list: texts })
            }
            value @ (Value::Field(..) | Value::Number(_)) if texts.is_empty() => {
                Some(Test::NumberIn { number: self.as_number(left, value)?, list: numbers })
            }
            _ => self.refuse(right, mixed.to_owned(), None),
        }
    }

    fn number(&mut self, expression: &SpannedExpr) -> Option<Number> {
        let value = self.value(expression)?;
        self.as_number(expression, value)
    }

    fn as_number(&mut self, at: &SpannedExpr, value: Value) -> Option<Number> {
        match value {
            Value::Number(number) => Some(number),
            Value::Field(operand, kind) if !matches!(kind, Kind::Time(_)) => {
                self.condition.numbers.push(operand);
                Some(Number::Read { operand, reading: self.condition.numbers.len() - 1 })
            }
            _ => {
                let message = format!("`{}` is no number", self.source(at));
                self.refuse(at, message, None)
            }
        }
    }

    pub fn as_text(&mut self, expression: &SpannedExpr) -> Option<Text> {
        match self.value(expression)? {
            Value::Text(text) => Some(of_literal(text)),
            Value::Field(operand, _) => Some(Text::Read(operand)),
            _ => {
                let message = format!("`{}` is no text", self.source(expression));
                self.refuse(expression, message, None)
            }
        }
    }

    fn operand(&mut self, at: &SpannedExpr, name: &str) -> Option<(Operand, Kind)> {
        let found = self.names.operand(name);
        if found.is_none() {
            let known = self.names.known();
            self.errors.push(ConditionError {
                code: "unknown-field",
                message: format!("unknown name `{name}`"),
                hint: unknown_name_hint(name, &known),
                span: at.span.clone(),
            });
        }
        found
    }

    pub fn unsupported<T>(&mut self, at: &SpannedExpr) -> Option<T> {
        let message = format!("`{}` is not supported in conditions", self.source(at));
        self.refuse(at, message, Some(SUPPORTED.to_owned()))
    }

    pub fn refuse<T>(&mut self, at: &SpannedExpr, message: String, hint: Option<String>) -> Option<T> {
        self.errors.push(ConditionError { code: "bad-condition", message, hint, span: at.span.clone() });
        None
    }

    /// The text of an expression, shortened.
    pub fn source(&self, expression: &SpannedExpr) -> String {
        const SHOWN: usize = 60;
        let source = self.text.get(expression.span.clone()).unwrap_or_default();
        match source.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{}…", &source[..end]),
            None => source.to_owned(),
        }
    }
}

/// What two numbers have to be to each other, simpler where one is written and the other just read.
fn compared(left: Number, order: Order, right: Number) -> Test {
    match (left, right) {
        (Number::Read { operand, reading }, Number::Literal(with)) => {
            Test::Compared { operand, reading, order, with }
        }
        (Number::Literal(with), Number::Read { operand, reading }) => {
            Test::Compared { operand, reading, order: order.reversed(), with }
        }
        (left, right) => Test::Numbers { left, order, right },
    }
}

fn of_literal(text: String) -> Text {
    Text::Literal(text.into_bytes().into_boxed_slice())
}

fn is_numeric(kind: &Kind) -> bool {
    matches!(kind, Kind::Integer | Kind::Number | Kind::Duration(_))
}
