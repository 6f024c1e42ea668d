mod writer;

use std::net::IpAddr;

use proptest::prelude::*;

use self::writer::{Value, database};
use super::{Database, Fact, address};
use crate::category::Values;
use crate::plan::Plan;
use crate::scan::{Record, Records, Span};
use crate::spec::{Problem, Surroundings};

fn country_file() -> Vec<u8> {
    let of = |code| Value::Map(vec![("country", Value::Map(vec![("iso_code", Value::Text(code))]))]);
    let networks = [("1.2.3.0", 24, of("DE")), ("10.0.0.0", 8, of("IT")), ("2001:db8::", 32, of("FR"))];
    database("Test-Country", &networks)
}

fn asn_file() -> Vec<u8> {
    let of = |number| Value::Map(vec![("autonomous_system_number", Value::Number(number))]);
    database("Test-ASN", &[("1.2.0.0", 16, of(3320)), ("2001:db8::", 32, of(4_200_000_000))])
}

fn asked(database: &Database, text: &[u8]) -> String {
    let mut out = Vec::new();
    database.append(text, &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn addresses_are_found_as_logs_write_them() {
    let countries = Database::new(country_file(), Fact::Country).unwrap();
    let systems = Database::new(asn_file(), Fact::Asn).unwrap();
    for (text, country, asn) in [
        ("1.2.3.4", "DE", "AS3320"),
        ("1.2.3.4:51234", "DE", "AS3320"),
        ("::ffff:1.2.3.4", "DE", "AS3320"),
        ("1.2.4.4", "", "AS3320"),
        ("10.255.0.1", "IT", ""),
        ("11.0.0.1", "", ""),
        ("2001:db8::1", "FR", "AS4200000000"),
        ("[2001:db8::1]", "FR", "AS4200000000"),
        ("[2001:db8::1]:443", "FR", "AS4200000000"),
        ("2001:db8::1%eth0", "FR", "AS4200000000"),
        ("2001:db9::1", "", ""),
        ("", "", ""),
        ("-", "", ""),
        ("example.org", "", ""),
        ("[", "", ""),
        ("1.2.3.4, 10.0.0.1", "", ""),
    ] {
        assert_eq!(asked(&countries, text.as_bytes()), country, "{text}");
        assert_eq!(asked(&systems, text.as_bytes()), asn, "{text}");
    }
}

#[test]
fn truncated_files_are_refused() {
    for (bytes, fact) in [(country_file(), Fact::Country), (asn_file(), Fact::Asn)] {
        for length in 0..bytes.len() {
            assert!(Database::new(bytes[..length].to_vec(), fact).is_err(), "{length}");
        }
    }
}

#[test]
fn damaged_files_are_refused_or_answer_something() {
    let whole = country_file();
    for at in 0..whole.len() {
        for damage in [0xff, 0x01, 0x20, 0x80] {
            let mut bytes = whole.clone();
            bytes[at] ^= damage;
            if let Ok(database) = Database::new(bytes, Fact::Country) {
                for text in ["1.2.3.4", "10.0.0.1", "2001:db8::1"] {
                    let mut out = Vec::new();
                    database.append(text.as_bytes(), &mut out);
                }
            }
        }
    }
}

#[test]
fn a_database_of_something_else_is_refused() {
    let error = Database::new(asn_file(), Fact::Country).unwrap_err();
    assert_eq!(error, "it holds no country codes (it is a database of type `Test-ASN`)");
    assert!(Database::new(b"text".to_vec(), Fact::Asn).unwrap_err().starts_with("it is no MaxMind database"));
}

proptest! {
    #[test]
    fn any_text_is_looked_up_without_a_panic(text in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = address(&text);
    }

    #[test]
    fn any_text_like_an_address_is_looked_up_without_a_panic(text in r"[\[\]0-9a-f:.%]{0,30}") {
        let _ = address(text.as_bytes());
    }

    #[test]
    fn every_address_is_read(bits in any::<u128>(), port in any::<u16>()) {
        let v6 = std::net::Ipv6Addr::from_bits(bits);
        let v4 = std::net::Ipv4Addr::from_bits(bits as u32);
        prop_assert_eq!(address(v4.to_string().as_bytes()), Some(IpAddr::V4(v4)));
        prop_assert_eq!(address(format!("{v4}:{port}").as_bytes()), Some(IpAddr::V4(v4)));
        let canonical = Some(v6.to_canonical());
        for text in [format!("{v6}"), format!("[{v6}]:{port}"), format!("{v6}%eth0")] {
            prop_assert_eq!(address(text.as_bytes()), canonical);
        }
    }
}

/// The two databases beside the configuration.
struct Directory;

impl Surroundings for Directory {
    fn files(&self, pattern: &str) -> Result<Vec<String>, String> {
        Ok(vec![pattern.to_owned()])
    }

    fn read(&self, _path: &str) -> Result<String, String> {
        Err("there is none".to_owned())
    }

    fn read_bytes(&self, path: &str) -> Result<Vec<u8>, String> {
        match path {
            "etc/country.mmdb" => Ok(country_file()),
            "etc/asn.mmdb" => Ok(asn_file()),
            _ => Err("there is none".to_owned()),
        }
    }

    fn variable(&self, _name: &str) -> Option<String> {
        None
    }
}

const SOURCE: &str = "[[source]]\nname = \"s\"\npaths = [\"a\"]\nformat = \"combined\"\n";

fn plan(text: &str) -> Result<Plan, Vec<Problem>> {
    Plan::read(&format!("{text}\n{SOURCE}"), "etc/config.toml", &Directory)
}

#[test]
fn labels_conditions_and_categories_take_them() {
    let plan = plan(
        r#"
        [geoip]
        country = "country.mmdb"
        asn = "asn.mmdb"
        [categories.zone]
        on = "country"
        rules = [{ name = "europe", exact = ["DE", "FR"], when = 'asn != ""' }]
        default = "elsewhere"
        [[metric]]
        name = "m"
        labels = ["country", "zone"]
        when = 'country != "XX" && asn != "AS1"'
        "#,
    )
    .unwrap_or_else(|problems| panic!("{problems:?}"));
    let categories = &plan.rules.categories;
    assert_eq!(categories.names(), ["zone", "country", "asn"]);
    let kinds = vec![crate::format::Kind::Text; plan.fields.len()];
    let mut scratch = categories.scratch(&kinds, 2026);
    let client = plan.slot("remote_addr").unwrap();
    let mut values = Values::default();
    for (line, want) in [
        ("1.2.3.4", ["europe", "DE", "AS3320"]),
        ("10.0.0.1", ["elsewhere", "IT", ""]),
        ("1.2.3.4", ["europe", "DE", "AS3320"]),
        ("unix:", ["elsewhere", "", ""]),
    ] {
        let mut spans = vec![Span::ABSENT; plan.fields.len()];
        spans[client] = Span::line(0, line.len());
        let record = Record { line: line.as_bytes(), scratch: &[], spans: &spans };
        Records::one(&record, |records| categories.evaluate(records, &mut values, &mut scratch));
        let got = [0, 1, 2].map(|category| String::from_utf8_lossy(values.of(0).get(category)).into_owned());
        assert_eq!(got, want, "{line}");
        let explained = categories.explain(&record, &mut scratch).remove(1);
        assert_eq!(explained.value, want[1].as_bytes());
        assert_eq!((explained.tested.as_deref(), explained.matches.len()), (Some(line.as_bytes()), 0));
    }
}

/// Code, line and hint of each problem.
fn found(text: &str) -> Vec<(&'static str, usize, String)> {
    let problems = plan(text).unwrap_err().into_iter();
    let errors = problems.filter(|problem| problem.severity == crate::spec::Severity::Error);
    errors.map(|problem| (problem.code, problem.place.line, problem.hint.unwrap_or_default())).collect()
}

#[test]
fn without_a_file_the_names_are_unknown() {
    let text = "[geoip]\nasn = \"asn.mmdb\"\n[[metric]]\nname = \"m\"\nlabels = [\"country\"]\n\
        when = 'country == \"DE\"'\n[categories.c]\non = \"country\"\nrules = [{ name = \"x\", exact = \"y\" }]\n";
    let problems = found(text);
    assert_eq!(problems.len(), 3, "{problems:?}");
    for (code, _, hint) in &problems {
        assert_eq!(*code, "unknown-field");
        assert!(hint.contains("[geoip] with country ="), "{hint}");
    }
    // What stands in no label, condition or category is not asked for.
    assert!(plan("[geoip]\nasn = \"asn.mmdb\"\n").unwrap().fields.is_empty());
}

#[test]
fn what_is_wrong_with_the_table_is_told_at_its_place() {
    let lines = |text| found(text).into_iter().map(|(code, line, _)| (code, line)).collect::<Vec<_>>();
    let missing = "[geoip]\ncountry = \"none.mmdb\"\nasn = \"country.mmdb\"\n\
        [[metric]]\nname = \"m\"\nlabels = [\"country\"]\n";
    assert_eq!(lines(missing), [("unreadable-file", 2), ("unreadable-file", 3)]);
    assert_eq!(lines("[geoip]\non = \"user\"\n"), [("missing-key", 1)]);
    let label = "[[metric]]\nname = \"m\"\nlabels = [\"country\"]\nwhen = 'country != \"\"'\n";
    let on = format!("[geoip]\ncountry = \"country.mmdb\"\non = \"adr\"\n{label}");
    assert_eq!(lines(&on), [("unknown-field", 3)]);
}
