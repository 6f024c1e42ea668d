//! The files and the environment that a configuration sees.

use std::fs::File;
use std::io::{self, Read as _};

use logagent_core::spec::Surroundings;

/// A file of a configuration that is larger than this was named by mistake.
const MAX_FILE_BYTES: u64 = 64 << 20;

/// The process's own files and environment.
pub(crate) struct Process;

impl Surroundings for Process {
    fn files(&self, pattern: &str) -> Result<Vec<String>, String> {
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
        let bytes = read_bytes(path).map_err(|error| {
            let text = error.to_string();
            text.split(" (os error").next().unwrap_or_default().to_owned()
        })?;
        if bytes.len() as u64 > MAX_FILE_BYTES {
            return Err(format!("it is larger than {} MiB", MAX_FILE_BYTES >> 20));
        }
        String::from_utf8(bytes)
            .map_err(|error| format!("it is not UTF-8 at byte {}", error.utf8_error().valid_up_to()))
    }

    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }
}

fn read_bytes(path: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
