use proptest::prelude::*;

use super::{Condition, ConditionError, Names};
use crate::category::Values;
use crate::format::Kind;
use crate::format::field::{Unit, kind_of};
use crate::operand::{Operand, View};
use crate::scan::{Record, Span};

/// The fields that the tests know; slot `i` is the `i`-th, and there is one category.
const FIELDS: [&str; 9] = [
    "status",
    "method",
    "path",
    "user",
    "remote_addr",
    "request_time",
    "query.page",
    "time",
    "query.utm-source",
];

struct Known;

impl Names for Known {
    fn operand(&mut self, name: &str) -> Option<(Operand, Kind)> {
        if name == "traffic" {
            return Some((Operand::Category(0), Kind::Text));
        }
        let slot = FIELDS.iter().position(|field| *field == name)?;
        Some((Operand::Field(slot), kind_of(name)))
    }

    fn known(&self) -> Vec<String> {
        FIELDS.iter().map(|name| (*name).to_owned()).chain(["traffic".to_owned()]).collect()
    }
}

fn kinds() -> Vec<Kind> {
    FIELDS.iter().map(|name| kind_of(name)).collect()
}

/// Whether the condition holds for these texts (those that are left out are absent).
fn holds_of(condition: &Condition, kinds: &[Kind], texts: &[&str], traffic: &str) -> bool {
    with_view(texts, traffic, |view| condition.holds(view, &mut condition.scratch(kinds, 2026)))
}

