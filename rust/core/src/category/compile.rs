//! From specs to categories: names and regexes are resolved, the order of evaluation is found.

use memchr::memmem::Finder;

use super::automaton::Automaton;
use super::replace::{self, Replacement};
use super::rule::{Rule, Test};
use super::template::Template;
use super::values::Constants;
use super::verdict::Verdict;
use super::{Categories, Category, Judging, TEMPLATE, Templates, agent, geoip, mined, unreachable};
use crate::bounded_regex::BoundedRegex;
use crate::condition::{Condition, Names};
use crate::format::Kind;
use crate::operand::Operand;
use crate::spec::{CategorySpec, GeoipSpec, PatternsSpec, Problems, ReplaceSpec, RuleSpec, Text};

/// Resolves names to categories and, failing that, to fields.
pub struct Resolver<'r> {
    categories: &'r mut Categories,
    fields: &'r mut dyn Names,
    /// Categories that were asked for.
    used: Vec<usize>,
    problems: &'r Problems,
}

impl Names for Resolver<'_> {
    fn operand(&mut self, name: &str) -> Option<(Operand, Kind)> {
        if let Some(category) = self.categories.names.iter().position(|known| known == name) {
            self.used.push(category);
            return Some((Operand::Category(category), Kind::Text));
        }
        if name == TEMPLATE && self.categories.template == Templates::Unasked {
            // Its value is told from outside, so it is in no order.
            let index = self.categories.list.len();
            self.categories.names.push(name.to_owned());
            self.categories.list.push(Category::default());
            self.categories.template = Templates::Category(index);
            return Some((Operand::Category(index), Kind::Text));
        }
        if let Some(category) = self.built_in(name) {
            // On a field alone, so it can come before all others.
            self.categories.names.push(name.to_owned());
            self.categories.list.push(Category::default());
            let index = self.categories.list.len() - 1;
            self.categories.put(index, category);
            self.categories.order.insert(0, index);
            return Some((Operand::Category(index), Kind::Text));
        }
        self.fields.operand(name)
    }

    fn known(&self) -> Vec<String> {
        let mut known = self.fields.known();
        known.extend_from_slice(&self.categories.names);
        known.push(super::AGENT_CLASS.to_owned());
        known.extend((self.categories.template != Templates::Absent).then(|| TEMPLATE.to_owned()));
        known.extend(self.categories.geoip.facts.iter().map(|(fact, _)| fact.name().to_owned()));
        known
    }
}

impl Resolver<'_> {
    fn built_in(&mut self, name: &str) -> Option<Category> {
        if let Some(spec) = agent::built_in(name) {
            return compile(&spec, self.fields, &Problems::default());
        }
        geoip::built_in(name, &self.categories.geoip, self.fields, self.problems)
    }
}

impl Categories {
    /// Compiles categories whose names, other than those of categories, `fields` resolves. What is
    /// wrong goes to `problems`; then what is answered is not to be used.
    pub fn compile(
        specs: &[CategorySpec],
        geoip: &GeoipSpec,
        patterns: &[PatternsSpec],
        fields: &mut dyn Names,
        problems: &Problems,
    ) -> Categories {
        let mut categories = Categories {
            names: specs.iter().map(|spec| spec.name.value.clone()).collect(),
            list: specs.iter().map(|_| Category::default()).collect(),
            order: Vec::new(),
            constants: Constants::default(),
            geoip: geoip.clone(),
            template: if patterns.is_empty() { Templates::Absent } else { Templates::Unasked },
        };
        let mut uses: Vec<Vec<usize>> = Vec::new();
        for (index, spec) in specs.iter().enumerate() {
            let mut resolver = Resolver { categories: &mut categories, fields, used: Vec::new(), problems };
            let category = compile(spec, &mut resolver, problems);
            uses.push(resolver.used);
            if let Some(category) = category {
                unreachable::warn(spec, &category.rules, problems);
                categories.put(index, category);
            }
        }
        let mut sorting =
            Sorting { specs, uses: &uses, states: vec![State::New; specs.len()], path: vec![], problems };
        for index in 0..specs.len() {
            sorting.visit(index, &mut categories.order);
        }
        categories
    }

