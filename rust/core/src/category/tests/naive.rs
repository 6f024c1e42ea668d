//! Categories against asking one rule after the other.

use proptest::prelude::*;

use super::{category, compiled, rule, value, with_record};
use crate::spec::{RuleSpec, Text};

/// Rules of a few letters, so that many hold and their order matters.
fn any_rule() -> impl Strategy<Value = RuleSpec> {
    let word = prop::collection::vec("[ab/]{0,3}", 0..2);
    let pattern = prop::sample::select(vec![
        "a+b",
        "^(a|/)b*",
        "(b)(a)?$",
        "a.*b",
        "^/?(?P<n>[ab]+)",
        "b{2}",
        "^$",
        "é",
    ]);
    let name = prop::sample::select(vec!["one", "two-$1", "${n}!", "<$0>", "three$2"]);
    let condition = prop::option::weighted(
        0.3,
        prop::sample::select(vec!["method == \"GET\"", "path.contains(\"a\")", "size(path) > 3", "false"]),
    );
    let tests = (word.clone(), word.clone(), word.clone(), word, prop::collection::vec(pattern, 0..3));
    (name, tests, condition).prop_map(|(name, (exact, prefix, suffix, contains, regex), condition)| {
        let all = |texts: Vec<String>| texts.iter().map(|text| Text::from(text.as_str())).collect();
        // A group that no regex has is a mistake.
        let has = |group: &str| {
            regex.iter().any(|regex| {
                regex::bytes::Regex::new(regex).unwrap().capture_names().flatten().any(|name| name == group)
            })
        };
        let most = regex
            .iter()
            .map(|regex| regex::bytes::Regex::new(regex).unwrap().captures_len())
            .max()
            .unwrap_or(0);
        let is_usable = match name {
            "one" => true,
            "two-$1" => most > 1,
            "three$2" => most > 2,
            "${n}!" => has("n"),
            _ => most > 0,
        };
        RuleSpec {
            exact: all(exact),
            prefix: all(prefix),
            suffix: all(suffix),
            contains: all(contains),
            regex: regex.into_iter().map(Text::from).collect(),
            when: condition.map(Text::from),
            ..rule(if is_usable { name } else { "plain" })
        }
    })
}

/// The value by asking one rule after the other, with another regex engine.
fn naive(rules: &[RuleSpec], path: &str, method: &str) -> String {
    let holds = |condition: &str| match condition {
        "method == \"GET\"" => method == "GET",
        "path.contains(\"a\")" => path.contains('a'),
        "size(path) > 3" => path.chars().count() > 3,
        _ => false,
    };
    for rule in rules {
        let is = |texts: &[Text], test: &dyn Fn(&str) -> bool| texts.iter().any(|text| test(&text.value));
        let regexes: Vec<_> = rule.regex.iter().map(|text| regex::Regex::new(&text.value).unwrap()).collect();
        let literals = [&rule.exact, &rule.prefix, &rule.suffix, &rule.contains];
        let has_tests = !(literals.iter().all(|texts| texts.is_empty()) && rule.regex.is_empty());
        let tests = is(&rule.exact, &|text| path == text)
            || is(&rule.prefix, &|text| path.starts_with(text))
            || is(&rule.suffix, &|text| path.ends_with(text))
            || is(&rule.contains, &|text| path.contains(text))
            || regexes.iter().any(|regex| regex.is_match(path));
        if has_tests && !tests || rule.when.as_ref().is_some_and(|when| !holds(&when.value)) {
            continue;
        }
        let mut value = String::new();
        if let Some(captures) = regexes.iter().find_map(|regex| regex.captures(path)) {
            captures.expand(&rule.name.value, &mut value);
        } else {
            let groups = ["$0", "$1", "$2", "${n}"];
            let without = |name: String, group: &&str| name.replace(group, "");
            value = groups.iter().fold(rule.name.value.clone(), without);
        }
        return value;
    }
    format!("other {path}")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn categories_equal_the_naive_answer(
        rules in prop::collection::vec(any_rule(), 0..8),
        paths in prop::collection::vec("[ab/é]{0,7}", 1..12),
        methods in prop::collection::vec(prop::sample::select(vec!["GET", "PUT"]), 12),
    ) {
        let (categories, mut scratch) = compiled(&[category("kind", "path", rules.clone(), "other $0")]);
        // Twice over, so that texts are met again with other methods.
        for (i, path) in paths.iter().chain(&paths).enumerate() {
            let method = methods[i % methods.len()];
            let fields = [path.as_bytes(), method.as_bytes()];
            let want = naive(&rules, path, method);
            prop_assert_eq!(value(&categories, &mut scratch, &fields, 0), want.clone(), "{:?} {:?}", rules, path);
            // The slow way agrees with the fast one.
            let explained = with_record(&fields, |record| categories.explain(record, &mut scratch)).remove(0);
            let slow = explained.matches.first().map_or(format!("other {path}"), |first| String::from_utf8(first.value.clone()).unwrap());
            prop_assert_eq!(slow, want);
        }
    }
}
