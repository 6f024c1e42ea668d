//! Which templates may cover a line: found by a word that each must have.

use std::collections::HashMap;

use super::words::Symbol;

/// At most so many templates are tried for one line.
const MAX_CANDIDATES: usize = 64;
/// At most so many that have one word in common are looked at for it.
const MAX_OF_WORD: usize = 1024;

/// Templates by their rarest word.
#[derive(Debug, Clone, Default)]
pub struct Anchors {
    by_word: HashMap<Symbol, Vec<Anchored>, foldhash::fast::RandomState>,
}

#[derive(Debug, Clone, Copy)]
struct Anchored {
    template: u32,
    /// All words of the template, see [`bit`].
    words: u64,
}

/// A bit for a word: a line without a bit of a template's words lacks one of them. Lines over a small
/// vocabulary share a word with hundreds of templates, of which hardly one remains.
fn bit(word: Symbol) -> u64 {
    1 << (word.wrapping_mul(0x9E37_79B1) >> 26)
}

fn bits(words: impl Iterator<Item = Symbol>) -> u64 {
    words.fold(0, |bits, word| bits | bit(word))
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
            if let Some(rarest) = words.clone().min_by_key(|symbol| (frequency[symbol], *symbol)) {
                let anchored = Anchored { template: index as u32, words: bits(words) };
                anchors.by_word.entry(rarest).or_default().push(anchored);
            }
        }
        anchors
    }

    /// The templates whose word is among these tokens, the preferred ones first.
    pub fn candidates(&self, symbols: &[Symbol]) -> impl Iterator<Item = u32> + use<> {
        let line = bits(symbols.iter().copied());
        let mut found: Vec<u32> = Vec::new();
        for symbol in symbols {
            let of_word = self.by_word.get(symbol).into_iter().flatten().take(MAX_OF_WORD);
            found.extend(of_word.filter(|one| one.words & !line == 0).map(|one| one.template));
        }
        found.sort_unstable();
        found.dedup();
        found.into_iter().take(MAX_CANDIDATES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_have_all_their_words_in_the_line() {
        let templates: [&[Symbol]; 4] = [&[300, 0, 301], &[300, 302], &[0, 0], &[303]];
        let anchors = Anchors::of(&templates, |symbol| symbol >= 256);
        let candidates = |line: &[Symbol]| anchors.candidates(line).collect::<Vec<_>>();
        assert_eq!(candidates(&[301, 0, 300]), [0]);
        assert_eq!(candidates(&[300, 302, 301, 303]), [0, 1, 3]);
        assert_eq!(candidates(&[300]), [0u32; 0]);
    }
}
