//! Fields that follow from logged ones: the parts of the request line, of the target, of the status.
//!
//! A derived value is a part of the line or a constant in the scratch text, so it costs a span; just
//! the sums and counts of lists are written there.

use super::list::ListTake;
use super::record::Span;
use super::simd::Search;
use super::unescape::{percent_decode, unescape};

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
    /// The same where the line lacks them.
    FillRequest { from: usize, method: usize, target: usize, protocol: usize },
    /// The same where the line lacks them.
    FillTarget { from: usize, path: usize, query: usize },
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
            Derive::FillRequest { from, method, target, protocol } => {
                let found = Source::new(spans[*from], hay, scratch).request(search);
                fill(&[*method, *target, *protocol], &found, hay, scratch, spans);
            }
            Derive::FillTarget { from, path, query } => {
                let found = Source::new(spans[*from], hay, scratch).target(search);
                fill(&[*path, *query], &found, hay, scratch, spans);
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
                spans[*to] = Source::new(spans[*from], hay, scratch).labelled(label.as_bytes());
            }
        }
    }
}

/// Writes those of `found` whose slots are absent.
fn fill(slots: &[usize], found: &[Span], hay: &[u8], scratch: &[u8], spans: &mut [Span]) {
    for (&slot, &span) in slots.iter().zip(found) {
        if matches!(spans[slot].of(hay, scratch), b"" | b"-") {
            spans[slot] = span;
        }
    }
}

/// A span that is taken apart: the text it lies in, and where.
struct Source<'a> {
    text: &'a [u8],
    start: usize,
    end: usize,
    in_scratch: bool,
}

