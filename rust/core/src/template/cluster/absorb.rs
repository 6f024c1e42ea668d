//! Level 4: a rare shape that an established template covers if its variables are longer.

use super::{Clusters, Vocabulary, align};
use crate::template::anchor::Anchors;
use crate::template::words::Symbol;

/// The most lines of a rare shape.
const RARE_LINES: u64 = 3;
/// An established template has so many times its lines.
const LINES_RATIO: u64 = 4;
/// The least words of a template that takes shapes in.
pub const LEAST_CONSTANTS: usize = 3;
/// The most that variables may swallow, in tenths of a word; and less than the template's words.
pub const MOST_COST: u32 = 30;

/// Makes rare clusters part of templates that cover them.
pub fn absorb_rare(vocabulary: &Vocabulary, clusters: &mut Clusters) {
    let mut order: Vec<u32> =
        clusters.live().filter(|(_, one)| one.count > 0).map(|(number, _)| number).collect();
    let key =
        |number: &u32| (clusters.all[*number as usize].count, clusters.all[*number as usize].symbols.clone());
    order.sort_by_cached_key(key);
    // The most frequent first, which is the order in which candidates are tried.
    let rows: Vec<&[Symbol]> =
        order.iter().rev().map(|&number| clusters.all[number as usize].symbols.as_slice()).collect();
    let anchors = Anchors::of(&rows, |symbol| vocabulary.is_constant(symbol));
    let established: Vec<u32> = order.iter().rev().copied().collect();
    for &rare in &order {
        let count = clusters.all[rare as usize].count;
        if count > RARE_LINES {
            break;
        }
        let symbols = &clusters.all[rare as usize].symbols;
        let whole = anchors.candidates(symbols).map(|at| established[at as usize]).find(|&number| {
            let template = &clusters.all[number as usize];
            let constants = vocabulary.constants(&template.symbols);
            template.is_live
                && number != rare
                && template.count >= LINES_RATIO * count
                && template.symbols.len() <= symbols.len()
                && constants >= LEAST_CONSTANTS
                && align(&template.symbols, symbols, |symbol| vocabulary.is_text(symbol))
                    .is_some_and(|found| found.cost <= MOST_COST.min(constants as u32 * 10 - 1))
        });
        if let Some(whole) = whole {
            clusters.join(rare, whole);
        }
    }
}
