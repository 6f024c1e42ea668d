//! The shapes of log lines, learnt without supervision: from lines to templates such as
//! `Failed password for <*> from <*> port <*> ssh2`.
//!
//! A line's header is skipped ([`header`]), its message is read into tokens ([`lex`]), of which some
//! are variables by their looks. What is left is the line's shape. Lines are found by the hash of
//! their shape ([`shapes`]), which costs one look-up; shapes, of which there are few, are clustered
//! into templates ([`cluster`]) whenever their number has doubled.

mod anchor;
mod bounds;
mod class;
mod cluster;
mod diff;
mod doorkeeper;
mod export;
mod group_learner;
mod header;
mod kind;
mod leaf;
mod lex;
mod miner;
mod model;
mod parts;
mod path_group;
mod paths;
mod reader;
mod settle;
mod shapes;
mod templates;
mod timeline;
mod token;
mod words;

#[cfg(test)]
mod tests;

pub use diff::{Change, diff};
pub use export::Field;
pub use group_learner::GroupLearner;
pub use header::Header;
pub use miner::{Learnt, Miner, Novelty, template_id};
pub use model::ModelError;
pub use path_group::regex_of as path_group_regex;
pub use paths::{PathMiner, PathTemplate};
pub use reader::{Message, Reader};
pub use templates::Template;
pub use timeline::Timeline;
