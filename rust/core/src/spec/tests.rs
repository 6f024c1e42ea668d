use std::collections::BTreeMap;

use super::{MetricKind, Problem, ReadFrom, Severity, Spec, Surroundings, read, warn};

/// Files by path, and the variable `PORT`.
struct Files(BTreeMap<&'static str, &'static str>);

impl Surroundings for Files {
    fn files(&self, pattern: &str) -> Result<Vec<String>, String> {
        let Some((start, end)) = pattern.split_once('*') else { return Ok(vec![pattern.to_owned()]) };
        let matches = |path: &&&str| path.starts_with(start) && path.ends_with(end);
        Ok(self.0.keys().filter(matches).map(|path| (*path).to_owned()).collect())
    }

    fn read(&self, path: &str) -> Result<String, String> {
        self.0.get(path).map(|text| (*text).to_owned()).ok_or_else(|| "there is none".to_owned())
    }

    fn variable(&self, name: &str) -> Option<String> {
        (name == "PORT").then(|| "80".to_owned())
    }
}

fn read_with(text: &str, files: &[(&'static str, &'static str)]) -> (Spec, Vec<Problem>) {
    let (spec, problems) = read(text, "etc/config.toml", &Files(files.iter().copied().collect()));
    (spec, problems.into_sorted())
}

fn good(text: &str) -> Spec {
    let (spec, problems) = read_with(text, &[]);
    assert_eq!(problems, [], "{text}");
    spec
}

/// Each problem as `code line:column marked text`.
fn found(text: &str) -> Vec<String> {
    let (_, problems) = read_with(text, &[]);
    problems.iter().map(shown).collect()
}

fn shown(problem: &Problem) -> String {
    let place = &problem.place;
    let marked = place.text.chars().skip(place.column - 1).take(place.end_column - place.column);
    format!("{} {}:{} {}", problem.code, place.line, place.column, marked.collect::<String>())
}

const METRIC: &str = "[[metric]]\nname = \"m\"\n";

#[test]
fn every_table_is_read() {
    let spec = good(
        r#"
        [agent]
        listen = "[::1]:${PORT}"
        slot = "1m30s"
        [[source]]
        name = "proxy"
        paths = ["/var/log/$${PORT}.log"]
        format = "own"
        read_from = "end"
        [formats.own]
        nginx = '${remote_addr} $status'
        [categories.z]
        on = "path"
        replace = [{ regex = '\d+', with = '${1}' }]
        rules = [{ name = "a", prefix = "/a" }, { name = "b", exact = ["/b", "/c"], when = "status == 200" }]
        default = "$0"
        [categories.a]
        rules = [{ name = "a", when = 'z == "a"' }]
        [[metric]]
        name = "seconds"
        type = "histogram"
        value = "request_time"
        buckets = ["5ms", 0.1, 1, "1m", "2KiB"]
        "#,
    );
    assert_eq!(spec.agent.listen.value, "[::1]:80");
    assert_eq!(spec.agent.slot.as_secs(), 90);
    assert_eq!(spec.sources[0].paths[0].value, "/var/log/${PORT}.log");
    assert_eq!((spec.sources[0].read_from, &*spec.sources[0].format_name), (ReadFrom::End, "own"));
    let names: Vec<&str> = spec.categories.iter().map(|category| category.name.value.as_str()).collect();
    assert_eq!(names, ["z", "a"], "in the order of the text");
    assert_eq!(spec.categories[0].replace[0].with.value, "${1}", "no variable");
    assert_eq!(spec.categories[0].rules[1].exact.len(), 2);
    assert!(!spec.categories[1].rules[0].has_tests());
    let MetricKind::Histogram { buckets } = &spec.metrics[0].kind else { panic!("a histogram") };
    let bounds: Vec<f64> = buckets.iter().map(|bound| bound.to_f64()).collect();
    assert_eq!(bounds, [0.005, 0.1, 1.0, 60.0, 2048.0]);
}

