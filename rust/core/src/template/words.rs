//! Texts as numbers: what template tokens are compared by.

use std::collections::HashMap;
use std::sync::Arc;

/// A token of a shape or template.
///
/// [`HOLE`] is a variable, 1 to 255 are bytes of punctuation (a parting colon is one of its own),
/// then come words; with [`SOFT`] it is a
/// soft token, and `SOFT` alone is one whose text no longer counts.
pub type Symbol = u32;

/// A variable.
pub const HOLE: Symbol = 0;
/// The bit of soft tokens.
pub const SOFT: Symbol = 1 << 31;
/// A word that is not interned.
pub const UNKNOWN: Symbol = SOFT - 1;
/// The first word.
const FIRST_WORD: Symbol = 256;

/// Whether a symbol is a word, hard or soft.
pub fn is_word(symbol: Symbol) -> bool {
    symbol & !SOFT >= FIRST_WORD
}

/// Interned texts.
#[derive(Debug, Clone, Default)]
pub struct Words {
    symbols: HashMap<Arc<[u8]>, Symbol, foldhash::fast::RandomState>,
    texts: Vec<Arc<[u8]>>,
    /// Whether each has letters.
    have_letters: Vec<bool>,
    bytes: usize,
}

/// Bytes that a word takes beside its text.
const WORD_BYTES: usize = 72;

impl Words {
    /// The symbol of a text, which is a new one if it is unknown.
    pub fn intern(&mut self, text: &[u8]) -> Symbol {
        if let Some(&symbol) = self.symbols.get(text) {
            return symbol;
        }
        let symbol = FIRST_WORD + self.texts.len() as Symbol;
        let text: Arc<[u8]> = text.into();
        self.bytes += text.len() + WORD_BYTES;
        self.have_letters.push(text.iter().any(|byte| byte.is_ascii_alphabetic() || !byte.is_ascii()));
        self.texts.push(Arc::clone(&text));
        self.symbols.insert(text, symbol);
        symbol
    }

    /// The symbol of a known text.
    pub fn find(&self, text: &[u8]) -> Option<Symbol> {
        self.symbols.get(text).copied()
    }

    /// The text of a word; empty for what is none.
    pub fn text(&self, symbol: Symbol) -> &[u8] {
        (symbol & !SOFT).checked_sub(FIRST_WORD).map_or(&[], |index| &self.texts[index as usize])
    }

    /// Whether a symbol is a word with letters; [`UNKNOWN`] counts as one.
    pub fn is_text(&self, symbol: Symbol) -> bool {
        let index = (symbol & !SOFT).checked_sub(FIRST_WORD);
        index.is_some_and(|index| self.have_letters.get(index as usize).copied().unwrap_or(true))
    }

    /// About how much memory they take, in bytes.
    pub fn held_bytes(&self) -> usize {
        self.bytes
    }

    /// The text of a symbol in a template: `<*>` for a variable.
    pub fn shown(&self, symbol: Symbol) -> Vec<u8> {
        match symbol & !SOFT {
            HOLE => b"<*>".to_vec(),
            byte if byte < FIRST_WORD => vec![byte as u8 & 0x7f],
            word => self.text(word).to_vec(),
        }
    }
}
