//! The files and the environment that a configuration sees.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;

use logagent_core::spec::Surroundings;

/// A file of a configuration that is larger than this was named by mistake.
const MAX_FILE_BYTES: u64 = 64 << 20;

/// The same for databases; the largest of `MaxMind` have some hundred MiB.
const MAX_DATABASE_BYTES: u64 = 1 << 30;

/// The process's own files and environment; notes which paths and globs were asked for.
#[derive(Default)]
pub(crate) struct Process {
    asked: RefCell<BTreeSet<String>>,
}

impl Process {
    /// What was asked for, sorted.
    pub(crate) fn asked(self) -> Vec<String> {
        self.asked.into_inner().into_iter().collect()
    }

    fn note(&self, pattern: &str) {
        self.asked.borrow_mut().insert(pattern.to_owned());
    }
}

impl Surroundings for Process {
    fn files(&self, pattern: &str) -> Result<Vec<String>, String> {
        self.note(pattern);
        if !pattern.contains(['*', '?', '[']) {
            return Ok(vec![pattern.to_owned()]);
        }
        let paths = glob::glob(pattern).map_err(|error| error.msg.to_owned())?;
        // What cannot be listed or is not UTF-8 shows up when it is read.
        Ok(paths
            .map(|path| path.unwrap_or_else(|error| error.path().to_owned()).to_string_lossy().into_owned())
            .collect())
    }

    fn read(&self, path: &str) -> Result<String, String> {
        self.note(path);
        let bytes = read_at_most(path, MAX_FILE_BYTES)?;
        String::from_utf8(bytes)
            .map_err(|error| format!("it is not UTF-8 at byte {}", error.utf8_error().valid_up_to()))
    }

    fn read_bytes(&self, path: &str) -> Result<Vec<u8>, String> {
        self.note(path);
        read_at_most(path, MAX_DATABASE_BYTES)
    }

    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }
}

fn read_at_most(path: &str, limit: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(limit + 1).read_to_end(&mut bytes));
    read.map_err(|error| {
        let text = error.to_string();
        text.split(" (os error").next().unwrap_or_default().to_owned()
    })?;
    if bytes.len() as u64 > limit {
        return Err(format!("it is larger than {} MiB", limit >> 20));
    }
    Ok(bytes)
}
