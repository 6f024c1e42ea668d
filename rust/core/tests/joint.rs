//! Looking up the labels of several metrics together changes no count.

use std::sync::Arc;

use logagent_core::metric::Snapshot;
use logagent_core::plan::Plan;
use logagent_core::reading::Reading;
use proptest::prelude::*;

/// Two sources that read `$request_time` in other units, conditions that the labels decide and others,
/// values that are absent, and limits that are met.
const CONFIGURATION: &str = r#"
[[source]]
name = "seconds"
format = 'nginx:$status $request_time "$request"'
[[source]]
name = "microseconds"
format = 'apache:%s %D "%r"'

[categories.kind]
on = "target"
default = "other"
rules = [
  { name = "shop-$1", regex = '^/shop/([a-z])' },
  { name = "failed", prefix = "/f", when = "status >= 500" },
  { name = "long", regex = '^/l' },
]

[[metric]]
name = "requests_total"
labels = ["status", "kind"]

[[metric]]
name = "seconds_total"
labels = ["kind"]
value = "request_time"

[[metric]]
name = "slow_total"
labels = ["status"]
when = "request_time > 1.5"

[[metric]]
name = "failed_total"
labels = ["kind"]
when = 'status >= 500 || kind == "long"'

[[metric]]
name = "failed_targets_total"
labels = ["target"]
when = "status >= 500"
series_limit = 3

[[metric]]
name = "few_total"
labels = ["status", "request_time"]
series_limit = 4
"#;

/// Rows of every table, sorted, and what stands beside them.
fn counted(snapshot: &Snapshot) -> Vec<String> {
    let mut rows = vec![format!("{} of {}, {}", snapshot.matched, snapshot.lines, snapshot.unreadable)];
    for (metric, table) in snapshot.tables.iter().enumerate() {
        table.for_each(|row| {
            let labels: Vec<_> = row.labels.iter().map(|label| String::from_utf8_lossy(label)).collect();
            rows.push(format!("{metric} {labels:?} {} {:?}", row.count, row.sums));
        });
    }
    rows
}

/// Counts blocks of lines, each of the source of its number; between them the counts are sometimes
/// drained or forgotten.
fn count(plan: &Plan, blocks: &[(usize, Between, Vec<Line>)]) -> Vec<String> {
    let mut snapshot = plan.snapshot();
    let mut readings: Vec<Reading> = plan
        .sources
        .iter()
        .map(|source| {
            Reading::new(plan, Arc::clone(source.scanner.as_ref().expect("a settled format")), 2026)
        })
        .collect();
    let mut rows = Vec::new();
    for (source, between, lines) in blocks {
        let text: String = lines.iter().map(Line::write).collect();
        readings[*source].count(plan, text.as_bytes(), None, &mut snapshot, None);
        rows.extend(counted(&snapshot));
        match between {
            Between::Nothing => {}
            Between::Drain => rows.extend(counted(&snapshot.drain(&plan.metrics))),
            Between::Clear => snapshot.clear(),
        }
    }
    rows
}

#[derive(Debug, Clone, Copy)]
enum Between {
    Nothing,
    Drain,
    Clear,
}

#[derive(Debug, Clone)]
struct Line {
    status: &'static str,
    time: &'static str,
    target: String,
}

impl Line {
    fn write(&self) -> String {
        let Line { status, time, target } = self;
        format!("{status} {time} \"GET {target} HTTP/1.1\"\n")
    }
}

fn line() -> impl Strategy<Value = Line> {
    let status = prop::sample::select(vec!["200", "404", "500", "503"]);
    let time = prop::sample::select(vec!["0.5", "2", "2000", "-", "-1"]);
    let target = prop_oneof!["/shop/[a-c]", "/f[a-c]?", "/l[a-z]{0,30}", "/"];
    (status, time, target).prop_map(|(status, time, target)| Line { status, time, target })
}

proptest! {
    #[test]
    fn counts_are_those_of_each_metric_alone(
        blocks in prop::collection::vec(
            (
                0usize..2,
                prop_oneof![3 => Just(Between::Nothing), 1 => Just(Between::Drain), 1 => Just(Between::Clear)],
                prop::collection::vec(line(), 0..30),
            ),
            0..8,
        )
    ) {
        let joint = Plan::from_toml(CONFIGURATION).expect("a configuration");
        prop_assert!(joint.joint.is_some());
        let mut apart = Plan::from_toml(CONFIGURATION).expect("a configuration");
        apart.joint = None;
        prop_assert_eq!(count(&joint, &blocks), count(&apart, &blocks));
    }
}

#[test]
fn many_values_take_the_plain_path() {
    let joint = Plan::from_toml(CONFIGURATION).expect("a configuration");
    let mut apart = Plan::from_toml(CONFIGURATION).expect("a configuration");
    apart.joint = None;
    // More values than get a number, then more records without a row than a trial takes, then usual ones.
    let times: Vec<&'static str> =
        (0..2000).map(|number| &*Box::leak(format!("{number}.25").into_boxed_str())).collect();
    let lines = |count: usize, of: usize| -> Vec<Line> {
        (0..count)
            .map(|i| Line { status: "200", time: times[i % of], target: format!("/shop/{}", i % 7) })
            .collect()
    };
    let blocks = [
        (0, Between::Nothing, lines(20_000, 2000)),
        (0, Between::Drain, lines(5_000, 3)),
        (0, Between::Nothing, lines(5_000, 2000)),
    ];
    assert_eq!(count(&joint, &blocks), count(&apart, &blocks));
}
