//! Lines read by a regex: users' own, and the plain path that defines what a [`Pattern`] means.

use std::sync::atomic::{AtomicU64, Ordering};

use regex_automata::meta::{Cache, Config, Regex};
use regex_automata::util::primitives::NonMaxUsize;
use regex_automata::util::syntax;
use regex_automata::{Input, meta};

use super::record::Span;
use crate::format::Pattern;

/// A compiled regex could need more memory than this, in bytes: it is refused instead.
const SIZE_LIMIT_BYTES: usize = 10 << 20;

/// A regex over bytes whose groups fill slots; immutable and shared.
#[derive(Debug, Clone)]
pub struct RegexReader {
    regex: Regex,
    /// Group number → slot.
    groups: Vec<(usize, usize)>,
    /// Tells readers apart.
    number: u64,
}

/// Readers made so far in this process.
static READERS: AtomicU64 = AtomicU64::new(0);

/// What the regex engine writes while it searches; one per thread.
#[derive(Debug)]
pub struct RegexScratch {
    cache: Cache,
    slots: Vec<Option<NonMaxUsize>>,
    /// Which reader it was made for.
    reader: u64,
}

impl RegexScratch {
    /// Whether it was made for `reader`.
    pub fn is_of(&self, reader: &RegexReader) -> bool {
        self.reader == reader.number
    }
}

impl RegexReader {
    /// Compiles `regex` (without Unicode classes, `.` is any byte); `groups` pairs group numbers
    /// with slots.
    ///
    /// # Errors
    /// The engine's words for what it refuses: syntax, or a size over the limit.
    pub fn compile(regex: &str, groups: Vec<(usize, usize)>) -> Result<RegexReader, String> {
        let config = Config::new().utf8_empty(false).nfa_size_limit(Some(SIZE_LIMIT_BYTES));
        let regex = meta::Builder::new()
            .configure(config)
            .syntax(syntax::Config::new().unicode(false).utf8(false))
            .build(regex)
            .map_err(|error| error.syntax_error().map_or_else(|| error.to_string(), ToString::to_string))?;
        Ok(RegexReader { regex, groups, number: READERS.fetch_add(1, Ordering::Relaxed) })
    }

    /// The regex that defines `pattern`; `slot_of` answers where the `i`-th field's span goes.
    pub fn of_pattern(pattern: &Pattern, slot_of: impl Fn(usize) -> usize) -> RegexReader {
        let groups = (0..pattern.fields().count()).map(|i| (i + 1, slot_of(i))).collect();
        RegexReader::compile(&pattern.to_regex(), groups).expect("a pattern's regex is valid and small")
    }

    /// Fresh scratch for [`RegexReader::scan`].
    pub fn scratch(&self) -> RegexScratch {
        let slots = 2 * self.regex.group_info().group_len(regex_automata::PatternID::ZERO);
        RegexScratch { cache: self.regex.create_cache(), slots: vec![None; slots], reader: self.number }
    }

    /// Reads a line; answers whether it matches. Groups that took no part are absent.
    pub fn scan(&self, scratch: &mut RegexScratch, line: &[u8], spans: &mut [Span]) -> bool {
        let RegexScratch { cache, slots, .. } = scratch;
        if self.regex.search_slots_with(cache, &Input::new(line), slots).is_none() {
            return false;
        }
        for &(_, slot) in &self.groups {
            spans[slot] = Span::ABSENT;
        }
        // Several groups may give one field; of those that took part, the last one counts.
        for &(group, slot) in &self.groups {
            if let (Some(start), Some(end)) = (slots[2 * group], slots[2 * group + 1]) {
                spans[slot] = Span::line(start.get(), end.get());
            }
        }
        true
    }
}
