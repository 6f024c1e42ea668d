//! Learning from a stream of lines, in bounded memory.

use std::collections::{BTreeMap, BTreeSet};

use super::anchor::Anchors;
use super::cluster::{Values, align, squeeze};
use super::doorkeeper::Doorkeeper;
use super::header::Header;
use super::leaf::{Sampling, without_masked};
use super::reader::Message;
use super::settle::template_number;
use super::shapes::{Place, Shapes};
use super::token::{Kind, Token, hash};
use super::words::{HOLE, SOFT, Symbol, UNKNOWN};

/// Shapes that are learnt before they are clustered for the first time.
const FIRST_CLUSTERING: u64 = 64;
/// The most values of keys that are remembered, and the longest in bytes.
pub(super) const MAX_VALUES: usize = 16 << 10;
const MAX_VALUE_BYTES: u32 = 16;
/// The most old ids that are remembered.
pub(super) const MAX_ALIASES: usize = 4096;
/// Lines of an input that a model's header must fit to be its own, in percent.
const LEAST_HEADED_PERCENT: usize = 90;
/// Fewer lines say too little of a header of their own, if a model knows some.
const LEAST_HEADER_LINES: usize = 20;
/// What a line's variables may swallow of words that no template has, in tenths of a word.
const MOST_COST: u32 = 30;

/// What a line turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Novelty {
    /// A line of a known shape.
    Known,
    /// A shape that was not seen before, which a template covers.
    NewShape,
    /// Nothing like it was seen before.
    NewTemplate,
}

/// A template as lines are matched with it.
#[derive(Debug, Clone)]
pub(super) struct Installed {
    pub(super) symbols: Vec<Symbol>,
    pub(super) id: String,
    /// The number that `id` writes.
    pub(super) number: u64,
    /// The leaf that takes lines of shapes that are not kept.
    pub(super) heir: u32,
}

/// Learns templates from lines, one at a time.
///
/// It keeps a leaf for each shape of lines; templates follow from all leaves, whatever the order in
/// which they came. Memory stays within 32 MB for any input: when half of the room is taken, a shape is
/// kept from its second line on; when all is, shapes of fewer than 8 lines are forgotten, the longest
/// unseen first, then others.
#[derive(Debug, Clone)]
pub struct Miner {
    pub(super) shapes: Shapes,
    pub(super) values: Values,
    pub(super) headers: BTreeSet<Header>,
    pub(super) aliases: BTreeMap<String, String>,
    pub(super) templates: Vec<Installed>,
    pub(super) lines: u64,
    /// Lines of shapes that were forgotten with their templates.
    pub(super) forgotten_lines: u64,
    pub(super) anchors: Anchors,
    doorkeeper: Doorkeeper,
    pub(super) made_leaves: u64,
    pub(super) next_clustering: u64,
    pub(super) is_clustered: bool,
    /// Grows whenever more than counts change; see [`Miner::revision`].
    pub(super) revision: u64,
}

/// What was learnt from a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Learnt {
    /// What it turned out to be.
    pub novelty: Novelty,
    /// The number of its template, see [`Miner::number`]; `None` for lines of none.
    pub template: Option<u64>,
}

impl Default for Miner {
    fn default() -> Miner {
        Miner {
            shapes: Shapes::new(),
            values: Values::default(),
            headers: BTreeSet::new(),
            aliases: BTreeMap::new(),
            templates: Vec::new(),
            lines: 0,
            forgotten_lines: 0,
            anchors: Anchors::default(),
            doorkeeper: Doorkeeper::default(),
            made_leaves: 0,
            next_clustering: FIRST_CLUSTERING,
            is_clustered: true,
            revision: 0,
        }
    }
}

impl Miner {
    /// A miner of a part of the lines: those of all parts are merged in order, and the result does not depend
    /// on how lines were parted.
    pub fn of_part() -> Miner {
        let mut miner = Miner::default();
        miner.shapes.sampling = Sampling::First;
        miner
    }

    /// Lines that were learnt from.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// Lines of shapes that were forgotten for want of memory; they are of no template.
    pub fn forgotten_lines(&self) -> u64 {
        self.forgotten_lines
    }

    /// Headers of the sources that it learnt from.
    pub fn headers(&self) -> impl Iterator<Item = &Header> {
        self.headers.iter()
    }

    /// The header of lines that begin so: one that the model knows if it fits, else one of their own.
    pub fn header_of(&self, head: &[u8]) -> Header {
        let whole = head.iter().rposition(|&byte| byte == b'\n').map_or(head, |end| &head[..end]);
        let lines = || whole.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
        let total = lines().count();
        let mut fits: Vec<(usize, &Header)> = Vec::new();
        for header in self.headers() {
            let fitting = lines().filter(|line| header.fits(line)).count();
            if fitting * 100 >= total * LEAST_HEADED_PERCENT {
                fits.push((header.columns(), header));
            }
        }
        let known = fits.into_iter().max().map(|(_, header)| header.clone());
        match known {
            Some(header) if total < LEAST_HEADER_LINES || header.columns() > 0 => header,
            _ => Header::learn(lines()),
        }
    }

    /// Notes the header of a source.
    pub fn note_header(&mut self, header: &Header) {
        const MAX_HEADERS: usize = 16;
        if self.headers.len() < MAX_HEADERS && self.headers.insert(header.clone()) {
            self.revision += 1;
        }
    }

    /// Learns from a line.
    #[inline]
    pub fn learn(&mut self, message: &Message<'_>) -> Learnt {
        self.lines += 1;
        self.note_values(message);
        match self.shapes.find(message.tokens) {
            Some(leaf) => {
                self.count(leaf, message);
                Learnt { novelty: Novelty::Known, template: self.number_of(leaf) }
            }
            None => self.meet(message),
        }
    }

