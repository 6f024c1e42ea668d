//! Any interleaving of counting, taking, restarting and reloading comes to one plain count.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use proptest::prelude::*;

use super::super::row::{RowError, SeriesRow};
use super::super::tests::{count_by, every_kind, metric};
use super::super::{Metric, NoRules, Snapshot};
use super::{Changed, Ledger};
use crate::encode::{Exposition, Rendered};
use crate::operand::Operand;
use crate::spec::MetricKind;

/// What a program does around counting.
#[derive(Debug, Clone)]
enum Step {
    Count(String),
    /// Take and commit.
    Commit,
    /// All since the last commit is forgotten, and read again.
    Crash,
    Reload,
}

/// An agent without files, and its database.
struct Agent {
    metrics: Vec<Metric>,
    ledger: Ledger,
    pending: Snapshot,
    rendered: Rendered,
    rows: BTreeMap<(usize, Vec<u8>), Vec<u8>>,
    uncommitted: String,
}

impl Agent {
    fn new(metrics: Vec<Metric>, limit: usize) -> Agent {
        let ledger = Ledger::new(&metrics);
        let mut agent = Agent {
            pending: ledger.pending(&metrics, limit),
            rendered: Rendered::new(&metrics),
            ledger,
            metrics,
            rows: BTreeMap::new(),
            uncommitted: String::new(),
        };
        agent.show(&agent.ledger.all());
        agent
    }

    fn show(&mut self, changed: &Changed) {
        self.rendered.update(&self.metrics, self.ledger.totals(), changed);
    }

    fn count(&mut self, lines: &str) {
        self.uncommitted.push_str(lines);
        count_by(&self.metrics, &mut self.pending, lines, NoRules);
    }

    fn commit(&mut self) -> Changed {
        let drained = self.pending.drain(&self.metrics);
        let changed = self.ledger.add(&drained);
        self.pending.share_limits(self.ledger.totals());
        for (metric, series) in changed.iter().enumerate() {
            for (labels, state) in self.ledger.rows(metric, series) {
                self.rows.insert((metric, labels), state);
            }
        }
        self.show(&changed);
        self.uncommitted.clear();
        changed
    }

    fn crash(&mut self) {
        let mut ledger = Ledger::new(&self.metrics);
        for ((metric, labels), state) in &self.rows {
            let row = SeriesRow::decode(labels, state).expect("a row");
            ledger.restore(&self.metrics, *metric, &row).expect("fits");
        }
        self.go_on_with(ledger);
        let again = std::mem::take(&mut self.uncommitted);
        self.count(&again);
    }

    fn reload(&mut self) {
        self.commit();
        let mut ledger = Ledger::new(&self.metrics);
        for metric in 0..self.metrics.len() {
            ledger.adopt(metric, &self.ledger, metric);
        }
        self.go_on_with(ledger);
    }

    fn go_on_with(&mut self, ledger: Ledger) {
        self.pending = ledger.pending(&self.metrics, self.pending.series_limit());
        self.ledger = ledger;
        self.rendered = Rendered::new(&self.metrics);
        self.show(&self.ledger.all());
    }

    fn shown(&self, exposition: Exposition) -> String {
        let mut out = Vec::new();
        self.rendered.write(exposition, &mut out);
        assert!(out.len() >= self.rendered.length_bytes(exposition));
        String::from_utf8(out).expect("UTF-8")
    }
}

fn written(exposition: Exposition, metrics: &[Metric], snapshot: &Snapshot) -> String {
    let mut out = Vec::new();
    exposition.write(&mut out, metrics, snapshot);
    String::from_utf8(out).expect("UTF-8")
}

/// Every kind of metric, by two labels.
fn metrics() -> Vec<Metric> {
    let mut metrics = every_kind();
    for (number, metric) in metrics.iter_mut().enumerate() {
        metric.name = format!("m{number}");
        metric.labels.push("target".to_owned());
        metric.label_operands.push(Operand::Field(2));
    }
    metrics[0].declared = vec![vec!["200".to_owned(), "a\u{7f}".to_owned()], vec!["x".to_owned(); 2]];
    metrics
}

