//! What a follower tells about itself.

use serde::{Deserialize, Serialize};

use super::generation::Generation;
use super::{FileId, Follower, Stage};

/// A follower at one moment.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct TailStats {
    /// Files that are followed.
    pub files: Vec<FileStats>,
    /// Files that are left alone for now, and why.
    pub parked: Vec<ParkedFile>,
    /// In the order of the sources.
    pub sources: Vec<SourceStats>,
    /// Descriptors that are open now.
    pub open_files: usize,
}

/// A followed file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FileStats {
    /// Names the file's generation.
    pub file: FileId,
    /// Name of its source.
    pub source: String,
    /// Where it was found first.
    pub path: String,
    /// What has become of it.
    pub stage: Stage,
    /// Content up to here was counted.
    pub offset: u64,
    /// Bytes of content when it was last looked at.
    pub size: u64,
    /// Content that was not counted yet; an unfinished last line is part of it.
    pub behind_bytes: u64,
    /// For how long there have been whole lines that were not read.
    pub behind_seconds: f64,
    /// What keeps it from being read, in words.
    pub problem: Option<String>,
}

/// A file that is not read for now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ParkedFile {
    /// Name of its source.
    pub source: String,
    /// Where it was found.
    pub path: String,
    /// Why it is not read, in words.
    pub reason: String,
}

/// A source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceStats {
    /// Its name.
    pub name: String,
    /// What happened to its files so far.
    pub counts: SourceCounts,
    /// The last error, in words, with the place; `None` once everything can be read again.
    pub error: Option<String>,
}

/// What happened to the files of a source so far. To be stored, and given back by
/// [`Follower::restore_counts`](super::Follower::restore_counts).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceCounts {
    /// Files that were renamed or unlinked while they were followed.
    pub rotations: u64,
    /// Files whose content was cut or rewritten in place.
    pub truncations: u64,
    /// Times that content may have been lost before it was read: the file was overwritten or gone,
    /// and no copy of it was found.
    pub gaps: u64,
    /// Bytes that were seen to exist and are lost that way.
    pub gap_bytes: u64,
    /// Files or directories that could not be opened or read.
    pub read_errors: u64,
}

impl Follower {
    /// The counts of each source that was looked at. To be stored even if they are zero: what
    /// appears from then on came later.
    pub fn counts(&self) -> impl Iterator<Item = (&str, SourceCounts)> {
        let known = self.sources.iter().filter(|source| !source.is_new);
        known.map(|source| (source.spec.name.as_str(), source.counts))
    }

    /// The follower at this moment.
    pub fn stats(&self) -> TailStats {
        let is_followed = |known: &Generation| {
            known.content.is_some() || known.problem.is_some() || known.record.stage == Stage::Open
        };
        let followed = self.files.iter().filter(|(_, known)| is_followed(known));
        let mut parked = self.irregular.clone();
        parked.extend(self.parked.values().filter_map(|parked| {
            let source = self.sources.get(parked.found.source)?;
            Some(ParkedFile {
                source: source.spec.name.clone(),
                path: parked.found.paths[0].display().to_string(),
                reason: parked.reason().to_owned(),
            })
        }));
        parked.sort_by(|one, other| one.path.cmp(&other.path));
        TailStats {
            files: followed.map(|(&file, known)| file_stats(file, known)).collect(),
            parked,
            sources: self
                .sources
                .iter()
                .map(|source| SourceStats {
                    name: source.spec.name.clone(),
                    counts: source.counts,
                    error: source.error(),
                })
                .collect(),
            open_files: self.open_files(),
        }
    }
}

fn file_stats(file: FileId, generation: &Generation) -> FileStats {
    let record = &generation.record;
    FileStats {
        file,
        source: record.source.clone(),
        path: record.path.clone(),
        stage: record.stage,
        offset: record.offset,
        size: generation.size,
        behind_bytes: generation.size.saturating_sub(record.offset),
        behind_seconds: generation.behind_since.map_or(0.0, |since| since.elapsed().as_secs_f64()),
        problem: generation.problem.clone(),
    }
}