    #[inline]
    fn count(&mut self, leaf: u32, message: &Message<'_>) {
        let keeps = self.shapes.count(leaf, message.text, self.lines, message.unix_seconds);
        self.revision += u64::from(keeps);
    }

    /// The number of a leaf's template.
    #[inline]
    fn number_of(&self, leaf: u32) -> Option<u64> {
        let template = self.shapes.leaves.get(leaf as usize)?.template;
        Some(self.templates.get(template as usize)?.number)
    }

    /// Grows with every change but of counts: equal revisions of a miner have the same shapes.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Learns from a line of an unknown shape.
    #[cold]
    fn meet(&mut self, message: &Message<'_>) -> Learnt {
        if self.is_filled(2) && !self.doorkeeper.notes(self.shapes.key(message.tokens)) {
            let covering = self.covering(&self.symbols(message));
            let heir = covering.and_then(|template| {
                let heir = self.templates[template as usize].heir;
                self.shapes.leaves.get_mut(heir as usize).filter(|leaf| leaf.template == template)
            });
            match heir {
                Some(heir) => heir.count_only(self.lines, message.unix_seconds),
                None => self.forgotten_lines += 1,
            }
            let template = covering.map(|template| self.templates[template as usize].number);
            let novelty = if covering.is_some() { Novelty::NewShape } else { Novelty::NewTemplate };
            return Learnt { novelty, template };
        }
        self.revision += 1;
        let (leaf, novelty) = match self.shapes.place(message.text, message.tokens) {
            Place::Known(leaf) => (leaf, Novelty::Known),
            Place::New(leaf) => (leaf, self.classify(leaf)),
        };
        self.count(leaf, message);
        // Before what keeps the bounds: that may forget the leaf, or give it another number.
        let template = self.number_of(leaf);
        self.keep_bounds();
        Learnt { novelty, template }
    }

    /// The index of the template that covers a line, without learning from it.
    pub fn find(&self, message: &Message<'_>) -> Option<usize> {
        if let Some(leaf) = self.shapes.find(message.tokens) {
            let template = self.shapes.leaves[leaf as usize].template;
            return (template != u32::MAX).then_some(template as usize);
        }
        self.covering(&self.symbols(message)).map(|template| template as usize)
    }

    /// A line's tokens as symbols.
    fn symbols(&self, message: &Message<'_>) -> Vec<Symbol> {
        squeeze(message.tokens.iter().map(|token| self.symbol(token, message.text)))
    }

    fn symbol(&self, token: &Token, text: &[u8]) -> Symbol {
        let word = || self.shapes.words.find(token.text(text)).unwrap_or(UNKNOWN);
        match token.kind {
            Kind::Hole => HOLE,
            Kind::Punctuation => token.hash as Symbol,
            Kind::Word => word(),
            Kind::Soft => SOFT | word(),
        }
    }

    /// Finds a template for a new shape, or makes one of it.
    #[cold]
    fn classify(&mut self, leaf: u32) -> Novelty {
        self.made_leaves += 1;
        self.is_clustered = false;
        let symbols = squeeze(without_masked(&self.shapes.leaves[leaf as usize].symbols));
        let covering = self.covering(&symbols);
        self.shapes.leaves[leaf as usize].template = covering.unwrap_or_else(|| {
            let number = template_number(&self.shapes.words, &symbols);
            self.templates.push(Installed { symbols, id: template_id(number), number, heir: leaf });
            self.templates.len() as u32 - 1
        });
        if covering.is_some() { Novelty::NewShape } else { Novelty::NewTemplate }
    }

    /// The template that covers the tokens of an unknown shape at the least cost.
    fn covering(&self, symbols: &[Symbol]) -> Option<u32> {
        let is_text = |symbol: Symbol| self.shapes.words.is_text(symbol);
        let cost = |template: u32| {
            let template = &self.templates[template as usize].symbols;
            let constants = template.iter().filter(|&&symbol| symbol & SOFT == 0 && is_text(symbol)).count();
            let most = MOST_COST.min((constants as u32 * 10).saturating_sub(1));
            align(template, symbols, is_text).map(|found| found.cost).filter(|&cost| cost <= most)
        };
        let costs = self.anchors.candidates(symbols).filter_map(|template| Some((cost(template)?, template)));
        costs.min().map(|(_, template)| template)
    }

    /// Remembers words that are values of keys: where they stand without a key they are values too.
    #[inline(always)]
    fn note_values(&mut self, message: &Message<'_>) {
        for pair in message.tokens.windows(2) {
            let [equals, value] = pair else { continue };
            if equals.kind == Kind::Punctuation
                && equals.hash == u64::from(b'=')
                && value.kind == Kind::Hole
                && (1..=MAX_VALUE_BYTES).contains(&(value.end - value.start))
            {
                let text = value.text(message.text);
                if text.iter().all(u8::is_ascii_alphabetic) {
                    let mut lower = [0; MAX_VALUE_BYTES as usize];
                    let lower = &mut lower[..text.len()];
                    lower.copy_from_slice(text);
                    lower.make_ascii_lowercase();
                    self.note_value(hash(lower));
                }
            }
        }
    }

    /// The present id of a template that once had another.
    pub fn alias(&self, id: &str) -> Option<&str> {
        self.aliases.get(id).map(String::as_str)
    }
}

/// A template's id: its number in hexadecimal.
pub fn template_id(number: u64) -> String {
    format!("{number:016x}")
}
