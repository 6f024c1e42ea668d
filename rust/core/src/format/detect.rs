//! Which format the first lines of a log are in, and which envelope.

mod access;

use std::cmp::Reverse;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

use super::envelope::{Envelope, Wrapping};
use super::named::{self, Definition, NamedFormat};
use super::pairs::PairsDialect;
use super::pattern::Optional;
use super::{Class, ColumnsSpec, Field, Format, JsonSpec, Kind, PairsSpec, Pattern, Piece};
use crate::scan::json::leaf_paths;
use crate::scan::{Scanner, Scratch, envelope, pairs};
use crate::value::time::TimeReader;

/// How many lines are looked at.
const MOST_LINES: usize = 100;

/// A format that was detected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detected {
    /// Its name: that of a named format, or `json`.
    pub name: &'static str,
    /// What stands around every line.
    pub envelope: Option<Envelope>,
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

    /// The format in words.
    pub fn title(&self) -> String {
        let more = if self.ending == Ending::More { " followed by more" } else { "" };
        let inside = self.envelope.map(|envelope| format!(" inside {}", envelope.name())).unwrap_or_default();
        format!("{}{more}{inside}", self.name)
    }

    /// The format and why it was taken, in words.
    pub fn describe(&self) -> String {
        format!("{} ({} of the first {} lines match)", self.title(), self.matched, self.lines)
    }
}

/// The format that most of the first lines of `head` are in, if it is at least half of them.
///
/// `head` is the beginning of a log. A header of columns decides at once. Else its first 100 whole
/// lines are looked at, without empty ones and comments (`#`). Of the formats that match the same number
/// of lines, the one that says most about a line is answered; what the lines hold inside envelopes
/// where they fit no format themselves; a named format followed by more text only where none fits alone.
pub fn detect(head: &[u8]) -> Option<Detected> {
    if let Some(detected) = by_header(head) {
        return Some(detected);
    }
    let lines = first_lines(head);
    let bare = best(&WHOLE, &lines);
    if bare.as_ref().is_some_and(|detected| detected.name != "json" && detected.name != "logfmt") {
        return bare;
    }
    Envelope::ALL
        .into_iter()
        .find_map(|envelope| inside(envelope, &lines))
        .or(bare)
        .or_else(|| with_more(&lines))
        .or_else(|| indented(&lines))
}

/// A format that reads lines behind blanks, as syslog leaves them, where the text behind them is in it.
fn indented(lines: &[&[u8]]) -> Option<Detected> {
    let texts: Vec<&[u8]> = lines.iter().map(|line| line.trim_ascii_start()).collect();
    if texts == lines {
        return None;
    }
    best(&WHOLE, &texts).filter(|found| matches!(found.format, Format::Enveloped(Wrapping::Perhaps, _)))
}

/// A named format with columns that an operator added, or what most access logs have in common.
fn with_more(lines: &[&[u8]]) -> Option<Detected> {
    best(&BETWEEN, lines)
        .or_else(|| best(&MORE, lines))
        .or_else(|| LOOSE.iter().find_map(|candidates| best(candidates, lines)))
}

/// The format of columns whose header `head` holds.
fn by_header(head: &[u8]) -> Option<Detected> {
    let head_line = split_lines(head).take(MOST_LINES).find_map(|line| {
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        let rest = line.strip_prefix(b"#Fields:").map(|names| (names, false));
        rest.or_else(|| line.strip_prefix(b"#fields\t").map(|names| (names, true)))
    });
    let name = match head_line {
        Some((_, true)) => "zeek_http",
        Some((names, false)) if memchr::memmem::find(names, b"x-edge-").is_some() => "aws_cloudfront",
        // Without a header, columns may be in an order that IIS writes.
        Some(_) | None => "w3c",
    };
    let format = named::find(name)?.format().ok()?;
    let lines = first_lines(head);
    let resolved = format.resolve(head).ok()?.format;
    if resolved.fields().is_empty() {
        return None;
    }
    let scanner = Scanner::compile(&resolved, &[]).ok()?;
    let mut scratch = scanner.scratch();
    let matched = lines.iter().filter(|line| scanner.scan_line(&mut scratch, line).is_ok()).count();
    Some(Detected { name, envelope: None, ending: Ending::Whole, format, matched, lines: lines.len() })
}

