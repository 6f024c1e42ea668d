//! Level 3: shapes that differ in one word. Is that word a variable?

use std::cmp::Reverse;

use super::closed::is_closed;
use super::{Clusters, Values, Vocabulary, squeeze};
use crate::template::token::mix;
use crate::template::words::{HOLE, SOFT, Symbol};

/// Rounds: each merge may make more shapes differ in one word only.
const MAX_ROUNDS: usize = 8;
/// The least values of a variable, if nothing but their number tells.
const LEAST_VALUES: usize = 4;
/// So many values are a variable however often each was seen.
const MANY_VALUES: usize = 8;
/// The least values where a cue or a known value tells too, and enough lines to have seen more.
const LEAST_CUED_VALUES: usize = 3;
const FEW_LINES: u64 = 20;
/// The least share of values seen once: by Good and Turing's estimate (Good 1953) the chance that the
/// next value is a new one.
const LEAST_NOVELTY: f64 = 0.04;
/// Where fewer words are left, the first one says what the line is.
const FEW_CONSTANTS: usize = 4;

/// Shapes that differ in one position.
struct Slot {
    position: usize,
    /// What stands there, and the cluster where it does.
    fillings: Vec<(Symbol, u32)>,
    /// How many of them are words.
    values: usize,
}

/// Merges the clusters whose words are values of one variable, until none are left.
pub fn merge_slots(vocabulary: &Vocabulary, known_values: &Values, clusters: &mut Clusters) {
    let mut known_values = known_values.clone();
    for _ in 0..MAX_ROUNDS {
        let mut slots = find_slots(vocabulary, clusters);
        slots.retain(|slot| is_variable(vocabulary, &known_values, clusters, slot));
        if slots.is_empty() {
            return;
        }
        // Slots with more values first: they are surer, and take their shapes from the others.
        let context = |slot: &Slot| clusters.all[slot.fillings[0].1 as usize].symbols.clone();
        slots.sort_by_cached_key(|slot| (Reverse(slot.values), slot.position, context(slot)));
        let mut merged = false;
        for slot in slots {
            merged |= merge(vocabulary, &mut known_values, clusters, &slot);
        }
        if !merged {
            return;
        }
    }
}

/// Groups clusters by all of their tokens but one, for each position of a word or variable.
fn find_slots(vocabulary: &Vocabulary, clusters: &Clusters) -> Vec<Slot> {
    let mut entries: Vec<(u64, u32, u32)> = Vec::new();
    for (number, cluster) in clusters.live() {
        let term = |(position, &symbol): (usize, &Symbol)| mix(position as u64 + 1, u64::from(symbol));
        let whole = cluster.symbols.iter().enumerate().map(term).fold(0u64, u64::wrapping_add);
        for (position, symbol) in cluster.symbols.iter().enumerate() {
            if *symbol == HOLE || vocabulary.is_text(*symbol) {
                let rest = whole.wrapping_sub(term((position, symbol)));
                entries.push((
                    mix(rest, (position << 16 | cluster.symbols.len()) as u64),
                    number,
                    position as u32,
                ));
            }
        }
    }
    entries.sort_unstable();
    entries
        .chunk_by(|one, other| one.0 == other.0)
        .filter(|entries| entries.len() > 1)
        .filter_map(|entries| {
            let symbols = |number: u32| clusters.all[number as usize].symbols.as_slice();
            let (_, first, position) = entries[0];
            let position = position as usize;
            let fillings: Vec<(Symbol, u32)> = entries
                .iter()
                .filter(|entry| differs_at_most(symbols(first), symbols(entry.1), position))
                .map(|entry| (symbols(entry.1)[position], entry.1))
                .collect();
            let values = fillings.iter().filter(|(symbol, _)| *symbol != HOLE).count();
            (fillings.len() > 1 && values > 0).then_some(Slot { position, fillings, values })
        })
        .collect()
}

/// Whether two rows of tokens are the same but for one position: equal hashes do not prove it.
fn differs_at_most(one: &[Symbol], other: &[Symbol], position: usize) -> bool {
    one.len() == other.len()
        && one[..position] == other[..position]
        && one[position + 1..] == other[position + 1..]
}

fn is_variable(vocabulary: &Vocabulary, known_values: &Values, clusters: &Clusters, slot: &Slot) -> bool {
    let count = |&(_, number): &(Symbol, u32)| clusters.all[number as usize].count;
    let words = || slot.fillings.iter().filter(|(symbol, _)| *symbol != HOLE);
    let symbols = &clusters.all[slot.fillings[0].1 as usize].symbols;
    let (before, after) = (&symbols[..slot.position], &symbols[slot.position + 1..]);
    let lines = slot.fillings.iter().map(count).fold(0, u64::saturating_add);
    let once = words().filter(|&word| count(word) == 1).count();
    let constants = vocabulary.constants(before) + vocabulary.constants(after);
    let is_first = vocabulary.constants(before) == 0;
    let are_soft = words().all(|(symbol, _)| symbol & SOFT != 0);
    let closed = is_closed(slot.values, once, lines);
    let enough_values = slot.values >= LEAST_CUED_VALUES || lines < FEW_LINES;

    // Some lines have a variable there already.
    if slot.values < slot.fillings.len() && constants >= 2 {
        return true;
    }
    // The first word says what a line is, unless much is left or it has many values.
    let names_line = constants < FEW_CONSTANTS || slot.values < LEAST_VALUES;
    if is_first && !are_soft && names_line && !(slot.values >= MANY_VALUES && constants >= 2) {
        return false;
    }
    if are_soft {
        let is_open = slot.values >= LEAST_CUED_VALUES || once > 0 || lines < FEW_LINES;
        return constants >= 1 && !closed && is_open && (!is_first || constants >= 3);
    }
    if constants >= 1 && !is_first && enough_values {
        let cue = before.iter().rev().find(|&&symbol| vocabulary.is_text(symbol));
        let known =
            words().filter(|(symbol, _)| known_values.contains(&vocabulary.lower_hash(*symbol))).count();
        // `user alice`; or all but one were values of keys elsewhere.
        if cue.is_some_and(|&cue| vocabulary.is_cue(cue)) || (known >= 1 && known + 1 >= slot.values) {
            return true;
        }
    }
    let is_novel = once as f64 / lines as f64 >= LEAST_NOVELTY;
    constants >= 2 && ((slot.values >= LEAST_VALUES && !closed && is_novel) || slot.values >= MANY_VALUES)
}

fn merge(vocabulary: &Vocabulary, known_values: &mut Values, clusters: &mut Clusters, slot: &Slot) -> bool {
    let is_live = |&(_, number): &(Symbol, u32)| clusters.all[number as usize].is_live;
    let fillings: Vec<(Symbol, u32)> = slot.fillings.iter().copied().filter(is_live).collect();
    if fillings.len() < 2 || fillings.iter().all(|(symbol, _)| *symbol == HOLE) {
        return false;
    }
    let mut symbols = clusters.all[fillings[0].1 as usize].symbols.clone();
    symbols[slot.position] = HOLE;
    let whole = clusters.of(squeeze(symbols));
    for (symbol, part) in fillings {
        if part != whole {
            clusters.join(part, whole);
        }
        if symbol != HOLE {
            known_values.insert(vocabulary.lower_hash(symbol));
        }
    }
    true
}
