//! `[geoip]`.

use std::sync::Arc;

use crate::geoip::{Database, Fact};
use crate::spec::Text;
use crate::spec::keys::Keys;
use crate::spec::surroundings::beside;

/// `[geoip]`: databases of addresses, read into memory.
#[derive(Debug, Clone, Default)]
pub struct GeoipSpec {
    /// The field that is looked up.
    pub on: Text,
    /// What there is a file for; none if it could not be read.
    pub facts: Vec<(Fact, Option<Arc<Database>>)>,
    /// The files as they are written, by what they are for.
    pub paths: Vec<(Fact, String)>,
}

impl GeoipSpec {
    pub(super) fn read(mut keys: Keys<'_, '_>) -> GeoipSpec {
        let (mut facts, mut paths) = (Vec::new(), Vec::new());
        for fact in Fact::ALL {
            if let Some(path) = keys.filled_text(fact.name()) {
                facts.push((fact, open(&keys, &path, fact)));
                paths.push((fact, path.value));
            }
        }
        let mut on = keys.text_or_default("on");
        if !keys.has("on") {
            on.span = keys.span();
        }
        if !Fact::ALL.iter().any(|fact| keys.has(fact.name())) {
            keys.missing("country", Some("or `asn`: the path of a MaxMind database".to_owned()));
        }
        keys.finish();
        GeoipSpec { on, facts, paths }
    }
}

fn open(keys: &Keys<'_, '_>, path: &Text, fact: Fact) -> Option<Arc<Database>> {
    let document = keys.document();
    let resolved = beside(&path.value, document.origin);
    let opened = document.surroundings.read_bytes(&resolved).and_then(|bytes| Database::new(bytes, fact));
    opened
        .map_err(|reason| {
            let message = format!("cannot read {resolved}: {reason}");
            keys.problem("unreadable-file", path.span.clone(), message, None);
        })
        .map(Arc::new)
        .ok()
}
