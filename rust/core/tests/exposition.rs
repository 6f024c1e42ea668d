//! Expositions against the cases in `tests/data/exposition`.

use std::path::PathBuf;

use logagent_core::encode::Exposition;
use logagent_core::format::{Format, JsonSpec, KeyedField};
use logagent_core::metric::{Metric, Snapshot, Tally};
use logagent_core::operand::Operand;
use logagent_core::scan::Scanner;
use logagent_core::spec::MetricKind;
use logagent_core::value::number::Decimal;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What the case shows.
    about: String,
    metric: Vec<MetricCase>,
    /// JSON lines.
    lines: String,
    prometheus: String,
    openmetrics: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MetricCase {
    name: String,
    r#type: String,
    help: Option<String>,
    #[serde(default)]
    labels: Vec<String>,
    value: Option<String>,
    #[serde(default)]
    sums: Vec<String>,
    #[serde(default)]
    buckets: Vec<String>,
    #[serde(default)]
    quantiles: Vec<f64>,
    #[serde(default)]
    declared: Vec<Vec<String>>,
}

fn compile(case: MetricCase, fields: &mut Vec<String>) -> Metric {
    let number = |text: &String| Decimal::parse(text.as_bytes()).expect("a number");
    let kind = match case.r#type.as_str() {
        "counter" => MetricKind::Counter,
        "gauge" => MetricKind::Gauge,
        "histogram" => MetricKind::Histogram { buckets: case.buckets.iter().map(number).collect() },
        "quantiles" => MetricKind::Quantiles { quantiles: case.quantiles, accuracy: 0.01 },
        "distinct" => MetricKind::Distinct,
        "top" => MetricKind::Top { size: 3 },
        other => panic!("unknown type {other}"),
    };
    let mut operand = |name: &String| {
        let slot = fields.iter().position(|field| field == name).unwrap_or_else(|| {
            fields.push(name.clone());
            fields.len() - 1
        });
        Operand::Field(slot)
    };
    Metric {
        name: case.name,
        kind,
        help: case.help,
        label_operands: case.labels.iter().map(&mut operand).collect(),
        labels: case.labels,
        when: None,
        value: case.value.map(|name| {
            let operand = operand(&name);
            (name, operand)
        }),
        sum_operands: case.sums.iter().map(operand).collect(),
        sums: case.sums,
        declared: case.declared,
        series_limit: 100,
    }
}

#[test]
fn expositions_are_as_the_cases_say() {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/exposition");
    let mut cases = 0;
    for entry in std::fs::read_dir(directory).expect("the cases") {
        let text = std::fs::read_to_string(entry.expect("a file").path()).expect("a text");
        let file: Cases = toml::from_str(&text).unwrap_or_else(|error| panic!("{error}"));
        for case in file.case {
            cases += 1;
            let mut fields = Vec::new();
            let metrics: Vec<Metric> =
                case.metric.into_iter().map(|metric| compile(metric, &mut fields)).collect();
            let mapping = fields.iter().map(|name| KeyedField::new(name, name)).collect();
            let wanted: Vec<&str> = fields.iter().map(String::as_str).collect();
            let format = Format::Json(JsonSpec { fields: mapping });
            let scanner = Scanner::compile(&format, &wanted).expect("has the fields");
            let mut snapshot = Snapshot::new(&metrics);
            let mut tally = Tally::new(&metrics, &scanner, &mut snapshot, None, None);
            scanner.scan_block(&mut scanner.scratch(), case.lines.as_bytes(), &mut tally);
            assert_eq!(snapshot.rejected(), 0, "{}", case.about);
            for (exposition, expected) in
                [(Exposition::Prometheus, &case.prometheus), (Exposition::OpenMetrics, &case.openmetrics)]
            {
                let mut out = Vec::new();
                exposition.write(&mut out, &metrics, &snapshot);
                let out = String::from_utf8(out).expect("UTF-8");
                assert!(out == *expected, "{} ({exposition:?}):\n{out}", case.about);
            }
        }
    }
    assert!(cases >= 6, "{cases} cases");
}
