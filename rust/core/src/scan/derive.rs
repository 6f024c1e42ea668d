//! Fields that follow from logged ones: the parts of the request line, of the target, of the status.
//!
//! A derived value is a part of the line or a constant in the scratch text, so it costs a span; just
//! the sums and counts of lists are written there.

mod batch;
mod source;
mod view;

pub use self::view::View;

use self::source::Source;
use super::list::ListTake;
use super::record::Span;
use super::simd::Search;

/// Constants that derived spans point into; every scanner's scratch text begins with them.
pub const CONSTANTS: &[u8] = b"1xx2xx3xx4xx5xxtruedebuginfowarningerrorfatal";

/// The text `true` among the constants.
pub(super) const TRUE: Span = Span::constant(15, 19);

/// One derivation: reads the span of slot `from`, writes the spans of the other slots.
#[expect(missing_docs, reason = "the variants' fields are slots, each named for what it takes")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Derive {
    /// `method`, `target` and `protocol` out of the request line.
    Request { from: usize, method: usize, target: usize, protocol: usize },
    /// `path` and `query` out of the request target.
    Target { from: usize, path: usize, query: usize },
    /// Those of `method`, `target` and `protocol` that have a slot, out of the request line, where the line lacks them.
    FillRequest { from: usize, to: [Option<usize>; 3] },
    /// Those of `path` and `query` that have a slot, out of the request target, where the line lacks them.
    FillTarget { from: usize, to: [Option<usize>; 2] },
    /// The first segment of the path, with its slash, out of the path.
    Section { from: usize, to: usize },
    /// The same out of the target, where nobody wants the path.
    TargetSection { from: usize, to: usize },
    /// `2xx` out of `200`.
    StatusClass { from: usize, to: usize },
    /// One parameter of the query, as logged.
    Parameter { from: usize, to: usize, name: Box<[u8]> },
    /// What is taken of a list.
    List { from: usize, to: usize, take: ListTake },
    /// From `before` bytes before one field to `after` bytes behind another, both of one text.
    Cover { first: usize, before: u32, last: usize, after: u32, to: usize },
    /// Address and port out of both in one: `192.0.2.1:80`, `[::1]:80`, `::1:80`.
    Address { from: usize, host: usize, port: usize, port_is: Port },
    /// Scheme and host out of a target in absolute form.
    Authority { from: usize, scheme: usize, host: usize },
    /// Two texts with a space between, such as date and time of day.
    Join { first: usize, second: usize, to: usize },
    /// A second view of the text; the text itself where both are equal.
    View { from: usize, to: usize, view: View },
    /// `info` out of the letter `I`, as klog and glog write levels.
    Level { from: usize, to: usize },
    /// `0.028` out of `0.028s`, as Google writes seconds.
    WithoutUnit { from: usize, to: usize },
    /// The value behind a label in a text such as `client: a, server: b, request: "c"`.
    Labelled { from: usize, to: usize, label: &'static str },
    /// The same field once more.
    Same { from: usize, to: usize },
}

/// Whether an address has a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// It has: what follows the last colon.
    Certain,
    /// It may have; a bare IPv6 address is taken for one without.
    Possible,
}

