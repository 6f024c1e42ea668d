//! An exposition that is kept written, so that a scrape costs no more than putting it together.

use super::Exposition;
use super::exposition::Family;
use super::samples::Samples;
use crate::metric::ledger::Changed;
use crate::metric::{Metric, Snapshot};

/// The samples of cumulative counts as text, series by series. What it writes is what
/// [`Exposition::write`] would write of the same counts.
#[derive(Debug)]
pub struct Rendered {
    /// By metric: its series by label values.
    orders: Vec<Vec<u32>>,
    /// Sorted by name.
    families: Vec<RenderedFamily>,
}

#[derive(Debug)]
struct RenderedFamily {
    family: Family,
    /// By series.
    samples: Vec<SeriesText>,
}

/// The samples of a series.
#[derive(Debug, Clone)]
enum SeriesText {
    /// The same in all formats.
    Alike(Box<[u8]>),
    /// By [`Exposition`].
    Each([Box<[u8]>; 2]),
}

impl SeriesText {
    fn in_format(&self, exposition: Exposition) -> &[u8] {
        match self {
            SeriesText::Alike(text) => text,
            SeriesText::Each(texts) => &texts[exposition as usize],
        }
    }
}

impl Rendered {
    /// No series yet.
    pub fn new(metrics: &[Metric]) -> Rendered {
        let families = Family::all(metrics).into_iter();
        Rendered {
            orders: vec![Vec::new(); metrics.len()],
            families: families.map(|family| RenderedFamily { family, samples: Vec::new() }).collect(),
        }
    }

    /// Writes the series anew that changed. Their label values are those of
    /// [`label_value`](crate::value::label::label_value), and among them is every one that is new.
    pub fn update(&mut self, metrics: &[Metric], totals: &Snapshot, changed: &Changed) {
        for (order, table) in self.orders.iter_mut().zip(&totals.tables) {
            let known = order.len();
            order.extend(known as u32..table.len() as u32);
            // The sort finds the known series sorted and merges the new ones in.
            if known < order.len() {
                order.sort_by(|a, b| table.compare_labels(*a, *b));
            }
        }
        for RenderedFamily { family, samples } in &mut self.families {
            let (metric, table) = (&metrics[family.metric], &totals.tables[family.metric]);
            let changed = &changed[family.metric];
            samples.resize(table.len(), SeriesText::Alike(Box::default()));
            if changed.is_empty() {
                continue;
            }
            let mut formats = [Exposition::Prometheus, Exposition::OpenMetrics]
                .map(|exposition| Samples::new(exposition.dialect(), family, metric));
            let column = formats[0].column(table.column(), changed);
            let mut text = Vec::new();
            table.for_each_of(changed.iter().copied(), |row| {
                let mut written = |samples: &mut Samples<'_>| {
                    text.clear();
                    samples.write(&mut text, &row, &column, None);
                    text.as_slice().into()
                };
                samples[row.series as usize] = if formats[0].is_alike() {
                    SeriesText::Alike(written(&mut formats[0]))
                } else {
                    SeriesText::Each(formats.each_mut().map(written))
                };
            });
        }
    }

    /// Appends the exposition.
    pub fn write(&self, exposition: Exposition, out: &mut Vec<u8>) {
        let dialect = exposition.dialect();
        for RenderedFamily { family, samples } in &self.families {
            family.head(out, dialect);
            for &series in &self.orders[family.metric] {
                out.extend_from_slice(samples[series as usize].in_format(exposition));
            }
        }
        dialect.end(out);
    }

    /// About how long the exposition is, in bytes.
    pub fn length_bytes(&self, exposition: Exposition) -> usize {
        let samples = self.families.iter().flat_map(|family| &family.samples);
        samples.map(|text| text.in_format(exposition).len()).sum()
    }
}
