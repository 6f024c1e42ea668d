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
