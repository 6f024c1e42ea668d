//! Groups of paths: a template of paths as a name that people can read, and the regex that it means.

use regex_automata::meta::Regex;
use regex_automata::util::syntax;

use super::kind::KINDS;
use crate::value::label::MAX_LABEL_BYTES;

/// Kinds whose values are told apart from other segments, by their names in templates.
const NARROW: [&str; 5] = ["num", "ip", "hex", "uuid", "mac"];
/// Any one segment, and anything. Queries and fragments are no part of a path.
const SEGMENT: (&str, &str) = ("word", "[^/?#;]+");
const ANYTHING: (&str, &str) = ("*", "[^?#;]+");
/// What may follow a path in a request's target.
const REST: &str = "(?:[?#;].*)?";

/// A part of a group: text, or a variable with its name and regex.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part<'a> {
    Text(&'a str),
    Variable(&'static str, &'static str),
}

/// The most segments that are told apart where a template has one variable for several.
const MOST_SEGMENTS: usize = 4;

/// Makes a group of a template with typed variables, such as `/orders/<num>`, that holds all of
/// `examples`; variables become any segment where their kind says too much, and several where it says too
/// little. `None` if there is no such group, or none that is worth a name: one without a word in it takes
/// what it likes.
pub fn group_of(typed: &str, examples: &[Vec<u8>]) -> Option<String> {
    let is_plain = typed.starts_with('/') && typed.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_plain {
        return None;
    }
    let several = (2..=MOST_SEGMENTS).map(|segments| write(typed, &vec!["<word>"; segments].join("/")));
    let candidates = [write(typed, "<word>")].into_iter().chain(several).chain([write(typed, "<*>")]);
    let group =
        candidates.filter(|group| group.len() <= MAX_LABEL_BYTES).find(|group| holds(group, examples))?;
    Some(narrowed(group, examples)).filter(|group| says_something(group))
}

/// The group with the narrowest kind for each segment that all examples have there.
fn narrowed(mut group: String, examples: &[Vec<u8>]) -> String {
    let mut from = 0;
    while let Some(at) = group[from..].find("<word>").map(|at| from + at) {
        let narrow = |kind: &&str| format!("{}<{kind}>{}", &group[..at], &group[at + "<word>".len()..]);
        let fitting = NARROW.iter().map(narrow).find(|group| holds(group, examples));
        group = fitting.unwrap_or(group);
        from = at + 1;
    }
    group
}

/// The regex of a group, anchored at both ends.
pub fn regex_of(group: &str) -> String {
    let mut regex = "^".to_owned();
    for part in parts(group) {
        match part {
            Part::Text(text) => regex.push_str(&regex_syntax::escape(text)),
            Part::Variable(_, own) => regex.push_str(own),
        }
    }
    regex + REST + "$"
}

/// How much a group leaves open: among groups that hold the same path the least open one comes first.
pub fn openness(group: &str) -> usize {
    let weight = |part: Part| match part {
        Part::Text(_) => 0,
        Part::Variable("*", _) => 16,
        Part::Variable("word", _) => 4,
        Part::Variable(..) => 1,
    };
    parts(group).map(weight).sum()
}

/// A template with any segment for each variable, and `open` for those that may hold several.
fn write(typed: &str, open: &str) -> String {
    let written = parts(typed).map(|part| match part {
        Part::Text(text) => text,
        Part::Variable(name, _) if name == ANYTHING.0 => open,
        Part::Variable(..) => "<word>",
    });
    written.collect()
}

fn says_something(group: &str) -> bool {
    let has_word = parts(group).any(
        |part| matches!(part, Part::Text(text) if text.bytes().any(|byte| byte.is_ascii_alphanumeric())),
    );
    let is_narrow = |part: Part| match part {
        Part::Text(_) => true,
        Part::Variable(name, _) => NARROW.contains(&name),
    };
    has_word || parts(group).all(is_narrow)
}

fn holds(group: &str, examples: &[Vec<u8>]) -> bool {
    let config = syntax::Config::new().unicode(false).utf8(false);
    let regex = Regex::builder().syntax(config).build(&regex_of(group));
    regex.is_ok_and(|regex| examples.iter().all(|example| regex.is_match(example)))
}

/// The parts of a group or template. `<name>` of an unknown kind is text.
fn parts(group: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = group;
    std::iter::from_fn(move || {
        if let Some((variable, behind)) = variable(rest) {
            rest = behind;
            return Some(variable);
        }
        let from = rest.chars().next()?.len_utf8();
        let end = rest[from..].find('<').map_or(rest.len(), |at| from + at);
        let text;
        (text, rest) = rest.split_at(end);
        Some(Part::Text(text))
    })
}

/// The variable that a text begins with, and what follows.
fn variable(text: &str) -> Option<(Part<'_>, &str)> {
    let (name, behind) = text.strip_prefix('<')?.split_once('>')?;
    let kind = KINDS.iter().find(|kind| kind.name == name)?;
    let (name, regex) = match kind.name {
        narrow if NARROW.contains(&narrow) => (narrow, kind.regex),
        "*" => ANYTHING,
        _ => SEGMENT,
    };
    Some((Part::Variable(name, regex), behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(typed: &str, examples: &[&str]) -> Option<String> {
        let examples: Vec<Vec<u8>> = examples.iter().map(|one| one.as_bytes().to_vec()).collect();
        group_of(typed, &examples)
    }

    #[test]
    fn variables_are_as_wide_as_the_examples_ask() {
        let found = |typed, examples| group(typed, examples).unwrap_or_default();
        assert_eq!(found("/orders/<num>/items", &["/orders/7/items"]), "/orders/<num>/items");
        assert_eq!(found("/orders/<num>", &["/orders/7", "/orders/x"]), "/orders/<word>");
        assert_eq!(found("/at/<time>", &["/at/10:30"]), "/at/<word>");
        assert_eq!(found("/static/<*>", &["/static/a/b.css", "/static/c"]), "/static/<*>");
        assert_eq!(found("/p/<*>", &["/p/1/a.webp", "/p/22/b.webp"]), "/p/<num>/<word>");
        assert_eq!(found("/x/<odd>", &["/x/<odd>"]), "/x/<odd>");
    }

    #[test]
    fn groups_that_say_nothing_are_none() {
        assert_eq!(group("/<word>", &["/a"]), None);
        assert_eq!(group("/<num>", &["/1"]).as_deref(), Some("/<num>"));
        assert_eq!(group("/", &["/"]).as_deref(), Some("/"));
        assert_eq!(group("/\u{e9}", &["/\u{e9}"]), None);
        assert_eq!(group(&format!("/{}", "a".repeat(200)), &[]), None);
    }

    #[test]
    fn regexes_hold_paths_with_their_queries() {
        assert_eq!(regex_of("/a.b/<num>"), format!(r"^/a\.b/{}{REST}$", KINDS[0].regex));
        let regex = regex::Regex::new(&regex_of("/users/<word>/x")).unwrap();
        for (path, is_held) in [
            ("/users/bob/x", true),
            ("/users/bob/x?a=b/c", true),
            ("/users/a/b/x", false),
            ("/users//x", false),
        ] {
            assert_eq!(regex.is_match(path), is_held, "{path}");
        }
    }

    #[test]
    fn narrow_groups_are_less_open() {
        let mut groups = ["/<word>/a", "/a/<*>", "/a/<num>", "/a/b"];
        groups.sort_by_key(|group| openness(group));
        assert_eq!(groups, ["/a/b", "/a/<num>", "/<word>/a", "/a/<*>"]);
    }
}
