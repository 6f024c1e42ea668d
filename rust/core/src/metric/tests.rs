//! Every kind of metric through the sink: any partition counts the same, limits, bytes.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::{EventTime, Metric, NoRules, Rules, Snapshot, Tally, time_reader};
use crate::category::Values;
use crate::format::spec;
use crate::operand::{Operand, View};
use crate::scan::{Mismatch, Record, RecordSink, Records, Scanner};
use crate::spec::MetricKind;
use crate::value::number::Decimal;

const FIELDS: [&str; 5] = ["time", "status", "target", "request_time", "remote_addr"];
const FORMAT: &str = "nginx:$msec $status $request_uri $request_time $remote_addr";

fn scanner() -> Scanner {
    Scanner::compile(&spec::parse(FORMAT).expect("a format"), &FIELDS).expect("has the fields")
}

pub(super) fn metric(kind: MetricKind, labels: &[&str], value: Option<&str>) -> Metric {
    let slot = |name: &str| FIELDS.iter().position(|field| *field == name).expect("a field");
    Metric {
        name: "m".to_owned(),
        kind,
        help: None,
        labels: labels.iter().map(|&label| label.to_owned()).collect(),
        label_operands: labels.iter().map(|label| Operand::Field(slot(label))).collect(),
        when: None,
        value: value.map(|name| (name.to_owned(), Operand::Field(slot(name)))),
        sums: Vec::new(),
        sum_operands: Vec::new(),
        declared: Vec::new(),
        series_limit: 1000,
    }
}

/// One metric of every kind.
pub(crate) fn every_kind() -> Vec<Metric> {
    let bounds = ["0.01", "0.1", "1"].map(|text| Decimal::parse(text.as_bytes()).expect("a number"));
    let mut plain = metric(MetricKind::Counter, &["status"], None);
    plain.sums = vec!["request_time".to_owned()];
    plain.sum_operands = vec![Operand::Field(3)];
    vec![
        plain,
        metric(MetricKind::Counter, &["status"], Some("request_time")),
        metric(MetricKind::Gauge, &["status"], Some("request_time")),
        metric(MetricKind::Histogram { buckets: bounds.to_vec() }, &["status"], Some("request_time")),
        metric(
            MetricKind::Quantiles { quantiles: vec![0.5, 0.99], accuracy: 0.01 },
            &["status"],
            Some("request_time"),
        ),
        metric(MetricKind::Distinct, &["status"], Some("remote_addr")),
        metric(MetricKind::Top { size: 5 }, &["status"], Some("target")),
    ]
}

pub(crate) fn count_by<R: Rules>(metrics: &[Metric], snapshot: &mut Snapshot, lines: &str, rules: R) {
    let scanner = scanner();
    let mut reader = time_reader(&scanner, 0, 2024);
    let time = EventTime { slot: 0, reader: &mut reader, window: None };
    let mut tally = Tally::new(metrics, &scanner, snapshot, Some(time), None).with_rules(rules, None);
    scanner.scan_block(&mut scanner.scratch(), lines.as_bytes(), &mut tally);
}

fn count(metrics: &[Metric], lines: &str) -> Snapshot {
    let mut snapshot = Snapshot::new(metrics);
    count_by(metrics, &mut snapshot, lines, NoRules);
    snapshot
}

/// Hands on record by record, though the sink would take many at once.
struct OneByOne<K>(K);

impl<K: RecordSink> RecordSink for OneByOne<K> {
    fn record(&mut self, record: &Record<'_>) {
        self.0.record(record);
    }

