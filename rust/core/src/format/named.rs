//! Formats that have a name.

use super::{FormatError, Pattern, apache, nginx};

/// A format that has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamedFormat {
    /// The name.
    pub name: &'static str,
    /// Where it comes from, in one line.
    pub description: &'static str,
    /// How it is written.
    pub definition: Definition,
    /// A line of it.
    pub example: &'static str,
}

/// How a named format is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Definition {
    /// An nginx `log_format` string.
    Nginx(&'static str),
    /// An Apache `LogFormat` string.
    Apache(&'static str),
}

/// Every format that has a name. Order is the order of the documentation.
pub const NAMED_FORMATS: &[NamedFormat] = &[
    NamedFormat {
        name: "common",
        description: "Common Log Format of the NCSA server; Apache's \"common\"",
        definition: Definition::Apache(r#"%h %l %u %t "%r" %>s %b"#),
        example: r#"192.0.2.7 - alice [21/Nov/2026:10:15:32 +0000] "GET /api/v1 HTTP/1.1" 200 1532"#,
    },
    NamedFormat {
        name: "combined",
        description: "common with referer and user agent: Apache's \"combined\", nginx's default",
        definition: Definition::Apache(r#"%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i""#),
        example: r#"192.0.2.7 - alice [21/Nov/2026:10:15:32 +0000] "GET /api/v1?page=2 HTTP/1.1" 200 1532 "https://example.org/" "Mozilla/5.0 (X11; Linux x86_64)""#,
    },
    NamedFormat {
        name: "combined_vhost",
        description: "combined after virtual host and port: Apache's \"vhost_combined\" on Debian; bytes are with headers",
        definition: Definition::Apache(r#"%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i""#),
        example: r#"www.example.org:443 192.0.2.7 - - [21/Nov/2026:10:15:32 +0000] "POST /login HTTP/1.1" 302 512 "-" "curl/8.5.0""#,
    },
];

impl NamedFormat {
    /// The pattern.
    ///
    /// # Errors
    /// None for the formats of [`NAMED_FORMATS`]: a test builds each.
    pub fn pattern(&self) -> Result<Pattern, FormatError> {
        match self.definition {
            Definition::Nginx(text) => nginx::parse(text),
            Definition::Apache(text) => apache::parse(text),
        }
    }
}

/// The format of this name.
pub fn find(name: &str) -> Option<&'static NamedFormat> {
    NAMED_FORMATS.iter().find(|format| format.name == name)
}
