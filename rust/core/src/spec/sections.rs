//! Every table and key of a configuration.

mod patterns;
mod typed;

pub use self::patterns::{PATTERN_MODES, PATTERNS};
pub use self::typed::{CHECKER, RECEIVER, SINK};
use super::schema::Holds::{
    Boolean, Choice, Duration, Integer, Literal, LiteralOrLiterals, Literals, NamedLists, NamedTables, Names,
    Number, Numbers, Quantities, Size, Table, Tables, Text, Texts,
};
use super::schema::{Holds, Key, Others, Section};

/// Types of metrics, in the order of the documentation.
pub const METRIC_TYPES: &[&str] = &["counter", "gauge", "histogram", "quantiles", "distinct", "top"];

/// How the service writes its log.
pub const LOG_FORMATS: &[&str] = &["text", "json"];

/// From which severity on the service's log is written.
pub const LOG_LEVELS: &[&str] = &["debug", "info", "warning", "error"];

/// Where reading begins in a file that was never seen before.
pub const READ_FROM: &[&str] = &["beginning", "end"];

const fn key(name: &'static str, holds: Holds, default: &'static str, meaning: &'static str) -> Key {
    Key { name, holds, default, meaning }
}

/// The whole file.
pub static ROOT: Section = Section {
    heading: "Top level",
    meaning: "The tables of the file, and the files that belong to it.",
    keys: &[
        key(
            "include",
            Texts,
            "[]",
            "Further files, as paths or globs that start beside this one. Their \
            formats, categories, sources and metrics are added; they include no others themselves. A glob \
            may match nothing.",
        ),
        key("agent", Table(&AGENT), "(all defaults)", "The service itself; in one file only."),
        key("geoip", Table(&GEOIP), "(none)", "Country and network operator of clients; in one file only."),
        key("events", Table(&EVENTS), "(all defaults)", "The event log of the service; in one file only."),
        key("source", Tables(&SOURCE), "(none)", "Where lines come from."),
        key(
            "formats",
            NamedTables(&FORMAT),
            "(none)",
            "How lines are written, each under a name of your own.",
        ),
        key(
            "categories",
            NamedTables(&CATEGORY),
            "(none)",
            "What your rules make of a record, one value each.",
        ),
        key("metric", Tables(&METRIC), "(none)", "What is counted."),
        key(
            "patterns",
            NamedTables(&PATTERNS),
            "(none)",
            "Models of the patterns of lines, by name, and whose lines they learn from.",
        ),
        key("sink", Tables(&SINK), "(none)", "Where counts are pushed to."),
        key("checker", Tables(&CHECKER), "(none)", "What watches the counts and raises alerts."),
        key("receiver", Tables(&RECEIVER), "(none)", "Who is told of alerts."),
    ],
    others: Others::Refused,
    example: r#"include = ["conf.d/*.toml"]

[agent]
slot = "10s"

[geoip]
country = "/var/lib/GeoIP/GeoLite2-Country.mmdb"

[events]
recent = "2h"

[formats.short]
nginx = '$remote_addr "$request" $status'

[[source]]
name = "proxy"
paths = ["/var/log/nginx/access.log"]
format = "short"

[categories.traffic]
rules = [{ name = "monitoring", when = 'remote_addr == "10.0.0.9"' }]
default = "customer"

[[metric]]
name = "http_requests_total"
labels = ["status", "traffic"]

[patterns.proxy]
top = 20

[[sink]]
name = "influx"
type = "influxdb"
url = "http://localhost:8086"
database = "proxies"

[[checker]]
name = "busy"
metric = "http_requests_total"
over = "2m"
above = 10.0

[[receiver]]
name = "on-call"
type = "webhook"
url = "http://localhost:9000/alerts"
"#,
};

