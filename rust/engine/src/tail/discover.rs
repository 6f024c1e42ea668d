//! Finding the files of the sources.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use glob::Pattern;

use super::identity::{Identity, Stamp};
use super::origins::Origins;
use super::{ParkedFile, TailSource};
use crate::input::{SHELL_LIKE, describe, matches};

/// More directories are not listed for rotated files, nor watched.
const MAX_DIRECTORIES: usize = 1000;

/// How a file was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// By the paths of its source.
    Named,
    /// Only by its name, as a file that was rotated.
    Sibling,
}

/// Whether a file may have been there before it was followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    /// It was there when its source, or the file it was rotated from, was first looked at.
    First,
    Later,
}

/// A regular file.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub source: usize,
    /// The paths that lead to it, in the order of the source.
    pub paths: Vec<PathBuf>,
    pub identity: Identity,
    pub stamp: Stamp,
    pub role: Role,
    pub sight: Sight,
    /// By its name, it was written under this path before it was rotated.
    pub origin: Option<PathBuf>,
}

/// What the paths of all sources lead to at one moment.
#[derive(Debug, Default)]
pub(super) struct Discovery {
    /// Each file once; it belongs to the first source that names it.
    pub files: Vec<Found>,
    /// What is not a file.
    pub irregular: Vec<ParkedFile>,
    /// Source, and what could not be looked at, in words.
    pub errors: Vec<(usize, String)>,
    /// Directories in which files may appear.
    pub directories: BTreeSet<PathBuf>,
    index: HashMap<Identity, usize>,
}

/// Finds the files that the sources name.
pub(super) fn discover(sources: &[TailSource]) -> Discovery {
    let mut discovery = Discovery::default();
    for (index, source) in sources.iter().enumerate() {
        let exclude: Vec<_> = source.exclude.iter().filter_map(|text| Pattern::new(text).ok()).collect();
        for text in &source.paths {
            discovery.watch(text);
            for path in discovery.expand(index, text) {
                if !exclude.iter().any(|pattern| pattern.matches_path_with(&path, SHELL_LIKE)) {
                    discovery.look_at(index, &source.name, path);
                }
            }
        }
    }
    discovery
}

impl Discovery {
    /// Finds what was rotated away from the paths of `origins`.
    pub(super) fn find_siblings(&mut self, origins: &Origins, sources: &[TailSource]) {
        for found in &mut self.files {
            found.origin = origins.find(&found.paths[0], sources).map(|(path, _)| path);
        }
        for directory in origins.directories().into_iter().take(MAX_DIRECTORIES) {
            let Ok(entries) = fs::read_dir(directory) else { continue };
            for entry in entries.flatten() {
                let path = entry.path();
                let Some((origin, source)) = origins.find(&path, sources) else { continue };
                let Ok(metadata) = entry.metadata() else { continue };
                let identity = Identity::of(&metadata);
                if metadata.is_file() && !self.index.contains_key(&identity) {
                    self.add(source, path, identity, Stamp::of(&metadata), Role::Sibling);
                    if let Some(found) = self.files.last_mut() {
                        found.origin = Some(origin);
                    }
                }
            }
        }
    }

    fn expand(&mut self, source: usize, text: &str) -> Vec<PathBuf> {
        let path = Path::new(text);
        if fs::symlink_metadata(path).is_ok() || !is_pattern(text) {
            return vec![path.to_owned()];
        }
        let Ok(matches) = matches(text) else { return Vec::new() };
        let mut paths = Vec::new();
        for found in matches {
            match found {
                Ok(path) => paths.push(path),
                Err(error) => {
                    let (path, error) = (error.path().display().to_string(), describe(error.error()));
                    self.errors.push((source, format!("{path}: {error}")));
                }
            }
        }
        paths
    }

    fn look_at(&mut self, source: usize, name: &str, path: PathBuf) {
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_file() => {
                let (identity, stamp) = (Identity::of(&metadata), Stamp::of(&metadata));
                match self.index.get(&identity) {
                    Some(&at) => self.files[at].paths.push(path),
                    None => self.add(source, path, identity, stamp, Role::Named),
                }
            }
            Ok(_) => self.irregular.push(ParkedFile {
                source: name.to_owned(),
                path: path.display().to_string(),
                reason: "not a regular file".to_owned(),
            }),
            // Not there yet, or a link to nothing.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => self.errors.push((source, format!("{}: {}", path.display(), describe(&error)))),
        }
    }

    fn add(&mut self, source: usize, path: PathBuf, identity: Identity, stamp: Stamp, role: Role) {
        self.index.insert(identity, self.files.len());
        let (paths, sight, origin) = (vec![path], Sight::Later, None);
        self.files.push(Found { source, paths, identity, stamp, role, sight, origin });
    }

    /// Notes the directories in which a file that `text` names may appear.
    fn watch(&mut self, text: &str) {
        let components: Vec<_> = Path::new(text).components().collect();
        for (at, component) in components.iter().enumerate() {
            let part = component.as_os_str().to_string_lossy();
            if !is_pattern(&part) && at + 1 < components.len() {
                continue;
            }
            let before: PathBuf = components[..at].iter().collect();
            let before = if at == 0 { PathBuf::from(".") } else { before };
            self.watch_matches(&before);
            if part == "**" {
                self.watch_matches(&before.join("**"));
            }
            if let Component::Normal(_) = component
                && at + 1 == components.len()
            {
                return;
            }
        }
    }

    fn watch_matches(&mut self, directory: &Path) {
        let Some(text) = directory.to_str().filter(|text| is_pattern(text)) else {
            // Or where it will appear.
            let existing = directory.ancestors().find(|ancestor| ancestor.is_dir());
            self.directories.extend(existing.map(Path::to_owned));
            return;
        };
        let matches = matches(text).into_iter().flatten().flatten();
        let room = MAX_DIRECTORIES.saturating_sub(self.directories.len());
        self.directories.extend(matches.filter(|path| path.is_dir()).take(room));
    }
}

pub(super) fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}
