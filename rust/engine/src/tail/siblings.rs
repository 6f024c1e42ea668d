//! Names that rotation gives to files.

use std::path::Path;

/// What compressors append to names.
const PACKED: [&str; 4] = [".gz", ".zst", ".bz2", ".xz"];

/// Whether a file should be compressed, judged by its name.
pub(super) fn is_packed_name(path: &Path) -> bool {
    path.to_str().is_some_and(|path| PACKED.iter().any(|ending| path.ends_with(ending)))
}

/// The names under which a file called `name` may have been written before it was rotated.
///
/// Known are `log.1`, `log-20260131`, `log.2026-01-31-1769817600`, `log.old`, `name-20260131.log`,
/// each also with `.gz` or another compressor's ending, and such an ending alone.
pub(super) fn live_names(name: &str) -> impl Iterator<Item = String> {
    let unpacked = PACKED.iter().find_map(|ending| name.strip_suffix(ending));
    let plain = unpacked.unwrap_or(name);
    let before_number = strip_number(plain).map(str::to_owned);
    let before_extension = plain.rsplit_once('.').and_then(|(stem, extension)| {
        let is_extension = !is_number(extension);
        let stem = strip_number(stem).filter(|_| is_extension)?;
        Some(format!("{stem}.{extension}"))
    });
    unpacked.map(str::to_owned).into_iter().chain(before_number).chain(before_extension)
}

/// Takes off a last part that counts or dates, and what separates it.
fn strip_number(name: &str) -> Option<&str> {
    let ends = name.match_indices(['.', '-', '_']).map(|(at, _)| at);
    // The longest such part: dates hold separators themselves.
    ends.filter(|&at| at > 0).find_map(|at| is_number(&name[at + 1..]).then_some(&name[..at]))
}

fn is_number(part: &str) -> bool {
    let counts = part.starts_with(|first: char| first.is_ascii_digit())
        && part.bytes().all(|byte| byte.is_ascii_digit() || b"-_.:TZ".contains(&byte));
    counts || part == "old"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_rotated_files() {
        for (name, live) in [
            ("access.log.1", "access.log"),
            ("access.log.12.gz", "access.log"),
            ("access.log.1.gz", "access.log.1"),
            ("access.log-20260131", "access.log"),
            ("access.log-20260131.zst", "access.log"),
            ("access.log.2026-01-31-1769817600", "access.log"),
            ("access.log.2026-01-31T10:00:00Z", "access.log"),
            ("access.log.old", "access.log"),
            ("access-20260131.log", "access.log"),
            ("access_2026-01-31.log.gz", "access.log"),
            ("access.1.log", "access.log"),
            ("log.1", "log"),
        ] {
            assert!(
                live_names(name).any(|found| found == live),
                "{name}: {:?}",
                live_names(name).collect::<Vec<_>>()
            );
        }
    }

    #[test]
    fn other_names() {
        for (name, live) in [
            ("access.log", "access.log"),
            ("access_api.log", "access.log"),
            ("access.log.bak", "access.log"),
            ("access.log.tmp1", "access.log"),
            ("myaccess.log.1", "access.log"),
            (".1", ""),
            ("1", ""),
        ] {
            assert!(live_names(name).all(|found| found != live), "{name}");
        }
    }
}