/// Targets of which several look the same when they are shown, and some need quoting.
fn target() -> impl Strategy<Value = String> {
    let long = "é".repeat(70);
    prop::sample::select(vec![
        "/".to_owned(),
        "/a\"b\\c".to_owned(),
        "/\u{1}".to_owned(),
        "/\u{2}".to_owned(),
        "/\u{202e}".to_owned(),
        format!("/{long}x"),
        format!("/{long}y"),
        "-".to_owned(),
    ])
}

fn lines() -> impl Strategy<Value = String> {
    let line = (0u32..5, prop::sample::select(vec!["200", "404", "500"]), target(), 0u32..9, 0u32..600);
    let text = line.prop_map(|(time, status, target, seconds, client)| {
        format!("170000000{time}.000 {status} {target} 0.{seconds}5 10.0.0.{client}\n")
    });
    prop::collection::vec(text, 0..30).prop_map(|lines| lines.concat())
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => lines().prop_map(Step::Count),
        3 => Just(Step::Commit),
        1 => Just(Step::Crash),
        1 => Just(Step::Reload),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn any_program_shows_what_one_plain_count_does(steps in prop::collection::vec(step(), 0..20)) {
        let mut agent = Agent::new(metrics(), 100_000);
        let mut plain = Snapshot::new(&agent.metrics);
        let mut shown = written(Exposition::Prometheus, &agent.metrics, &plain);
        for step in steps.into_iter().chain([Step::Commit]) {
            match step {
                Step::Count(lines) => {
                    agent.count(&lines);
                    count_by(&agent.metrics, &mut plain, &lines, NoRules);
                }
                Step::Commit => { agent.commit(); }
                Step::Crash => agent.crash(),
                Step::Reload => agent.reload(),
            }
            if agent.uncommitted.is_empty() {
                shown = written(Exposition::Prometheus, &agent.metrics, &plain);
            }
            prop_assert_eq!(&agent.shown(Exposition::Prometheus), &shown);
        }
        let openmetrics = written(Exposition::OpenMetrics, &agent.metrics, &plain);
        prop_assert_eq!(agent.shown(Exposition::OpenMetrics), openmetrics);
        // Nothing counted, nothing changed.
        let changed = agent.commit();
        prop_assert!(changed.iter().all(Vec::is_empty), "{:?}", changed);
    }

    #[test]
    fn damaged_rows_are_an_error_or_counts(
        lines in lines(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut agent = Agent::new(metrics(), 100_000);
        agent.count(&lines);
        agent.commit();
        for ((metric, labels), state) in &agent.rows {
            for part in 0..2 {
                let mut parts = [labels.clone(), state.clone()];
                for (at, byte) in &damage {
                    let at = at.index(parts[part].len());
                    parts[part][at] = *byte;
                }
                let end = cut.index(parts[part].len() + 1);
                parts[part].truncate(end);
                let Ok(row) = SeriesRow::decode(&parts[0], &parts[1]) else { continue };
                let mut ledger = Ledger::new(&agent.metrics);
                if ledger.restore(&agent.metrics, *metric, &row).is_ok() {
                    let mut rendered = Rendered::new(&agent.metrics);
                    rendered.update(&agent.metrics, ledger.totals(), &ledger.all());
                    prop_assert!(ledger.totals().held_bytes() < 64 << 20);
                }
                let _ = row.state.kind_state();
            }
        }
    }
}

/// Two kinds by target, of at most 20 series; of sketches fewer have room.
fn attacked() -> Vec<Metric> {
    let kinds = [(MetricKind::Counter, None), (MetricKind::Top { size: 1000 }, Some("remote_addr"))];
    let mut metrics: Vec<Metric> =
        kinds.into_iter().map(|(kind, value)| metric(kind, &["target"], value)).collect();
    for (number, metric) in metrics.iter_mut().enumerate() {
        metric.name = format!("m{number}");
        metric.series_limit = 20;
    }
    metrics
}

fn requests(targets: std::ops::Range<u32>, prefix: &str) -> String {
    let mut lines = String::new();
    for target in targets {
        writeln!(lines, "1700000000.0 200 /{prefix}{target} 0.25 10.0.0.1").expect("memory");
    }
    lines
}

#[test]
fn established_series_stay_through_an_attack_and_restarts() {
    let mut agent = Agent::new(attacked(), 100_000);
    let (own, attack) = (requests(0..5, "own\u{1}"), requests(0..300, "attack"));
    agent.count(&own);
    for _ in 0..5 {
        agent.commit();
        agent.count(&attack);
        agent.crash();
        agent.count(&own);
        agent.reload();
        agent.count(&own);
    }
    agent.commit();
    let text = agent.shown(Exposition::Prometheus);
    for target in 0..5 {
        let counter = format!("m0_total{{target=\"/own\u{fffd}{target}\"}} 11\n");
        assert!(text.contains(&counter), "{counter} in {text}");
        let top = format!("m1{{target=\"/own\u{fffd}{target}\",remote_addr=\"10.0.0.1\"}} 11\n");
        assert!(text.contains(&top), "{top} in {text}");
    }
    let totals = &agent.ledger.totals().tables;
    // 20 of the counter's, and the one beyond; nothing is lost.
    assert_eq!((totals[0].len(), totals[0].overflowed()), (21, 5 * (300 - 15)));
    // A series of 1,000 shown texts takes 2.6 MB: 32 MiB are 13 series, in both parts together.
    assert_eq!(totals[1].len(), 14);
    assert!(totals[1].column().held_bytes() < 40 << 20, "{}", totals[1].column().held_bytes());
    let mut records = 0;
    totals[1].for_each(|row| records += row.count);
    assert_eq!(records, 5 * 300 + 11 * 5);
}

#[test]
fn a_lower_limit_keeps_the_series_that_there_are() {
    let mut agent = Agent::new(attacked(), 100_000);
    agent.count(&requests(0..9, ""));
    agent.commit();
    agent.metrics[0].series_limit = 3;
    agent.reload();
    agent.count(&requests(0..12, ""));
    agent.commit();
    let table = &agent.ledger.totals().tables[0];
    assert_eq!((table.len(), table.overflowed()), (10, 3));
}

#[test]
fn rows_of_others_are_refused() {
    let mut agent = Agent::new(metrics(), 100_000);
    agent.count(&requests(0..1, ""));
    agent.commit();
    let rows: Vec<(usize, SeriesRow)> = agent
        .rows
        .iter()
        .map(|((metric, labels), state)| (*metric, SeriesRow::decode(labels, state).expect("a row")))
        .collect();
    for (own, row) in &rows {
        for metric in 0..agent.metrics.len() {
            // A value that is taken and a sum beside the records look alike.
            if *own < 2 && metric < 2 {
                continue;
            }
            let restored = Ledger::new(&agent.metrics).restore(&agent.metrics, metric, row);
            let other = Err(RowError::OtherMetric(format!("m{metric}")));
            let expected = if *own == metric { Ok(()) } else { other };
            assert_eq!(restored, expected, "a row of metric {own}");
        }
    }
    let (labels, state) = agent.ledger.rows(0, &[0]).swap_remove(0);
    assert_eq!(SeriesRow::decode(&labels, &[]), Err(RowError::Damaged));
    let newer = [&[9], &state[1..]].concat();
    assert_eq!(SeriesRow::decode(&labels, &newer), Err(RowError::Version(9)));
    assert_eq!(SeriesRow::decode(&[&labels[..], b"x"].concat(), &state), Err(RowError::Damaged));
    // A label value that would not be shown so.
    let control = postcard::to_stdvec(&["200", "\u{1b}[2J"]).expect("memory");
    assert_eq!(SeriesRow::decode(&control, &state), Err(RowError::Damaged));
}
