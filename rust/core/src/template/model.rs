//! What a miner learnt, as JSON: to look at, to keep, to go on from.

mod kept;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::bounds::MAX_LEAVES;
use super::header::Header;
use super::leaf::{EXEMPLAR_BYTES, EXEMPLARS, Leaf};
use super::lex::{MAX_TOKENS, MAX_WORD_BYTES};
use super::miner::Miner;
use super::timeline::Timeline;
use super::words::{HOLE, SOFT, Symbol, Words, is_word};

/// The version of the form; others are refused.
const VERSION: u32 = 1;

/// What is wrong with a model.
#[derive(Debug, Error)]
pub enum ModelError {
    /// It is no JSON of this form.
    #[error("no model of log patterns: {0}")]
    Form(#[from] serde_json::Error),
    /// It is of another version.
    #[error("a model of version {0}; this program reads version {VERSION}")]
    Version(u32),
    /// It says what cannot be.
    #[error("a damaged model: shape {0} is out of bounds")]
    Shape(usize),
    /// Shapes and counts that do not belong together.
    #[error("a damaged model: the counts are of other shapes")]
    Counts,
}

/// A model as it is written. Templates are there to be read by others; they follow from the shapes.
#[derive(Debug, Serialize, Deserialize)]
struct Model {
    version: u32,
    lines: u64,
    forgotten_lines: u64,
    headers: BTreeSet<Header>,
    #[serde(default, skip_deserializing)]
    templates: Vec<Summary>,
    aliases: BTreeMap<String, String>,
    values: BTreeSet<u64>,
    shapes: Vec<Shape>,
}

#[derive(Debug, Default, Serialize)]
struct Summary {
    id: String,
    template: String,
    count: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Shape {
    tokens: Vec<Token>,
    count: u64,
    newest: u64,
    timeline: Timeline,
    examples: Vec<Text>,
}

/// A token: null is a variable, a number the byte of punctuation, a text a word.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Token {
    Hole(()),
    Punctuation(u8),
    Word(Text),
    Soft {
        /// Null where the position is a variable for good.
        soft: Option<Text>,
    },
}

/// A text, or its bytes if it is not UTF-8.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Text {
    Utf8(String),
    Bytes(Vec<u8>),
}

impl Text {
    fn of(bytes: &[u8]) -> Text {
        match str::from_utf8(bytes) {
            Ok(text) => Text::Utf8(text.to_owned()),
            Err(_) => Text::Bytes(bytes.to_vec()),
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Text::Utf8(text) => text.as_bytes(),
            Text::Bytes(bytes) => bytes,
        }
    }
}

impl Miner {
    /// The model as JSON: the same text for the same model.
    pub fn to_json(&mut self) -> String {
        let summary = |template: super::Template| Summary {
            id: template.id,
            template: template.text,
            count: template.count,
        };
        let templates = self.templates().into_iter().map(summary).collect();
        let words = &self.shapes.words;
        let mut shapes: Vec<(Vec<Vec<u8>>, Shape)> = self
            .shapes
            .living()
            .map(|(_, leaf)| {
                (leaf.symbols.iter().map(|&symbol| words.shown(symbol)).collect(), Shape::of(leaf, words))
            })
            .collect();
        shapes.sort_by(|one, other| one.0.cmp(&other.0));
        self.model(templates, shapes.into_iter().map(|(_, shape)| shape).collect()).to_json()
    }

    fn model(&self, templates: Vec<Summary>, shapes: Vec<Shape>) -> Model {
        Model {
            version: VERSION,
            lines: self.lines,
            forgotten_lines: self.forgotten_lines,
            headers: self.headers.clone(),
            templates,
            aliases: self.aliases.clone(),
            values: self.values.iter().copied().collect(),
            shapes,
        }
    }

    /// The miner that [`Miner::to_json`] wrote.
    ///
    /// # Errors
    /// If the text is no model, or one that no miner wrote.
    pub fn from_json(text: &str) -> Result<Miner, ModelError> {
        Miner::of_model(Model::from_json(text)?)
    }

    fn of_model(model: Model) -> Result<Miner, ModelError> {
        let mut miner = Miner::default();
        miner.lines = model.lines;
        miner.forgotten_lines = model.forgotten_lines;
        model.headers.iter().for_each(|header| miner.note_header(header));
        model.values.into_iter().for_each(|value| miner.note_value(value));
        for (index, shape) in model.shapes.into_iter().enumerate() {
            if index > MAX_LEAVES || !shape.is_sound() {
                return Err(ModelError::Shape(index));
            }
            let mut words = Words::default();
            let leaf = shape.leaf(&mut words);
            miner.merge_leaf(&leaf, &words);
        }
        miner.cluster();
        miner.aliases.extend(model.aliases);
        miner.cut_aliases();
        Ok(miner)
    }
}

impl Model {
    fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default() // maps with text keys and numbers always can be
    }

    fn from_json(text: &str) -> Result<Model, ModelError> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let Version { version } = serde_json::from_str(text)?;
        if version != VERSION {
            return Err(ModelError::Version(version));
        }
        Ok(serde_json::from_str(text)?)
    }
}

impl Shape {
    fn of(leaf: &Leaf, words: &Words) -> Shape {
        let token = |&symbol: &Symbol| match symbol {
            HOLE => Token::Hole(()),
            SOFT => Token::Soft { soft: None },
            soft if soft & SOFT != 0 => Token::Soft { soft: Some(Text::of(words.text(soft))) },
            word if is_word(word) => Token::Word(Text::of(words.text(word))),
            byte => Token::Punctuation(byte as u8),
        };
        let mut examples: Vec<&[u8]> = leaf.exemplars.iter().map(|example| &**example).collect();
        examples.sort_unstable();
        Shape {
            tokens: leaf.symbols.iter().map(token).collect(),
            count: leaf.count,
            newest: leaf.newest,
            timeline: leaf.timeline.clone(),
            examples: examples.into_iter().map(Text::of).collect(),
        }
    }

    fn is_sound(&self) -> bool {
        let is_word = |text: &Text| (1..=MAX_WORD_BYTES).contains(&text.bytes().len());
        let is_token = |token: &Token| match token {
            Token::Hole(()) | Token::Soft { soft: None } => true,
            Token::Punctuation(byte) => *byte > 0,
            Token::Word(text) | Token::Soft { soft: Some(text) } => is_word(text),
        };
        self.count > 0
            && self.tokens.len() <= MAX_TOKENS
            && self.tokens.iter().all(is_token)
            && self.timeline.is_sound()
            && self.examples.len() <= EXEMPLARS
            && self.examples.iter().all(|example| example.bytes().len() <= EXEMPLAR_BYTES)
    }

    fn leaf(self, words: &mut Words) -> Leaf {
        let symbols = self.tokens.iter().map(|token| match token {
            Token::Hole(()) => HOLE,
            Token::Punctuation(byte) => Symbol::from(*byte),
            Token::Word(text) => words.intern(text.bytes()),
            Token::Soft { soft: None } => SOFT,
            Token::Soft { soft: Some(text) } => SOFT | words.intern(text.bytes()),
        });
        let mut leaf = Leaf::new(symbols.collect());
        leaf.count = self.count;
        leaf.newest = self.newest;
        leaf.timeline = self.timeline;
        leaf.exemplars = self.examples.iter().map(|example| example.bytes().into()).collect();
        leaf
    }
}
