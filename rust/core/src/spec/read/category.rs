//! `[categories.NAME]`.

use std::ops::Range;

use super::rules_file;
use crate::spec::Text;
use crate::spec::keys::Keys;

/// The largest `limit` of learnt groups: each is a value of a label.
const MOST_GROUPS: i64 = 1000;

/// `[categories.NAME]`: ordered rules, the first that holds gives the value.
#[derive(Debug, Clone)]
pub struct CategorySpec {
    /// Its name, unique among categories, and not that of a field that a source logs.
    pub name: Text,
    /// The field or category whose text the rules test; a rule may only go without if it has just
    /// `when`.
    pub on: Option<Text>,
    /// Replacements in the tested text, one after the other, all matches each.
    pub replace: Vec<ReplaceSpec>,
    /// Rules in order, those of `rules_file` (by rank) behind the others.
    pub rules: Vec<RuleSpec>,
    /// The value where no rule holds; absent without one. `$0` is the tested text after
    /// replacements.
    pub default: Option<Text>,
    /// What is learnt for the texts that no rule holds; `None` if nothing is.
    pub mined: Option<MinedSpec>,
}

/// `mined = true`: groups of paths are learnt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MinedSpec {
    /// At most so many groups are learnt.
    pub limit: usize,
    /// Those that were; they follow the rules. Empty in what the user wrote.
    pub groups: Vec<String>,
}

/// One `{ regex, with }` of a category.
#[derive(Debug, Clone)]
pub struct ReplaceSpec {
    /// What is replaced.
    pub regex: Text,
    /// By what; `$1` is a group.
    pub with: Text,
}

/// One rule: holds if one of its tests does (or it has none) and `when` does too (or is absent).
#[derive(Debug, Clone)]
pub struct RuleSpec {
    /// The value it gives; `$1` is a group of its regex.
    pub name: Text,
    /// Whole texts.
    pub exact: Vec<Text>,
    /// Beginnings.
    pub prefix: Vec<Text>,
    /// Endings.
    pub suffix: Vec<Text>,
    /// Parts.
    pub contains: Vec<Text>,
    /// Regexes that match anywhere.
    pub regex: Vec<Text>,
    /// A condition.
    pub when: Option<Text>,
    /// Where the rule stands.
    pub span: Range<usize>,
}

impl CategorySpec {
    pub(super) fn read(name: Text, mut keys: Keys<'_, '_>) -> CategorySpec {
        if !is_name(&name.value) {
            let message = format!("`{}` cannot name a category: labels are named so too", name.value);
            let hint = "use letters, digits and `_`, not beginning with a digit".to_owned();
            keys.problem("bad-name", name.span.clone(), message, Some(hint));
        }
        let on = keys.filled_text("on");
        let replace: Vec<ReplaceSpec> =
            keys.tables("replace").into_iter().filter_map(ReplaceSpec::read).collect();
        keys.refuse_empty("replace");
        let mut rules: Vec<RuleSpec> = keys.tables("rules").into_iter().map(RuleSpec::read).collect();
        keys.refuse_empty("rules");
        if let Some(path) = keys.text("rules_file") {
            rules.extend(rules_file::read(&path, &keys.document()));
        }
        let default = keys.text("default");
        let mined = read_mined(&mut keys);
        if mined.is_none() && !["rules", "rules_file", "replace"].iter().any(|key| keys.has(key)) {
            keys.missing("rules", Some("or `rules_file`, `replace` or `mined`".to_owned()));
        }
        let is_tested = !replace.is_empty() || mined.is_some() || rules.iter().any(RuleSpec::has_tests);
        if is_tested && !keys.has("on") {
            keys.missing("on", Some("name the field that is tested, such as on = \"path\"".to_owned()));
        }
        keys.finish();
        CategorySpec { name, on, replace, rules, default, mined }
    }
}

/// What is learnt, if `mined` says so.
fn read_mined(keys: &mut Keys<'_, '_>) -> Option<MinedSpec> {
    let is_mined = keys.boolean("mined");
    let limit = keys.integer("limit", 1..=MOST_GROUPS)?;
    if !is_mined {
        if keys.has("limit") {
            let hint = Some("add mined = true, or leave `limit` out".to_owned());
            keys.problem("misplaced-key", keys.key_span("limit"), "nothing is mined".to_owned(), hint);
        }
        return None;
    }
    if keys.has("replace") {
        let hint = Some("leave it out: what varies is found".to_owned());
        keys.problem("misplaced-key", keys.key_span("replace"), "`replace` beside `mined`".to_owned(), hint);
    }
    Some(MinedSpec { limit: usize::try_from(limit).unwrap_or_default(), groups: Vec::new() })
}

impl ReplaceSpec {
    fn read(mut keys: Keys<'_, '_>) -> Option<ReplaceSpec> {
        let regex = keys.required_text("regex");
        let with = keys.text("with");
        if !keys.has("with") {
            keys.missing("with", Some("with = \"\" removes what matches".to_owned()));
        }
        keys.finish();
        Some(ReplaceSpec { regex: regex?, with: with? })
    }
}

impl RuleSpec {
    /// The rule of a table of rules: a regex alone.
    pub(super) fn of_regex(name: Text, regex: Text, span: Range<usize>) -> RuleSpec {
        let none = Vec::new;
        RuleSpec {
            name,
            exact: none(),
            prefix: none(),
            suffix: none(),
            contains: none(),
            regex: vec![regex],
            when: None,
            span,
        }
    }

    fn read(mut keys: Keys<'_, '_>) -> RuleSpec {
        let span = keys.span();
        let name = keys.required_text("name").unwrap_or_default();
        let [exact, prefix, suffix, contains, regex] =
            ["exact", "prefix", "suffix", "contains", "regex"].map(|test| keys.some_texts(test));
        let when = keys.filled_text("when");
        if !["exact", "prefix", "suffix", "contains", "regex", "when"].iter().any(|key| keys.has(key)) {
            let hint = "a value for all that is left is the category's `default`".to_owned();
            keys.missing("regex", Some(format!("or another test, or `when`; {hint}")));
        }
        keys.finish();
        RuleSpec { name, exact, prefix, suffix, contains, regex, when, span }
    }

    /// Whether it looks at the text that its category is `on`.
    pub fn has_tests(&self) -> bool {
        [&self.exact, &self.prefix, &self.suffix, &self.contains, &self.regex]
            .iter()
            .any(|tests| !tests.is_empty())
    }
}

/// Whether it can be a label's name for Prometheus.
fn is_name(text: &str) -> bool {
    !text.starts_with(|first: char| first.is_ascii_digit())
        && !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
