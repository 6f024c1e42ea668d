//! How runs begin, wait, end early and fail.

mod recorder;

use std::fs;
use std::io::Write;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use logagent_engine::{Input, Job, Outcome, Progress, RunOptions, run};
use recorder::{Recorder, Seen, gzip, path, record, zstd};
use rustix::fs::{CWD, FileType, Mode, mknodat};

/// A job made of closures; a part is the number of its lines.
struct Closures<L, C> {
    lines: L,
    collect: C,
    held_bytes: usize,
}

impl<L, C> Job for Closures<L, C>
where
    L: Fn(&[u8]) + Sync,
    C: Fn(usize) -> ControlFlow<()> + Sync,
{
    type Source = ();
    type Part = usize;

    fn head_bytes(&self) -> usize {
        0
    }

    fn open(&self, input: &Input, _: &[u8]) -> Result<(), String> {
        if input.to_string().contains("refused") { Err("unknown format".to_owned()) } else { Ok(()) }
    }

    fn part(&self) -> usize {
        0
    }

    fn lines(&self, (): &(), part: &mut usize, block: &[u8]) {
        (self.lines)(block);
        *part += block.split_inclusive(|&byte| byte == b'\n').count();
    }

    fn oversize(&self, (): &(), _: &mut usize) {}

    fn held_bytes(&self, _: &usize) -> usize {
        self.held_bytes
    }

    fn collect(&self, part: usize) -> ControlFlow<()> {
        (self.collect)(part)
    }
}

fn go_on(_: usize) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn many_lines(directory: &Path) -> Input {
    let file = directory.join("lines");
    fs::write(&file, b"a line\n".repeat(100_000)).unwrap();
    Input::Path(file)
}

fn named_pipe(directory: &Path) -> Input {
    let pipe = directory.join("pipe");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    Input::Path(pipe)
}

const FINE: RunOptions = RunOptions {
    threads: 3,
    read_mode: logagent_engine::ReadMode::Mapped,
    range_bytes: 1000,
    max_line_bytes: 1 << 20,
};

#[test]
fn a_panic_in_the_job_surfaces_with_its_payload() {
    let directory = tempfile::tempdir().unwrap();
    let inputs = [many_lines(directory.path())];
    let blocks = AtomicUsize::new(0);
    let in_lines = Closures {
        lines: |_: &[u8]| {
            assert!(blocks.fetch_add(1, Ordering::Relaxed) != 50, "panic in lines");
        },
        collect: go_on,
        held_bytes: 0,
    };
    let parts = AtomicUsize::new(0);
    let in_collect = Closures {
        lines: |_: &[u8]| {},
        collect: |_| {
            assert!(parts.fetch_add(1, Ordering::Relaxed) != 50, "panic in collect");
            ControlFlow::Continue(())
        },
        held_bytes: 1 << 20,
    };
    let message = |result: thread::Result<_>| *result.unwrap_err().downcast::<&str>().unwrap();
    let result = catch_unwind(AssertUnwindSafe(|| {
        run(&in_lines, &inputs, &FINE, &Progress::default());
    }));
    assert_eq!(message(result), "panic in lines");
    let result = catch_unwind(AssertUnwindSafe(|| {
        run(&in_collect, &inputs, &FINE, &Progress::default());
    }));
    assert_eq!(message(result), "panic in collect");
}

#[test]
fn a_job_may_end_the_run() {
    let directory = tempfile::tempdir().unwrap();
    let collected = AtomicUsize::new(0);
    let job = Closures {
        lines: |_: &[u8]| {},
        collect: |_| match collected.fetch_add(1, Ordering::Relaxed) {
            4 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        },
        held_bytes: 0,
    };
    let report = run(&job, &[many_lines(directory.path())], &FINE, &Progress::default());
    assert_eq!(report.outcome, Outcome::Stopped);
    assert_eq!(collected.into_inner(), 5);
}

