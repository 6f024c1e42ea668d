//! Lines by template that were counted since the last take.

use std::collections::HashMap;

/// Lines by template, of each source.
#[derive(Debug, Default)]
pub(super) struct Pending {
    sources: Vec<(String, Lines)>,
}

/// Lines of one source.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// By the number of the template.
    pub(super) by_template: HashMap<u64, u64, foldhash::fast::RandomState>,
    /// Of no template, since their shapes are too rare to be kept.
    pub(super) other: u64,
    /// That no template of a frozen model covers.
    pub(super) unmatched: u64,
}

impl Pending {
    /// Where the lines of a source are counted.
    pub(super) fn place(&mut self, source: &str) -> usize {
        let known = self.sources.iter().position(|(name, _)| name == source);
        known.unwrap_or_else(|| {
            self.sources.push((source.to_owned(), Lines::default()));
            self.sources.len() - 1
        })
    }

    /// The lines of the source at a place.
    #[inline]
    pub(super) fn at(&mut self, place: usize) -> &mut Lines {
        &mut self.sources[place].1
    }

    /// The sources that have lines, with these.
    pub(super) fn counted(&mut self) -> impl Iterator<Item = (&str, &mut Lines)> {
        let counted = self.sources.iter_mut().filter(|(_, lines)| !lines.is_empty());
        counted.map(|(name, lines)| (name.as_str(), lines))
    }
}

impl Lines {
    #[inline]
    pub(super) fn count(&mut self, template: u64) {
        *self.by_template.entry(template).or_default() += 1;
    }

    pub(super) fn clear(&mut self) {
        self.by_template.clear();
        (self.other, self.unmatched) = (0, 0);
    }

    fn is_empty(&self) -> bool {
        self.by_template.is_empty() && self.other == 0 && self.unmatched == 0
    }
}