/// `[agent]`.
pub static AGENT: Section = Section {
    heading: "[agent]",
    meaning: "The service itself.",
    keys: &[
        key(
            "listen",
            Text,
            "\"127.0.0.1:9966\"",
            "Address and port where the service offers its counts. Other machines reach it only at an address that \
            is not of this machine alone; then it needs TLS, a token or users.",
        ),
        key(
            "state_dir",
            Text,
            "($STATE_DIRECTORY, else $XDG_STATE_HOME/logagent)",
            "Directory for positions and counts that survive a restart.",
        ),
        key(
            "slot",
            Duration,
            "\"10s\"",
            "Width of a slot of event time: whole seconds, at most a day (see slots.md).",
        ),
        key(
            "commit_interval",
            Duration,
            "\"5s\"",
            "How often positions and counts are made durable, from 100ms to an hour.",
        ),
        key("series_limit", Integer, "100000", "Series that all metrics together keep at most."),
        key("tls_cert", Text, "(none)", "The certificate chain (PEM) with which the service speaks HTTPS."),
        key("tls_key", Text, "(none)", "The private key (PEM) of `tls_cert`."),
        key(
            "token_file",
            Text,
            "(none)",
            "A file whose first line is the bearer token that every request has to carry.",
        ),
        key(
            "basic_auth_file",
            Text,
            "(none)",
            "A file with a line `user:hash` for each user that may ask; `logagent run --hash-password` makes hashes.",
        ),
        key(
            "reload_on_change",
            Boolean,
            "false",
            "Whether the configuration is loaded again when one of its files changes.",
        ),
        key(
            "log_format",
            Choice(LOG_FORMATS),
            "\"text\"",
            "How the service writes its own log, to standard error.",
        ),
        key(
            "log_level",
            Choice(LOG_LEVELS),
            "\"info\"",
            "What the service's log holds: this and what is graver.",
        ),
    ],
    others: Others::Refused,
    example: r#"[agent]
listen = "0.0.0.0:${LOGAGENT_PORT}"
state_dir = "/var/lib/logagent"
slot = "10s"
commit_interval = "5s"
series_limit = 50_000
tls_cert = "/etc/logagent/tls/cert.pem"
tls_key = "/etc/logagent/tls/key.pem"
token_file = "/etc/logagent/token"
basic_auth_file = "/etc/logagent/users"
reload_on_change = true
log_format = "json"
log_level = "warning"
"#,
};

/// `[geoip]`.
pub static GEOIP: Section = Section {
    heading: "[geoip]",
    meaning: "Databases of addresses in MaxMind's format, such as GeoLite2. Each adds a category that can be a \
        label, stand in a condition, and be what a category is `on`. It is absent for what is no address, or \
        not in the database. Files are held in memory as a whole.",
    keys: &[
        key(
            "country",
            Text,
            "(none)",
            "A database of countries or cities, for the category `country`: the ISO code, such as `DE`.",
        ),
        key(
            "asn",
            Text,
            "(none)",
            "A database of autonomous systems, for the category `asn`: the number, such as `AS3320`.",
        ),
        key("on", Literal, "\"remote_addr\"", "The field whose address is looked up."),
    ],
    others: Others::Refused,
    example: r#"[geoip]
country = "/var/lib/GeoIP/GeoLite2-Country.mmdb"
asn = "/var/lib/GeoIP/GeoLite2-ASN.mmdb"
on = "client_ip"
"#,
};

/// `[events]`.
pub static EVENTS: Section = Section {
    heading: "[events]",
    meaning: "The event log of the service: named streams of what it noticed, and of what applications \
        post. A day has 24 hours here.",
    keys: &[
        key(
            "recent",
            Duration,
            "\"1h\"",
            "What is as new as this is kept in memory too, up to 16 MiB, from a second to a day.",
        ),
        key(
            "archive_after",
            Duration,
            "\"1d\"",
            "What is older is moved from the database into compressed archive files, from a second on; what is \
            much is moved earlier.",
        ),
        key("max_age", Duration, "\"30d\"", "What is older is removed, from a second on."),
        key(
            "max_bytes",
            Size,
            "\"256MB\"",
            "What one stream takes on the disk at most, at least a megabyte; the oldest entries go first.",
        ),
        key(
            "streams",
            NamedTables(&EVENT_STREAM),
            "(none)",
            "Streams with limits of their own, by name; see `[events.streams.NAME]`.",
        ),
    ],
    others: Others::Refused,
    example: r#"[events]
recent = "2h"
archive_after = "12h"
max_age = "90d"
max_bytes = "1GB"

[events.streams.rejects]
max_age = "2d"
"#,
};

