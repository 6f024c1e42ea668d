//! Counts lines, to measure reading alone: `newlines [--copied] [-jN] FILE…`.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use logagent_engine::{Input, Job, Progress, ReadMode, RunOptions, expand, run};

#[derive(Default)]
struct CountLines(AtomicUsize);

impl Job for CountLines {
    type Source = ();
    type Part = usize;

    fn open(&self, _: &Input, _: &[u8]) -> Result<(), String> {
        Ok(())
    }

    fn part(&self) -> usize {
        0
    }

    fn lines(&self, (): &(), lines: &mut usize, block: &[u8]) {
        *lines += memchr::memchr_iter(b'\n', block).count();
    }

    fn oversize(&self, (): &(), lines: &mut usize) {
        *lines += 1;
    }

    fn held_bytes(&self, _: &usize) -> usize {
        0
    }

    fn collect(&self, lines: usize) -> ControlFlow<()> {
        self.0.fetch_add(lines, Ordering::Relaxed);
        ControlFlow::Continue(())
    }
}

fn main() {
    let mut options = RunOptions::default();
    let mut names = Vec::new();
    for argument in std::env::args().skip(1) {
        match (argument.as_str(), argument.strip_prefix("-j")) {
            ("--copied", _) => options.read_mode = ReadMode::Copied,
            (_, Some(threads)) => options.threads = threads.parse().expect("a number of threads"),
            (name, None) => names.push(name.to_owned()),
        }
    }
    let (inputs, mut errors) = expand(&names);
    let job = CountLines::default();
    errors.extend(run(&job, &inputs, &options, &Progress::default()).errors);
    println!("{}", job.0.into_inner());
    for error in errors {
        eprintln!("{error}");
    }
}
