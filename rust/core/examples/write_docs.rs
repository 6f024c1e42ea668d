//! Writes the reference pages of configuration and formats into the directory that is its argument.

use std::path::PathBuf;

use logagent_core::format;
use logagent_core::spec::page;

fn main() -> std::io::Result<()> {
    let directory = PathBuf::from(std::env::args_os().nth(1).unwrap_or_else(|| "docs".into()));
    std::fs::create_dir_all(&directory)?;
    std::fs::write(directory.join("configuration.md"), page::configuration())?;
    std::fs::write(directory.join("formats.md"), format::page::formats())?;
    std::fs::write(directory.join("problems.md"), page::problems())
}
