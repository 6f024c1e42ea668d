//! From which live path was a file rotated away? Judged by its name.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use glob::Pattern;

use super::TailSource;
use super::discover::is_pattern;
use super::siblings::live_names;
use crate::input::SHELL_LIKE;

/// The paths that files are written under, whether anything is there now or not.
#[derive(Debug, Default)]
pub(super) struct Origins {
    live: HashMap<PathBuf, usize>,
    patterns: Vec<(Expected, usize)>,
}

/// A text among the paths of a source that says in which directory its files appear.
#[derive(Debug)]
enum Expected {
    Path(PathBuf),
    Pattern(Pattern),
}

impl Expected {
    /// `None` if the directory is a pattern too: which ones there will be is not known.
    fn new(text: &str) -> Option<Expected> {
        if !is_pattern(text) {
            return Some(Expected::Path(text.into()));
        }
        let directory = Path::new(text).parent()?;
        let is_fixed = !is_pattern(&directory.to_string_lossy());
        is_fixed.then(|| Pattern::new(text).ok().map(Expected::Pattern)).flatten()
    }

    fn holds(&self, path: &Path) -> bool {
        match self {
            Expected::Path(expected) => expected == path,
            Expected::Pattern(pattern) => pattern.matches_path_with(path, SHELL_LIKE),
        }
    }
}

impl Origins {
    /// `live`: paths at which files were found, each with its source.
    pub(super) fn new(live: HashMap<PathBuf, usize>, sources: &[TailSource]) -> Origins {
        let mut origins = Origins { live, patterns: Vec::new() };
        for (index, source) in sources.iter().enumerate() {
            for expected in source.paths.iter().filter_map(|text| Expected::new(text)) {
                match expected {
                    Expected::Path(path) if !is_excluded(source, &path) => {
                        origins.live.entry(path).or_insert(index);
                    }
                    Expected::Path(_) => {}
                    Expected::Pattern(_) => origins.patterns.push((expected, index)),
                }
            }
        }
        origins
    }

    /// Where rotated files may be.
    pub(super) fn directories(&self) -> BTreeSet<PathBuf> {
        let live = self.live.keys().filter_map(|path| path.parent());
        let patterns = self.patterns.iter().filter_map(|(expected, _)| match expected {
            Expected::Pattern(pattern) => Path::new(pattern.as_str()).parent(),
            Expected::Path(path) => path.parent(),
        });
        live.chain(patterns).map(Path::to_owned).collect()
    }

    /// The live path, and its source, that a file was rotated away from.
    pub(super) fn find(&self, path: &Path, sources: &[TailSource]) -> Option<(PathBuf, usize)> {
        let name = path.file_name()?.to_str()?;
        let candidates: Vec<_> = live_names(name).map(|name| path.with_file_name(name)).collect();
        let found = candidates.iter().find_map(|origin| self.live.get_key_value(origin));
        if let Some((path, source)) = found {
            return Some((path.clone(), *source));
        }
        candidates.into_iter().find_map(|origin| {
            let is_of = |(expected, source): &&(Expected, usize)| {
                expected.holds(&origin) && !is_excluded(&sources[*source], &origin)
            };
            let source = self.patterns.iter().find(is_of)?.1;
            Some((origin, source))
        })
    }
}

/// Whether files at `path` were looked for when `paths`, those of a source, were looked at.
pub(super) fn are_looked_for(paths: &[String], path: &Path) -> bool {
    paths.iter().filter_map(|text| Expected::new(text)).any(|expected| expected.holds(path))
}

fn is_excluded(source: &TailSource, path: &Path) -> bool {
    let exclude = source.exclude.iter().filter_map(|text| Pattern::new(text).ok());
    exclude.into_iter().any(|pattern| pattern.matches_path_with(path, SHELL_LIKE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tail::ReadFrom;

    fn source(paths: &[&str], exclude: &[&str]) -> TailSource {
        let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
        let (paths, exclude) = (texts(paths), texts(exclude));
        TailSource { name: "a".to_owned(), paths, exclude, read_from: ReadFrom::Beginning }
    }

    #[test]
    fn origins_need_not_be_there() {
        let sources = [source(&["/logs/a.log"], &[]), source(&["/web/*.log", "/pods/*/b.log"], &["/web/x*"])];
        let live = HashMap::from([(PathBuf::from("/pods/1/b.log"), 1)]);
        let origins = Origins::new(live, &sources);
        for (rotated, expected) in [
            ("/logs/a.log.1", Some(("/logs/a.log", 0))),
            ("/logs/a.log.2.gz", Some(("/logs/a.log", 0))),
            ("/logs/b.log.1", None),
            ("/web/b.log.1", Some(("/web/b.log", 1))),
            ("/web/x.log.1", None),
            ("/pods/1/b.log.1", Some(("/pods/1/b.log", 1))),
            // What a directory held when it appeared was there before.
            ("/pods/2/b.log.1", None),
        ] {
            let expected = expected.map(|(path, source)| (PathBuf::from(path), source));
            assert_eq!(origins.find(Path::new(rotated), &sources), expected, "{rotated}");
        }
        let directories: Vec<_> = origins.directories().into_iter().collect();
        assert_eq!(directories, ["/logs", "/pods/1", "/web"].map(PathBuf::from));
        for (path, expected) in [("/web/new.log", true), ("/pods/2/b.log", false), ("/web/d/b.log", false)] {
            assert_eq!(are_looked_for(&sources[1].paths, Path::new(path)), expected, "{path}");
        }
    }
}
