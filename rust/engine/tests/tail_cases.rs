//! Faults that a follower must survive, one by one.

mod tailing;

use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::time::Duration;

use logagent_engine::tail::{ReadFrom, SourceCounts, Stage, TailOptions, TailSource};
use tailing::{Agent, append, at_once, gzip};

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
fn what_is_rotated_before_it_was_ever_seen_is_read() {
    for paths in ["a.log", "*.log"] {
        for is_restarted in [false, true] {
            let directory = tempfile::tempdir().unwrap();
            let name = |suffix: &str| directory.path().join(format!("a.log{suffix}"));
            append(&name(".1"), "before the first start\n");
            let mut agent = Agent::following(&[directory.path().join(paths)]);
            agent.settle();
            agent.commit();
            fs::rename(name(".1"), name(".3")).unwrap();
            gzip(&name(".3"));
            append(&name(".2"), "1\n");
            gzip(&name(".2"));
            append(&name(".1"), "2\n");
            append(&name(""), "3\n");
            if is_restarted {
                agent.crash();
            }
            agent.settle();
            assert_eq!(agent.lines(), ["1", "2", "3"], "{paths} {is_restarted}");
        }
    }
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
    let long = "3".repeat(2000);
    append(&name(""), &format!("1\n2\n{long}\n"));
    let mut agent = Agent::following(&[name("*"), name("")]);
    agent.settle();
    fs::hard_link(name(""), name(".link")).unwrap();
    symlink(name(""), name(".symlink")).unwrap();
    fs::copy(name(""), name(".copy")).unwrap();
    agent.settle();
    assert_eq!(agent.lines(), ["1", "2", &long]);
    assert_eq!(agent.follower.stats().parked.len(), 1);
    agent.commit();
    agent.crash();
    append(&name(""), "4\n");
    fs::copy(name(""), name(".copy")).unwrap();
    agent.settle();
    assert_eq!(agent.lines(), ["1", "2", &long, "4"]);
    for suffix in ["", ".link", ".symlink"] {
        fs::remove_file(name(suffix)).unwrap();
    }
    agent.settle();
    append(&name(".copy"), "5\n");
    agent.settle();
    assert_eq!(agent.lines(), ["1", "2", &long, "4", "5"]);
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

#[test]
fn what_is_no_readable_file_does_not_stop_the_others() {
    let directory = tempfile::tempdir().unwrap();
    let name = |name: &str| directory.path().join(name);
    append(&name("a.log"), "1\n");
    fs::create_dir(name("b.log")).unwrap();
    symlink(name("nowhere"), name("c.log")).unwrap();
    symlink(name("d.log"), name("d.log")).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, name("e.log"), rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    fs::write(directory.path().join(OsStr::from_bytes(b"\xff.log")), "unreadable name\n").unwrap();
    let mut agent = Agent::following(&[name("*.log")]);
    agent.settle();
    assert_eq!(agent.lines(), ["1"]);
    let stats = agent.follower.stats();
    let parked: Vec<_> = stats.parked.iter().map(|parked| (&*parked.path, &*parked.reason)).collect();
    let reason = "not a regular file";
    assert_eq!(
        parked,
        [(name("b.log").to_str().unwrap(), reason), (name("e.log").to_str().unwrap(), reason)]
    );
    assert!(stats.sources[0].error.as_ref().unwrap().contains("d.log"));
    // They may become files.
    fs::remove_file(name("d.log")).unwrap();
    append(&name("d.log"), "2\n");
    append(&name("nowhere"), "3\n");
    agent.settle();
    assert_eq!(agent.lines(), ["1", "2", "3"]);
    assert_eq!(agent.follower.stats().sources[0].error, None);
}

#[test]
fn a_link_may_lead_elsewhere_and_back() {
    let directory = tempfile::tempdir().unwrap();
    let name = |name: &str| directory.path().join(name);
    let mut agent = Agent::following(&[name("current")]);
    for (line, target) in ["one", "two", "one", "two", "one"].iter().enumerate() {
        symlink(name(target), name("new")).unwrap();
        fs::rename(name("new"), name("current")).unwrap();
        append(&name("current"), &format!("{line}\n"));
        agent.settle();
    }
    assert_eq!(agent.lines(), ["0", "1", "2", "3", "4"]);
}

#[test]
fn reused_inodes_hold_new_files() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("a.log");
    let mut agent = Agent::following(std::slice::from_ref(&log));
    for line in 0..50 {
        append(&log, &format!("{line:02}\n"));
        agent.settle();
        agent.commit();
        agent.crash();
        fs::remove_file(&log).unwrap();
    }
    assert_eq!(agent.lines().len(), 50);
}

