//! The nodes of a compiled condition, and what they answer.

use std::cmp::Ordering;
use std::slice;

use memchr::memmem::{self, Finder};

use super::network::{self, Network};
use super::number::{self, Number};
use super::remember::Answer;
use super::{Condition, Scratch};
use crate::operand::{Operand, View};
use crate::value::number::Decimal;

/// Something that holds or not.
#[derive(Debug)]
pub enum Test {
    /// Always or never.
    Constant(bool),
    /// The opposite.
    Not(Box<Test>),
    /// All of them, the first that does not decides.
    All(Vec<Test>),
    /// One of them, the first that does decides.
    Any(Vec<Test>),
    /// The second if the first holds, else the third.
    Choice(Box<[Test; 3]>),
    /// There is such a text.
    Has(Operand),
    /// A part of a text.
    Part { text: Text, part: Text, place: Place },
    /// A part that is known beforehand, anywhere.
    Contains { text: Text, part: Box<Finder<'static>> },
    /// The regex of this number matches.
    Matches { text: Text, regex: usize },
    /// Two texts, by their bytes.
    Texts { left: Text, order: Order, right: Text },
    /// One of these, which are sorted.
    TextIn { text: Text, list: Vec<Box<[u8]>> },
    /// Two numbers.
    Numbers { left: Number, order: Order, right: Number },
    /// A number that is read (see [`Number::Read`]) and one that is written.
    Compared { operand: Operand, reading: usize, order: Order, with: Decimal },
    /// One of these, which are sorted.
    NumberIn { number: Number, list: Vec<Decimal> },
    /// A time (`reading` is its place among the condition's times) and an instant in Unix
    /// nanoseconds.
    Time { operand: Operand, reading: usize, order: Order, unix_ns: i64 },
    /// The text is an address in one of these.
    Address { text: Text, networks: Vec<Network> },
    /// A test that reads nothing but this operand; what it answered is remembered in the answers of
    /// this number.
    Remembered { operand: Operand, answers: usize, test: Box<Test> },
}

/// What gives a text; absent is empty.
#[derive(Debug)]
pub enum Text {
    /// As written.
    Literal(Box<[u8]>),
    /// That of an operand.
    Read(Operand),
}

/// Where a part has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Beginning,
    End,
    Anywhere,
}

/// How two values have to compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    /// Whether `ordering` is such.
    #[inline]
    pub fn accepts(self, ordering: Ordering) -> bool {
        match self {
            Order::Equal => ordering.is_eq(),
            Order::NotEqual => ordering.is_ne(),
            Order::Less => ordering.is_lt(),
            Order::LessOrEqual => ordering.is_le(),
            Order::Greater => ordering.is_gt(),
            Order::GreaterOrEqual => ordering.is_ge(),
        }
    }

    /// Whether two texts compare so, by their bytes.
    #[inline]
    fn accepts_texts(self, left: &[u8], right: &[u8]) -> bool {
        match self {
            // Texts of other lengths need not be read.
            Order::Equal => left == right,
            Order::NotEqual => left != right,
            _ => self.accepts(left.cmp(right)),
        }
    }

    /// The same with the sides exchanged.
    pub fn reversed(self) -> Order {
        match self {
            Order::Less => Order::Greater,
            Order::LessOrEqual => Order::GreaterOrEqual,
            Order::Greater => Order::Less,
            Order::GreaterOrEqual => Order::LessOrEqual,
            Order::Equal | Order::NotEqual => self,
        }
    }
}

impl Text {
    /// The text.
    #[inline(always)]
    pub fn of<'v>(&'v self, view: &View<'v>) -> &'v [u8] {
        match self {
            Text::Literal(text) => text,
            Text::Read(operand) => view.text(*operand).unwrap_or_default(),
        }
    }
}

impl Test {
    /// Whether it holds; `condition` is the one it belongs to.
    pub fn holds(&self, condition: &Condition, view: &View<'_>, scratch: &mut Scratch) -> bool {
        // One test is like several of which one is enough.
        let (tests, decisive) = match self {
            Test::All(tests) => (tests.as_slice(), false),
            Test::Any(tests) => (tests.as_slice(), true),
            test => (slice::from_ref(test), true),
        };
        for test in tests {
            if test.holds_inside(condition, view, scratch) == decisive {
                return decisive;
            }
        }
        !decisive
    }

    /// The same without a call for the usual leaves.
    #[inline(always)]
    fn holds_inside(&self, condition: &Condition, view: &View<'_>, scratch: &mut Scratch) -> bool {
        match self {
            Test::Texts { left, order, right } => order.accepts_texts(left.of(view), right.of(view)),
            Test::Compared { operand, reading, order, with } => {
                let number = number::read(*operand, *reading, view, scratch);
                number.is_some_and(|number| order.accepts(number.cmp(with)))
            }
            Test::Remembered { operand, answers, test } => {
                let text = view.text(*operand).unwrap_or_default();
                match scratch.answers[*answers].ask(text) {
                    Answer::Known(holds) => holds,
                    Answer::Unknown(key) => {
                        let holds = test.holds(condition, view, scratch);
                        if let Some(key) = key {
                            scratch.answers[*answers].learn(key, text, holds);
                        }
                        holds
                    }
                }
            }
            _ => self.holds_rarely(condition, view, scratch),
        }
    }

    /// The same for tests that take longer, or are rare.
    // Not inlined: what they need on the stack would burden the others.
    #[inline(never)]
    fn holds_rarely(&self, condition: &Condition, view: &View<'_>, scratch: &mut Scratch) -> bool {
        match self {
            Test::Constant(holds) => *holds,
            Test::Not(test) => !test.holds(condition, view, scratch),
            Test::Choice(tests) => {
                let chosen = if tests[0].holds(condition, view, scratch) { &tests[1] } else { &tests[2] };
                chosen.holds(condition, view, scratch)
            }
            Test::Has(operand) => view.text(*operand).is_some(),
            Test::Part { text, part, place } => {
                let (text, part) = (text.of(view), part.of(view));
                match place {
                    Place::Beginning => text.starts_with(part),
                    Place::End => text.ends_with(part),
                    Place::Anywhere => memmem::find(text, part).is_some(),
                }
            }
            Test::Contains { text, part } => part.find(text.of(view)).is_some(),
            Test::Matches { text, regex } => {
                condition.regexes[*regex].is_match(&mut scratch.regexes[*regex], text.of(view))
            }
            Test::TextIn { text, list } => {
                let text = text.of(view);
                list.binary_search_by(|known| (**known).cmp(text)).is_ok()
            }
            Test::Numbers { left, order, right } => {
                let numbers = left.value(view, scratch).zip(right.value(view, scratch));
                numbers.is_some_and(|(left, right)| order.accepts(left.cmp(&right)))
            }
            Test::NumberIn { number, list } => {
                number.value(view, scratch).is_some_and(|number| list.binary_search(&number).is_ok())
            }
            Test::Time { operand, reading, order, unix_ns } => {
                let time = view.text(*operand).and_then(|text| scratch.times[*reading].read(text));
                time.is_some_and(|time| order.accepts(time.unix_ns.cmp(unix_ns)))
            }
            Test::Address { text, networks } => network::address(text.of(view))
                .is_some_and(|address| networks.iter().any(|network| network.contains(address))),
            Test::All(_)
            | Test::Any(_)
            | Test::Texts { .. }
            | Test::Compared { .. }
            | Test::Remembered { .. } => self.holds(condition, view, scratch),
        }
    }
}
