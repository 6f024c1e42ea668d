//! What a scanner hands on: a record of borrowed bytes, or where the line left the format.

use super::batch::{LineSet, MOST_LINES};

/// Where a field's text lies: a range of the line, or of the scanner's scratch text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// No such field in this line.
    pub const ABSENT: Span = Span { start: 0, end: 0 };
    /// From here on, offsets count in the scratch text.
    pub const SCRATCH: u32 = 1 << 31;

    /// Bytes `start..end` of the line. Lines are shorter than 2 GiB (frames are at most 1 MiB).
    #[inline(always)]
    pub fn line(start: usize, end: usize) -> Span {
        Span { start: start as u32, end: end as u32 }
    }

    /// Bytes `start..end` of the scratch text (decoded or constant values).
    #[inline(always)]
    pub fn scratch(start: usize, end: usize) -> Span {
        Span { start: start as u32 | Self::SCRATCH, end: end as u32 | Self::SCRATCH }
    }

    /// Bytes `start..end` of the constants that every scratch text begins with.
    pub(super) const fn constant(start: u32, end: u32) -> Span {
        Span { start: start | Self::SCRATCH, end: end | Self::SCRATCH }
    }

    /// Start, end, and whether they count in the scratch text rather than in the line.
    #[inline(always)]
    pub fn bounds(self) -> (usize, usize, bool) {
        let unmarked = |offset: u32| (offset & !Self::SCRATCH) as usize;
        (unmarked(self.start), unmarked(self.end), self.start & Self::SCRATCH != 0)
    }

    /// Start and end as they are kept: from [`Span::SCRATCH`] on, they count in the scratch text.
    #[inline(always)]
    pub fn marked_bounds(self) -> (u32, u32) {
        (self.start, self.end)
    }

    /// The same bytes of a text that now lies at `start` of the line, or of the scratch text; spans of
    /// the scratch text stay.
    #[inline]
    #[must_use]
    pub fn moved(self, start: usize, to_scratch: bool) -> Span {
        match self.bounds() {
            (_, _, true) => self,
            (from, to, false) if to_scratch => Span::scratch(from + start, to + start),
            (from, to, false) => Span::line(from + start, to + start),
        }
    }

    /// The bytes of this span; empty when absent.
    #[inline(always)]
    pub fn of<'a>(self, line: &'a [u8], scratch: &'a [u8]) -> &'a [u8] {
        let (start, end, in_scratch) = self.bounds();
        if in_scratch { &scratch[start..end] } else { &line[start..end] }
    }
}

/// One scanned line: the fields that were asked for, as borrowed bytes.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// The whole line, without its line feed (and carriage return before it).
    pub line: &'a [u8],
    /// Text that is not a part of the line: decoded strings, constants such as `2xx`.
    pub scratch: &'a [u8],
    /// One span per slot; slot `i` is the `i`-th field that was asked for at compilation.
    pub spans: &'a [Span],
}

impl<'a> Record<'a> {
    /// The text of slot `slot`, or `None` when it is absent: empty or a lone `-`.
    #[inline(always)]
    pub fn get(&self, slot: usize) -> Option<&'a [u8]> {
        let text = self.spans[slot].of(self.line, self.scratch);
        match text {
            [] | [b'-'] => None,
            _ => Some(text),
        }
    }
}

/// Why a line was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// The line has no bytes.
    Empty,
    /// Another text stands where a literal of the format belongs.
    Literal,
    /// A field holds bytes that its class refuses.
    Field,
    /// The line ends before the format does.
    Short,
    /// The line goes on after the format's end.
    Trailing,
    /// A user's regex does not match.
    Regex,
    /// Not a JSON object.
    Json,
    /// Columns that the header does not name, or of the wrong kind.
    Columns,
    /// No keys with values, or one that is needed is missing.
    Pairs,
    /// Not in the envelope that was expected, such as a syslog header.
    Envelope,
    /// A comment or directive of the log, such as `#Fields:`; not a record.
    Comment,
    /// Longer than the line limit; never held in memory.
    Oversize,
}

