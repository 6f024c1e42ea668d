//! Keys of `[[source]]` and `[formats.NAME]`.

use super::key;
use crate::spec::schema::Holds::{Choice, Literal, Literals, Names, Texts};
use crate::spec::schema::{Others, Section};

/// Where reading begins in a file that was never seen before.
pub const READ_FROM: &[&str] = &["beginning", "end"];

/// `[[source]]`.
pub static SOURCE: Section = Section {
    heading: "[[source]]",
    meaning: "An input whose lines have one format: files, or what its type reads instead. Further keys are \
        those of the type.",
    keys: &[
        key("name", Literal, "(required)", "Its name, unique."),
        key(
            "type",
            Literal,
            "\"files\"",
            "What is read: `files`, or one of the [other sources](sources/README.md), which have no `paths`.",
        ),
        key("paths", Texts, "(files of the command line)", "Files and globs."),
        key("exclude", Texts, "[]", "Files and globs that are left out of `paths`."),
        key(
            "format",
            Literal,
            "\"auto\"",
            "A preset (`common`, `combined`, `combined_vhost`, `json`), a name under \
            `[formats]`, whatever `--format` takes, or `auto`: detected in each file.",
        ),
        key(
            "read_from",
            Choice(READ_FROM),
            "\"beginning\"",
            "Where to begin in files, or what else a source reads, that were never seen before.",
        ),
    ],
    others: Others::OfType,
    example: r#"[[source]]
name = "proxy"
type = "files"
paths = ["/var/log/nginx/*access.log"]
exclude = ["/var/log/nginx/debug-*"]
format = "combined"
read_from = "end"
"#,
};

/// `[formats.NAME]`.
pub static FORMAT: Section = Section {
    heading: "[formats.NAME]",
    meaning: "How lines are written. Just one of the keys but `fields`, `patterns` and `name` says so. Nothing is \
        replaced in these strings: `${name}` is nginx's own way to write a variable.",
    keys: &[
        key("nginx", Literal, "(none)", "An nginx `log_format` string."),
        key("apache", Literal, "(none)", "An Apache `LogFormat` string."),
        key(
            "regex",
            Literal,
            "(none)",
            "A regex whose named groups are fields; linear-time, without look-around and \
            back-references.",
        ),
        key(
            "fields",
            Literals,
            "[]",
            "Names for the unnamed groups of `regex`, in order; `-` for a group that is no field.",
        ),
        key(
            "json",
            Names,
            "(none)",
            "Lines of JSON: field and its dotted path in the object; `{}` takes every top-level key.",
        ),
        key(
            "grok",
            Literal,
            "(none)",
            "A grok expression, such as `%{IP:remote_addr} %{NUMBER:took:float}`.",
        ),
        key("patterns", Names, "{}", "Patterns for `grok` beside those of its library: name and regex."),
        key("nginx_conf", Literal, "(none)", "An nginx configuration file, whose `log_format` is read."),
        key("apache_conf", Literal, "(none)", "An Apache configuration file, whose `LogFormat` is read."),
        key(
            "name",
            Literal,
            "(none)",
            "The format of `nginx_conf` or `apache_conf` that is meant. Without it a source without `paths` reads the server's logs, each in its own format, as sources called `SOURCE/FORMAT`.",
        ),
        key(
            "text",
            Literal,
            "(none)",
            "Whatever `--format` takes, such as `syslog:combined` or `csv:time,-,status`.",
        ),
    ],
    others: Others::Refused,
    example: r#"[formats.timed]
nginx = '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent $request_time'

[formats.vhosts]
apache = '%v %h %l %u %t "%r" %>s %b'

[formats.published]
regex = '^(\S+) \S+ \S+ \[(.+?)\] "(\S+) (\S+) \S+" (?P<status>\d+) (\d+|-)'
fields = ["remote_addr", "-", "method", "target", "bytes"]

[formats.structured]
json = { status = "resp.code", method = "req.method", path = "req.path" }

[formats.worded]
grok = '%{IP:remote_addr} %{WORD:method} %{SHOP:shop} %{NUMBER:took:float}'
patterns = { SHOP = "shop-[a-z]+" }

[formats.of_the_proxy]
nginx_conf = "/etc/nginx/nginx.conf"
name = "timed"

[formats.of_the_site]
apache_conf = "/etc/apache2/apache2.conf"
name = "combined"

[formats.inside]
text = "syslog:combined"
"#,
};