#[test]
fn files_of_the_first_start_may_be_passed_over() {
    let directory = tempfile::tempdir().unwrap();
    let name = |name: &str| directory.path().join(name);
    append(&name("a.log"), "1\nunfinished");
    append(&name("b.log"), "2\n");
    append(&name("c.log"), "3\n");
    gzip(&name("c.log"));
    let from_end = TailSource { read_from: ReadFrom::End, ..tailing::source(&[name("*.log"), name("*.gz")]) };
    let mut agent = Agent::new(vec![from_end], at_once());
    agent.settle();
    append(&name("a.log"), " still\n4\n");
    append(&name("b.log"), "5\n");
    append(&name("d.log"), "6\n");
    agent.settle();
    agent.commit();
    agent.crash();
    append(&name("e.log"), "7\n");
    agent.settle();
    assert_eq!(agent.lines(), ["4", "5", "6", "7"]);
}

#[test]
fn a_compressed_file_is_read_once_it_is_complete() {
    let directory = tempfile::tempdir().unwrap();
    let name = |name: &str| directory.path().join(name);
    let lines: Vec<_> = (0..3000).map(|line| format!("{line:05} {}\n", line * 7919 % 10007)).collect();
    let content = lines.concat();
    append(&name("a.log"), &content);
    gzip(&name("a.log"));
    let packed = fs::read(name("a.log.gz")).unwrap();
    fs::write(name("a.log.gz"), &packed[..packed.len() - 1]).unwrap();
    let mut agent = Agent::following(&[name("*.gz")]);
    agent.settle();
    assert_eq!(agent.lines().len(), 0);
    let reason = &agent.follower.stats().parked[0].reason;
    assert!(reason.starts_with("not complete: "), "{reason}");
    fs::write(name("a.log.gz"), &packed).unwrap();
    // A crash in its middle.
    agent.until("some lines", |agent| !agent.ledger.lines.is_empty());
    agent.commit();
    assert!(agent.lines().len() < 3000);
    agent.crash();
    agent.settle();
    assert_eq!(agent.lines().len(), 3000);
    agent.commit();
    agent.crash();
    fs::copy(name("a.log.gz"), name("copy.gz")).unwrap();
    agent.settle();
    assert_eq!(agent.lines().len(), 3000);
}

#[test]
fn what_other_compressors_wrote_is_not_taken_for_a_log() {
    let directory = tempfile::tempdir().unwrap();
    let name = |suffix: &str| directory.path().join(format!("a.log{suffix}"));
    append(&name(""), "1\n");
    let mut agent = Agent::following(&[name("")]);
    agent.settle();
    fs::rename(name(""), name(".1")).unwrap();
    append(&name(""), "2\n");
    agent.settle();
    fs::write(name(".1.xz"), b"\xfd7zXZ\0 and more\n").unwrap();
    fs::remove_file(name(".1")).unwrap();
    agent.settle();
    assert_eq!(agent.lines(), ["1", "2"]);
    let parked = &agent.follower.stats().parked[0];
    assert!(parked.reason.starts_with("not compressed in a way that can be read"));
}

#[test]
fn a_file_may_leave_and_return() {
    let directory = tempfile::tempdir().unwrap();
    let name = |name: &str| directory.path().join(name);
    append(&name("a.log"), "1\n");
    append(&name("b.log"), "2\n");
    let sources = vec![tailing::source(&[name("*.log")])];
    let mut agent = Agent::new(sources.clone(), at_once());
    agent.settle();
    for line in 3..8 {
        agent.follower.set_sources(vec![tailing::source(&[name("b.log")])]);
        agent.ledger.open.clear();
        append(&name("a.log"), &format!("{line}\n"));
        agent.settle();
        assert_eq!(agent.lines().len(), line - 1);
        agent.follower.set_sources(sources.clone());
        agent.ledger.open.clear();
        agent.settle();
        assert_eq!(agent.lines().len(), line);
    }
    assert_eq!(agent.counts(), SourceCounts::default());
}

