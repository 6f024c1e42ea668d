//! A template laid over a line whose variables may be several tokens long.

use crate::template::words::{HOLE, Symbol};

/// The most tokens that one variable holds.
const MAX_HOLE_TOKENS: usize = 8;
/// Larger pairs are not aligned: the table has a cell for each pair of tokens.
const MAX_CELLS: usize = 1 << 14;
/// What it costs to take a word or punctuation for a value, and not to find punctuation, in tenths.
const WORD_COST: u32 = 10;
const PUNCTUATION_COST: u32 = 2;
const MISSING_COST: u32 = 5;
const NEVER: u32 = u32::MAX;

/// How a template lies over tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alignment {
    /// In tenths of a word that variables swallow.
    pub cost: u32,
    /// Of each token of the template those of the line, from and to.
    pub spans: Vec<(usize, usize)>,
}

/// Lays a template over tokens at the least cost; `None` if it does not fit. `is_text` tells words
/// with letters, which must all be found.
pub fn align(template: &[Symbol], tokens: &[Symbol], is_text: impl Fn(Symbol) -> bool) -> Option<Alignment> {
    // Most pairs fail here: their words are not those of the line, in order.
    let mut rest = tokens.iter();
    if !template.iter().filter(|&&symbol| is_text(symbol)).all(|word| rest.any(|token| token == word)) {
        return None;
    }
    let width = tokens.len() + 1;
    let cells = (template.len() + 1) * width;
    if cells > MAX_CELLS {
        return same(template, tokens, is_text);
    }
    let mut costs = vec![NEVER; cells];
    let mut came_from = vec![0u32; cells];
    costs[0] = 0;
    for (row, &symbol) in template.iter().enumerate() {
        for from in 0..width {
            let cost = costs[row * width + from];
            if cost == NEVER {
                continue;
            }
            let mut reach = |to: usize, cost: u32| {
                let cell = (row + 1) * width + to;
                if cost < costs[cell] {
                    costs[cell] = cost;
                    came_from[cell] = from as u32;
                }
            };
            if symbol == HOLE {
                let mut cost = cost;
                for (index, &token) in tokens[from..].iter().take(MAX_HOLE_TOKENS).enumerate() {
                    cost += swallowed(token, &is_text);
                    reach(from + index + 1, cost);
                }
            } else {
                if tokens.get(from) == Some(&symbol) {
                    reach(from + 1, cost);
                }
                if !is_text(symbol) {
                    reach(from, cost + MISSING_COST);
                }
            }
        }
    }
    let cost = costs[cells - 1];
    if cost == NEVER {
        return None;
    }
    let mut spans = vec![(0, 0); template.len()];
    let mut to = tokens.len();
    for row in (0..template.len()).rev() {
        let from = came_from[(row + 1) * width + to] as usize;
        spans[row] = (from, to);
        to = from;
    }
    Some(Alignment { cost, spans })
}

fn swallowed(token: Symbol, is_text: &impl Fn(Symbol) -> bool) -> u32 {
    match token {
        HOLE => 0,
        word if is_text(word) => WORD_COST,
        _ => PUNCTUATION_COST,
    }
}

/// Lays a template over as many tokens, one by one.
fn same(template: &[Symbol], tokens: &[Symbol], is_text: impl Fn(Symbol) -> bool) -> Option<Alignment> {
    if template.len() != tokens.len() {
        return None;
    }
    let mut cost = 0u32;
    for (&symbol, &token) in template.iter().zip(tokens) {
        match symbol {
            HOLE => cost += swallowed(token, &is_text),
            text if text != token => return None,
            _ => {}
        }
    }
    Some(Alignment { cost, spans: (0..template.len()).map(|at| (at, at + 1)).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: fn(Symbol) -> bool = |symbol| symbol >= 256;

    #[test]
    fn variables_hold_several_tokens() {
        let template = [300, HOLE, 301];
        let alignment = align(&template, &[300, HOLE, 400, 44, 301], TEXT).unwrap();
        assert_eq!(alignment, Alignment { cost: 12, spans: vec![(0, 1), (1, 4), (4, 5)] });
        assert_eq!(align(&template, &[300, 301], TEXT), None);
        assert_eq!(align(&template, &[300, HOLE, 302], TEXT), None);
    }

    #[test]
    fn punctuation_may_lack() {
        assert_eq!(align(&[300, 46], &[300], TEXT).unwrap().cost, MISSING_COST);
        assert_eq!(align(&[300, 301], &[300], TEXT), None);
    }

    #[test]
    fn long_rows_are_compared_one_by_one() {
        let long = vec![300; 400];
        let mut template = long.clone();
        template[7] = HOLE;
        assert_eq!(align(&template, &long, TEXT).unwrap().cost, WORD_COST);
        assert_eq!(align(&template, &long[1..], TEXT), None);
    }
}