impl<'a> Source<'a> {
    #[inline(always)]
    fn new(span: Span, hay: &'a [u8], scratch: &'a [u8]) -> Source<'a> {
        let (start, end, in_scratch) = span.bounds();
        Source { text: if in_scratch { scratch } else { hay }, start, end, in_scratch }
    }

    #[inline(always)]
    fn span(&self, start: usize, end: usize) -> Span {
        if self.in_scratch { Span::scratch(start, end) } else { Span::line(start, end) }
    }

    /// `METHOD target[ PROTOCOL/1.1]` → method, target, protocol; all absent unless there is a
    /// method of RFC 9110 token bytes, a space and a target.
    #[inline(always)]
    fn request<S: Search>(&self, search: S) -> [Span; 3] {
        // Two methods are nearly all traffic.
        let space = match self.text[self.start..self.end] {
            [b'G', b'E', b'T', b' ', ..] => self.start + 3,
            [b'P', b'O', b'S', b'T', b' ', ..] => self.start + 4,
            _ => {
                let space = search.find::<false, 1>(self.text, self.start, self.end, *b" ");
                if space == self.end || !is_token(&self.text[self.start..space]) {
                    return [Span::ABSENT; 3];
                }
                space
            }
        };
        let rest = &self.text[space + 1..self.end];
        let protocol = protocol_len(rest);
        // The space before the protocol belongs to neither.
        let target = rest.len() - if protocol == 0 { 0 } else { protocol + 1 };
        if target == 0 {
            return [Span::ABSENT; 3];
        }
        [
            self.span(self.start, space),
            self.span(space + 1, space + 1 + target),
            self.span(self.end - protocol, self.end),
        ]
    }

    /// Path and query of a request target (RFC 9112 §3.2); of an absolute form the path behind the
    /// authority.
    #[inline(always)]
    fn target<S: Search>(&self, search: S) -> [Span; 2] {
        let mut start = self.start;
        if self.start < self.end && self.text[self.start] != b'/' {
            start = self.path_start();
        }
        let question = search.find::<false, 1>(self.text, start, self.end, *b"?");
        [self.span(start, question), self.span((question + 1).min(self.end), self.end)]
    }

    /// Where the path begins in a target that does not begin with a slash.
    fn path_start(&self) -> usize {
        let text = &self.text[self.start..self.end];
        let colon = memchr::memchr3(b':', b'/', b'?', text);
        match colon {
            Some(at) if at > 0 && text[at..].starts_with(b"://") => {
                let authority = at + 3;
                let end = memchr::memchr2(b'/', b'?', &text[authority..]);
                self.start + end.map_or(text.len(), |end| authority + end)
            }
            _ => self.start,
        }
    }

    /// `/api` out of `/api/v1/x`; absent when the path does not begin with a slash.
    #[inline(always)]
    fn section<S: Search>(&self, search: S) -> Span {
        if self.start == self.end || self.text[self.start] != b'/' {
            return Span::ABSENT;
        }
        self.span(self.start, search.find::<false, 1>(self.text, self.start + 1, self.end, *b"/"))
    }

    /// The section of a target's path.
    #[inline(always)]
    fn target_section<S: Search>(&self, search: S) -> Span {
        if self.start < self.end && self.text[self.start] == b'/' {
            let end = search.find::<false, 2>(self.text, self.start + 1, self.end, *b"/?");
            return self.span(self.start, end);
        }
        let [path, _] = self.target(search);
        let (start, end, _) = path.bounds();
        Source { start, end, ..*self }.section(search)
    }

    /// Host and port of `host:port`; brackets around an IPv6 address are left out. Without a port the
    /// whole is the host.
    fn address(&self, port_is: Port) -> [Span; 2] {
        let text = &self.text[self.start..self.end];
        if text.contains(&b',') {
            return [self.span(self.start, self.end), Span::ABSENT]; // a list has no single port
        }
        let port = text.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        let colon = text.len() - port;
        let is_split = port > 0 && colon > 1 && text[colon - 1] == b':' && {
            // A group of an IPv6 address has at most four digits, and an address at most eight groups.
            let colons = memchr::memchr_iter(b':', text).count();
            let is_bare_v6 = colons > 1 && text[0] != b'[';
            !is_bare_v6 || port_is == Port::Certain || port > 4 || colons > 7
        };
        let host_end = if is_split { colon - 1 } else { text.len() };
        let (from, to) = match text[..host_end] {
            [b'[', .., b']'] => (1, host_end - 1),
            _ => (0, host_end),
        };
        let port = if is_split { self.span(self.start + colon, self.end) } else { Span::ABSENT };
        [self.span(self.start + from, self.start + to), port]
    }

    /// Scheme and host (without user and port) of `scheme://user@host:port/…`, or the host of the
    /// authority form `host:port`.
    fn authority(&self) -> [Span; 2] {
        let text = &self.text[self.start..self.end];
        let colon = match memchr::memchr3(b':', b'/', b'?', text) {
            Some(colon) if colon > 0 && text[colon] == b':' => colon,
            _ => return [Span::ABSENT; 2],
        };
        let (scheme, from) = if text[colon..].starts_with(b"://") {
            (self.span(self.start, self.start + colon), colon + 3)
        } else if text[colon + 1..].iter().all(u8::is_ascii_digit) {
            (Span::ABSENT, 0)
        } else {
            return [Span::ABSENT; 2];
        };
        let rest = &text[from..];
        let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len());
        let user = memchr::memrchr(b'@', &rest[..end]).map_or(0, |at| at + 1);
        let place = self.start + from;
        let host = Source { start: place + user, end: place + end, ..*self };
        let [host, _] = host.address(Port::Possible);
        [scheme, host]
    }

    /// The value behind `label: ` at the beginning, or behind `, label: `: in quotes, or up to a comma.
    fn labelled(&self, label: &[u8]) -> Span {
        let text = &self.text[self.start..self.end];
        let found = memchr::memmem::find_iter(text, label).find(|&at| {
            let stands_alone = at == 0 || text[..at].ends_with(b", ");
            stands_alone && text[at + label.len()..].starts_with(b": ")
        });
        let Some(at) = found else { return Span::ABSENT };
        let from = at + label.len() + 2;
        let value = &text[from..];
        let (from, length) = match value.strip_prefix(b"\"") {
            // The quote that closes is followed by the next label, or by nothing.
            Some(inside) => {
                let close = memchr::memmem::find(inside, b"\", ").unwrap_or(inside.len());
                let close = if close == inside.len() && inside.ends_with(b"\"") { close - 1 } else { close };
                (from + 1, close)
            }
            None => (from, memchr::memmem::find(value, b", ").unwrap_or(value.len())),
        };
        self.span(self.start + from, self.start + from + length)
    }

    /// The value behind the first `name=` of a query.
    fn parameter(&self, name: &[u8]) -> Span {
        let mut at = self.start;
        while at < self.end {
            let rest = &self.text[at..self.end];
            let len = memchr::memchr(b'&', rest).unwrap_or(rest.len());
            if let Some([b'=', ..]) = rest[..len].strip_prefix(name) {
                return self.span(at + name.len() + 1, at + len);
            }
            at += len + 1;
        }
        Span::ABSENT
    }
}

