//! Counts a log, for profilers: `cargo build --profile profiling --example count`, then
//! `perf record target/profiling/examples/count [CONFIG.toml] FILE`. Without a configuration, a combined
//! log by method, status and section.

use std::sync::Arc;
use std::time::Instant;

use logagent_core::plan::Plan;
use logagent_engine::jobs::Count;
use logagent_engine::{Progress, RunOptions, expand, run};

const CONFIGURATION: &str = r#"
    [[source]]
    name = "log"
    format = "combined"
    [[metric]]
    name = "requests"
    labels = ["method", "status", "section"]
"#;

fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let configuration = if arguments.len() > 1 {
        std::fs::read_to_string(arguments.remove(0)).expect("a configuration")
    } else {
        CONFIGURATION.to_owned()
    };
    let (inputs, errors) = expand(&arguments);
    assert!(errors.is_empty(), "{errors:?}");
    let plan = Arc::new(Plan::from_toml(&configuration).expect("a configuration without problems"));
    for _ in 0..5 {
        let start = Instant::now();
        let job = Count::new(Arc::clone(&plan), 0, None, 2026, None);
        run(&job, &inputs, &RunOptions::default(), &Progress::default());
        let counted = job.finish().expect("no file of refused lines");
        let seconds = start.elapsed().as_secs_f64();
        let (gigabytes, lines) = (counted.bytes as f64 / 1e9, counted.lines as f64);
        println!("{lines} lines, {:.3} GB/s, {:.1} ns a line", gigabytes / seconds, seconds * 1e9 / lines);
    }
}
