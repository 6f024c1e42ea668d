//! Where in a line its message begins: learnt from the columns that nearly all lines share.
//!
//! The largest lever of all: on raw lines of Loghub the mean grouping accuracy is .48 without it and
//! .98 with it, since the values of a header would make shapes of their own.

mod column;
mod timestamp;

pub use column::{Column, Columns};

use serde::{Deserialize, Serialize};

use super::class::{SPACE, run};
use column::MAX_COLUMNS;

/// Lines that a header is learnt from; more change nothing.
pub const LEARNT_LINES: usize = 1000;
/// The longest header, in columns.
const MOST_COLUMNS: usize = 14;
/// Columns beyond a header's that are looked at where a line has more words in it.
const SPARE_COLUMNS: usize = MAX_COLUMNS - MOST_COLUMNS;
/// A column belongs to the header if so many in a hundred lines have it.
const LEAST_PERCENT: usize = 90;
/// A column behind the last strong one belongs to it if so many in a hundred lines have a number there, or
/// a word that more than one space sets apart.
const LEAST_NUMBERS_PERCENT: usize = 98;
/// So many words may be missing or too many in a line's header.
const SLACK: usize = 3;

/// The columns before the message, as letters: see [`Header::learn`].
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Header {
    columns: Vec<Column>,
}

const LETTERS: [(Column, char); 6] = [
    (Column::Timestamp, 't'),
    (Column::Separator, '-'),
    (Column::Bracket, '['),
    (Column::Level, 'l'),
    (Column::Tag, ':'),
    (Column::Word, 'w'),
];

impl From<Header> for String {
    fn from(header: Header) -> String {
        let letter =
            |column: &Column| LETTERS.iter().find(|(known, _)| known == column).map(|(_, letter)| letter);
        header.columns.iter().filter_map(letter).collect()
    }
}

impl TryFrom<String> for Header {
    type Error = String;

    fn try_from(letters: String) -> Result<Header, String> {
        let column = |letter| LETTERS.iter().find(|(_, known)| *known == letter).map(|(column, _)| *column);
        let columns: Option<Vec<Column>> = letters.chars().map(column).collect();
        columns
            .filter(|columns| columns.len() <= MOST_COLUMNS)
            .map(|columns| Header { columns })
            .ok_or_else(|| format!("`{letters}` is no header"))
    }
}

impl Header {
    /// Learns the header of lines: column by column what at least 90 % of them have there.
    ///
    /// It is cut behind its last strong column (a timestamp, level, tag, separator, or bracket behind
    /// a timestamp), since a word may as well begin the message; a column of numbers directly behind
    /// it still belongs to it, as process numbers do, and so does one that is padded, as in tables.
    pub fn learn<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Header {
        let mut reader = Columns::default();
        // Each column with whether it is padded.
        let rows: Vec<Vec<(Column, bool)>> = lines
            .filter(|line| !line.is_empty())
            .take(LEARNT_LINES)
            .map(|line| {
                reader.read(line, MOST_COLUMNS);
                let kinds = reader.kinds.iter().enumerate();
                kinds.map(|(at, &kind)| (kind, reader.is_padded(line, at))).collect()
            })
            .collect();
        let mut agreeing: Vec<&Vec<(Column, bool)>> = rows.iter().collect();
        let mut columns = Vec::new();
        let (mut strong_end, mut has_timestamp) = (0, false);
        while columns.len() < MOST_COLUMNS && !agreeing.is_empty() {
            let at = columns.len();
            let class = |row: &[(Column, bool)]| row.get(at).map(|(column, _)| column.class());
            let count = |wanted: Column| agreeing.iter().filter(|row| class(row) == Some(wanted)).count();
            let Some((column, lines)) =
                LETTERS.iter().map(|&(column, _)| (column, count(column))).max_by_key(|x| x.1)
            else {
                break;
            };
            if lines * 100 < LEAST_PERCENT * rows.len() {
                break;
            }
            agreeing.retain(|row| class(row) == Some(column));
            let is_apart = |(column, is_padded)| column == Column::Number || is_padded;
            let apart = agreeing.iter().filter(|row| is_apart(row[at])).count();
            columns.push(column);
            has_timestamp |= column == Column::Timestamp;
            let is_strong = match column {
                Column::Word | Column::Number => {
                    has_timestamp && strong_end == at && apart * 100 >= LEAST_NUMBERS_PERCENT * rows.len()
                }
                Column::Bracket => has_timestamp,
                _ => true,
            };
            if is_strong {
                strong_end = columns.len();
            }
            if column == Column::Tag && has_timestamp {
                break;
            }
        }
        columns.truncate(strong_end);
        Header { columns }
    }

