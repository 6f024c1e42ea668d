//! Names of W3C extended logs: of the working draft, of IIS, and of Amazon `CloudFront`.

use super::{Column, Rank};
use crate::format::Kind;
use crate::format::field::{self, Unit};

/// The columns of `CloudFront`'s standard logs, in their order (Amazon `CloudFront` Developer Guide,
/// "Standard logging reference").
pub(super) const CLOUDFRONT: &str = "date time x-edge-location sc-bytes c-ip cs-method cs(Host) \
    cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type \
    x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol \
    ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port \
    time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start \
    sc-range-end";

/// The columns of `CloudFront`'s logs of 2013, which all later ones begin with.
pub(super) const FEWEST_CLOUDFRONT: usize = 15;

/// Orders of columns that IIS writes unless somebody chose others, for logs whose header is lost: the
/// defaults of IIS 8.5, 7 and 5, the default of IIS 6, all columns, and the first with the addresses that
/// proxies hand on (Microsoft, "W3C logging": columns that are chosen keep this order, own ones follow).
const IIS: &[&str] = &[
    "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) \
     cs(Referer) sc-status sc-substatus sc-win32-status time-taken",
    "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) \
     sc-status sc-substatus sc-win32-status time-taken",
    "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) \
     sc-status sc-substatus sc-win32-status",
    "date time s-sitename s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip \
     cs(User-Agent) sc-status sc-substatus sc-win32-status",
    "date time s-sitename s-computername s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username \
     c-ip cs-version cs(User-Agent) cs(Cookie) cs(Referer) cs-host sc-status sc-substatus \
     sc-win32-status sc-bytes cs-bytes time-taken",
    "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) \
     cs(Referer) sc-status sc-substatus sc-win32-status time-taken X-Forwarded-For",
    "date time s-computername s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip \
     cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken X-Forwarded-For \
     c-port",
];

/// The names of the columns of `line`, which no header tells, if it is in one of the orders of IIS.
pub(super) fn order_of(line: &[u8]) -> Option<&'static str> {
    let cells = || line.split(|&byte| byte == b' ');
    let is_order = |order: &&&str| {
        // Most lines have no date in front.
        order.split_whitespace().zip(cells()).all(|(name, cell)| may_be(name, cell))
            && order.split_whitespace().count() == cells().count()
    };
    IIS.iter().find(is_order).copied()
}

/// Whether `cell` can stand in the column `name`.
fn may_be(name: &str, cell: &[u8]) -> bool {
    let all = |is: fn(&u8) -> bool| !cell.is_empty() && cell.iter().all(is);
    match name {
        "date" => all(|byte| byte.is_ascii_digit() || *byte == b'-') && cell.len() == 10,
        "time" => all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.')),
        "s-ip" | "c-ip" => cell == b"-" || memchr::memchr2(b'.', b':', cell).is_some(),
        "cs-method" => cell == b"-" || all(u8::is_ascii_uppercase),
        "cs-uri-stem" => matches!(cell.first(), Some(b'/' | b'*' | b'-')),
        "s-port" | "c-port" | "sc-status" | "sc-substatus" | "sc-win32-status" | "sc-bytes" | "cs-bytes"
        | "time-taken" => cell == b"-" || all(u8::is_ascii_digit),
        _ => !cell.is_empty(),
    }
}

/// What each name is here; names are compared without regard to case.
const NAMES: &[(&str, &str)] = &[
    ("date", "date"),
    ("time", "time_of_day"),
    ("date-local", "date"),
    ("time-local", "time_of_day"),
    ("timetakenms", "request_time"),
    ("x-timestamp", "time"),
    ("c-ip", "remote_addr"),
    ("c-dns", "remote_host"),
    ("c-port", "remote_port"),
    ("cs-username", "user"),
    ("s-sitename", "s-sitename"),
    ("s-computername", "server_name"),
    ("s-ip", "server_addr"),
    ("s-port", "server_port"),
    ("cs-method", "method"),
    ("cs-uri", "target"),
    ("cs-uri-query", "query"),
    ("sc-status", "status"),
    ("c-status", "status"),
    ("sc-substatus", "substatus"),
    ("sc-win32-status", "win32_status"),
    ("sc-bytes", "bytes"),
    ("cs-bytes", "bytes_in"),
    ("time-taken", "request_time"),
    ("x-duration", "request_time"),
    ("cs-version", "protocol"),
    ("cs-protocol-version", "protocol"),
    ("cs-protocol", "scheme"),
    ("cs-uri-scheme", "scheme"),
    ("x-host-header", "vhost"),
    ("cs-host", "vhost"),
    ("cs(user-agent)", "user_agent"),
    ("c-user-agent", "user_agent"),
    ("cs(referer)", "referer"),
    ("c-referrer", "referer"),
    ("cs(cookie)", "http_cookie"),
    ("x-forwarded-for", "x_forwarded_for"),
    ("cs(x-forwarded-for)", "x_forwarded_for"),
    ("x-edge-location", "edge_location"),
    ("x-edge-result-type", "cache_status"),
    ("x-edge-request-id", "request_id"),
    ("ssl-protocol", "ssl_protocol"),
    ("ssl-cipher", "ssl_cipher"),
    ("time-to-first-byte", "time_to_first_byte"),
    ("sc-content-type", "content_type"),
    ("sc(content-type)", "content_type"),
    ("rs(content-type)", "content_type"),
    ("s-action", "cache_status"),
    ("s-hierarchy", "hierarchy"),
    ("s-supplier-name", "upstream_addr"),
];

/// The column `name` among `all` of a header; durations are logged in `unit`.
pub(super) fn column(name: &str, all: &[&str], unit: Unit) -> Column {
    let lower = name.to_ascii_lowercase();
    let has = |other: &str| all.iter().any(|known| known.eq_ignore_ascii_case(other));
    let (field, rank) = match lower.as_str() {
        // A stem beside a column for the query is the path; alone it may hold the query as well.
        "cs-uri-stem" if has("cs-uri-query") => ("path", Rank::First),
        "cs-uri-stem" => ("target", Rank::First),
        "cs(host)" => ("vhost", if has("x-host-header") { Rank::Fallback } else { Rank::First }),
        _ => match NAMES.iter().find(|(known, _)| *known == lower) {
            Some((_, field)) => (*field, Rank::First),
            None => (name, Rank::First),
        },
    };
    let kind = match field::kind_of(field) {
        // What is an instant here is put together from two columns, see `Derive::Join`.
        Kind::Duration(_) if matches!(lower.as_str(), "time-taken" | "timetakenms") => Kind::Duration(unit),
        kind => kind,
    };
    Column { name: field.to_owned(), kind, rank }
}