#[test]
fn unknown_keys_are_refused_in_every_table() {
    let text = "agnet = 1\n[agent]\nslots = 1\n[[source]]\nname = \"a\"\npath = 1\n[formats.f]\nnginx = \"$status\"\nx = 1\n\
        [categories.c]\non = \"path\"\nrules = [{ name = \"a\", prefix = \"b\", y = 1 }]\nrule = 1\n[[metric]]\nname = \"m\"\nlabel = 1\n";
    let expected = [
        "unknown-key 1:1 agnet",
        "unknown-key 3:1 slots",
        "unknown-key 6:1 path",
        "unknown-key 9:1 x",
        "unknown-key 12:38 y",
        "unknown-key 13:1 rule",
        "unknown-key 16:1 label",
    ];
    assert_eq!(found(text), expected);
    let (_, problems) = read_with("[agent]\nslots = 1\n", &[]);
    assert_eq!(problems[0].hint.as_deref(), Some("did you mean `slot`?"));
}

#[test]
fn values_of_the_wrong_type_and_range() {
    let text = "[agent]\nlisten = 9966\nslot = \"10\"\ncommit_interval = \"1ms\"\nseries_limit = 0\n";
    let expected =
        ["wrong-type 2:10 9966", "wrong-type 3:8 \"10\"", "bad-value 4:19 \"1ms\"", "bad-value 5:16 0"];
    assert_eq!(found(text), expected);
    assert_eq!(found("[agent]\nlisten = \"9966\"\n"), ["bad-value 2:10 \"9966\""]);
    assert_eq!(found("[agent]\nslot = \"1500ms\"\n"), ["bad-value 2:8 \"1500ms\""]);
    assert_eq!(found("agent = 1\nsource = 2\n"), ["wrong-type 1:9 1", "wrong-type 2:10 2"]);
    assert_eq!(found("[[source]]\nname = \"\"\npaths = []\n"), ["bad-value 2:8 \"\"", "bad-value 3:9 []"]);
    assert_eq!(found("[[source]]\nname = \"a\"\nread_from = \"and\"\n"), ["bad-value 3:13 \"and\""]);
}

#[test]
fn a_service_that_others_reach_is_protected() {
    let open = "[agent]\nlisten = \"0.0.0.0:9966\"\n";
    assert_eq!(found(open), ["exposed-address 2:10 \"0.0.0.0:9966\""]);
    for protection in ["token_file = \"t\"", "basic_auth_file = \"u\"", "tls_cert = \"c\"\ntls_key = \"k\""] {
        let spec = good(&format!("{open}{protection}\n"));
        assert_eq!(spec.agent.listen.value, "0.0.0.0:9966");
    }
    assert_eq!(found("[agent]\ntls_cert = \"c\"\n"), ["missing-key 1:1 [agent]"]);
    assert_eq!(found("[agent]\ntls_key = \"k\"\n"), ["missing-key 1:1 [agent]"]);
    assert_eq!(found("[agent]\nreload_on_change = \"yes\"\n"), ["wrong-type 2:20 \"yes\""]);
    assert_eq!(found("[agent]\nlog_format = \"xml\"\n"), ["bad-value 2:14 \"xml\""]);
}

#[test]
fn variables_that_are_not_set() {
    let text = "[agent]\nlisten = \"${HOST}:${PORT}\"\nstate_dir = \"\\u0061${X}\"\n";
    assert_eq!(found(text), ["unset-variable 2:11 ${HOST}", "unset-variable 3:13 \"\\u0061${X}\""]);
}

#[test]
fn formats() {
    let text = "[formats.f]\nnginx = \"$a $\"\n[formats.g]\nregex = '(?P<a>x)('\n[formats.h]\n[formats.i]\ngrok = \"%{X}\"\n\
        [formats.j]\njson = { a = \"b..c\", status = \"s\", status_code = \"t\" }\n[formats.k]\nnginx = \"$a\"\nfields = [\"a\"]\n";
    let found = found(text);
    let codes: Vec<&str> = found.iter().map(|line| line.split(' ').next().unwrap()).collect();
    let expected = [
        "bad-format",
        "bad-format",
        "bad-format",
        "bad-format",
        "bad-format",
        "repeated-name",
        "misplaced-key",
    ];
    assert_eq!(codes, expected, "{found:?}");
    assert_eq!(found[1], "bad-format 4:18 (");
    assert_eq!(found[2], "bad-format 5:10 h");
    assert_eq!(found[4], "bad-format 9:17 .");
}

