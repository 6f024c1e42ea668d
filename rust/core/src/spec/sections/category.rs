//! Keys of `[categories.NAME]` and of its rules.

use super::key;
use crate::spec::schema::Holds::{Boolean, Integer, Literal, LiteralOrLiterals, Tables, Text};
use crate::spec::schema::{Others, Section};

/// `[categories.NAME]`.
pub static CATEGORY: Section = Section {
    heading: "[categories.NAME]",
    meaning: "Ordered rules that give each record one value; the first rule that holds wins. A category can be a \
        label, stand in a condition, and be what a later category is `on`.",
    keys: &[
        key(
            "on",
            Literal,
            "(none)",
            "The field or category that the rules test; rules that have only `when` need none.",
        ),
        key(
            "replace",
            Tables(&REPLACEMENT),
            "[]",
            "Replacements in the tested text, one after the other, before the rules.",
        ),
        key("rules", Tables(&RULE), "[]", "The rules in order."),
        key(
            "rules_file",
            Text,
            "(none)",
            "More rules, behind the others: a CSV file with the header `Id,Regex,Rank`, by \
            ascending rank; equal ranks by order.",
        ),
        key(
            "default",
            Literal,
            "(absent)",
            "The value where no rule holds; `$0` is the tested text after replacements.",
        ),
        key(
            "mined",
            Boolean,
            "false",
            "Whether groups of paths, such as `/orders/<num>/items`, are learnt from what no rule holds. They follow \
            the rules, keep their names, and are kept in the state; see docs/path-groups.md.",
        ),
        key("limit", Integer, "100", "At most so many groups are learnt, up to 1000."),
    ],
    others: Others::Refused,
    example: r#"[categories.page]
on = "path"
mined = true
limit = 50
default = "other"

[categories.url_group]
on = "path"
replace = [{ regex = '/\d+', with = '/ID' }]
rules = [
  { name = "api", prefix = "/json/" },
  { name = "instance-$1", regex = '^/queuemetrics/([a-z0-9]+)/' },
]
rules_file = "mapping.csv"
default = "other"
"#,
};

/// `replace = [{ … }]`.
pub static REPLACEMENT: Section = Section {
    heading: "Replacements of a category",
    meaning: "Each replaces all matches of a regex in the text that its category is `on`.",
    keys: &[
        key("regex", Literal, "(required)", "What is replaced."),
        key("with", Literal, "(required)", "By what; `$1` is a group, `$$` a dollar."),
    ],
    others: Others::Refused,
    example: r#"[categories.normal_path]
on = "path"
replace = [
  { regex = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}', with = "UUID" },
  { regex = '/\d+', with = "/ID" },
]
default = "$0"
"#,
};

/// `rules = [{ … }]`.
pub static RULE: Section = Section {
    heading: "Rules of a category",
    meaning: "A rule holds if one of its tests does, and its `when` too where it has one. Each test \
        is a string or a list of strings.",
    keys: &[
        key("name", Literal, "(required)", "The value it gives; `$1` is a group of its regex."),
        key("exact", LiteralOrLiterals, "[]", "Whole texts."),
        key("prefix", LiteralOrLiterals, "[]", "Beginnings."),
        key("suffix", LiteralOrLiterals, "[]", "Endings."),
        key("contains", LiteralOrLiterals, "[]", "Parts."),
        key("regex", LiteralOrLiterals, "[]", "Regexes that match anywhere."),
        key("when", Literal, "(always)", "A condition."),
    ],
    others: Others::Refused,
    example: r#"[categories.kind]
on = "path"
rules = [
  { name = "home", exact = ["/", "/index.html"] },
  { name = "api", prefix = ["/api/", "/json/"], when = 'method != "OPTIONS"' },
  { name = "image", suffix = [".png", ".jpg", ".svg"] },
  { name = "product", contains = "_product_" },
  { name = "shop-$1", regex = '^/shop/([a-z]+)/' },
]
"#,
};
