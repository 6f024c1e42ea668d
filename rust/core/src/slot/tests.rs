//! Slots hold what a slow oracle puts into each, in any partition, within limits, whatever is stamped.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use proptest::prelude::*;

use super::{AHEAD_NS, SlotLimits, SlotNotes};
use crate::metric::row::{encode, encode_slots, merge_states};
use crate::metric::tests::{count_by, every_kind};
use crate::metric::{Ledger, Metric, NoRules, Snapshot};

const WIDTH_SECONDS: u32 = 7;
const SECOND_NS: i64 = 1_000_000_000;

/// Metric, start of the slot, and labels.
type Key = (usize, i64, Vec<u8>);
type Rows = BTreeMap<Key, Vec<u8>>;

fn by_slot(metrics: &[Metric], limits: SlotLimits) -> Snapshot {
    Snapshot::new(metrics).with_slots(metrics, WIDTH_SECONDS, limits)
}

fn count(metrics: &[Metric], lines: &str) -> Snapshot {
    let mut snapshot = by_slot(metrics, SlotLimits::NONE);
    count_by(metrics, &mut snapshot, lines, NoRules);
    snapshot
}

fn slot_rows(metrics: &[Metric], snapshot: &Snapshot) -> Rows {
    let mut rows = Rows::new();
    for (metric, start, (labels, state)) in snapshot.slot_rows(metrics).expect("slots") {
        assert!(rows.insert((metric, start, labels), state).is_none(), "a row twice");
    }
    rows
}

/// Counts the lines of each slot by themselves.
fn oracle(metrics: &[Metric], lines: &[(u32, String)]) -> Rows {
    let mut by_start: BTreeMap<i64, String> = BTreeMap::new();
    for (second, line) in lines {
        let start = second / WIDTH_SECONDS * WIDTH_SECONDS;
        *by_start.entry(i64::from(start)).or_default() += line;
    }
    let mut rows = Rows::new();
    for (start, lines) in by_start {
        let mut snapshot = Snapshot::new(metrics);
        count_by(metrics, &mut snapshot, &lines, NoRules);
        rows.extend(
            total_rows(metrics, &snapshot)
                .into_iter()
                .map(|((metric, labels), state)| ((metric, start, labels), state)),
        );
    }
    rows
}

fn total_rows(metrics: &[Metric], snapshot: &Snapshot) -> BTreeMap<(usize, Vec<u8>), Vec<u8>> {
    let mut rows = BTreeMap::new();
    for (number, (metric, table)) in metrics.iter().zip(&snapshot.tables).enumerate() {
        let (table, _) = table.shown(&metric.kind);
        let all: Vec<u32> = (0..table.len() as u32).collect();
        rows.extend(encode(&table, &all).into_iter().map(|(labels, state)| ((number, labels), state)));
    }
    rows
}

/// The sums over all slots, by metric and labels.
fn sums(metrics: &[Metric], rows: &Rows) -> BTreeMap<(usize, Vec<u8>), Vec<u8>> {
    let mut states: BTreeMap<(usize, Vec<u8>), Vec<&[u8]>> = BTreeMap::new();
    for ((metric, _, labels), state) in rows {
        states.entry((*metric, labels.clone())).or_default().push(state);
    }
    let merge = |((metric, labels), states): ((usize, Vec<u8>), Vec<&[u8]>)| {
        let merged = merge_states(&metrics[metric], states).expect("states of the metric");
        ((metric, labels), merged)
    };
    states.into_iter().map(merge).collect()
}

