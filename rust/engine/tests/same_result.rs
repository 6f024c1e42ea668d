//! However it is read, an input has the same lines.

mod recorder;

use std::fs;
use std::path::{Path, PathBuf};

use logagent_engine::{HEAD_BYTES, Input, Outcome, ReadMode, RunOptions};
use proptest::prelude::*;
use recorder::{Recorder, Seen, expected, gzip, path, record, zstd};
use rustix::fs::{CWD, FileType, Mode, mknodat};

/// How a content reaches the run.
#[derive(Debug, Clone, Copy)]
enum Form {
    Plain,
    Gzip,
    /// Two members, cut anywhere.
    GzipMembers(usize),
    Zstd,
    ZstdFrames(usize),
    /// A named pipe, written in pieces of so many bytes.
    Pipe(usize),
    CompressedPipe(usize),
}

impl Form {
    fn lay_out(self, path: &Path, content: &[u8]) {
        let cut = |at: usize| content.split_at(at % (content.len() + 1));
        let bytes = match self {
            Form::Plain | Form::Pipe(_) => content.to_vec(),
            Form::Gzip => gzip(content),
            Form::GzipMembers(at) => [gzip(cut(at).0), gzip(cut(at).1)].concat(),
            Form::Zstd | Form::CompressedPipe(_) => zstd(content),
            Form::ZstdFrames(at) => [zstd(cut(at).0), zstd(cut(at).1)].concat(),
        };
        match self {
            Form::Pipe(piece_bytes) | Form::CompressedPipe(piece_bytes) => {
                mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
                let path = path.to_owned();
                std::thread::spawn(move || {
                    let mut pipe = fs::OpenOptions::new().write(true).open(path).unwrap();
                    for piece in bytes.chunks(piece_bytes) {
                        std::io::Write::write_all(&mut pipe, piece).unwrap();
                    }
                });
            }
            _ => fs::write(path, bytes).unwrap(),
        }
    }
}

fn form() -> impl Strategy<Value = Form> {
    prop_oneof![
        4 => Just(Form::Plain),
        1 => Just(Form::Gzip),
        1 => any::<usize>().prop_map(Form::GzipMembers),
        1 => Just(Form::Zstd),
        1 => any::<usize>().prop_map(Form::ZstdFrames),
        1 => (1usize..5000).prop_map(Form::Pipe),
        1 => (1usize..5000).prop_map(Form::CompressedPipe),
    ]
}

/// Content that does not look compressed, with lines around small limits.
fn content() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![6 => Just(b'a'), 1 => Just(b'\n'), 1 => any::<u8>()];
    prop::collection::vec(byte, 0..3000).prop_map(|mut content| {
        if let Some(first) = content.first_mut() {
            *first = b'x';
        }
        content
    })
}

