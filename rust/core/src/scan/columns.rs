//! Lines of columns, divided at a delimiter; what the columns are, a header line may say anew.

mod batch;
mod quoted;
#[cfg(test)]
mod tests;

pub(super) use self::batch::ColumnLines;

use std::sync::{Arc, Mutex, PoisonError};

use self::quoted::quoted;
use super::delimiter::skip_digits;
use super::record::{Mismatch, Reason, Span};
use super::simd::Search;
use super::stops::Stops;
use crate::format::Kind;
use crate::format::columns::{Column, ColumnsDialect, ColumnsSpec, Rank};

/// Where each column goes.
#[derive(Debug, Clone)]
pub struct Layout(Arc<Columns>);

#[derive(Debug)]
struct Columns {
    /// By column; nothing for those that are neither checked nor wanted.
    targets: Vec<Option<Target>>,
    /// The columns that have a target, and those.
    kept: Vec<(usize, Target)>,
    /// Slots that this header fills, and those that only others do: all are cleared before a line.
    slots: Vec<usize>,
}

impl Columns {
    #[inline(always)]
    fn clear(&self, spans: &mut [Span]) {
        for &slot in &self.slots {
            spans[slot] = Span::ABSENT;
        }
    }
}

/// What becomes of a column.
#[derive(Debug, Clone, Copy)]
struct Target {
    slot: usize,
    check: Check,
    rank: Rank,
}

/// What a column has to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Check {
    Anything,
    /// Digits, or the mark of absence.
    Digits,
}

impl Check {
    /// Whether `hay[start..end]` is that; `hay` may go on beyond it.
    #[inline(always)]
    fn holds(self, hay: &[u8], start: usize, end: usize) -> bool {
        self == Check::Anything
            || skip_digits(hay, start, end) >= end
            || hay[start] == b'-' && skip_digits(hay, start + 1, end) >= end
    }
}

/// A format of columns, compiled.
#[derive(Debug)]
pub struct ColumnScanner {
    dialect: ColumnsDialect,
    /// The line that names the columns and is no record.
    header: Option<Vec<u8>>,
    /// Wanted fields and their slots.
    wanted: Vec<(String, usize)>,
    spare: usize,
    /// What the header said that was read last. Files whose headers may change are read in order.
    current: Mutex<Layout>,
}

impl ColumnScanner {
    /// For fields and their slots; `spare` takes what nobody wants.
    pub fn new(spec: &ColumnsSpec, wanted: Vec<(String, usize)>, spare: usize) -> ColumnScanner {
        let layout = Layout::new(&spec.columns, &wanted, spare);
        ColumnScanner {
            dialect: spec.dialect,
            header: spec.header.clone(),
            wanted,
            spare,
            current: Mutex::new(layout),
        }
    }

