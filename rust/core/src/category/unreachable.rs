//! Rules that can never win, as far as that can be proved from their texts.

use super::rule::{self, Rule, Test};
use crate::bounded_regex;
use crate::spec::{CategorySpec, Problems};

/// Categories with more tests are not looked at: the comparison is by pairs.
const MOST_TESTS: usize = 2000;

/// Notes each rule that can never win; `rules` are those of `spec`, compiled, and learnt ones behind them.
pub fn warn(spec: &CategorySpec, rules: &[Rule], problems: &Problems) {
    if rules.iter().map(|rule| rule.tests.len()).sum::<usize>() > MOST_TESTS {
        return;
    }
    let mut scratch: Vec<rule::Scratch> = rules.iter().map(Rule::scratch).collect();
    for (number, later) in spec.rules.iter().enumerate() {
        if let Some(earlier) = shadow(spec, rules, number, &mut scratch) {
            let (name, other) = (&later.name.value, &spec.rules[earlier].name.value);
            let message = format!(
                "rule {} (`{name}`) of `{}` can never win: rule {} (`{other}`) comes first",
                number + 1,
                spec.name.value,
                earlier + 1
            );
            let hint = Some("move it up, or remove it".to_owned());
            problems.add("unreachable-rule", later.span.clone(), message, hint);
        }
    }
}

/// A rule because of which rule `later` never wins, if all that it takes is taken before.
fn shadow(spec: &CategorySpec, rules: &[Rule], later: usize, scratch: &mut [rule::Scratch]) -> Option<usize> {
    let condition = |rule: usize| spec.rules[rule].when.as_ref().map(|when| &when.value);
    // Whether a rule's condition holds whenever that of `later` does.
    let is_decisive = |rule: &usize| condition(*rule).is_none() || condition(*rule) == condition(later);
    let decisive: Vec<usize> = (0..later).filter(is_decisive).collect();
    let takes_all = decisive.iter().find(|rule| rules[**rule].tests.is_empty());
    if let Some(rule) = takes_all {
        return Some(*rule);
    }
    let mut first = None;
    for test in &rules[later].tests {
        let covering = decisive.iter().find(|rule| {
            let mut tests = rules[**rule].tests.iter().zip(&mut scratch[**rule]);
            tests.any(|(earlier, scratch)| covers(earlier, test, scratch))
        });
        first = first.or(Some(*covering?));
    }
    first
}

/// Whether `earlier` surely holds wherever `later` does.
fn covers(earlier: &Test, later: &Test, scratch: &mut bounded_regex::Scratch) -> bool {
    match (earlier, later) {
        (Test::Prefix(nothing) | Test::Suffix(nothing), _) if nothing.is_empty() => true,
        (Test::Contains(part), _) if part.needle().is_empty() => true,
        (Test::Exact(earlier), Test::Exact(later)) => earlier == later,
        (Test::Prefix(prefix), Test::Exact(text) | Test::Prefix(text)) => text.starts_with(prefix),
        (Test::Suffix(suffix), Test::Exact(text) | Test::Suffix(text)) => text.ends_with(suffix),
        (Test::Contains(part), Test::Exact(text) | Test::Prefix(text) | Test::Suffix(text)) => {
            part.find(text).is_some()
        }
        (Test::Contains(part), Test::Contains(other)) => part.find(other.needle()).is_some(),
        (Test::Regex { regex, .. }, Test::Exact(text)) => regex.is_match(scratch, text),
        (Test::Regex { text: earlier, .. }, Test::Regex { text: later, .. }) => earlier == later,
        _ => false,
    }
}