impl Derive {
    /// Writes the derived spans. `hay` begins with the line, `scratch` is the scratch text.
    #[inline(always)]
    pub fn apply<S: Search>(&self, search: S, hay: &[u8], scratch: &mut Vec<u8>, spans: &mut [Span]) {
        match self {
            Derive::Request { from, method, target, protocol } => {
                let source = Source::new(spans[*from], hay, scratch);
                let [a, b, c] = source.request(search);
                spans[*method] = a;
                spans[*target] = b;
                spans[*protocol] = c;
            }
            Derive::Target { from, path, query } => {
                let source = Source::new(spans[*from], hay, scratch);
                let [a, b] = source.target(search);
                spans[*path] = a;
                spans[*query] = b;
            }
            Derive::FillRequest { from, to } => {
                let found = Source::new(spans[*from], hay, scratch).request(search);
                fill(to, &found, hay, scratch, spans);
            }
            Derive::FillTarget { from, to } => {
                let found = Source::new(spans[*from], hay, scratch).target(search);
                fill(to, &found, hay, scratch, spans);
            }
            Derive::Section { from, to } => {
                spans[*to] = Source::new(spans[*from], hay, scratch).section(search);
            }
            Derive::TargetSection { from, to } => {
                spans[*to] = Source::new(spans[*from], hay, scratch).target_section(search);
            }
            Derive::StatusClass { from, to } => {
                spans[*to] = match *spans[*from].of(hay, scratch) {
                    [class @ b'1'..=b'5', b'0'..=b'9', b'0'..=b'9'] => {
                        let at = 3 * usize::from(class - b'1');
                        Span::scratch(at, at + 3)
                    }
                    _ => Span::ABSENT,
                };
            }
            Derive::Parameter { from, to, name } => {
                spans[*to] = Source::new(spans[*from], hay, scratch).parameter(name);
            }
            Derive::List { from, to, take } => spans[*to] = take.take(spans[*from], hay, scratch),
            Derive::Cover { first, before, last, after, to } => {
                let ((start, _, in_scratch), (_, end, _)) = (spans[*first].bounds(), spans[*last].bounds());
                let (start, end) = (start - *before as usize, end + *after as usize);
                spans[*to] = if in_scratch { Span::scratch(start, end) } else { Span::line(start, end) };
            }
            Derive::Same { from, to } => spans[*to] = spans[*from],
            Derive::Address { from, host, port, port_is } => {
                let [a, b] = Source::new(spans[*from], hay, scratch).address(*port_is);
                spans[*host] = a;
                spans[*port] = b;
            }
            Derive::Authority { from, scheme, host } => {
                let [a, b] = Source::new(spans[*from], hay, scratch).authority();
                spans[*scheme] = a;
                spans[*host] = b;
            }
            Derive::Join { first, second, to } => {
                let start = scratch.len();
                for (index, span) in [spans[*first], spans[*second]].into_iter().enumerate() {
                    if index > 0 {
                        scratch.push(b' ');
                    }
                    let (from, until, in_scratch) = span.bounds();
                    if in_scratch {
                        scratch.extend_from_within(from..until);
                    } else {
                        scratch.extend_from_slice(&hay[from..until]);
                    }
                }
                spans[*to] = Span::scratch(start, scratch.len());
            }
            Derive::View { from, to, view } => spans[*to] = view.of(spans[*from], hay, scratch),
            Derive::Level { from, to } => {
                spans[*to] = match spans[*from].of(hay, scratch) {
                    b"D" => Span::constant(19, 24),
                    b"I" => Span::constant(24, 28),
                    b"W" => Span::constant(28, 35),
                    b"E" => Span::constant(35, 40),
                    b"F" => Span::constant(40, 45),
                    _ => spans[*from],
                }
            }
            Derive::WithoutUnit { from, to } => {
                let source = Source::new(spans[*from], hay, scratch);
                let is_seconds = source.text[source.start..source.end].ends_with(b"s");
                spans[*to] = source.span(source.start, source.end - usize::from(is_seconds));
            }
            Derive::Labelled { from, to, label } => {
                spans[*to] = Source::new(spans[*from], hay, scratch).labelled(search, label.as_bytes());
            }
        }
    }
}

