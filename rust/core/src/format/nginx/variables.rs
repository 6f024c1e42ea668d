//! What the text of each nginx variable looks like.

use std::ops::Range;

use crate::format::compose::{Shape, Spaces, Variable};
use crate::format::field;

/// The variable `$name`, written at `span`.
pub(super) fn variable(name: String, span: Range<usize>) -> Variable {
    let stands_in_for = match &*name {
        "bytes_sent" => Some("bytes"),
        "server_name" => Some("vhost"),
        _ => None,
    };
    // The path after rewriting, so not a part of what was asked for; `path` where there is no other.
    let is_rewritten = matches!(&*name, "uri" | "document_uri");
    Variable {
        name: if is_rewritten { name.clone() } else { field::canonical(&name).to_owned() },
        kind: field::kind_of(&name),
        shape: shape(&name),
        own_name: name,
        stands_in_for,
        span,
    }
}

/// What the text of `$name` looks like when nothing encloses it.
fn shape(name: &str) -> Shape {
    let listed = SHAPES.iter().find(|(_, names)| names.contains(&name));
    match listed {
        Some((shape, _)) => *shape,
        None if has_sent_prefix(name) => Shape::Text(Spaces::Often),
        None => Shape::Unknown,
    }
}

/// The variables of nginx's modules by what they look like. One value per upstream that was tried
/// makes a list; decoded paths, distinguished names and lists of addresses may hold spaces. What may
/// be empty, such as `$is_args`, is read as text for that reason.
#[rustfmt::skip] // names are packed
const SHAPES: &[(Shape, &[&str])] = &[
    (Shape::Digits, &[
        "body_bytes_sent", "bytes_received", "bytes_sent", "connection", "connection_requests",
        "connections_active", "connections_reading", "connections_waiting", "connections_writing",
        "content_length", "pid", "proxy_port", "proxy_protocol_port", "proxy_protocol_server_port",
        "realip_remote_port", "remote_port", "request_length", "server_port", "status",
        "tcpinfo_rcv_space", "tcpinfo_rtt", "tcpinfo_rttvar", "tcpinfo_snd_cwnd",
        "upstream_cache_age",
    ]),
    (Shape::Decimal, &[
        "connection_time", "gzip_ratio", "msec", "request_time", "session_time",
    ]),
    (Shape::List, &[
        "upstream_addr", "upstream_bytes_received", "upstream_bytes_sent", "upstream_connect_time",
        "upstream_first_byte_time", "upstream_header_time", "upstream_queue_time",
        "upstream_response_length", "upstream_response_time", "upstream_session_time",
        "upstream_status",
    ]),
    (Shape::TwoWords, &[
        "time_local",
    ]),
    (Shape::Word, &[
        "ancient_browser", "binary_remote_addr", "connection_serial_number", "document_root",
        "host", "hostname", "http_host", "limit_conn_status", "limit_rate", "limit_req_status",
        "nginx_version", "pipe", "protocol", "proxy_host", "proxy_protocol_addr",
        "proxy_protocol_server_addr", "realip_remote_addr", "remote_addr", "request_id",
        "request_method", "request_uri", "scheme", "server_addr", "server_name", "server_protocol",
        "ssl_cipher", "ssl_ciphers", "ssl_client_fingerprint", "ssl_client_serial", "ssl_curve",
        "ssl_curves", "ssl_early_data", "ssl_protocol", "ssl_server_name", "ssl_session_id",
        "ssl_session_reused", "time_iso8601", "upstream_cache_status",
    ]),
    (Shape::Text(Spaces::Always), &[
        "date_gmt", "date_local", "http_cookie", "http_user_agent", "request", "request_body",
        "ssl_client_cert", "ssl_client_escaped_cert", "ssl_client_raw_cert", "ssl_client_v_end",
        "ssl_client_v_start", "upstream_cache_last_modified",
    ]),
    (Shape::Text(Spaces::Often), &[
        "content_type", "document_uri", "fastcgi_path_info", "fastcgi_script_name", "is_args",
        "proxy_add_x_forwarded_for", "realpath_root", "request_filename", "ssl_client_i_dn",
        "ssl_client_i_dn_legacy", "ssl_client_s_dn", "ssl_client_s_dn_legacy", "ssl_client_verify",
        "upstream_last_server_name", "uri",
    ]),
    (Shape::Text(Spaces::Seldom), &[
        "args", "http2", "http3", "https", "query_string", "remote_user", "request_completion",
    ]),
];

/// Whether `$name` is a header, cookie, argument or trailer: whatever somebody sent.
fn has_sent_prefix(name: &str) -> bool {
    const PREFIXES: [&str; 9] = [
        "arg_",
        "cookie_",
        "http_",
        "jwt_",
        "sent_http_",
        "sent_trailer_",
        "upstream_cookie_",
        "upstream_http_",
        "upstream_trailer_",
    ];
    PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}