/// `[events.streams.NAME]`.
pub static EVENT_STREAM: Section = Section {
    heading: "[events.streams.NAME]",
    meaning: "Limits of one stream.",
    keys: &[
        key("max_age", Duration, "(that of [events])", "What is older is removed."),
        key("max_bytes", Size, "(that of [events])", "What the stream takes on the disk at most."),
    ],
    others: Others::Refused,
    example: r#"[events.streams.alerts]
max_age = "365d"
max_bytes = "2GB"
"#,
};

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

/// `[categories.NAME]`.
pub static CATEGORY: Section = Section {
    heading: "[categories.NAME]",
    meaning: "Ordered rules that give each record one value; the first rule that holds wins. A category can be a \
        label, stand in a condition, and be what a later category is `on`.",
    keys: &[
        key(
            "on",
            Literal,
            "(none)",
            "The field or category that the rules test; rules that have only `when` need none.",
        ),
        key(
            "replace",
            Tables(&REPLACEMENT),
            "[]",
            "Replacements in the tested text, one after the other, before the rules.",
        ),
        key("rules", Tables(&RULE), "[]", "The rules in order."),
        key(
            "rules_file",
            Text,
            "(none)",
            "More rules, behind the others: a CSV file with the header `Id,Regex,Rank`, by \
            ascending rank; equal ranks by order.",
        ),
        key(
            "default",
            Literal,
            "(absent)",
            "The value where no rule holds; `$0` is the tested text after replacements.",
        ),
        key(
            "mined",
            Boolean,
            "false",
            "Whether groups of paths, such as `/orders/<num>/items`, are learnt from what no rule holds. They follow \
            the rules, keep their names, and are kept in the state; see docs/path-groups.md.",
        ),
        key("limit", Integer, "100", "At most so many groups are learnt, up to 1000."),
    ],
    others: Others::Refused,
    example: r#"[categories.page]
on = "path"
mined = true
limit = 50
default = "other"

[categories.url_group]
on = "path"
replace = [{ regex = '/\d+', with = '/ID' }]
rules = [
  { name = "api", prefix = "/json/" },
  { name = "instance-$1", regex = '^/queuemetrics/([a-z0-9]+)/' },
]
rules_file = "mapping.csv"
default = "other"
"#,
};

/// `replace = [{ … }]`.
pub static REPLACEMENT: Section = Section {
    heading: "Replacements of a category",
    meaning: "Each replaces all matches of a regex in the text that its category is `on`.",
    keys: &[
        key("regex", Literal, "(required)", "What is replaced."),
        key("with", Literal, "(required)", "By what; `$1` is a group, `$$` a dollar."),
    ],
    others: Others::Refused,
    example: r#"[categories.normal_path]
on = "path"
replace = [
  { regex = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}', with = "UUID" },
  { regex = '/\d+', with = "/ID" },
]
default = "$0"
"#,
};

