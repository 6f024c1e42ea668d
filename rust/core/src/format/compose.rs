//! From literals and variables to a [`Pattern`]: which bytes each field may hold, and its name.
//!
//! nginx and Apache formats differ in how they are written; what they declare is the same, and is
//! settled here. A variable says what its text looks like ([`Shape`]); what stands around it decides
//! the class:
//!
//! - up to a closing double quote: quoted, a backslash takes the next byte with it;
//! - right inside square brackets: bracketed;
//! - otherwise by its shape. Of the variables that may hold spaces and have nothing but spaces
//!   between them, one alone can be told from its neighbours: the one most likely to hold spaces.
//!   The others are read as words, so that a line which cannot be told apart is refused, not misread.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::{Class, Field, FormatError, Kind, Pattern, Piece};

/// A part of a format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    /// These bytes; where they were written.
    Literal(Vec<u8>, Range<usize>),
    /// A variable or directive.
    Variable(Variable),
}

/// A variable or directive of a format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variable {
    /// The canonical name.
    pub name: String,
    /// The name that it has when the canonical one is taken.
    pub own_name: String,
    /// A canonical name that it takes when nothing else in the format has that name.
    pub stands_in_for: Option<&'static str>,
    /// How its text is read as a value.
    pub kind: Kind,
    /// What its text looks like.
    pub shape: Shape,
    /// Where it was written.
    pub span: Range<usize>,
}

/// What the text of a variable looks like when nothing encloses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A word.
    Word,
    /// A word, or nothing.
    WordOrNothing,
    /// `-` or digits.
    Digits,
    /// `-` or a decimal number.
    Decimal,
    /// A word, or several joined by `, ` or ` : `.
    List,
    /// Two words.
    TwoWords,
    /// Text that may hold spaces.
    Text(Spaces),
    /// Not known: a word where spaces end it, else text.
    Unknown,
}

/// How likely a text is to hold spaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Spaces {
    /// Possible, such as in user names.
    Seldom,
    /// Such as in headers.
    Often,
    /// As a rule, such as in request lines.
    Always,
}

/// How the writer of the log escapes values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escaping {
    /// Quotes and control characters are escaped; an absent value is `-`.
    Backslash,
    /// As in JSON; an absent value is empty.
    Json,
    /// Not at all; an absent value is empty.
    None,
}

/// Makes the pattern of `items`. `length` is that of the text, for errors about the whole.
pub(super) fn compose(items: Vec<Item>, escaping: Escaping, length: usize) -> Result<Pattern, FormatError> {
    let items = join_literals(items);
    check(&items, length)?;
    let classes = settle_spaces(&items, &bounds(&items, escaping));
    let names = names(&items);
    let mut fields = names.into_iter().zip(classes);
    let pieces = items.into_iter().filter_map(|item| match item {
        Item::Literal(bytes, _) => Some(Piece::Literal(bytes.into_boxed_slice())),
        Item::Variable(Variable { kind, .. }) => {
            fields.next().map(|(name, class)| Piece::Field(Field { name: Some(name), kind, class }))
        }
    });
    Ok(Pattern { pieces: pieces.collect() })
}

/// Makes one literal of neighbouring literals; drops empty ones.
fn join_literals(items: Vec<Item>) -> Vec<Item> {
    let mut joined: Vec<Item> = Vec::with_capacity(items.len());
    for item in items {
        match (joined.last_mut(), item) {
            (_, Item::Literal(bytes, _)) if bytes.is_empty() => {}
            (Some(Item::Literal(before, span)), Item::Literal(bytes, range)) => {
                before.extend(bytes);
                span.end = range.end;
            }
            (_, item) => joined.push(item),
        }
    }
    joined
}

/// Refuses what no line can be told by.
fn check(items: &[Item], length: usize) -> Result<(), FormatError> {
    if !items.iter().any(|item| matches!(item, Item::Variable(_))) {
        return Err(FormatError::new("the format holds no field", 0..length)
            .with_hint("nginx formats name fields like $status, Apache formats like %>s"));
    }
    for item in items {
        if let Item::Literal(bytes, span) = item
            && bytes.contains(&b'\n')
        {
            return Err(FormatError::new("the format holds a line feed", span.clone())
                .with_hint("a record is one line of the log; give the format as one line"));
        }
    }
    for pair in items.windows(2) {
        if let [Item::Variable(first), Item::Variable(second)] = pair
            && (!first.is_numeric() || second.is_numeric())
        {
            let span = first.span.start..second.span.end;
            return Err(FormatError::new(
                "nothing stands between these two fields, so a line does not tell where the first ends",
                span,
            )
            .with_hint("log a character between them, or describe the line with regex:…"));
        }
    }
    Ok(())
}

impl Variable {
    /// Whether its own class bounds it: digits end where something else begins.
    fn is_numeric(&self) -> bool {
        matches!(self.shape, Shape::Digits | Shape::Decimal)
    }
}

/// What bounds a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    /// Its class, whatever the neighbours are.
    Class(Class),
    /// It may hold spaces: [`settle_spaces`] chooses.
    Spaces(Spaces),
}

/// What stands right around a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Enclosure {
    /// It fills double quotes.
    Quotes,
    /// It is the last thing in double quotes, after other text.
    QuotesEnd,
    /// It fills square brackets.
    Brackets,
    /// A byte other than a space comes after it.
    Delimiter,
    /// A space or the line's end comes after it, or another field.
    Open,
}

