//! The yardstick of `benches/bench_scan.py` and `bench_readers.py`: counts combined lines by method and status
//! with the `regex` crate's captures, the way a careful program without logagent would.
//!
//! `regex_captures FILE [REGEX METHOD STATUS]` prints the number of matching lines and of groups; METHOD and
//! STATUS are the numbers of the regex's groups.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};

use regex::bytes::Regex;

const COMBINED: &str = concat!(
    r"^([^ ]+) ([^ ]+) ([^ ]+) \[([^\]]+)\] ",
    r#""([A-Z]+) ([^ "]+) ([^"]+)" ([0-9]+) ([0-9]+|-) "#,
    r#""((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"$"#,
);
const COMBINED_GROUPS: [usize; 2] = [5, 8];

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (path, regex, [method, status]) = match &arguments[..] {
        [path] => (path, COMBINED, COMBINED_GROUPS),
        [path, regex, groups @ ..] => {
            let mut groups = groups.iter().map(|group| group.parse().expect("the number of a group"));
            let mut group = || groups.next().expect("two groups");
            (path, regex.as_str(), [group(), group()])
        }
        [] => panic!("usage: regex_captures FILE [REGEX METHOD STATUS]"),
    };
    let mut reader = BufReader::with_capacity(1 << 20, File::open(path)?);
    let regex = Regex::new(&format!("(?-u){regex}")).expect("the regex is valid");

    // Captures and the line are reused: the baseline is not to lose time to allocation.
    let mut captures = regex.capture_locations();
    let mut line = Vec::new();
    let mut counts: HashMap<Vec<u8>, u64> = HashMap::new();
    let mut key = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        if regex.captures_read(&mut captures, text).is_some() {
            key.clear();
            for (group, separator) in [(method, b' '), (status, b'\n')] {
                if let Some((start, end)) = captures.get(group) {
                    key.extend_from_slice(&text[start..end]);
                    key.push(separator);
                }
            }
            match counts.get_mut(&key) {
                Some(count) => *count += 1,
                None => drop(counts.insert(key.clone(), 1)),
            }
        }
        line.clear();
    }
    println!("{} lines in {} groups", counts.values().sum::<u64>(), counts.len());
    Ok(())
}
