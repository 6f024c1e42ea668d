//! Formats that have a name.
//!
//! Text formats are written as nginx or Apache write them, or as templates
//! ([`template`](super::template)); JSON formats map fields to paths
//! ([`KeyedField::parse`](super::KeyedField::parse)). To add one, add a row to the table of its family.

mod cloud;
mod errors;
mod json;
mod products;
mod proxies;
mod servers;

use super::columns::{ColumnsDialect, ColumnsSpec, Naming};
use super::envelope::{Envelope, Wrapping};
use super::field::Unit;
use super::pairs::{PairsDialect, PairsSpec};
use super::{Format, FormatError, JsonSpec, KeyedField, Pattern, apache, nginx, template};

/// A format that has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamedFormat {
    /// The name.
    pub name: &'static str,
    /// Where it comes from, in one line.
    pub description: &'static str,
    /// How it is written.
    pub definition: Definition,
    /// How its lines travel.
    pub carriage: Carriage,
    /// A line of it; where a header names the columns, header and line.
    pub example: &'static str,
}

/// How a named format is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Definition {
    /// nginx `log_format` strings: a line has the shape of the first that matches.
    Nginx(&'static [&'static str]),
    /// An Apache `LogFormat` string.
    Apache(&'static str),
    /// Templates: a line has the shape of the first that matches.
    Templates(&'static [&'static str]),
    /// JSON lines with these fields.
    Json(&'static [&'static str]),
    /// JSON lines; every key is a field.
    AnyJson,
    /// Keys with values, of which these are fields; every key where none is listed.
    Pairs(PairsDialect, &'static [&'static str]),
    /// Columns that a header names.
    Columns(ColumnsDialect),
    /// `CloudFront`'s columns.
    CloudFront,
    /// The text inside this envelope, as `message`.
    Message(Envelope),
}

/// How lines of a format travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carriage {
    /// By themselves, as a rule.
    Bare,
    /// Often inside an envelope, which is then opened.
    Enveloped,
}

const fn row(
    name: &'static str,
    description: &'static str,
    definition: Definition,
    carriage: Carriage,
    example: &'static str,
) -> NamedFormat {
    NamedFormat { name, description, definition, carriage, example }
}

/// Every format that has a name, by family. Order is the order of the documentation.
pub const FAMILIES: [(&str, &[NamedFormat]); 6] = [
    ("Web servers", servers::FORMATS),
    ("Proxies and load balancers", proxies::FORMATS),
    ("Cloud services", cloud::FORMATS),
    ("JSON and pairs", json::FORMATS),
    ("Error logs and system logs", errors::FORMATS),
    ("Other products", products::FORMATS),
];

/// Other names of named formats.
const ALIASES: &[(&str, &str)] = &[
    ("main", "nginx_main"),
    ("nginx", "combined"),
    ("nginx_combined", "combined"),
    ("apache_combined", "combined"),
    ("apache_common", "common"),
    ("gunicorn", "combined"),
    ("jetty", "combined"),
    ("tomcat", "common"),
    ("varnish", "varnish_combined"),
    ("varnishncsa", "varnish_combined"),
    ("ingress_nginx", "nginx_ingress"),
    ("npm", "nginx_proxy_manager"),
    ("haproxy", "haproxy_http"),
    ("squid", "squid_native"),
    ("envoy", "envoy_default"),
    ("istio", "istio_default"),
    ("traefik", "traefik_clf"),
    ("caddy", "caddy_json"),
    ("iis", "w3c"),
    ("iis_w3c", "w3c"),
    ("alb", "aws_alb"),
    ("elb", "aws_elb"),
    ("nlb", "aws_nlb"),
    ("s3", "aws_s3"),
    ("cloudfront", "aws_cloudfront"),
    ("aws_cloudfront_rtmp", "aws_cloudfront"),
    ("akamai", "akamai_datastream2"),
    ("cloudflare", "cloudflare_json"),
    ("fastly", "fastly_json"),
    ("azure_frontdoor", "azure_frontdoor_json"),
    ("zeek", "zeek_http"),
    ("glog", "klog"),
    ("kv", "key_value"),
    ("syslog", "syslog_line"),
    ("rfc3164", "syslog_line"),
    ("rfc5424", "syslog_line"),
];