    /// What the header said that was read last.
    pub fn layout(&self) -> Layout {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a header may stand at any place of a file.
    pub fn follows_headers(&self) -> bool {
        matches!(self.dialect, ColumnsDialect::W3c(_) | ColumnsDialect::Zeek)
    }

    /// Reads the line `hay[..limit]`; a header line changes `layout`.
    ///
    /// # Errors
    /// For comments and headers, and where a line has not the columns of the header.
    #[inline(always)]
    pub fn scan<S: Search>(
        &self,
        search: S,
        hay: &[u8],
        limit: usize,
        layout: &mut Option<Layout>,
        spans: &mut [Span],
        text: &mut Vec<u8>,
    ) -> Result<(), Mismatch> {
        if self.is_comment(hay, limit) {
            return Err(self.comment(&hay[..limit], layout));
        }
        let Layout(columns) = layout.get_or_insert_with(|| self.layout());
        columns.clear(spans);
        let quotes = self.has_quotes();
        let delimiter = self.delimiter(search, hay, 0, limit);
        let mut delimiters = Stops::new(search, hay, 0, [delimiter]);
        let mut at = 0;
        for (index, target) in columns.targets.iter().enumerate() {
            if at > limit {
                return Err(mismatch(limit, index));
            }
            let start = at;
            let (span, end) = match hay[at..limit] {
                [b'"', ..] if quotes => {
                    let (span, end) =
                        quoted(search, hay, at, limit, delimiter, text).ok_or(mismatch(at, index))?;
                    delimiters.skip_to(end);
                    delimiters.next(limit); // the one at `end`
                    (span, end)
                }
                _ => {
                    let end = delimiters.next(limit);
                    (Span::line(at, end), end)
                }
            };
            at = end + 1;
            let Some(target) = target else { continue };
            let column = span.of(hay, text);
            if !target.check.holds(column, 0, column.len()) {
                return Err(mismatch(start, index));
            }
            if target.slot != self.spare && !is_absent(column) {
                // A column that is absent leaves what another one said.
                if target.rank == Rank::First || is_absent(spans[target.slot].of(hay, text)) {
                    spans[target.slot] = span;
                }
            }
        }
        // White space may close a line.
        if at <= limit && !hay[at..limit].trim_ascii().is_empty() || columns.targets.is_empty() {
            return Err(mismatch(at.min(limit), columns.targets.len()));
        }
        Ok(())
    }

    /// What was expected at a mismatch, in words.
    pub fn expected(&self, mismatch: &Mismatch) -> String {
        let Layout(columns) = self.layout();
        match columns.targets.get(mismatch.piece as usize) {
            None if columns.targets.is_empty() => "a header line that names the columns".to_owned(),
            None => format!("the end of the line, behind {} columns", columns.targets.len()),
            Some(Some(Target { check: Check::Digits, .. })) => {
                format!("digits in column {}", mismatch.piece + 1)
            }
            Some(_) => format!("column {} of {}", mismatch.piece + 1, columns.targets.len()),
        }
    }

    /// Whether the line `hay[..limit]` is no record.
    #[inline(always)]
    fn is_comment(&self, hay: &[u8], limit: usize) -> bool {
        match &self.header {
            Some(header) => hay[..limit] == **header,
            None => self.follows_headers() && (hay.starts_with(b"#") || hay.starts_with(b"\xef\xbb\xbf#")),
        }
    }

    /// Whether columns may stand in quotes.
    fn has_quotes(&self) -> bool {
        !matches!(self.dialect, ColumnsDialect::Zeek)
    }

    /// What stands between the columns of `hay[start..limit]`.
    #[inline(always)]
    fn delimiter<S: Search>(&self, search: S, hay: &[u8], start: usize, limit: usize) -> u8 {
        match self.dialect {
            ColumnsDialect::Separated { delimiter, .. } => delimiter,
            ColumnsDialect::Zeek => b'\t',
            // What stands behind the first column, in which neither does.
            ColumnsDialect::W3c(_) => match search.find::<2>(hay, start, limit, *b" \t") {
                blank if blank < limit => hay[blank],
                _ => b' ',
            },
        }
    }

    #[cold]
    #[inline(never)]
    fn comment(&self, line: &[u8], layout: &mut Option<Layout>) -> Mismatch {
        if let Some(columns) = self.dialect.header(line) {
            let new = Layout::new(&columns, &self.wanted, self.spare);
            *self.current.lock().unwrap_or_else(PoisonError::into_inner) = new.clone();
            *layout = Some(new);
        }
        Mismatch { reason: Reason::Comment, offset: 0, piece: 0 }
    }
}

impl Layout {
    fn new(columns: &[Column], wanted: &[(String, usize)], spare: usize) -> Layout {
        let target = |column: &Column| {
            let slot = wanted.iter().find(|(name, _)| *name == column.name).map_or(spare, |(_, slot)| *slot);
            let check = if column.kind == Kind::Integer { Check::Digits } else { Check::Anything };
            let is_idle = slot == spare && check == Check::Anything;
            (!is_idle).then_some(Target { slot, check, rank: column.rank })
        };
        let slots = wanted.iter().map(|(_, slot)| *slot).chain([spare]).collect();
        let targets: Vec<Option<Target>> = columns.iter().map(target).collect();
        let kept =
            targets.iter().enumerate().filter_map(|(index, target)| Some((index, (*target)?))).collect();
        Layout(Arc::new(Columns { targets, kept, slots }))
    }
}

fn mismatch(offset: usize, column: usize) -> Mismatch {
    Mismatch { reason: Reason::Columns, offset: offset as u32, piece: column as u32 }
}

fn is_absent(text: &[u8]) -> bool {
    matches!(text, b"" | b"-" | b"(empty)")
}
