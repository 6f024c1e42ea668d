//! One field of a template: where its text comes from, and how it is written.

use super::{
    decimal,
    request::{Attempt, Method, Purpose, Request},
    site::Tail,
    stamp::Stamp,
    texts::Texts,
};

/// Writes one field. All texts are fitted to the field's place when the column is made.
#[derive(Debug)]
pub enum Column {
    /// The same in each line.
    Constant(Box<[u8]>),
    /// One text of a table.
    Choice {
        /// The table.
        texts: Texts,
        /// Which of them.
        index: fn(&Request) -> usize,
    },
    /// The target, or a part of it.
    Target(Target),
    /// Method, target and protocol, or what was received instead.
    RequestLine {
        /// Texts of [`Method`].
        methods: Texts,
        /// The target; the whole of what was received when that is no request.
        target: Target,
        /// Texts of [`super::request::Protocol`].
        protocols: Texts,
        /// A space as it can stand here.
        space: Box<[u8]>,
    },
    /// A whole number.
    Integer(fn(&Request) -> u64),
    /// A number with two decimal places, from hundredths.
    Hundredths(fn(&Request) -> u64),
    /// A duration, from microseconds.
    Duration(fn(&Request) -> u64, DurationForm),
    /// Something of the attempts upstream.
    Attempts(Listing, OfAttempt),
    /// 32 hexadecimal digits.
    Identifier(Purpose),
    /// The time of the request.
    Time(Box<Stamp>),
}

/// Resources' targets, or parts of them.
#[derive(Debug)]
pub struct Target {
    /// One text for each resource.
    pub texts: Texts,
    /// What requests append to it, for each resource.
    pub tails: Box<[Tail]>,
}

/// Which attempts are written.
#[derive(Debug, Clone, Copy)]
pub enum Listing {
    /// All, joined by `, `.
    All,
    /// The last one, where a list cannot stand.
    Last,
}

/// What is written of an attempt.
#[derive(Debug)]
pub enum OfAttempt {
    /// The server's text.
    Server(Texts),
    /// The status, `-` if none came.
    Status,
    /// This many 256ths of its duration.
    Duration(u64, DurationForm),
}

/// How a duration is written.
#[derive(Debug, Clone, Copy)]
pub enum DurationForm {
    /// `0.123`
    SecondsAndMilliseconds,
    /// Whole seconds.
    Seconds,
    /// Whole milliseconds.
    Milliseconds,
    /// Whole microseconds.
    Microseconds,
    /// Whole nanoseconds.
    Nanoseconds,
}

impl Column {
    /// Appends this field of `request`.
    #[inline]
    pub fn push(&mut self, request: &Request, out: &mut Vec<u8>) {
        match self {
            Column::Constant(text) => out.extend_from_slice(text),
            Column::Choice { texts, index } => out.extend_from_slice(texts.get(index(request))),
            Column::Target(target) => target.push(request, out),
            Column::RequestLine { target, .. } if request.method == Method::None => {
                target.push(request, out);
            }
            Column::RequestLine { methods, target, protocols, space } => {
                out.extend_from_slice(methods.get(request.method as usize));
                out.extend_from_slice(space);
                target.push(request, out);
                out.extend_from_slice(space);
                out.extend_from_slice(protocols.get(request.protocol as usize));
            }
            Column::Integer(value) => decimal::push_integer(value(request), out),
            Column::Hundredths(value) => {
                let hundredths = value(request);
                decimal::push_integer(hundredths / 100, out);
                out.push(b'.');
                decimal::push_padded::<2>(hundredths, out);
            }
            Column::Duration(value_us, form) => form.push(value_us(request), out),
            Column::Attempts(listing, what) => what.push(*listing, request.attempts(), out),
            Column::Identifier(purpose) => {
                decimal::push_hex(request.bits(*purpose), out);
                decimal::push_hex(request.salt, out);
            }
            Column::Time(stamp) => stamp.push(request.time_ns, out),
        }
    }

    /// Whether the text is a JSON number as it is.
    pub fn is_number(&self) -> bool {
        matches!(self, Column::Integer(_) | Column::Hundredths(_) | Column::Duration(..))
    }
}

impl Target {
    #[inline]
    fn push(&self, request: &Request, out: &mut Vec<u8>) {
        let resource = request.resource as usize;
        out.extend_from_slice(self.texts.get(resource));
        match self.tails[resource] {
            Tail::None => {}
            Tail::Number => {
                decimal::push_padded::<7>(request.salted(Purpose::TargetTail, 10_000_000), out);
            }
            Tail::Token => decimal::push_hex(request.salt, out),
        }
    }
}

impl OfAttempt {
    fn push(&self, listing: Listing, attempts: &[Attempt], out: &mut Vec<u8>) {
        let [first @ .., last] = attempts else {
            out.push(b'-');
            return;
        };
        if let Listing::All = listing {
            for attempt in first {
                self.push_one(attempt, out);
                out.extend_from_slice(b", ");
            }
        }
        self.push_one(last, out);
    }

    fn push_one(&self, attempt: &Attempt, out: &mut Vec<u8>) {
        match self {
            OfAttempt::Server(texts) => {
                out.extend_from_slice(texts.get(usize::from(attempt.server)));
            }
            OfAttempt::Status if attempt.status == 0 => out.push(b'-'),
            OfAttempt::Status => decimal::push_integer(u64::from(attempt.status), out),
            OfAttempt::Duration(part, form) => form.push(attempt.duration_us * part / 256, out),
        }
    }
}

impl DurationForm {
    #[inline]
    fn push(self, value_us: u64, out: &mut Vec<u8>) {
        match self {
            DurationForm::SecondsAndMilliseconds => {
                decimal::push_integer(value_us / 1_000_000, out);
                out.push(b'.');
                decimal::push_padded::<3>(value_us / 1_000, out);
            }
            DurationForm::Seconds => decimal::push_integer(value_us / 1_000_000, out),
            DurationForm::Milliseconds => decimal::push_integer(value_us / 1_000, out),
            DurationForm::Microseconds => decimal::push_integer(value_us, out),
            DurationForm::Nanoseconds => decimal::push_integer(value_us * 1_000, out),
        }
    }
}
