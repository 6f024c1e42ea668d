//! Tokens → tokens of the shape: what stands for a value becomes one variable.
//!
//! A program's text names its values (`key=value`, `"value"`), lists them, and repeats groups of them.
//! How many there are is of the line and not of its shape. On the datasets of Loghub without these
//! rules, lines of one statement with longer lists fall into shapes of their own.

use crate::template::token::{Kind, PARTING_COLON, Token};

/// Tokens inside a value's brackets that are looked at for the closing one.
const MAX_BRACKETED: usize = 64;
/// The longest groups of tokens whose repetitions become one.
const MAX_REPEATED: usize = 6;

/// Joins the tokens of each value, of rows of variables, and of repeated groups.
pub fn join(text: &[u8], tokens: &[Token], joined: &mut Vec<Token>) {
    joined.clear();
    let mut state = Joiner { text, tokens, joined };
    let mut at = 0;
    while at < tokens.len() {
        at = state.take(at);
    }
    if joined.iter().filter(|token| token.kind == Kind::Hole).count() > 1 {
        for group in 2..=MAX_REPEATED {
            drop_repetitions(joined, group);
        }
    }
}

struct Joiner<'a> {
    text: &'a [u8],
    tokens: &'a [Token],
    joined: &'a mut Vec<Token>,
}

impl Joiner<'_> {
    /// Takes what begins at a token; answers where to go on.
    #[inline(always)]
    fn take(&mut self, at: usize) -> usize {
        let end = match self.punctuation(at) {
            b'=' => self.assigned(at),
            quote @ (b'"' | b'\'') => self.quoted(at, quote),
            b'(' | b'[' | b'{' => self.empty(at),
            _ => None,
        };
        end.unwrap_or_else(|| {
            self.emit(self.tokens[at]);
            at + 1
        })
    }

    /// The byte of a token that is punctuation; NUL for others and beyond the end.
    #[inline(always)]
    fn punctuation(&self, at: usize) -> u8 {
        self.tokens.get(at).map_or(0, |token| token.punctuation(self.text))
    }

    /// Whether a token follows the one before it without a space.
    fn is_glued(&self, at: usize) -> bool {
        at > 0 && at < self.tokens.len() && self.tokens[at].start == self.tokens[at - 1].end
    }

    /// `key=value`: the value is one variable whatever it is made of, and one if it is empty.
    fn assigned(&mut self, at: usize) -> Option<usize> {
        let key = *self.joined.last()?;
        if key.punctuation(self.text) == b'=' {
            return None;
        }
        let equals = self.tokens[at];
        let has_key = key.end == equals.start && key.kind != Kind::Punctuation;
        self.emit(equals);
        let start = at + 1;
        if !self.is_glued(start) {
            if has_key {
                self.emit(Token::hole(equals.end, equals.end));
            }
            return Some(start);
        }
        let end = match self.punctuation(start) {
            b'{' | b'(' | b'[' | b'=' => start,
            quote @ (b'"' | b'\'') => {
                let quoted = self.tokens[start + 1..].iter();
                let inside = quoted.take_while(|token| token.punctuation(self.text) != quote).count();
                (start + inside + 2).min(self.tokens.len())
            }
            _ => self.unquoted_end(start),
        };
        if end > start {
            self.emit(Token::hole(self.tokens[start].start, self.tokens[end - 1].end));
        }
        Some(end)
    }

    /// The end of a value without quotes: glued tokens, with what is in brackets among them.
    fn unquoted_end(&self, start: usize) -> usize {
        let mut end = start;
        while end == start || self.is_glued(end) {
            match self.punctuation(end) {
                // `from=<a@b>`: the brackets belong to the value.
                b'>' if self.punctuation(start) == b'<' => return end + 1,
                b',' | b';' | b')' | b']' | b'}' | b'"' | b'\'' | b'|' | b'>' => break,
                b'(' | b'[' | b'{' if end > start => match self.bracket_end(end) {
                    Some(bracket_end) => end = bracket_end,
                    None => break,
                },
                _ => end += 1,
            }
        }
        end
    }

    /// The token behind the bracket that closes the one at `at`.
    fn bracket_end(&self, at: usize) -> Option<usize> {
        let opening = self.punctuation(at);
        let mut depth = 0;
        for (index, token) in self.tokens[at..].iter().take(MAX_BRACKETED).enumerate() {
            let byte = token.punctuation(self.text);
            if byte == opening {
                depth += 1;
            } else if byte == closing(opening) {
                depth -= 1;
                if depth == 0 {
                    return Some(at + index + 1);
                }
            }
        }
        None
    }

    /// `"one"` without spaces is a value: of one word soft, of more a variable. A quoted key (`"a":`)
    /// is text.
    fn quoted(&mut self, at: usize, quote: u8) -> Option<usize> {
        let opens = at == 0
            || !self.is_glued(at)
            || matches!(self.punctuation(at - 1), b'=' | b':' | b'(' | b'[' | b'{' | b',');
        if !opens {
            return None;
        }
        let mut close = at + 1;
        while self.is_glued(close) && self.punctuation(close) != quote {
            close += 1;
        }
        let is_closed = self.is_glued(close) && close > at + 1;
        if !is_closed || (self.punctuation(close + 1) == b':' && self.is_glued(close + 1)) {
            return None;
        }
        let (first, last) = (self.tokens[at + 1], self.tokens[close - 1]);
        self.emit(self.tokens[at]);
        self.emit(match first.kind {
            Kind::Word | Kind::Soft if close == at + 2 => Token { kind: Kind::Soft, ..first },
            Kind::Punctuation if close == at + 2 => first,
            _ => Token::hole(first.start, last.end),
        });
        self.emit(self.tokens[close]);
        Some(close + 1)
    }

    /// `()`, `[]` and `{}` that stand alone are empty lists, where other lines have full ones.
    fn empty(&mut self, at: usize) -> Option<usize> {
        let bracket = self.tokens[at];
        let closes = self.punctuation(at + 1) == closing(self.punctuation(at));
        if !closes || self.is_glued(at) {
            return None;
        }
        self.emit(bracket);
        self.emit(Token::hole(bracket.end, bracket.end));
        self.emit(self.tokens[at + 1]);
        Some(at + 2)
    }

    /// Adds a token; a variable joins one before it, also over punctuation that joins values.
    #[inline(always)]
    fn emit(&mut self, token: Token) {
        if token.kind == Kind::Hole {
            match self.joined.as_mut_slice() {
                [.., last] if last.kind == Kind::Hole => {
                    last.end = token.end;
                    return;
                }
                [.., before, between] if before.kind == Kind::Hole && between.joins() => {
                    before.end = token.end;
                    self.joined.pop();
                    return;
                }
                _ => {}
            }
        }
        self.joined.push(token);
    }
}

