mod naive;

use super::{Categories, Scratch, Values};
use crate::condition::Names;
use crate::format::Kind;
use crate::operand::Operand;
use crate::scan::{Record, Records, Span};
use crate::spec::{CategorySpec, GeoipSpec, Problem, Problems, ReplaceSpec, RuleSpec, Severity, Text};

/// The fields that the tests know, in the order of their slots.
const FIELDS: [&str; 3] = ["path", "method", "user_agent"];

struct Fields;

impl Names for Fields {
    fn operand(&mut self, name: &str) -> Option<(Operand, Kind)> {
        let slot = FIELDS.iter().position(|field| *field == name)?;
        Some((Operand::Field(slot), Kind::Text))
    }

    fn known(&self) -> Vec<String> {
        FIELDS.iter().map(|name| (*name).to_owned()).collect()
    }
}

fn texts(texts: &[&str]) -> Vec<Text> {
    texts.iter().copied().map(Text::from).collect()
}

fn rule(name: &str) -> RuleSpec {
    RuleSpec {
        name: Text::from(name),
        exact: vec![],
        prefix: vec![],
        suffix: vec![],
        contains: vec![],
        regex: vec![],
        when: None,
        span: 0..0,
    }
}

fn regex(name: &str, regex: &str) -> RuleSpec {
    RuleSpec { regex: texts(&[regex]), ..rule(name) }
}

fn when(name: &str, when: &str) -> RuleSpec {
    RuleSpec { when: Some(Text::from(when)), ..rule(name) }
}

fn category(name: &str, on: &str, rules: Vec<RuleSpec>, default: &str) -> CategorySpec {
    CategorySpec {
        name: Text::from(name),
        on: (!on.is_empty()).then(|| Text::from(on)),
        replace: vec![],
        rules,
        default: (!default.is_empty()).then(|| Text::from(default)),
        mined: None,
    }
}

fn compile(specs: &[CategorySpec]) -> Result<Categories, Vec<Problem>> {
    let problems = Problems::default();
    let categories = Categories::compile(specs, &GeoipSpec::default(), &[], &mut Fields, &problems);
    let mut problems = problems.into_sorted();
    problems.retain(|problem| problem.severity == Severity::Error);
    if problems.is_empty() { Ok(categories) } else { Err(problems) }
}

fn compiled(specs: &[CategorySpec]) -> (Categories, Scratch) {
    let categories = compile(specs).unwrap_or_else(|problems| panic!("{problems:?}"));
    let scratch = categories.scratch(&[Kind::Text, Kind::Text, Kind::Text], 2026);
    (categories, scratch)
}

