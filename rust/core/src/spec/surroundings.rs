//! What a configuration may look at beyond its own text. The core itself knows no files.

/// Files and environment, as a configuration sees them.
pub trait Surroundings {
    /// The files that a path or glob stands for, sorted; just the path if it holds no pattern.
    ///
    /// # Errors
    /// One clause when the pattern is malformed.
    fn files(&self, pattern: &str) -> Result<Vec<String>, String>;

    /// The text of a file.
    ///
    /// # Errors
    /// One clause, such as `No such file or directory`.
    fn read(&self, path: &str) -> Result<String, String>;

    /// The bytes of a file that is no text.
    ///
    /// # Errors
    /// One clause, as for [`Surroundings::read`].
    fn read_bytes(&self, path: &str) -> Result<Vec<u8>, String> {
        self.read(path).map(String::into_bytes)
    }

    /// The value of an environment variable, if it is set.
    fn variable(&self, name: &str) -> Option<String>;
}

/// No files and no environment.
#[derive(Debug, Clone, Copy)]
pub struct Nothing;

impl Surroundings for Nothing {
    fn files(&self, pattern: &str) -> Result<Vec<String>, String> {
        Ok(vec![pattern.to_owned()])
    }

    fn read(&self, _path: &str) -> Result<String, String> {
        Err("this configuration may not read files".to_owned())
    }

    fn variable(&self, _name: &str) -> Option<String> {
        None
    }
}

/// `path` as it is meant in the file `from`: a relative one starts in the same directory.
pub fn beside(path: &str, from: &str) -> String {
    match from.rsplit_once('/') {
        Some((directory, _)) if !path.starts_with('/') => format!("{directory}/{path}"),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::beside;

    #[test]
    fn relative_paths_start_beside_the_file() {
        assert_eq!(beside("a.csv", "config.toml"), "a.csv");
        assert_eq!(beside("a.csv", "/etc/logagent/config.toml"), "/etc/logagent/a.csv");
        assert_eq!(beside("a.csv", "/config.toml"), "/a.csv");
        assert_eq!(beside("/a.csv", "/etc/config.toml"), "/a.csv");
    }
}
