//! Templates as they are handed out.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::export::{Field, Written, plain, write};
use super::leaf::{EXEMPLAR_BYTES, Leaf};
use super::miner::{Miner, template_id};
use super::parts::parts;
use super::reader::Message;
use super::timeline::Timeline;

/// A template with all that is known of it.
#[derive(Debug, Clone)]
pub struct Template {
    /// The hash of its tokens: the same on every host and after every restart.
    pub id: String,
    /// With `<*>` for each variable.
    pub text: String,
    /// With the kind of each variable, as in `<num>`.
    pub typed: String,
    /// A regex that all its examples match as a whole; empty if there is none of bearable size.
    pub regex: String,
    /// The same as a grok expression; empty if it has no such form.
    pub grok: String,
    /// Its variables in order.
    pub fields: Vec<Field>,
    /// Its lines.
    pub count: u64,
    /// When they were logged, as far as they say.
    pub timeline: Timeline,
    /// Some of their messages, of its most frequent shapes first.
    pub examples: Vec<Vec<u8>>,
}

/// Examples of a template that are handed out.
const SHOWN_EXAMPLES: usize = 8;

impl Miner {
    /// The templates, those with the most lines first. Their indices are not those that
    /// [`Miner::find`] answers; their ids tell.
    pub fn templates(&mut self) -> Vec<Template> {
        self.templates_with(SHOWN_EXAMPLES)
    }

    /// The same, with at most so many examples of each.
    pub(super) fn templates_with(&mut self, most_examples: usize) -> Vec<Template> {
        self.settle();
        let mut leaves: Vec<Vec<&Leaf>> = vec![Vec::new(); self.templates.len()];
        for (_, leaf) in self.shapes.living() {
            if let Some(leaves) = leaves.get_mut(leaf.template as usize) {
                leaves.push(leaf);
            }
        }
        let mut templates: Vec<Template> = leaves
            .into_iter()
            .enumerate()
            .filter(|(_, leaves)| !leaves.is_empty())
            .map(|(index, leaves)| self.template(index, leaves, most_examples))
            .collect();
        templates.sort_by(|one, other| (Reverse(one.count), &one.id).cmp(&(Reverse(other.count), &other.id)));
        templates
    }

    /// The id of the template with an index that [`Miner::find`] answered.
    pub fn id(&self, index: usize) -> &str {
        self.templates.get(index).map_or("", |template| &template.id)
    }

    /// The text of the template with an index that [`Miner::find`] answered, with `<*>` for each variable.
    pub fn text(&self, index: usize) -> String {
        let Some(installed) = self.templates.get(index) else { return String::new() };
        let is_own = |leaf: &&Leaf| leaf.template as usize == index;
        let mut leaves: Vec<&Leaf> = self.shapes.living().map(|(_, leaf)| leaf).filter(is_own).collect();
        leaves.sort_by_key(|leaf| Reverse(leaf.count));
        let lines = leaves.iter().map(|leaf| leaf.count).sum();
        plain(&parts(&installed.symbols, &leaves, &self.shapes.words, lines))
    }

    /// The index of the template with an id.
    pub fn index(&self, id: &str) -> Option<usize> {
        self.templates.iter().position(|template| template.id == id)
    }

    /// The number of the template that covers a line, without learning from it.
    pub fn find_number(&self, message: &Message<'_>) -> Option<u64> {
        self.find(message).map(|index| self.templates[index].number)
    }

    /// The numbers of the templates.
    pub fn numbers(&self) -> impl Iterator<Item = u64> {
        self.templates.iter().map(|template| template.number)
    }

    /// The present number of a template that once had this one.
    pub fn present_number(&self, number: u64) -> Option<u64> {
        let alias = self.aliases.get(&template_id(number))?;
        u64::from_str_radix(alias, 16).ok()
    }

    /// Lines of each template by its number.
    pub fn lines_of_templates(&self) -> HashMap<u64, u64> {
        let mut lines = HashMap::new();
        for (_, leaf) in self.shapes.living() {
            if let Some(template) = self.templates.get(leaf.template as usize) {
                *lines.entry(template.number).or_default() += leaf.count;
            }
        }
        lines
    }

    /// The text of a template, with `<*>` for each variable.
    pub fn text_of(&self, number: u64) -> Option<String> {
        let index = self.templates.iter().position(|template| template.number == number)?;
        Some(self.text(index))
    }

    fn template(&self, index: usize, mut leaves: Vec<&Leaf>, most_examples: usize) -> Template {
        let installed = &self.templates[index];
        let words = &self.shapes.words;
        let texts = |leaf: &Leaf| leaf.symbols.iter().map(|&symbol| words.shown(symbol)).collect::<Vec<_>>();
        leaves.sort_by_cached_key(|leaf| (Reverse(leaf.count), texts(leaf)));
        let mut timeline = Timeline::default();
        let mut count = 0u64;
        for leaf in &leaves {
            timeline.merge(&leaf.timeline);
            count = count.saturating_add(leaf.count);
        }
        let parts = parts(&installed.symbols, &leaves, words, count);
        let all: Vec<&[u8]> =
            leaves.iter().flat_map(|leaf| leaf.exemplars.iter().map(|one| &**one)).collect();
        let whole: Vec<&[u8]> =
            all.iter().copied().filter(|one| one.len() < EXEMPLAR_BYTES).take(64).collect();
        let Written { text, typed, regex, grok, fields } = write(&parts, &whole);
        Template {
            id: installed.id.clone(),
            text,
            typed,
            regex,
            grok,
            fields,
            count,
            timeline,
            examples: all.into_iter().take(most_examples).map(<[u8]>::to_vec).collect(),
        }
    }
}
