//! Counts by slot as points in `InfluxDB`'s line protocol
//! (<https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/>).
//!
//! A point is what was counted in one slot, and its time is the slot's start, so a second one of the
//! same slot replaces the first. Fields and tags are those of the sink of type `influxdb`.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::metric::column::quantiles::SortedBins;
use crate::metric::{Amounts, Column, Metric, Row, Snapshot};
use crate::spec::MetricKind;
use crate::value::label::label_value;

/// Bytes that are written at once.
const CHUNK_BYTES: usize = 1 << 20;
/// Stands behind a tag's value that may not be as it is: an empty one is none, and a backslash at the
/// end would hide what follows. Values that end with it get one more, so that no two become one.
const PLACEHOLDER: char = '¦';

/// Writes what `snapshot` counted by slot, by metric, then by slot; nothing if it has no slots.
///
/// # Errors
/// What writing met.
pub fn write_points(out: &mut impl Write, metrics: &[Metric], snapshot: &Snapshot) -> io::Result<()> {
    let Some(slots) = &snapshot.slots else { return Ok(()) };
    let mut text = Vec::new();
    for (metric, (table, slots)) in metrics.iter().zip(snapshot.tables.iter().zip(slots.tables())) {
        let (table, series) = table.shown(&metric.kind);
        let slots = slots.renumbered(metric, &series);
        let measurement = escaped(&metric.name, &[',', ' ']);
        let names: Vec<String> = metric.labels.iter().map(|label| tag(label)).collect();
        let mut tags = Vec::with_capacity(table.len());
        table.for_each(|Row { labels, .. }| {
            let present = names.iter().zip(labels).filter(|(_, value)| !value.is_empty());
            let tag = |(name, value): (&String, &&[u8])| {
                format!(",{name}={}", tag_value(&String::from_utf8_lossy(value)))
            };
            tags.push(present.map(tag).collect::<String>());
        });
        let ranks = table.ranks();
        let rows = slots.rows().map(|(row, start, series)| (start, ranks[series as usize], series, row));
        let mut keys: Vec<(i64, u32, u32, u32)> = rows.collect();
        keys.sort_unstable();
        let fields = Fields::new(metric, slots.amounts());
        for (start, _, series, row) in keys {
            write!(text, "{measurement}{} ", tags[series as usize])?;
            fields.write(&mut text, row)?;
            writeln!(text, " {}", i128::from(start) * 1_000_000_000)?;
            if text.len() > CHUNK_BYTES {
                out.write_all(&text)?;
                text.clear();
            }
        }
    }
    out.write_all(&text)
}

/// The fields of a metric's points.
struct Fields<'a> {
    metric: &'a Metric,
    amounts: &'a Amounts,
    /// Of quantiles.
    bins: Option<SortedBins>,
}

impl<'a> Fields<'a> {
    fn new(metric: &'a Metric, amounts: &'a Amounts) -> Fields<'a> {
        let bins = match amounts.column() {
            Column::Quantiles(sketch) => Some(sketch.sorted()),
            _ => None,
        };
        Fields { metric, amounts, bins }
    }

    /// Appends the fields of a row: counts as integers, all else as floats, whatever comes first.
    fn write(&self, out: &mut Vec<u8>, row: u32) -> io::Result<()> {
        let (metric, sums) = (self.metric, self.amounts.sums_of(row));
        write!(out, "count={}i", self.amounts.count(row))?;
        if let Some(sum) = metric.value_sum() {
            write!(out, ",value={}", sums[sum])?;
        }
        for (field, sum) in metric.sums.iter().zip(sums) {
            write!(out, ",sum_{}={sum}", tag(field))?;
        }
        match (self.amounts.column(), &metric.kind) {
            (Column::Gauge(gauge), _) => write!(out, ",value={}", gauge.value(row))?,
            (Column::Histogram(histogram), _) => {
                for (bound, count) in histogram.bounds().iter().zip(histogram.cumulative(row)) {
                    write!(out, ",le_{bound}={count}i")?;
                }
            }
            (Column::Quantiles(_), MetricKind::Quantiles { quantiles, .. }) => {
                let value = |quantile: f64| self.bins.as_ref()?.quantile(row, quantile);
                for (quantile, value) in quantiles.iter().filter_map(|own| Some((own, value(*own)?))) {
                    write!(out, ",q_{quantile}={value}")?;
                }
            }
            (Column::Distinct(distinct), _) => write!(out, ",distinct={}i", distinct.estimate(row))?,
            (Column::Top(top), _) => {
                for (place, own) in (1..).zip(top.shown(row)) {
                    let text = escaped(&label_value(own.text), &['"', '\\']).into_owned();
                    write!(out, ",top_{place}=\"{text}\",top_{place}_count={}i", own.count)?;
                }
            }
            (Column::Counter | Column::Quantiles(_), _) => {}
        }
        Ok(())
    }
}

/// The name of a tag or field.
fn tag(name: &str) -> String {
    escaped(name, &[',', '=', ' ']).into_owned()
}

/// The value of a tag, which is not empty.
fn tag_value(value: &str) -> String {
    let mut value = tag(value);
    if value.ends_with(['\\', PLACEHOLDER]) {
        value.push(PLACEHOLDER);
    }
    value
}

/// The text with a backslash before what is `special`. (A line feed is in no label value.)
fn escaped<'t>(text: &'t str, special: &[char]) -> Cow<'t, str> {
    if !text.contains(special) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if special.contains(&character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    Cow::Owned(escaped)
}
