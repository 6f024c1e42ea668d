//! A job that records every line, for comparison with what the input holds.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Mutex;

use logagent_engine::{Input, Job, Progress, RunOptions, RunReport, run};

/// One line as the job saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// With its line feed, if it has one.
    Line(Vec<u8>),
    Oversize,
}

/// Records lines in the order of collection.
#[derive(Default)]
pub struct Recorder {
    pub seen: Mutex<Vec<Seen>>,
    pub heads: Mutex<Vec<(Input, Vec<u8>)>>,
}

impl Job for Recorder {
    type Source = ();
    type Part = Vec<Seen>;

    fn open(&self, input: &Input, head: &[u8]) -> Result<(), String> {
        self.heads.lock().unwrap().push((input.clone(), head.to_vec()));
        Ok(())
    }

    fn part(&self) -> Vec<Seen> {
        Vec::new()
    }

    fn lines(&self, (): &(), part: &mut Vec<Seen>, block: &[u8]) {
        part.extend(block.split_inclusive(|&byte| byte == b'\n').map(|line| Seen::Line(line.to_vec())));
    }

    fn oversize(&self, (): &(), part: &mut Vec<Seen>) {
        part.push(Seen::Oversize);
    }

    fn held_bytes(&self, part: &Vec<Seen>) -> usize {
        part.len() * 100
    }

    fn collect(&self, part: Vec<Seen>) -> ControlFlow<()> {
        self.seen.lock().unwrap().extend(part);
        ControlFlow::Continue(())
    }
}

/// What a run over `inputs` records, and its report.
#[allow(dead_code, reason = "not every test file uses it")]
pub fn record(inputs: &[Input], options: &RunOptions) -> (Vec<Seen>, RunReport) {
    let recorder = Recorder::default();
    let report = run(&recorder, inputs, options, &Progress::default());
    (recorder.seen.into_inner().unwrap(), report)
}

/// The plain reading of the rules.
#[allow(dead_code, reason = "not every test file uses it")]
pub fn expected(content: &[u8], max_line_bytes: usize) -> Vec<Seen> {
    let lines = content.split_inclusive(|&byte| byte == b'\n');
    lines
        .map(|line| {
            if line.strip_suffix(b"\n").unwrap_or(line).len() > max_line_bytes {
                Seen::Oversize
            } else {
                Seen::Line(line.to_vec())
            }
        })
        .collect()
}

#[allow(dead_code, reason = "not every test file uses it")]
pub fn path(path: &Path) -> Input {
    Input::Path(path.to_owned())
}

#[allow(dead_code, reason = "not every test file uses it")]
pub fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

#[allow(dead_code, reason = "not every test file uses it")]
pub fn zstd(content: &[u8]) -> Vec<u8> {
    zstd::encode_all(content, 1).unwrap()
}
