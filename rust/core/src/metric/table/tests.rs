//! A table counts as a map does, within its limits.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::Table;
use crate::spec::MetricKind;
use crate::value::number::Decimal;

type Rows = BTreeMap<Vec<Vec<u8>>, (u64, Decimal)>;

fn counters(labels: usize, limit: usize) -> Table {
    Table::new(labels, 1, limit, &MetricKind::Counter)
}

fn rows(table: &Table) -> Rows {
    let mut rows = Rows::new();
    table.for_each(|row| {
        let key = row.labels.iter().map(|text| text.to_vec()).collect();
        assert!(rows.insert(key, (row.count, row.sums[0])).is_none(), "a label set twice");
    });
    rows
}

fn label() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(b"ab".to_vec()), 0..20)
}

proptest! {
    #[test]
    fn counts_as_a_map_does_in_any_partition(
        records in prop::collection::vec((label(), label(), 0i64..1000), 0..300), parts in 1usize..5,
    ) {
        let (mut expected, mut room) = (Rows::new(), usize::MAX);
        let mut tables = vec![counters(2, 1_000_000); parts];
        for (i, (a, b, value)) in records.iter().enumerate() {
            let row = expected.entry(vec![a.clone(), b.clone()]).or_default();
            row.0 += 1;
            row.1 = row.1.saturating_add(Decimal::from(*value));
            let table = &mut tables[i % parts];
            let series = table.count(|label| if label == 0 { a } else { b }, 1, &mut room);
            table.amounts_mut().add(series, 0, Decimal::from(*value));
        }
        let mut whole = counters(2, 1_000_000);
        for table in &tables {
            whole.merge(table, &mut room);
        }
        prop_assert_eq!(rows(&whole), expected);
    }
}

#[test]
fn beyond_the_limit_totals_stay_exact() {
    let (mut table, mut room) = (counters(1, 3), usize::MAX);
    let texts: Vec<String> = (0..1000).map(|i| format!("/a/rather/long/path/{}", i % 10)).collect();
    for text in &texts {
        let series = table.count(|_| text.as_bytes(), 1, &mut room);
        table.amounts_mut().add(series, 0, Decimal::from(2));
    }
    let rows = rows(&table);
    assert_eq!(rows.len(), 4);
    assert_eq!(rows[&vec![b"__other__".to_vec()]], (700, Decimal::from(1400)));
    assert_eq!(rows.values().map(|row| row.0).sum::<u64>(), 1000);
}

#[test]
fn a_limit_of_all_tables_is_shared_and_established_series_stay() {
    let (mut first, mut second) = (counters(1, 100), counters(1, 100));
    let mut room = 3;
    for (table, text) in [(0, "a"), (1, "a"), (1, "b"), (0, "c"), (1, "d"), (0, "a"), (1, "b")] {
        let table = if table == 0 { &mut first } else { &mut second };
        table.count(|_| text.as_bytes(), 1, &mut room);
    }
    let counts = |table: &Table| -> Vec<u64> { rows(table).into_values().map(|row| row.0).collect() };
    // In the order of labels: `__other__`, then the letters.
    assert_eq!((counts(&first), counts(&second)), (vec![1, 2], vec![1, 1, 2]));
}

#[test]
fn a_logged_text_that_reads_as_the_overflow_is_counted_with_it() {
    let (mut table, mut room) = (counters(1, 1), usize::MAX);
    for text in ["__other__", "a", "b", "__other__"] {
        table.count(|_| text.as_bytes(), 1, &mut room);
    }
    assert_eq!(rows(&table).into_values().map(|row| row.0).collect::<Vec<_>>(), [3, 1]);
}

#[test]
fn long_texts_of_an_attacker_are_bounded() {
    let (mut table, mut room) = (counters(1, 1000), usize::MAX);
    let text = vec![b'x'; 100_000];
    for i in 0..1000 {
        table.count(|_| &text[i..], 1, &mut room);
    }
    assert!(table.held_bytes() < 5 << 20, "{}", table.held_bytes());
    assert_eq!(rows(&table).values().map(|row| row.0).sum::<u64>(), 1000);
}
