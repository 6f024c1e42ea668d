//! Stable groups of URLs: the same miner over the segments of paths.

use super::header::Header;
use super::miner::Miner;
use super::reader::Reader;

/// Segments of a path that are told apart; the rest is one.
const MAX_SEGMENTS: usize = 16;

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
        let templates = self.miner.templates().into_iter();
        templates
            .map(|template| PathTemplate {
                id: template.id,
                path: path(&template.typed),
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
            self.line
                .extend(segment.iter().map(|&byte| if byte.is_ascii_whitespace() { b'_' } else { byte }));
            if segment.is_empty() {
                self.line.extend_from_slice(EMPTY.as_bytes());
            }
        }
    }
}

/// The path that was written as this line.
fn path_of(line: &[u8]) -> Vec<u8> {
    let segments = line.split(|&byte| byte == b' ');
    segments
        .flat_map(|segment| [&b"/"[..], if segment == EMPTY.as_bytes() { b"" } else { segment }].concat())
        .collect()
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
