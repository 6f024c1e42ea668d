//! Regexes that a person wrote.

use std::collections::HashSet;

use regex_syntax::ast::{self, Ast, GroupKind};

use super::{FormatError, Kind, field};

/// A regex over a line; its groups are the fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegexSpec {
    /// The regex as it was written, syntax of the `regex` crate.
    pub pattern: String,
    /// The canonical name of each capture group: `names[i]` is that of group `i + 1`; empty for a
    /// group that is not a field.
    pub names: Vec<String>,
    /// How each group's text is read, in the same order.
    pub kinds: Vec<Kind>,
}

impl RegexSpec {
    /// A regex whose named groups are fields; the unnamed groups take `names`, in order, where `-`
    /// is no field. Without `names` an unnamed group is no field.
    ///
    /// # Errors
    /// When the regex is malformed, when no group is a field, when a name comes twice, or when there
    /// are not as many names as unnamed groups. The span is one of `pattern`.
    pub fn new(pattern: &str, names: Option<&[&str]>) -> Result<RegexSpec, FormatError> {
        let tree = ast::parse::Parser::new().parse(pattern).map_err(|error| syntax_error(&error))?;
        let mut groups = Vec::new();
        collect_groups(&tree, &mut groups);

        let whole = 0..pattern.len();
        let unnamed = groups.iter().filter(|group| group.is_none()).count();
        if let Some(names) = names
            && names.len() != unnamed
        {
            let message = format!("{} names for {unnamed} groups without a name", names.len());
            return Err(FormatError::new(message, whole)
                .with_hint("name each group once, in order; \"-\" for one that is no field"));
        }
        let mut given = names.unwrap_or_default().iter().map(|&name| if name == "-" { "" } else { name });
        let names: Vec<String> = groups
            .into_iter()
            .map(|group| group.unwrap_or_else(|| given.next().unwrap_or("").to_owned()))
            .map(|name| field::canonical(&name).to_owned())
            .collect();

        let mut seen = HashSet::new();
        if let Some(name) = names.iter().find(|name| !name.is_empty() && !seen.insert(*name)) {
            return Err(FormatError::new(format!("two groups are the field {name}"), whole));
        }
        if seen.is_empty() {
            return Err(FormatError::new("no group of this regex has a name", whole)
                .with_hint("name them, as in (?P<status>[0-9]+), or list names: regex(status,bytes):…"));
        }
        let kinds = names.iter().map(|name| field::kind_of(name)).collect();
        Ok(RegexSpec { pattern: pattern.to_owned(), names, kinds })
    }
}

fn syntax_error(error: &ast::Error) -> FormatError {
    let span = error.span();
    FormatError::new(format!("this regex is malformed: {}", error.kind()), span.start.offset..span.end.offset)
}

/// The capture groups in order of their opening parentheses, each with its name.
fn collect_groups(tree: &Ast, groups: &mut Vec<Option<String>>) {
    // The parser refuses deep nesting, so this recursion is bounded.
    match tree {
        Ast::Group(group) => {
            match &group.kind {
                GroupKind::CaptureIndex(_) => groups.push(None),
                GroupKind::CaptureName { name, .. } => groups.push(Some(name.name.clone())),
                GroupKind::NonCapturing(_) => {}
            }
            collect_groups(&group.ast, groups);
        }
        Ast::Repetition(repetition) => collect_groups(&repetition.ast, groups),
        Ast::Alternation(alternation) => {
            alternation.asts.iter().for_each(|tree| collect_groups(tree, groups));
        }
        Ast::Concat(concat) => concat.asts.iter().for_each(|tree| collect_groups(tree, groups)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_groups_are_fields_under_canonical_names() {
        let spec = RegexSpec::new(r"^(?P<host>\S+) (x) (?:y) (?<status>\d+)", None).unwrap();
        assert_eq!(spec.names, ["vhost", "", "status"]);
    }

    #[test]
    fn unnamed_groups_take_the_names_in_order() {
        let names = ["remote_addr", "-", "status"];
        let spec = RegexSpec::new(r"((a)|(?P<method>b))(c)*", Some(&names)).unwrap();
        assert_eq!(spec.names, ["remote_addr", "", "method", "status"]);
    }

    #[test]
    fn errors_point_into_the_regex() {
        let error = RegexSpec::new("(?P<a>x)[", None).unwrap_err();
        assert_eq!(error.span, 8..9);
        let nested = format!("{}{}", "(".repeat(1000), ")".repeat(1000));
        assert!(RegexSpec::new(&nested, None).is_err());
    }

    #[test]
    fn groups_must_make_fields() {
        for (pattern, names) in [
            ("(a)", None),
            ("(a)", Some(&["x", "y"][..])),
            ("(a)(b)", Some(&["-", "-"][..])),
            ("(a)(?P<status>b)", Some(&["status"][..])),
        ] {
            assert!(RegexSpec::new(pattern, names).is_err(), "{pattern}");
        }
    }
}
