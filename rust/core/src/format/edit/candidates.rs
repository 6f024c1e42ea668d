//! The patterns that are one edit away from a declared one.

use crate::format::Kind;
use crate::format::pattern::{Class, Field, Optional, Pattern, Piece};
use crate::format::run::{ByteSet, Preference, Run};

/// The field that an edit adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Added {
    Word,
    Quoted,
    Bracketed,
    Rest,
}

/// An edited pattern.
pub(super) struct Candidate {
    pub(super) words: String,
    pub(super) pattern: Pattern,
}

/// Patterns that are one edit away, the likelier ones first: fields that only the lines have, the later ones
/// first, since formats grow at their end; then quotes, spaces, and fields that the lines lack, which the
/// field before could have swallowed.
pub(super) fn candidates(pattern: &Pattern) -> Vec<Candidate> {
    let pieces = &pattern.pieces;
    let mut out = Vec::new();
    for added in [Added::Word, Added::Quoted, Added::Bracketed] {
        out.push(at_end(pieces, added));
        for index in (0..pieces.len()).rev() {
            if let Piece::Literal(bytes) = &pieces[index] {
                let spaces: Vec<usize> = memchr::memchr_iter(b' ', bytes).collect();
                out.extend(spaces.into_iter().rev().map(|space| between(pieces, index, space, added)));
            }
        }
        out.push(at_start(pieces, added));
    }
    let fields = || {
        let indexed = pieces.iter().enumerate().rev();
        indexed.filter_map(|(index, piece)| match piece {
            Piece::Field(field) => Some((index, field)),
            Piece::Literal(_) | Piece::Optional(_) => None,
        })
    };
    for (index, field) in fields() {
        out.extend(enclosed(pieces, index, field));
        out.extend(bare(pieces, index, field));
    }
    for index in (0..pieces.len()).rev() {
        if let Piece::Literal(bytes) = &pieces[index] {
            out.extend(other_literals(pieces, index, bytes));
        }
    }
    out.extend(fields().map(|(index, field)| without(pieces, index, field)));
    out.extend(tabs(pieces));
    out
}

impl Added {
    fn pieces(self) -> Vec<Piece> {
        let field = |class| Piece::Field(Field { name: None, kind: Kind::Text, class });
        let enclosed = |open: u8, class, close: u8| {
            vec![Piece::Literal(Box::from([open])), field(class), Piece::Literal(Box::from([close]))]
        };
        match self {
            Added::Word => vec![field(plain())],
            Added::Quoted => enclosed(b'"', Class::Quoted, b'"'),
            Added::Bracketed => enclosed(b'[', Class::Bracketed, b']'),
            Added::Rest => vec![field(Class::Lazy)],
        }
    }

    fn words(self) -> &'static str {
        match self {
            Added::Word => "add a field",
            Added::Quoted => "add a field in double quotes",
            Added::Bracketed => "add a field in square brackets",
            Added::Rest => "add a space and a field that takes the rest",
        }
    }
}

/// A word without quotes and brackets: what an added field holds must not be another one in its quotes.
fn plain() -> Class {
    let set =
        ByteSet::of_ranges([(0, b' ' - 1), (b'!', b'!'), (b'#', b'Z'), (b'\\', b'\\'), (b'^', u8::MAX)]);
    Class::Run(Run { set, least: 1, most: None, preference: Preference::Longest })
}

fn literal(bytes: &[u8]) -> Piece {
    Piece::Literal(bytes.into())
}

/// The name of the last field before `index`, in words.
fn behind(pieces: &[Piece], index: usize) -> String {
    match pieces[..index].iter().rev().find_map(field_of) {
        Some(field) => format!("behind {}", name_of(field)),
        None => "at the beginning".to_owned(),
    }
}

fn field_of(piece: &Piece) -> Option<&Field> {
    match piece {
        Piece::Field(field) | Piece::Optional(Optional { field, .. }) => Some(field),
        Piece::Literal(_) => None,
    }
}

fn name_of(field: &Field) -> &str {
    field.name.as_deref().unwrap_or("a field without a name")
}

pub(super) fn at_end(pieces: &[Piece], added: Added) -> Candidate {
    let mut edited = pieces.to_vec();
    edited.push(literal(b" "));
    edited.extend(added.pieces());
    Candidate {
        words: format!("{} at the end, {}", added.words(), behind(pieces, pieces.len())),
        pattern: Pattern { pieces: edited },
    }
}

fn at_start(pieces: &[Piece], added: Added) -> Candidate {
    let mut edited = added.pieces();
    edited.push(literal(b" "));
    edited.extend_from_slice(pieces);
    Candidate {
        words: format!("{} at the beginning", added.words()),
        pattern: Pattern { pieces: joined(edited) },
    }
}

/// A field at the space `space` of the literal at `index`, with a space on both sides.
fn between(pieces: &[Piece], index: usize, space: usize, added: Added) -> Candidate {
    let Piece::Literal(bytes) = &pieces[index] else { unreachable!("the caller found a literal") };
    let mut edited = pieces[..index].to_vec();
    edited.push(literal(&bytes[..=space]));
    edited.extend(added.pieces());
    edited.push(literal(&bytes[space..]));
    edited.extend_from_slice(&pieces[index + 1..]);
    Candidate {
        words: format!("{} {}", added.words(), behind(pieces, index)),
        pattern: Pattern { pieces: joined(edited) },
    }
}

