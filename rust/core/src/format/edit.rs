//! The one edit of a declared format that would make refused lines match.
//!
//! Formats are copied by hand from a server's configuration, and the two drift apart by a field, a quote or
//! a space at a time. So every pattern that is one such step away is tried on lines that were refused
//! (formats have some dozens of parts, so these are a few hundred patterns), and the one that matches
//! most of them is told.

mod candidates;

use std::net::IpAddr;

use self::candidates::{Added, Candidate, at_end, candidates};
use super::Format;
use super::pattern::{Field, Pattern};
use crate::scan::Scanner;

/// An edit and what it would bring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What to change, in words: `add "…" in quotes behind user_agent`.
    pub words: String,
    /// How many of the refused lines would match.
    pub matched: usize,
    /// Of how many.
    pub lines: usize,
}

/// The edit of `format` that makes most of `lines` match, which it refuses; `None` unless it is more
/// than half of them, and for formats that are no pattern.
pub fn one_edit(format: &Format, lines: &[&[u8]]) -> Option<Edit> {
    let (pattern, wrap): (&Pattern, &dyn Fn(Pattern) -> Format) = match format {
        Format::Text(pattern) => (pattern, &Format::Text),
        Format::Enveloped(wrapping, inner) => match &**inner {
            Format::Text(pattern) => {
                (pattern, &|pattern| Format::Enveloped(*wrapping, Box::new(Format::Text(pattern))))
            }
            _ => return None,
        },
        _ => return None,
    };
    if lines.is_empty() || pattern.pieces.len() > MOST_PIECES {
        return None;
    }
    let best = best_of(candidates(pattern), pattern, wrap, lines);
    // A field that takes the rest fits whatever follows: only where nothing else is wrong.
    best.or_else(|| best_of(vec![at_end(&pattern.pieces, Added::Rest)], pattern, wrap, lines))
}

/// The candidate that matches most lines, more than half of them; of several, one that leaves an address where
/// the format has one.
fn best_of(
    candidates: Vec<Candidate>,
    pattern: &Pattern,
    wrap: &dyn Fn(Pattern) -> Format,
    lines: &[&[u8]],
) -> Option<Edit> {
    let wanted: &[&str] = if pattern.fields().any(is_address) { &[ADDRESS] } else { &[] };
    let mut best: Option<(usize, Edit)> = None;
    for Candidate { words, pattern } in candidates {
        let Ok(scanner) = Scanner::compile(&wrap(pattern), wanted) else { continue };
        let mut scratch = scanner.scratch();
        let (mut matched, mut addresses) = (0, 0);
        for line in lines {
            if let Ok(record) = scanner.scan_line(&mut scratch, line) {
                matched += 1;
                let address = || std::str::from_utf8(record.get(0)?).ok()?.parse::<IpAddr>().ok();
                addresses += usize::from(!wanted.is_empty() && address().is_some());
            }
        }
        let most = best.as_ref().map_or((lines.len() / 2, usize::MAX), |best| (best.1.matched, best.0));
        if (matched, addresses) > most {
            best = Some((addresses, Edit { words, matched, lines: lines.len() }));
        }
    }
    best.map(|(_, edit)| edit)
}

/// Longer patterns are left alone: there would be too many edits.
const MOST_PIECES: usize = 200;

const ADDRESS: &str = "remote_addr";

fn is_address(field: &Field) -> bool {
    field.name.as_deref() == Some(ADDRESS)
}

#[cfg(test)]
mod tests;
