//! Message → tokens, in one pass over the bytes: no regular expressions, no allocation.
//!
//! Every recogniser answers the end of what it recognises at a place, looks a bounded number of bytes
//! ahead or consumes what it looked at, so time is linear in the message whatever it holds.

mod address;
mod date;
mod name;
mod number;
mod value;

#[cfg(test)]
mod tests;

pub use date::{is_weekday, month};
pub use value::join;

use super::class::{DIGIT, HEX, LABEL, LETTER, NAME, SPACE, WORD, byte_at, digits, is, is_at, run};
use super::token::{Kind, Token};

/// Tokens of a message that are told apart; all that follows is one variable.
pub const MAX_TOKENS: usize = 512;
/// A longer run of word bytes is a variable: no word of a program's text is.
pub const MAX_WORD_BYTES: usize = 128;

/// Reads the tokens of a message.
pub fn lex(text: &[u8], tokens: &mut Vec<Token>) {
    tokens.clear();
    let mut at = 0;
    while at < text.len() {
        if is(text[at], SPACE) {
            at += 1;
            continue;
        }
        if tokens.len() + 1 >= MAX_TOKENS {
            tokens.push(Token::new(Kind::Hole, text, at, text.len()));
            return;
        }
        if let Some(end) = variable(text, at) {
            tokens.push(Token::new(Kind::Hole, text, at, end));
            at = end;
        } else if !is(text[at], WORD) {
            tokens.push(Token::new(Kind::Punctuation, text, at, at + 1));
            at += 1;
        } else {
            at = word(text, at, tokens);
        }
    }
}

/// The end of the variable that begins here, as far as its first byte gives it away.
#[inline(always)]
fn variable(text: &[u8], at: usize) -> Option<usize> {
    let first = text[at];
    let follows_name = at > 0 && is(text[at - 1], LETTER | DIGIT);
    if is(first, LETTER) {
        if first.is_ascii_uppercase()
            && !follows_name
            && date::starts_with_name(text, at)
            && let Some(end) = date::written(text, at)
        {
            return Some(end);
        }
        if is(first, HEX) {
            return address::mac(text, at).or_else(|| address::uuid(text, at));
        }
        return None;
    }
    if is(first, DIGIT) {
        let digits_end = run(text, at, DIGIT);
        if !is_at(text, digits_end, WORD) && byte_at(text, digits_end) != b':' {
            // Most numbers: they stand alone, so they are no part of an address or a clock.
            let dated = if follows_name { None } else { date::written(text, at) };
            return dated.or_else(|| number::whole_quantity(text, at));
        }
        let dated = if follows_name { None } else { date::iso(text, at).or_else(|| date::written(text, at)) };
        return dated
            .or_else(|| address::ip(text, at))
            .or_else(|| address::uuid(text, at))
            .or_else(|| address::mac(text, at))
            .or_else(|| number::hexadecimal(text, at))
            .or_else(|| {
                date::clock(text, at).filter(|&end| !is_at(text, end, NAME) && byte_at(text, end) != b':')
            })
            .or_else(|| name::dotted_digits(text, at))
            .or_else(|| number::whole_quantity(text, at));
    }
    match first {
        b'<' | b'+' if is_at(text, at + 1, DIGIT) => number::quantity(text, at),
        b'-' if is_at(text, at + 1, DIGIT) => number::whole_quantity(text, at),
        b'/' => address::ip(text, at),
        _ => None,
    }
}

/// Reads the run of word bytes that begins here; answers where to go on.
#[inline(always)]
fn word(text: &[u8], at: usize, tokens: &mut Vec<Token>) -> usize {
    let first = text[at];
    let reach = &text[..text.len().min(at + MAX_WORD_BYTES)];
    let end = run(reach, at, WORD);
    let mut push = |kind, end| {
        tokens.push(Token::new(kind, text, at, end));
        end
    };
    if let Some(end) = name::url(text, at, end) {
        return push(Kind::Hole, end);
    }
    if (matches!(first, b'/' | b'.' | b'~') || (is(first, LETTER) && byte_at(text, at + 1) == b':'))
        && let Some(end) = name::path(text, at)
    {
        return push(Kind::Hole, end);
    }
    if end == at + MAX_WORD_BYTES {
        return push(Kind::Hole, run(text, end, WORD));
    }
    let Letters { digits, dots, ats } = Letters::of(&text[at..end]);
    if ats == 1
        && let Some(end) = name::mail(text, at, end)
    {
        return push(Kind::Hole, end);
    }
    if dots > 0
        && is(first, LABEL)
        && let Some(end) = name::dotted(text, at)
    {
        return push(name::dotted_kind(&text[at..end]), end);
    }
    let trailing = text[at..end].iter().rev().take_while(|byte| matches!(byte, b'.' | b'!' | b'-' | b'/'));
    let core_end = match end - trailing.count() {
        empty if empty == at => end,
        core_end => core_end,
    };
    let kind =
        if digits > 0 { with_digits(&text[at..core_end]) } else { name::without_digits(&text[at..core_end]) };
    push(kind, core_end);
    for at in core_end..end {
        tokens.push(Token::new(Kind::Punctuation, text, at, at + 1));
    }
    end
}

/// How many of some bytes a word has.
struct Letters {
    digits: usize,
    dots: usize,
    ats: usize,
}

impl Letters {
    #[inline(always)]
    fn of(word: &[u8]) -> Letters {
        let mut letters = Letters { digits: 0, dots: 0, ats: 0 };
        for &byte in word {
            letters.digits += usize::from(is(byte, DIGIT));
            letters.dots += usize::from(byte == b'.');
            letters.ats += usize::from(byte == b'@');
        }
        letters
    }
}

/// Words with digits are identifiers, so variables; but letters with one digit after them may be a
/// device or a version (`eth0`, `ipv6`), of which a program knows few: their values decide.
fn with_digits(word: &[u8]) -> Kind {
    let Some((last, letters)) = word.split_last() else { return Kind::Hole };
    let is_device =
        letters.len() >= 2 && letters.iter().all(u8::is_ascii_alphabetic) && last.is_ascii_digit();
    if is_device { Kind::Soft } else { Kind::Hole }
}

/// The end of two digits that follow `separator`.
fn separated_pair(text: &[u8], at: usize, separator: u8) -> Option<usize> {
    if byte_at(text, at) == separator { digits(text, at + 1, 2, 2) } else { None }
}
