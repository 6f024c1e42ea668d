//! Logs of web servers.

use super::Carriage::{Bare, Enveloped};
use super::Definition::{Apache, Nginx, Templates};
use super::{NamedFormat, W3C, row};

/// The formats of this family.
pub(super) const FORMATS: &[NamedFormat] = &[
    row(
        "common",
        "Common Log Format of the NCSA server; Apache's \"common\", Tomcat's default",
        Apache(r#"%h %l %u %t "%r" %>s %b"#),
        Bare,
        r#"192.0.2.7 - alice [21/Nov/2026:10:15:32 +0000] "GET /api/v1 HTTP/1.1" 200 1532"#,
    ),
    row(
        "combined",
        "common with referer and user agent: Apache's \"combined\", the default of nginx, Jetty, gunicorn",
        Apache(r#"%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i""#),
        Bare,
        r#"192.0.2.7 - alice [21/Nov/2026:10:15:32 +0000] "GET /api/v1?page=2 HTTP/1.1" 200 1532 "https://example.org/" "Mozilla/5.0 (X11; Linux x86_64)""#,
    ),
    row(
        "combined_vhost",
        "combined after virtual host and port: Apache's \"vhost_combined\" on Debian; bytes are with headers",
        Apache(r#"%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i""#),
        Bare,
        r#"www.example.org:443 192.0.2.7 - - [21/Nov/2026:10:15:32 +0000] "POST /login HTTP/1.1" 302 512 "-" "curl/8.5.0""#,
    ),
    row(
        "combinedio",
        "combined with the bytes that were received and sent: Apache's \"combinedio\" (mod_logio)",
        Apache(r#"%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" %I %O"#),
        Bare,
        r#"192.0.2.7 - - [21/Nov/2026:10:15:32 +0000] "GET / HTTP/1.1" 200 1532 "-" "curl/8.5.0" 78 1790"#,
    ),
    row(
        "nginx_main",
        "combined with X-Forwarded-For: \"main\" in nginx's packaged configuration",
        Nginx(&[
            r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "$http_x_forwarded_for""#,
        ]),
        Bare,
        r#"192.0.2.7 - - [21/Nov/2026:10:15:32 +0000] "GET / HTTP/1.1" 200 1532 "-" "curl/8.5.0" "203.0.113.9, 192.0.2.1""#,
    ),
    row(
        "nginx_ingress",
        "upstreaminfo of the Kubernetes ingress-nginx controller, also of its older versions",
        Nginx(&[
            r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_length $request_time [$proxy_upstream_name] [$proxy_alternative_upstream_name] $upstream_addr $upstream_response_length $upstream_response_time $upstream_status $req_id"#,
            r#"$remote_addr - [$proxy_add_x_forwarded_for] - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_length $request_time [$proxy_upstream_name] $upstream_addr $upstream_response_length $upstream_response_time $upstream_status $req_id"#,
            r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_length $request_time [$proxy_upstream_name] $upstream_addr $upstream_response_length $upstream_response_time $upstream_status $req_id"#,
        ]),
        Enveloped,
        r#"192.0.2.7 - - [21/Nov/2026:10:15:32 +0000] "GET /shop HTTP/1.1" 200 512 "-" "curl/8.5.0" 81 0.004 [web-shop-80] [] 10.0.0.7:8080 512 0.004 200 5e1c7a9d02b34f6688a1c3d5e7f90b12"#,
    ),
    row(
        "nginx_proxy_manager",
        "Nginx Proxy Manager's proxy hosts, and its other hosts",
        Nginx(&[
            r#"[$time_local] $upstream_cache_status $upstream_status $status - $request_method $scheme $host "$request_uri" [Client $remote_addr] [Length $body_bytes_sent] [Gzip $gzip_ratio] [Sent-to $server] "$http_user_agent" "$http_referer""#,
            r#"[$time_local] $status - $request_method $scheme $host "$request_uri" [Client $remote_addr] [Length $body_bytes_sent] [Gzip $gzip_ratio] "$http_user_agent" "$http_referer""#,
        ]),
        Bare,
        r#"[21/Nov/2026:10:15:32 +0000] MISS 200 200 - GET https www.example.org "/shop" [Client 192.0.2.7] [Length 512] [Gzip 2.31] [Sent-to 10.0.0.7] "curl/8.5.0" "-""#,
    ),
    row(
        "npmplus",
        "NPMplus, a fork of Nginx Proxy Manager",
        Templates(&[
            r#"[<time_local>] <vhost> <remote_addr> <request_time> "<request>" <status> <bytes> <bytes_in> <referer> <user_agent:text>"#,
        ]),
        Bare,
        r#"[21/Nov/2026:10:15:32 +0100] www.example.org 192.0.2.7 0.021 "GET /shop HTTP/2.0" 200 512 340 - Mozilla/5.0 (X11; Linux x86_64)"#,
    ),
    row(
        "lighttpd",
        "lighttpd's default: combined with the virtual host for the remote log name",
        Apache(r#"%h %V %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i""#),
        Bare,
        r#"192.0.2.7 www.example.org - [21/Nov/2026:10:15:32 +0000] "GET / HTTP/1.1" 200 1532 "-" "curl/8.5.0""#,
    ),
    row(
        "apache_ssl_request",
        "Apache's ssl_request_log, as Red Hat's packages configure it",
        Apache(r#"%t %h %{SSL_PROTOCOL}x %{SSL_CIPHER}x "%r" %b"#),
        Bare,
        r#"[21/Nov/2026:10:15:32 +0000] 192.0.2.7 TLSv1.3 TLS_AES_256_GCM_SHA384 "GET /shop HTTP/1.1" 1532"#,
    ),
    row(
        "uvicorn",
        "uvicorn's access log, as its own logger writes it",
        Templates(&[r#"<level:cell>:<_:blanks><client> - "<request>" <status><_:more>"#]),
        Enveloped,
        r#"INFO:     192.0.2.7:49320 - "GET /shop?page=2 HTTP/1.1" 200 OK"#,
    ),
    row(
        "w3c",
        "W3C extended log format as IIS writes it: the line #Fields: says what is where",
        W3C,
        Bare,
        "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken\n2026-11-21 10:15:32 198.51.100.4 GET /shop page=2 443 - 192.0.2.7 Mozilla/5.0+(X11) - 200 0 0 31",
    ),
    row(
        "uwsgi",
        "uWSGI's request log",
        Templates(&[
            "[pid: <pid>|app: <app:cell>|req: <_:cell>] <remote_addr> (<user:text>) {<_:int> vars in <bytes_in> bytes} [<time>] <method> <target> => generated <bytes> bytes in <request_time:ms> msecs(? via <_>)? (<protocol> <status>) <_:int> headers in <header_bytes:int> bytes (<_:text>)",
            "[pid: <pid>|app: <app:cell>|req: <_:cell>] <remote_addr> (<user:text>) {<_:int> vars in <bytes_in> bytes} [<time>] <method> <target> => generated <bytes> bytes in <request_time:us> micros(? via <_>)? (<protocol> <status>) <_:int> headers in <header_bytes:int> bytes (<_:text>)",
        ]),
        Bare,
        "[pid: 71|app: 0|req: 3/9] 192.0.2.7 () {40 vars in 614 bytes} [Sat Nov 21 10:15:32 2026] GET /shop => generated 512 bytes in 21 msecs (HTTP/1.1 200) 3 headers in 120 bytes (1 switches on core 0)",
    ),
];
