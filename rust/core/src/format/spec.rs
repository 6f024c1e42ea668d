//! Formats as they are written on the command line.
//!
//! | text | format |
//! |---|---|
//! | `combined` | the format of this name |
//! | `auto` | detected from the first lines |
//! | `raw` | lines of any kind: all of a line is its `message` |
//! | `nginx:…`, or a text with `$name` | an nginx `log_format` string |
//! | `apache:…`, or a text with `%` directives | an Apache `LogFormat` string |
//! | `regex:…` | a regex; its named groups are the fields |
//! | `regex(a,-,b):…` | a regex; its groups without a name are the fields `a`, none, `b` |
//! | `grok:…` | a grok expression; its named patterns are the fields |
//! | `pattern:…` | a Loki pattern: `<ip> <_> "<method> <path>"` |
//! | `dissect:…` | a dissect tokenizer: `%{ip} %{} [%{time}]` |
//! | `goaccess:…` | a `--log-format` of GoAccess, or one of its presets |
//! | `json:{a=x.y, b=z}` | JSON lines; these paths are the fields |
//! | `csv:a,-,b`, `tsv:a,-,b` | separated values; these are the columns |
//! | `separated:;` | values with this character between them, by their position |
//! | `key_value:=;` | keys with values, these two characters between and after |
//! | `syslog:…`, `docker:…`, `cri:…`, `journald:…` | any of these, inside an envelope |

use super::columns::ColumnsSpec;
use super::envelope::{Envelope, Wrapping};
use super::resolve::RAW;
use super::{
    Format, FormatError, JsonSpec, PairsSpec, RegexSpec, apache, dissect, field, goaccess, grok, loki, named,
    nginx, template,
};

const PREFIXES: [&str; 8] =
    ["nginx:", "apache:", "regex:", "json:", "grok:", "pattern:", "dissect:", "goaccess:"];

/// The format that `text` describes.
///
/// # Errors
/// When it describes none; the span is one of `text`.
pub fn parse(text: &str) -> Result<Format, FormatError> {
    if let Some((prefix, rest)) = text.split_once(':') {
        let at = text.len() - rest.len();
        let shifted = |error: FormatError| error.shifted(at);
        match prefix {
            "nginx" => return nginx::parse(rest).map(Format::Text).map_err(shifted),
            "apache" => return apache::parse(rest).map(Format::Text).map_err(shifted),
            "regex" => return RegexSpec::new(rest, None).map(Format::Regex).map_err(shifted),
            "json" => return JsonSpec::parse(rest).map(Format::Json).map_err(shifted),
            "csv" => return ColumnsSpec::named(b',', rest).map(Format::Columns).map_err(shifted),
            "tsv" => return ColumnsSpec::named(b'\t', rest).map(Format::Columns).map_err(shifted),
            "separated" => return ColumnsSpec::separated(rest).map(Format::Columns).map_err(shifted),
            "key_value" => return PairsSpec::delimited(rest).map(Format::Pairs).map_err(shifted),
            "grok" => return grok::parse(rest, &[]).map(Format::Regex).map_err(shifted),
            "goaccess" => return goaccess::parse(rest).map_err(shifted),
            "dissect" => return dissect::parse(rest).map(Format::Text).map_err(shifted),
            "pattern" => return loki::parse(rest).map(Format::Text).map_err(shifted),
            _ => {}
        }
        if let Some(envelope) = Envelope::of_name(prefix) {
            let inner = match parse(rest).map_err(shifted)? {
                Format::Enveloped(Wrapping::Perhaps, inner) => *inner,
                Format::Enveloped(Wrapping::Always(_), _) | Format::Auto => {
                    return Err(FormatError::new("this cannot be inside an envelope", at..text.len())
                        .with_hint("name the format of the text itself, such as syslog:combined"));
                }
                inner => inner,
            };
            return Ok(Format::Enveloped(Wrapping::Always(envelope), Box::new(inner)));
        }
        if let Some(names) = prefix.strip_prefix("regex(").and_then(|tail| tail.strip_suffix(')')) {
            let names: Vec<&str> = names.split(',').map(str::trim_ascii).collect();
            return RegexSpec::new(rest, Some(&names)).map(Format::Regex).map_err(shifted);
        }
    }
    match text {
        "auto" => Ok(Format::Auto),
        RAW => template::parse("<message:text>").map(Format::Text),
        _ => match named::find(text) {
            Some(format) => format.format(),
            None if nginx::has_variable(text) => nginx::parse(text).map(Format::Text),
            None if apache::has_directive(text) => apache::parse(text).map(Format::Text),
            None => Err(unknown(text)),
        },
    }
}

fn unknown(text: &str) -> FormatError {
    let names = named::all().map(|format| format.name).chain(["auto"]);
    let hint = match field::nearest(text, names.chain(PREFIXES)) {
        Some(name) => format!("did you mean {name}?"),
        None => format!("there is: {}", choices()),
    };
    FormatError::new("this is no format", 0..text.len()).with_hint(hint)
}

/// Every way to write a format, in one line.
fn choices() -> String {
    let common = ["combined", "common", "nginx_main", "haproxy_http", "aws_alb", "w3c", "json", "logfmt"];
    format!("{} (all: logagent formats), auto, {}…", common.join(", "), PREFIXES.join("…, "))
}
