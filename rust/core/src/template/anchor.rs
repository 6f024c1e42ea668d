//! Which templates may cover a line: found by a word that each must have.

use std::collections::HashMap;

use super::words::Symbol;

/// At most so many templates are tried for one line.
const MAX_CANDIDATES: usize = 64;

/// Templates by their rarest word.
#[derive(Debug, Clone, Default)]
pub struct Anchors {
    by_word: HashMap<Symbol, Vec<u32>, foldhash::fast::RandomState>,
}

impl Anchors {
    /// Indexes templates, the preferred ones first, by the word that the fewest of them have.
    /// `is_constant` tells the words that a covered line must have; templates without are left out.
    pub fn of(templates: &[&[Symbol]], is_constant: impl Fn(Symbol) -> bool) -> Anchors {
        let mut frequency: HashMap<Symbol, u32, foldhash::fast::RandomState> = HashMap::default();
        for &symbol in templates.iter().copied().flatten().filter(|&&symbol| is_constant(symbol)) {
            *frequency.entry(symbol).or_default() += 1;
        }
        let mut anchors = Anchors::default();
        for (index, template) in templates.iter().enumerate() {
            let words = template.iter().copied().filter(|&symbol| is_constant(symbol));
            if let Some(rarest) = words.min_by_key(|symbol| (frequency[symbol], *symbol)) {
                anchors.by_word.entry(rarest).or_default().push(index as u32);
            }
        }
        anchors
    }

    /// The templates whose word is among these tokens, the preferred ones first.
    pub fn candidates(&self, symbols: &[Symbol]) -> impl Iterator<Item = u32> + use<> {
        let mut found: Vec<u32> = Vec::new();
        for symbol in symbols {
            found.extend(self.by_word.get(symbol).into_iter().flatten().take(MAX_CANDIDATES));
        }
        found.sort_unstable();
        found.dedup();
        found.into_iter().take(MAX_CANDIDATES)
    }
}