    /// How many columns it has.
    pub fn columns(&self) -> usize {
        self.columns.len()
    }

    /// Whether a line has it.
    pub fn fits(&self, line: &[u8]) -> bool {
        self.message_start(line, &mut Columns::default()).is_some()
    }

    /// Where the message of a line begins, in bytes; `None` if the line has another header. The line's
    /// columns are left in `scratch`.
    #[inline]
    pub fn message_start(&self, line: &[u8], scratch: &mut Columns) -> Option<usize> {
        if self.columns.is_empty() {
            return Some(0);
        }
        scratch.read(line, self.columns.len());
        let has_same = scratch.kinds.len() == self.columns.len()
            && scratch.kinds.iter().zip(&self.columns).all(|(found, wanted)| found.class() == *wanted);
        let columns = if has_same { self.columns.len() } else { self.align(line, scratch)? };
        let end = columns.checked_sub(1).map_or(0, |last| scratch.ends[last]);
        Some(run(line, end, SPACE))
    }

    /// How many columns of a line make up the header if some words are missing or too many.
    #[cold]
    fn align(&self, line: &[u8], scratch: &mut Columns) -> Option<usize> {
        scratch.read(line, self.columns.len() + SPARE_COLUMNS);
        let (mut next, mut slack) = (0, SLACK);
        for &wanted in &self.columns {
            loop {
                let found = scratch.kinds.get(next)?.class();
                let stands_for = (next == 0 && wanted == Column::Separator && found == Column::Word)
                    || (wanted == Column::Word && found == Column::Level);
                if found == wanted || stands_for {
                    next += 1;
                    break;
                }
                if found == Column::Word && slack > 0 {
                    slack -= 1;
                    next += 1;
                } else if wanted == Column::Word && slack > 0 {
                    slack -= 1;
                    break;
                } else {
                    return None;
                }
            }
        }
        Some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learnt(lines: &[&str]) -> String {
        Header::learn(lines.iter().map(|line| line.as_bytes())).into()
    }

    #[test]
    fn headers_end_behind_the_last_strong_column() {
        let syslog = ["Oct 10 13:55:36 host sshd[12]: session opened", "Oct 10 13:55:37 host kernel: up"];
        assert_eq!(learnt(&syslog), "tw:");
        let levels = ["2026-10-10 13:55:36 INFO started now", "2026-10-10 13:55:37 WARN disk is full"];
        assert_eq!(learnt(&levels), "tl");
        let numbered = ["[2026-10-10 13:55:36] 17 started", "[2026-10-10 13:55:36] 18 stopped"];
        assert_eq!(learnt(&numbered), "tw");
        let padded =
            ["2026-10-10 13:55:36 INFO  CBS    started now", "2026-10-10 13:55:37 ERROR CSI    disk is full"];
        assert_eq!(learnt(&padded), "tlw");
        let klog =
            ["I1010 13:55:36.1   12 a.go:17] started now", "E1010 13:55:37.1   12 server.go:7] disk is full"];
        assert_eq!(learnt(&klog), "wtw:");
        assert_eq!(learnt(&["started now", "disk is full"]), "");
        assert_eq!(learnt(&[]), "");
    }

    #[test]
    fn messages_begin_behind_it() {
        let header = Header::try_from("tl-".to_owned()).unwrap();
        let mut scratch = Columns::default();
        let mut message = |line: &'static str| {
            header.message_start(line.as_bytes(), &mut scratch).map(|start| &line[start..])
        };
        assert_eq!(message("13:55:36 INFO - up"), Some("up"));
        assert_eq!(message("13:55:36 main INFO - up"), Some("up"));
        assert_eq!(message("13:55:36 INFO -"), Some(""));
        assert_eq!(message("    at Main.main(Main.java)"), None);
        assert_eq!(message(""), None);
    }

    #[test]
    fn a_header_is_its_letters() {
        for letters in ["", "tw:", "wtlw[", "t-l[-"] {
            assert_eq!(String::from(Header::try_from(letters.to_owned()).unwrap()), letters);
        }
        assert!(Header::try_from("tx".to_owned()).is_err());
    }
}