#[test]
fn files_that_begin_alike_are_files_of_their_own() {
    let directory = tempfile::tempdir().unwrap();
    let name = |name: &str| directory.path().join(name);
    let header = "# the same header in both files\n".repeat(200);
    let mut agent = Agent::following(&[name("*.log")]);
    append(&name("a.log"), &header);
    agent.settle();
    append(&name("b.log"), &header);
    agent.settle();
    append(&name("b.log"), "1\n");
    agent.settle();
    append(&name("a.log"), "2\n");
    agent.settle();
    assert_eq!(agent.ledger.lines["# the same header in both files"], 400);
    assert_eq!((agent.ledger.lines["1"], agent.ledger.lines["2"]), (1, 1));
}

#[test]
fn more_files_than_descriptors_are_followed() {
    let directory = tempfile::tempdir().unwrap();
    let name = |number: u32| directory.path().join(format!("{number}.log"));
    let options = TailOptions { max_open_files: 3, ..at_once() };
    let mut agent = Agent::new(vec![tailing::source(&[directory.path().join("*.log")])], options);
    for line in 0..5 {
        for number in 0..20 {
            append(&name(number), &format!("{number} {line}\n"));
        }
        agent.settle();
        assert!(agent.follower.stats().open_files <= 3);
        assert_eq!(agent.lines().len(), (line + 1) * 20);
    }
}

#[test]
fn a_refused_file_is_offered_again_when_it_changes() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("a.log");
    let mut agent = Agent::following(std::slice::from_ref(&log));
    agent.ledger.refused_head = Some(b"strange\n".to_vec());
    append(&log, "strange\n");
    agent.settle();
    assert!(agent.follower.stats().sources[0].error.as_ref().unwrap().ends_with("no format"));
    assert_eq!(agent.lines().len(), 0);
    agent.ledger.refused_head = None;
    append(&log, "more\n");
    agent.settle();
    assert_eq!(agent.lines(), ["more", "strange"]);
    assert_eq!(agent.follower.stats().sources[0].error, None);
}

#[test]
fn gone_files_are_forgotten_after_their_time() {
    let directory = tempfile::tempdir().unwrap();
    let name = |name: &str| directory.path().join(name);
    let options = TailOptions { keep_records: Duration::from_millis(20), ..at_once() };
    let mut agent = Agent::new(vec![tailing::source(&[name("*.log")])], options);
    append(&name("a.log"), "1\n");
    append(&name("b.log"), "2\n");
    agent.settle();
    agent.commit();
    fs::remove_file(name("a.log")).unwrap();
    agent.until("one record", |agent| agent.follower.all().len() == 1);
    agent.commit();
    assert!(agent.follower.all()[0].1.path.ends_with("b.log"));
}

/// After a power failure, the end of a log that was not synced is gone.
#[test]
fn a_file_that_lost_its_end_is_not_read_again() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("a.log");
    let mut agent = Agent::following(std::slice::from_ref(&log));
    let lines: Vec<_> = (0..1000).map(|line| format!("{line:05} before\n")).collect();
    append(&log, &lines.concat());
    agent.settle();
    agent.commit();
    OpenOptions::new().write(true).open(&log).unwrap().set_len(13 * 500).unwrap();
    agent.crash();
    agent.settle();
    append(&log, "after\n");
    agent.settle();
    assert_eq!(agent.lines().len(), 1001);
}

#[test]
fn a_partial_line_may_be_rewritten() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("a.log");
    let mut agent = Agent::following(std::slice::from_ref(&log));
    append(&log, "never finished");
    agent.settle();
    fs::write(&log, "another\n").unwrap();
    agent.settle();
    assert_eq!(agent.lines(), ["another"]);
}
