//! The reference pages and the sample configuration: they are what the reader takes.

#[path = "../src/geoip/tests/writer.rs"]
mod mmdb_writer;

use std::fs;
use std::path::PathBuf;

use logagent_core::plan::Plan;
use logagent_core::spec::schema::Section;
use logagent_core::spec::sections::{AGENT, METRIC, SECTIONS};
use logagent_core::spec::{self, Problem, Severity, Spec, Surroundings, page};

use self::mmdb_writer::{Value, database};

/// A directory with a table of rules, databases of addresses and nothing to include.
struct Directory;

const NGINX_CONF: &str = "http {
    log_format timed '$remote_addr [$time_local] \"$request\" $status $request_time';
    access_log /var/log/nginx/access.log timed;
}
";

const APACHE_CONF: &str = r#"LogFormat "%h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\"" combined
CustomLog /var/log/apache2/access.log combined
"#;

impl Surroundings for Directory {
    fn files(&self, _pattern: &str) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }

    fn read(&self, path: &str) -> Result<String, String> {
        match path {
            "mapping.csv" => Ok("Id,Regex,Rank\nimages,\\.png$,1\n".to_owned()),
            "/etc/nginx/nginx.conf" => Ok(NGINX_CONF.to_owned()),
            "/etc/apache2/apache2.conf" => Ok(APACHE_CONF.to_owned()),
            _ => Err("No such file or directory".to_owned()),
        }
    }

    fn read_bytes(&self, path: &str) -> Result<Vec<u8>, String> {
        let record = match path.rsplit('-').next() {
            Some("Country.mmdb") => ("country", Value::Map(vec![("iso_code", Value::Text("DE"))])),
            Some("ASN.mmdb") => ("autonomous_system_number", Value::Number(1)),
            _ => return Err("No such file or directory".to_owned()),
        };
        Ok(database("Test", &[("10.0.0.0", 8, Value::Map(vec![record]))]))
    }

    fn variable(&self, name: &str) -> Option<String> {
        (name == "LOGAGENT_PORT").then(|| "9966".to_owned())
    }
}

fn top(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn read(text: &str) -> (Spec, Vec<Problem>) {
    let (spec, problems) = spec::read(text, "config.toml", &Directory);
    (spec, problems.into_sorted())
}

#[test]
fn pages_are_as_the_tables_say() {
    for (name, page) in [("configuration", page::configuration()), ("problems", page::problems())] {
        let written = fs::read_to_string(top(&format!("docs/{name}.md"))).unwrap_or_default();
        assert!(written == page, "docs/{name}.md is stale: make docs");
    }
}

#[test]
fn every_example_loads_and_shows_every_key() {
    for section in SECTIONS {
        let (_, problems) = read(section.example);
        assert_eq!(problems, [], "{}", section.heading);
        let table = toml::from_str::<toml::Table>(section.example).unwrap();
        for key in section.keys {
            assert!(
                has_key(&toml::Value::Table(table.clone()), key.name),
                "{} {}",
                section.heading,
                key.name
            );
        }
    }
}

/// Whether any table within `value` has `key`.
fn has_key(value: &toml::Value, key: &str) -> bool {
    match value {
        toml::Value::Table(table) => {
            table.contains_key(key) || table.values().any(|value| has_key(value, key))
        }
        toml::Value::Array(items) => items.iter().any(|value| has_key(value, key)),
        _ => false,
    }
}

/// The keys of a section that have a default, with it.
fn defaults(section: &Section, keys: &[&str]) -> String {
    let chosen = section.keys.iter().filter(|key| keys.contains(&key.name));
    chosen.flat_map(|key| [key.name, " = ", key.default, "\n"]).collect()
}

#[test]
fn defaults_in_the_tables_are_the_defaults() {
    let metric = |kind: &str, keys: &[&str]| {
        let heading = format!("[[metric]]\nname = \"{kind}\"\ntype = \"{kind}\"\nvalue = \"bytes\"\n");
        heading + &defaults(&METRIC, keys)
    };
    let whole = |agent: String, histogram: &[&str], quantiles: &[&str], top: &[&str]| {
        let [histogram, quantiles, top] = [("histogram", histogram), ("quantiles", quantiles), ("top", top)]
            .map(|(kind, keys)| metric(kind, keys));
        let (spec, problems) = read(&format!("[agent]\n{agent}{histogram}{quantiles}{top}"));
        assert_eq!(problems, []);
        let Spec { agent, metrics, .. } = spec;
        let kinds: Vec<_> = metrics.into_iter().map(|metric| (metric.kind, metric.series_limit)).collect();
        (agent.listen.value, agent.slot, agent.commit_interval, agent.series_limit, kinds)
    };
    let implicit = whole(String::new(), &[], &[], &[]);
    let agent = defaults(&AGENT, &["listen", "slot", "commit_interval", "series_limit"]);
    let explicit =
        whole(agent, &["buckets", "series_limit", "declared"], &["quantiles", "accuracy"], &["size"]);
    assert_eq!(explicit, implicit);
}

#[test]
fn every_unknown_field_is_told_at_each_place() {
    let text = "[[source]]\nname = \"s\"\nformat = \"combined\"\n\
        [[metric]]\nname = \"a\"\nlabels = [\"staus\", \"method\", \"pth\"]\n\
        [[metric]]\nname = \"b\"\nlabels = [\"staus\"]\n";
    let problems = Plan::from_toml(text).unwrap_err();
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error);
    let places: Vec<_> = errors.map(|problem| (problem.place.line, problem.place.column)).collect();
    assert_eq!(places, [(6, 11), (6, 30), (9, 11)]);
    assert_eq!(problems[0].hint.as_deref(), Some("did you mean `status`?"));
}

#[test]
fn a_plan_can_be_asked_for_another_field() {
    let source = "[[source]]\nname = \"s\"\nformat = ";
    let plan = Plan::from_toml(&format!("{source}\"combined\"\n")).unwrap();
    assert_eq!(plan.with_field("time").unwrap().slot("time"), Some(0));
    let plan = Plan::from_toml(&format!("{source}'$status'\n")).unwrap();
    let problems = plan.with_field("time").unwrap_err();
    let Problem { code, place, .. } = &problems[0];
    assert_eq!((*code, place.line, place.column, place.end_column), ("unknown-field", 3, 10, 19));
}

#[test]
fn the_sample_loads() {
    let sample = fs::read_to_string(top("config.toml")).unwrap();
    let (spec, problems) = read(&sample);
    assert_eq!(problems, []);
    assert!(!spec.sources.is_empty() && !spec.categories.is_empty() && !spec.metrics.is_empty());
}

#[test]
fn what_the_sample_leaves_out_loads_too() {
    // What is commented out is `# key = value` or `# [table]` at the beginning of a line.
    let sample = fs::read_to_string(top("config.toml")).unwrap();
    let is_key = |line: &&str| {
        line.strip_prefix("# ")
            .and_then(|rest| rest.split_once(" = "))
            .is_some_and(|(key, _)| key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
            || line.starts_with("# [")
    };
    let commented = sample.lines().filter(is_key).count();
    assert!(commented >= 5, "{commented}");
    let whole: Vec<&str> =
        sample.lines().map(|line| if is_key(&line) { &line["# ".len()..] } else { line }).collect();
    let (_, problems) = read(&whole.join("\n"));
    assert_eq!(problems, []);
}
