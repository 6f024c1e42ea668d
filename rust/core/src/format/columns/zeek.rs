//! Names of Zeek's `http.log` (Zeek's script reference, `base/protocols/http/main.zeek`).

use super::{Column, Rank};
use crate::format::field;

/// What each name is here.
const NAMES: &[(&str, &str)] = &[
    ("ts", "time"),
    ("id.orig_h", "remote_addr"),
    ("id.orig_p", "remote_port"),
    ("id.resp_h", "server_addr"),
    ("id.resp_p", "server_port"),
    ("method", "method"),
    ("host", "vhost"),
    ("uri", "target"),
    ("referrer", "referer"),
    ("version", "protocol"),
    ("user_agent", "user_agent"),
    ("request_body_len", "bytes_in"),
    ("response_body_len", "bytes"),
    ("status_code", "status"),
    ("username", "user"),
    ("resp_mime_types", "content_type"),
    ("duration", "request_time"),
    ("proto", "proto"),
];

/// The column `name`.
pub(super) fn column(name: &str) -> Column {
    let field = NAMES.iter().find(|(known, _)| *known == name).map_or(name, |(_, field)| field);
    Column { name: field.to_owned(), kind: field::kind_of(field), rank: Rank::First }
}
