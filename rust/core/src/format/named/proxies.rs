//! Logs of proxies and load balancers.

use super::Carriage::{Bare, Enveloped};
use super::Definition::{Apache, Templates};
use super::{NamedFormat, row};

/// What `HAProxy` writes of a connection that failed before there was a request.
const HAPROXY_ERROR: &str = "<client> [<time>] <frontend:cell>/<server:cell>: <message:text>";
/// What it writes where no option says otherwise.
const HAPROXY_CONNECT: &str = "Connect from <client> to <server_address> (<frontend:cell>/<mode:cell>)";

/// The formats of this family. `HAProxy`: its configuration manual, section 8.2; Squid: `logformat` in
/// its configuration guide; Envoy: "Access logging"; Istio: "Envoy access logs"; Traefik: "Access logs".
pub(super) const FORMATS: &[NamedFormat] = &[
    row(
        "haproxy_http",
        "HAProxy's \"option httplog\", its error lines and its default, bare or behind a syslog header",
        Templates(&[
            r#"<client> [<time>] <frontend> <backend:cell>/<server:cell> <_:plus><request_header_time:ms>/<queue_time:ms>/<upstream_connect_time:ms>/<upstream_response_time:ms>/<_:plus><request_time:ms> <status:number> <_:plus><bytes> <captured_request_cookie> <captured_response_cookie> <termination_state> <actconn:int>/<feconn:int>/<beconn:int>/<srv_conn:int>/<_:plus><retries:int> <srv_queue:int>/<backend_queue:int>(? {<captured_request_headers:text>})?(? {<captured_response_headers:text>})? "<request>"<_:more>"#,
            HAPROXY_ERROR,
            r#"<client> [<time>] <frontend> <backend:cell>/<server:cell> <ssl_sni> <_:plus><request_header_time:ms>/<queue_time:ms>/<upstream_connect_time:ms>/<upstream_response_time:ms>/<_:plus><request_time:ms> <status:number> <_:plus><bytes> <captured_request_cookie> <captured_response_cookie> <termination_state> <actconn:int>/<feconn:int>/<beconn:int>/<srv_conn:int>/<_:plus><retries:int> <srv_queue:int>/<backend_queue:int> "<request>"<_:more>"#,
            // Longer lines than syslog takes are cut, and lack the closing quote.
            r#"<client> [<time>] <frontend> <backend:cell>/<server:cell> <_:plus><request_header_time:ms>/<queue_time:ms>/<upstream_connect_time:ms>/<upstream_response_time:ms>/<_:plus><request_time:ms> <status:number> <_:plus><bytes> <captured_request_cookie> <captured_response_cookie> <termination_state> <actconn:int>/<feconn:int>/<beconn:int>/<srv_conn:int>/<_:plus><retries:int> <srv_queue:int>/<backend_queue:int>(? {<captured_request_headers:text>})?(? {<captured_response_headers:text>})? "<request:text>"#,
            HAPROXY_CONNECT,
        ]),
        Enveloped,
        r#"192.0.2.7:49320 [21/Nov/2026:10:15:32.318] fe_web be_shop/shop2 0/0/1/27/28 200 2750 - - ---- 12/8/3/1/0 0/0 {www.example.org} "GET /shop?page=2 HTTP/1.1""#,
    ),
    row(
        "haproxy_https",
        "HAProxy's \"option httpslog\"",
        Templates(&[
            r#"<client> [<time>] <frontend> <backend:cell>/<server:cell> <_:plus><request_header_time:ms>/<queue_time:ms>/<upstream_connect_time:ms>/<upstream_response_time:ms>/<_:plus><request_time:ms> <status:number> <_:plus><bytes> <captured_request_cookie> <captured_response_cookie> <termination_state> <actconn:int>/<feconn:int>/<beconn:int>/<srv_conn:int>/<_:plus><retries:int> <srv_queue:int>/<backend_queue:int>(? {<captured_request_headers:text>})?(? {<captured_response_headers:text>})? "<request>" <fc_err:number>/<ssl_fc_err:cell>/<ssl_c_err:number>/<ssl_c_ca_err:number>/<ssl_fc_is_resumed:number> <ssl_sni:cell>/<ssl_protocol:cell>/<ssl_cipher:cell><_:more>"#,
            HAPROXY_ERROR,
        ]),
        Enveloped,
        r#"192.0.2.7:49320 [21/Nov/2026:10:15:32.318] fe_tls~ be_shop/shop2 0/0/1/27/28 200 2750 - - ---- 12/8/3/1/0 0/0 "GET /shop HTTP/1.1" 0/0/0/0/0 www.example.org/TLSv1.3/TLS_AES_128_GCM_SHA256"#,
    ),
    row(
        "haproxy_tcp",
        "HAProxy's \"option tcplog\", its error lines and its default",
        Templates(&[
            "<client> [<time>] <frontend> <backend:cell>/<server:cell> <queue_time:ms>/<upstream_connect_time:ms>/<_:plus><request_time:ms> <_:plus><bytes> <termination_state> <actconn:int>/<feconn:int>/<beconn:int>/<srv_conn:int>/<_:plus><retries:int> <srv_queue:int>/<backend_queue:int><_:more>",
            HAPROXY_ERROR,
            HAPROXY_CONNECT,
        ]),
        Enveloped,
        "192.0.2.7:49320 [21/Nov/2026:10:15:32.318] fe_sql be_sql/sql1 0/0/5007 212 -- 3/2/1/0/0 0/0",
    ),
    row(
        "squid_native",
        "Squid's native access.log",
        Templates(&[
            "<time> <_:blanks><request_time:ms> <remote_addr> <cache_status:cell>/<status:number> <bytes> <method> <target> <user> <hierarchy:cell>/<upstream_addr> <content_type>(? \"<referer>\")?(? \"<user_agent>\")?<_:more>",
            "<time> <_:blanks><request_time:ms> <remote_addr> <cache_status:cell>/<status:number> <bytes> <method> <target> <user> <hierarchy:cell>/<upstream_addr>",
        ]),
        Enveloped,
        "1795256132.318     28 192.0.2.7 TCP_MISS/200 2750 GET http://www.example.org/shop alice HIER_DIRECT/198.51.100.4 text/html",
    ),
    row(
        "squid_combined",
        "Squid's \"combined\" and \"common\"",
        Templates(&[
            r#"<remote_addr> <ident> <user> [<time_local>] "<request>" <status> <bytes> "<referer>" "<user_agent>" <cache_status:code>:<hierarchy:code><_:more>"#,
            r#"<remote_addr> <ident> <user> [<time_local>] "<request>" <status> <bytes> <cache_status:code>:<hierarchy:code><_:more>"#,
        ]),
        Enveloped,
        r#"192.0.2.7 - alice [21/Nov/2026:10:15:32 +0000] "GET http://www.example.org/ HTTP/1.1" 200 2750 "-" "curl/8.5.0" TCP_MISS:HIER_DIRECT"#,
    ),
    row(
        "varnish_combined",
        "varnishncsa's default: combined, the request line with the whole URL",
        Apache(r#"%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i""#),
        Bare,
        r#"192.0.2.7 - - [21/Nov/2026:10:15:32 +0000] "GET http://www.example.org/shop HTTP/1.1" 200 2750 "-" "curl/8.5.0""#,
    ),
    row(
        "envoy_default",
        "Envoy's default text format",
        Templates(&[
            r#"[<time>] "<request>" <status> <response_flags> <bytes_in> <bytes> <request_time:ms> <upstream_response_time:ms> "<x_forwarded_for>" "<user_agent>" "<request_id>" "<vhost>" "<upstream_addr>"<_:more>"#,
        ]),
        Enveloped,
        r#"[2026-11-21T10:15:32.318Z] "GET /shop HTTP/1.1" 200 - 0 2750 28 27 "192.0.2.7" "curl/8.5.0" "0b54bd21-5f0d-4b1e-a0bb-2f6bd9f0f3a1" "www.example.org" "10.0.0.7:8080""#,
    ),
    row(
        "istio_default",
        "Istio's default text format, also of versions before 1.9",
        Templates(&[
            r#"[<time>] "<request>" <status> <response_flags> <response_code_details> <connection_termination_details> "<upstream_transport_failure_reason>" <bytes_in> <bytes> <request_time:ms> <upstream_response_time:ms> "<x_forwarded_for>" "<user_agent>" "<request_id>" "<vhost>" "<upstream_addr>" <upstream_cluster> <upstream_local_address> <server_address> <client> <ssl_sni> <route_name>"#,
            r#"[<time>] "<request>" <status> <response_flags> "<_>" "<upstream_transport_failure_reason>" <bytes_in> <bytes> <request_time:ms> <upstream_response_time:ms> "<x_forwarded_for>" "<user_agent>" "<request_id>" "<vhost>" "<upstream_addr>" <upstream_cluster> <upstream_local_address> <server_address> <client> <ssl_sni> <route_name>"#,
            // With Mixer's status in place of both, and without routes.
            r#"[<time>] "<request>" <status> <response_flags> "<_>" <bytes_in> <bytes> <request_time:ms> <upstream_response_time:ms> "<x_forwarded_for>" "<user_agent>" "<request_id>" "<vhost>" "<upstream_addr>" <upstream_cluster> <upstream_local_address> <server_address> <client> <ssl_sni>(? <route_name>)?"#,
        ]),
        Enveloped,
        r#"[2026-11-21T10:15:32.318Z] "GET /shop HTTP/1.1" 200 - via_upstream - "-" 0 2750 28 27 "-" "curl/8.5.0" "0b54bd21-5f0d-4b1e-a0bb-2f6bd9f0f3a1" "shop:9080" "10.0.0.7:9080" inbound|9080|| 127.0.0.6:47889 10.0.0.7:9080 10.0.0.9:39696 - default"#,
    ),
    row(
        "traefik_clf",
        "Traefik's access log in its default format",
        Templates(&[
            r#"<remote_addr> <ident> <user> [<time_local>] "<request>" <status> <bytes> "<referer>" "<user_agent>" <request_count> "<router>" "<upstream_addr>" <request_time:ms>ms"#,
            r#"<remote_addr> <ident> <user> [<time_local>] "<request>" <status> <bytes> <referer:unquoted> "<user_agent>" <request_count> "<router>" "<upstream_addr>" <request_time:ms>ms"#,
        ]),
        Enveloped,
        r#"192.0.2.7 - - [21/Nov/2026:10:15:32 +0000] "GET /shop HTTP/2.0" 200 2750 "-" "curl/8.5.0" 71 "shop@docker" "http://10.0.0.7:8080" 28ms"#,
    ),
    row(
        "zoraxy",
        "Zoraxy's access log",
        Templates(&[
            "<_> <_> [<time>] [router:<router:bracketed>] [origin:<vhost:bracketed>] [client: <remote_addr:bracketed>] [useragent: <user_agent:text>] <method> <target> <status>",
            "[<time>] [router:<router:bracketed>] [origin:<vhost:bracketed>] [client: <remote_addr:bracketed>] [useragent: <user_agent:text>] <method> <target> <status>",
        ]),
        Bare,
        "2026/11/21 10:15:32 [2026-11-21 10:15:32.318041] [router:host-http] [origin:www.example.org] [client: 192.0.2.7] [useragent: curl/8.5.0] GET /shop 200",
    ),
];
