//! Logs of columns: W3C extended logs, `CloudFront`, Zeek, CSV and TSV.
//!
//! Which column is what, a header says: `#Fields:` (the W3C working draft "Extended Log File Format"),
//! `#fields` (Zeek), or the first line (CSV).

mod w3c;
mod zeek;

use super::detect::split_lines;
use super::keyed::own_kind;
use super::{FormatError, Kind, field};

/// How columns are written, and what they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnsSpec {
    /// How they are written.
    pub dialect: ColumnsDialect,
    /// What they are, as long as no header says otherwise; none where the log has to be looked at.
    pub columns: Vec<Column>,
    /// The line of a CSV file that names the columns; it is no record.
    pub header: Option<Vec<u8>>,
}

/// How columns are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnsDialect {
    /// W3C extended: spaces or tabs, texts with spaces in quotes, `#Fields:` at any place of the file;
    /// durations in this unit.
    W3c(field::Unit),
    /// Tabs, `#fields` at any place of the file.
    Zeek,
    /// RFC 4180 with this delimiter.
    Separated {
        /// Between two columns.
        delimiter: u8,
        /// Who names the columns.
        names: Naming,
    },
}

/// Who names the columns of separated values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// The first line.
    FirstLine,
    /// Their number, from 0, unless the format lists them.
    Position,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The field that it is.
    pub name: String,
    /// How its text is read.
    pub kind: Kind,
    /// Whether it gives the field only where no other column does.
    pub rank: Rank,
}

/// Which of several columns gives a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rank {
    /// This one, where it is present.
    First,
    /// This one, where the other is absent.
    Fallback,
}

impl ColumnsSpec {
    /// A dialect whose columns a header names.
    pub fn of(dialect: ColumnsDialect) -> ColumnsSpec {
        ColumnsSpec { dialect, columns: Vec::new(), header: None }
    }

    /// The columns that `CloudFront` writes into standard logs where no header is left.
    pub fn cloudfront() -> ColumnsSpec {
        let dialect = ColumnsDialect::W3c(field::Unit::Seconds);
        let columns = dialect.columns(w3c::CLOUDFRONT.split(' '));
        ColumnsSpec { dialect, columns, header: None }
    }

    /// Reads what follows `csv:` or `tsv:`: the names of the columns, parted by commas; `-` for one that
    /// is no field.
    ///
    /// # Errors
    /// When there is no name.
    pub fn named(delimiter: u8, text: &str) -> Result<ColumnsSpec, FormatError> {
        let dialect = ColumnsDialect::Separated { delimiter, names: Naming::Position };
        let names: Vec<&str> = text.split(',').map(str::trim_ascii).collect();
        if names.iter().all(|name| name.is_empty() || *name == "-") {
            return Err(FormatError::new("no column has a name", 0..text.len())
                .with_hint("list the columns in order, as in csv:time,method,-,status"));
        }
        Ok(ColumnsSpec { dialect, columns: dialect.columns(names.into_iter()), header: None })
    }

    /// Reads what follows `separated:`: the character between two columns.
    ///
    /// # Errors
    /// When there is none, or more.
    pub fn separated(text: &str) -> Result<ColumnsSpec, FormatError> {
        match *text.replace("\\t", "\t").as_bytes() {
            [delimiter] => {
                Ok(ColumnsSpec::of(ColumnsDialect::Separated { delimiter, names: Naming::Position }))
            }
            _ => Err(FormatError::new("one character belongs here", 0..text.len())
                .with_hint("separated:; reads a;b;c")),
        }
    }

    /// Whether no line has to be looked at to know the columns.
    pub fn is_settled(&self) -> bool {
        matches!(self.dialect, ColumnsDialect::Separated { .. }) && !self.columns.is_empty()
    }