/// Shows a record of these texts.
fn with_view<T>(texts: &[&str], traffic: &str, take: impl FnOnce(&View<'_>) -> T) -> T {
    let mut line = String::new();
    let mut spans = vec![Span::ABSENT; FIELDS.len()];
    for (slot, text) in texts.iter().enumerate() {
        spans[slot] = Span::line(line.len(), line.len() + text.len());
        line.push_str(text);
    }
    let record = Record { line: line.as_bytes(), scratch: &[], spans: &spans };
    let mut categories = Values::default();
    categories.begin(1, 1);
    categories.write(0, 0, traffic.as_bytes());
    take(&View { record: &record, categories: categories.of(0) })
}

fn compile(text: &str) -> Condition {
    Condition::compile(text, &mut Known).unwrap_or_else(|errors| panic!("{text}: {errors:?}"))
}

fn holds(text: &str) -> bool {
    let texts =
        ["404", "GET", "/api/v1/käse", "-", "10.1.2.3", "0.250", "7", "2026-01-31T12:00:00+01:00", "mail"];
    holds_of(&compile(text), &kinds(), &texts, "monitoring")
}

fn errors(text: &str) -> Vec<ConditionError> {
    Condition::compile(text, &mut Known).expect_err(text)
}

#[test]
fn what_holds() {
    for text in [
        "status == 404",
        "status != 200 && status >= 404 && status <= 404.0 && 400 < status",
        "status == \"404\" && status in [\"404\"] && status.startsWith(\"4\")",
        "status in [500, 404]",
        "!(status in [])",
        "method in [\"GET\", 'HEAD']",
        "method < \"H\" && \"H\" > method",
        "path.startsWith(\"/api/\") && path.endsWith(\"e\") && path.contains(\"v1\")",
        "path.contains(method) || path.startsWith(\"\")",
        r#"path.matches(r"^/api/v\d+/") && matches(path, "\\d")"#,
        r#"path == "\x2fapi/v1/k\u00e4se""#,
        "size(path) == 12 && path.size() == 12 && size(user) == 0",
        "user == \"\" && user != \"x\" && !has(user) && has(path)",
        "cidr(remote_addr, \"10.0.0.0/8\") && !cidr(remote_addr, [\"10.0.0.0/16\", \"::/0\"])",
        "cidr(\"::ffff:10.1.2.3\", \"10.1.2.3\") && cidr(\"fd00::1\", \"fd00::/8\")",
        "request_time == 0.25 && request_time * 4 == 1 && request_time / 2 == 0.125",
        "7 / 2 == 3.5 && 7 % 4 == 3 && -7 % 4 == -3 && 1 - 2 == -1 && 2 + 3 * 2 == 8",
        "2.0 / 3 == 0.666666667 && -2.0 / 3 == -0.666666667",
        "query.page == 7 && query.page == \"7\" && query.page * 2 > 13.9",
        "query[\"utm-source\"] == \"mail\"",
        "traffic == \"monitoring\"",
        "status == 200 ? method == \"PUT\" : method == \"GET\"",
        "time >= timestamp(\"2026-01-31T11:00:00Z\") && timestamp(\"2026-01-31T11:00:01Z\") > time",
        "true && !false || false",
        "1 in [1, 2] && \"a\" in [\"a\"] && \"a\" < \"b\"",
        "method == \"GET\" // a comment\n && status == 404",
    ] {
        assert!(holds(text), "{text}");
    }
}

#[test]
fn what_does_not_hold() {
    for text in [
        "status / 0 == 0 || status / 0 != 0 || status % 0 == 0",
        "user > 1 || user < 1 || user == 0 || user != 0 || -user < 0 || user + 1 == 1 || user in [0]",
        "method > 1 || method <= 1",
        "method == true",
        "has(user) || user.contains(\"x\") || user.matches(\".\")",
        "cidr(path, \"0.0.0.0/0\") || cidr(user, \"::/0\")",
        "999999999999999999 * 999999999999999999 > 0",
        "status == 404.000000001",
    ] {
        assert!(!holds(text), "{text}");
    }
}

#[test]
fn durations_are_seconds_whatever_their_unit() {
    let mut kinds = kinds();
    kinds[5] = Kind::Duration(Unit::Milliseconds);
    let condition = compile("request_time > 0.25 && request_time < 0.3");
    assert!(holds_of(&condition, &kinds, &["", "", "", "", "", "251"], ""));
    assert!(!holds_of(&condition, &kinds, &["", "", "", "", "", "-1"], ""));
}

#[test]
fn every_mistake_has_its_place_and_mend() {
    for (text, at, message, hint) in [
        ("staus == 1", "staus", "unknown name `staus`", "`status`"),
        ("user", "user", "alone is not a condition", "has(user)"),
        ("status = 200", "=", "`=` does not fit here", "=="),
        ("has(user) and has(path)", "and", "`and` does not fit", "&&"),
        (r#"path.matches("\d")"#, "\"", "does not fit here", "r\""),
        (r#"path.matches("a(b")"#, "(", "unclosed group", ""),
        ("path.matches(user)", "user", "as it is", ""),
        ("[1, 2].exists(x, x == status)", "[1, 2].exists(x, x == status)", "not supported", "startsWith"),
        ("status == null", "null", "not supported", "there is"),
        ("path[0] == \"a\"", "path[0]", "not supported", "there is"),
        ("status < \"500\"", "status < \"500\"", "more or less than a text", "without quotes"),
        ("size(path) == \"5\"", "size(path) == \"5\"", "compared with a text", "without quotes"),
        ("status in method", "method", "needs a list of literals", "contains"),
        ("status in [1, \"a\"]", "[1, \"a\"]", "mixes", ""),
        ("cidr(remote_addr, \"10.0.0.0/33\")", "\"10.0.0.0/33\"", "no network", "10.0.0.0/8"),
        ("time > 5", "time > 5", "no number", ""),
        ("time > timestamp(\"now\")", "\"now\"", "RFC 3339", "2026"),
        ("request_time > duration(\"1s\")", "duration(\"1s\")", "no duration()", "seconds"),
        ("has(user, path)", "has(user, path)", "takes 1", ""),
        ("(status == 1) == (status == 2)", "status == 1) == (status == 2", "cannot be compared", "&&"),
        ("99999999999999999999 > status", "99999999999999999999", "too large", ""),
        ("1e30 > status", "1e30", "too large", ""),
        ("path + \"a\" == path", "\"a\"", "no number", ""),
        ("status ==", "", "ends too early", ""),
        ("  ", "", "is empty", ""),
    ] {
        let errors = errors(text);
        let error = &errors[0];
        assert!(text[error.span.clone()].contains(at) && error.span.len() <= text.len(), "{text}: {error:?}");
        assert!(error.message.contains(message), "{text}: {error:?}");
        assert!(error.hint.as_deref().unwrap_or_default().contains(hint), "{text}: {error:?}");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let text = "staus == 1 && path.matches(\"(\") || has(nobody) && user";
    let spans: Vec<&str> = errors(text).into_iter().map(|error| &text[error.span]).collect();
    assert_eq!(spans, ["staus", "(", "nobody", "user"]);
}

#[test]
fn depth_and_length_are_bounded() {
    for text in [
        format!("{}true{}", "(".repeat(101), ")".repeat(101)),
        format!("{}has(user)", "!".repeat(20_000)),
        format!("{}1 > 0", "- ".repeat(20_000)),
        format!("{}true", "has(user)?true:".repeat(2_000)),
        format!("status in [{}]", "1,".repeat(20_000)),
        format!("{}1{} > 0", "[".repeat(300), "]".repeat(300)),
        format!("{}r\"\\\" == {}true", "path == ", "(".repeat(5_000)),
    ] {
        assert_eq!(errors(&text).len(), 1, "{}", &text[..30]);
    }
    // What is long but flat works, on the small stack of a test's thread too.
    assert!(holds(&format!("{}status == 404", "user==1||".repeat(400))));
    assert!(holds(&format!("status in [{}404]", "1,".repeat(15_000))));
    assert!(holds(&format!("path != \"{}\"", "(".repeat(1_000))));
    for text in [
        format!("user{} == 1", ".a".repeat(16_000)),
        format!("user{} == 1", ".a".repeat(1_990)),
        format!("user{} > 1", "+1".repeat(1_990)),
        format!("1{}", " in x".repeat(6_000)),
        "has(user)".to_owned() + &"()".repeat(15_000),
    ] {
        assert!(!errors(&text).is_empty());
    }
}

#[test]
fn a_flood_of_texts_is_answered_right_and_forgotten() {
    let condition = compile("user.contains(\"bot\") || user.matches(\"^[a-z]+7\") || status == 500");
    let mut scratch = condition.scratch(&kinds(), 2026);
    let agent = |number: u32| match number % 3 {
        0 => format!("{number} Mozilla/5.0 (compatible; examplebot/{number}.0; +http://bot.example/)"),
        1 => format!("agent{number}"),
        _ => format!("{number}/{}", "x".repeat(200)),
    };
    for number in 0..20_000 {
        // Few texts that come again and again, then a flood of others, then the few again.
        let number = if (5_000..15_000).contains(&number) { number } else { number % 50 };
        let user = agent(number);
        let expected = number % 3 == 0 || number % 3 == 1 && user["agent".len()..].starts_with('7');
        let holds = with_view(&["200", "GET", "/", &user], "", |view| condition.holds(view, &mut scratch));
        assert_eq!(holds, expected, "{user}");
    }
    assert!(scratch.held_bytes() < 4 << 20, "{}", scratch.held_bytes());
}

#[test]
fn parts_that_read_one_text_are_remembered_and_no_others() {
    let remembered = |text: &str| compile(text).remembered;
    assert_eq!(remembered("user.contains(\"a\") && status == 200"), 0);
    assert_eq!(remembered("user.contains(\"a\") || path.contains(\"b\")"), 0);
    assert_eq!(remembered("user.contains(\"a\") || path == \"/\" || user.contains(\"b\")"), 1);
    assert_eq!(remembered("user.matches(\"a\") && !path.matches(\"b\")"), 2);
    assert_eq!(remembered(&["path.matches(\"a\") && user == path"; 10].join(" || ")), 4);
}

/// A condition, and what it has to answer for a record, computed beside it.
#[derive(Debug, Clone)]
struct Case {
    text: String,
    expected: bool,
}

/// The record of the property test, as optional texts.
type Texts = Vec<Option<String>>;

fn texts() -> impl Strategy<Value = Texts> {
    let number = prop_oneof!["[0-9]{1,3}", "-?[0-9]{1,2}\\.[0-9]{1,3}", "abc", Just("-1".to_owned())];
    let word = prop_oneof!["[ab/]{0,4}", "[ab]é"];
    let either = prop_oneof![number.boxed(), word.boxed()];
    prop::collection::vec(prop::option::weighted(0.8, either), 6)
}

/// `-` and nothing are absent.
fn present(texts: &Texts, slot: usize) -> Option<&str> {
    texts[slot].as_deref().filter(|text| !matches!(*text, "" | "-"))
}

/// The number as whole billionths, by the standard library's floats: exact enough for short texts.
fn naive_number(texts: &Texts, slot: usize) -> Option<f64> {
    present(texts, slot).filter(|text| *text != "-1").and_then(|text| text.parse().ok())
}

fn leaf(texts: &Texts, choice: u32, slot: usize, literal: &str, number: i32) -> Case {
    let name = FIELDS[slot];
    let text = present(texts, slot).unwrap_or_default();
    let value = naive_number(texts, slot);
    let number = f64::from(number) / 4.0;
    let is = |test: &dyn Fn(f64) -> bool| value.is_some_and(test);
    let (condition, expected) = match choice % 13 {
        0 => (format!("{name} > {number:?}"), is(&|value| value > number)),
        1 => (format!("{number:?} >= {name}"), is(&|value| number >= value)),
        2 => (format!("{name} != {number:?}"), is(&|value| (value - number).abs() > 1e-12)),
        3 => (format!("{name} == \"{literal}\""), text == literal),
        4 => (format!("{name} != \"{literal}\""), text != literal),
        5 => (format!("{name}.startsWith('{literal}')"), text.starts_with(literal)),
        6 => (format!("{name}.endsWith(\"{literal}\")"), text.ends_with(literal)),
        7 => (format!("{name}.contains(\"{literal}\")"), text.contains(literal)),
        8 => (format!("has({name})"), present(texts, slot).is_some()),
        9 => (format!("{name} in [\"x\", \"{literal}\", \"0\"]"), ["x", literal, "0"].contains(&text)),
        10 => (format!("size({name}) == {}", literal.len()), text.chars().count() == literal.len()),
        11 => {
            let regex = format!("^{literal}[0-9]+|b$");
            let expected = regex::bytes::Regex::new(&regex).unwrap().is_match(text.as_bytes());
            (format!("{name}.matches(r\"{regex}\")"), expected)
        }
        _ => (format!("{name} + {number:?} <= {name} * 2"), is(&|value| value + number <= value * 2.0)),
    };
    Case { text: condition, expected }
}

fn case(texts: Texts) -> impl Strategy<Value = Case> {
    let leaf = (any::<u32>(), 0usize..6, "[ab/]{0,2}", -20i32..400)
        .prop_map(move |(choice, slot, literal, number)| leaf(&texts, choice, slot, &literal, number));
    leaf.prop_recursive(5, 32, 3, |inner| {
        (inner.clone(), inner.clone(), inner, 0u32..4).prop_map(|(a, b, c, choice)| match choice {
            0 => Case {
                text: format!("({}) && (({}) || ({}))", a.text, b.text, c.text),
                expected: a.expected && (b.expected || c.expected),
            },
            1 => Case {
                text: format!("({}) || ({}) && ({})", a.text, b.text, c.text),
                expected: a.expected || b.expected && c.expected,
            },
            2 => Case { text: format!("!({})", a.text), expected: !a.expected },
            _ => Case {
                text: format!("({}) ? ({}) : ({})", a.text, b.text, c.text),
                expected: if a.expected { b.expected } else { c.expected },
            },
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn conditions_equal_the_naive_answer((texts, case) in texts().prop_flat_map(|texts| (Just(texts.clone()), case(texts)))) {
        let shown: Vec<&str> = texts.iter().map(|text| text.as_deref().unwrap_or("-")).collect();
        prop_assert_eq!(holds_of(&compile(&case.text), &kinds(), &shown, ""), case.expected, "{} {:?}", case.text, texts);
    }

    #[test]
    fn what_is_remembered_is_what_would_be_found_out(
        (records, case) in texts().prop_flat_map(|texts| {
            (prop::collection::vec(self::texts(), 1..20), case(texts))
        }),
    ) {
        let condition = compile(&case.text);
        let mut scratch = condition.scratch(&kinds(), 2026);
        for texts in records.iter().chain(&records) {
            let shown: Vec<&str> = texts.iter().map(|text| text.as_deref().unwrap_or("-")).collect();
            let fresh = holds_of(&condition, &kinds(), &shown, "");
            let remembered = with_view(&shown, "", |view| condition.holds(view, &mut scratch));
            prop_assert_eq!(remembered, fresh, "{} {:?}", case.text, shown);
        }
    }

    #[test]
    fn any_text_is_a_condition_or_told_why(text in "[a-z0-9.()\\[\\]\"'\\\\!&|<>=+*/%?: é{}-]{0,60}") {
        if let Err(errors) = Condition::compile(&text, &mut Known) {
            prop_assert!(!errors.is_empty());
            for error in errors {
                prop_assert!(text.get(error.span.clone()).is_some(), "{:?}", error);
            }
        }
    }
}
