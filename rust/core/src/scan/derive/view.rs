//! Texts with escapes resolved.

use crate::scan::record::Span;
use crate::scan::unescape::{percent_decode, unescape};

/// A second view of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// With `%HH` decoded.
    Decoded,
    /// With backslash escapes resolved.
    Unescaped,
}

impl View {
    /// The field that `name` is a view of, and which: `path_decoded`.
    pub fn of_name(name: &str) -> Option<(&str, View)> {
        let views = [("_decoded", View::Decoded), ("_unescaped", View::Unescaped)];
        let found = views.into_iter().find_map(|(suffix, view)| Some((name.strip_suffix(suffix)?, view)));
        found.filter(|(field, _)| !field.is_empty())
    }

    pub(super) fn of(self, span: Span, hay: &[u8], scratch: &mut Vec<u8>) -> Span {
        let mark = match self {
            View::Decoded => b'%',
            View::Unescaped => b'\\',
        };
        let (from, to, in_scratch) = span.bounds();
        let text = span.of(hay, scratch);
        if memchr::memchr(mark, text).is_none() {
            return span;
        }
        let start = scratch.len();
        if in_scratch {
            scratch.extend_from_within(from..to);
            let text = scratch.split_off(start); // rare: a decoded text that is decoded once more
            self.write(&text, scratch);
        } else {
            self.write(&hay[from..to], scratch);
        }
        Span::scratch(start, scratch.len())
    }

    fn write(self, text: &[u8], out: &mut Vec<u8>) {
        match self {
            View::Decoded => percent_decode(text, out),
            View::Unescaped => unescape(text, out),
        }
    }
}