/// `rules = [{ … }]`.
pub static RULE: Section = Section {
    heading: "Rules of a category",
    meaning: "A rule holds if one of its tests does, and its `when` too where it has one. Each test \
        is a string or a list of strings.",
    keys: &[
        key("name", Literal, "(required)", "The value it gives; `$1` is a group of its regex."),
        key("exact", LiteralOrLiterals, "[]", "Whole texts."),
        key("prefix", LiteralOrLiterals, "[]", "Beginnings."),
        key("suffix", LiteralOrLiterals, "[]", "Endings."),
        key("contains", LiteralOrLiterals, "[]", "Parts."),
        key("regex", LiteralOrLiterals, "[]", "Regexes that match anywhere."),
        key("when", Literal, "(always)", "A condition."),
    ],
    others: Others::Refused,
    example: r#"[categories.kind]
on = "path"
rules = [
  { name = "home", exact = ["/", "/index.html"] },
  { name = "api", prefix = ["/api/", "/json/"], when = 'method != "OPTIONS"' },
  { name = "image", suffix = [".png", ".jpg", ".svg"] },
  { name = "product", contains = "_product_" },
  { name = "shop-$1", regex = '^/shop/([a-z]+)/' },
]
"#,
};

/// `[[metric]]`.
pub static METRIC: Section = Section {
    heading: "[[metric]]",
    meaning: "What is kept of the records: one number, histogram or summary for each set of label values.",
    keys: &[
        key("name", Literal, "(required)", "Its name for Prometheus, unique."),
        key(
            "type",
            Choice(METRIC_TYPES),
            "\"counter\"",
            "`counter`: the records, or the sum of `value`; `gauge`: the last \
            `value`; `histogram`: how many values are within each bucket; `quantiles`: a summary of the values; \
            `distinct`: how many different values there are; `top`: the most frequent values.",
        ),
        key("help", Text, "(none)", "What it is, for people; one line."),
        key("labels", Literals, "[]", "Fields and categories whose values make a series."),
        key("when", Literal, "(always)", "Which records it takes, as a condition."),
        key(
            "value",
            Literal,
            "(none)",
            "The field that it takes: a number, for `distinct` and `top` any text. All types \
            but `counter` need it.",
        ),
        key(
            "buckets",
            Quantities,
            "[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]",
            "Histograms: the upper bounds, ascending, without +Inf. Durations are in seconds, sizes in bytes.",
        ),
        key("quantiles", Numbers, "[0.5, 0.9, 0.99]", "Quantiles: which, each from 0 to 1."),
        key("accuracy", Number, "0.01", "Quantiles: the relative error of an answer, from 0.001 to 0.5."),
        key("size", Integer, "10", "Top: how many values are shown, up to 10000."),
        key(
            "declared",
            NamedLists,
            "{}",
            "Values of labels whose series are there from the beginning, as 0: each \
            combination of them.",
        ),
        key(
            "sums",
            Literals,
            "[]",
            "Counters: fields that are added up beside the count, as `scan --sum` does.",
        ),
        key(
            "series_limit",
            Integer,
            "1000",
            "Series that it keeps at most; further ones are counted together.",
        ),
    ],
    others: Others::Refused,
    example: r#"[[metric]]
name = "http_errors_total"
type = "counter"
help = "Requests that the server failed to answer."
labels = ["method", "status"]
when = 'status >= 500'
declared = { method = ["GET", "POST"], status = ["500", "502", "503"] }
sums = ["bytes"]
series_limit = 200

[[metric]]
name = "http_request_duration_seconds"
type = "histogram"
value = "request_time"
buckets = ["50ms", "250ms", 1, 5]

[[metric]]
name = "http_response_size_bytes"
type = "quantiles"
value = "bytes"
quantiles = [0.5, 0.99]
accuracy = 0.02

[[metric]]
name = "http_top_paths"
type = "top"
value = "path"
size = 20
"#,
};

/// Every kind of table, in the order of the documentation.
pub static SECTIONS: &[&Section] = &[
    &ROOT,
    &AGENT,
    &GEOIP,
    &EVENTS,
    &EVENT_STREAM,
    &SOURCE,
    &FORMAT,
    &CATEGORY,
    &RULE,
    &REPLACEMENT,
    &METRIC,
    &PATTERNS,
    &SINK,
    &CHECKER,
    &RECEIVER,
];
