//! One format that a log may be in.

use super::{Detected, Ending};
use crate::format::named::{Definition, NamedFormat};
use crate::format::pairs::PairsDialect;
use crate::format::pattern::Optional;
use crate::format::{Class, ColumnsSpec, Field, Format, JsonSpec, Kind, PairsSpec, Pattern, Piece, template};
use crate::scan::json::leaf_paths;
use crate::scan::{Scanner, Scratch, pairs};
use crate::value::time::TimeReader;

/// A format that a log may be in.
pub(super) struct Candidate {
    name: &'static str,
    ending: Ending,
    format: Format,
    /// What its lines look like: the format that they are read in, whatever its fields are called.
    pub(super) outline: Format,
    recogniser: Recogniser,
    /// How much the format says about a line: its literal bytes and its fields.
    pub(super) specificity: usize,
}

/// What a candidate's scanner writes to, and what reads its times; made when the first line is read.
pub(super) type State = Option<(Scratch, Option<(usize, TimeReader)>)>;

/// Tells whether a line is in a format.
enum Recogniser {
    /// A scanner that gives every field, and what reads the time.
    Scanner(Box<Scanner>, Option<(usize, TimeReader)>),
    /// A whole object of JSON.
    Json,
    /// Keys with values, all of them.
    Logfmt,
}

impl Candidate {
    /// How many of the lines the format matches, and how many fields it gives at most; `None` if it matches
    /// fewer than `least`.
    pub(super) fn matches(&self, state: &mut State, lines: &[&[u8]], least: usize) -> Option<(usize, usize)> {
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

    /// How many fields a line of it has at most.
    pub(super) fn most_said(&self) -> usize {
        if let Recogniser::Scanner(scanner, _) = &self.recogniser { scanner.kinds().len() } else { 0 }
    }

    /// The answer that it is this one.
    pub(super) fn detected(&self, matched: usize, lines: usize) -> Detected {
        let Candidate { name, ending, format, .. } = self;
        Detected { name, envelope: None, ending: *ending, format: format.clone(), matched, lines }
    }

    /// Access logs that have no name of their own.
    pub(super) fn access_logs(templates: &[&str]) -> impl Iterator<Item = Candidate> {
        let patterns = templates.iter().filter_map(|text| template::parse(text).ok());
        patterns.filter_map(|pattern| {
            let format = Format::Text(pattern.clone());
            Candidate::of("access log", Ending::Whole, format, &[pattern])
        })
    }

    pub(super) fn json() -> Candidate {
        Candidate {
            name: "json",
            ending: Ending::Whole,
            format: Format::Json(JsonSpec::default()),
            outline: Format::Json(JsonSpec::default()),
            recogniser: Recogniser::Json,
            specificity: 0,
        }
    }

    pub(super) fn logfmt() -> Candidate {
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
    pub(super) fn named(named: &'static NamedFormat, ending: Ending) -> Option<Candidate> {
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
