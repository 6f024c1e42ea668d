//! With which bytes the texts of a regex begin, and which they hold.

use regex_syntax::hir::{Class as HirClass, Hir, HirKind};

use super::run::ByteSet;

/// The bytes with which a text of `hir` may begin, and whether a text may be empty.
pub(super) fn first_of(hir: &Hir) -> (ByteSet, bool) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => (ByteSet::NONE, true),
        HirKind::Literal(literal) => (ByteSet::of_ranges(literal.0.first().map(|&byte| (byte, byte))), false),
        HirKind::Class(class) => (set_of(class), false),
        HirKind::Repetition(repetition) => {
            let (first, is_empty) = first_of(&repetition.sub);
            (first, is_empty || repetition.min == 0)
        }
        HirKind::Capture(capture) => first_of(&capture.sub),
        HirKind::Concat(parts) => {
            let mut all = ByteSet::NONE;
            for part in parts {
                let (first, is_empty) = first_of(part);
                all = all.union(&first);
                if !is_empty {
                    return (all, false);
                }
            }
            (all, true)
        }
        HirKind::Alternation(parts) => {
            parts.iter().map(first_of).fold((ByteSet::NONE, false), |(all, any_empty), (first, is_empty)| {
                (all.union(&first), any_empty || is_empty)
            })
        }
    }
}

/// All bytes that a text of `hir` may hold.
pub(super) fn bytes_of(hir: &Hir) -> ByteSet {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => ByteSet::NONE,
        HirKind::Literal(literal) => ByteSet::of_ranges(literal.0.iter().map(|&byte| (byte, byte))),
        HirKind::Class(class) => set_of(class),
        HirKind::Repetition(repetition) => bytes_of(&repetition.sub),
        HirKind::Capture(capture) => bytes_of(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().map(bytes_of).fold(ByteSet::NONE, |all, bytes| all.union(&bytes))
        }
    }
}

/// The bytes of a class; those beyond ASCII are taken for all of these.
fn set_of(class: &HirClass) -> ByteSet {
    match class {
        HirClass::Bytes(class) => ByteSet::of_ranges(class.iter().map(|range| (range.start(), range.end()))),
        HirClass::Unicode(class) => ByteSet::of_ranges(class.iter().map(|range| {
            let byte = |character: char| u8::try_from(u32::from(character)).unwrap_or(u8::MAX);
            let last = if range.end().is_ascii() { byte(range.end()) } else { u8::MAX };
            (byte(range.start()).min(0x80), last)
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::lower::parse;

    fn set(ranges: &[(u8, u8)]) -> ByteSet {
        ByteSet::of_ranges(ranges.iter().copied())
    }

    #[test]
    fn what_texts_begin_with_and_hold() {
        for (regex, first, is_empty, all) in [
            ("ab|c*d", set(&[(b'a', b'a'), (b'c', b'd')]), false, set(&[(b'a', b'd')])),
            (r"\ba?b?", set(&[(b'a', b'b')]), true, set(&[(b'a', b'b')])),
            ("(x[0-9])+", set(&[(b'x', b'x')]), false, set(&[(b'x', b'x'), (b'0', b'9')])),
            ("(?u:[aä])", set(&[(b'a', b'a'), (0x80, 0xff)]), false, set(&[(b'a', b'a'), (0x80, 0xff)])),
        ] {
            let hir = parse(regex).unwrap();
            assert_eq!((first_of(&hir), bytes_of(&hir)), ((first, is_empty), all), "{regex}");
        }
    }
}
