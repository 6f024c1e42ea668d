//! `GoAccess`' `--log-format` strings, and the names of its presets.
//!
//! The specifiers are those of its manual ("Custom log format"): each reads up to the character that
//! follows it, and what stands behind the last one is left alone. Dates and times are read in any usual layout, so `--date-format` and `--time-format` are
//! not needed.

use super::field::{self, Unit};
use super::{Class, Field, Format, FormatError, Kind, Pattern, Piece, named};

/// Presets of `GoAccess`, and the named formats that they are.
const PRESETS: [(&str, &str); 11] = [
    ("COMBINED", "combined"),
    ("VCOMBINED", "combined_vhost"),
    ("COMMON", "common"),
    ("W3C", "w3c"),
    ("CLOUDFRONT", "aws_cloudfront"),
    ("SQUID", "squid_native"),
    ("AWSELB", "aws_elb"),
    ("AWSALB", "aws_alb"),
    ("AWSS3", "aws_s3"),
    ("CADDY", "caddy_json"),
    ("TRAEFIKCLF", "traefik_clf"),
];

/// Presets of which there is no named format, and the strings that they stand for.
const STRINGS: [(&str, &str); 2] = [
    ("VCOMMON", r#"%v:%^ %h %^[%d:%t %^] "%r" %s %b"#),
    ("CLOUDSTORAGE", r#""%x","%h",%^,%^,"%m","%U","%s",%^,"%b","%D",%^,"%R","%u""#),
];

/// The format of a string or preset.
///
/// # Errors
/// When a specifier is unknown, comes twice, or nothing stands behind one that needs an end.
pub fn parse(text: &str) -> Result<Format, FormatError> {
    let preset = PRESETS.iter().find(|(preset, _)| *preset == text);
    if let Some(format) = preset.and_then(|(_, name)| named::find(name)) {
        return format.format();
    }
    if let Some((_, string)) = STRINGS.iter().find(|(preset, _)| *preset == text) {
        return parse(string);
    }
    if text.starts_with('{') {
        return Err(FormatError::new("a GoAccess format in JSON is not read here", 0..1)
            .with_hint("name the keys: json:status,path=request.uri"));
    }
    let mut pieces: Vec<Piece> = Vec::new();
    let mut literal = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    let mut at = 0;
    let bytes = text.as_bytes();
    while at < bytes.len() {
        let (specifier, length) = match &bytes[at..] {
            [b'%', b'%', ..] => {
                literal.push(b'%');
                at += 2;
                continue;
            }
            [b'%', letter, ..] => {
                let rest = text.get(at + 1..).and_then(|rest| rest.chars().next());
                (*letter, 1 + rest.map_or(1, char::len_utf8))
            }
            [b'\\', b't', ..] => {
                literal.push(b'\t');
                at += 2;
                continue;
            }
            [b'~', b'h', b'{', rest @ ..] => {
                let close = rest.iter().position(|&byte| byte == b'}').ok_or_else(|| {
                    FormatError::new("this brace is not closed", at..text.len()).with_hint("such as ~h{, }")
                })?;
                (b'~', close + 4)
            }
            [byte, ..] => {
                literal.push(*byte);
                at += 1;
                continue;
            }
            [] => break,
        };
        let error = |message: String| FormatError::new(message, at..at + length);
        let skips_blanks = specifier == b'~' && length == 2;
        let (name, kind) = reading(if skips_blanks { b'^' } else { specifier })
            .ok_or_else(|| error(format!("GoAccess has no specifier %{}", char::from(specifier))))?;
        if !literal.is_empty() {
            pieces.push(Piece::Literal(std::mem::take(&mut literal).into()));
        } else if matches!(pieces.last(), Some(Piece::Field(field)) if field.class != Class::Blanks) {
            return Err(error("nothing stands between these two fields".to_owned()));
        }
        if name.is_some_and(|name| names.contains(&name)) {
            return Err(error(format!("the field {} comes twice", name.unwrap_or_default())));
        }
        names.extend(name);
        let before = match pieces.last() {
            Some(Piece::Literal(bytes)) => bytes.last().copied(),
            _ => None,
        };
        let class = match (specifier, before, bytes.get(at + length)) {
            _ if skips_blanks => Class::Blanks,
            (_, Some(b'"'), Some(b'"')) => Class::Quoted,
            (b'r' | b'u' | b'R' | b'U' | b'q' | b'^' | b'~' | b'x' | b'e', ..) => Class::Lazy,
            (_, _, Some(&byte)) if byte != b' ' => Class::Before(byte),
            _ => Class::Word,
        };
        pieces.push(Piece::Field(Field { name: name.map(str::to_owned), kind, class }));
        at += length;
    }
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal.into()));
    }
    if names.is_empty() {
        return Err(
            FormatError::new("the format holds no field", 0..text.len()).with_hint("such as %h and %s")
        );
    }
    // GoAccess reads no further than its format; its own presets rely on that.
    if !matches!(pieces.last(), Some(Piece::Field(Field { class: Class::Lazy, .. }))) {
        pieces.push(Piece::Field(Field { name: None, kind: Kind::Text, class: Class::More }));
    }
    Ok(Format::Text(Pattern { pieces }))
}

/// The field of a specifier, if it is stored, and how it is read.
fn reading(specifier: u8) -> Option<(Option<&'static str>, Kind)> {
    let (name, kind) = match specifier {
        b'^' => return Some((None, Kind::Text)),
        b'~' => ("x_forwarded_for", Kind::Text),
        b'D' => ("request_time", Kind::Duration(Unit::Microseconds)),
        b'T' => ("request_time", Kind::Duration(Unit::Seconds)),
        b'L' => ("request_time", Kind::Duration(Unit::Milliseconds)),
        b'n' => ("request_time", Kind::Duration(Unit::Nanoseconds)),
        _ => {
            let name = match specifier {
                b'x' => "time",
                b'd' => "date",
                b't' => "time_of_day",
                b'v' => "vhost",
                b'e' => "user",
                b'C' => "cache_status",
                b'h' => "remote_addr",
                b'r' => "request",
                b'm' => "method",
                b'U' => "target",
                b'q' => "query",
                b'H' => "protocol",
                b's' => "status",
                b'b' => "bytes",
                b'R' => "referer",
                b'u' => "user_agent",
                b'K' => "ssl_cipher",
                b'k' => "ssl_protocol",
                b'M' => "content_type",
                _ => return None,
            };
            (name, field::kind_of(name))
        }
    };
    Some((Some(name), kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::{Value, explain};

    #[test]
    fn a_line_is_read_as_goaccess_does() {
        let format = parse(r#"%h %^[%d:%t %^] "%r" %s %b "%R" "%u" %T"#).unwrap();
        let line = br#"192.0.2.7 - - [21/Nov/2026:10:15:32 +0000] "GET /a HTTP/1.1" 200 5 "-" "curl" 0.25"#;
        let fields = explain(&format, line, 2026).unwrap().outcome.unwrap();
        let value = |name: &str| fields.iter().find(|field| field.name == name).unwrap().value.clone();
        assert_eq!(value("target"), Value::Text("/a".to_owned()));
        let Value::Time(time) = value("time") else { panic!("an instant") };
        assert_eq!(time.unix_ns, 1_795_256_132 * 1_000_000_000);
        assert!(matches!(parse("COMBINED"), Ok(Format::Text(_))));
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        for (text, place) in [("%h %Z", 3..5), ("%h%s", 2..4), ("%h %h", 3..5), ("~h{, ", 0..5), ("a", 0..1)]
        {
            assert_eq!(parse(text).unwrap_err().span, place, "{text}");
        }
    }
}
