//! What is read out of JSON lines.

use super::FormatError;
use super::keyed::KeyedField;

/// Which fields are read out of each line's JSON object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JsonSpec {
    /// The fields; their keys are dotted paths. When empty, every key is a field under its canonical
    /// name.
    pub fields: Vec<KeyedField>,
}

impl JsonSpec {
    /// Reads `{name=path, …}`, with or without its braces; nothing between them maps nothing.
    ///
    /// A name is made canonical. A path names keys from the outside in, parted by dots; see
    /// [`KeyedField::parse`] for units and further paths.
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
        for part in inside.split(',') {
            let span = at..at + part.len();
            at = span.end + 1;
            let field = KeyedField::parse(part).map_err(|error| {
                FormatError { span: span.clone(), ..error }
                    .with_hint("json:{status=resp.code, method=req.method}")
            })?;
            if spec.fields.iter().any(|known| known.name == field.name) {
                return Err(FormatError::new(format!("the field {} is mapped twice", field.name), span));
            }
            spec.fields.push(field);
        }
        Ok(spec)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Vec<(String, String)> {
        let fields = JsonSpec::parse(text).unwrap().fields;
        fields.into_iter().map(|field| (field.name, field.keys[0].clone())).collect()
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
