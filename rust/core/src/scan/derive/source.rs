//! Texts that are taken apart: request lines, targets, addresses, queries.

use super::Port;
use super::batch::is_http;
use crate::scan::record::Span;
use crate::scan::simd::Search;

/// A span that is taken apart: the text it lies in, and where.
pub(super) struct Source<'a> {
    pub(super) text: &'a [u8],
    pub(super) start: usize,
    pub(super) end: usize,
    in_scratch: bool,
}

impl<'a> Source<'a> {
    #[inline(always)]
    pub(super) fn new(span: Span, hay: &'a [u8], scratch: &'a [u8]) -> Source<'a> {
        let (start, end, in_scratch) = span.bounds();
        Source { text: if in_scratch { scratch } else { hay }, start, end, in_scratch }
    }

    #[inline(always)]
    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        if self.in_scratch { Span::scratch(start, end) } else { Span::line(start, end) }
    }

    /// `METHOD target[ PROTOCOL/1.1]` → method, target, protocol; all absent unless there is a
    /// method of RFC 9110 token bytes, a space and a target.
    #[inline(always)]
    pub(super) fn request<S: Search>(&self, search: S) -> [Span; 3] {
        let line = &self.text[self.start..self.end];
        // Two methods are nearly all traffic; arrays compare as one word.
        let space = if line.first_chunk() == Some(b"GET ") {
            self.start + 3
        } else if line.first_chunk() == Some(b"POST ") {
            self.start + 4
        } else {
            let space = search.find::<1>(self.text, self.start, self.end, *b" ");
            if space == self.end || !is_token(&line[..space - self.start]) {
                return [Span::ABSENT; 3];
            }
            space
        };
        // Load balancers close what they write of a broken request with a space.
        let end = self.end - usize::from(line.last() == Some(&b' '));
        if end <= space {
            return [Span::ABSENT; 3];
        }
        let rest = &self.text[space + 1..end];
        let protocol = protocol_len(rest);
        // The space before the protocol belongs to neither.
        let target = rest.len() - if protocol == 0 { 0 } else { protocol + 1 };
        if target == 0 {
            return [Span::ABSENT; 3];
        }
        [
            self.span(self.start, space),
            self.span(space + 1, space + 1 + target),
            self.span(end - protocol, end),
        ]
    }

    /// Path and query of a request target (RFC 9112 §3.2); of an absolute form the path behind the
    /// authority.
    #[inline(always)]
    pub(super) fn target<S: Search>(&self, search: S) -> [Span; 2] {
        let mut start = self.start;
        if self.start < self.end && self.text[self.start] != b'/' {
            start = self.path_start();
        }
        let question = search.find::<1>(self.text, start, self.end, *b"?");
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
    pub(super) fn section<S: Search>(&self, search: S) -> Span {
        if self.start == self.end || self.text[self.start] != b'/' {
            return Span::ABSENT;
        }
        self.span(self.start, search.find::<1>(self.text, self.start + 1, self.end, *b"/"))
    }

    /// The section of a target's path.
    #[inline(always)]
    pub(super) fn target_section<S: Search>(&self, search: S) -> Span {
        if self.text[self.start..self.end].first() == Some(&b'/') {
            let end = search.find::<2>(self.text, self.start + 1, self.end, *b"/?");
            return self.span(self.start, end);
        }
        let [path, _] = self.target(search);
        let (start, end, _) = path.bounds();
        Source { start, end, ..*self }.section(search)
    }

    /// Host and port of `host:port`; brackets around an IPv6 address are left out. Without a port the
    /// whole is the host.
    pub(super) fn address(&self, port_is: Port) -> [Span; 2] {
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
            let is_certain = port_is == Port::Certain && is_ipv6(&text[..colon - 1]);
            !is_bare_v6 || is_certain || port > 4 || colons > 7
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
    pub(super) fn authority(&self) -> [Span; 2] {
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
    #[inline(always)]
    pub(super) fn labelled<S: Search>(&self, search: S, label: &[u8]) -> Span {
        let Source { text, start, end, .. } = *self;
        let text = &text[..end];
        let mut colon = start;
        let from = loop {
            colon = search.find::<1>(self.text, colon, end, *b":");
            if colon == end {
                return Span::ABSENT;
            }
            let before = text[start..colon].strip_suffix(label);
            let stands_alone = before.is_some_and(|before| before.is_empty() || before.ends_with(b", "));
            if stands_alone && text.get(colon + 1) == Some(&b' ') {
                break colon + 2;
            }
            colon += 1;
        };
        if text.get(from) != Some(&b'"') {
            return self.span(from, self.first_of(search, from, *b", "));
        }
        // The quote that closes is followed by the next label, or by nothing.
        let inside = from + 1;
        let close = self.first_of(search, inside, *b"\", ");
        let is_last = close == end && text[inside..].ends_with(b"\"");
        self.span(inside, close - usize::from(is_last))
    }

    /// Where `needle` stands first from `at` on, else the end.
    #[inline(always)]
    fn first_of<S: Search, const N: usize>(&self, search: S, mut at: usize, needle: [u8; N]) -> usize {
        while at < self.end {
            at = search.find::<1>(self.text, at, self.end, [needle[0]]);
            if self.text[at..self.end].starts_with(&needle) {
                return at;
            }
            at += 1;
        }
        self.end
    }

    /// The value behind the first `name=` of a query.
    pub(super) fn parameter(&self, name: &[u8]) -> Span {
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

/// Whether it is an IPv6 address, perhaps with a zone.
fn is_ipv6(text: &[u8]) -> bool {
    let address = text.split(|&byte| byte == b'%').next().unwrap_or_default();
    std::str::from_utf8(address).is_ok_and(|text| text.parse::<std::net::Ipv6Addr>().is_ok())
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
        Some([b' ', usual @ ..]) if is_http(u64::from_le_bytes(*usual)) => 8,
        _ => other_protocol_len(rest),
    }
}

#[cold]
#[inline(never)]
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