/// Whether an address has a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// It has: what follows the last colon.
    Certain,
    /// It may have; a bare IPv6 address is taken for one without.
    Possible,
}

/// A second view of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// With `%HH` decoded.
    Decoded,
    /// With backslash escapes resolved.
    Unescaped,
}

impl View {
    /// The field that `name` is a view of, and which: `path_decoded`.
    pub fn of_name(name: &str) -> Option<(&str, View)> {
        let views = [("_decoded", View::Decoded), ("_unescaped", View::Unescaped)];
        let found = views.into_iter().find_map(|(suffix, view)| Some((name.strip_suffix(suffix)?, view)));
        found.filter(|(field, _)| !field.is_empty())
    }

    fn of(self, span: Span, hay: &[u8], scratch: &mut Vec<u8>) -> Span {
        let mark = match self {
            View::Decoded => b'%',
            View::Unescaped => b'\\',
        };
        let (from, to, in_scratch) = span.bounds();
        let text = span.of(hay, scratch);
        if memchr::memchr(mark, text).is_none() {
            return span;
        }
        let start = scratch.len();
        if in_scratch {
            scratch.extend_from_within(from..to);
            let text = scratch.split_off(start); // rare: a decoded text that is decoded once more
            self.write(&text, scratch);
        } else {
            self.write(&hay[from..to], scratch);
        }
        Span::scratch(start, scratch.len())
    }

    fn write(self, text: &[u8], out: &mut Vec<u8>) {
        match self {
            View::Decoded => percent_decode(text, out),
            View::Unescaped => unescape(text, out),
        }
    }
}

/// RFC 9110 §5.6.2 `token`: one or more of its bytes.
#[inline(always)]
fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|&byte| TOKEN[byte as usize])
}

const TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0usize;
    while byte < 256 {
        let b = byte as u8;
        table[byte] = b.is_ascii_alphanumeric()
            || matches!(
                b,
                b'!' | b'#'
                    | b'$'
                    | b'%'
                    | b'&'
                    | b'\''
                    | b'*'
                    | b'+'
                    | b'-'
                    | b'.'
                    | b'^'
                    | b'_'
                    | b'`'
                    | b'|'
                    | b'~'
            );
        byte += 1;
    }
    table
};

/// The length of a protocol (`HTTP/1.1`, `[A-Z]+/[0-9]+(\.[0-9]+)?`; `http` with or without a version) that
/// ends `rest` behind a space, or 0.
#[inline(always)]
fn protocol_len(rest: &[u8]) -> usize {
    match rest.last_chunk::<9>() {
        // As arrays, which compare as one word.
        Some([b' ', usual @ ..]) if [*b"HTTP/1.1", *b"HTTP/2.0", *b"HTTP/1.0"].contains(usual) => 8,
        _ => other_protocol_len(rest),
    }
}

fn other_protocol_len(rest: &[u8]) -> usize {
    let Some(space) = memchr::memrchr(b' ', rest) else { return 0 };
    let word = &rest[space + 1..];
    if word == b"-" {
        return 1; // load balancers write the parts that a broken request lacks so
    }
    // Clients that are no browsers write `http`; it is still the protocol that they mean.
    let is_http = word.get(..4).is_some_and(|name| name.eq_ignore_ascii_case(b"http"));
    let name = if is_http { 4 } else { word.iter().take_while(|byte| byte.is_ascii_uppercase()).count() };
    if is_http && word.len() == name {
        return name;
    }
    let Some((b'/', version)) = word[name..].split_first() else { return 0 };
    let major = version.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let minor = match version[major..].split_first() {
        None => true,
        Some((b'.', minor)) => !minor.is_empty() && minor.iter().all(u8::is_ascii_digit),
        Some(_) => false,
    };
    if name > 0 && major > 0 && minor { word.len() } else { 0 }
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
