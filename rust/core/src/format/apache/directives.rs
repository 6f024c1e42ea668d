//! What each Apache directive logs.

use std::ops::Range;

use super::clock::{self, Part};
use crate::format::compose::{Item, Shape, Spaces, Variable};
use crate::format::field::{self, Unit};
use crate::format::letters::{self, Letter};
use crate::format::{FormatError, Kind};

/// A directive as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Directive {
    /// Its letter, or `^` and two letters.
    name: String,
    /// What stands in its braces.
    argument: Option<String>,
    /// Of a request that was redirected inside the server, the one that is logged.
    request: WhichRequest,
    span: Range<usize>,
}

/// Of a request that was redirected inside the server, the one a directive is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WhichRequest {
    /// `%<`, or the directive's own choice.
    Original,
    /// `%>`.
    Final,
}

impl Directive {
    /// Reads the directive that `letters` begin with; also answers how many letters it takes.
    pub(super) fn read(letters: &[Letter]) -> Result<(Directive, usize), FormatError> {
        let mut argument = None;
        let mut request = WhichRequest::Original;
        let mut at = 1;
        let error = |end: usize, message: &str, hint: &str| {
            let span = letters::span(&letters[..end.min(letters.len())]);
            Err(FormatError::new(message, span).with_hint(hint))
        };
        loop {
            match letters.get(at).map(|letter| letter.byte) {
                // Status codes for which the value is logged; for others it is "-".
                Some(b'!' | b',' | b'0'..=b'9') => at += 1,
                Some(b'<') => {
                    request = WhichRequest::Original;
                    at += 1;
                }
                Some(b'>') => {
                    request = WhichRequest::Final;
                    at += 1;
                }
                Some(b'{') => {
                    let inside = &letters[at + 1..];
                    let Some(length) = inside.iter().position(|letter| letter.byte == b'}') else {
                        return error(at + 1, "this brace is not closed", "write %{Name}i");
                    };
                    let bytes: Vec<u8> = inside[..length].iter().map(|letter| letter.byte).collect();
                    argument = Some(String::from_utf8_lossy(&bytes).into_owned());
                    at += length + 2;
                }
                Some(_) => break,
                None => {
                    return error(at, "this directive is cut short", "write %% for a percent sign");
                }
            }
        }
        // A name is one character, or `^` and two; of one that is not ASCII, all bytes belong to the error.
        let length = if letters[at].byte == b'^' { 3 } else { 1 };
        let behind = letters.get(at + length..).unwrap_or_default();
        let rest = behind.iter().take_while(|letter| (0x80..0xc0).contains(&letter.byte)).count();
        let length = length + rest;
        let Some(name) = letters.get(at..at + length) else {
            return error(letters.len(), "this directive is cut short", "such as %^FB");
        };
        let name: Vec<u8> = name.iter().map(|letter| letter.byte).collect();
        let name = String::from_utf8_lossy(&name).into_owned();
        let span = letters::span(&letters[..at + length]);
        Ok((Directive { name, argument, request, span }, at + length))
    }

    /// Adds what this directive logs.
    pub(super) fn push_parts(self, parts: &mut Vec<Part>) -> Result<(), FormatError> {
        let span = self.span.clone();
        let literal = |text: &str| Part::Item(Item::Literal(text.into(), span.clone()));
        match (&*self.name, &self.argument) {
            ("%", _) => parts.push(literal("%")),
            ("t", None) => {
                let clock = clock::Clock::clf(self.span);
                parts.extend([literal("["), Part::Clock(clock), literal("]")]);
            }
            ("t", Some(layout)) => parts.push(Part::Clock(clock::Clock::new(layout, self.span))),
            _ => parts.push(Part::Item(Item::Variable(self.variable()?))),
        }
        Ok(())
    }