fn options() -> impl Strategy<Value = RunOptions> {
    let read_mode = prop_oneof![Just(ReadMode::Auto), Just(ReadMode::Mapped), Just(ReadMode::Copied)];
    let range_bytes = prop_oneof![1u64..20, 1u64..2000];
    (1usize..5, read_mode, range_bytes, 1usize..40).prop_map(
        |(threads, read_mode, range_bytes, max_line_bytes)| RunOptions {
            threads,
            read_mode,
            range_bytes,
            max_line_bytes,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn lines_come_in_order_whatever_the_form_and_the_options(
        contents in prop::collection::vec((content(), form()), 1..5),
        options in options(),
    ) {
        let directory = tempfile::tempdir().unwrap();
        let mut inputs = Vec::new();
        let mut lines = Vec::new();
        for (number, (content, form)) in contents.iter().enumerate() {
            let file = directory.path().join(number.to_string());
            form.lay_out(&file, content);
            inputs.push(Input::Path(file));
            lines.extend(expected(content, options.max_line_bytes));
        }
        let (seen, report) = record(&inputs, &options);
        prop_assert_eq!(report.outcome, Outcome::Complete);
        prop_assert_eq!(report.errors, []);
        prop_assert!(seen == lines, "{} lines instead of {}", seen.len(), lines.len());
    }
}

fn write(directory: &Path, name: &str, content: &[u8]) -> PathBuf {
    let file = directory.join(name);
    fs::write(&file, content).unwrap();
    file
}

#[test]
fn lines_at_the_default_limit() {
    const LIMIT: usize = 1 << 20;
    let directory = tempfile::tempdir().unwrap();
    let long = |bytes: usize| [vec![b'a'; bytes], b"\n".to_vec()].concat();
    let unended = |bytes: usize| vec![b'a'; bytes];
    let contents = [
        [long(LIMIT), long(LIMIT + 1), b"b\n".to_vec()].concat(),
        [long(3 * LIMIT), long(LIMIT + 1), long(2 * LIMIT), b"b\n".to_vec()].concat(),
        [b"b\n".to_vec(), unended(LIMIT)].concat(),
        [b"b\n".to_vec(), unended(LIMIT + 1)].concat(),
        [b"b\n".to_vec(), unended(5 * LIMIT)].concat(),
    ];
    for content in contents {
        let plain = path(&write(directory.path(), "plain", &content));
        let gz = path(&write(directory.path(), "gz", &gzip(&content)));
        for (threads, range_bytes) in [(1, 16 << 20), (2, 16 << 20), (3, 100_000), (2, LIMIT as u64)] {
            for read_mode in [ReadMode::Mapped, ReadMode::Copied] {
                let options = RunOptions { threads, read_mode, range_bytes, ..RunOptions::default() };
                for input in [&plain, &gz] {
                    let (seen, report) = record(std::slice::from_ref(input), &options);
                    assert!(seen == expected(&content, LIMIT), "{input} {options:?}");
                    assert_eq!(report.errors, []);
                }
            }
        }
    }
}

#[test]
fn a_job_sees_the_head_of_each_input_once() {
    let directory = tempfile::tempdir().unwrap();
    let content: Vec<u8> = (0..50_000).flat_map(|n| format!("{n}\n").into_bytes()).collect();
    let inputs = [
        path(&write(directory.path(), "plain", &content)),
        path(&write(directory.path(), "zst", &zstd(&content))),
        path(&write(directory.path(), "short", b"short")),
        path(&write(directory.path(), "empty", b"")),
    ];
    let recorder = Recorder::default();
    let options = RunOptions { threads: 3, range_bytes: 10_000, ..RunOptions::default() };
    let progress = logagent_engine::Progress::default();
    logagent_engine::run(&recorder, &inputs, &options, &progress);
    let mut heads = recorder.heads.into_inner().unwrap();
    heads.sort_by_key(|(input, _)| inputs.iter().position(|other| other == input));
    let beginning = content[..HEAD_BYTES].to_vec();
    assert_eq!(
        heads,
        [
            (inputs[0].clone(), beginning.clone()),
            (inputs[1].clone(), beginning),
            (inputs[2].clone(), b"short".to_vec()),
        ]
    );
}

#[test]
fn progress_ends_at_its_total() {
    let directory = tempfile::tempdir().unwrap();
    let content = b"a line\n".repeat(1000);
    let inputs = [
        path(&write(directory.path(), "plain", &content)),
        path(&write(directory.path(), "gz", &gzip(&content))),
        path(&directory.path().join("missing")),
    ];
    let progress = logagent_engine::Progress::default();
    let recorder = Recorder::default();
    logagent_engine::run(&recorder, &inputs, &RunOptions::default(), &progress);
    assert_eq!(progress.total_bytes(), Some(7000 + gzip(&content).len() as u64));
    assert_eq!(Some(progress.read_bytes()), progress.total_bytes());
}

#[test]
fn a_huge_hole_without_line_feeds_is_one_oversize_line() {
    let directory = tempfile::tempdir().unwrap();
    let sparse = directory.path().join("sparse");
    let file = fs::File::create(&sparse).unwrap();
    file.set_len(2 << 30).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, b"\nlast\n", 2 << 30).unwrap();
    for read_mode in [ReadMode::Mapped, ReadMode::Copied] {
        let options = RunOptions { threads: 2, read_mode, ..RunOptions::default() };
        let (seen, report) = record(&[path(&sparse)], &options);
        assert_eq!(seen, [Seen::Oversize, Seen::Line(b"last\n".to_vec())]);
        assert_eq!(report.errors, []);
    }
}