impl Reason {
    /// Every reason, in the order of declaration.
    pub const ALL: [Reason; 12] = [
        Reason::Empty,
        Reason::Literal,
        Reason::Field,
        Reason::Short,
        Reason::Trailing,
        Reason::Regex,
        Reason::Json,
        Reason::Columns,
        Reason::Pairs,
        Reason::Envelope,
        Reason::Comment,
        Reason::Oversize,
    ];

    /// The stable name that results and metrics show.
    pub fn name(self) -> &'static str {
        match self {
            Reason::Empty => "empty",
            Reason::Literal => "literal",
            Reason::Field => "field",
            Reason::Short => "short",
            Reason::Trailing => "trailing",
            Reason::Regex => "regex",
            Reason::Json => "json",
            Reason::Columns => "columns",
            Reason::Pairs => "pairs",
            Reason::Envelope => "envelope",
            Reason::Comment => "comment",
            Reason::Oversize => "oversize",
        }
    }
}

/// Where a line left its format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mismatch {
    /// Why it was refused.
    pub reason: Reason,
    /// Byte offset in the line where it left the format, from 0.
    pub offset: u32,
    /// Which part of the format was expected there; the scanner turns it into words.
    pub piece: u32,
}

/// Records that follow one another.
#[derive(Debug, Clone, Copy)]
pub struct Records<'a> {
    /// What the lines lie in.
    pub text: &'a [u8],
    /// Offsets of the lines' first bytes in the text.
    pub starts: &'a [u32],
    /// Offsets behind their last bytes.
    pub limits: &'a [u32],
    /// See [`Record::scratch`].
    pub scratch: &'a [u8],
    /// The spans of all lines, `slots` each.
    pub spans: &'a [Span],
    /// Spans of a line.
    pub slots: usize,
}

impl<'a> Records<'a> {
    /// One alone.
    pub fn one<T>(record: &Record<'_>, take: impl FnOnce(&Records<'_>) -> T) -> T {
        let Record { line, scratch, spans } = *record;
        let limits = [line.len() as u32];
        take(&Records { text: line, starts: &[0], limits: &limits, scratch, spans, slots: spans.len() })
    }

    /// All of them, of which a batch has no more than [`MOST_LINES`].
    #[inline(always)]
    pub fn all(&self) -> LineSet {
        LineSet::MAX.checked_shr((MOST_LINES.saturating_sub(self.len())) as u32).unwrap_or(0)
    }

    /// How many there are.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Number `index` of them.
    #[inline(always)]
    pub fn get(&self, index: usize) -> Record<'a> {
        Record {
            line: &self.text[self.starts[index] as usize..self.limits[index] as usize],
            scratch: self.scratch,
            spans: &self.spans[index * self.slots..][..self.slots],
        }
    }

    /// The text of slot `slot` of record number `index`; empty when it is absent.
    #[inline(always)]
    pub fn text_of(&self, index: usize, slot: usize) -> &'a [u8] {
        self.get(index).get(slot).unwrap_or_default()
    }

    /// One after the other.
    #[inline(always)]
    pub fn iter(&self) -> impl Iterator<Item = Record<'a>> {
        let records = *self;
        (0..records.len()).map(move |index| records.get(index))
    }
}

/// Takes what a scanner finds, line by line, in order.
pub trait RecordSink {
    /// A line that matches.
    fn record(&mut self, record: &Record<'_>);
    /// Lines that match and follow one another; the same as [`RecordSink::record`] for each.
    #[inline(always)]
    fn records(&mut self, records: &Records<'_>) {
        records.iter().for_each(|record| self.record(&record));
    }
    /// A line that does not.
    fn reject(&mut self, line: &[u8], mismatch: &Mismatch);
}
