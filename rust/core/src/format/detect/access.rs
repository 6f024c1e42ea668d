//! Templates of access logs that have no name: what most of them have in common.

/// Something, an instant, a request line, a status; what says most first.
pub(super) const LOOSE: &[&str] = &[
    r#"<vhost> "<forwarded_for>" <remote_addr> <ident> <user> [<time_local>] "<request>" <status> <bytes> "<referer>" "<user_agent>"<rest:more>"#,
    r#"<remote_ip_list:list> <ident> <user> [<time_local>] "<request>" <status> <bytes> "<referer>" "<user_agent>"<rest:more>"#,
    r#"<vhost> <remote_addr> <ident> <user> [<time_local>] "<request>" <status> <bytes> "<referer>" "<user_agent>"<rest:more>"#,
    r#"<vhost> <remote_ip_list:text> - <user> [<time_local>] "<request>" <status> <bytes> "<referer>" "<user_agent>"<rest:more>"#,
    // As Gandi's hosting writes it.
    r#"<vhost> <remote_addr> <ident> <user> [<time_local>] (<request_time:s> s) "<request>" <status> <bytes> "<referer>" "<user_agent>"<rest:more>"#,
    // Other instants than those of CLF, as of Python's http.server, which has no zone.
    r#"<remote_addr> <ident> <user> [<time>] "<request>" <status> <bytes>(? "<referer>")?(? "<user_agent>")?<rest:more>"#,
    r#"[<time>] <remote_addr> "<request>" <status> <bytes>(? "<referer>")?(? "<user_agent>")?<rest:more>"#,
    r#"<remote_addr> - "<request>" <status> <bytes> "<referer>" "<user_agent>"<rest:more>"#,
    r#"<before:text>[<time_local>] "<request>" <status> <bytes>(? "<referer>")?(? "<user_agent>")?<rest:more>"#,
];

/// combined with one, two or three own columns before the referer.
pub(super) const BETWEEN: &[&str] = &[
    r#"<remote_addr> <ident> <user> [<time_local>] "<request>" <status> <bytes> <column_1:unquoted> "<referer>" "<user_agent>"<rest:more>"#,
    r#"<remote_addr> <ident> <user> [<time_local>] "<request>" <status> <bytes> <column_1:unquoted> <column_2:unquoted> "<referer>" "<user_agent>"<rest:more>"#,
    r#"<remote_addr> <ident> <user> [<time_local>] "<request>" <status> <bytes> <column_1:unquoted> <column_2:unquoted> <column_3:unquoted> "<referer>" "<user_agent>"<rest:more>"#,
];