/// What the lines hold inside `envelope`, if at least half of them are in it.
fn inside(envelope: Envelope, lines: &[&[u8]]) -> Option<Detected> {
    let wrapping = Wrapping::Always(envelope);
    let held = envelope::bodies(wrapping, lines.iter().copied());
    let count = held.len();
    let bodies: Vec<Vec<u8>> = held.into_iter().flatten().collect();
    if bodies.is_empty() || bodies.len() * 2 < count {
        return None;
    }
    let texts: Vec<&[u8]> = bodies.iter().map(Vec::as_slice).filter(|body| !body.is_empty()).collect();
    let found = best(&WHOLE, &texts).or_else(|| with_more(&texts));
    let message = || {
        let named = named::find("syslog_line")?;
        let Ok(Format::Enveloped(_, message)) = named.format() else { return None };
        Some((if envelope == Envelope::Syslog { named.name } else { "message" }, *message, Ending::Whole))
    };
    let (matched, (name, inner, ending)) = match found {
        Some(found) => (found.matched, (found.name, found.format, found.ending)),
        None => (bodies.len(), message()?),
    };
    let inner = match inner {
        Format::Enveloped(Wrapping::Perhaps, inner) => *inner,
        inner => inner,
    };
    let shown = if name == "syslog_line" { None } else { Some(envelope) };
    let format = Format::Enveloped(wrapping, Box::new(inner));
    Some(Detected { name, envelope: shown, ending, format, matched, lines: lines.len() })
}

/// The first whole lines of `head` that are records; of a `head` without any line feed, the whole.
pub(super) fn first_lines(head: &[u8]) -> Vec<&[u8]> {
    let end = memchr::memrchr(b'\n', head).unwrap_or(head.len());
    split_lines(&head[..end])
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .filter(|line| !line.is_empty() && line[0] != b'#')
        .take(MOST_LINES)
        .collect()
}

/// What stands between line feeds.
pub(super) fn split_lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut start = 0;
    let ends = memchr::memchr_iter(b'\n', text).chain([text.len()]);
    ends.map(move |end| &text[std::mem::replace(&mut start, end + 1)..end])
}

/// The candidate that matches most lines, at least half of them.
fn best(candidates: &Candidates, lines: &[&[u8]]) -> Option<Detected> {
    let mut states = candidates.states();
    let chosen = candidates.best(&mut states, lines);
    candidates.put_by(states);
    chosen.map(|Merit { matched, place: Reverse(place), .. }| {
        let candidate = &candidates.all[place];
        Detected {
            name: candidate.name,
            envelope: None,
            ending: candidate.ending,
            format: candidate.format.clone(),
            matched,
            lines: lines.len(),
        }
    })
}

/// Why one candidate is taken and not another: the greater one is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Merit {
    /// Lines that it matches.
    matched: usize,
    /// Fields that it gives of one of them, at most.
    said: usize,
    specificity: usize,
    /// Of equal ones, the first.
    place: Reverse<usize>,
}

/// Formats of which a log may be in one.
struct Candidates {
    all: Vec<Candidate>,
    /// Which one was taken last. It is tried first, since logs that are read together are mostly alike, and where it
    /// matches every line, few others can be greater. What is taken does not depend on it.
    latest: AtomicUsize,
    /// States of all candidates, one set for each thread that was detecting at the same time.
    spare: Mutex<Vec<Vec<State>>>,
}

impl Candidates {
    /// Of candidates whose lines look the same, only the first can be taken.
    fn new(all: Vec<Candidate>) -> Candidates {
        let mut distinct: Vec<Candidate> = Vec::new();
        for candidate in all {
            if !distinct.iter().any(|earlier| earlier.outline == candidate.outline) {
                distinct.push(candidate);
            }
        }
        Candidates { all: distinct, latest: AtomicUsize::new(0), spare: Mutex::default() }
    }

    fn states(&self) -> Vec<State> {
        let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
        spare.unwrap_or_else(|| self.all.iter().map(|_| None).collect())
    }

