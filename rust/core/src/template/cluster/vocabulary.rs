//! What clustering knows of words.

use crate::template::shapes::Shapes;
use crate::template::token::hash;
use crate::template::words::{SOFT, Symbol, is_word};

/// Words after which programs name something: what follows is its name.
const CUES: [&[u8]; 34] = [
    b"account",
    b"addr",
    b"address",
    b"called",
    b"client",
    b"device",
    b"dir",
    b"directory",
    b"domain",
    b"driver",
    b"file",
    b"group",
    b"host",
    b"hostname",
    b"id",
    b"interface",
    b"job",
    b"key",
    b"loading",
    b"name",
    b"named",
    b"node",
    b"path",
    b"port",
    b"process",
    b"program",
    b"ruser",
    b"server",
    b"table",
    b"task",
    b"uri",
    b"url",
    b"user",
    b"username",
];

/// Whether a name follows this word.
pub fn is_cue(word: &[u8]) -> bool {
    CUES.iter().any(|cue| cue.eq_ignore_ascii_case(word))
}

/// The first symbol of a word.
const FIRST_WORD: Symbol = 256;

/// The words of all shapes, numbered by their texts so that nothing depends on which came first.
#[derive(Debug)]
pub struct Vocabulary {
    /// Of each symbol of the shapes its number here.
    ranks: Vec<Symbol>,
    words: Vec<Word>,
}

#[derive(Debug)]
struct Word {
    symbol: Symbol,
    is_text: bool,
    is_cue: bool,
    lower_hash: u64,
}

impl Vocabulary {
    /// The vocabulary of shapes.
    pub fn of(shapes: &Shapes) -> Vocabulary {
        let mut symbols: Vec<Symbol> = shapes
            .living()
            .flat_map(|(_, leaf)| leaf.symbols.iter().map(|symbol| symbol & !SOFT))
            .filter(|&symbol| is_word(symbol))
            .collect();
        symbols.sort_unstable();
        symbols.dedup();
        let most = symbols.last().map_or(0, |&last| last as usize + 1);
        symbols.sort_unstable_by_key(|&symbol| shapes.words.text(symbol));
        let mut ranks = vec![0; most];
        let mut lower = Vec::new();
        let mut words = Vec::with_capacity(symbols.len());
        for (rank, symbol) in symbols.into_iter().enumerate() {
            ranks[symbol as usize] = rank as Symbol + FIRST_WORD;
            let text = shapes.words.text(symbol);
            lower.clear();
            lower.extend(text.iter().map(u8::to_ascii_lowercase));
            words.push(Word {
                symbol,
                is_text: shapes.words.is_text(symbol),
                is_cue: is_cue(&lower),
                lower_hash: hash(&lower),
            });
        }
        Vocabulary { ranks, words }
    }

    /// Symbols of the shapes as symbols of this vocabulary.
    pub fn ranked(&self, symbols: &[Symbol]) -> Vec<Symbol> {
        let ranked = |symbol: &Symbol| match symbol & !SOFT {
            word if is_word(word) => self.ranks[word as usize] | (symbol & SOFT),
            _ => *symbol,
        };
        symbols.iter().map(ranked).collect()
    }

    /// The way back.
    pub fn unranked(&self, symbols: &[Symbol]) -> Vec<Symbol> {
        let unranked = |symbol: &Symbol| match self.word(*symbol) {
            Some(word) => word.symbol | (symbol & SOFT),
            None => *symbol,
        };
        symbols.iter().map(unranked).collect()
    }

    fn word(&self, symbol: Symbol) -> Option<&Word> {
        (symbol & !SOFT).checked_sub(FIRST_WORD).map(|rank| &self.words[rank as usize])
    }

    /// Whether a symbol is a word with letters.
    pub fn is_text(&self, symbol: Symbol) -> bool {
        self.word(symbol).is_some_and(|word| word.is_text)
    }

    /// Whether it is one that is not soft.
    pub fn is_constant(&self, symbol: Symbol) -> bool {
        symbol & SOFT == 0 && self.is_text(symbol)
    }

    /// How many of some symbols are.
    pub fn constants(&self, symbols: &[Symbol]) -> usize {
        symbols.iter().filter(|&&symbol| self.is_constant(symbol)).count()
    }

    /// Whether a name follows this word.
    pub fn is_cue(&self, symbol: Symbol) -> bool {
        self.word(symbol).is_some_and(|word| word.is_cue)
    }

    /// The hash of a word in lower case.
    pub fn lower_hash(&self, symbol: Symbol) -> u64 {
        self.word(symbol).map_or(0, |word| word.lower_hash)
    }
}
