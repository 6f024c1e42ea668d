//! Structured data of syslog (RFC 5424 §6.3) as members of a JSON object: one object per element.

use super::json::write_string;

/// Appends `"id":{"name":"value",…}` for each element of `text`, with a comma before each but where
/// `is_first`. Elements whose name `is_taken`, or is none by RFC 5424, are left out; answers whether
/// any was written.
pub(super) fn write_elements(
    out: &mut Vec<u8>,
    text: &[u8],
    is_first: bool,
    is_taken: impl Fn(&[u8]) -> bool,
) -> bool {
    let mut written = false;
    let mut rest = text;
    while let Some(inside) = rest.strip_prefix(b"[") {
        let id_length = inside.iter().position(|byte| matches!(byte, b' ' | b']')).unwrap_or(inside.len());
        let (id, mut parameters) = inside.split_at(id_length);
        let is_named = !id.is_empty() && !id.contains(&b'=') && !id.contains(&b'"') && !is_taken(id);
        if is_named {
            if written || !is_first {
                out.push(b',');
            }
            written = true;
            write_string(out, id);
            out.extend_from_slice(b":{");
        }
        let mut count = 0;
        while let Some((name, value, after)) = parameter(parameters) {
            if is_named {
                if count > 0 {
                    out.push(b',');
                }
                write_string(out, name);
                out.push(b':');
                write_string(out, &plain(value));
            }
            count += 1;
            parameters = after;
        }
        if is_named {
            out.push(b'}');
        }
        let end = end_of_element(parameters);
        rest = &parameters[end..];
    }
    written
}

/// A value without its escapes: of `\"`, `\\` and `\]` the backslash goes, every other one is text.
fn plain(value: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(value.len());
    let mut bytes = value.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        let escaped =
            if byte == b'\\' { bytes.next_if(|next| matches!(next, b'"' | b'\\' | b']')) } else { None };
        plain.push(escaped.unwrap_or(byte));
    }
    plain
}

/// The parameter ` name="value"` that `text` begins with: name, value, and what follows. Some writers put
/// blanks before the quote.
fn parameter(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let text = text.strip_prefix(b" ")?;
    let equals = text.iter().position(|byte| matches!(byte, b'=' | b']' | b'"' | b' '))?;
    let value = text[equals..].strip_prefix(b"=")?.trim_ascii_start().strip_prefix(b"\"")?;
    let mut at = 0;
    loop {
        match value.get(at)? {
            b'\\' => at += 2,
            b'"' => return Some((&text[..equals], &value[..at], &value[at + 1..])),
            _ => at += 1,
        }
    }
}

/// Behind the `]` that closes an element; brackets in quotes do not.
fn end_of_element(text: &[u8]) -> usize {
    let mut quoted = false;
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match byte {
            b'\\' if quoted => at += 1,
            b'"' => quoted = !quoted,
            b']' if !quoted => return at + 1,
            _ => {}
        }
        at += 1;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elements(text: &str) -> String {
        let mut out = Vec::new();
        write_elements(&mut out, text.as_bytes(), true, |id| id == b"time");
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_element_is_an_object() {
        assert_eq!(elements(r#"[a@1 x="1" y="\"]"][b]"#), r#""a@1":{"x":"1","y":"\"]"},"b":{}"#);
        assert_eq!(elements(r#"[a x= "b\]\\" y="\n"]"#), r#""a":{"x":"b]\\","y":"\\n"}"#);
        assert_eq!(elements(r#"[a=b x="1"][time x="1"][c z=a q="] "]"#), r#""c":{}"#);
        for broken in ["[", "[a", "[a x=\"", "[a x=\"\\", "-", ""] {
            elements(broken);
        }
    }
}
