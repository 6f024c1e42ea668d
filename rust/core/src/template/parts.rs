//! A template as text sees it: literals, gaps and variables, learnt from examples of its lines.

use super::class::{DIGIT, SPACE, is};
use super::cluster::{align, is_cue};
use super::leaf::{Leaf, without_masked};
use super::lex::{join, lex};
use super::token::Token;
use super::words::{HOLE, Symbol, Words, is_word};

/// Examples of a template that are looked at.
const MAX_EXAMPLES: usize = 32;

/// White space between two parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap {
    /// In no line.
    Never,
    /// In some lines.
    Sometimes,
    /// In every line.
    Always,
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// White space.
    Gap {
        /// In which lines it is.
        gap: Gap,
        /// Whether the template is shown with it.
        is_shown: bool,
    },
    /// Text that lines have in common.
    Literal {
        /// The text.
        text: Vec<u8>,
        /// Whether some lines lack it.
        is_optional: bool,
    },
    /// A variable.
    Variable {
        /// Its values in the examples.
        values: Vec<Vec<u8>>,
    },
}

/// A line of a template, laid under its tokens.
struct Example<'a> {
    message: &'a [u8],
    tokens: Vec<Token>,
    /// Of each token of the template those of the line, from and to.
    spans: Vec<(usize, usize)>,
}

impl<'a> Example<'a> {
    /// `None` if the message was cut, or is laid otherwise now.
    fn of(
        message: &'a [u8],
        leaf: &Leaf,
        template: &[Symbol],
        is_text: impl Fn(Symbol) -> bool,
    ) -> Option<Example<'a>> {
        let (mut lexed, mut tokens) = (Vec::new(), Vec::new());
        lex(message, &mut lexed);
        join(message, &lexed, &mut tokens);
        if tokens.len() != leaf.symbols.len() {
            return None;
        }
        let alignment = align(template, &without_masked(&leaf.symbols), is_text)?;
        Some(Example { message, tokens, spans: alignment.spans })
    }

    /// The bytes of the message that stand for a token of the template; `None` if it lacks it.
    fn bytes(&self, at: usize) -> Option<(usize, usize)> {
        let (from, to) = self.spans[at];
        (to > from).then(|| (self.tokens[from].start as usize, self.tokens[to - 1].end as usize))
    }

    /// Whether white space comes before a token; `None` without the token, or one before it.
    fn has_gap(&self, at: usize) -> Option<bool> {
        let (start, _) = self.bytes(at)?;
        let (_, end) = (0..at).rev().find_map(|before| self.bytes(before))?;
        Some(self.message.get(end..start)?.iter().any(|&byte| is(byte, SPACE)))
    }
}

/// The parts of a template. `leaves` are its shapes, those with the most lines first.
pub fn parts(template: &[Symbol], leaves: &[&Leaf], words: &Words, lines: u64) -> Vec<Part> {
    let is_text = |symbol: Symbol| words.is_text(symbol);
    let candidates =
        leaves.iter().flat_map(|leaf| leaf.exemplars.iter().map(move |exemplar| (leaf, exemplar)));
    let examples: Vec<Example> = candidates
        .take(MAX_EXAMPLES)
        .filter_map(|(leaf, exemplar)| Example::of(exemplar, leaf, template, is_text))
        .collect();
    let Some(shown) = examples.first() else { return from_tokens(template, words) };
    let mut parts = Vec::new();
    for (at, &symbol) in template.iter().enumerate() {
        push_gap(&mut parts, &examples, at);
        let found: Vec<&[u8]> = examples
            .iter()
            .filter_map(|example| example.bytes(at).map(|(start, end)| &example.message[start..end]))
            .collect();
        if symbol != HOLE {
            let is_optional = found.len() < examples.len();
            if shown.bytes(at).is_some() || is_word(symbol) {
                parts.push(Part::Literal { text: words.shown(symbol), is_optional });
            } else if let Some(text) = found.first() {
                parts.push(Part::Literal { text: text.to_vec(), is_optional: true });
            }
        } else if !found.is_empty() {
            let cue = template[..at].iter().rev().find(|&&symbol| is_text(symbol));
            let is_named = cue.is_some_and(|&cue| is_cue(words.text(cue)));
            push_variable(&mut parts, &found, lines > 1 && !is_named);
        }
    }
    parts
}

/// The parts of a template without examples: its tokens, with spaces between words.
fn from_tokens(template: &[Symbol], words: &Words) -> Vec<Part> {
    let mut parts = Vec::new();
    for &symbol in template {
        if !parts.is_empty() {
            parts.push(Part::Gap { gap: Gap::Sometimes, is_shown: true });
        }
        parts.push(match symbol {
            HOLE => Part::Variable { values: Vec::new() },
            _ => Part::Literal { text: words.shown(symbol), is_optional: false },
        });
    }
    parts
}

fn push_gap(parts: &mut Vec<Part>, examples: &[Example], at: usize) {
    let mut gaps = examples.iter().filter_map(|example| example.has_gap(at));
    let Some(first) = gaps.next() else { return };
    let is_shown = examples[0].has_gap(at).unwrap_or(first);
    let gap = match gaps.all(|gap| gap == first) {
        true if first => Gap::Always,
        true => Gap::Never,
        false => Gap::Sometimes,
    };
    if gap != Gap::Never {
        parts.push(Part::Gap { gap, is_shown });
    }
}

/// Adds a variable. What all of its values have in common is text: a word that never changed, or a unit
/// behind a space, which earns a mean PA of .04 on Loghub. (A shared beginning such as `blk_` as text
/// would cost .05.)
fn push_variable(parts: &mut Vec<Part>, values: &[&[u8]], may_be_text: bool) {
    let first = values[0];
    let literal = |text: &[u8]| Part::Literal { text: text.to_vec(), is_optional: false };
    if values.iter().all(|value| *value == first) {
        if first.is_empty() {
            return;
        }
        if may_be_text && is_constant(first) {
            parts.push(literal(first));
            return;
        }
    }
    let suffix = shared_suffix(values);
    let inner = |value: &&[u8]| value[..value.len() - suffix].to_vec();
    parts.push(Part::Variable { values: values.iter().map(inner).collect() });
    if suffix > 0 {
        parts.push(literal(&first[first.len() - suffix..]));
    }
}

/// Whether a value that never changed is text: one of letters, that is no truth value, path or name.
fn is_constant(value: &[u8]) -> bool {
    value.iter().any(u8::is_ascii_alphabetic)
        && !value.iter().any(|&byte| is(byte, DIGIT) || matches!(byte, b'/' | b'.'))
        && !matches!(value, b"true" | b"false" | b"null")
}

/// Bytes of a space and letters that all values end in.
fn shared_suffix(values: &[&[u8]]) -> usize {
    let first = values[0];
    let from_end = |value: &[u8], at: usize| value.len().checked_sub(at + 1).map(|place| value[place]);
    let is_shared = |at: &usize| {
        from_end(first, *at).is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b' ')
            && values.iter().all(|value| from_end(value, *at) == from_end(first, *at))
    };
    let shared = (0..first.len()).take_while(is_shared).count();
    if shared > 1 && first[first.len() - shared] == b' ' { shared } else { 0 }
}