/// Calls `take` with the record of these texts.
fn with_record<T>(fields: &[&[u8]], take: impl FnOnce(&Record<'_>) -> T) -> T {
    let mut spans = vec![Span::ABSENT; FIELDS.len()];
    let mut line = Vec::new();
    for (slot, text) in fields.iter().enumerate() {
        spans[slot] = Span::line(line.len(), line.len() + text.len());
        line.extend_from_slice(text);
    }
    take(&Record { line: &line, scratch: &[], spans: &spans })
}

fn value(categories: &Categories, scratch: &mut Scratch, fields: &[&[u8]], category: usize) -> String {
    with_record(fields, |record| {
        let mut values = Values::default();
        Records::one(record, |records| categories.evaluate(records, &mut values, scratch));
        String::from_utf8_lossy(values.of(0).get(category)).into_owned()
    })
}

/// The value of the only category for a path.
fn of_path(spec: &CategorySpec, path: &str) -> String {
    let (categories, mut scratch) = compiled(std::slice::from_ref(spec));
    value(&categories, &mut scratch, &[path.as_bytes()], 0)
}

#[test]
fn the_first_rule_wins_wherever_it_matches() {
    let rules = vec![
        regex("product", "_product_"),
        RuleSpec { prefix: texts(&["/json/", "/xml/"]), suffix: texts(&[".api"]), ..rule("api") },
        regex("instance-$1", "^/queuemetrics/([a-z0-9]+)/"),
        RuleSpec { exact: texts(&["/"]), contains: texts(&["home"]), ..rule("start") },
        regex("${kind}s/$2$$", "/(?P<kind>[a-z]+)/([0-9]+)"),
    ];
    let spec = category("url_group", "path", rules, "other");
    for (path, want) in [
        ("/json/x_product_1", "product"),
        ("/json/x", "api"),
        ("/a.api", "api"),
        ("/queuemetrics/loway1/x", "instance-loway1"),
        ("/", "start"),
        ("/x/home", "start"),
        ("/x/item/42", "items/42$"),
        ("/x", "other"),
        ("", "other"),
    ] {
        assert_eq!(of_path(&spec, path), want, "{path}");
    }
}

#[test]
fn conditions_stand_in_their_place() {
    let rules = vec![
        RuleSpec { prefix: texts(&["/api/"]), ..when("api-write", "method != \"GET\"") },
        when("robot", "user_agent.contains(\"bot\")"),
        regex("v$1", "^/api/v([0-9])"),
        RuleSpec { regex: texts(&["([a-z]+)$"]), ..when("end-$1", "method == \"PUT\"") },
    ];
    let (categories, mut scratch) = compiled(&[category("kind", "path", rules, "rest $0")]);
    for (path, method, agent, want) in [
        ("/api/v1/x", "POST", "bot", "api-write"),
        ("/api/v1/x", "GET", "bot", "robot"),
        ("/api/v1/x", "GET", "", "v1"),
        ("/x", "PUT", "", "end-x"),
        ("/x", "GET", "", "rest /x"),
    ] {
        let fields = [path, method, agent].map(str::as_bytes);
        // Three times: judged, remembered, moved to the first slot.
        for _ in 0..3 {
            assert_eq!(value(&categories, &mut scratch, &fields, 0), want, "{path} {method}");
        }
    }
}

#[test]
fn replacements_follow_one_another() {
    let replace = |regex: &str, with: &str| ReplaceSpec { regex: Text::from(regex), with: Text::from(with) };
    let spec = CategorySpec {
        replace: vec![
            replace("[0-9a-f]{8}-[0-9a-f]{4}", ":uuid"),
            replace("/[0-9]+", "/:id"),
            replace("(:[a-z]+)/(:[a-z]+)", "$2/$1"),
            replace("x*", "-"),
        ],
        ..category("route", "path", vec![RuleSpec { exact: texts(&["-/-"]), ..rule("root") }], "$0")
    };
    for path in ["/a/12/deadbeef-0123/34", "/", "/xx/1x", "", "/12/34/56"] {
        let mut want = path.to_owned();
        for (regex, with) in [
            ("[0-9a-f]{8}-[0-9a-f]{4}", ":uuid"),
            ("/[0-9]+", "/:id"),
            ("(:[a-z]+)/(:[a-z]+)", "$2/$1"),
            ("x*", "-"),
        ] {
            want = regex::Regex::new(regex).unwrap().replace_all(&want, with).into_owned();
        }
        if want == "-/-" {
            want = "root".to_owned();
        }
        assert_eq!(of_path(&spec, path), want, "{path}");
    }
}

#[test]
fn values_are_cut_between_characters() {
    let spec = category("all", "path", vec![regex("<$1>", "^/(.*)")], "");
    assert_eq!(of_path(&spec, &format!("/{}", "é".repeat(200))), format!("<{}", "é".repeat(63)));
    assert_eq!(of_path(&spec, "/é"), "<é>");
}

#[test]
fn categories_use_each_other_in_any_order() {
    let specs = [
        category("c", "b", vec![RuleSpec { exact: texts(&["B"]), ..rule("C") }], "-"),
        category("b", "", vec![when("B", "a == \"A\" && agent_class == \"tool\"")], "none"),
        category("a", "path", vec![RuleSpec { prefix: texts(&["/a"]), ..rule("A") }], ""),
    ];
    let (categories, mut scratch) = compiled(&specs);
    assert_eq!(categories.names(), ["c", "b", "a", "agent_class"]);
    let mut of = |path: &str, agent: &str| {
        let fields = [path.as_bytes(), b"GET", agent.as_bytes()];
        (0..4).map(|category| value(&categories, &mut scratch, &fields, category)).collect::<Vec<_>>()
    };
    assert_eq!(of("/a", "curl/8.5.0"), ["C", "B", "A", "tool"]);
    assert_eq!(of("/a", "-"), ["-", "none", "A", ""]);
}

#[test]
fn circles_and_unknown_names_are_told() {
    let circle = [
        category("a", "path", vec![when("x", "b == \"\"")], ""),
        category("b", "c", vec![], ""),
        category("c", "a", vec![], ""),
    ];
    let problems = compile(&circle).unwrap_err();
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].code, "category-cycle");
    assert!(problems[0].message.ends_with("`a` → `b` → `c` → `a`"), "{}", problems[0].message);

    let wrong = [category(
        "a",
        "pth",
        vec![
            regex("$2", "(a)"),
            regex("x", "("),
            when("y", "methd == \"\" || path"),
            regex("${no}", "(?P<yes>a)"),
        ],
        "",
    )];
    let mut codes: Vec<&str> = compile(&wrong).unwrap_err().iter().map(|problem| problem.code).collect();
    codes.sort_unstable();
    let want =
        ["bad-condition", "bad-regex", "unknown-field", "unknown-field", "unknown-group", "unknown-group"];
    assert_eq!(codes, want);
}