#[test]
fn a_wrong_format_is_told_once() {
    let text = "[[source]]\nname = \"a\"\nformat = \"f\"\n[[source]]\nname = \"b\"\nformat = \"f\"\n[formats.f]\nregex = \"x\"\n";
    assert_eq!(found(text), ["bad-format 8:10 x"]);
    let (_, problems) =
        read_with("[[source]]\nname = \"a\"\nformat = \"timde\"\n[formats.timed]\nnginx = '$status'\n", &[]);
    assert_eq!(problems[0].hint.as_deref(), Some("did you mean `timed`?"));
}

#[test]
fn categories() {
    let text = "[categories.1st]\n[categories.b]\nrules = [{ name = \"x\", exact = \"a\" }, { name = \"y\" }, { prefix = [] }]\n\
        [categories.c]\non = \"path\"\nrules_file = \"missing.csv\"\nreplace = [{ regex = \"a\" }]\n";
    let expected = [
        "bad-name 1:13 1st",
        "missing-key 1:13 1st",
        "missing-key 2:13 b",
        "missing-key 3:39 { name = \"y\" }",
        "missing-key 3:55 { prefix = [] }",
        "bad-value 3:66 []",
        "unreadable-file 6:14 \"missing.csv\"",
        "missing-key 7:12 { regex = \"a\" }",
    ];
    assert_eq!(found(text), expected);
}

#[test]
fn rules_of_a_file_follow_the_others() {
    let text = "[categories.c]\non = \"path\"\nrules = [{ name = \"first\", prefix = \"/\" }]\nrules_file = \"m.csv\"\n";
    let (spec, problems) = read_with(text, &[("etc/m.csv", "Id,Regex,Rank\nlast,a,2\nsecond,b,1\n")]);
    assert_eq!(problems, []);
    let names: Vec<&str> = spec.categories[0].rules.iter().map(|rule| rule.name.value.as_str()).collect();
    assert_eq!(names, ["first", "second", "last"]);
    let (_, problems) = read_with(text, &[("etc/m.csv", "Id,Regex,Rank\na,b,c\n")]);
    assert_eq!(
        (problems[0].place.origin.as_str(), shown(&problems[0])),
        ("etc/m.csv", "bad-value 2:5 c".to_owned())
    );
}

#[test]
fn metrics() {
    let cases = [
        ("type = \"countre\"", vec!["bad-value 3:8 \"countre\""]),
        ("type = \"gauge\"", vec!["missing-key 1:1 [[metric]]"]),
        ("buckets = [1]", vec!["misplaced-key 3:1 buckets"]),
        ("labels = [\"a\", \"b\", \"a\"]", vec!["repeated-name 3:21 \"a\""]),
        (
            "type = \"histogram\"\nvalue = \"v\"\nbuckets = [1, 1, \"x\", true]",
            vec!["bad-value 5:15 1", "wrong-type 5:18 \"x\"", "wrong-type 5:23 true"],
        ),
        ("type = \"histogram\"\nvalue = \"v\"\nbuckets = []", vec!["bad-value 5:11 []"]),
        (
            "type = \"quantiles\"\nvalue = \"v\"\nquantiles = [0.5, 1.5, nan]\naccuracy = 0",
            vec!["bad-value 5:19 1.5", "bad-value 5:24 nan", "bad-value 6:12 0"],
        ),
        ("type = \"top\"\nvalue = \"v\"\nsize = 0", vec!["bad-value 5:8 0"]),
        ("when = \"\"\nvalue = \"\"", vec!["bad-value 3:8 \"\"", "bad-value 4:9 \"\""]),
        ("help = \"a\\nb\"", vec!["bad-value 3:8 \"a\\nb\""]),
        (
            "labels = [\"status\"]\ndeclared = { staus = [\"200\"], status = [] }",
            vec!["unknown-field 4:14 staus", "bad-value 4:31 status"],
        ),
        (
            "labels = [\"a\"]\ndeclared = { a = [\"1\", \"2\"] }\nseries_limit = 1",
            vec!["bad-value 4:1 declared"],
        ),
    ];
    for (keys, expected) in cases {
        assert_eq!(found(&format!("{METRIC}{keys}\n")), expected, "{keys}");
    }
    assert_eq!(found("[[metric]]\nname = \"a-b\"\n"), ["bad-name 2:10 -"]);
    assert_eq!(found("[[metric]]\nname = \"1a\"\n"), ["bad-name 2:9 1"]);
}

