//! Naming the inputs of a run.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use glob::{GlobResult, MatchOptions, Pattern, PatternError, glob_with};

/// Where bytes come from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Input {
    /// Standard input, written `-`.
    Stdin,
    /// A file, named pipe or device.
    Path(PathBuf),
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Input::Stdin => f.write_str("-"),
            Input::Path(path) => write!(f, "{}", path.display()),
        }
    }
}

/// What went wrong with one input, in words for its user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputError {
    /// The input as its user knows it: a path, `-`, or a pattern.
    pub input: String,
    /// What happened, and what became of the input.
    pub message: String,
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.input, self.message)
    }
}

/// Shell rules: `*` stops at `/` and does not show hidden files; `**` descends.
pub(crate) const SHELL_LIKE: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// Turns arguments into inputs: paths, glob patterns, and `-`.
///
/// An existing path is never taken for a pattern. The matches of a pattern are sorted. A file
/// that is named twice, by whatever paths or links, is read once, at its first place.
///
/// The errors name patterns without a match and paths that do not exist.
pub fn expand<A: AsRef<OsStr>>(arguments: &[A]) -> (Vec<Input>, Vec<InputError>) {
    expand_unseen(arguments, &[], &mut HashSet::new())
}

/// The files of a configured source.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// Files and patterns.
    pub paths: &'a [String],
    /// Files and patterns that are left out of them.
    pub exclude: &'a [String],
}

/// The inputs of several sources, as [`expand`] finds those of one. A file that two sources name
/// belongs to the first of them.
pub fn expand_sources(sources: &[Named<'_>]) -> Vec<(Vec<Input>, Vec<InputError>)> {
    let mut seen = HashSet::new();
    let expand_source = |source: &Named<'_>| {
        let mut exclude = Vec::new();
        let mut bad_patterns = Vec::new();
        for text in source.exclude {
            match Pattern::new(text) {
                Ok(pattern) => exclude.push(pattern),
                Err(error) => bad_patterns.push(InputError {
                    input: text.clone(),
                    message: format!("not a valid pattern: {}", error.msg),
                }),
            }
        }
        let (inputs, mut errors) = expand_unseen(source.paths, &exclude, &mut seen);
        errors.extend(bad_patterns);
        (inputs, errors)
    };
    sources.iter().map(expand_source).collect()
}

fn expand_unseen<A: AsRef<OsStr>>(
    arguments: &[A],
    exclude: &[Pattern],
    seen: &mut HashSet<Same>,
) -> (Vec<Input>, Vec<InputError>) {
    let is_excluded = |input: &Input| match input {
        Input::Stdin => false,
        Input::Path(path) => exclude.iter().any(|pattern| pattern.matches_path_with(path, SHELL_LIKE)),
    };
    let mut inputs = Vec::new();
    let mut errors = Vec::new();
    for argument in arguments {
        let argument = argument.as_ref();
        let mut found: Vec<Input> = if argument == "-" {
            vec![Input::Stdin]
        } else {
            match expand_path(argument) {
                Ok(paths) => paths.into_iter().map(Input::Path).collect(),
                Err(message) => {
                    let input = argument.display().to_string();
                    errors.push(InputError { input, message });
                    continue;
                }
            }
        };
        found.retain(|input| !is_excluded(input) && seen.insert(Same::of(input)));
        inputs.extend(found);
    }
    (inputs, errors)
}

/// What makes two inputs the same one.
#[derive(PartialEq, Eq, Hash)]
enum Same {
    File { device: u64, inode: u64 },
    Name(Input),
}

impl Same {
    fn of(input: &Input) -> Same {
        let metadata = match input {
            Input::Stdin => None,
            Input::Path(path) => fs::metadata(path).ok(),
        };
        match metadata {
            Some(metadata) => Same::File { device: metadata.dev(), inode: metadata.ino() },
            None => Same::Name(input.clone()),
        }
    }
}

fn expand_path(argument: &OsStr) -> Result<Vec<PathBuf>, String> {
    let path = Path::new(argument);
    let Err(missing) = fs::symlink_metadata(path) else {
        return Ok(vec![path.to_owned()]);
    };
    let pattern = argument.to_str().filter(|text| text.contains(['*', '?', '[']));
    let Some(pattern) = pattern else {
        return Err(describe(&missing));
    };
    let matches = matches(pattern).map_err(|error| format!("not a valid pattern: {}", error.msg))?;
    // A directory that may not be listed is told only when nothing else was found: a pattern
    // such as `/var/log/*/*.log` meets many that were never meant.
    let mut paths = Vec::new();
    let mut unreadable = None;
    for found in matches {
        match found {
            Ok(path) => paths.push(path),
            Err(error) => unreadable = Some(error),
        }
    }
    match unreadable {
        _ if !paths.is_empty() => Ok(paths),
        Some(error) => Err(format!("{}: {}", error.path().display(), describe(error.error()))),
        None => Err("no file matches this pattern".to_owned()),
    }
}

/// The paths that a pattern matches by shell rules, sorted. Names that are not UTF-8 match nothing.
pub(crate) fn matches(pattern: &str) -> Result<impl Iterator<Item = GlobResult>, PatternError> {
    // Left to itself, `glob` 0.3.4 panics on a name that is not UTF-8 when it looks for hidden ones.
    let listing = MatchOptions { require_literal_leading_dot: false, ..SHELL_LIKE };
    let hidden: Vec<_> = pattern.split('/').filter(|part| part.starts_with('.')).map(Pattern::new).collect();
    let is_shown = move |path: &Path| {
        path.iter()
            .filter_map(OsStr::to_str)
            .filter(|name| name.starts_with('.'))
            .all(|name| matches!(name, "." | "..") || hidden.iter().flatten().any(|part| part.matches(name)))
    };
    let found = glob_with(pattern, listing)?;
    Ok(found.filter(move |found| match found {
        Ok(path) => is_shown(path),
        Err(error) => is_shown(error.path()),
    }))
}

/// An operating-system error in plain words, without its number.
pub(crate) fn describe(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound => "no such file".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        ErrorKind::IsADirectory => {
            "is a directory; name its files, or a pattern such as DIR/*.log".to_owned()
        }
        _ => error.to_string(),
    }
}
