//! Logs of products that write requests in formats of their own.

use super::Carriage::{Bare, Enveloped};
use super::Definition::{Pairs, Templates};
use super::{NamedFormat, row};
use crate::format::pairs::PairsDialect;

/// The formats of this family.
pub(super) const FORMATS: &[NamedFormat] = &[
    row(
        "cpanel",
        "cPanel's access_log; the month is a number and comes first",
        Templates(&[
            r#"<remote_addr> <ident> <user> [<logged_at>] "<request>" <status> <bytes> "<referer>" "<user_agent>" "<_>" "<x_forwarded_for>" <server_port>"#,
        ]),
        Bare,
        r#"192.0.2.7 - - [11/21/2026:10:15:32 -0000] "GET / HTTP/1.1" 200 0 "-" "curl/8.5.0" "-" "-" 2083"#,
    ),
    row(
        "citrix_adc",
        "Citrix ADC's httpaccess.log",
        Templates(&[
            r#"<remote_addr> -> <server_addr> <ident> <user> [<time_local>] [<pid>] "<request>" <status> <bytes> "<referer>" "<user_agent>" "Time: <request_time:us> microsecs""#,
            r#"<remote_addr> -> <server_addr> "<request>" <status> <bytes> "<referer>" "<user_agent>" "Time: <request_time:us> microsecs""#,
        ]),
        Bare,
        r#"192.0.2.7 -> 198.51.100.4 - - [21/Nov/2026:10:15:32 +0000] [71] "GET /nitro/v1/config HTTP/1.1" 200 2750 "-" "curl/8.5.0" "Time: 9797 microsecs""#,
    ),
    row(
        "cef",
        "Common Event Format, as web application firewalls write it: the extension's keys",
        Pairs(
            PairsDialect::Cef,
            &[
                "time=rt|start",
                "remote_addr=src",
                "remote_port=spt",
                "x_forwarded_for=xff",
                "server_addr=dst",
                "server_port=dpt",
                "vhost=dhost",
                "user=suser",
                "method=requestMethod|method",
                "target=request",
                "referer=requestContext",
                "user_agent=requestClientApplication",
                "bytes_in=in",
                "bytes=out",
                "message=msg",
                "action=act",
            ],
        ),
        Enveloped,
        "CEF:0|Citrix|NetScaler|NS13.1|APPFW|APPFW_MULTIPLE_HEADER|6|rt=1795256132318 src=192.0.2.7 spt=49320 method=GET request=https://www.example.org/shop msg=Multiple headers in request act=blocked",
    ),
    row(
        "couchbase",
        "Couchbase Server's http_access.log",
        Templates(&[
            r#"<remote_addr> <vhost> <user> [<time_local>] "<request>" <status> <bytes> <referer:unquoted> "<user_agent>" <message:text>"#,
        ]),
        Bare,
        r#"192.0.2.7 db.example.org alice [21/Nov/2026:10:15:32 +0000] "GET /pools/default HTTP/1.1" 200 2750 - "curl/8.5.0" Request took 2ms"#,
    ),
    row(
        "couchdb",
        "CouchDB's log of requests",
        Templates(&["[<time>] [<level>] [<_>] <remote_addr> <ident> <user> <method> <target> <status>"]),
        Bare,
        "[Sat, 21 Nov 2026 10:15:32 GMT] [info] [<0.404.0>] 192.0.2.7 - - GET /shop/_all_docs 200",
    ),
    row(
        "marklogic",
        "MarkLogic's access log: combined with a referer that is not in quotes",
        Templates(&[
            r#"<remote_addr> <ident> <user> [<time_local>] "<request>" <status> <bytes> <referer:unquoted> "<user_agent>""#,
        ]),
        Bare,
        r#"192.0.2.7 - alice [21/Nov/2026:10:15:32 +0000] "POST /eval XDBC/1.0" 200 2750 - "Java/17 MarkLogicXCC/10.0""#,
    ),
    row(
        "kyoto_tycoon",
        "Kyoto Tycoon's log of requests",
        Templates(&["<time:word>: [<level>]: (<client:cell>): <method> <target> <protocol:cell>: <status>"]),
        Bare,
        "2026-11-21T10:15:32.318041Z: [INFO]: (192.0.2.7:49320): GET /rpc/report HTTP/1.1: 200",
    ),
    row(
        "jetty_slf4j",
        "Jetty's request log behind a logger's line, as Apache Pulsar writes it",
        Templates(&[
            r#"<logged_at> [<thread>] <level> <_:blanks><logger> - <remote_addr> <ident> <user> [<time_local>] "<request>" <status> <bytes> "<referer>" "<user_agent>" <request_time:ms>"#,
        ]),
        Bare,
        r#"2026-11-21T10:15:32,318+0000 [web-64-1] INFO  org.eclipse.jetty.server.RequestLog - 192.0.2.7 - - [21/Nov/2026:10:15:32 +0000] "GET /metrics/ HTTP/1.1" 200 2750 "-" "curl/8.5.0" 13"#,
    ),
    row(
        "gitlab_rails",
        "Rails' log as in GitLab's production.log, single lines, behind its logger's header or without",
        Templates(&[
            r#"<_:code>, [<time:cell> #<pid>] <_:blanks><level> -- : Started <method> "<target>" for <remote_addr> at <_> <_> <_> Completed <status> <_:text> in <request_time:ms>ms<_:more>"#,
            r#"<_:code>, [<time:cell> #<pid>] <_:blanks><level> -- : Started <method> "<target>" for <remote_addr> at <_> <_> <_> Processing by <_> as <_> Completed <status> <_:text> in <request_time:ms>ms<_:more>"#,
            r#"<_:code>, [<time:cell> #<pid>] <_:blanks><level> -- : Started <method> "<target>" for <remote_addr> at <_:text>"#,
            "<_:code>, [<time:cell> #<pid>] <_:blanks><level> -- : Completed <status> <_:text> in <request_time:ms>ms<_:more>",
            r#"Started <method> "<target>" for <remote_addr> at <time:text> Processing by <_> as <_:text> Completed <status> <_:text> in <request_time:ms>ms<_:more>"#,
            r#"Started <method> "<target>" for <remote_addr> at <time:text>"#,
        ]),
        Bare,
        r#"I, [2026-11-21T10:15:32.318041 #71]  INFO -- : Started GET "/api/v4/projects" for 192.0.2.7 at 2026-11-21 10:15:32 +0000"#,
    ),
    row(
        "gitlab_nginx",
        "GitLab's nginx behind a time of the runner",
        Templates(&[
            r#"[<logged_at>] <remote_addr> <ident> <user> [<time>] "<request>" <status> <bytes> "<referer>" "<user_agent>"<_:more>"#,
        ]),
        Bare,
        r#"[2026-11-21 10:15:32] 192.0.2.7 - - [21/Nov/2026:10:15:32 UTC] "GET /shop HTTP/1.1" 200 2750 "-" "curl/8.5.0""#,
    ),
    row(
        "harbor_core",
        "Harbor's core, behind its syslog header",
        Templates(&[
            "<_:text>|<_:blanks><remote_addr:cell>|<_:text>m <status> <_:text>|<_:blanks><request_time:ms>ms|<_:text>|<_:text>m <method> <_:blanks><_:cell>[0m <target> <_:more>",
        ]),
        Bare,
        "Nov 21 10:15:32 core[71]: 2026/11/21 10:15:32 #033[1;44m[D] [server.go:2619] |      192.0.2.7|#033[42m 200 #033[0m|     9.9379ms|   match|#033[44m GET     #033[0m /api/ping   r:/api/ping#033[0m",
    ),
    row(
        "cisco_wsa",
        "Cisco Secure Web Appliance, access log",
        Templates(&[
            "<level:cell>: <time> <_:blanks><request_time:ms> <remote_addr> <cache_status:cell>/<status:number> <bytes> <method> <target> <user> <hierarchy:cell>/<upstream_addr> <content_type> <policy> <<<verdict:text>>(? <user_agent:quoted>)?<_:more>",
            // Filters' counters before the policy.
            "<level:cell>: <time> <_:blanks><request_time:ms> <remote_addr> <cache_status:cell>/<status:number> <bytes> <method> <target> <user> <hierarchy:cell>/<upstream_addr> <content_type> CMF:<_> DCF:<_> ERR:<_> <policy> <<<verdict:text>>(? <user_agent:quoted>)?<_:more>",
        ]),
        Bare,
        r#"Info: 1795256132.318 97 192.0.2.7 TCP_MISS/200 2750 GET http://www.example.org/ - DIRECT/www.example.org text/html DEFAULT_CASE_11-Policy-Identity-NONE-NONE-NONE-Routing <IW_comp,6.9,-,"-"> -"#,
    ),
    row(
        "skyhigh_proxy",
        "Skyhigh Secure Web Gateway",
        Pairs(
            PairsDialect::Spaced,
            &[
                "time=date|request_timestamp|request_timestamp_epoch",
                "remote_addr!=client_ip|source_ip",
                "user=username",
                "request=http_request_first_line",
                "method=http_action",
                "target=requested_path",
                "vhost=requested_host|destination_host",
                "status!=http_status_code",
                "bytes=destination_bytes|server_to_client_bytes",
                "bytes_in=source_bytes|client_to_server_bytes",
                "scheme=uri_scheme",
                "user_agent=user_agent|user_agent_comment",
                "referer=http_referer|referer",
                "content_type=media_type",
                "upstream_addr=destination_ip",
            ],
        ),
        Bare,
        "user_id=-1 username=alice source_ip=192.0.2.7 http_action=GET server_to_client_bytes=2750 requested_host=www.example.org requested_path=/shop request_timestamp=2026-11-21 10:15:32 category=Online Shopping http_status_code=200 client_ip=192.0.2.7",
    ),
    row(
        "skyhigh_leef",
        "Skyhigh Secure Web Gateway (McAfee Web Gateway) in the Log Event Extended Format",
        Pairs(
            PairsDialect::Delimited { between: b'=', after: b'|' },
            &[
                "time=devTime|DevTimeIso",
                "remote_addr!=src",
                "remote_port=srcPort",
                "x_forwarded_for=X-Forwarded-For",
                "user=usrName",
                "method=method",
                "target=url",
                "vhost=urlDomain|urlHost",
                "server_addr=serverIP",
                "server_port=url_port",
                "status!=httpStatus",
                "bytes=bytes_from_server",
                "bytes_in=bytes_from_client",
                "request_time:ms=TransactionMS",
                "user_agent=userAgent",
                "referer=Referer",
                "content_type=MediaType",
                "upstream_addr=connection",
            ],
        ),
        Enveloped,
        "LEEF:1.0|McAfee|Web Gateway|12.2|0|devTime=1795256132318|src=192.0.2.7|srcPort=49320|usrName=alice|url=https://www.example.org/shop|httpStatus=200|bytes_from_client=81|bytes_from_server=2750|method=GET|userAgent=curl/8.5.0|TransactionMS=28|",
    ),
];
