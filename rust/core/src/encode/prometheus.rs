//! Prometheus text format 0.0.4
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>).

use super::exposition::{Dialect, FamilyKind, push_escaped};

/// Writes what is particular to this format.
#[derive(Debug, Clone, Copy)]
pub struct Prometheus;

impl Dialect for Prometheus {
    fn head(&self, out: &mut Vec<u8>, name: &str, kind: FamilyKind, help: &str) {
        let suffix = if kind == FamilyKind::Counter { "_total" } else { "" };
        let mut head = format!("# HELP {name}{suffix} ");
        push_escaped(&mut head, help, &['\\', '\n']);
        head.push_str(&format!("\n# TYPE {name}{suffix} {}\n", kind.name()));
        out.extend_from_slice(head.as_bytes());
    }

    /// The shortest text that reads as the same number.
    fn number(&self, number: f64) -> String {
        number.to_string()
    }

    fn end(&self, _out: &mut Vec<u8>) {}
}