#[test]
fn a_run_can_be_cancelled_while_a_pipe_is_silent() {
    let directory = tempfile::tempdir().unwrap();
    let inputs = [named_pipe(directory.path()), many_lines(directory.path())];
    for has_writer in [false, true] {
        let progress = Progress::default();
        let (report, took) = thread::scope(|scope| {
            let writer = has_writer.then(|| {
                let Input::Path(pipe) = &inputs[0] else { unreachable!() };
                fs::OpenOptions::new().read(true).write(true).open(pipe).unwrap()
            });
            let running = scope.spawn(|| run(&Recorder::default(), &inputs, &FINE, &progress));
            thread::sleep(Duration::from_millis(100));
            let cancelled = Instant::now();
            progress.cancel();
            let report = running.join().unwrap();
            drop(writer);
            (report, cancelled.elapsed())
        });
        assert_eq!(report.outcome, Outcome::Cancelled);
        assert_eq!(report.errors, []);
        assert_eq!(progress.total_bytes(), None);
        assert!(took < Duration::from_secs(2), "{took:?}");
    }
}

#[test]
fn lines_of_a_slow_pipe_come_through_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let input = named_pipe(directory.path());
    let (sender, receiver) = mpsc::channel();
    let job = Closures {
        lines: |_: &[u8]| {},
        collect: move |lines| {
            sender.send(lines).unwrap();
            ControlFlow::Continue(())
        },
        held_bytes: 0,
    };
    thread::scope(|scope| {
        let inputs = [input.clone()];
        scope.spawn(move || run(&job, &inputs, &RunOptions::default(), &Progress::default()));
        let Input::Path(pipe) = &input else { unreachable!() };
        let mut pipe = fs::OpenOptions::new().write(true).open(pipe).unwrap();
        for _ in 0..3 {
            pipe.write_all(b"one\ntwo\nth").unwrap();
            let lines: usize = receiver.recv_timeout(Duration::from_secs(10)).unwrap();
            assert_eq!(lines, 2);
            pipe.write_all(b"ree\n").unwrap();
            assert_eq!(receiver.recv_timeout(Duration::from_secs(10)).unwrap(), 1);
        }
    });
}

#[test]
fn threads_do_not_run_far_ahead_of_a_slow_input() {
    let directory = tempfile::tempdir().unwrap();
    let inputs = [named_pipe(directory.path()), many_lines(directory.path())];
    let Input::Path(pipe) = &inputs[0] else { unreachable!() };
    let blocks = AtomicUsize::new(0);
    let job = Closures {
        lines: |_: &[u8]| {
            blocks.fetch_add(1, Ordering::Relaxed);
        },
        collect: go_on,
        held_bytes: 4 << 20,
    };
    thread::scope(|scope| {
        let mut pipe = fs::OpenOptions::new().read(true).write(true).open(pipe).unwrap();
        let running = scope.spawn(|| run(&job, &inputs, &FINE, &Progress::default()));
        thread::sleep(Duration::from_millis(300));
        let ahead = blocks.load(Ordering::Relaxed);
        // What is held stops further parts; each thread may have one in the making, of two blocks.
        assert!((1..=8 + 2 * FINE.threads).contains(&ahead), "{ahead} blocks of 4 MiB were made meanwhile");
        pipe.write_all(b"at last\n").unwrap();
        drop(pipe);
        assert_eq!(running.join().unwrap().outcome, Outcome::Complete);
    });
    assert!(blocks.into_inner() >= 700);
}

/// Counts lines into parts that hold much and can be joined.
#[derive(Default)]
struct Joining {
    read: AtomicUsize,
    collected: AtomicUsize,
}

impl Job for Joining {
    type Source = ();
    type Part = usize;

    fn head_bytes(&self) -> usize {
        0
    }

    fn open(&self, _: &Input, _: &[u8]) -> Result<(), String> {
        Ok(())
    }

    fn part(&self) -> usize {
        0
    }

    fn lines(&self, (): &(), part: &mut usize, block: &[u8]) {
        let lines = block.split_inclusive(|&byte| byte == b'\n').count();
        self.read.fetch_add(lines, Ordering::Relaxed);
        *part += lines;
    }

    fn oversize(&self, (): &(), _: &mut usize) {}