#[test]
fn rules_that_cannot_win_are_told() {
    let rules = vec![
        RuleSpec { prefix: texts(&["/api"]), ..rule("0") },
        RuleSpec { exact: texts(&["/api/x"]), prefix: texts(&["/api/v1"]), ..rule("1 dead") },
        RuleSpec { exact: texts(&["/apo"]), prefix: texts(&["/api/v1"]), ..rule("2") },
        regex("3", "^/[a-z]$"),
        RuleSpec { exact: texts(&["/z"]), ..rule("4 dead") },
        RuleSpec { contains: texts(&["css"]), ..when("5", "method == \"GET\"") },
        RuleSpec { suffix: texts(&[".css"]), ..rule("6") },
        RuleSpec { contains: texts(&["x.css.y"]), ..when("7 dead", "method == \"GET\"") },
        regex("8 dead", "^/[a-z]$"),
        rule("9"),
        when("10 dead", "method == \"PUT\""),
    ];
    let problems = Problems::default();
    Categories::compile(
        &[category("a", "path", rules, "")],
        &GeoipSpec::default(),
        &[],
        &mut Fields,
        &problems,
    );
    let dead: Vec<String> = problems
        .into_sorted()
        .iter()
        .map(|warning| warning.message.split('`').nth(1).unwrap().to_owned())
        .collect();
    assert_eq!(dead, ["1 dead", "4 dead", "7 dead", "8 dead", "10 dead"]);
}

#[test]
fn agents_have_a_class() {
    let (categories, mut scratch) = compiled(&[category("class", "agent_class", vec![], "$0")]);
    for (agent, want) in [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "browser"),
        ("Mozilla/5.0 (Linux; Android 11; CUBOT X30) AppleWebKit/537.36 Chrome/120.0 Mobile", "browser"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "bot"),
        ("CCBot/2.0 (https://commoncrawl.org/faq/)", "bot"),
        ("Mozilla/5.0 (compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)", "monitor"),
        ("kube-probe/1.29", "monitor"),
        ("curl/8.5.0", "tool"),
        ("Mozilla/5.0 (X11) AppleWebKit/537.36 HeadlessChrome/120.0 Safari/537.36", "tool"),
        ("unheard of", ""),
        ("-", ""),
    ] {
        let fields = [&b""[..], b"", agent.as_bytes()];
        assert_eq!(value(&categories, &mut scratch, &fields, 0), want, "{agent}");
    }
}

