//! What the user wrote: the configuration, checked and with every problem at once.
//!
//! [`read`] answers a [`Spec`] of plain values; `plan` compiles it. To add a key, add its row to
//! [`sections`] and read it in the file of its table under `read/`; `make docs` writes its page.

pub mod codes;
mod keys;
mod origins;
pub mod page;
mod problem;
mod quantity;
mod read;
pub mod schema;
pub mod sections;
mod surroundings;
mod text;
mod warning;

pub use self::codes::Severity;
pub use self::keys::{OtherKey, Plain};
pub use self::origins::{Origins, Place};
pub use self::problem::{Problem, Problems, did_you_mean};
pub use self::read::{
    AgentSpec, CategorySpec, EventsSpec, FILES, GeoipSpec, KeptSpec, MetricKind, MetricSpec, MinedSpec,
    Origin, PatternMode, PatternsSpec, ReadFrom, ReplaceSpec, RuleSpec, SinkSpec, SourceSpec, TypedSpec,
    read,
};
pub use self::surroundings::{Nothing, Surroundings};
pub use self::text::Text;
pub use self::warning::warn;

/// A whole configuration.
#[derive(Debug, Clone, Default)]
pub struct Spec {
    /// `[agent]`.
    pub agent: AgentSpec,
    /// `[geoip]`.
    pub geoip: GeoipSpec,
    /// `[events]`.
    pub events: EventsSpec,
    /// `[[source]]`, in order.
    pub sources: Vec<SourceSpec>,
    /// `[categories.NAME]`, in order.
    pub categories: Vec<CategorySpec>,
    /// `[[metric]]`, in order.
    pub metrics: Vec<MetricSpec>,
    /// `[patterns.NAME]`, in order.
    pub patterns: Vec<PatternsSpec>,
    /// `[[sink]]`, in order.
    pub sinks: Vec<SinkSpec>,
    /// `[[checker]]`, in order.
    pub checkers: Vec<TypedSpec>,
    /// `[[receiver]]`, in order.
    pub receivers: Vec<TypedSpec>,
    /// The texts that the spans are of.
    pub origins: Origins,
}

#[cfg(test)]
mod tests;
