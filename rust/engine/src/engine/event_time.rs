//! The event-time clock: up to where in the time of the logs records are counted.

use std::collections::HashMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use logagent_core::plan::Plan;

/// A source of which no record came for so long is idle: the clock does not wait for it.
const IDLE: Duration = Duration::from_secs(10);

/// Now, in Unix nanoseconds.
pub(super) fn wall_clock_ns() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

/// The newest times of sources.
#[derive(Debug)]
pub(super) struct EventTimes {
    /// By number of the source.
    sources: Vec<Heard>,
}

/// What is known of the time of a source.
#[derive(Debug, Clone)]
struct Heard {
    name: String,
    /// The newest time of a record of the last block that had one, in Unix nanoseconds; a record of
    /// another block may be newer, but what comes behind it has the time of the last one.
    newest_ns: Option<i64>,
    /// When that came, or the source was begun.
    at: Instant,
    /// The newest time since the last take.
    untaken_ns: Option<i64>,
}

impl EventTimes {
    /// Nothing came yet of a plan's sources.
    pub(super) fn new(plan: &Plan) -> EventTimes {
        let mut times = EventTimes { sources: Vec::new() };
        times.set_sources(plan);
        times
    }

    /// Goes on by another plan; sources are matched by name.
    pub(super) fn set_sources(&mut self, plan: &Plan) {
        let now = Instant::now();
        let mut known: HashMap<String, Heard> =
            self.sources.drain(..).map(|heard| (heard.name.clone(), heard)).collect();
        let names = plan.sources.iter().map(|source| source.name.clone());
        let begun = |name: String| Heard { name, newest_ns: None, at: now, untaken_ns: None };
        self.sources = names.map(|name| known.remove(&name).unwrap_or_else(|| begun(name))).collect();
    }

    /// A block of records of a source came.
    pub(super) fn heard(&mut self, source: usize, newest_ns: i64, now: Instant) {
        if let Some(heard) = self.sources.get_mut(source) {
            (heard.newest_ns, heard.at) = (Some(newest_ns), now);
            heard.untaken_ns = heard.untaken_ns.max(Some(newest_ns));
        }
    }

    /// The newest time of the records since the last call, by source.
    pub(super) fn take_newest(&mut self) -> Vec<(String, i64)> {
        let take = |heard: &mut Heard| Some((heard.name.clone(), heard.untaken_ns.take()?));
        self.sources.iter_mut().filter_map(take).collect()
    }

    /// See [`Engine::event_time`](super::Engine::event_time).
    pub(super) fn now(&self, wall_ns: i64, now: Instant) -> Option<i64> {
        let is_idle = |heard: &Heard| now.saturating_duration_since(heard.at) >= IDLE;
        let busy = self.sources.iter().filter(|heard| !is_idle(heard)).map(|heard| heard.newest_ns);
        busy.min().unwrap_or(Some(wall_ns)).map(|least_ns| least_ns.min(wall_ns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WALL: i64 = 1_700_000_000_000_000_000;

    fn plan(names: &[&str]) -> Plan {
        let source =
            |name: &&str| format!("[[source]]\nname = \"{name}\"\npaths = [\"x\"]\nformat = \"combined\"\n");
        Plan::from_toml(&names.iter().map(source).collect::<String>()).expect("a plan")
    }

    #[test]
    fn the_least_of_the_busy_sources_counts_and_the_wall_clock_without() {
        let mut times = EventTimes::new(&plan(&["a", "b"]));
        let start = Instant::now();
        let after = |seconds: u64| start + Duration::from_secs(seconds);
        assert_eq!(times.now(WALL, start), None);
        times.heard(0, WALL - 5, start);
        // The other one may still come with anything.
        assert_eq!(times.now(WALL, start), None);
        times.heard(1, WALL - 90, start);
        assert_eq!(times.now(WALL, start), Some(WALL - 90));
        times.heard(0, WALL + 7, after(9));
        assert_eq!(times.now(WALL + 9, after(9)), Some(WALL - 90));
        // The second is idle now, and then both are.
        assert_eq!(times.now(WALL + 11, after(11)), Some(WALL + 7));
        assert_eq!(times.now(WALL + 6, after(11)), Some(WALL + 6));
        assert_eq!(times.now(WALL + 60, after(60)), Some(WALL + 60));
        // A backlog comes.
        times.heard(1, WALL - 900, after(60));
        assert_eq!(times.now(WALL + 60, after(60)), Some(WALL - 900));
        assert_eq!(times.take_newest(), [("a".to_owned(), WALL + 7), ("b".to_owned(), WALL - 90)]);
        assert_eq!(times.take_newest(), []);
    }

    #[test]
    fn sources_keep_their_time_over_a_reload() {
        let mut times = EventTimes::new(&plan(&["a", "b"]));
        times.heard(1, WALL - 5, Instant::now());
        times.set_sources(&plan(&["b", "c"]));
        assert_eq!(times.now(WALL, Instant::now()), None);
        times.heard(1, WALL, Instant::now());
        assert_eq!(times.now(WALL, Instant::now()), Some(WALL - 5));
        assert_eq!(times.take_newest().len(), 2);
    }
}
