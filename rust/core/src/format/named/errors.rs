//! Error logs and logs of systems.

use super::Carriage::{Bare, Enveloped};
use super::Definition::{Message, Templates};
use super::{NamedFormat, row};
use crate::format::envelope::Envelope;

/// The formats of this family.
pub(super) const FORMATS: &[NamedFormat] = &[
    row(
        "nginx_error",
        "nginx's error log",
        Templates(&[
            "<time:words> [<level>] <pid>#<tid:cell>: *<connection:int> <message:text>, excess: <excess:float> by zone \"<zone>\", client: <remote_addr:cell>, <context:text>",
            "<time:words> [<level>] <pid>#<tid:cell>: *<connection:int> <message:text>, client: <remote_addr:cell>, <context:text>",
            "<time:words> [<level>] <pid>#<tid:cell>: *<connection:int> <message:text>",
            "<time:words> [<level>] <pid>#<tid:cell>: <message:text>",
        ]),
        Enveloped,
        r#"2026/11/21 10:15:32 [error] 71#71: *4 open() "/srv/www/favicon.ico" failed (2: No such file or directory), client: 192.0.2.7, server: www.example.org, request: "GET /favicon.ico HTTP/1.1", host: "www.example.org""#,
    ),
    row(
        "apache_error",
        "Apache's error log, of 2.4 and of 2.2",
        Templates(&[
            // The system's error comes before the client.
            "[<time>] [<module:cell>:<level>] [pid <pid>:tid <tid:bracketed>] (<error_code:cell>)<error_message:text>: [client <peer:bracketed>] <message:text>",
            "[<time>] [<module:cell>:<level>] [pid <pid>] (<error_code:cell>)<error_message:text>: [client <peer:bracketed>] <message:text>",
            "[<time>] [<module:cell>:<level>] [pid <pid>:tid <tid:bracketed>](? (<error_code:cell>))?(? [client <peer:bracketed>])? <message:text>",
            "[<time>] [<module:cell>:<level>] [pid <pid>](? (<error_code:cell>))?(? [client <peer:bracketed>])? <message:text>",
            "[<time>] [<level:cell>](? [client <peer:bracketed>])? <message:text>",
        ]),
        Enveloped,
        "[Sat Nov 21 10:15:32.318041 2026] [core:error] [pid 71:tid 4567] [client 192.0.2.7:49320] AH00124: Request exceeded the limit of 10 internal redirects",
    ),
    row(
        "klog",
        "klog and glog: Kubernetes, Go and C++ programs of Google",
        Templates(&[
            "<level_letter:code><time:compact> <_:blanks><id:int> <file:cell>:<line:int>] <message:text>",
        ]),
        Enveloped,
        "I20261121 10:15:32.318041    71 server.cc:512] listening on port 8080",
    ),
    row(
        "syslog_line",
        "syslog, RFC 5424 and RFC 3164: header and message",
        Message(Envelope::Syslog),
        Bare,
        "<165>1 2026-11-21T10:15:32.318Z www.example.org shop 71 ID47 [origin@32473 ip=\"192.0.2.7\"] request served",
    ),
];
