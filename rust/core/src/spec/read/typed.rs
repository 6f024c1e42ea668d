//! Tables that name a type, which may come from another package: `[[sink]]`, `[[checker]]`,
//! `[[receiver]]`. What only the type knows is passed on with its places.

use std::ops::Range;
use std::time::Duration;

use crate::spec::Text;
use crate::spec::keys::{Keys, OtherKey};

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What every table with a type has.
#[derive(Debug, Clone)]
pub struct TypedSpec {
    /// Its name, unique among those of its kind.
    pub name: Text,
    /// The type.
    pub kind: Text,
    /// All keys in the order of the text, and the values of those that the type knows.
    pub keys: Vec<OtherKey>,
    /// Where the table begins.
    pub span: Range<usize>,
}

/// `[[sink]]`: another system that gets counts.
#[derive(Debug, Clone)]
pub struct SinkSpec {
    /// Name, type, and keys of the type.
    pub typed: TypedSpec,
    /// The metrics that it gets; all of them without.
    pub metrics: Vec<Text>,
    /// Width of a window; that of a slot without.
    pub every: Option<Duration>,
    /// How long after its end a window takes late lines.
    pub lateness: Duration,
}

impl TypedSpec {
    /// A table of the keys `name` and `type` alone, beside those of the type.
    pub(super) fn read(mut keys: Keys<'_, '_>) -> TypedSpec {
        let name = keys.required_text("name").unwrap_or_default();
        let kind = if keys.has("type") { keys.filled_text("type") } else { None };
        TypedSpec::of(keys, name, kind)
    }

    /// The same, where `type` has no default.
    pub(super) fn read_required(mut keys: Keys<'_, '_>) -> TypedSpec {
        let name = keys.required_text("name").unwrap_or_default();
        let kind = keys.required_text("type");
        TypedSpec::of(keys, name, kind)
    }

    fn of(mut keys: Keys<'_, '_>, name: Text, kind: Option<Text>) -> TypedSpec {
        let kind = kind.unwrap_or_else(|| keys.text_or_default("type"));
        let (span, others) = (keys.span(), keys.others());
        keys.finish();
        TypedSpec { name, kind, keys: others, span }
    }
}

impl SinkSpec {
    /// `slot` is the width of a slot.
    pub(super) fn read(mut keys: Keys<'_, '_>, slot: Duration) -> SinkSpec {
        let metrics = keys.some_texts("metrics");
        let every = if keys.has("every") {
            keys.duration("every", SECOND..=DAY)
        } else {
            keys.text("every").and(None)
        };
        if let Some(every) = every.filter(|every| every.as_nanos() % slot.as_nanos().max(1) != 0) {
            let message = format!("{every:?} is no multiple of the slot, which is {slot:?}");
            let hint = "set `slot` in [agent] to a divisor of it".to_owned();
            keys.problem("bad-value", keys.value_span("every"), message, Some(hint));
        }
        let lateness = keys.duration("lateness", Duration::ZERO..=30 * DAY).unwrap_or_default();
        SinkSpec { metrics, every, lateness, typed: TypedSpec::read_required(keys) }
    }
}
