//! Faults that a follower must survive, one by one.

mod tailing;

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;

use logagent_engine::tail::{Stage, TailOptions};
use tailing::{Agent, at_once};

fn append(path: &Path, text: &str) {
    let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

fn gzip(path: &Path) {
    let target = path.with_file_name(format!("{}.gz", path.file_name().unwrap().to_str().unwrap()));
    let mut encoder =
        flate2::write::GzEncoder::new(File::create(target).unwrap(), flate2::Compression::fast());
    encoder.write_all(&fs::read(path).unwrap()).unwrap();
    encoder.finish().unwrap();
    fs::remove_file(path).unwrap();
}

#[test]
fn appended_lines_are_counted_once() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("a.log");
    let mut agent = Agent::following(std::slice::from_ref(&log));
    agent.settle();
    append(&log, "one\ntw");
    agent.settle();
    assert_eq!(agent.lines(), ["one"]);
    append(&log, "o\n");
    agent.settle();
    assert_eq!(agent.lines(), ["one", "two"]);
    agent.commit();
    append(&log, "three\n");
    agent.settle();
    agent.crash();
    assert_eq!(agent.lines(), ["one", "two"]);
    agent.settle();
    assert_eq!(agent.lines(), ["one", "three", "two"]);
}

#[test]
fn a_renamed_file_is_read_to_its_end_beside_the_new_one() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("a.log");
    let mut agent = Agent::following(std::slice::from_ref(&log));
    append(&log, "1\n");
    agent.settle();
    let mut writer = OpenOptions::new().append(true).open(&log).unwrap();
    fs::rename(&log, directory.path().join("a.log.1")).unwrap();
    append(&log, "2\n");
    agent.settle();
    writer.write_all(b"3\nunfinished").unwrap();
    agent.settle();
    assert_eq!(agent.lines(), ["1", "2", "3"]);
    drop(writer);
    agent.settle();
    assert_eq!(agent.lines(), ["1", "2", "3", "unfinished"]);
    assert_eq!(agent.counts().rotations, 1);
    assert_eq!(agent.follower.stats().open_files, 1);
}

#[test]
fn rotations_while_stopped_are_caught_up_with() {
    let directory = tempfile::tempdir().unwrap();
    let name = |suffix: &str| directory.path().join(format!("a.log{suffix}"));
    append(&name(".1"), "before the first start\n");
    append(&name(""), "1\n");
    let mut agent = Agent::following(&[name("")]);
    agent.settle();
    agent.commit();
    append(&name(""), "2\n");
    fs::rename(name(".1"), name(".4")).unwrap();
    gzip(&name(".4"));
    fs::rename(name(""), name(".3")).unwrap();
    gzip(&name(".3"));
    append(&name(".2"), "3\n");
    gzip(&name(".2"));
    append(&name(".1"), "4\n");
    append(&name(""), "5\n");
    agent.crash();
    agent.settle();
    assert_eq!(agent.lines(), ["1", "2", "3", "4", "5"]);
    agent.commit();
    agent.crash();
    agent.settle();
    assert_eq!(agent.lines(), ["1", "2", "3", "4", "5"]);
    assert_eq!(agent.counts().gaps, 0);
}

#[test]
fn copytruncate_finishes_the_copy() {
    let directory = tempfile::tempdir().unwrap();
    let (log, copy) = (directory.path().join("a.log"), directory.path().join("a.log.1"));
    let mut agent = Agent::following(std::slice::from_ref(&log));
    append(&log, "1\n");
    agent.settle();
    append(&log, "2\n");
    fs::copy(&log, &copy).unwrap();
    fs::write(&log, "3\n4\n5\n6\n").unwrap();
    agent.settle();
    assert_eq!(agent.lines(), ["1", "2", "3", "4", "5", "6"]);
    let counts = agent.counts();
    assert_eq!((counts.truncations, counts.gaps, counts.rotations), (1, 0, 0));
    fs::write(&log, "").unwrap();
    agent.settle();
    assert_eq!(agent.counts().gaps, 1);
    let stages: Vec<_> = agent.follower.all().iter().map(|(_, record)| record.stage).collect();
    assert_eq!(stages, [Stage::Finished, Stage::Lost, Stage::Open]);
}

#[test]
fn backups_and_links_are_not_counted_again() {
    let directory = tempfile::tempdir().unwrap();
    let name = |suffix: &str| directory.path().join(format!("a.log{suffix}"));
    append(&name(""), "1\n2\n3\n");
    let mut agent = Agent::following(&[name("*"), name("")]);
    agent.settle();
    fs::hard_link(name(""), name(".link")).unwrap();
    std::os::unix::fs::symlink(name(""), name(".symlink")).unwrap();
    fs::copy(name(""), name(".copy")).unwrap();
    agent.settle();
    assert_eq!(agent.lines(), ["1", "2", "3"]);
    assert_eq!(agent.follower.stats().parked.len(), 1);
    agent.commit();
    agent.crash();
    append(&name(""), "4\n");
    agent.settle();
    assert_eq!(agent.lines(), ["1", "2", "3", "4"]);
    for suffix in ["", ".link", ".symlink"] {
        fs::remove_file(name(suffix)).unwrap();
    }
    agent.settle();
    append(&name(".copy"), "5\n");
    agent.settle();
    assert_eq!(agent.lines(), ["1", "2", "3", "4", "5"]);
}

#[test]
fn an_oversize_line_is_counted_once_and_its_rest_skipped_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("a.log");
    let options = TailOptions { max_line_bytes: 10, ..at_once() };
    let mut agent = Agent::new(vec![tailing::source(std::slice::from_ref(&log))], options);
    append(&log, "12345678901234567890");
    agent.settle();
    agent.commit();
    agent.crash();
    append(&log, "12345678901234567890\nshort\n");
    agent.settle();
    assert_eq!(agent.ledger.oversize, 1);
    assert_eq!(agent.lines(), ["short"]);
}

#[test]
fn a_hole_is_jumped_over() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("a.log");
    let mut agent = Agent::following(std::slice::from_ref(&log));
    append(&log, "1\n");
    agent.settle();
    let file = OpenOptions::new().write(true).open(&log).unwrap();
    file.set_len(0).unwrap();
    let far = 5 << 30;
    std::os::unix::fs::FileExt::write_all_at(&file, b"2\n", far + 5).unwrap();
    agent.settle();
    assert_eq!(agent.lines(), ["1", "2"]);
}
