//! A step in the lines of a batch: a loop for each of the usual kinds of fields.

use super::step::{Around, Found, Step, Take};
use crate::scan::batch::{Batch, BatchLine, BatchStep};
use crate::scan::record::Span;
use crate::scan::simd::{self, Search, Work};

impl Step {
    /// Reads the field in every line of a batch that is still read.
    pub(super) fn scan_batch(&self, text: &[u8], batch: &mut Batch) {
        // A loop of its own for each of the usual kinds.
        match self.take {
            _ if self.around.is_some() => self.scan_as(Any, text, batch),
            Take::Word => self.scan_as(Words, text, batch),
            Take::Quoted => self.scan_as(Quoted, text, batch),
            Take::Bracketed => self.scan_as(Bracketed, text, batch),
            Take::Digits => self.scan_as(Digits, text, batch),
            Take::Decimal => self.scan_as(Decimals, text, batch),
            Take::ToFirst => self.scan_as(ToFirst, text, batch),
            Take::Run(_) => self.scan_as(Runs, text, batch),
            _ => self.scan_as(Any, text, batch),
        }
    }

    fn scan_as<K: FieldKind>(&self, kind: K, text: &[u8], batch: &mut Batch) {
        simd::dispatch(InBatch { step: self, text, batch, kind });
    }
}

/// A kind of field that steps are compiled for.
trait FieldKind {
    /// How a step of the kind takes its field, as far as the kind says.
    fn take(step: &Step) -> Take;
}

macro_rules! field_kinds {
    ($($(#[$doc:meta])* $name:ident = $take:expr;)*) => {$(
        $(#[$doc])*
        struct $name;

        impl FieldKind for $name {
            #[inline(always)]
            fn take(_step: &Step) -> Take {
                $take
            }
        }
    )*};
}

field_kinds! {
    Words = Take::Word;
    Quoted = Take::Quoted;
    Bracketed = Take::Bracketed;
    Digits = Take::Digits;
    Decimals = Take::Decimal;
    ToFirst = Take::ToFirst;
}

/// [`Take::Run`].
struct Runs;

impl FieldKind for Runs {
    #[inline(always)]
    fn take(step: &Step) -> Take {
        match step.take {
            Take::Run(run) => Take::Run(run),
            _ => unreachable!("a step of another kind"),
        }
    }
}

/// Whatever the step says.
struct Any;

impl FieldKind for Any {
    #[inline(always)]
    fn take(step: &Step) -> Take {
        step.take
    }
}

/// A step in the lines of a batch, compiled for one kind of field, so that its loop keeps all in registers.
struct InBatch<'a, K> {
    step: &'a Step,
    text: &'a [u8],
    batch: &'a mut Batch,
    #[expect(dead_code, reason = "it names the kind")]
    kind: K,
}

impl<K: FieldKind> Work for InBatch<'_, K> {
    type Output = ();

    #[inline(always)]
    fn run<S: Search>(self, search: S) {
        let InBatch { step, text, batch, .. } = self;
        match &step.around {
            None => batch.step(step.slot, &Alone { step, take: K::take(step), search, text }),
            Some(around) => batch.step(step.slot, &InPart { step, around, search, text }),
        }
    }
}

/// A step for a field that has to be there, in the lines of a batch.
struct Alone<'a, S> {
    step: &'a Step,
    take: Take,
    search: S,
    text: &'a [u8],
}

impl<S: Search> BatchStep for Alone<'_, S> {
    #[inline(always)]
    fn take(&self, line: BatchLine) -> Option<(Span, usize)> {
        let (start, limit) = (line.at as usize, line.limit as usize);
        let literal = &self.step.literal;
        let end = self.take.end(literal, self.search, self.text, start, limit);
        // It does not stand at `NONE`.
        literal.stands_at(self.text, end, limit).then(|| (line.span(start, end), end + literal.len))
    }
}

/// A step for a field of an optional part, in the lines of a batch.
struct InPart<'a, S> {
    step: &'a Step,
    around: &'a Around,
    search: S,
    text: &'a [u8],
}

impl<S: Search> BatchStep for InPart<'_, S> {
    #[inline(always)]
    fn take(&self, line: BatchLine) -> Option<(Span, usize)> {
        let InPart { step, around, search, text } = *self;
        let (at, limit) = (line.at as usize, line.limit as usize);
        let (mut span, mut next) = (Span::ABSENT, at);
        if around.lead.stands_at(text, at, limit) {
            let (start, stop) = around.inside(at, step);
            let end = step.take.end(stop, search, text, start, limit);
            match around.found(text, start, end, limit) {
                Found::Taken(behind) => (span, next) = (line.span(start, end), behind),
                Found::Skipped => {}
                Found::Unclear => return None,
            }
        }
        step.literal.stands_at(text, next, limit).then_some((span, next + step.literal.len))
    }
}