/// Writes those of `found` whose slots are absent.
fn fill(slots: &[Option<usize>], found: &[Span], hay: &[u8], scratch: &[u8], spans: &mut [Span]) {
    for (&slot, &span) in slots.iter().zip(found) {
        if let Some(slot) = slot
            && matches!(spans[slot].of(hay, scratch), b"" | b"-")
        {
            spans[slot] = span;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CONSTANTS, Derive};
    use crate::scan::record::Span;
    use crate::scan::simd::Portable;

    fn apply(derive: &Derive, text: &[u8]) -> Vec<String> {
        let mut spans = vec![Span::ABSENT; 4];
        spans[0] = Span::line(0, text.len());
        derive.apply(Portable, text, &mut CONSTANTS.to_vec(), &mut spans);
        spans[1..].iter().map(|span| String::from_utf8_lossy(span.of(text, CONSTANTS)).into_owned()).collect()
    }

    #[test]
    fn the_request_line_falls_into_method_target_and_protocol() {
        let derive = Derive::Request { from: 0, method: 1, target: 2, protocol: 3 };
        for (request, parts) in [
            ("GET / HTTP/1.1", ["GET", "/", "HTTP/1.1"]),
            ("GET /a b c HTTP/2", ["GET", "/a b c", "HTTP/2"]),
            ("GET /", ["GET", "/", ""]),
            ("OPTIONS * RTSP/1.0", ["OPTIONS", "*", "RTSP/1.0"]),
            ("get /x http/1.1", ["get", "/x", "http/1.1"]),
            ("GET /x http", ["GET", "/x", "http"]),
            ("GET /x https", ["GET", "/x https", ""]),
            ("GET  HTTP/1.1", ["", "", ""]),
            ("GET HTTP/1.1", ["GET", "HTTP/1.1", ""]),
            ("GET ", ["", "", ""]),
            ("GET", ["", "", ""]),
            ("", ["", "", ""]),
            ("-", ["", "", ""]),
            ("\\x16\\x03 a HTTP/1.1", ["", "", ""]),
            ("GET /x HTTP/", ["GET", "/x HTTP/", ""]),
            ("GET /x HTTP/1.", ["GET", "/x HTTP/1.", ""]),
            ("GET /x HTTP/1.1 ", ["GET", "/x", "HTTP/1.1"]),
            ("- - - ", ["-", "-", "-"]),
            ("GET  ", ["", "", ""]),
        ] {
            assert_eq!(apply(&derive, request.as_bytes()), parts, "{request}");
        }
    }

    #[test]
    fn the_target_falls_into_path_and_query() {
        let derive = Derive::Target { from: 0, path: 1, query: 2 };
        for (target, path, query) in [
            ("/a/b?x=1?y", "/a/b", "x=1?y"),
            ("/a", "/a", ""),
            ("/?", "/", ""),
            ("http://host:80/a?b", "/a", "b"),
            ("http://host?b", "", "b"),
            ("http://host", "", ""),
            ("host:443", "host:443", ""),
            ("*", "*", ""),
            ("", "", ""),
            ("?q", "", "q"),
        ] {
            assert_eq!(apply(&derive, target.as_bytes())[..2], [path, query], "{target}");
        }
    }

    #[test]
    fn sections_classes_and_parameters() {
        let section = Derive::Section { from: 0, to: 1 };
        for (path, want) in
            [("/api/x", "/api"), ("/", "/"), ("/index.html", "/index.html"), ("*", ""), ("", "")]
        {
            assert_eq!(apply(&section, path.as_bytes())[0], want, "{path}");
        }
        let class = Derive::StatusClass { from: 0, to: 1 };
        for (status, want) in
            [("200", "2xx"), ("599", "5xx"), ("000", ""), ("600", ""), ("20", ""), ("-", "")]
        {
            assert_eq!(apply(&class, status.as_bytes())[0], want, "{status}");
        }
        let parameter = Derive::Parameter { from: 0, to: 1, name: (*b"q").into() };
        for (query, want) in
            [("q=1", "1"), ("a=2&q=x%20y&q=3", "x%20y"), ("qq=1&q", ""), ("q=", ""), ("", "")]
        {
            assert_eq!(apply(&parameter, query.as_bytes())[0], want, "{query}");
        }
    }
}
