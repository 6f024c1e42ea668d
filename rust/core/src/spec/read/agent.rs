//! `[agent]`.

use std::time::Duration;

use toml::de::DeTable;

use crate::spec::keys::{Document, Keys, Syntax};
use crate::spec::sections::AGENT;
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
        let commit_interval = keys.duration("commit_interval", SECOND / 10..=HOUR);
        let series_limit = keys.integer("series_limit", 1..=i64::MAX);
        keys.finish();
        AgentSpec {
            listen,
            state_dir,
            // What is wrong is reported already; some value has to stand for it.
            slot: slot.unwrap_or(SECOND),
            commit_interval: commit_interval.unwrap_or(SECOND),
            series_limit: series_limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX),
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
