//! A model: a miner, and what was counted and told of its templates.

mod counts;

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use logagent_core::spec::{PatternMode, PatternsSpec};
use logagent_core::template::{Miner, Reader, template_id};
use serde::{Deserialize, Serialize};

use super::super::tally::TallyKey;
use super::pending::Pending;
use super::{Learned, MOST_LINE_BYTES, ModelStats};
use counts::Counts;

/// New templates of a model that one take tells; further ones are counted.
const MOST_NEW: usize = 100;
/// So many shapes are clustered after each block that brings a new one, more of them not before a rest.
const FEW_SHAPES: usize = 256;
const REST: Duration = Duration::from_secs(1);
/// Earlier versions of a model that are kept.
const KEPT_VERSIONS: usize = 8;

/// A template that came up after its model had learnt for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTemplate {
    /// The model's name.
    pub model: String,
    /// The model's version.
    pub version: u64,
    /// The template's id.
    pub template: String,
    /// The template, with `<*>` for each variable.
    pub text: String,
    /// Name of the source.
    pub source: String,
    /// The file, or the key of a position.
    pub path: String,
    /// The first line of it, cut.
    pub line: Vec<u8>,
    /// When the line was logged, in Unix seconds, if it says so.
    pub unix_seconds: Option<i64>,
}

/// A line of a template that was not there before.
#[derive(Debug)]
struct Novel {
    number: u64,
    source: String,
    path: String,
    line: Vec<u8>,
    unix_seconds: Option<i64>,
}

/// A model, and what is to be written of it.
#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) miner: Miner,
    /// Grows with every edit.
    pub(super) version: u64,
    /// Earlier versions as JSON.
    pub(super) earlier: BTreeMap<u64, String>,
    pub(super) pending: Pending,
    /// When it began to learn, in Unix seconds; 0: it came with what it knows.
    began: Option<i64>,
    counts: Counts,
    novel: Vec<Novel>,
    /// Further ones since the last take.
    more_novel: u64,
    untold: u64,
    /// The templates as of the last take.
    known: HashSet<u64>,
    written: Written,
    /// When the shapes of a block were clustered last.
    settled: Option<Instant>,
}

/// What the rows hold.
#[derive(Debug, Default, PartialEq, Eq)]
struct Written {
    revision: Option<u64>,
    lines: u64,
    about: String,
}

/// What stands in a row of its own.
#[derive(Debug, Serialize, Deserialize)]
struct About {
    version: u64,
    began: Option<i64>,
    untold: u64,
}

impl Model {
    /// Reads the parts that [`Model::drain`] wrote.
    ///
    /// # Errors
    /// The part that cannot be read, and why.
    pub(super) fn restore(parts: &BTreeMap<&str, &str>) -> Result<Model, (String, String)> {
        let part = |name: &'static str| parts.get(name).copied();
        let wrong = |name: &str, error: &dyn std::fmt::Display| (name.to_owned(), error.to_string());
        let mut model = Model::default();
        if let (Some(shapes), Some(counts)) = (part("shapes"), part("counts")) {
            model.miner = Miner::from_kept(shapes, counts).map_err(|error| wrong("shapes", &error))?;
        }
        if let Some(about) = part("about") {
            let read: About = serde_json::from_str(about).map_err(|error| wrong("about", &error))?;
            (model.version, model.began, model.untold) = (read.version, read.began, read.untold);
            about.clone_into(&mut model.written.about);
        }
        model.counts =
            Counts::restore(part("lines"), part("texts")).map_err(|(name, error)| wrong(name, &error))?;
        for (name, json) in parts {
            if let Some(version) = name.strip_prefix("version/").and_then(|text| text.parse().ok()) {
                model.earlier.insert(version, (*json).to_owned());
            }
        }
        model.written.revision = Some(model.miner.revision());
        model.written.lines = model.miner.lines();
        model.known = model.miner.numbers().collect();
        Ok(model)
    }

    /// Lines come.
    #[inline]
    pub(super) fn begin(&mut self, now: i64) {
        self.began.get_or_insert(now);
    }

    /// Whether new templates are not told yet.
    pub(super) fn is_learning(&self, spec: Option<&PatternsSpec>, now: i64) -> bool {
        let Some(spec) = spec.filter(|spec| spec.mode == PatternMode::Learn) else { return false };
        let seconds = i64::try_from(spec.learning.as_secs()).unwrap_or(i64::MAX);
        let is_young = self.began.is_none_or(|began| now.saturating_sub(began) < seconds);
        is_young || self.miner.lines() < spec.learning_lines
    }

    /// Notes the first line of a template.
    #[cold]
    pub(super) fn note_new(
        &mut self,
        template: Option<u64>,
        key: &TallyKey,
        line: &[u8],
        unix_seconds: Option<i64>,
    ) {
        let Some(number) = template.filter(|_| self.novel.len() < MOST_NEW) else {
            self.more_novel += 1;
            return;
        };
        self.novel.push(Novel {
            number,
            source: key.source.clone(),
            path: key.path.clone().unwrap_or_default(),
            line: line[..line.len().min(MOST_LINE_BYTES)].to_vec(),
            unix_seconds,
        });
    }

    /// Learns anew from all the lines that it has learnt from, now that their header is known.
    pub(super) fn learn_anew(&mut self, reader: &mut Reader, lines: &[Box<[u8]>]) {
        self.miner = Miner::default();
        self.written.revision = None;
        self.novel.clear();
        self.more_novel = 0;
        for line in lines {
            self.miner.learn(&reader.read(line));
        }
    }