    fn put_by(&self, states: Vec<State>) {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).push(states);
    }

    /// The greatest merit.
    fn best(&self, states: &mut [State], lines: &[&[u8]]) -> Option<Merit> {
        let latest = self.latest.load(Ordering::Relaxed);
        let mut chosen = self.merit(states, latest, lines, lines.len().max(1));
        let order =
            if chosen.is_some() { (0..self.all.len()).collect() } else { self.likely_first(states, lines) };
        let mut least = chosen.map_or(lines.len().div_ceil(2).max(1), |merit| merit.matched);
        for place in order {
            if chosen.is_some_and(|chosen| self.most(place, lines) <= chosen) {
                continue;
            }
            if let Some(merit) = self.merit(states, place, lines, least) {
                least = merit.matched.max(least);
                chosen = chosen.max(Some(merit));
            }
        }
        if let Some(Merit { place: Reverse(place), .. }) = chosen {
            self.latest.store(place, Ordering::Relaxed);
        }
        chosen
    }

    /// The merit of the one at `place`, if it matches at least `least` lines.
    fn merit(&self, states: &mut [State], place: usize, lines: &[&[u8]], least: usize) -> Option<Merit> {
        let candidate = self.all.get(place)?;
        let (matched, said) = candidate.matches(&mut states[place], lines, least)?;
        Some(Merit { matched, said, specificity: candidate.specificity, place: Reverse(place) })
    }

    /// What the merit of the one at `place` is at most.
    fn most(&self, place: usize, lines: &[&[u8]]) -> Merit {
        let Candidate { recogniser, specificity, .. } = &self.all[place];
        let said = if let Recogniser::Scanner(scanner, _) = recogniser { scanner.kinds().len() } else { 0 };
        Merit { matched: lines.len(), said, specificity: *specificity, place: Reverse(place) }
    }

    /// All places, those first that match the first lines: the others are given up sooner then.
    fn likely_first(&self, states: &mut [State], lines: &[&[u8]]) -> Vec<usize> {
        let first = &lines[..lines.len().min(2)];
        let mut places: Vec<usize> = (0..self.all.len()).collect();
        places.sort_by_cached_key(|&place| Reverse(self.all[place].matches(&mut states[place], first, 1)));
        places
    }
}

/// A format that a log may be in.
struct Candidate {
    name: &'static str,
    ending: Ending,
    format: Format,
    /// What its lines look like: the format that they are read in, whatever its fields are called.
    outline: Format,
    recogniser: Recogniser,
    /// How much the format says about a line: its literal bytes and its fields.
    specificity: usize,
}

/// What a candidate's scanner writes to, and what reads its times; made when the first line is read.
type State = Option<(Scratch, Option<(usize, TimeReader)>)>;

/// Tells whether a line is in a format.
enum Recogniser {
    /// A scanner that gives every field, and what reads the time.
    Scanner(Box<Scanner>, Option<(usize, TimeReader)>),
    /// A whole object of JSON.
    Json,
    /// Keys with values, all of them.
    Logfmt,
}

/// The named formats and JSON.
static WHOLE: LazyLock<Candidates> = LazyLock::new(|| {
    let mut candidates = vec![Candidate::json(), Candidate::logfmt()];
    candidates.extend(named::all().filter_map(|format| Candidate::named(format, Ending::Whole)));
    Candidates::new(candidates)
});

/// The named formats, each followed by more.
static MORE: LazyLock<Candidates> = LazyLock::new(|| {
    Candidates::new(named::all().filter_map(|format| Candidate::named(format, Ending::More)).collect())
});

/// What most access logs have in common: the first that matches is taken.
static LOOSE: LazyLock<Vec<Candidates>> = LazyLock::new(|| {
    access_logs(access::LOOSE).into_iter().map(|candidate| Candidates::new(vec![candidate])).collect()
});

/// combined with own columns before the referer.
static BETWEEN: LazyLock<Candidates> = LazyLock::new(|| Candidates::new(access_logs(access::BETWEEN)));

/// Candidates that have no name of their own.
fn access_logs(templates: &[&str]) -> Vec<Candidate> {
    let pattern = |text: &&str| super::template::parse(text).ok();
    let format = |pattern: Pattern| {
        Candidate::of("access log", Ending::Whole, Format::Text(pattern.clone()), &[pattern])
    };
    templates.iter().filter_map(pattern).filter_map(format).collect()
}

impl Candidate {
    /// How many of the lines the format matches, and how many fields it gives at most; `None` if it matches
    /// fewer than `least`.
    fn matches(&self, state: &mut State, lines: &[&[u8]], least: usize) -> Option<(usize, usize)> {
        let mut may_miss = lines.len().checked_sub(least)?;
        let mut said = 0;
        for line in lines {
            match self.fields_of(state, line) {
                Some(fields) => said = fields.max(said),
                None => may_miss = may_miss.checked_sub(1)?,
            }
        }
        Some((least + may_miss, said))
    }

