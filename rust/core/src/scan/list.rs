//! Values of lists, such as nginx writes when it asks several upstream servers: `0.001, 0.020 : 0.3`.

use std::io::Write as _;

use super::record::Span;
use crate::value::number::Decimal;

/// What is taken of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListTake {
    /// The last element.
    Last,
    /// The exact sum.
    Sum,
    /// The largest element.
    Max,
    /// How many elements there are.
    Count,
    /// The list itself, where it has several elements.
    Several,
}

impl ListTake {
    /// The list field that `name` is taken of, and what is taken: `upstream_response_time.sum`, or
    /// `upstream_addr_list` where several servers were asked.
    pub fn of_name(name: &str) -> Option<(&str, ListTake)> {
        if name == "upstream_addr_list" {
            return Some(("upstream_addr", ListTake::Several));
        }
        let (list, take) = name.rsplit_once('.')?;
        let take = match take {
            "last" => ListTake::Last,
            "sum" => ListTake::Sum,
            "max" => ListTake::Max,
            "count" => ListTake::Count,
            _ => return None,
        };
        (!list.is_empty()).then_some((list, take))
    }

    /// Takes it of the list at `span`, in the line or in the scratch text. What is no part of them is
    /// appended to the scratch text. Elements that are `-` do not count, and a list without others is
    /// absent; nor does `-1` count as a number. Of a list with something that is no number the sum
    /// and the maximum are that, so that whoever reads them as numbers notices.
    pub fn take(self, span: Span, hay: &[u8], text: &mut Vec<u8>) -> Span {
        let (start, end, in_scratch) = span.bounds();
        let list = if in_scratch { &text[start..end] } else { &hay[start..end] };
        let part = |(from, to): (usize, usize)| {
            if in_scratch {
                Span::scratch(start + from, start + to)
            } else {
                Span::line(start + from, start + to)
            }
        };
        let begin = text.len();
        match self {
            ListTake::Last => return elements(list).last().map_or(Span::ABSENT, part),
            ListTake::Several => return if elements(list).nth(1).is_some() { span } else { Span::ABSENT },
            ListTake::Count => match elements(list).count() {
                0 => return Span::ABSENT,
                count => write(text, count),
            },
            ListTake::Sum | ListTake::Max => {
                let (mut count, mut sum) = (0usize, Decimal::ZERO);
                let mut largest: Option<(Decimal, (usize, usize))> = None;
                for (from, to) in elements(list).filter(|(from, to)| &list[*from..*to] != b"-1") {
                    let Some(number) = Decimal::parse(&list[from..to]) else { return part((from, to)) };
                    count += 1;
                    sum = sum.saturating_add(number);
                    if largest.is_none_or(|(most, _)| number > most) {
                        largest = Some((number, (from, to)));
                    }
                }
                match largest {
                    None => return Span::ABSENT,
                    // A sum of one element is that element.
                    Some((_, element)) if self == ListTake::Max || count == 1 => return part(element),
                    Some(_) => write(text, sum),
                }
            }
        }
        Span::scratch(begin, text.len())
    }
}

/// Where the elements lie: what neither blanks nor commas divide, without lone colons and hyphens.
fn elements(list: &[u8]) -> impl Iterator<Item = (usize, usize)> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let is_part = |byte: &u8| !matches!(byte, b' ' | b',');
            let from = at + list[at..].iter().position(is_part)?;
            at = list[from..]
                .iter()
                .position(|byte| !is_part(byte))
                .map_or(list.len(), |length| from + length);
            if !matches!(&list[from..at], b":" | b"-") {
                return Some((from, at));
            }
        }
    })
}

fn write(text: &mut Vec<u8>, value: impl std::fmt::Display) {
    write!(text, "{value}").expect("a vector takes what is written");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Decimal, ListTake, Span};

    fn take(take: ListTake, list: &str) -> String {
        let line = format!("before {list} behind");
        let mut text = b"constants".to_vec();
        let span = take.take(Span::line(7, 7 + list.len()), line.as_bytes(), &mut text);
        let taken = String::from_utf8(span.of(line.as_bytes(), &text).to_vec()).unwrap();
        // The same for a list in the scratch text.
        let mut text = list.as_bytes().to_vec();
        let span = take.take(Span::scratch(0, list.len()), b"", &mut text);
        assert_eq!(span.of(b"", &text), taken.as_bytes());
        taken
    }

    #[test]
    fn parts_of_lists() {
        use ListTake::{Count, Last, Max, Sum};
        for (list, wanted) in [
            ("0.001, 0.020 : 0.3", ["0.3", "0.321", "0.3", "3"]),
            ("0.5", ["0.5", "0.5", "0.5", "1"]),
            ("0.50, -", ["0.50", "0.50", "0.50", "1"]),
            ("-, 9, 10, -1", ["-1", "19", "10", "3"]),
            ("-", ["", "", "", ""]),
            ("", ["", "", "", ""]),
            ("- : -", ["", "", "", ""]),
            ("0.1,0.2", ["0.2", "0.3", "0.2", "2"]),
            ("10.0.0.1:80, unix:/run/x : 10.0.0.2:80", ["10.0.0.2:80", "10.0.0.1:80", "10.0.0.1:80", "3"]),
        ] {
            assert_eq!([Last, Sum, Max, Count].map(|what| take(what, list)), wanted, "{list}");
        }
    }

    #[test]
    fn a_list_of_one_is_no_list() {
        for (list, wanted) in [("10.0.0.1:80", ""), ("-", ""), ("-, a", ""), ("a, b : c", "a, b : c")] {
            assert_eq!(take(ListTake::Several, list), wanted);
        }
        assert_eq!(ListTake::of_name("upstream_addr_list"), Some(("upstream_addr", ListTake::Several)));
    }

    proptest! {
        #[test]
        fn parts_equal_the_naive_way(
            list in prop::collection::vec(("(-|[0-9]{1,4}(\\.[0-9]{1,9})?)", "(, | : )"), 1..8)
        ) {
            let mut written = String::new();
            let last = list.len() - 1;
            for (number, (element, separator)) in list.iter().enumerate() {
                written += element;
                written += if number < last { separator } else { "" };
            }
            let present: Vec<&str> = list.iter().map(|(element, _)| &**element).filter(|element| *element != "-").collect();
            let units = |element: &str| Decimal::parse(element.as_bytes()).unwrap().billionths();
            let sum: i128 = present.iter().map(|element| units(element)).sum();
            let read = |text: &str| Decimal::parse(text.as_bytes()).map(Decimal::billionths);
            prop_assert_eq!(take(ListTake::Last, &written), present.last().copied().unwrap_or_default());
            prop_assert_eq!(read(&take(ListTake::Sum, &written)), (!present.is_empty()).then_some(sum));
            prop_assert_eq!(read(&take(ListTake::Max, &written)), present.iter().map(|element| units(element)).max());
            let count = take(ListTake::Count, &written);
            prop_assert_eq!(count.parse().unwrap_or(0), present.len());
        }
    }
}