    fn held_bytes(&self, _: &usize) -> usize {
        4 << 20
    }

    fn join(&self, part: &mut usize, next: usize) -> Result<(), usize> {
        *part += next;
        Ok(())
    }

    fn collect(&self, part: usize) -> ControlFlow<()> {
        self.collected.fetch_add(part, Ordering::Relaxed);
        ControlFlow::Continue(())
    }
}

#[test]
fn a_slow_input_does_not_hold_others_whose_parts_are_joined() {
    let directory = tempfile::tempdir().unwrap();
    let inputs = [named_pipe(directory.path()), many_lines(directory.path())];
    let Input::Path(pipe) = &inputs[0] else { unreachable!() };
    let job = Joining::default();
    thread::scope(|scope| {
        let mut pipe = fs::OpenOptions::new().read(true).write(true).open(pipe).unwrap();
        scope.spawn(|| run(&job, &inputs, &FINE, &Progress::default()));
        let begun = Instant::now();
        while job.read.load(Ordering::Relaxed) < 100_000 && begun.elapsed() < Duration::from_secs(20) {
            thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(job.read.load(Ordering::Relaxed), 100_000);
        assert_eq!(job.collected.load(Ordering::Relaxed), 0);
        pipe.write_all(b"at last\n").unwrap();
    });
    assert_eq!(job.collected.into_inner(), 100_001);
}

#[test]
fn inputs_that_cannot_be_read_are_named_and_the_others_counted() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &[u8]| {
        let file = directory.path().join(name);
        fs::write(&file, content).unwrap();
        path(&file)
    };
    let mut cut_zstd = zstd(b"z\n");
    cut_zstd.pop();
    let inputs = [
        path(&directory.path().join("missing")),
        path(directory.path()),
        write("good", b"a\nb"),
        write("cut.gz", &gzip(&b"c\n".repeat(50_000))[..100]),
        write("cut.zst", &cut_zstd),
        write("garbage.gz", &[&gzip(b"d\n"), &b"garbage"[..]].concat()),
    ];
    let (seen, report) = record(&inputs, &RunOptions::default());
    let name = |number: usize| inputs[number].to_string();
    let errors: Vec<String> = report.errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        errors,
        [
            format!("{}: no such file", name(0)),
            format!("{}: is a directory; name its files, or a pattern such as DIR/*.log", name(1)),
            format!("{}: the gzip stream ends in the middle; what came before was counted", name(3)),
            format!("{}: the zstd stream ends in the middle; what came before was counted", name(4)),
            format!("{}: the gzip stream is followed by garbage, which was ignored", name(5)),
        ]
    );
    let line = |text: &[u8]| Seen::Line(text.to_vec());
    assert_eq!(seen[..2], [line(b"a\n"), line(b"b")]);
    let decompressed = &seen[2..seen.len() - 1];
    assert!(decompressed.len() > 100);
    let beginnings = [line(b"c\n"), line(b"c"), line(b"z")];
    assert!(decompressed.iter().all(|line| beginnings.contains(line)));
    assert_eq!(seen.last(), Some(&line(b"d\n")));
}

#[test]
fn a_job_may_refuse_an_input() {
    let directory = tempfile::tempdir().unwrap();
    let refused = directory.path().join("refused.gz");
    fs::write(&refused, gzip(b"x\n")).unwrap();
    let plain = directory.path().join("refused");
    fs::write(&plain, b"x\n").unwrap();
    let lines = AtomicUsize::new(0);
    let job = Closures {
        lines: |_: &[u8]| {},
        collect: |part| {
            lines.fetch_add(part, Ordering::Relaxed);
            ControlFlow::Continue(())
        },
        held_bytes: 0,
    };
    let inputs = [path(&refused), many_lines(directory.path()), path(&plain)];
    let report = run(&job, &inputs, &FINE, &Progress::default());
    let messages: Vec<&str> = report.errors.iter().map(|error| &error.message[..]).collect();
    assert_eq!(messages, ["unknown format"; 2]);
    assert_eq!(lines.into_inner(), 100_000);
}
