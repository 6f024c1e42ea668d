//! Follows files for some seconds and says how many lines came: the cost of following alone.
//!
//!     cargo run --release --example follow -- 10 '/var/log/nginx/*.log'
//!     strace -c -f target/release/examples/follow 30 '/var/log/nginx/*.log'

use std::path::Path;
use std::time::{Duration, Instant};
use std::{env, error, io};

use logagent_engine::tail::{FileId, Follower, ReadFrom, Step, TailOptions, TailSink, TailSource};
use memchr::memchr_iter;

#[derive(Default)]
struct Lines(usize);

impl TailSink for Lines {
    fn open(&mut self, _: FileId, _: usize, _: &Path, _: &[u8]) -> Result<(), String> {
        Ok(())
    }

    fn lines(&mut self, _: FileId, block: &[u8]) {
        self.0 += memchr_iter(b'\n', block).count();
    }

    fn oversize(&mut self, _: FileId) {}

    fn covered(&mut self, _: FileId, _: u64) {}

    fn close(&mut self, _: FileId) {}
}

fn main() -> Result<(), Box<dyn error::Error>> {
    let mut arguments = env::args().skip(1);
    let missing = || io::Error::other("usage: follow SECONDS PATH...");
    let seconds: u64 = arguments.next().ok_or_else(missing)?.parse()?;
    let source = TailSource {
        name: "files".to_owned(),
        paths: arguments.collect(),
        exclude: Vec::new(),
        read_from: ReadFrom::Beginning,
    };
    let mut follower = Follower::new(vec![source], TailOptions::default())?;
    let waiter = follower.waiter();
    let mut lines = Lines::default();
    let (begin, end) = (Instant::now(), Instant::now() + Duration::from_secs(seconds));
    let (mut waits, mut caught_up) = (0, None);
    while Instant::now() < end {
        if follower.step(&mut lines) == Step::Idle {
            caught_up.get_or_insert(begin.elapsed());
            waiter.wait(end.saturating_duration_since(Instant::now()));
            waits += 1;
        }
    }
    println!("{} lines, {waits} waits; caught up after {caught_up:.3?}", lines.0);
    Ok(())
}
