//! Which fields a JSON line has, for files whose mapping nobody wrote.

use super::expected::Fault;
use super::syntax::Reader;
use super::{path, string};

/// More paths are left out.
const MAX_PATHS: usize = 256;
/// Longer paths are left out, in bytes.
const MAX_PATH_BYTES: usize = 256;

/// The paths of a line's values, in their order: of everything but objects, which are entered.
///
/// Each is a path for [`super::JsonScanner`]. Empty if the line is not a JSON object. At most 256
/// paths of at most 256 bytes; an object more than 32 keys deep is given as one value, and a key that
/// is not UTF-8 is left out.
pub fn leaf_paths(line: &[u8]) -> Vec<String> {
    let mut paths = Vec::new();
    let mut reader = Reader::new(line);
    reader.skip_whitespace();
    if reader.peek() != b'{' || is_invalid(line) {
        return paths;
    }
    let walked = collect(&mut reader, &mut String::new(), 1, &mut paths);
    debug_assert!(walked.is_ok(), "the line was checked before");
    paths
}

fn is_invalid(line: &[u8]) -> bool {
    let mut reader = Reader::new(line);
    reader.skip_whitespace();
    reader.skip_value(0).and_then(|()| reader.end_of_line()).is_err()
}

/// Collects the leaves of the object that starts here; `depth` is the number of keys in their paths.
fn collect(
    reader: &mut Reader<'_>,
    prefix: &mut String,
    depth: usize,
    paths: &mut Vec<String>,
) -> Result<(), Fault> {
    let kept = prefix.len();
    let mut more = reader.open_object()?;
    while more {
        let key = reader.key()?;
        let mut name = Vec::new();
        string::decode(reader.bytes(key), &mut name);
        let name = String::from_utf8(name).ok().filter(|name| name.len() <= MAX_PATH_BYTES);
        path::push_key(prefix, name.as_deref().unwrap_or_default());
        let takes_more = paths.len() < MAX_PATHS && prefix.len() <= MAX_PATH_BYTES;
        if name.is_none() || !takes_more {
            reader.skip_value(depth as u32)?;
        } else if reader.peek() == b'{' && depth < path::MAX_KEYS {
            collect(reader, prefix, depth + 1, paths)?;
        } else {
            reader.skip_value(depth as u32)?;
            if !paths.contains(prefix) {
                paths.push(prefix.clone());
            }
        }
        prefix.truncate(kept);
        more = reader.next_member()?;
    }
    Ok(())
}