/// What bounds each variable, in order.
fn bounds(items: &[Item], escaping: Escaping) -> Vec<Bound> {
    let mut quotes_before = 0;
    let mut bounds = Vec::new();
    for (index, item) in items.iter().enumerate() {
        match item {
            Item::Literal(bytes, _) => {
                quotes_before += memchr::memchr_iter(b'"', bytes).count();
            }
            Item::Variable(variable) => {
                let before = index.checked_sub(1).and_then(|at| literal(&items[at]).last());
                let after = items.get(index + 1).and_then(|item| literal(item).first());
                let enclosure = match (before, after) {
                    (Some(b'"'), Some(b'"')) if quotes_before % 2 == 1 => Enclosure::Quotes,
                    (_, Some(b'"')) if quotes_before % 2 == 1 => Enclosure::QuotesEnd,
                    (Some(b'['), Some(b']')) => Enclosure::Brackets,
                    (_, Some(byte)) if *byte != b' ' => Enclosure::Delimiter,
                    _ => Enclosure::Open,
                };
                bounds.push(bound(variable.shape, enclosure, escaping));
            }
        }
    }
    bounds
}

/// The bytes of a literal; none for a variable.
fn literal(item: &Item) -> &[u8] {
    match item {
        Item::Literal(bytes, _) => bytes,
        Item::Variable(_) => &[],
    }
}

fn bound(shape: Shape, enclosure: Enclosure, escaping: Escaping) -> Bound {
    // Where quotes inside a value are not escaped, only what follows the closing one tells its end.
    let quoted = if escaping == Escaping::None { Class::Lazy } else { Class::Quoted };
    let absent_is_empty = escaping != Escaping::Backslash;
    Bound::Class(match (shape, enclosure) {
        (Shape::Digits | Shape::Decimal, Enclosure::Quotes) if absent_is_empty => quoted,
        (Shape::Digits, _) => Class::Digits,
        (Shape::Decimal, _) => Class::Decimal,
        (_, Enclosure::Quotes) | (Shape::Text(_) | Shape::Unknown, Enclosure::QuotesEnd) => quoted,
        (Shape::Text(spaces), _) => return Bound::Spaces(spaces),
        (Shape::List | Shape::Unknown, _) if absent_is_empty => {
            return Bound::Spaces(Spaces::Seldom);
        }
        (Shape::List, _) => Class::List,
        (_, Enclosure::Brackets) => Class::Bracketed,
        (Shape::TwoWords, _) => Class::TwoWords,
        (Shape::WordOrNothing, Enclosure::Delimiter) => Class::Lazy,
        (Shape::WordOrNothing, _) => Class::Before(b' '),
        (Shape::Unknown, Enclosure::Delimiter) => return Bound::Spaces(Spaces::Seldom),
        (Shape::Word | Shape::Unknown, _) => Class::Word,
    })
}

/// The class of each variable, once the fields that may hold spaces are settled.
///
/// A literal with a byte other than a space parts the variables into runs. Within a run, the
/// variables that always hold spaces and the first of those that most often do are read up to what
/// follows; the others are words.
fn settle_spaces(items: &[Item], bounds: &[Bound]) -> Vec<Class> {
    let mut classes = Vec::with_capacity(bounds.len());
    for run in items.split(|item| literal(item).iter().any(|&byte| byte != b' ')) {
        let length = run.iter().filter(|item| matches!(item, Item::Variable(_))).count();
        let bounds = &bounds[classes.len()..classes.len() + length];
        let most = bounds.iter().filter_map(|bound| bound.spaces()).max();
        let mut chosen = false;
        classes.extend(bounds.iter().map(|bound| match bound {
            Bound::Class(class) => *class,
            Bound::Spaces(Spaces::Always) => Class::Lazy,
            Bound::Spaces(spaces) if Some(*spaces) == most && !chosen => {
                chosen = true;
                Class::Lazy
            }
            Bound::Spaces(_) => Class::Word,
        }));
    }
    classes
}

impl Bound {
    fn spaces(self) -> Option<Spaces> {
        match self {
            Bound::Class(_) => None,
            Bound::Spaces(spaces) => Some(spaces),
        }
    }
}

/// The name of each variable: its canonical one, or its own where an earlier variable has that.
fn names(items: &[Item]) -> Vec<String> {
    let variables = || {
        items.iter().filter_map(|item| match item {
            Item::Variable(variable) => Some(variable),
            Item::Literal(..) => None,
        })
    };
    let mut offered: HashSet<&str> = HashSet::new();
    for variable in variables() {
        offered.insert(&variable.name);
        offered.extend(derived_from(&variable.name));
    }

    let mut taken: HashSet<String> = HashSet::new();
    let mut copies: HashMap<&str, usize> = HashMap::new();
    let mut names = Vec::new();
    for variable in variables() {
        let stand_in = variable.stands_in_for.filter(|name| !offered.contains(name));
        let wanted = stand_in.unwrap_or(&variable.name);
        let mut name = if taken.contains(wanted) { &variable.own_name } else { wanted }.to_owned();
        while taken.contains(&name) {
            let copy = copies.entry(&variable.own_name).or_insert(1);
            *copy += 1;
            name = format!("{}_{copy}", variable.own_name);
        }
        taken.insert(name.clone());
        taken.extend(derived_from(&name).iter().map(|&name| name.to_owned()));
        names.push(name);
    }
    names
}

/// The canonical fields that are read out of the text of the field `name`.
fn derived_from(name: &str) -> &'static [&'static str] {
    match name {
        "request" => &["method", "target", "path", "query", "protocol"],
        "target" => &["path", "query"],
        "search" => &["query"],
        _ => &[],
    }
}
