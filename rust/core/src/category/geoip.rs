//! The categories that `[geoip]` adds: `country` and `asn`.

use super::Category;
use super::template::Template;
use crate::condition::Names;
use crate::geoip;
use crate::spec::{GeoipSpec, Problems, did_you_mean};

/// The category that `[geoip]` gives under `name`, if it has a file for it. What is wrong goes to
/// `problems`, and the category then gives no value.
pub fn built_in(
    name: &str,
    spec: &GeoipSpec,
    fields: &mut dyn Names,
    problems: &Problems,
) -> Option<Category> {
    let (_, database) = spec.facts.iter().find(|(fact, _)| fact.name() == name)?;
    let Some((on, _)) = fields.operand(&spec.on.value) else {
        let hint = unknown_name_hint(&spec.on.value, &fields.known());
        let message = format!("unknown name `{}`: [geoip] looks up the address in it", spec.on.value);
        problems.add("unknown-field", spec.on.span.clone(), message, hint);
        return Some(Category::default());
    };
    // The default is the value that the verdict holds.
    let category = Category::new(Some(on), Vec::new(), Vec::new(), Template::parse("$0"));
    Some(Category { database: database.clone(), ..category })
}

/// How to mend the unknown name `name`, where that is known.
pub fn unknown_name_hint(name: &str, known: &[String]) -> Option<String> {
    geoip::hint(name).or_else(|| did_you_mean(name, known.iter().map(String::as_str)))
}