    /// Settles the columns by the beginning of a file.
    #[must_use]
    pub fn resolved(&self, head: &[u8]) -> ColumnsSpec {
        let mut spec = self.clone();
        let lines = || {
            let whole = memchr::memrchr(b'\n', head).unwrap_or(head.len());
            split_lines(&head[..whole]).map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        };
        match self.dialect {
            ColumnsDialect::W3c(_) | ColumnsDialect::Zeek => {
                if let Some(columns) = lines().find_map(|line| self.dialect.header(line)) {
                    spec.columns = columns;
                } else if spec.columns.is_empty() && self.dialect != ColumnsDialect::Zeek {
                    let order =
                        lines().find(|line| !line.is_empty() && line[0] != b'#').and_then(w3c::order_of);
                    let names = order.into_iter().flat_map(str::split_whitespace);
                    spec.columns = self.dialect.columns(names);
                } else {
                    // `CloudFront` added columns behind the others over the years.
                    let cells = |line: &[u8]| line.split(|&byte| byte == b'\t').count();
                    let most = lines().filter(|line| !line.starts_with(b"#")).map(cells).max().unwrap_or(0);
                    if most >= w3c::FEWEST_CLOUDFRONT {
                        spec.columns.truncate(most);
                    }
                }
            }
            ColumnsDialect::Separated { .. } if !self.columns.is_empty() => {}
            ColumnsDialect::Separated { delimiter, names } => {
                let Some(first) = lines().find(|line| !line.is_empty()) else { return spec };
                let mut quoted = false;
                let divides = |&byte: &u8| {
                    quoted ^= byte == b'"';
                    byte == delimiter && !quoted
                };
                let cells: Vec<String> = first
                    .split(divides)
                    .map(|cell| String::from_utf8_lossy(cell).trim_matches('"').trim().to_owned())
                    .collect();
                if names == Naming::FirstLine {
                    spec.columns = self.dialect.columns(cells.iter().map(String::as_str));
                    spec.header = Some(first.to_vec());
                } else {
                    let numbers: Vec<String> = (0..cells.len()).map(|number| number.to_string()).collect();
                    spec.columns = self.dialect.columns(numbers.iter().map(String::as_str));
                }
            }
        }
        spec
    }
}

/// Columns that a header may name; lines with more are refused. Whoever writes the header of a file must
/// not decide how long its format takes to compile.
const MOST_COLUMNS: usize = 500;

impl ColumnsDialect {
    /// The columns that a header line names, if `line` is one.
    pub fn header(self, line: &[u8]) -> Option<Vec<Column>> {
        let mark: &[u8] = match self {
            ColumnsDialect::W3c(_) => b"#Fields:",
            ColumnsDialect::Zeek => b"#fields",
            ColumnsDialect::Separated { .. } => return None,
        };
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        let names = String::from_utf8_lossy(line.strip_prefix(mark)?).into_owned();
        let names = names.split(|character: char| character.is_ascii_whitespace() || character == '\u{200b}');
        Some(self.columns(names.filter(|name| !name.is_empty())))
    }

    /// The columns of these names.
    fn columns<'a>(self, names: impl Iterator<Item = &'a str>) -> Vec<Column> {
        let names: Vec<&str> = names.take(MOST_COLUMNS).collect();
        let mut columns: Vec<Column> = Vec::with_capacity(names.len());
        for name in &names {
            let mut column = match self {
                ColumnsDialect::W3c(unit) => w3c::column(name, &names, unit),
                ColumnsDialect::Zeek => zeek::column(name),
                ColumnsDialect::Separated { .. } => {
                    let own = if *name == "-" { "" } else { name };
                    Column { name: own.to_owned(), kind: own_kind(name), rank: Rank::First }
                }
            };
            let is_taken = |known: &Column| known.name == column.name && known.rank == column.rank;
            if columns.iter().any(is_taken) {
                (*name).clone_into(&mut column.name);
            }
            columns.push(column);
        }
        columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(spec: &ColumnsSpec) -> Vec<&str> {
        spec.columns.iter().map(|column| column.name.as_str()).collect()
    }

    #[test]
    fn the_header_of_the_file_names_the_columns() {
        let w3c = ColumnsSpec::of(ColumnsDialect::W3c(field::Unit::Milliseconds));
        let head = b"#Version: 1.0\r\n#Fields: date time c-ip cs-uri-stem cs-uri-query x-own\r\n2026";
        assert_eq!(
            names(&w3c.resolved(head)),
            ["date", "time_of_day", "remote_addr", "path", "query", "x-own"]
        );
        let target = w3c.resolved(b"#Fields: cs-uri-stem sc-status\n");
        assert_eq!(names(&target), ["target", "status"], "without a query column, the stem may hold one");
        let zeek =
            ColumnsSpec::of(ColumnsDialect::Zeek).resolved(b"#separator \\x09\n#fields\tts\tid.orig_h\n");
        assert_eq!(names(&zeek), ["time", "remote_addr"]);
    }

    #[test]
    fn separated_values_are_named_by_the_first_line_or_by_number() {
        let separated = |names| ColumnsSpec::of(ColumnsDialect::Separated { delimiter: b',', names });
        let head = b"host,\"status\",status\na,200,1\n";
        assert_eq!(names(&separated(Naming::FirstLine).resolved(head)), ["host", "status", "status"]);
        assert_eq!(names(&separated(Naming::Position).resolved(head)), ["0", "1", "2"]);
        let listed = ColumnsSpec::named(b',', "method,-,status").unwrap();
        assert_eq!(names(&listed.resolved(head)), ["method", "", "status"]);
        assert!(ColumnsSpec::named(b',', "-,").is_err());
    }
}
