//! Which format the first lines of a log are in.

use regex_automata::{meta, util::syntax};

use super::named::{NAMED_FORMATS, NamedFormat};
use super::{Class, Field, Format, JsonSpec, Kind, Pattern, Piece};

/// How many lines are looked at.
const MOST_LINES: usize = 100;

/// A format that was detected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detected {
    /// Its name: that of a named format, or `json`.
    pub name: &'static str,
    /// Whether a line ends where the named format does.
    pub ending: Ending,
    /// The format; with [`Ending::More`], what follows on the line is its last field, `rest`.
    pub format: Format,
    /// How many lines it matches.
    pub matched: usize,
    /// Of how many that were looked at.
    pub lines: usize,
}

/// Whether a line ends where the named format does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ending {
    /// It does.
    Whole,
    /// A space and more text follow, such as fields that an operator added.
    More,
}

impl Detected {
    /// The share of the lines that match, from 0 to 1.
    pub fn share_matched(&self) -> f64 {
        self.matched as f64 / self.lines as f64
    }
}

/// The format that most of the first lines of `head` are in, if it is at least half of them.
///
/// `head` is the beginning of a log. Looked at are its first 100 whole lines, without empty ones and
/// comments (`#`). Of the formats that match the same number of lines, the one that says most about
/// a line is answered; a named format followed by more text only where no format fits alone.
pub fn detect(head: &[u8]) -> Option<Detected> {
    let lines = first_lines(head);
    let mut whole = vec![Candidate::json()];
    whole.extend(named(Ending::Whole));
    best(whole, &lines).or_else(|| best(named(Ending::More), &lines))
}