/// Without the field at `index`, what encloses it, and one of the spaces around it.
fn without(pieces: &[Piece], index: usize, field: &Field) -> Candidate {
    let (mut before, mut after) = (literal_before(pieces, index), literal_after(pieces, index));
    if let (Some(open), Some(close)) = (before.last(), after.first())
        && matches!((open, close), (b'"', b'"') | (b'[', b']') | (b'(', b')'))
    {
        before = &before[..before.len() - 1];
        after = &after[1..];
    }
    let is_spaced = before.ends_with(b" ") && (after.starts_with(b" ") || after.is_empty());
    if is_spaced {
        before = &before[..before.len() - 1];
    } else if before.is_empty() {
        after = after.strip_prefix(b" ").unwrap_or(after);
    }
    Candidate {
        words: format!("leave out {}: the lines have no such field", name_of(field)),
        pattern: around(pieces, index, &[before, after].concat(), None, b""),
    }
}

/// With the field at `index` in quotes, or in brackets.
fn enclosed(pieces: &[Piece], index: usize, field: &Field) -> Vec<Candidate> {
    let ways =
        [(b'"', b'"', Class::Quoted, "double quotes"), (b'[', b']', Class::Bracketed, "square brackets")];
    let candidate = |(open, close, class, name)| {
        let before = [literal_before(pieces, index), &[open]].concat();
        let after = [&[close], literal_after(pieces, index)].concat();
        let inside = Field { class, ..field.clone() };
        Candidate {
            words: format!("put {} in {name}", name_of(field)),
            pattern: around(pieces, index, &before, Some(inside), &after),
        }
    };
    ways.into_iter().map(candidate).collect()
}

/// Without the quotes or brackets around the field at `index`.
fn bare(pieces: &[Piece], index: usize, field: &Field) -> Option<Candidate> {
    let (before, after) = (literal_before(pieces, index), literal_after(pieces, index));
    let name = match (before.last(), after.first()) {
        (Some(b'"'), Some(b'"')) => "double quotes",
        (Some(b'['), Some(b']')) => "square brackets",
        _ => return None,
    };
    let class = match field.class {
        Class::Quoted | Class::Bracketed => plain(),
        class => class,
    };
    let inside = Field { class, ..field.clone() };
    Some(Candidate {
        words: format!("take {} out of its {name}", name_of(field)),
        pattern: around(pieces, index, &before[..before.len() - 1], Some(inside), &after[1..]),
    })
}

/// With one space more or less in the literal at `index`, or another byte less.
fn other_literals(pieces: &[Piece], index: usize, bytes: &[u8]) -> Vec<Candidate> {
    let candidate = |words: String, bytes: Vec<u8>| {
        let mut edited = pieces.to_vec();
        edited[index] = Piece::Literal(bytes.into_boxed_slice());
        Candidate { words, pattern: Pattern { pieces: joined(edited) } }
    };
    let place = behind(pieces, index);
    let mut out = Vec::new();
    // Two fields with nothing between them match what was one.
    let is_all = bytes.len() == 1 && 0 < index && index + 1 < pieces.len();
    for at in (0..bytes.len()).filter(|_| !is_all) {
        let mut fewer = bytes.to_vec();
        let byte = fewer.remove(at);
        let what = if byte == b' ' { "a space".to_owned() } else { format!("`{}`", byte.escape_ascii()) };
        out.push(candidate(format!("leave out {what} {place}"), fewer));
    }
    for at in 0..=bytes.len() {
        for byte in *b" \"-:" {
            let mut more = bytes.to_vec();
            more.insert(at, byte);
            let what = if byte == b' ' { "a space".to_owned() } else { format!("`{}`", char::from(byte)) };
            out.push(candidate(format!("write {what} more {place}"), more));
        }
    }
    out
}

/// With tabs for the spaces between fields.
fn tabs(pieces: &[Piece]) -> Option<Candidate> {
    let has_space = |piece: &Piece| matches!(piece, Piece::Literal(bytes) if bytes.contains(&b' '));
    if !pieces.iter().any(has_space) {
        return None;
    }
    let tabbed = |piece: &Piece| match piece {
        Piece::Literal(bytes) => {
            Piece::Literal(bytes.iter().map(|&byte| if byte == b' ' { b'\t' } else { byte }).collect())
        }
        Piece::Field(field) => {
            let class = if field.class == Class::Word { Class::Before(b'\t') } else { field.class };
            Piece::Field(Field { class, ..field.clone() })
        }
        Piece::Optional(_) => piece.clone(),
    };
    let words = "write tabs for the spaces between fields".to_owned();
    Some(Candidate { words, pattern: Pattern { pieces: pieces.iter().map(tabbed).collect() } })
}

fn literal_before(pieces: &[Piece], index: usize) -> &[u8] {
    match index.checked_sub(1).map(|before| &pieces[before]) {
        Some(Piece::Literal(bytes)) => bytes,
        _ => &[],
    }
}

fn literal_after(pieces: &[Piece], index: usize) -> &[u8] {
    match pieces.get(index + 1) {
        Some(Piece::Literal(bytes)) => bytes,
        _ => &[],
    }
}

/// The pieces with others for the one at `index` and the literals beside it.
fn around(pieces: &[Piece], index: usize, before: &[u8], field: Option<Field>, after: &[u8]) -> Pattern {
    let start = index - usize::from(!literal_before(pieces, index).is_empty());
    let end = index + 1 + usize::from(!literal_after(pieces, index).is_empty());
    let mut edited = pieces[..start].to_vec();
    edited.push(literal(before));
    edited.extend(field.map(Piece::Field));
    edited.push(literal(after));
    edited.extend_from_slice(&pieces[end..]);
    Pattern { pieces: joined(edited) }
}

/// One literal of neighbouring literals; no empty ones.
fn joined(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match (out.last_mut(), piece) {
            (_, Piece::Literal(bytes)) if bytes.is_empty() => {}
            (Some(Piece::Literal(last)), Piece::Literal(bytes)) => *last = [&**last, &*bytes].concat().into(),
            (_, piece) => out.push(piece),
        }
    }
    out
}