fn line() -> impl Strategy<Value = (u32, String)> {
    let status = prop::sample::select(vec!["200", "404", "500", "-"]);
    let seconds = prop_oneof![
        5 => "[0-9]{1,2}\\.[0-9]{3}",
        1 => prop::sample::select(vec!["-", "-1", "0", "none", "1e9"]).prop_map(str::to_owned),
    ];
    // Nearly in order of time, as logs are, and far back now and then.
    let second = prop_oneof![8 => 1_699_999_990_u32..1_700_000_010, 1 => 0_u32..1_800_000_000];
    (second, 0u32..1000, status, 0u32..30, seconds, 0u32..600).prop_map(
        |(second, ms, status, target, seconds, client)| {
            (second, format!("{second}.{ms:03} {status} /page/{target} {seconds} 10.0.0.{client}\n"))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn slots_are_those_of_the_oracle_in_any_partition(
        lines in prop::collection::vec((line(), 0usize..4), 0..300), order in Just([0, 1, 2, 3]).prop_shuffle(),
    ) {
        let metrics = every_kind();
        let expected = oracle(&metrics, &lines.iter().map(|(line, _)| line.clone()).collect::<Vec<_>>());
        let whole = count(&metrics, &lines.iter().map(|((_, line), _)| line.as_str()).collect::<String>());
        prop_assert_eq!(&slot_rows(&metrics, &whole), &expected);
        prop_assert_eq!(sums(&metrics, &expected), total_rows(&metrics, &whole));
        let parts = order.map(|part| {
            let own = lines.iter().filter(|(_, own)| *own == part).map(|((_, line), _)| line.as_str());
            count(&metrics, &own.collect::<String>())
        });
        let [mut a, mut b, c, d] = parts;
        let mut left = a.clone(); // ((a b) c) d
        for part in [&b, &c, &d] {
            left.merge(part);
        }
        b.merge(&a); // (b a) (d c)
        let mut right = d.clone();
        right.merge(&c);
        b.merge(&right);
        prop_assert_eq!(&slot_rows(&metrics, &left), &expected);
        prop_assert_eq!(&slot_rows(&metrics, &b), &expected);
        // Slots that were used and cleared count as new ones do.
        a.clear();
        for ((_, line), _) in &lines {
            count_by(&metrics, &mut a, line, NoRules);
        }
        prop_assert_eq!(&slot_rows(&metrics, &a), &expected);
    }

    #[test]
    fn what_is_taken_in_parts_adds_up(
        takes in prop::collection::vec(prop::collection::vec(line(), 0..60), 1..5), series_limit in 1usize..12,
    ) {
        let metrics = every_kind();
        let mut ledger = Ledger::new(&metrics);
        let mut pending = ledger.pending(&metrics, series_limit).with_slots(&metrics, 7, SlotLimits::PENDING);
        let mut taken: BTreeMap<Key, Vec<Vec<u8>>> = BTreeMap::new();
        for lines in &takes {
            count_by(&metrics, &mut pending, &lines.iter().map(|line| line.1.as_str()).collect::<String>(), NoRules);
            let drained = pending.drain(&metrics);
            prop_assert!(slot_rows(&metrics, &pending).is_empty());
            for (key, state) in slot_rows(&metrics, &drained) {
                taken.entry(key).or_default().push(state);
            }
            ledger.add(&drained);
            pending.share_limits(ledger.totals());
        }
        let merge = |((metric, start, labels), states): (&Key, &Vec<Vec<u8>>)| {
            let states = states.iter().map(Vec::as_slice);
            let merged = merge_states(&metrics[*metric], states).expect("states");
            ((*metric, *start, labels.clone()), merged)
        };
        let rows: Rows = taken.iter().map(merge).collect();
        // What is `__other__` in the totals is so in the slots.
        prop_assert_eq!(sums(&metrics, &rows), total_rows(&metrics, ledger.totals()));
    }
}

#[test]
fn each_line_in_another_slot_meets_the_limit_and_totals_stay() {
    let metrics = every_kind();
    let lines = (0..1000).fold(String::new(), |mut lines, i| {
        let _ = writeln!(lines, "{}.000 200 /a 0.5 10.0.0.1", i * 7);
        lines
    });
    let limits = SlotLimits { rows: 700, column_bytes: usize::MAX };
    let mut snapshot = by_slot(&metrics, limits);
    count_by(&metrics, &mut snapshot, &lines, NoRules);
    let slots = snapshot.slots.as_ref().expect("slots");
    assert_eq!((slots.rows(), slots.is_half_full()), (700, true));
    assert_eq!(slots.notes().beyond_limit, 7 * 900);
    // The same when parts are merged.
    let mut merged = by_slot(&metrics, limits);
    merged.merge(&count(&metrics, &lines));
    let slots = merged.slots.as_ref().expect("slots");
    assert_eq!((slots.rows(), slots.notes().beyond_limit), (700, 7 * 900));
    assert_eq!(total_rows(&metrics, &merged), total_rows(&metrics, &snapshot));
    assert_eq!(merged.matched, 1000);
}

#[test]
fn sketches_of_many_slots_are_bounded_by_their_memory() {
    let metrics = every_kind();
    let mut snapshot = by_slot(&metrics, SlotLimits { rows: usize::MAX, column_bytes: 1 << 20 });
    let mut lines = String::new();
    for i in 0..5000 {
        lines.clear();
        let _ = writeln!(lines, "{}.000 200 /a 0.5 10.0.0.1", i * 7);
        count_by(&metrics, &mut snapshot, &lines, NoRules);
    }
    let slots = snapshot.slots.as_ref().expect("slots");
    assert!(slots.notes().beyond_limit > 0 && slots.is_half_full());
    assert!(slots.tables().iter().all(|table| table.amounts().column().held_bytes() < (1 << 20) + 64_000));
    assert_eq!(slots.tables()[0].len(), 5000);
}

#[test]
fn the_wall_clock_stands_for_what_is_not_stamped_or_by_a_wrong_clock() {
    let metrics = &every_kind()[..1];
    let wall_seconds = 1_700_000_003;
    let ahead_seconds = AHEAD_NS / SECOND_NS;
    let at = |second: i64| format!("{second}.000 200 /a 0.5 10.0.0.1\n");
    let mut snapshot = by_slot(metrics, SlotLimits::PENDING);
    let mut read = |lines: &str| {
        snapshot.slots.as_mut().expect("slots").read_at(wall_seconds * SECOND_NS);
        count_by(metrics, &mut snapshot, lines, NoRules);
        snapshot.slots.as_mut().expect("slots").take_newest().map(|ns| ns / SECOND_NS)
    };
    assert_eq!(read("no record\n"), None);
    assert_eq!(read("- 200 /a 0.5 10.0.0.1\n"), Some(wall_seconds));
    assert_eq!(read(&at(wall_seconds + ahead_seconds + 1)), Some(wall_seconds));
    assert_eq!(read(&at(wall_seconds + ahead_seconds)), Some(wall_seconds));
    // Beside others no such stamp moves the clock.
    let mixed = at(1_600_000_000) + &at(9_000_000_000) + &at(1_500_000_000) + "- 200 /a 0.5 10.0.0.1\n";
    assert_eq!(read(&mixed), Some(1_600_000_000));
    assert_eq!(read(""), None);
    let slots = snapshot.slots.as_ref().expect("slots");
    assert_eq!(slots.notes(), SlotNotes { without_time: 2, ahead_of_clock: 2, beyond_limit: 0 });
    let starts: Vec<(i64, u64)> = slots.tables()[0]
        .rows()
        .map(|(row, start, _)| (start, slots.tables()[0].amounts().count(row)))
        .collect();
    let aligned = |second: i64| second - second % 7;
    assert_eq!(
        starts,
        [
            (aligned(wall_seconds), 4),
            (aligned(wall_seconds + ahead_seconds), 1),
            (aligned(1_600_000_000), 1),
            (aligned(1_500_000_000), 1),
        ]
    );
}

#[test]
fn without_a_wall_clock_what_is_not_stamped_has_no_slot() {
    let metrics = every_kind();
    let lines = "- 200 /a 0.5 10.0.0.1\n5.000 200 /a 0.5 10.0.0.1\n- 404 /a 0.5 10.0.0.1\n";
    let snapshot = count(&metrics, lines);
    let slots = snapshot.slots.as_ref().expect("slots");
    assert_eq!((slots.rows(), slots.notes().without_time), (7, 2));
    assert_eq!(snapshot.tables[0].len(), 2);
    assert_eq!(encode_slots(&snapshot.tables[0], &slots.tables()[0])[0].0, 0);
}

#[test]
fn the_first_and_the_last_instant_have_a_slot() {
    let metrics = &every_kind()[..1];
    let mut snapshot = by_slot(metrics, SlotLimits::NONE);
    let slots = snapshot.slots.as_mut().expect("slots");
    for unix_ns in [i64::MIN, -1, 0, i64::MAX] {
        slots.enter(Some(unix_ns));
        slots.count(0, 0).expect("a row");
        slots.enter(Some(unix_ns));
        slots.count(0, 0).expect("a row");
    }
    let seconds: Vec<i64> = slots.tables()[0].rows().map(|(_, start, _)| start).collect();
    let start = |second: i64| second.div_euclid(7) * 7;
    assert_eq!(seconds, [start(i64::MIN / SECOND_NS - 1), -7, 0, start(i64::MAX / SECOND_NS)]);
}

#[test]
fn slots_of_another_width_are_counted_as_lost() {
    let metrics = every_kind();
    let old = count(&metrics, "5.000 200 /a 0.5 10.0.0.1\n");
    let mut new = Snapshot::new(&metrics).with_slots(&metrics, 60, SlotLimits::PENDING);
    let kept: Vec<Option<usize>> = (0..metrics.len()).map(Some).collect();
    new.continue_from(&old, &kept);
    let slots = new.slots.as_ref().expect("slots");
    assert_eq!((slots.rows(), slots.notes().beyond_limit), (0, 7));
    let mut same = by_slot(&metrics, SlotLimits::PENDING);
    same.continue_from(&old, &kept);
    assert_eq!(slot_rows(&metrics, &same), slot_rows(&metrics, &old));
}

#[test]
fn states_of_other_metrics_are_refused() {
    let metrics = every_kind();
    let snapshot = count(&metrics, "5.000 200 /a 0.5 10.0.0.1\n");
    for ((metric, ..), state) in slot_rows(&metrics, &snapshot) {
        for (other, spec) in metrics.iter().enumerate() {
            let is_alike = spec.kind == metrics[metric].kind;
            assert_eq!(merge_states(spec, [&*state]).is_ok(), is_alike, "{metric} {other}");
        }
        assert!(merge_states(&metrics[metric], [&state[1..]]).is_err());
    }
}
