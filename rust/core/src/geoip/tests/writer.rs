//! Writes small databases after the specification of the format.

use std::net::{IpAddr, Ipv4Addr};

/// A value of the data section.
pub enum Value {
    Text(&'static str),
    Short(u16),
    Number(u32),
    Long(u64),
    Map(Vec<(&'static str, Value)>),
    Texts(Vec<&'static str>),
}

const TEXT: u8 = 2;
const UNSIGNED_16: u8 = 5;
const UNSIGNED_32: u8 = 6;
const MAP: u8 = 7;
const UNSIGNED_64: u8 = 9;
const ARRAY: u8 = 11;

/// The head of a value whose size is below 29.
fn head(kind: u8, size: usize, out: &mut Vec<u8>) {
    assert!(size < 29);
    let size = u8::try_from(size).unwrap();
    match kind {
        1..=7 => out.push(kind << 5 | size),
        _ => out.extend([size, kind - 7]),
    }
}

impl Value {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Value::Text(text) => {
                head(TEXT, text.len(), out);
                out.extend_from_slice(text.as_bytes());
            }
            Value::Short(number) => {
                head(UNSIGNED_16, 2, out);
                out.extend(number.to_be_bytes());
            }
            Value::Long(number) => {
                head(UNSIGNED_64, 8, out);
                out.extend(number.to_be_bytes());
            }
            Value::Number(number) => {
                head(UNSIGNED_32, 4, out);
                out.extend(number.to_be_bytes());
            }
            Value::Map(entries) => {
                head(MAP, entries.len(), out);
                for (key, value) in entries {
                    Value::Text(key).write(out);
                    value.write(out);
                }
            }
            Value::Texts(texts) => {
                head(ARRAY, texts.len(), out);
                for text in texts {
                    Value::Text(text).write(out);
                }
            }
        }
    }
}

/// Where a bit leads.
#[derive(Clone, Copy)]
enum Branch {
    Nowhere,
    Node(usize),
    /// An offset in the data section.
    Record(usize),
}

/// A database of type `kind` for disjoint networks, each with the length of its prefix.
pub fn database(kind: &'static str, networks: &[(&str, u32, Value)]) -> Vec<u8> {
    let mut nodes = vec![[Branch::Nowhere; 2]];
    let mut records = Vec::new();
    for (address, length, value) in networks {
        let (bits, length) = match address.parse().unwrap() {
            // Addresses of IPv4 are in ::/96.
            IpAddr::V4(address) => (u128::from(Ipv4Addr::to_bits(address)), length + 96),
            IpAddr::V6(address) => (address.to_bits(), *length),
        };
        let side = |depth: u32| usize::from(bits >> (127 - depth) & 1 == 1);
        let mut node = 0;
        for depth in 0..length - 1 {
            node = if let Branch::Node(next) = nodes[node][side(depth)] {
                next
            } else {
                nodes.push([Branch::Nowhere; 2]);
                let next = nodes.len() - 1;
                nodes[node][side(depth)] = Branch::Node(next);
                next
            };
        }
        nodes[node][side(length - 1)] = Branch::Record(records.len());
        value.write(&mut records);
    }
    let mut out = Vec::new();
    for branch in nodes.iter().flatten() {
        let number = match branch {
            Branch::Nowhere => nodes.len(),
            Branch::Node(node) => *node,
            Branch::Record(offset) => nodes.len() + 16 + offset,
        };
        out.extend(u32::try_from(number).unwrap().to_be_bytes());
    }
    out.extend([0; 16]);
    out.append(&mut records);
    out.extend(b"\xab\xcd\xefMaxMind.com");
    Value::Map(vec![
        ("binary_format_major_version", Value::Short(2)),
        ("binary_format_minor_version", Value::Short(0)),
        ("build_epoch", Value::Long(1)),
        ("database_type", Value::Text(kind)),
        ("description", Value::Map(vec![("en", Value::Text("Made by a test"))])),
        ("ip_version", Value::Short(6)),
        ("languages", Value::Texts(vec!["en"])),
        ("node_count", Value::Number(u32::try_from(nodes.len()).unwrap())),
        ("record_size", Value::Short(32)),
    ])
    .write(&mut out);
    out
}