    /// Names as labels, metrics and conditions see them. A built-in category is added when it is
    /// first asked for; what is wrong with it goes to `problems`.
    pub fn resolver<'r>(&'r mut self, fields: &'r mut dyn Names, problems: &'r Problems) -> Resolver<'r> {
        Resolver { categories: self, fields, used: Vec::new(), problems }
    }
}

/// Puts categories behind those that they ask for.
struct Sorting<'s> {
    specs: &'s [CategorySpec],
    uses: &'s [Vec<usize>],
    states: Vec<State>,
    /// The categories that are being visited, each asked for by the one before.
    path: Vec<usize>,
    problems: &'s Problems,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    Done,
}

impl Sorting<'_> {
    fn visit(&mut self, index: usize, order: &mut Vec<usize>) {
        match self.states.get(index) {
            Some(State::New) => {}
            Some(State::Open) => return self.report(index),
            // Built-in ones are in order already.
            Some(State::Done) | None => return,
        }
        self.states[index] = State::Open;
        self.path.push(index);
        for &used in &self.uses[index] {
            self.visit(used, order);
        }
        self.path.pop();
        self.states[index] = State::Done;
        order.push(index);
    }

    fn report(&self, again: usize) {
        let start = self.path.iter().position(|index| *index == again).unwrap_or_default();
        let circle = self.path[start..].iter().chain([&again]);
        let names: Vec<String> = circle.map(|index| format!("`{}`", self.specs[*index].name.value)).collect();
        let message = format!("categories ask for each other in a circle: {}", names.join(" → "));
        self.problems.add("category-cycle", self.specs[again].name.span.clone(), message, None);
    }
}

/// Compiles one category; `None` if something is wrong with it.
fn compile(spec: &CategorySpec, names: &mut dyn Names, problems: &Problems) -> Option<Category> {
    let on = spec.on.as_ref().map(|on| {
        let found = names.operand(&on.value).map(|(operand, _)| operand);
        if found.is_none() {
            let known = names.known();
            let hint = geoip::unknown_name_hint(&on.value, &known);
            problems.add("unknown-field", on.span.clone(), format!("unknown name `{}`", on.value), hint);
        }
        found
    });
    let replacements: Vec<_> = spec.replace.iter().map(|spec| replacement(spec, problems)).collect();
    let mut rules: Vec<_> = spec.rules.iter().map(|spec| rule(spec, names, problems)).collect();
    rules.extend(mined::rules(spec).map(Some));
    let (replacements, rules): (Option<Vec<_>>, Option<Vec<_>>) =
        (replacements.into_iter().collect(), rules.into_iter().collect());
    let default = spec.default.as_ref().map_or("", |default| &default.value);
    let default = Template::parse(default);
    if spec.mined.is_some() && default.constant().is_none() {
        let span = spec.default.as_ref().unwrap_or(&spec.name).span.clone();
        let hint = Some("name a value for what has no group yet, such as \"other\"".to_owned());
        problems.add("bad-value", span, "`default` holds a group, and the category is mined", hint);
    }
    let mut category = Category::new(on.unwrap_or_default(), replacements?, rules?, default);
    category.mined.clone_from(&spec.mined);
    (spec.on.is_none() || category.on.is_some()).then_some(category)
}

impl Category {
    pub(super) fn new(
        on: Option<Operand>,
        replacements: Vec<Replacement>,
        rules: Vec<Rule>,
        default: Template,
    ) -> Category {
        let untested: Vec<u32> = (0u32..)
            .zip(&rules)
            .filter(|(_, rule)| rule.tests.is_empty())
            .map(|(number, _)| number)
            .collect();
        let automaton = Automaton::new(&rules);
        let is_fixed = on.is_none() || untested.len() == rules.len() && default.constant().is_some();
        let mut category = Category {
            on,
            replacements,
            rules,
            default,
            constants: Vec::new(),
            automaton,
            untested,
            fixed: None,
            database: None,
            mined: None,
        };
        if is_fixed {
            let mut judging = Judging::new(&category);
            category.judge(&mut judging, &[]);
            category.fixed = Some(judging.verdict);
        }
        category
    }
}