    /// How many fields of a line are there; nothing if it is not of the format, or its time cannot be read.
    fn fields_of(&self, state: &mut State, line: &[u8]) -> Option<usize> {
        match &self.recogniser {
            Recogniser::Json => {
                let inside = line.trim_ascii().strip_prefix(b"{").and_then(|line| line.strip_suffix(b"}"))?;
                (inside.trim_ascii().is_empty() || !leaf_paths(line).is_empty()).then_some(0)
            }
            Recogniser::Logfmt => {
                let keys = pairs::keys(line, PairsDialect::Logfmt).len();
                let values = memchr::memchr_iter(b'=', line).count();
                (keys > 1 && values * 2 > keys).then_some(0)
            }
            Recogniser::Scanner(scanner, time) => {
                let (scratch, time) = state.get_or_insert_with(|| (scanner.scratch(), time.clone()));
                let record = scanner.scan_line(scratch, line).ok()?;
                if let Some((slot, reader)) = time
                    && let Some(text) = record.get(*slot)
                {
                    reader.read(text)?;
                }
                Some((0..scanner.kinds().len()).filter(|slot| record.get(*slot).is_some()).count())
            }
        }
    }

    fn json() -> Candidate {
        Candidate {
            name: "json",
            ending: Ending::Whole,
            format: Format::Json(JsonSpec::default()),
            outline: Format::Json(JsonSpec::default()),
            recogniser: Recogniser::Json,
            specificity: 0,
        }
    }

    fn logfmt() -> Candidate {
        Candidate {
            name: "logfmt",
            ending: Ending::Whole,
            format: Format::Pairs(PairsSpec::of(PairsDialect::Logfmt)),
            outline: Format::Pairs(PairsSpec::of(PairsDialect::Logfmt)),
            recogniser: Recogniser::Logfmt,
            specificity: 1,
        }
    }

    /// A named format, unless its lines cannot be told from others without a header.
    fn named(named: &'static NamedFormat, ending: Ending) -> Option<Candidate> {
        let mut patterns = named.patterns();
        match named.definition {
            Definition::Json(_) | Definition::Pairs(..) if ending == Ending::Whole => {
                let format = named.format().ok().filter(super::Format::is_settled)?;
                Candidate::of(named.name, ending, format, &[])
            }
            Definition::CloudFront if ending == Ending::Whole => {
                Candidate::of(named.name, ending, Format::Columns(ColumnsSpec::cloudfront()), &[])
            }
            Definition::Nginx(_) | Definition::Apache(_) => {
                let mut strict = patterns.clone();
                for pattern in &mut strict {
                    one_word_users(pattern);
                    extend(pattern, ending);
                }
                for pattern in &mut patterns {
                    extend(pattern, ending);
                }
                Candidate::of(named.name, ending, format(patterns), &strict)
            }
            Definition::Templates(_) if ending == Ending::Whole => {
                Candidate::of(named.name, ending, named.format().ok()?, &patterns)
            }
            _ => None,
        }
    }

    /// A candidate whose lines have the shape of one of `strict`; where there is none, of the format.
    fn of(name: &'static str, ending: Ending, format: Format, strict: &[Pattern]) -> Option<Candidate> {
        let recognised =
            if strict.is_empty() { format.unwrapped().clone() } else { self::format(strict.to_vec()) };
        let names = recognised.fields();
        let wanted: Vec<&str> = names.iter().filter_map(|(name, _)| name.as_deref()).collect();
        let scanner = Scanner::compile(&recognised, &wanted).ok()?;
        let time = wanted.iter().position(|name| *name == "time");
        let time = time.and_then(|slot| match &scanner.kinds()[slot] {
            Kind::Time(layout) => Some((slot, TimeReader::new(layout, 1972))),
            _ => None,
        });
        let specificity = strict.first().map_or(0, |pattern| {
            let said = pattern.pieces.iter().map(|piece| match piece {
                Piece::Literal(bytes) => bytes.len(),
                Piece::Field(Field { class: Class::Lazy | Class::More, .. }) => 0,
                Piece::Field(_) | Piece::Optional(_) => 1,
            });
            said.sum()
        });
        let by = Recogniser::Scanner(Box::new(scanner), time);
        Some(Candidate { name, ending, format, outline: outline(recognised), recogniser: by, specificity })
    }
}

