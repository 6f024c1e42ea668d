//! `OpenMetrics` 1.0
//! (<https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md>).

use super::exposition::{Dialect, FamilyKind};
use super::samples::escaped;

/// Units that a family's name may end with, as the specification recommends them.
const UNITS: [&str; 7] = ["seconds", "bytes", "ratio", "celsius", "joules", "meters", "volts"];

/// Writes what is particular to this format.
#[derive(Debug, Clone, Copy)]
pub struct OpenMetrics;

impl Dialect for OpenMetrics {
    fn head(&self, out: &mut Vec<u8>, name: &str, kind: FamilyKind, help: &str) {
        let (help, kind) = (escaped(help, &['\\', '"', '\n']), kind.name());
        let unit = match name.rsplit_once('_') {
            Some((_, unit)) if UNITS.contains(&unit) => format!("# UNIT {name} {unit}\n"),
            _ => String::new(),
        };
        let head = format!("# TYPE {name} {kind}\n{unit}# HELP {name} {help}\n");
        out.extend_from_slice(head.as_bytes());
    }

    /// A canonical number, as Go writes it (`%g`) and with `.0` behind whole ones: `0.005`, `1.0`,
    /// `1e+06`.
    fn number(&self, number: f64) -> String {
        let scientific = format!("{number:e}");
        let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        let exponent: i32 = exponent.parse().unwrap_or(0);
        if (-4..6).contains(&exponent) {
            let plain = number.to_string();
            return if plain.contains('.') { plain } else { plain + ".0" };
        }
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{digits}e{sign}{:02}", exponent.abs())
    }

    fn end(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"# EOF\n");
    }
}

#[cfg(test)]
mod tests {
    use super::{Dialect as _, OpenMetrics};

    #[test]
    fn numbers_are_canonical() {
        // The examples of the specification, section "Canonical Numbers".
        for text in [
            "0.005", "0.01", "0.025", "0.5", "1.0", "2.5", "10.0", "0.999", "1e-10", "1e-09", "1e-05",
            "0.0001",
        ] {
            assert_eq!(OpenMetrics.number(text.parse().expect("a number")), text);
        }
        for text in ["100000.0", "1e+06", "1e+10", "1.5e+06", "-2.5", "0.0"] {
            assert_eq!(OpenMetrics.number(text.parse().expect("a number")), text);
        }
    }
}
