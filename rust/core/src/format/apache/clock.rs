//! Apache's `%t` and `%{…}t`: instants and parts of instants.
//!
//! `%{…}t` knows no fraction in its strftime layout, so formats write one instant with several
//! directives, as in `%{%Y-%m-%dT%T}t.%{msec_frac}t%{%z}t`. [`join`] makes one field of them. Apart,
//! the parts are `date`, `time_of_day`, `sec_frac` and `zone` (and `calendar`: weekdays and the like).

use std::collections::BTreeSet;
use std::ops::Range;

use crate::format::Kind;
use crate::format::compose::{Item, Shape, Spaces, Variable};
use crate::format::field::Unit;
use crate::value::time::Layout;

/// A part of a format, before its clocks are joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// Anything but a time.
    Item(Item),
    /// An instant or a part of one.
    Clock(Clock),
}

/// An instant or a part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clock {
    /// A strftime layout in which `%3f` and `%6f` are milliseconds and microseconds.
    layout: String,
    moment: Moment,
    span: Range<usize>,
}

/// Which instant is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// The request came in.
    Begin,
    /// The request is logged.
    End,
}

const CLF: &str = "%d/%b/%Y:%H:%M:%S %z";
const MILLISECONDS: &str = "%3f";
const MICROSECONDS: &str = "%6f";

impl Clock {
    /// `%t`, without its brackets.
    pub(super) fn clf(span: Range<usize>) -> Clock {
        Clock { layout: CLF.to_owned(), moment: Moment::Begin, span }
    }

    /// `%{argument}t`.
    pub(super) fn new(argument: &str, span: Range<usize>) -> Clock {
        let (moment, argument) = if let Some(rest) = argument.strip_prefix("begin:") {
            (Moment::Begin, rest)
        } else if let Some(rest) = argument.strip_prefix("end:") {
            (Moment::End, rest)
        } else {
            (Moment::Begin, argument)
        };
        let layout = match argument {
            "" => CLF.to_owned(),
            "sec" => "%s".to_owned(),
            "msec" => format!("%s{MILLISECONDS}"),
            "usec" => format!("%s{MICROSECONDS}"),
            "msec_frac" => MILLISECONDS.to_owned(),
            "usec_frac" => MICROSECONDS.to_owned(),
            layout => layout.to_owned(),
        };
        Clock { layout, moment, span }
    }

    /// This clock and `next` as one, with `between` in the middle, if `next` says something about
    /// the same instant that this one does not.
    fn joined(&self, between: &str, next: &Clock) -> Option<Clock> {
        let new = elements(&next.layout);
        let fits = !new.is_empty() && new.is_disjoint(&elements(&self.layout));
        (fits && self.moment == next.moment).then(|| Clock {
            layout: format!("{}{}{}", self.layout, between.replace('%', "%%"), next.layout),
            moment: self.moment,
            span: self.span.start..next.span.end,
        })
    }

    fn is_instant(&self) -> bool {
        elements(&self.layout).is_superset(&BTreeSet::from([Element::Date, Element::TimeOfDay]))
    }

    /// The field.
    fn variable(self) -> Variable {
        let (kind, shape) = self.reading();
        let name = match elements(&self.layout).first() {
            _ if self.is_instant() && self.moment == Moment::End => "time_end",
            _ if self.is_instant() => "time",
            Some(Element::Date) => "date",
            Some(Element::TimeOfDay) => "time_of_day",
            Some(Element::Fraction) => "sec_frac",
            Some(Element::Zone) => "zone",
            None => "calendar",
        };
        let stands_in_for = (name == "time_end").then_some("time");
        let span = self.span;
        let (name, own_name) = (name.to_owned(), name.to_owned());
        Variable { name, own_name, stands_in_for, kind, shape, span }
    }

    /// How the text is read, and what it looks like.
    fn reading(&self) -> (Kind, Shape) {
        let spelt_out = self.layout.replace("%F", "%Y-%m-%d").replace("%T", "%H:%M:%S");
        match &*spelt_out {
            CLF => (Kind::Time(Layout::Clf), Shape::TwoWords),
            "%Y-%m-%dT%H:%M:%S%z" | "%Y-%m-%dT%H:%M:%S.%3f%z" | "%Y-%m-%dT%H:%M:%S.%6f%z" => {
                (Kind::Time(Layout::Iso8601), Shape::Word)
            }
            "%s" => (Kind::Time(Layout::EpochSeconds), Shape::Digits),
            "%s.%3f" | "%s.%6f" => (Kind::Time(Layout::EpochSeconds), Shape::Decimal),
            "%s%3f" => (Kind::Time(Layout::EpochMilliseconds), Shape::Digits),
            "%s%6f" => (Kind::Time(Layout::EpochMicroseconds), Shape::Digits),
            MILLISECONDS => (Kind::Duration(Unit::Milliseconds), Shape::Digits),
            MICROSECONDS => (Kind::Duration(Unit::Microseconds), Shape::Digits),
            _ if self.is_instant() => {
                (Kind::Time(Layout::Strftime(self.layout.clone())), shape(&self.layout))
            }
            _ => (Kind::Text, shape(&self.layout)),
        }
    }
}

