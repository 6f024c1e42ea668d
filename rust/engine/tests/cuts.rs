//! Files that are cut while several threads read them.

mod recorder;

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use logagent_engine::{Input, Job, Progress, ReadMode, RunOptions, run};
use recorder::{Seen, path, record};

const LINE: &[u8] = b"192.0.2.1 - - [a line of forty-eight bytes.] 200\n";
const LINES: usize = 200_000;

/// Counts what lines there are; cuts the file at a random moment, in a random place.
struct Cutter<'a> {
    file: &'a Path,
    /// The cut happens when so many more blocks were seen.
    blocks_before_cut: AtomicU64,
    cut_to: u64,
    lines: AtomicU64,
    /// Lines that are neither whole nor the beginning of one.
    wrong: AtomicU64,
}

impl Job for Cutter<'_> {
    type Source = ();
    type Part = (u64, u64);

    fn open(&self, _: &Input, _: &[u8]) -> Result<(), String> {
        Ok(())
    }

    fn part(&self) -> (u64, u64) {
        (0, 0)
    }

    fn lines(&self, (): &(), (lines, wrong): &mut (u64, u64), block: &[u8]) {
        if self.blocks_before_cut.fetch_sub(1, Ordering::Relaxed) == 1 {
            let file = OpenOptions::new().write(true).open(self.file).unwrap();
            file.set_len(self.cut_to).unwrap();
        }
        for line in block.split_inclusive(|&byte| byte == b'\n') {
            *lines += 1;
            *wrong += u64::from(!LINE.starts_with(line));
        }
    }

    fn oversize(&self, (): &(), (_, wrong): &mut (u64, u64)) {
        *wrong += 1;
    }

    fn held_bytes(&self, _: &(u64, u64)) -> usize {
        0
    }

    fn collect(&self, (lines, wrong): (u64, u64)) -> ControlFlow<()> {
        self.lines.fetch_add(lines, Ordering::Relaxed);
        self.wrong.fetch_add(wrong, Ordering::Relaxed);
        ControlFlow::Continue(())
    }
}

#[test]
fn cuts_are_survived_told_and_never_counted_as_lines() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("access.log");
    let content = LINE.repeat(LINES);
    let mut random = 42u64;
    let mut next = |below: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (random >> 33) % below
    };
    let mut told = 0;
    for _ in 0..150 {
        fs::write(&file, &content).unwrap();
        let cutter = Cutter {
            file: &file,
            blocks_before_cut: AtomicU64::new(1 + next(12)),
            cut_to: next(content.len() as u64),
            lines: AtomicU64::new(0),
            wrong: AtomicU64::new(0),
        };
        let options = RunOptions {
            threads: 4,
            read_mode: ReadMode::Mapped,
            range_bytes: 1 << (16 + next(8)),
            ..RunOptions::default()
        };
        let report = run(&cutter, &[path(&file)], &options, &Progress::default());
        assert_eq!(cutter.wrong.into_inner(), 0, "{options:?}");
        let lines = cutter.lines.into_inner();
        let left = cutter.cut_to / LINE.len() as u64;
        assert!((left..=LINES as u64).contains(&lines), "{lines} of {left}");
        if lines < LINES as u64 {
            assert!(report.errors[0].message.contains("was cut from 9800000 to"), "{report:?}");
            told += 1;
        }
    }
    assert!(told > 100, "only {told} cuts met their file while it was read");
}

#[test]
fn cuts_within_the_last_page_are_seen() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("access.log");
    let content = LINE.repeat(40);
    for read_mode in [ReadMode::Mapped, ReadMode::Copied] {
        for cut_to in [0, 1, 20, 49, 50, 1000, 1959] {
            fs::write(&file, &content).unwrap();
            let cutter = Cutter {
                file: &file,
                blocks_before_cut: AtomicU64::new(1),
                cut_to,
                lines: AtomicU64::new(0),
                wrong: AtomicU64::new(0),
            };
            let options = RunOptions { read_mode, range_bytes: 100, ..RunOptions::default() };
            let report = run(&cutter, &[path(&file)], &options, &Progress::default());
            assert_eq!(cutter.wrong.into_inner(), 0);
            assert_eq!(report.errors.len(), 1, "cut to {cut_to}, {read_mode:?}");
        }
    }
}

#[test]
fn growing_is_not_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("access.log");
    fs::write(&file, LINE.repeat(LINES)).unwrap();
    let done = AtomicU64::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut log = OpenOptions::new().append(true).open(&file).unwrap();
            while done.load(Ordering::Relaxed) == 0 {
                log.write_all(LINE).unwrap();
                thread::sleep(Duration::from_micros(100));
            }
        });
        for _ in 0..20 {
            let options = RunOptions {
                threads: 2,
                read_mode: ReadMode::Mapped,
                range_bytes: 1 << 18,
                ..RunOptions::default()
            };
            let (seen, report) = record(&[path(&file)], &options);
            assert_eq!(report.errors, []);
            assert!(seen.len() >= LINES);
            // The last one may have been half written when the file was opened.
            let whole = Seen::Line(LINE.to_vec());
            assert!(seen[..seen.len() - 1].iter().all(|line| *line == whole));
        }
        done.store(1, Ordering::Relaxed);
    });
}

/// Rewrites its file, to at least the old size, when the first lines arrive.
struct Rewriter<'a>(&'a Path);

impl Job for Rewriter<'_> {
    type Source = ();
    type Part = ();

    fn open(&self, _: &Input, _: &[u8]) -> Result<(), String> {
        Ok(())
    }

    fn part(&self) {}

    fn lines(&self, (): &(), (): &mut (), _: &[u8]) {
        let mut file = File::create(self.0).unwrap();
        file.write_all(&b"another generation\n".repeat(20_000)).unwrap();
    }

    fn oversize(&self, (): &(), (): &mut ()) {}

    fn held_bytes(&self, (): &()) -> usize {
        0
    }

    fn collect(&self, (): ()) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

#[test]
fn a_rewritten_file_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("access.log");
    for read_mode in [ReadMode::Mapped, ReadMode::Copied] {
        fs::write(&file, LINE.repeat(100)).unwrap();
        let options = RunOptions { read_mode, range_bytes: 2000, ..RunOptions::default() };
        let report = run(&Rewriter(&file), &[path(&file)], &options, &Progress::default());
        assert_eq!(report.errors.len(), 1);
        assert!(report.errors[0].message.starts_with("was rewritten while it was read"));
    }
}