impl Default for Category {
    /// Gives no value.
    fn default() -> Category {
        Category::new(None, Vec::new(), Vec::new(), Template::parse(""))
    }
}

impl Judging {
    pub(super) fn new(category: &Category) -> Judging {
        Judging {
            replace: replace::Scratch::new(&category.replacements),
            automaton: category.automaton.as_ref().map(Automaton::scratch),
            rules: category.rules.iter().map(Rule::scratch).collect(),
            matching: Vec::new(),
            verdict: Verdict::default(),
        }
    }
}

fn rule(spec: &RuleSpec, names: &mut dyn Names, problems: &Problems) -> Option<Rule> {
    let name = Template::parse(&spec.name.value);
    let literals = |texts: &[Text], test: fn(&[u8]) -> Test| -> Vec<Test> {
        texts.iter().map(|text| test(text.value.as_bytes())).collect()
    };
    let mut tests = literals(&spec.exact, |text| Test::Exact(text.into()));
    tests.extend(literals(&spec.prefix, |text| Test::Prefix(text.into())));
    tests.extend(literals(&spec.suffix, |text| Test::Suffix(text.into())));
    tests.extend(literals(&spec.contains, |text| Test::Contains(Box::new(Finder::new(text).into_owned()))));
    let regexes: Vec<_> = spec.regex.iter().map(|text| (text, regex(text, problems))).collect();
    let is_usable = regexes.iter().all(|(_, regex)| regex.is_some());
    let regexes: Vec<(&Text, BoundedRegex)> =
        regexes.into_iter().filter_map(|(text, regex)| Some((text, regex?))).collect();
    if is_usable {
        let own: Vec<&BoundedRegex> = regexes.iter().map(|(_, regex)| regex).collect();
        check_groups(&spec.name, &name, &own, problems)?;
    }
    for (text, regex) in regexes {
        let name = name.numbered(&regex);
        tests.push(Test::Regex { regex: Box::new(regex), text: text.value.clone(), name });
    }
    let when = spec.when.as_ref().map(|text| Condition::compile_text(text, names, problems));
    if !is_usable || matches!(when, Some(None)) {
        return None;
    }
    // Groups are filled by the regex that matches; where a literal test does, there are none.
    Some(Rule {
        name,
        tests,
        when: when.flatten(),
        written: spec.name.value.clone(),
        span: spec.span.clone(),
    })
}

fn replacement(spec: &ReplaceSpec, problems: &Problems) -> Option<Replacement> {
    let regex = regex(&spec.regex, problems)?;
    let with = Template::parse(&spec.with.value);
    check_groups(&spec.with, &with, &[&regex], problems)?;
    let with = with.numbered(&regex);
    Some(Replacement { regex, with })
}

fn regex(text: &Text, problems: &Problems) -> Option<BoundedRegex> {
    BoundedRegex::compile(&text.value)
        .map_err(|error| problems.add("bad-regex", text.part(error.span), error.message, error.hint))
        .ok()
}

/// Notes groups of a template that no regex has.
fn check_groups(
    text: &Text,
    template: &Template,
    regexes: &[&BoundedRegex],
    problems: &Problems,
) -> Option<()> {
    let missing = template.groups().find(|group| !regexes.iter().any(|regex| group.is_of(regex)));
    let Some(missing) = missing else { return Some(()) };
    let message = format!("no regex has the group {missing}");
    let hint = Some("write (…) around a part of the regex, or $$ for a dollar sign".to_owned());
    problems.add("unknown-group", text.span.clone(), message, hint);
    None
}
