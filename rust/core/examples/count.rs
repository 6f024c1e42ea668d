//! What scanning and counting cost without files and threads: generated combined lines, counted by
//! method, status and section, in one thread.
//!
//! `count [LINES]` prints the nanoseconds per line of the fastest of some passes.

use std::time::Instant;

use logagent_core::format::{Format, spec};
use logagent_core::generate::{Generator, Template, TrafficOptions};
use logagent_core::metric::{Snapshot, Tally};
use logagent_core::plan::Plan;

const PASSES: usize = 15;
const PLAN: &str = r#"
[[source]]
name = "generated"
format = "combined"
[[metric]]
name = "requests"
labels = ["method", "status", "section"]
"#;

fn main() {
    let lines = std::env::args().nth(1).map_or(200_000, |lines| lines.parse().expect("a number of lines"));
    let Ok(Format::Text(pattern)) = spec::parse("combined") else { panic!("combined is a text format") };
    let mut log = Vec::new();
    let options = TrafficOptions::default();
    let mut traffic = Generator::new(&Template::Pattern(pattern), &options).expect("generates combined");
    traffic.write_lines(lines, &mut log);

    let plan = Plan::from_toml(PLAN).expect("the plan is valid");
    let scanner = plan.sources[0].scanner.clone().expect("the format is known");
    let mut scratch = scanner.scratch();
    let mut best_ns = f64::INFINITY;
    let mut series = 0;
    for _ in 0..PASSES {
        let mut snapshot = Snapshot::new(&plan.metrics);
        let start = Instant::now();
        let mut tally = Tally::new(&plan.metrics, &scanner, &mut snapshot, None, None);
        scanner.scan_block(&mut scratch, &log, &mut tally);
        best_ns = best_ns.min(start.elapsed().as_nanos() as f64 / lines as f64);
        assert_eq!(snapshot.selected, lines as u64);
        series = snapshot.tables[0].len();
    }
    println!("{best_ns:.1} ns a line, {series} series");
}