/// What the text of a strftime layout looks like.
fn shape(layout: &str) -> Shape {
    // These pad with spaces or hold several.
    const SPACED: [&str; 6] = ["%c", "%e", "%k", "%l", "%n", "%t"];
    let spaces = layout.matches(' ').count() + layout.matches("%r").count();
    if SPACED.iter().any(|code| layout.contains(code)) || spaces > 1 {
        Shape::Text(Spaces::Always)
    } else if spaces == 1 {
        Shape::TwoWords
    } else {
        Shape::Word
    }
}

/// A part of an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Element {
    Date,
    TimeOfDay,
    Fraction,
    Zone,
}

/// What a strftime layout tells about an instant.
fn elements(layout: &str) -> BTreeSet<Element> {
    let is_modifier =
        |letter: char| letter.is_ascii_digit() || matches!(letter, '-' | '_' | '^' | '#' | 'E' | 'O' | ':');
    let mut elements = BTreeSet::new();
    let mut letters = layout.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            continue;
        }
        match letters.find(|&letter| !is_modifier(letter)) {
            Some('c' | 's' | '+') => elements.extend([Element::Date, Element::TimeOfDay]),
            Some('D' | 'F' | 'x' | 'd' | 'e' | 'j') => elements.extend([Element::Date]),
            Some('H' | 'I' | 'k' | 'l' | 'R' | 'r' | 'T' | 'X') => {
                elements.extend([Element::TimeOfDay]);
            }
            Some('f' | 'N') => elements.extend([Element::Fraction]),
            Some('z' | 'Z') => elements.extend([Element::Zone]),
            _ => {}
        }
    }
    elements
}

/// Makes one field of neighbouring clocks that together tell an instant, and fields of the others.
pub(super) fn join(parts: &[Part]) -> Vec<Item> {
    let mut items = Vec::with_capacity(parts.len());
    let mut rest = parts;
    while let Some((part, tail)) = rest.split_first() {
        match part {
            Part::Item(item) => {
                items.push(item.clone());
                rest = tail;
            }
            Part::Clock(clock) => {
                let (clock, used) = longest_instant(clock, tail);
                items.push(Item::Variable(clock.variable()));
                rest = &tail[used..];
            }
        }
    }
    items
}

/// `first` with as many of the clocks in `tail` as make one instant of it, and how many parts of
/// `tail` that took; `first` alone when no instant comes of it.
fn longest_instant(first: &Clock, tail: &[Part]) -> (Clock, usize) {
    let (mut clock, mut used) = (first.clone(), 0);
    loop {
        let (between, next, length) = match &tail[used..] {
            [Part::Clock(next), ..] => (&[][..], next, 1),
            [Part::Item(Item::Literal(between, _)), Part::Clock(next), ..] => (&between[..], next, 2),
            _ => break,
        };
        // Brackets and quotes enclose fields: what they part are two.
        let encloses = between.iter().any(|byte| b"[]\"".contains(byte));
        let joined = std::str::from_utf8(between)
            .ok()
            .filter(|_| !encloses)
            .and_then(|between| clock.joined(between, next));
        let Some(joined) = joined else { break };
        clock = joined;
        used += length;
    }
    if clock.is_instant() { (clock, used) } else { (first.clone(), 0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(argument: &str) -> Kind {
        Clock::new(argument, 0..0).variable().kind
    }

    #[test]
    fn known_layouts_have_readers_of_their_own() {
        assert_eq!(kind(""), Kind::Time(Layout::Clf));
        assert_eq!(kind("%d/%b/%Y:%T %z"), Kind::Time(Layout::Clf));
        assert_eq!(kind("%FT%T%z"), Kind::Time(Layout::Iso8601));
        assert_eq!(kind("begin:%s"), Kind::Time(Layout::EpochSeconds));
        assert_eq!(kind("end:msec"), Kind::Time(Layout::EpochMilliseconds));
        assert_eq!(kind("usec_frac"), Kind::Duration(Unit::Microseconds));
    }

    #[test]
    fn other_layouts_are_kept_as_written() {
        assert_eq!(kind("%F %T"), Kind::Time(Layout::Strftime("%F %T".to_owned())));
        assert_eq!(kind("%T"), Kind::Text);
        assert_eq!(kind("%%F %T"), Kind::Text);
    }

    #[test]
    fn a_time_and_its_fraction_make_one_layout() {
        let clock = |argument| Part::Clock(Clock::new(argument, 0..0));
        let literal = |text: &str| Part::Item(Item::Literal(text.into(), 0..0));
        let parts = [clock("%F %T"), literal(".%"), clock("msec_frac"), clock("%z"), clock("%T")];
        let kinds: Vec<Kind> = join(&parts)
            .into_iter()
            .filter_map(|item| match item {
                Item::Variable(variable) => Some(variable.kind),
                Item::Literal(..) => None,
            })
            .collect();
        let time = Kind::Time(Layout::Strftime("%F %T.%%%3f%z".to_owned()));
        assert_eq!(kinds, [time, Kind::Text]);
    }
}