#[test]
fn explanations_name_the_winner_and_those_behind_it() {
    let rules = vec![
        when("never", "method == \"PUT\""),
        regex("item-$1", "^/items/([0-9]+)"),
        RuleSpec { prefix: texts(&["/a", "/items"]), ..rule("items") },
        rule("all"),
    ];
    let (categories, mut scratch) = compiled(&[category("kind", "path", rules, "rest")]);
    let explained =
        with_record(&[b"/items/7", b"GET"], |record| categories.explain(record, &mut scratch)).remove(0);
    assert_eq!(explained.value, b"item-7");
    assert_eq!(explained.tested.as_deref(), Some(&b"/items/7"[..]));
    let matches: Vec<_> =
        explained.matches.iter().map(|one| (one.rule, &*one.value, one.test.clone())).collect();
    assert_eq!(
        matches,
        [
            (1, &b"item-7"[..], Some(("regex", "^/items/([0-9]+)".to_owned()))),
            (2, b"items", Some(("prefix", "/items".to_owned()))),
            (3, b"all", None),
        ]
    );
}

/// A million texts that come once, between texts that come often.
#[test]
fn memory_stays_bounded_and_answers_right() {
    let rules = (0..50).map(|i| regex(&format!("r{i}-$1"), &format!("/{i}/.*x([0-9])"))).collect();
    let (categories, mut scratch) = compiled(&[category("kind", "path", rules, "other")]);
    let mut random = fastrand::Rng::with_seed(1);
    for i in 0..1_000_000u32 {
        let mut path = format!("/{}/{:x}/x{}/", random.u32(..100), random.u64(..), i % 10).into_bytes();
        path.resize(random.usize(path.len()..300), b'y');
        let first = path.split(|byte| *byte == b'/').nth(1).unwrap();
        let number: u32 = std::str::from_utf8(first).unwrap().parse().unwrap();
        let want = if number < 50 { format!("r{number}-{}", i % 10) } else { String::new() };
        let got = value(&categories, &mut scratch, &[&path], 0);
        // Another number may stand in the random part, so only what is sure is compared.
        if number < 50 && !got.starts_with(&want) {
            let winner: u32 = got[1..].split('-').next().unwrap().parse().unwrap();
            assert!(winner < number, "{path:?}: {got}");
        }
    }
    assert!(scratch.held_bytes() < 20 << 20, "{}", scratch.held_bytes());
}

/// Texts that need new states at every byte: the automaton gives up, and the answers stay right.
#[test]
fn what_the_automaton_gives_up_on_is_tested_one_by_one() {
    let rules = (0..60).map(|i| regex(&format!("r{i}"), &format!("x{i}[^z]*y{i}[^z]*$"))).collect();
    let (categories, mut scratch) = compiled(&[category("kind", "path", rules, "other")]);
    let mut random = fastrand::Rng::with_seed(2);
    let mut given_up = 0;
    for _ in 0..3000 {
        let mut path = Vec::new();
        while path.len() < 400 {
            let letter = if random.u32(..40) == 0 { 'y' } else { 'x' };
            path.extend_from_slice(format!("{letter}{}", random.u32(..90)).as_bytes());
        }
        let automaton = categories.list[0].automaton.as_ref().unwrap();
        let own = scratch.each[0].judging.automaton.as_mut().unwrap();
        given_up += usize::from(automaton.matching(own, &path, |_| true).is_err());
        with_record(&[&path], |record| {
            let mut values = Values::default();
            Records::one(record, |records| categories.evaluate(records, &mut values, &mut scratch));
            let fast = values.of(0).get(0).to_vec();
            let slow = categories.explain(record, &mut scratch).remove(0);
            assert_eq!(fast, slow.matches.first().map_or(b"other".to_vec(), |first| first.value.clone()));
        });
    }
    assert!(given_up > 0);
    assert!(scratch.held_bytes() < 40 << 20, "{}", scratch.held_bytes());
}
