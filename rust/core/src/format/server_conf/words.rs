//! The words of a configuration file.

/// A word, or what ends a directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word {
    /// A word without its quotes; and as it was written.
    Text {
        /// Without quotes and escapes of quotes.
        text: String,
        /// With both.
        written: String,
    },
    /// `;`, `{` or `}` of nginx; a line end of Apache.
    End,
}

/// How the words of a file are divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    /// Directives end with `;`, blocks with braces; `#` begins a comment wherever a word may begin.
    Nginx,
    /// A directive is a line; a backslash before the line end continues it; `#` begins a line of comment.
    Apache,
}

/// The words of `text`, in order.
pub(super) fn words(text: &str, syntax: Syntax) -> Vec<Word> {
    let mut words = Vec::new();
    let mut characters = text.chars().peekable();
    let mut starts_line = true;
    while let Some(&first) = characters.peek() {
        match first {
            '\\' if syntax == Syntax::Apache => {
                characters.next();
                match characters.peek() {
                    Some('\n') => {
                        characters.next();
                    }
                    _ => words.push(word('\\', &mut characters, syntax)),
                }
                continue;
            }
            '\n' => {
                characters.next();
                if syntax == Syntax::Apache {
                    words.push(Word::End);
                }
                starts_line = true;
                continue;
            }
            _ if first.is_whitespace() => {
                characters.next();
                continue;
            }
            '#' if syntax == Syntax::Nginx || starts_line => {
                while characters.next_if(|&character| character != '\n').is_some() {}
                continue;
            }
            ';' | '{' | '}' if syntax == Syntax::Nginx => {
                characters.next();
                words.push(Word::End);
            }
            _ => {
                characters.next();
                words.push(word(first, &mut characters, syntax));
            }
        }
        starts_line = false;
    }
    words.push(Word::End);
    words
}

/// The word that begins with `first`.
fn word(first: char, characters: &mut std::iter::Peekable<std::str::Chars<'_>>, syntax: Syntax) -> Word {
    let (mut text, mut written) = (String::new(), String::from(first));
    if matches!(first, '"' | '\'') {
        while let Some(character) = characters.next() {
            written.push(character);
            match character {
                '\\' => {
                    let escaped = characters.next().unwrap_or_default();
                    written.push(escaped);
                    if !matches!(escaped, '"' | '\'') {
                        text.push('\\');
                    }
                    text.push(escaped);
                }
                _ if character == first => break,
                _ => text.push(character),
            }
        }
        return Word::Text { text, written };
    }
    let ends = |character: char| {
        character.is_whitespace() || syntax == Syntax::Nginx && matches!(character, ';' | '{' | '}')
    };
    // `${name}` is a part of a word.
    let mut braces = 0;
    while let Some(&character) = characters.peek() {
        if ends(character)
            && !(written.ends_with('$') && character == '{')
            && !(braces > 0 && character == '}')
        {
            break;
        }
        braces += i32::from(character == '{') - i32::from(character == '}');
        written.push(character);
        characters.next();
    }
    Word::Text { text: written.clone(), written }
}

/// The directives of `text`: their words, without the marks that end them.
pub(super) fn directives(text: &str, syntax: Syntax) -> Vec<Vec<(String, String)>> {
    let mut directives = Vec::new();
    let mut current = Vec::new();
    for word in words(text, syntax) {
        match word {
            Word::Text { text, written } => current.push((text, written)),
            Word::End if current.is_empty() => {}
            Word::End => directives.push(std::mem::take(&mut current)),
        }
    }
    directives
}
