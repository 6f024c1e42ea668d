//! Scans one format's example, or a file of lines, over and over: for perf and callgrind. NAME [SECONDS|lines=N]
use logagent_core::format::{named, spec};
use logagent_core::scan::{Mismatch, Record, RecordSink, Scanner, offered};
use std::time::Instant;
#[derive(Default)]
struct Sum(u64, u64, u64);
impl RecordSink for Sum {
    #[inline(always)]
    fn record(&mut self, record: &Record<'_>) {
        self.0 += 1;
        for slot in 0..record.spans.len().min(2) {
            self.2 += record.get(slot).map_or(0, |t| t.len() as u64);
        }
    }
    fn reject(&mut self, _line: &[u8], _mismatch: &Mismatch) {
        self.1 += 1;
    }
}
fn longer(name: &str, own: &str) -> String {
    let _ = name;
    own.to_owned()
}
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let rounds: usize = args.get(1).map_or(200, |r| r.parse().unwrap());
    let names: Vec<&str> =
        if args[0] == "all" { named::all().map(|n| n.name).collect() } else { args[0].split('|').collect() };
    let mut base = 0.0;
    for name in names {
        let (format, example) = match named::find(name) {
            Some(n) => (n.format().unwrap(), longer(name, n.example)),
            None => (
                spec::parse(name).unwrap(),
                std::fs::read_to_string(&args[2]).unwrap().lines().next().unwrap().to_owned(),
            ),
        };
        let resolved = format.resolve(example.as_bytes()).unwrap().format;
        let names = offered(&resolved);
        let wanted: Vec<&str> =
            ["method", "status"].into_iter().filter(|f| names.iter().any(|n| n == f)).collect();
        let scanner = Scanner::compile(&resolved, &wanted).unwrap();
        let (header, line) = example.rsplit_once('\n').map_or(("", example.as_str()), |(a, b)| (a, b));
        let line = format!("{line}\n");
        let count = 256 * 1024 / line.len();
        let block = line.repeat(count);
        let mut scratch = scanner.scratch();
        let mut sum = Sum::default();
        scanner.scan_block(&mut scratch, format!("{header}\n").as_bytes(), &mut sum);
        let mut best = f64::MAX;
        for _ in 0..8 {
            let start = Instant::now();
            for _ in 0..rounds / 8 {
                scanner.scan_block(&mut scratch, block.as_bytes(), &mut sum);
            }
            best = best.min(start.elapsed().as_secs_f64());
        }
        let speed = (rounds / 8 * block.len()) as f64 / best / 1e9;
        if name == "combined" {
            base = speed;
        }
        println!(
            "{name:24} {speed:6.3} GB/s {:7.1} ns/line {:4} B  {:.2}  rejects {}",
            best * 1e9 / (rounds / 8 * count) as f64,
            line.len(),
            speed / base,
            sum.1
        );
    }
}