    /// Brings the templates and their counts up to date, and writes what changed; answers whether
    /// anything did.
    pub(super) fn drain(
        &mut self,
        name: &str,
        spec: Option<&PatternsSpec>,
        now: i64,
        learned: &mut Learned,
    ) -> bool {
        let is_learning = self.is_learning(spec, now);
        self.settle(spec, is_learning);
        self.tell(name, learned);
        let row = |part: &str, json: String| (format!("model/{name}/{part}"), Some(json));
        let before = learned.rows.len();
        let revision = Some(self.miner.revision());
        if self.written.revision != revision {
            self.known = self.miner.numbers().collect();
            learned.rows.push(row("shapes", self.miner.shapes_json()));
        }
        if self.written.revision != revision || self.written.lines != self.miner.lines() {
            learned.rows.push(row("counts", self.miner.counts_json()));
        }
        (self.written.revision, self.written.lines) = (revision, self.miner.lines());
        learned.rows.extend(self.counts.changes().into_iter().map(|(part, json)| row(part, json)));
        let about = About { version: self.version, began: self.began, untold: self.untold };
        let about = serde_json::to_string(&about).unwrap_or_default(); // numbers always can be
        if self.written.about != about {
            self.written.about.clone_from(&about);
            learned.rows.push(row("about", about));
        }
        learned.rows.len() > before
    }

    /// Clusters what came with a block whose templates somebody asks for, and brings these up to date.
    pub(super) fn settle_block(&mut self, templates: &mut [Option<u64>]) {
        // Clustering few shapes takes no time; many are clustered now and then.
        let is_due = self.miner.shapes() <= FEW_SHAPES || self.settled.is_none_or(|at| at.elapsed() > REST);
        if self.miner.is_settled() || self.miner.is_crowded() || !is_due {
            return;
        }
        self.miner.settle();
        self.settled = Some(Instant::now());
        let present: HashSet<u64> = self.miner.numbers().collect();
        for number in templates.iter_mut().flatten().filter(|number| !present.contains(number)) {
            *number = self.miner.present_number(*number).unwrap_or(*number);
        }
    }

    /// Clusters what came, and counts the lines since the last time under the templates that they now
    /// have.
    fn settle(&mut self, spec: Option<&PatternsSpec>, is_learning: bool) {
        // A flood of shapes is clustered when their number has doubled, as the miner does itself.
        if !self.miner.is_crowded() {
            self.miner.settle();
        }
        if self.written.revision != Some(self.miner.revision()) {
            self.counts.show_texts(&self.miner);
        }
        let top = spec.map_or(1, |spec| spec.top);
        self.counts.add(&mut self.pending, &self.miner, top, is_learning);
    }

    /// Tells the templates that neither were there before nor took the place of one.
    fn tell(&mut self, name: &str, learned: &mut Learned) {
        self.untold += std::mem::take(&mut self.more_novel);
        if self.novel.is_empty() {
            return;
        }
        let present: HashSet<u64> = self.miner.numbers().collect();
        let resolve = |number: u64| {
            if present.contains(&number) { Some(number) } else { self.miner.present_number(number) }
        };
        let mut known: HashSet<u64> = self.known.iter().filter_map(|&number| resolve(number)).collect();
        for novel in self.novel.drain(..) {
            let Some(number) = resolve(novel.number).filter(|&number| known.insert(number)) else { continue };
            learned.new_templates.push(NewTemplate {
                model: name.to_owned(),
                version: self.version,
                template: template_id(number),
                text: self.miner.text_of(number).unwrap_or_default(),
                source: novel.source,
                path: novel.path,
                line: novel.line,
                unix_seconds: novel.unix_seconds,
            });
        }
    }

    /// Goes on with another miner, or with nothing; answers the new version. What it was before is kept
    /// for a while, as rows.
    pub(super) fn replace(
        &mut self,
        name: &str,
        spec: Option<&PatternsSpec>,
        miner: Option<Miner>,
        rows: &mut Vec<(String, Option<String>)>,
    ) -> u64 {
        self.settle(spec, true);
        let key = |version: u64| format!("model/{name}/version/{version:08}");
        if self.miner.lines() > 0 {
            let json = self.miner.shapes_json();
            rows.push((key(self.version), Some(json.clone())));
            self.earlier.insert(self.version, json);
        }
        while self.earlier.len() > KEPT_VERSIONS {
            rows.extend(self.earlier.pop_first().map(|(version, _)| (key(version), None)));
        }
        self.began = miner.as_ref().map(|_| 0);
        self.miner = miner.unwrap_or_default();
        self.miner.settle();
        self.novel.clear();
        self.more_novel = 0;
        self.known = self.miner.numbers().collect();
        self.written.revision = None;
        self.version += 1;
        self.version
    }

    /// The keys of all its rows.
    pub(super) fn keys(&self, name: &str) -> Vec<String> {
        let parts = ["shapes", "counts", "lines", "texts", "about"].map(str::to_owned).into_iter();
        let versions = self.earlier.keys().map(|version| format!("version/{version:08}"));
        parts.chain(versions).map(|part| format!("model/{name}/{part}")).collect()
    }

    /// How it is.
    pub(super) fn stats(&self, name: &str, spec: Option<&PatternsSpec>, now: i64) -> ModelStats {
        ModelStats {
            name: name.to_owned(),
            version: self.version,
            mode: spec.map(|spec| spec.mode.name()),
            is_learning: self.is_learning(spec, now),
            learnt_lines: self.miner.lines(),
            templates: self.known.len(),
            untold: self.untold,
            counts: self.counts.stats(),
        }
    }
}
