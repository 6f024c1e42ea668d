//! Runs of bytes of one set, as regexes have them: `[set]{least,most}`, the longest or the shortest.

use std::fmt;

/// A set of bytes. Never holds the line feed: no line does.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ByteSet([u64; 4]);

/// What `\s` stands for in a regex without Unicode, but for the line feed.
pub const BLANKS: [u8; 5] = *b"\t\x0b\x0c\r ";

impl ByteSet {
    /// No bytes.
    pub const NONE: ByteSet = ByteSet([0; 4]);

    /// All bytes but the line feed.
    pub const ALL: ByteSet = ByteSet([!(1 << b'\n'), u64::MAX, u64::MAX, u64::MAX]);

    /// The bytes of these inclusive ranges, without the line feed.
    pub fn of_ranges(ranges: impl IntoIterator<Item = (u8, u8)>) -> ByteSet {
        let mut set = ByteSet::NONE;
        for (first, last) in ranges {
            for byte in first..=last {
                set.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
            }
        }
        set.0[0] &= !(1 << b'\n');
        set
    }

    /// Whether it holds `byte`.
    #[inline(always)]
    pub fn contains(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1
    }

    /// Whether no byte is in both.
    pub fn is_disjoint(&self, other: &ByteSet) -> bool {
        self.0.iter().zip(other.0).all(|(own, other)| own & other == 0)
    }

    /// The bytes of both.
    #[must_use]
    pub fn union(&self, other: &ByteSet) -> ByteSet {
        ByteSet(std::array::from_fn(|word| self.0[word] | other.0[word]))
    }

    /// All other bytes, but for the line feed.
    #[must_use]
    pub fn complement(&self) -> ByteSet {
        ByteSet(std::array::from_fn(|word| !self.0[word] & ByteSet::ALL.0[word]))
    }

    /// How many bytes it holds.
    pub fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        *self == ByteSet::NONE
    }

    /// The bytes that it does not hold, but for the line feed.
    pub fn others(&self) -> impl Iterator<Item = u8> + '_ {
        (0..=u8::MAX).filter(|byte| *byte != b'\n' && !self.contains(*byte))
    }

    fn iter(&self) -> impl Iterator<Item = u8> + '_ {
        (0..=u8::MAX).filter(|byte| self.contains(*byte))
    }
}

/// As a bracketed class of a regex without Unicode.
impl fmt::Display for ByteSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        let mut bytes = self.iter().peekable();
        while let Some(first) = bytes.next() {
            let mut last = first;
            while bytes.next_if(|next| *next == last + 1).is_some() {
                last += 1;
            }
            write!(f, "\\x{first:02x}-\\x{last:02x}")?;
        }
        f.write_str("]")
    }
}

impl fmt::Debug for ByteSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Which of several possible runs is tried first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Preference {
    /// As with `+`.
    Longest,
    /// As with `+?`.
    Shortest,
}

/// Bytes of one set in a row. Never of an empty set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Run {
    /// Which bytes.
    pub set: ByteSet,
    /// At least so many.
    pub least: u16,
    /// At most so many, if there is a bound.
    pub most: Option<u16>,
    /// Which of the possible runs is tried first.
    pub preference: Preference,
}

impl Run {
    /// Whether only one length is possible.
    pub fn is_exact(&self) -> bool {
        self.most == Some(self.least)
    }

    /// Whether a text is such a run.
    pub fn holds(&self, text: &[u8]) -> bool {
        let most = self.most.map_or(usize::MAX, usize::from);
        (usize::from(self.least)..=most).contains(&text.len())
            && text.iter().all(|byte| self.set.contains(*byte))
    }

    /// The one run that matches just as this one and then `next`, with the same preferences.
    pub fn joined(self, next: Run) -> Option<Run> {
        if self.set != next.set || !self.is_exact() {
            return None;
        }
        Some(Run {
            least: self.least.checked_add(next.least)?,
            most: match next.most {
                Some(most) => Some(self.least.checked_add(most)?),
                None => None,
            },
            ..next
        })
    }
}

/// As a regex without Unicode.
impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Run { set, least, most, preference } = self;
        match (least, most) {
            (0, None) => write!(f, "{set}*")?,
            (1, None) => write!(f, "{set}+")?,
            (least, None) => write!(f, "{set}{{{least},}}")?,
            (least, Some(most)) => write!(f, "{set}{{{least},{most}}}")?,
        }
        f.write_str(if *preference == Preference::Shortest { "?" } else { "" })
    }
}