    /// The field that this directive logs.
    fn variable(&self) -> Result<Variable, FormatError> {
        let often = Shape::Text(Spaces::Often);
        let field = |name, own_name, shape| Ok(self.field(name, own_name, shape));
        let stand_in = |name, other, shape| {
            let variable = self.field(name, name, shape);
            Ok(Variable { stands_in_for: Some(other), ..variable })
        };
        // Whole numbers in Apache; Tomcat writes seconds with a fraction.
        let duration = |name, own_name, unit| {
            let shape = if unit == Unit::Seconds { Shape::Decimal } else { Shape::Digits };
            let variable = self.field(name, own_name, shape);
            Ok(Variable { kind: Kind::Duration(unit), ..variable })
        };
        match (&*self.name, self.argument.as_deref()) {
            ("a", None) => field("remote_addr", "client_ip", Shape::Word),
            ("a", Some("c")) => stand_in("peer_addr", "remote_addr", Shape::Word),
            ("A", _) => field("server_addr", "local_addr", Shape::Word),
            ("b" | "B", _) => field("bytes", "body_bytes", Shape::Digits),
            ("D", _) | ("T", Some("us")) => duration("request_time", "request_time_us", Unit::Microseconds),
            ("f", _) => field("request_filename", "filename", often),
            ("h", None) => field("remote_addr", "remote_host", Shape::Word),
            ("h", Some("c")) => stand_in("peer_host", "remote_addr", Shape::Word),
            ("H", _) => field("protocol", "request_protocol", Shape::Word),
            ("I", _) => field("bytes_in", "bytes_received", Shape::Digits),
            ("k", _) => field("keepalive_requests", "keepalive_requests", Shape::Digits),
            ("l", _) => field("ident", "remote_logname", Shape::Word),
            ("L", _) => field("request_log_id", "request_log_id", Shape::Word),
            ("m", _) => field("method", "request_method", Shape::Word),
            ("O", _) => stand_in("bytes_sent", "bytes", Shape::Digits),
            ("p", None | Some("canonical" | "local")) => field("server_port", "local_port", Shape::Digits),
            ("p", Some("remote")) => field("remote_port", "client_port", Shape::Digits),
            ("P", None | Some("pid")) => field("pid", "process_id", Shape::Digits),
            ("P", Some("tid")) => field("tid", "thread_id", Shape::Digits),
            ("P", Some("hextid")) => field("tid", "thread_id_hex", Shape::Word),
            ("q", _) => field("search", "search", Shape::WordOrNothing),
            ("r", _) => field("request", "request_line", Shape::Text(Spaces::Always)),
            ("R", _) => field("handler", "response_handler", Shape::Word),
            ("s", _) if self.request == WhichRequest::Final => field("status", "final_status", Shape::Digits),
            ("s", _) => stand_in("original_status", "status", Shape::Digits),
            ("S", _) => field("bytes_total", "bytes_total", Shape::Digits),
            ("T", None | Some("s")) => duration("request_time", "request_time_s", Unit::Seconds),
            ("T", Some("ms")) => duration("request_time", "request_time_ms", Unit::Milliseconds),
            ("u", _) => field("user", "auth_user", Shape::Text(Spaces::Seldom)),
            ("U", _) => field("path", "url_path", often),
            ("v" | "V", _) => field("vhost", "server_name", Shape::Word),
            ("X", _) => field("connection_status", "connection_status", Shape::Word),
            ("^FB", _) => duration("time_to_first_byte", "first_byte_us", Unit::Microseconds),
            ("C" | "c" | "e" | "i" | "n" | "o" | "x" | "^ti" | "^to", Some(argument)) => {
                Ok(self.named(argument))
            }
            ("C" | "c" | "e" | "i" | "n" | "o" | "x" | "^ti" | "^to", None) => {
                self.error("this directive needs a name in braces", "such as %{Referer}i")
            }
            ("a" | "h" | "p" | "P" | "T", Some(_)) => self.error(
                "what stands in the braces is not known here",
                "%{c}a, %{c}h, %{canonical|local|remote}p, %{pid|tid|hextid}P or %{s|ms|us}T",
            ),
            _ => self.error(format!("Apache has no directive %{}", self.name), "write %% for a percent sign"),
        }
    }

    /// A field of a kind that its name tells.
    fn field(&self, name: &str, own_name: &str, shape: Shape) -> Variable {
        Variable {
            name: name.to_owned(),
            own_name: own_name.to_owned(),
            stands_in_for: None,
            kind: match shape {
                Shape::Digits => Kind::Integer,
                _ => field::kind_of(name),
            },
            shape,
            span: self.span.clone(),
        }
    }

    /// A header, cookie, environment variable, note or TLS variable.
    fn named(&self, argument: &str) -> Variable {
        let plain = argument.to_ascii_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        let own_name = match &*self.name {
            "C" => format!("cookie_{argument}"),
            "e" => format!("env_{argument}"),
            "n" => format!("module_{argument}"),
            "i" => format!("http_{plain}"),
            "o" => format!("sent_http_{plain}"),
            "^ti" => format!("trailer_{plain}"),
            "^to" => format!("sent_trailer_{plain}"),
            // mod_ssl's older names.
            "c" => match &*plain {
                "version" => "ssl_protocol".to_owned(),
                _ => format!("ssl_{plain}"),
            },
            _ => plain,
        };
        let shape = match &*own_name {
            "http_host" | "ssl_protocol" | "ssl_cipher" => Shape::Word,
            "http_user_agent" | "http_cookie" | "sent_http_set_cookie" => Shape::Text(Spaces::Always),
            _ => Shape::Text(Spaces::Often),
        };
        self.field(field::canonical(&own_name), &own_name, shape)
    }

    fn error<T>(&self, message: impl Into<String>, hint: impl Into<String>) -> Result<T, FormatError> {
        Err(FormatError::new(message, self.span.clone()).with_hint(hint))
    }
}