/// The first whole lines of `head` that are records; of a `head` without any line feed, the whole.
pub(super) fn first_lines(head: &[u8]) -> Vec<&[u8]> {
    let end = memchr::memrchr(b'\n', head).unwrap_or(head.len());
    head[..end]
        .split(|&byte| byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .filter(|line| !line.is_empty() && line[0] != b'#')
        .take(MOST_LINES)
        .collect()
}

/// The candidate that matches most lines, at least half of them.
fn best(candidates: Vec<Candidate>, lines: &[&[u8]]) -> Option<Detected> {
    let count =
        |candidate: &Candidate| lines.iter().filter(|line| candidate.recogniser.matches(line)).count();
    candidates
        .into_iter()
        .map(|candidate| (count(&candidate), candidate))
        .filter(|(matched, _)| *matched > 0 && matched * 2 >= lines.len())
        .max_by_key(|(matched, candidate)| (*matched, candidate.specificity))
        .map(|(matched, candidate)| Detected {
            name: candidate.name,
            ending: candidate.ending,
            format: candidate.format,
            matched,
            lines: lines.len(),
        })
}

/// A format that a log may be in.
struct Candidate {
    name: &'static str,
    ending: Ending,
    format: Format,
    recogniser: Recogniser,
    /// How much the format says about a line: its literal bytes and its fields.
    specificity: usize,
}

/// Tells whether a line is in a format.
enum Recogniser {
    /// The regex of a pattern.
    Regex(meta::Regex),
    /// Braces around the line; the scanner looks inside.
    Json,
}

impl Recogniser {
    fn matches(&self, line: &[u8]) -> bool {
        match self {
            Recogniser::Regex(regex) => regex.is_match(line),
            Recogniser::Json => {
                let inside = line.trim_ascii().strip_prefix(b"{").and_then(|l| l.strip_suffix(b"}"));
                inside.is_some_and(|inside| matches!(inside.trim_ascii().first(), None | Some(b'"')))
            }
        }
    }
}

impl Candidate {
    fn json() -> Candidate {
        Candidate {
            name: "json",
            ending: Ending::Whole,
            format: Format::Json(JsonSpec::default()),
            recogniser: Recogniser::Json,
            specificity: 0,
        }
    }

    fn text(name: &'static str, ending: Ending, mut pattern: Pattern) -> Option<Candidate> {
        // Nearly all users are one word. A format that takes any text there would also fit lines
        // with more columns before it, and read them shifted.
        let mut strict = pattern.clone();
        for piece in &mut strict.pieces {
            if let Piece::Field(Field { class: class @ Class::Lazy, .. }) = piece {
                *class = Class::Word;
            }
        }
        if ending == Ending::More {
            let rest = Field { name: Some("rest".into()), kind: Kind::Text, class: Class::Lazy };
            let more = [Piece::Literal(Box::from(*b" ")), Piece::Field(rest)];
            strict.pieces.extend(more.clone());
            pattern.pieces.extend(more);
        }
        let specificity = pattern.pieces.iter().map(|piece| match piece {
            Piece::Literal(bytes) => bytes.len(),
            Piece::Field(_) => 1,
        });
        Some(Candidate {
            name,
            ending,
            specificity: specificity.sum(),
            recogniser: Recogniser::Regex(compile(&strict)?),
            format: Format::Text(pattern),
        })
    }
}

/// The regex that defines `pattern`.
fn compile(pattern: &Pattern) -> Option<meta::Regex> {
    let bytes = syntax::Config::new().unicode(false).utf8(false).dot_matches_new_line(true);
    meta::Builder::new()
        .configure(meta::Config::new().utf8_empty(false))
        .syntax(bytes)
        .build(&pattern.to_regex())
        .ok()
}

/// The named formats as candidates.
fn named(ending: Ending) -> Vec<Candidate> {
    let candidate = |format: &NamedFormat| {
        format.pattern().ok().and_then(|pattern| Candidate::text(format.name, ending, pattern))
    };
    NAMED_FORMATS.iter().filter_map(candidate).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMON: &str = "192.0.2.1 - - [21/Nov/2026:10:15:32 +0000] \"GET / HTTP/1.1\" 200 5";

    fn detected(head: &str) -> Option<(&'static str, Ending, usize, usize)> {
        detect(head.as_bytes()).map(|d| (d.name, d.ending, d.matched, d.lines))
    }

    #[test]
    fn the_example_of_every_named_format_is_detected_as_it() {
        for format in NAMED_FORMATS {
            let head = format!("{}\n", format.example);
            assert_eq!(detected(&head), Some((format.name, Ending::Whole, 1, 1)));
        }
    }

    #[test]
    fn half_of_the_lines_is_enough_and_less_is_not() {
        let half = format!("{COMMON}\r\n\n# comment\ngarbage\n");
        assert_eq!(detected(&half), Some(("common", Ending::Whole, 1, 2)));
        assert_eq!(detected(&format!("{half}garbage\n")), None);
    }

    #[test]
    fn a_last_line_without_its_end_counts_only_when_it_is_alone() {
        assert_eq!(detected(&format!("{COMMON}\n{COMMON}")), Some(("common", Ending::Whole, 1, 1)));
        assert_eq!(detected(COMMON), Some(("common", Ending::Whole, 1, 1)));
    }

    #[test]
    fn fields_that_an_operator_added_do_not_hide_the_format() {
        let head = format!("{COMMON} \"-\" \"curl/8\" HIT 0.010\n");
        assert_eq!(detected(&head), Some(("combined", Ending::More, 1, 1)));
        let Some(Detected { format: Format::Text(pattern), .. }) = detect(head.as_bytes()) else {
            panic!("a text format");
        };
        assert_eq!(pattern.fields().last().unwrap().name.as_deref(), Some("rest"));
    }

    #[test]
    fn a_column_before_the_format_is_not_taken_for_a_part_of_it() {
        assert_eq!(detected(&format!("www.example.org {COMMON}\n")), None);
    }

    #[test]
    fn json_lines_are_detected() {
        assert_eq!(detected("{\"a\":1}\n { }\n"), Some(("json", Ending::Whole, 2, 2)));
        assert_eq!(detected("{a}\n"), None);
    }

    #[test]
    fn nothing_is_no_format() {
        for head in ["", "\n\n", "#Fields: date\n", "{", "}"] {
            assert_eq!(detected(head), None, "{head:?}");
        }
    }

    #[test]
    fn no_more_than_a_hundred_lines_are_looked_at() {
        let head = format!("{}{}", format!("{COMMON}\n").repeat(100), "garbage\n".repeat(300));
        assert_eq!(detected(&head), Some(("common", Ending::Whole, 100, 100)));
    }
}