/// A text format with one name for all fields but the time, whose reading says whether a line is of the format.
fn outline(mut format: Format) -> Format {
    let patterns = match &mut format {
        Format::Text(pattern) => std::slice::from_mut(pattern),
        Format::Variants(patterns) => patterns,
        _ => return format,
    };
    for piece in patterns.iter_mut().flat_map(|pattern| &mut pattern.pieces) {
        if let Piece::Field(field) | Piece::Optional(Optional { field, .. }) = piece
            && let Some(name) = &mut field.name
            && name != "time"
        {
            "field".clone_into(name);
            field.kind = Kind::Text;
        }
    }
    format
}

/// Nearly all users are one word. A format that takes any text there would also fit lines with more
/// columns before it, and read them shifted.
fn one_word_users(pattern: &mut Pattern) {
    for piece in &mut pattern.pieces {
        if let Piece::Field(Field { class: class @ Class::Lazy, .. }) = piece {
            *class = Class::Word;
        }
    }
}

/// Takes what follows a line as its field `rest`.
fn extend(pattern: &mut Pattern, ending: Ending) {
    if ending == Ending::More {
        let rest = Field { name: Some("rest".into()), kind: Kind::Text, class: Class::Lazy };
        pattern.pieces.extend([Piece::Literal(Box::from(*b" ")), Piece::Field(rest)]);
    }
}

fn format(mut patterns: Vec<Pattern>) -> Format {
    if patterns.len() == 1 { Format::Text(patterns.remove(0)) } else { Format::Variants(patterns) }
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
        // Formats that look like others, or like anything.
        let twins =
            [("lighttpd", "combined"), ("varnish_combined", "combined"), ("istio_json", "envoy_json")];
        let unknown = ["csv", "csv_header", "tsv", "tsv_header", "key_value"];
        for format in named::all().filter(|format| !unknown.contains(&format.name)) {
            let head = format!("{}\n", format.example);
            let twin = twins.iter().find(|(name, _)| *name == format.name);
            let wanted = twin.map_or(format.name, |(_, twin)| twin);
            let found = detect(head.as_bytes()).unwrap_or_else(|| panic!("{}", format.name));
            assert_eq!(
                (found.name, found.ending, found.matched),
                (wanted, Ending::Whole, 1),
                "{}",
                format.name
            );
        }
    }

    #[test]
    fn a_format_is_found_inside_its_envelope() {
        for (line, envelope) in [
            (format!("Nov 21 10:15:32 web nginx[71]: {COMMON}"), Envelope::Syslog),
            (format!("2026-11-21T10:15:32.318041000Z stdout F {COMMON}"), Envelope::Cri),
            (
                format!(
                    "{{\"log\":{:?},\"stream\":\"stdout\",\"time\":\"2026-11-21T10:15:32Z\"}}",
                    format!("{COMMON}\n")
                ),
                Envelope::Docker,
            ),
        ] {
            let found = detect(line.as_bytes()).unwrap();
            assert_eq!((found.name, found.envelope), ("common", Some(envelope)), "{line}");
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
        let found = detect(format!("www.example.org {COMMON}\n").as_bytes()).unwrap();
        assert_eq!(found.name, "access log");
    }

    #[test]
    fn instants_of_other_layouts_make_an_access_log_too() {
        for (line, name) in [
            ("192.0.2.1 - - [21/Nov/2026 10:15:32] \"GET / HTTP/1.1\" 200 -\n", "common"),
            ("192.0.2.1 - - [2026-11-21T10:15:32Z] \"GET / HTTP/1.1\" 200 5 \"-\" \"curl/8\"\n", "combined"),
            ("[21/Nov/2026:10:15:32 +0000] 192.0.2.1 \"GET / HTTP/1.1\" 200 5\n", "access log"),
        ] {
            assert_eq!(detected(line), Some((name, Ending::Whole, 1, 1)), "{line}");
        }
        assert_eq!(detected("192.0.2.1 - - [today] \"GET / HTTP/1.1\" 200 -\n"), None);
    }

    #[test]
    fn json_lines_are_detected() {
        assert_eq!(detected("{\"a\":1}\n { }\n"), Some(("json", Ending::Whole, 2, 2)));
        assert_eq!(detected("{a}\n"), None);
    }

    #[test]
    fn nothing_is_no_format() {
        for head in ["", "\n\n", "# a comment\n", "{", "}"] {
            assert_eq!(detected(head), None, "{head:?}");
        }
    }

    #[test]
    fn no_more_than_a_hundred_lines_are_looked_at() {
        let head = format!("{}{}", format!("{COMMON}\n").repeat(100), "garbage\n".repeat(300));
        assert_eq!(detected(&head), Some(("common", Ending::Whole, 100, 100)));
    }
}
