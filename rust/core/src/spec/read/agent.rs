//! `[agent]`.

use std::net::IpAddr;
use std::time::Duration;

use toml::de::DeTable;

use crate::spec::keys::{Document, Keys, Syntax};
use crate::spec::sections::AGENT;
use crate::spec::surroundings::beside;
use crate::spec::{Nothing, Problems, Text};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// `[agent]`: the service itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentSpec {
    /// Host and port to offer counts at, such as `127.0.0.1:9966`.
    pub listen: Text,
    /// Directory of the state; what the environment says without one.
    pub state_dir: Option<Text>,
    /// Width of a slot of event time.
    pub slot: Duration,
    /// Time between two commits.
    pub commit_interval: Duration,
    /// Series that all metrics together keep at most.
    pub series_limit: usize,
    /// What HTTPS is spoken with; plain HTTP without.
    pub tls: Option<TlsFiles>,
    /// File of the bearer token that requests carry.
    pub token_file: Option<Text>,
    /// File of the users that may ask.
    pub basic_auth_file: Option<Text>,
    /// Whether a change of the configuration's files is followed by itself.
    pub reload_on_change: bool,
    /// One of [`LOG_FORMATS`](crate::spec::sections::LOG_FORMATS).
    pub log_format: &'static str,
    /// One of [`LOG_LEVELS`](crate::spec::sections::LOG_LEVELS).
    pub log_level: &'static str,
}

/// Files of HTTPS, both in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate chain.
    pub cert: Text,
    /// Its private key.
    pub key: Text,
}

impl AgentSpec {
    pub(super) fn read(mut keys: Keys<'_, '_>) -> AgentSpec {
        let listen = keys.text_or_default("listen");
        if !is_host_and_port(&listen.value) {
            let message = format!("`{}` is no address and port", listen.value);
            let hint = "write it as \"127.0.0.1:9966\" or \"[::1]:9966\"".to_owned();
            keys.problem("bad-value", listen.span.clone(), message, Some(hint));
        }
        let state_dir = keys.text("state_dir");
        let slot = keys.duration("slot", SECOND..=DAY);
        if slot.is_some_and(|slot| slot.subsec_nanos() > 0) {
            let hint = "write \"1s\", \"10s\", \"1m\"".to_owned();
            keys.problem("bad-value", keys.value_span("slot"), "a slot is whole seconds wide", Some(hint));
        }
        let commit_interval = keys.duration("commit_interval", SECOND / 10..=HOUR);
        let series_limit = keys.integer("series_limit", 1..=i64::MAX);
        let tls = tls_files(&mut keys);
        let token_file = file(&mut keys, "token_file");
        let basic_auth_file = file(&mut keys, "basic_auth_file");
        let is_protected =
            ["tls_cert", "tls_key", "token_file", "basic_auth_file"].iter().any(|key| keys.has(key));
        if !is_protected && is_host_and_port(&listen.value) && !is_loopback(&listen.value) {
            let message = format!("other machines can reach `{}`, and nothing protects it", listen.value);
            let hint =
                "add `token_file`, `basic_auth_file`, or `tls_cert` and `tls_key`; or listen at 127.0.0.1";
            keys.problem("exposed-address", listen.span.clone(), message, Some(hint.to_owned()));
        }
        let reload_on_change = keys.boolean("reload_on_change");
        let log_format = keys.choice("log_format");
        let log_level = keys.choice("log_level");
        keys.finish();
        AgentSpec {
            listen,
            state_dir,
            // What is wrong is reported already; some value has to stand for it.
            slot: slot.unwrap_or(SECOND),
            commit_interval: commit_interval.unwrap_or(SECOND),
            series_limit: series_limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX),
            tls,
            token_file,
            basic_auth_file,
            reload_on_change,
            log_format: log_format.unwrap_or("text"),
            log_level: log_level.unwrap_or("info"),
        }
    }
}

/// What an empty table means.
impl Default for AgentSpec {
    fn default() -> AgentSpec {
        let document = Document {
            text: "",
            base: 0,
            origin: "",
            syntax: Syntax::Whole,
            problems: &Problems::default(),
            surroundings: &Nothing,
        };
        AgentSpec::read(Keys::root(&DeTable::new(), &AGENT, document))
    }
}

/// The file that `key` names; a relative path starts beside the configuration.
fn file(keys: &mut Keys<'_, '_>, key: &'static str) -> Option<Text> {
    let path = keys.filled_text(key)?;
    let resolved = beside(&path.value, keys.document().origin);
    Some(path.replaced(resolved))
}

/// The files of HTTPS; one without the other is a problem.
fn tls_files(keys: &mut Keys<'_, '_>) -> Option<TlsFiles> {
    for (key, other) in [("tls_cert", "tls_key"), ("tls_key", "tls_cert")] {
        if keys.has(other) && !keys.has(key) {
            keys.missing(key, Some(format!("`{other}` needs it")));
        }
    }
    let (cert, key) = (file(keys, "tls_cert"), file(keys, "tls_key"));
    Some(TlsFiles { cert: cert?, key: key? })
}

/// Whether only this machine reaches the address.
fn is_loopback(listen: &str) -> bool {
    let host = listen.rsplit_once(':').map_or(listen, |(host, _)| host);
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    address.map_or(host == "localhost", |address| address.is_loopback())
}

fn is_host_and_port(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    let is_ipv6 = || host.starts_with('[') && text.parse::<std::net::SocketAddr>().is_ok();
    let is_name = || host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    port.parse::<u16>().is_ok() && !host.is_empty() && (is_name() || is_ipv6())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_those_of_the_table() {
        let agent = AgentSpec::default();
        assert_eq!(agent.listen.value, "127.0.0.1:9966");
        assert_eq!(agent.state_dir, None);
        assert_eq!((agent.slot, agent.commit_interval), (10 * SECOND, 5 * SECOND));
        assert_eq!(agent.series_limit, 100_000);
        assert_eq!((agent.tls, agent.token_file, agent.basic_auth_file), (None, None, None));
        assert_eq!((agent.reload_on_change, agent.log_format, agent.log_level), (false, "text", "info"));
    }

    #[test]
    fn addresses_of_this_machine_alone() {
        for own in ["127.0.0.1:1", "127.8.0.1:1", "[::1]:1", "localhost:1"] {
            assert!(is_loopback(own), "{own}");
        }
        for open in ["0.0.0.0:1", "[::]:1", "192.0.2.1:1", "proxy:1", "localhost.example.org:1"] {
            assert!(!is_loopback(open), "{open}");
        }
    }

    #[test]
    fn addresses() {
        for good in ["127.0.0.1:9966", "localhost:1", "[::1]:80", "proxy-1.example.org:65535"] {
            assert!(is_host_and_port(good), "{good}");
        }
        for bad in ["", "9966", ":9966", "localhost", "localhost:", "a:65536", "::1:80", "[::1:80", "a b:1"] {
            assert!(!is_host_and_port(bad), "{bad}");
        }
    }
}
