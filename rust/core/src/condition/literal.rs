//! What can be read off the syntax tree without knowing any name: literals, lists, dotted names.

use cel_core::types::{BinaryOp, Expr, SpannedExpr, UnaryOp};

use super::number::Operation;
use super::test::Order;
use crate::value::number::Decimal;
use crate::value::time::{Layout, TimeReader};

/// A literal of a list.
pub enum Literal {
    Text(String),
    Number(Decimal),
}

/// The name that an expression spells: `status`, `query.page`, `query["utm-source"]`.
pub fn dotted_name(expression: &SpannedExpr) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    let mut rest = expression;
    loop {
        match &rest.node {
            Expr::Ident(name) => {
                parts.push(name);
                parts.reverse();
                return Some(parts.join("."));
            }
            Expr::Member { expr, field, optional: false } => {
                parts.push(field);
                rest = expr;
            }
            Expr::Index { expr, index, optional: false } => {
                let Expr::String(part) = &index.node else { return None };
                parts.push(part);
                rest = expr;
            }
            _ => return None,
        }
    }
}

/// The number that a literal of `text` is; `None` if it is none or out of range.
pub fn number(text: &str, expression: &SpannedExpr) -> Option<Decimal> {
    match &expression.node {
        Expr::Int(number) => Some(Decimal::from(*number)),
        Expr::UInt(number) => i64::try_from(*number).ok().map(Decimal::from),
        // As it is written, not as the nearest binary fraction.
        Expr::Float(_) => {
            let digits = text.get(expression.span.clone())?;
            // CEL allows `.5`.
            let zero = if digits.starts_with('.') { "0" } else { "" };
            Decimal::parse(format!("{zero}{digits}").as_bytes())
        }
        Expr::Unary { op: UnaryOp::Neg, expr } => {
            Some(Decimal::from_billionths(-number(text, expr)?.billionths()))
        }
        _ => None,
    }
}

/// A text or number as written.
pub fn literal(text: &str, expression: &SpannedExpr) -> Option<Literal> {
    match &expression.node {
        Expr::String(literal) => Some(Literal::Text(literal.clone())),
        _ => number(text, expression).map(Literal::Number),
    }
}

/// The instant that RFC 3339 text stands for, in Unix nanoseconds.
pub fn instant(text: &str) -> Option<i64> {
    TimeReader::new(&Layout::Iso8601, 1970).read(text.as_bytes()).map(|time| time.unix_ns)
}

/// What a binary operator is.
pub enum Binary {
    And,
    Or,
    Compare(Order),
    Calculate(Operation),
    In,
}

/// What `op` is.
pub fn binary(op: BinaryOp) -> Binary {
    match op {
        BinaryOp::And => Binary::And,
        BinaryOp::Or => Binary::Or,
        BinaryOp::Eq => Binary::Compare(Order::Equal),
        BinaryOp::Ne => Binary::Compare(Order::NotEqual),
        BinaryOp::Lt => Binary::Compare(Order::Less),
        BinaryOp::Le => Binary::Compare(Order::LessOrEqual),
        BinaryOp::Gt => Binary::Compare(Order::Greater),
        BinaryOp::Ge => Binary::Compare(Order::GreaterOrEqual),
        BinaryOp::Add => Binary::Calculate(Operation::Add),
        BinaryOp::Sub => Binary::Calculate(Operation::Subtract),
        BinaryOp::Mul => Binary::Calculate(Operation::Multiply),
        BinaryOp::Div => Binary::Calculate(Operation::Divide),
        BinaryOp::Mod => Binary::Calculate(Operation::Remainder),
        BinaryOp::In => Binary::In,
    }
}