fn closing(opening: u8) -> u8 {
    match opening {
        b'(' => b')',
        b'[' => b']',
        b'{' => b'}',
        _ => 0,
    }
}

/// Keeps the last of groups of so many tokens that follow one another and are the same but for the
/// values of their variables. A group without a variable is text and stays; so do `17: 18:`.
fn drop_repetitions(tokens: &mut Vec<Token>, group: usize) {
    // Most lines repeat nothing: nothing is moved before the first repetition.
    let first = tokens
        .windows(2 * group)
        .position(|pair| pair[0].hash == pair[group].hash && is_repetition(&pair[..group], &pair[group..]));
    let Some(first) = first else { return };
    let mut kept = first + group;
    let mut next = kept;
    while next < tokens.len() {
        if kept >= group
            && next + group <= tokens.len()
            && tokens[kept - group].hash == tokens[next].hash
            && is_repetition(&tokens[kept - group..kept], &tokens[next..next + group])
        {
            tokens.copy_within(next..next + group, kept - group);
            next += group;
        } else {
            tokens[kept] = tokens[next];
            kept += 1;
            next += 1;
        }
    }
    tokens.truncate(kept);
}

fn is_repetition(one: &[Token], other: &[Token]) -> bool {
    let same = |(one, other): (&Token, &Token)| one.hash == other.hash && one.kind == other.kind;
    let is_text = |token: &Token| token.kind != Kind::Hole && token.hash != u64::from(PARTING_COLON);
    one.iter().zip(other).all(same)
        && one.iter().any(|token| token.kind == Kind::Hole)
        && one.iter().any(is_text)
}