    fn reject(&mut self, line: &[u8], mismatch: &Mismatch) {
        self.0.reject(line, mismatch);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn counting_many_at_once_is_counting_one_by_one(
        requests in prop::collection::vec(("[2-5]0[0-4]|-", "-|/|/[a-c]{0,3}|/[a-z]{6,9}|/[ab]{14,40}", any::<bool>()), 0..300),
        labels in prop::sample::subsequence(vec!["status", "target", "remote_addr"], 0..=3),
        series_limit in prop::sample::select(vec![1, 3, 1000]),
    ) {
        let mut lines = String::new();
        for (status, target, is_whole) in requests {
            let address = if is_whole { " 192.0.2.1" } else { "" };
            writeln!(lines, "1700000000.000 {status} {target} 0.1{address}").expect("a string grows");
        }
        let metrics = [Metric { series_limit, ..metric(MetricKind::Counter, &labels, None) }];
        let scanner = scanner();
        let (mut at_once, mut one_by_one) = (Snapshot::new(&metrics), Snapshot::new(&metrics));
        let mut tally = Tally::new(&metrics, &scanner, &mut at_once, None, None);
        scanner.scan_block(&mut scanner.scratch(), lines.as_bytes(), &mut tally);
        let tally = Tally::new(&metrics, &scanner, &mut one_by_one, None, None);
        scanner.scan_block(&mut scanner.scratch(), lines.as_bytes(), &mut OneByOne(tally));
        prop_assert_eq!(at_once.lines, one_by_one.lines);
        prop_assert_eq!(at_once.to_bytes(&metrics), one_by_one.to_bytes(&metrics));
    }
}

fn line() -> impl Strategy<Value = String> {
    let status = prop::sample::select(vec!["200", "404", "500"]);
    let seconds = prop_oneof![
        5 => "[0-9]{1,2}\\.[0-9]{3}",
        1 => prop::sample::select(vec!["-", "-1", "-0.5", "0", "none", "1e9"]).prop_map(str::to_owned),
    ];
    (0u32..5, status, 0u32..30, seconds, 0u32..600).prop_map(|(time, status, target, seconds, client)| {
        format!("170000000{time}.000 {status} /page/{target} {seconds} 10.0.0.{client}\n")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_partition_in_any_order_counts_the_same(
        lines in prop::collection::vec((line(), 0usize..4), 0..600), order in Just([0, 1, 2, 3]).prop_shuffle(),
    ) {
        let metrics = every_kind();
        let whole: String = lines.iter().map(|(line, _)| line.as_str()).collect();
        let parts = order.map(|part| {
            let own = lines.iter().filter(|(_, own)| *own == part).map(|(line, _)| line.as_str());
            count(&metrics, &own.collect::<String>())
        });
        let expected = count(&metrics, &whole).to_bytes(&metrics);
        let [mut a, mut b, c, d] = parts;
        let mut left = a.clone(); // ((a b) c) d
        for part in [&b, &c, &d] {
            left.merge(part);
        }
        b.merge(&a); // (b a) (d c)
        let mut right = d.clone();
        right.merge(&c);
        b.merge(&right);
        prop_assert_eq!(&left.to_bytes(&metrics), &expected);
        prop_assert_eq!(&b.to_bytes(&metrics), &expected);
        // A table that was used and cleared counts as a new one does.
        a.clear();
        count_by(&metrics, &mut a, &whole, NoRules);
        prop_assert_eq!(&a.to_bytes(&metrics), &expected);
    }

    #[test]
    fn bytes_read_back_are_the_same(lines in prop::collection::vec(line(), 0..600)) {
        let metrics = every_kind();
        let snapshot = count(&metrics, &lines.concat());
        let bytes = snapshot.to_bytes(&metrics);
        let mut read = Snapshot::from_bytes(&bytes, &metrics).expect("a snapshot");
        prop_assert_eq!(&read.to_bytes(&metrics), &bytes);
        // Counting goes on after it.
        let mut twice = snapshot.clone();
        count_by(&metrics, &mut twice, &lines.concat(), NoRules);
        count_by(&metrics, &mut read, &lines.concat(), NoRules);
        prop_assert_eq!(read.to_bytes(&metrics), twice.to_bytes(&metrics));
    }

    #[test]
    fn damaged_bytes_are_an_error_or_counts(
        lines in prop::collection::vec(line(), 0..40),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
    ) {
        let metrics = every_kind();
        let mut bytes = count(&metrics, &lines.concat()).to_bytes(&metrics);
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        for bytes in [&bytes[..], &bytes[..cut.index(bytes.len())]] {
            if let Ok(mut read) = Snapshot::from_bytes(bytes, &metrics) {
                let again = read.clone();
                read.merge(&again);
                count_by(&metrics, &mut read, &lines.concat(), NoRules);
                prop_assert!(read.held_bytes() < 64 << 20);
            }
        }
    }
}

#[test]
fn lengths_that_are_lies_take_no_memory() {
    let metrics = every_kind();
    let empty = Snapshot::new(&metrics).to_bytes(&metrics);
    let longest = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    for at in 1..empty.len() {
        let bytes = [&empty[..at], &longest, &empty[at..]].concat();
        assert!(Snapshot::from_bytes(&bytes, &metrics).is_err(), "at {at}");
    }
}

#[test]
fn bytes_of_others_are_refused_by_name() {
    let mut metrics = every_kind();
    let bytes = count(&metrics, "1700000000.0 200 / 1 10.0.0.1\n").to_bytes(&metrics);
    let message = |bytes: &[u8], metrics: &[Metric]| {
        Snapshot::from_bytes(bytes, metrics).map(|_| ()).expect_err("is refused").to_string()
    };
    assert_eq!(message(&[], &metrics), "the counts are damaged: they are empty");
    assert_eq!(
        message(&[9, 9], &metrics),
        "the counts are of format version 9, and this program reads version 1"
    );
    assert!(message(&[&bytes[..], b"x"].concat(), &metrics).ends_with("they go on after their end"));
    metrics[4].name = "seconds".to_owned();
    metrics[4].kind = MetricKind::Quantiles { quantiles: vec![0.5], accuracy: 0.02 };
    assert_eq!(
        message(&bytes, &metrics),
        "the counts are of other metrics than the configuration's: `seconds` does not fit"
    );
}

#[test]
fn values_that_cannot_be_taken_are_counted_and_left_out() {
    let lines = ["-", "-1", "none", "-2.5"].map(|value| format!("1.0 200 {value} 1 10.0.0.1\n")).concat();
    // A record without a value is not the metric's; a gauge alone takes what is below 0, and texts
    // need not be numbers.
    let expected = [(1, 4), (2, 0), (1, 1), (2, 0), (2, 0), (0, 3), (0, 3)];
    for (mut metric, (unreadable, records)) in every_kind().into_iter().zip(expected) {
        for operand in metric.sum_operands.iter_mut().chain(metric.value.as_mut().map(|value| &mut value.1)) {
            *operand = Operand::Field(2);
        }
        let metrics = [metric];
        let snapshot = count(&metrics, &lines);
        assert_eq!((snapshot.matched, snapshot.unreadable), (4, unreadable), "{:?}", metrics[0].kind);
        let mut counted = 0;
        snapshot.tables[0].for_each(|row| counted += row.count);
        assert_eq!(counted, records, "{:?}", metrics[0].kind);
    }
}

/// A category that is the status's first digit, and conditions on it.
struct FirstDigit;

impl Rules for FirstDigit {
    fn categorise(&mut self, records: &Records<'_>, values: &mut Values) {
        values.begin(records.len(), 1);
        for index in 0..records.len() {
            values.write(index, 0, &records.text_of(index, 1)[..1]);
        }
    }

    fn holds(&mut self, condition: usize, view: &View<'_>) -> bool {
        view.text(Operand::Category(0)) == Some(if condition == 0 { b"2" } else { b"5" })
    }
}

#[test]
fn categories_are_labels_and_conditions_choose_records() {
    let mut all = metric(MetricKind::Counter, &[], None);
    all.labels = vec!["class".to_owned()];
    all.label_operands = vec![Operand::Category(0)];
    let mut good = metric(MetricKind::Distinct, &[], Some("remote_addr"));
    good.when = Some(0);
    let metrics = [all, good];
    let lines = "1.0 200 / 1 a\n1.0 500 / 1 b\n1.0 204 / 1 c\n1.0 302 / 1 d\n";
    let mut snapshot = Snapshot::new(&metrics);
    count_by(&metrics, &mut snapshot, lines, FirstDigit);
    let mut classes = Vec::new();
    snapshot.tables[0].for_each(|row| classes.push((row.labels[0].to_vec(), row.count)));
    assert_eq!(classes, [(b"2".to_vec(), 2), (b"5".to_vec(), 1), (b"3".to_vec(), 1)]);
    let mut counts = Vec::new();
    snapshot.tables[1].for_each(|row| counts.push(row.count));
    assert_eq!(counts, [2]);

    let scanner = scanner();
    let mut selected = Snapshot::new(&metrics);
    let mut tally = Tally::new(&metrics, &scanner, &mut selected, None, None).with_rules(FirstDigit, Some(1));
    scanner.scan_block(&mut scanner.scratch(), lines.as_bytes(), &mut tally);
    assert_eq!((selected.matched, selected.selected, selected.tables[0].len()), (4, 1, 1));
    assert!(selected.tables[1].is_empty());
}

#[test]
fn declared_series_begin_at_zero_and_are_kept_first() {
    let mut metrics = every_kind();
    for metric in &mut metrics {
        metric.declared = vec![vec!["200".to_owned()], vec!["503".to_owned()]];
        metric.series_limit = 2;
    }
    let mut snapshot = Snapshot::new(&metrics);
    count_by(&metrics, &mut snapshot, "1.0 404 / 1 a\n1.0 200 / 1 a\n", NoRules);
    for table in &snapshot.tables {
        let mut counts = Vec::new();
        table.for_each(|row| counts.push((String::from_utf8_lossy(row.labels[0]).into_owned(), row.count)));
        let named = |name: &str, count| (name.to_owned(), count);
        assert_eq!(counts, [named("200", 1), named("503", 0), named("__other__", 1)]);
    }
}

#[test]
fn a_million_values_of_an_attacker_stay_within_limits() {
    let mut metrics = every_kind();
    for metric in &mut metrics {
        metric.labels = vec!["target".to_owned()];
        metric.label_operands = vec![Operand::Field(2)];
    }
    let mut snapshot = Snapshot::new(&metrics);
    let mut lines = String::new();
    for block in 0..100 {
        lines.clear();
        for i in 0..10_000 {
            let n = block * 10_000 + i;
            writeln!(lines, "1700000000.0 200 /attack/with/a/long/path/{n} 0.25 10.0.0.{n}").expect("memory");
        }
        count_by(&metrics, &mut snapshot, &lines, NoRules);
    }
    for (metric, table) in metrics.iter().zip(&snapshot.tables) {
        let (mut records, mut sum) = (0, Decimal::ZERO);
        table.for_each(|row| {
            records += row.count;
            sum = metric.value_sum().map_or(sum, |at| sum.saturating_add(row.sums[at]));
        });
        assert_eq!(records, 1_000_000, "{:?}", metric.kind);
        assert!(table.len() <= 1001, "{:?}: {} series", metric.kind, table.len());
        assert!(metric.value_sum().is_none() || sum == Decimal::from(250_000));
    }
    assert_eq!(snapshot.tables[0].len(), 1001);
    assert!(snapshot.held_bytes() < 50 << 20, "{} bytes", snapshot.held_bytes());

    // Restored, the kept series are the same ones.
    let bytes = snapshot.to_bytes(&metrics);
    let restored = Snapshot::from_bytes(&bytes, &metrics).expect("a snapshot");
    assert_eq!(restored.to_bytes(&metrics), bytes);
}
