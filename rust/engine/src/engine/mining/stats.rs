//! What models tell about themselves.

use serde::Serialize;

/// A model at one moment, for people and metrics.
#[derive(Debug, Clone, Serialize)]
pub struct ModelStats {
    /// Its name.
    pub name: String,
    /// Grows with every edit; 0 before the first.
    pub version: u64,
    /// `learn` or `frozen`; `None` for a model that no configuration names.
    pub mode: Option<&'static str>,
    /// Whether new templates are not told yet.
    pub is_learning: bool,
    /// Lines that were learnt from.
    pub learnt_lines: u64,
    /// Its templates.
    pub templates: usize,
    /// New templates that were too many to be told.
    pub untold: u64,
    /// Lines by template, of each source; the most frequent first.
    pub counts: Vec<TemplateStats>,
}

/// Lines of a template.
#[derive(Debug, Clone, Serialize)]
pub struct TemplateStats {
    /// Name of the source.
    pub source: String,
    /// The template's id, or `__other__`, or `__unmatched__`.
    pub template: String,
    /// The template; empty for the others.
    pub text: String,
    /// Its lines, since the state began.
    pub lines: u64,
}
