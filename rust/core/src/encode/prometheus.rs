//! Prometheus text format 0.0.4
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>).

use super::exposition::{Dialect, FamilyKind};
use super::samples::escaped;

/// Writes what is particular to this format.
#[derive(Debug, Clone, Copy)]
pub struct Prometheus;

impl Dialect for Prometheus {
    fn head(&self, out: &mut Vec<u8>, name: &str, kind: FamilyKind, help: &str) {
        let suffix = if kind == FamilyKind::Counter { "_total" } else { "" };
        let (help, kind) = (escaped(help, &['\\', '\n']), kind.name());
        let head = format!("# HELP {name}{suffix} {help}\n# TYPE {name}{suffix} {kind}\n");
        out.extend_from_slice(head.as_bytes());
    }

    /// The shortest text that reads as the same number.
    fn number(&self, number: f64) -> String {
        number.to_string()
    }

    fn end(&self, _out: &mut Vec<u8>) {}
}
