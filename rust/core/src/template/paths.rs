//! Stable groups of URLs: the same miner over the segments of paths.

use super::header::Header;
use super::miner::Miner;
use super::reader::Reader;

/// Segments of a path that are told apart; the rest is one.
const MAX_SEGMENTS: usize = 16;

/// Examples of a template, which say what its variables hold.
const MAX_EXAMPLES: usize = 256;

/// Learns templates of paths such as `/orders/<num>/items`.
///
/// A path is mined as the line of its segments, so that a segment is text or a variable as a whole. The
/// query is left out.
#[derive(Debug, Clone)]
pub struct PathMiner {
    miner: Miner,
    reader: Reader,
    line: Vec<u8>,
}

impl Default for PathMiner {
    fn default() -> PathMiner {
        PathMiner { miner: Miner::default(), reader: Reader::new(Header::default(), 1970), line: Vec::new() }
    }
}

/// A template of paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathTemplate {
    /// The same on every host.
    pub id: String,
    /// With the kind of each variable, as in `/orders/<num>`.
    pub path: String,
    /// Requests that it covers.
    pub count: u64,
    /// Some of their paths, without queries.
    pub examples: Vec<Vec<u8>>,
}

impl PathMiner {
    /// Learns from the target of a request, with or without a query.
    pub fn learn(&mut self, target: &[u8]) {
        self.write_line(target);
        self.miner.learn(&self.reader.read(&self.line));
    }

    /// The id of the template that covers a target, once [`PathMiner::templates`] was called.
    pub fn find(&mut self, target: &[u8]) -> Option<&str> {
        self.write_line(target);
        let index = self.miner.find(&self.reader.read(&self.line))?;
        Some(self.miner.id(index))
    }

    /// The templates, those with the most requests first.
    pub fn templates(&mut self) -> Vec<PathTemplate> {
        let path = |typed: &str| match typed.split_whitespace().collect::<Vec<_>>().join("/") {
            root if root == EMPTY => "/".to_owned(),
            path => format!("/{}", path.strip_suffix(EMPTY).unwrap_or(&path)),
        };
        let templates = self.miner.templates_with(MAX_EXAMPLES).into_iter();
        templates
            .map(|template| PathTemplate {
                id: template.id,
                path: with_digits(&path(&template.typed)),
                count: template.count,
                examples: template.examples.iter().map(|line| path_of(line)).collect(),
            })
            .collect()
    }

    fn write_line(&mut self, target: &[u8]) {
        let path = target.split(|byte| matches!(byte, b'?' | b'#' | b';')).next().unwrap_or_default();
        let path = path.strip_prefix(b"/").unwrap_or(path);
        self.line.clear();
        for (index, segment) in path.splitn(MAX_SEGMENTS, |&byte| byte == b'/').enumerate() {
            if index > 0 {
                self.line.push(b' ');
            }
            let is_version = is_version(segment);
            for &byte in segment {
                match byte {
                    b'0'..=b'9' if is_version => {
                        self.line.extend_from_slice(&[SUBSCRIPT[0], SUBSCRIPT[1], byte + SUBSCRIPT[2]]);
                    }
                    blank if blank.is_ascii_whitespace() => self.line.push(b'_'),
                    other => self.line.push(other),
                }
            }
            if segment.is_empty() {
                self.line.extend_from_slice(EMPTY.as_bytes());
            }
        }
    }
}

/// The path that was written as this line.
fn path_of(line: &[u8]) -> Vec<u8> {
    let mut path = Vec::with_capacity(line.len() + 1);
    for segment in line.split(|&byte| byte == b' ') {
        path.push(b'/');
        if segment != EMPTY.as_bytes() {
            path.extend_from_slice(segment);
        }
    }
    str::from_utf8(&path).map_or(path.clone(), |path| with_digits(path).into_bytes())
}

/// Whether a segment is the version of an interface, as in `/v2/orders`: text, though it has digits.
fn is_version(segment: &[u8]) -> bool {
    const MOST_DIGITS: usize = 3;
    matches!(segment, [b'v', digits @ ..] if (1..=MOST_DIGITS).contains(&digits.len())
        && digits.iter().all(u8::is_ascii_digit))
}

/// A version's digits are written as subscripts, which are letters to the lexer: the first two bytes of
/// each, and what its last one is beyond the digit's.
const SUBSCRIPT: [u8; 3] = [0xe2, 0x82, 0x80 - b'0'];

/// Makes subscripts the digits that they were.
fn with_digits(text: &str) -> String {
    let digit = |char: char| match u32::from(char).checked_sub(0x2080) {
        Some(digit @ 0..10) => char::from_digit(digit, 10).unwrap_or(char),
        _ => char,
    };
    text.chars().map(digit).collect()
}

/// Stands for an empty segment, such as that behind a last `/`.
const EMPTY: &str = "~";

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(targets: &[String]) -> Vec<String> {
        let mut miner = PathMiner::default();
        for target in targets {
            miner.learn(target.as_bytes());
        }
        miner.templates().into_iter().map(|template| template.path).collect()
    }

    #[test]
    fn numbers_are_variables_and_words_are_not() {
        let orders = (1..=9).map(|number| format!("/orders/{number}/items?page={number}"));
        let others = ["/orders", "/about/us", "/", "/shop/"].map(str::to_owned);
        let mut found = paths(&orders.chain(others).collect::<Vec<_>>());
        found.sort();
        assert_eq!(found, ["/", "/about/us", "/orders", "/orders/<num>/items", "/shop/"]);
    }

    #[test]
    fn versions_are_text() {
        let orders = (1..=9).map(|number| format!("/v2/orders/{number}"));
        assert_eq!(paths(&orders.collect::<Vec<_>>()), ["/v2/orders/<num>"]);
        let mut miner = PathMiner::default();
        miner.learn(b"/v1/a//");
        assert_eq!(miner.templates()[0].examples, [b"/v1/a//"]);
    }

    #[test]
    fn found_paths_have_the_ids_of_their_templates() {
        let mut miner = PathMiner::default();
        for number in 0..20 {
            miner.learn(format!("/users/{number}").as_bytes());
        }
        let id = miner.templates()[0].id.clone();
        assert_eq!(miner.find(b"/users/4711?x=y"), Some(id.as_str()));
        assert_eq!(miner.find(b"/elsewhere"), None);
    }
}
