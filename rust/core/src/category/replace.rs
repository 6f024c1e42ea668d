//! Replacements in a text, before it is tested.

use super::template::Template;
use crate::bounded_regex::{self, BoundedRegex, GROUPS_BYTES};

/// Matches that one replacement replaces in a text; further ones stay. Each search may read the
/// whole text, so that more would cost time that is quadratic in a hostile one.
pub const MOST_MATCHES: usize = 256;

/// `{ regex, with }`, compiled.
#[derive(Debug)]
pub struct Replacement {
    pub regex: BoundedRegex,
    /// Groups are numbers of the regex.
    pub with: Template,
}

/// What replacements write; of one thread.
#[derive(Debug)]
pub struct Scratch {
    regexes: Vec<bounded_regex::Scratch>,
    /// The result of the last replacement, and the room for the next.
    text: Vec<u8>,
    next: Vec<u8>,
}

impl Scratch {
    /// Fresh scratch for `replacements`.
    pub fn new(replacements: &[Replacement]) -> Scratch {
        let regexes = replacements.iter().map(|_| bounded_regex::Scratch::default()).collect();
        Scratch { regexes, text: Vec::new(), next: Vec::new() }
    }

    /// About how much memory it takes, in bytes.
    pub fn held_bytes(&self) -> usize {
        self.regexes.iter().map(bounded_regex::Scratch::held_bytes).sum::<usize>()
            + self.text.capacity()
            + self.next.capacity()
    }
}

/// The text after all `replacements`, one after the other. Texts are cut to [`GROUPS_BYTES`] if there
/// is any replacement.
pub fn replaced<'t>(replacements: &[Replacement], scratch: &'t mut Scratch, text: &'t [u8]) -> &'t [u8] {
    if replacements.is_empty() {
        return text;
    }
    let Scratch { regexes, text: current, next } = scratch;
    current.clear();
    current.extend_from_slice(&text[..text.len().min(GROUPS_BYTES)]);
    for (replacement, scratch) in replacements.iter().zip(regexes) {
        next.clear();
        let mut copied = 0;
        replacement.regex.for_each(scratch, current, MOST_MATCHES, |found, groups| {
            next.extend_from_slice(&current[copied..found.start]);
            replacement.with.fill(current, Some(groups), next);
            copied = found.end;
        });
        if copied == 0 && next.is_empty() {
            continue;
        }
        next.extend_from_slice(&current[copied..]);
        next.truncate(GROUPS_BYTES);
        std::mem::swap(current, next);
    }
    current
}