/// All named formats.
pub fn all() -> impl Iterator<Item = &'static NamedFormat> {
    FAMILIES.iter().flat_map(|(_, formats)| formats.iter())
}

/// The format of this name, or of this other name.
pub fn find(name: &str) -> Option<&'static NamedFormat> {
    let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, name)| name);
    all().find(|format| format.name == name)
}

impl NamedFormat {
    /// The format.
    ///
    /// # Errors
    /// None for the formats of the tables: a test builds each.
    pub fn format(&self) -> Result<Format, FormatError> {
        let bare = self.bare()?;
        Ok(match self.carriage {
            Carriage::Bare => bare,
            Carriage::Enveloped => Format::Enveloped(Wrapping::Perhaps, Box::new(bare)),
        })
    }

    /// The format without an envelope.
    fn bare(&self) -> Result<Format, FormatError> {
        let fields = |texts: &[&str]| -> Result<Vec<KeyedField>, FormatError> {
            texts.iter().map(|text| KeyedField::parse(text)).collect()
        };
        Ok(match self.definition {
            Definition::Nginx(texts) => variants(texts, nginx::parse)?,
            Definition::Apache(text) => Format::Text(apache::parse(text)?),
            Definition::Templates(texts) => variants(texts, template::parse)?,
            Definition::Json(texts) => Format::Json(JsonSpec { fields: fields(texts)? }),
            Definition::AnyJson => Format::Json(JsonSpec::default()),
            Definition::Pairs(dialect, texts) => Format::Pairs(PairsSpec { dialect, fields: fields(texts)? }),
            Definition::Columns(dialect) => Format::Columns(ColumnsSpec::of(dialect)),
            Definition::CloudFront => Format::Columns(ColumnsSpec::cloudfront()),
            Definition::Message(envelope) => {
                let message = Format::Text(template::parse("<message:text>")?);
                Format::Enveloped(Wrapping::Always(envelope), Box::new(message))
            }
        })
    }

    /// The shapes that a line may have, of a text format.
    pub fn patterns(&self) -> Vec<Pattern> {
        match self.bare() {
            Ok(Format::Text(pattern)) => vec![pattern],
            Ok(Format::Variants(patterns)) => patterns,
            _ => Vec::new(),
        }
    }
}

fn variants(
    texts: &[&str],
    parse: impl Fn(&str) -> Result<Pattern, FormatError>,
) -> Result<Format, FormatError> {
    let mut patterns: Vec<Pattern> = texts.iter().map(|text| parse(text)).collect::<Result<_, _>>()?;
    Ok(match patterns.len() {
        1 => Format::Text(patterns.remove(0)),
        _ => Format::Variants(patterns),
    })
}

/// Separated values whose first line names them.
const fn with_header(delimiter: u8) -> Definition {
    Definition::Columns(ColumnsDialect::Separated { delimiter, names: Naming::FirstLine })
}

/// W3C extended with durations in milliseconds, as IIS writes them.
const W3C: Definition = Definition::Columns(ColumnsDialect::W3c(Unit::Milliseconds));

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::{Value, explain};

    #[test]
    fn names_are_given_once() {
        let mut names: Vec<&str> =
            all().map(|format| format.name).chain(ALIASES.iter().map(|(alias, _)| *alias)).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        for (alias, _) in ALIASES {
            assert!(find(alias).is_some(), "{alias}");
        }
    }

    #[test]
    fn every_example_is_a_line_of_its_format() {
        for named in all() {
            let format = named.format().unwrap_or_else(|error| panic!("{}: {error}", named.name));
            let resolved = format.resolve(named.example.as_bytes()).unwrap().format;
            let line = named.example.lines().next_back().unwrap();
            let explained = explain(&resolved, line.as_bytes(), 2026).unwrap();
            let fields = explained.outcome.unwrap_or_else(|stop| panic!("{}: {stop:?}", named.name));
            assert!(fields.iter().any(|field| field.value != Value::Absent), "{}", named.name);
            // Where only an envelope has a time, a line by itself has none.
            for field in fields.iter().filter(|field| field.name == "time") {
                let is_read = matches!(field.value, Value::Time(_) | Value::Absent);
                assert!(is_read, "{}: {:?}", named.name, field.value);
            }
        }
    }
}
