//! The table of canonical fields. Order is the order of the documentation.

use super::{Kind, KnownField, Unit};
use crate::value::time::Layout;

const TEXT: Kind = Kind::Text;
const INTEGER: Kind = Kind::Integer;
const NUMBER: Kind = Kind::Number;
const SECONDS: Kind = Kind::Duration(Unit::Seconds);
const TIME: Kind = Kind::Time(Layout::Any);

const fn known(
    name: &'static str,
    kind: Kind,
    meaning: &'static str,
    aliases: &'static [&'static str],
) -> KnownField {
    KnownField { name, kind, meaning, aliases }
}

/// Every field that has a canonical name.
#[rustfmt::skip] // one field a line
pub static FIELDS: &[KnownField] = &[
    // The client.
    known("remote_addr", TEXT, "address or name of the peer that sent the request", &["clientip", "client_address"]),
    known("remote_port", INTEGER, "port of the peer", &["client_port"]),
    known("client", TEXT, "address and port of the client in one", &[]),
    known("peer", TEXT, "address of the client, with its port or without", &[]),
    known("client_ip", TEXT, "address of the client when it differs from the peer's", &[]),
    known("peer_addr", TEXT, "address of the connection's peer, before any proxy header is believed", &["realip_remote_addr"]),
    known("remote_ip_list", TEXT, "addresses of the client and the proxies before this one", &["proxy_add_x_forwarded_for"]),
    known("x_forwarded_for", TEXT, "X-Forwarded-For header", &["http_x_forwarded_for"]),
    known("ident", TEXT, "remote log name (RFC 1413)", &[]),
    known("user", TEXT, "authenticated user", &["remote_user"]),
    // When.
    known("time", TIME, "when the request was logged", &["time_local", "time_iso8601", "msec", "timestamp", "@timestamp"]),
    known("time_end", TIME, "when the request ended", &[]),
    known("date", TEXT, "date, where it is logged apart from the time of day", &[]),
    known("time_of_day", TEXT, "time of day, where it is logged apart from the date", &[]),
    known("sec_frac", SECONDS, "fraction of the second", &[]),
    // The request.
    known("request", TEXT, "the whole request line", &[]),
    known("method", TEXT, "request method", &["request_method", "verb", "http_method"]),
    known("target", TEXT, "request target as logged", &["request_uri"]),
    known("path", TEXT, "target without its query", &["uri", "document_uri"]),
    known("query", TEXT, "what follows the first \"?\" of the target", &["args", "query_string"]),
    known("search", TEXT, "query with its leading \"?\", or nothing", &[]),
    known("protocol", TEXT, "protocol of the request, such as HTTP/1.1", &["server_protocol", "http_version", "httpversion"]),
    known("scheme", TEXT, "http or https", &["http_scheme"]),
    known("vhost", TEXT, "virtual host that was asked for", &["host", "http_host"]),
    known("server_name", TEXT, "name of the server that answered", &[]),
    known("server_addr", TEXT, "address of the server", &[]),
    known("server_port", INTEGER, "port of the server", &[]),
    known("referer", TEXT, "Referer header", &["http_referer", "http_referrer", "referrer"]),
    known("user_agent", TEXT, "User-Agent header", &["http_user_agent", "useragent"]),
    known("content_type", TEXT, "content type", &[]),
    known("request_id", TEXT, "identifier of the request", &["req_id", "http_x_request_id"]),
    known("trace_id", TEXT, "identifier of the trace", &[]),
    known("bytes_in", INTEGER, "size of the request in bytes, with headers", &["request_length"]),
    // The response.
    known("status", INTEGER, "status code of the response", &["response_status", "status_code"]),
    known("substatus", INTEGER, "IIS sub-status", &["sc_substatus"]),
    known("win32_status", INTEGER, "Windows status", &["sc_win32_status"]),
    known("bytes", INTEGER, "size of the response in bytes, without headers where both are logged", &["body_bytes_sent"]),
    known("bytes_sent", INTEGER, "size of the response in bytes, with headers", &[]),
    known("object_size", INTEGER, "size of the object in bytes", &[]),
    known("gzip_ratio", NUMBER, "compression ratio", &[]),
    known("cache_status", TEXT, "what the cache did", &["upstream_cache_status"]),
    known("hierarchy", TEXT, "squid's hierarchy code", &[]),
    known("response_flags", TEXT, "Envoy's response flags", &[]),
    known("connection_status", TEXT, "state of the connection after the response: X, + or -", &[]),
    // How long it took.
    known("request_time", SECONDS, "from the first byte of the request to the last of the response", &[]),
    known("request_processing_time", SECONDS, "from the request to its hand-over to a backend", &[]),
    known("response_processing_time", SECONDS, "from the backend's response to the first byte out", &[]),
    known("time_to_first_byte", SECONDS, "from the request to the first byte of the response", &[]),
    known("queue_time", SECONDS, "time spent in queues", &[]),
    // The upstream.
    known("upstream_addr", TEXT, "addresses of the upstreams that were tried", &["upstream"]),
    known("upstream_host", TEXT, "host of the upstream", &[]),
    known("upstream_port", INTEGER, "port of the upstream", &[]),
    known("upstream_status", INTEGER, "status codes of the upstreams", &[]),
    known("upstream_response_time", SECONDS, "times the upstreams took to answer", &[]),
    known("upstream_connect_time", SECONDS, "times to connect to the upstreams", &[]),
    known("upstream_header_time", SECONDS, "times to the upstreams' response headers", &[]),
    known("upstream_bytes", INTEGER, "sizes of the upstreams' responses in bytes", &["upstream_response_length"]),
    known("upstream_name", TEXT, "name of the upstream", &["proxy_upstream_name"]),
    known("upstream_addr_list", TEXT, "addresses of all upstreams", &[]),
    known("upstream_cluster", TEXT, "Envoy's upstream cluster", &[]),
    known("frontend", TEXT, "HAProxy's frontend", &["frontend_name"]),
    known("backend", TEXT, "HAProxy's backend", &["backend_name"]),
    known("server", TEXT, "HAProxy's server", &[]),
    known("termination_state", TEXT, "HAProxy's state at disconnection", &[]),
    known("captured_request_headers", TEXT, "HAProxy's captured request headers", &[]),
    known("router", TEXT, "Traefik's router", &[]),
    known("request_count", INTEGER, "requests received since start", &[]),
    // TLS.
    known("ssl_protocol", TEXT, "TLS version", &[]),
    known("ssl_cipher", TEXT, "TLS cipher", &[]),
    // The server's own state.
    known("pid", INTEGER, "process", &[]),
    known("tid", TEXT, "thread", &[]),
    known("connection", INTEGER, "serial number of the connection", &[]),
    known("connection_requests", INTEGER, "requests so far on this connection", &[]),
    known("keepalive_requests", INTEGER, "requests so far on this connection, not counting the first", &[]),
    known("handler", TEXT, "handler that made the response", &[]),
    known("request_filename", TEXT, "file that was served", &["filename"]),
    // Cloud providers.
    known("elb", TEXT, "name of the load balancer", &[]),
    known("type", TEXT, "type of the request or connection", &[]),
    known("domain_name", TEXT, "name from the TLS handshake", &[]),
    known("edge_location", TEXT, "edge that served the request", &[]),
    known("bucket", TEXT, "storage bucket", &[]),
    known("bucket_owner", TEXT, "owner of the bucket", &[]),
    known("requester", TEXT, "who asked", &[]),
    known("operation", TEXT, "operation on the bucket", &[]),
    known("key", TEXT, "key of the object", &[]),
    known("error_code", TEXT, "the provider's error code", &[]),
    // Error logs and syslog.
    known("level", TEXT, "severity of a message", &[]),
    known("module", TEXT, "module that wrote the message", &[]),
    known("code", TEXT, "code of the message", &[]),
    known("message", TEXT, "the message", &[]),
    known("syslog_host", TEXT, "host that sent the syslog message", &[]),
    known("hostname", TEXT, "host that wrote the line", &[]),
    known("program", TEXT, "program that wrote the line", &[]),
    known("facility", TEXT, "syslog facility", &[]),
    known("severity", TEXT, "syslog severity", &[]),
    known("structured_data", Kind::Elements, "syslog's structured data", &[]),
    known("msgid", TEXT, "syslog message identifier", &[]),
];
