use std::io::{Read as _, Seek as _};

use logagent_core::filter::Root;
use logagent_core::plan::Plan;

use super::*;
use crate::engine::FIELDS;
use crate::{Progress, RunOptions, run};

const TOML: &str = "[[source]]\nname = \"s\"\npaths = [\"a\"]\nformat = '[$time_local] $status'\n";

fn line(second: u32, status: u32) -> String {
    format!("[01/Jan/2026:00:00:{second:02} +0000] {status}\n")
}

/// Slots (start, lines, rejected) in seconds of that minute, the runs, and what was written.
fn replayed(
    text: &str,
    range_bytes: u64,
    window: Option<Window>,
) -> (Vec<(i64, u64, u64)>, Vec<Run>, String) {
    const BEGIN: i64 = 1_767_225_600;
    let plan = Plan::from_toml(TOML).unwrap();
    let filter = Filter::compile("status >= 500", "where", Root::Under(FIELDS)).unwrap();
    let mut kept = tempfile::tempfile().unwrap();
    let output = kept.try_clone().unwrap();
    let slotting = Slotting { slot_seconds: 10, window, year_if_absent: 2026 };
    let wanted = Wanted { filter: Some(Arc::new(filter)), output };
    let job = Replay::new(&plan.sources[0], slotting, vec![wanted]);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let options = RunOptions { range_bytes, ..RunOptions::default() };
    let report = run(&job, &[Input::Path(file.path().to_owned())], &options, &Progress::default());
    assert!(report.errors.is_empty());
    let (found, counts) = job.finish().unwrap();
    assert_eq!(counts.lines, text.lines().count() as u64);
    let mut lines = String::new();
    kept.rewind().unwrap();
    kept.read_to_string(&mut lines).unwrap();
    let slots = found.slots.iter().map(|(slot, one)| (slot - BEGIN, one.lines, one.rejected)).collect();
    let runs = found.runs[0].iter().map(|run| Run { slot: run.slot - BEGIN, ..*run }).collect();
    (slots, runs, lines)
}

#[test]
fn refused_lines_count_with_the_record_before_them_however_the_input_is_cut() {
    let bad = || "no line\n".repeat(3);
    let records = [line(1, 200), line(12, 503) + &line(13, 500), bad(), line(2, 500)];
    let text = bad() + &records.join(&bad());
    let whole = replayed(&text, 1 << 20, None);
    assert_eq!(whole.0, [(0, 8, 6), (10, 11, 9)]);
    assert_eq!(whole.1.iter().map(|run| run.slot).collect::<Vec<_>>(), [10, 0]);
    assert_eq!(whole.1.iter().map(|run| run.bytes).sum::<u64>(), whole.2.len() as u64);
    assert_eq!(whole.2.lines().count(), 3);
    assert!(whole.2.starts_with(r#"{"source":"s","path":""#) && whole.2.contains(r#""status":503"#));
    for range_bytes in [1, 7, 40, 100] {
        let cut = replayed(&text, range_bytes, None);
        assert_eq!((&cut.0, &cut.1), (&whole.0, &whole.1), "{range_bytes}");
    }
}

#[test]
fn what_is_out_of_the_window_takes_its_refused_lines_with_it() {
    let text = [line(1, 500), "bad\n".into(), line(12, 500), "bad\n".into()].concat();
    let window = Window { since_ns: 1_767_225_610 * SECOND_NS, until_ns: i64::MAX };
    let (slots, runs, lines) = replayed(&text, 1 << 20, Some(window));
    assert_eq!(slots, [(10, 2, 1)]);
    assert_eq!((runs.len(), lines.lines().count()), (1, 1));
}