#[test]
fn names_are_unique() {
    let text = format!("{METRIC}{METRIC}[[source]]\nname = \"s\"\n[[source]]\nname = \"s\"\n");
    assert_eq!(found(&text), ["repeated-name 4:8 \"m\"", "repeated-name 8:8 \"s\""]);
}

#[test]
fn a_syntax_error_hides_nothing_else_and_invents_nothing() {
    let text = "[agent]\nslto = \"1s\"\n[[source]]\nname = \nformat = \"nope\"\n[[metric]]\nname = \"m\"\ntype = \"nope\"\n";
    let found = found(text);
    assert!(found.iter().any(|line| line.starts_with("syntax 4:")), "{found:?}");
    for expected in ["unknown-key 2:1 slto", "bad-format 5:11 nope", "bad-value 8:8 \"nope\""] {
        assert!(found.iter().any(|line| line == expected), "{expected} in {found:?}");
    }
    assert!(!found.iter().any(|line| line.starts_with("missing-key")), "{found:?}");
}

#[test]
fn included_files_add_their_tables() {
    let text = "include = [\"conf.d/*.toml\", \"more.toml\", \"conf.d/a.toml\", \"no*\"]\n[[source]]\nname = \"s\"\nformat = \"f\"\n";
    let files = [
        ("etc/conf.d/a.toml", "[agent]\nslot = \"1s\"\n[formats.f]\nnginx = '$status'\n"),
        ("etc/conf.d/b.toml", "[[source]]\nname = \"s\"\n[agent]\n"),
        ("etc/more.toml", "include = [\"x\"]\n[[metric]]\nname = \"m\"\n"),
    ];
    let (spec, problems) = read_with(text, &files);
    let places: Vec<String> =
        problems.iter().map(|problem| format!("{} {}", problem.place.origin, shown(problem))).collect();
    let expected = [
        "etc/conf.d/b.toml repeated-name 2:8 \"s\"",
        "etc/conf.d/b.toml repeated-name 3:1 [agent]",
        "etc/more.toml misplaced-key 1:1 include",
    ];
    assert_eq!(places, expected);
    assert_eq!((spec.agent.slot.as_secs(), spec.sources.len(), spec.metrics.len()), (1, 2, 1));
    assert_eq!(found("include = [\"nowhere.toml\"]\n"), ["unreadable-file 1:12 \"nowhere.toml\""]);
}

#[test]
fn warnings_come_last() {
    let text = "[[metric]]\nname = \"m\"\nlabels = [\"path\", \"status\"]\nx = 1\n[categories.path]\nx = 1\n";
    let (spec, problems) = read(text, "c", &Files(BTreeMap::new()));
    warn(&spec, &problems);
    let problems = problems.into_sorted();
    let severities: Vec<Severity> = problems.iter().map(|problem| problem.severity).collect();
    let expected = [Severity::Error, Severity::Error, Severity::Error, Severity::Warning];
    assert_eq!(severities, expected, "{problems:?}");
    let spec = good("[[source]]\nname = \"s\"\n[[metric]]\nname = \"m\"\nlabels = [\"path\", \"status\"]\n");
    let problems = super::Problems::of(spec.origins.clone());
    warn(&spec, &problems);
    let found: Vec<String> = problems.into_sorted().iter().map(shown).collect();
    assert_eq!(found, ["nothing-to-read 2:8 \"s\"", "unbounded-label 5:11 \"path\""]);
}

#[test]
fn any_text_is_read_without_a_panic() {
    for text in [
        "",
        "[",
        "[[source]]\n[[source",
        "\u{feff}[agent]\n",
        "a = \"\u{0}\"",
        "a.b.c = 1\n[a]\n",
        "source = [1, {}]",
    ] {
        let _ = found(text);
    }
    let nested = format!("a = {}", "[".repeat(100_000));
    assert!(!found(&nested).is_empty());
}
