//! What is read out of JSON lines.

use super::{FormatError, field};

/// Which fields are read out of each line's JSON object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JsonSpec {
    /// Canonical name and dotted path of each field; when empty, every top-level key is a field
    /// under its canonical name.
    pub fields: Vec<(String, String)>,
}

impl JsonSpec {
    /// Reads `{name=path, …}`, with or without its braces; nothing between them maps nothing.
    ///
    /// A name is made canonical. A path names keys from the outside in, parted by dots.
    ///
    /// # Errors
    /// When a part is not `name=path`, or a name comes twice.
    pub fn parse(text: &str) -> Result<JsonSpec, FormatError> {
        let trimmed = text.trim_ascii();
        let mut at = text.len() - text.trim_ascii_start().len();
        let inside = match (trimmed.strip_prefix('{'), trimmed.ends_with('}')) {
            (Some(inside), true) => {
                at += 1;
                &inside[..inside.len() - 1]
            }
            (None, false) => trimmed,
            _ => {
                let span = at..at + trimmed.len();
                return Err(FormatError::new("only one of the two braces is there", span)
                    .with_hint("json:{status=resp.code, method=req.method}"));
            }
        };
        let mut spec = JsonSpec::default();
        if inside.trim_ascii().is_empty() {
            return Ok(spec);
        }
        let mut seen = std::collections::HashSet::new();
        for part in inside.split(',') {
            let span = at..at + part.len();
            at = span.end + 1;
            let Some((name, path)) = part
                .split_once('=')
                .map(|(name, path)| (name.trim_ascii(), path.trim_ascii()))
                .filter(|(name, path)| !name.is_empty() && !path.is_empty())
            else {
                return Err(FormatError::new("a field is written name=path", span)
                    .with_hint("json:{status=resp.code, method=req.method}"));
            };
            let name = field::canonical(name);
            if !seen.insert(name) {
                return Err(FormatError::new(format!("the field {name} is mapped twice"), span));
            }
            spec.fields.push((name.to_owned(), path.to_owned()));
        }
        Ok(spec)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Vec<(String, String)> {
        JsonSpec::parse(text).unwrap().fields
    }

    #[test]
    fn fields_are_mapped_under_their_canonical_names() {
        let expected = [("status", "resp.code"), ("target", "uri")]
            .map(|(name, path)| (name.to_owned(), path.to_owned()));
        assert_eq!(fields("{status=resp.code, request_uri = uri}"), expected);
        assert_eq!(fields(" status=resp.code,target=uri"), expected);
    }

    #[test]
    fn no_mapping_is_every_key() {
        assert_eq!(fields(""), []);
        assert_eq!(fields("{ }"), []);
    }

    #[test]
    fn errors_point_at_the_part() {
        for (text, place) in [
            ("{status=a,bytes}", "bytes"),
            ("{status=a,=b}", "=b"),
            ("{status=a, http=}", " http="),
            ("{status=a,status_code=b}", "status_code=b"),
            ("{status=a", "{status=a"),
        ] {
            let error = JsonSpec::parse(text).unwrap_err();
            assert_eq!(&text[error.span], place, "{text}");
        }
    }
}
