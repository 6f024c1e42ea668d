//! Level 2: soft positions stay text only where their values are a small closed set.

use std::collections::HashMap;

use super::{Clusters, Vocabulary, squeeze};
use crate::template::words::{HOLE, SOFT, Symbol};

/// The most values of a closed set.
pub const CLOSED_VALUES: usize = 5;
/// So many lines for each value, and every value twice: then the set counts as closed.
pub const LINES_PER_VALUE: u64 = 8;
/// Before the first word, values up to this many stay text ...
const LEADING_VALUES: usize = 8;
/// ... where fewer words than this say what the line is.
const FEW_CONSTANTS: usize = 4;

/// Whether values are a closed set: few, each seen more than once, in many lines.
pub fn is_closed(values: usize, once: usize, lines: u64) -> bool {
    values <= CLOSED_VALUES && once == 0 && lines >= LINES_PER_VALUE * values as u64
}

/// Decides on every soft position of leaves (index, tokens, lines), which are sorted by their tokens;
/// answers the cluster of each leaf.
pub fn close(
    vocabulary: &Vocabulary,
    leaves: &[(u32, Vec<Symbol>, u64)],
    clusters: &mut Clusters,
) -> Vec<u32> {
    let mut groups: HashMap<Vec<Symbol>, Vec<usize>> = HashMap::new();
    for (index, (_, symbols, _)) in leaves.iter().enumerate() {
        let masked = symbols.iter().map(|&symbol| if symbol & SOFT != 0 { SOFT } else { symbol }).collect();
        groups.entry(masked).or_default().push(index);
    }
    let mut groups: Vec<Vec<usize>> = groups.into_values().collect();
    groups.sort_unstable();
    let mut of = vec![0; leaves.len()];
    for group in groups {
        let keeps = kept_positions(vocabulary, leaves, &group);
        for leaf in group {
            let (_, symbols, count) = &leaves[leaf];
            let decided = symbols
                .iter()
                .zip(&keeps)
                .map(|(&symbol, &keeps)| if symbol & SOFT != 0 && !keeps { HOLE } else { symbol });
            of[leaf] = clusters.of(squeeze(decided));
            let total = &mut clusters.all[of[leaf] as usize].count;
            *total = total.saturating_add(*count);
        }
    }
    of
}

/// Which positions of a group's leaves stay as they are.
///
/// A soft position does if it has one value, or a closed set of them, or if it stands before the first
/// word of a line with few words, which it then names (`org.example.Main started`).
fn kept_positions(vocabulary: &Vocabulary, leaves: &[(u32, Vec<Symbol>, u64)], group: &[usize]) -> Vec<bool> {
    let first = &leaves[group[0]].1;
    let lines = group.iter().fold(0u64, |lines, &leaf| lines.saturating_add(leaves[leaf].2));
    let constants = vocabulary.constants(first);
    let mut is_leading = true;
    let mut keeps = vec![true; first.len()];
    for position in 0..first.len() {
        if first[position] & SOFT == 0 {
            is_leading &= !vocabulary.is_constant(first[position]);
            continue;
        }
        let mut values: HashMap<Symbol, u64> = HashMap::new();
        for &leaf in group {
            let lines: &mut u64 = values.entry(leaves[leaf].1[position]).or_default();
            *lines = lines.saturating_add(leaves[leaf].2);
        }
        let once = values.values().filter(|&&lines| lines == 1).count();
        let names_line = is_leading && constants < FEW_CONSTANTS && values.len() < LEADING_VALUES;
        keeps[position] = !values.contains_key(&SOFT)
            && (values.len() == 1 || is_closed(values.len(), once, lines) || names_line);
    }
    keeps
}
