//! Formats of which a line may have one of several shapes: the first that matches is the line's.

use std::sync::OnceLock;

use super::batch::{Batch, Found, LineSet};
use super::delimiter::{Delimiter, Outcome};
use super::record::{Mismatch, Span};
use super::regex::{RegexReader, RegexScratch};
use super::simd::{Search, Windows};
use crate::format::Pattern;

/// Bits of [`Mismatch::piece`] that number a part of a variant; those above number the variant.
const PIECE_BITS: u32 = 16;

/// The patterns of a format, compiled.
#[derive(Debug)]
pub(super) struct Variants(Vec<Variant>);

/// One pattern.
#[derive(Debug)]
struct Variant {
    fast: Delimiter,
    /// Decides what the fast path leaves open; built when first needed (most logs never need it).
    plain: OnceLock<Box<RegexReader>>,
    pattern: Pattern,
    slots: Vec<usize>,
    /// Slots that other variants fill.
    absent: Vec<usize>,
}

impl Variants {
    /// Compiles `patterns`; `slot_of` answers where the field of a name goes.
    pub(super) fn compile(patterns: &[Pattern], slot_of: impl Fn(Option<&str>) -> usize) -> Variants {
        let slots = |pattern: &Pattern| -> Vec<usize> {
            pattern.fields().map(|field| slot_of(field.name.as_deref())).collect()
        };
        let mut all: Vec<usize> = patterns.iter().flat_map(slots).collect();
        all.sort_unstable();
        all.dedup();
        let variant = |pattern: &Pattern| {
            let slots = slots(pattern);
            let fast = Delimiter::compile(pattern, |field| slots[field]);
            Variant {
                fast,
                plain: OnceLock::new(),
                pattern: pattern.clone(),
                absent: all.iter().copied().filter(|slot| !slots.contains(slot)).collect(),
                slots,
            }
        };
        let mut variants: Vec<Variant> = patterns.iter().map(variant).collect();
        share_steps(&mut variants);
        Variants(variants)
    }

    /// Compiles one pattern whose `i`-th field goes to `slots[i]`.
    pub(super) fn of_fields(pattern: Pattern, slots: Vec<usize>) -> Variants {
        let fast = Delimiter::compile(&pattern, |field| slots[field]);
        Variants(vec![Variant { fast, plain: OnceLock::new(), pattern, slots, absent: Vec::new() }])
    }

    /// Reads the lines of `set` of a batch of `text`: which of them match, where the first variant that does is
    /// known, and which match none. The others have to be read by [`Variants::scan`].
    pub(super) fn scan_batch(&self, text: &[u8], batch: &mut Batch, set: LineSet) -> Found {
        let Some(text) = Windows::new(text) else { return Found::default() };
        let (mut left, mut matched) = (set & batch.filled_within(text), 0);
        for variant in &self.0 {
            if left == 0 {
                break;
            }
            let (found, undecided) = variant.fast.scan_batch(text, batch, left);
            batch.clear(found, &variant.absent);
            matched |= found;
            // Another path through this variant comes before the next variant.
            left &= !(found | undecided);
        }
        Found { matched, refused: left }
    }

    /// Reads the line `hay[..limit]`; without `scratch`, only along the preferred path.
    ///
    /// # Errors
    /// Where it left the variant that fits most of it.
    #[inline(always)]
    pub(super) fn scan<S: Search>(
        &self,
        search: S,
        hay: &[u8],
        limit: usize,
        spans: &mut [Span],
        mut scratch: Option<&mut Option<RegexScratch>>,
    ) -> Result<(), Mismatch> {
        let mut furthest: Option<Mismatch> = None;
        for (number, variant) in self.0.iter().enumerate() {
            let mismatch = match variant.fast.scan(search, hay, limit, spans) {
                Outcome::Match => {
                    variant.clear(spans);
                    return Ok(());
                }
                Outcome::Undecided(_)
                    if scratch
                        .as_deref_mut()
                        .is_some_and(|scratch| variant.scan_plain(scratch, &hay[..limit], spans)) =>
                {
                    variant.clear(spans);
                    return Ok(());
                }
                Outcome::Mismatch(mismatch) | Outcome::Undecided(mismatch) => mismatch,
            };
            if furthest.is_none_or(|other| other.offset < mismatch.offset) {
                let piece = mismatch.piece | (number as u32) << PIECE_BITS;
                furthest = Some(Mismatch { piece, ..mismatch });
            }
        }
        Err(furthest.expect("a format has at least one pattern"))
    }

    /// What was expected at a mismatch, in words.
    pub(super) fn expected(&self, mismatch: &Mismatch) -> String {
        let variant = &self.0[(mismatch.piece >> PIECE_BITS) as usize];
        variant.fast.expected(&Mismatch { piece: mismatch.piece & ((1 << PIECE_BITS) - 1), ..*mismatch })
    }
}

/// Has each variant go on behind the first steps that it shares with the one before.
fn share_steps(variants: &mut [Variant]) {
    for number in 1..variants.len() {
        let (before, rest) = variants.split_at_mut(number);
        let last = &before[number - 1];
        let steps = rest[0].fast.steps_shared_with(&last.fast);
        let names: Vec<Option<&str>> = last.pattern.fields().map(|field| field.name.as_deref()).collect();
        let (shared, others) = names.split_at(steps);
        // Such a field's span would be another's when the next variant goes on.
        if shared.iter().any(|name| name.is_some() && others.contains(name)) {
            continue;
        }
        rest[0].fast.share(steps);
        // Of the variants that share these steps, the first one takes them.
        if let Some(first) = before.iter_mut().rev().find(|variant| variant.fast.shared_steps() < steps) {
            first.fast.keep(steps);
        }
    }
}

impl Variant {
    #[inline(always)]
    fn clear(&self, spans: &mut [Span]) {
        for &slot in &self.absent {
            spans[slot] = Span::ABSENT;
        }
    }

    /// Reads a line by the pattern's defining regex.
    #[cold]
    #[inline(never)]
    fn scan_plain(&self, scratch: &mut Option<RegexScratch>, line: &[u8], spans: &mut [Span]) -> bool {
        let plain = self
            .plain
            .get_or_init(|| Box::new(RegexReader::of_pattern(&self.pattern, |field| self.slots[field])));
        // What an engine writes belongs to its regex: scratch of one variant does not serve another.
        if !scratch.as_ref().is_some_and(|own| own.is_of(plain)) {
            *scratch = Some(plain.scratch());
        }
        scratch.as_mut().is_some_and(|scratch| plain.scan(scratch, line, spans))
    }
}
