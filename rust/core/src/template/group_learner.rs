//! Which groups of paths are worth a name: learnt from requests, window by window.

use std::cmp::Reverse;

use super::path_group::{group_of, openness};
use super::paths::PathMiner;

/// Requests of the first window, and of each later one.
const FIRST_WINDOW: u64 = 1_000;
const WINDOW: u64 = 10_000;
/// Fewer requests of a window make no group ...
const LEAST_REQUESTS: u64 = 8;
/// ... nor does a smaller share than this part of what each group would have if all were alike.
const SHARE_PARTS: u64 = 2;
/// At most so many requests are passed over for each that is learnt from.
const LONGEST_STRIDE: u64 = 64;

/// Learns groups of paths from what the known groups do not hold.
///
/// A window is a number of requests; behind it the templates with a large enough share of all its
/// requests become groups, and the next window begins with an empty model. So what is held is bounded, a
/// new part of a site is found whatever came before it, and what comes rarely never takes a place. Groups
/// follow from the requests alone, not from time. While nothing new is found, ever fewer requests are
/// looked at.
#[derive(Debug, Clone)]
pub struct GroupLearner {
    limit: usize,
    /// Groups that there are, found ones included.
    known: Vec<String>,
    found: Vec<String>,
    miner: PathMiner,
    /// Requests of the window, how many of them no group holds, and how long the window is.
    requests: u64,
    left: u64,
    window: u64,
    stride: u64,
}

impl GroupLearner {
    /// A learner of at most `limit` groups, some of which there are.
    pub fn new(known: &[String], limit: usize) -> GroupLearner {
        let window = if known.is_empty() { FIRST_WINDOW } else { WINDOW };
        GroupLearner {
            limit,
            known: known.to_vec(),
            found: Vec::new(),
            miner: PathMiner::default(),
            requests: 0,
            left: 0,
            window,
            stride: 1,
        }
    }

    /// The same with one window for everything, which [`GroupLearner::settle`] ends.
    #[must_use]
    pub fn in_one_window(self) -> GroupLearner {
        GroupLearner { window: u64::MAX, ..self }
    }

    /// Notes a request; `is_left` if no group holds it.
    #[inline]
    pub fn note(&mut self, target: &[u8], is_left: bool) {
        self.requests += 1;
        if is_left && self.known.len() < self.limit {
            if self.left.is_multiple_of(self.stride) {
                self.miner.learn(target);
            }
            self.left += 1;
        }
        if self.requests >= self.window {
            self.settle();
        }
    }

    /// Ends the window where it is.
    #[cold]
    pub fn settle(&mut self) {
        let parts = SHARE_PARTS * self.limit as u64;
        let is_worthy = |count: u64| count >= LEAST_REQUESTS && count * parts >= self.requests;
        let mut fresh: Vec<(usize, Reverse<u64>, String)> = Vec::new();
        for template in self.miner.templates() {
            let count = template.count * self.stride;
            if !is_worthy(count) {
                break; // the most frequent come first
            }
            if let Some(group) = group_of(&template.path, &template.examples)
                && !self.known.contains(&group)
                && !fresh.iter().any(|(.., known)| *known == group)
            {
                fresh.push((openness(&group), Reverse(count), group));
            }
        }
        // Those with the most requests get what places are left; then the least open comes first.
        fresh.truncate(self.limit.saturating_sub(self.known.len()));
        fresh.sort();
        self.stride = if fresh.is_empty() { (2 * self.stride).min(LONGEST_STRIDE) } else { 1 };
        for (.., group) in fresh {
            self.known.push(group.clone());
            self.found.push(group);
        }
        (self.requests, self.left) = (0, 0);
        self.window = self.window.max(WINDOW);
        self.miner = PathMiner::default();
    }

    /// Hands over the groups that were found since the last call.
    pub fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop(number: u64) -> String {
        match number % 10 {
            0..4 => format!("/orders/{number}/items"),
            4..7 => {
                format!("/users/{}/profile", ["ann", "bob", "cy", "dora", "eve"][number as usize / 10 % 5])
            }
            7 => "/".to_owned(),
            8 => "/about/us".to_owned(),
            _ => format!("/probe-{number:x}.php"),
        }
    }

    fn learnt(learner: &mut GroupLearner, requests: std::ops::Range<u64>) -> Vec<String> {
        requests.for_each(|number| learner.note(shop(number).as_bytes(), true));
        learner.take()
    }

    #[test]
    fn what_comes_often_gets_a_group() {
        let mut learner = GroupLearner::new(&[], 100);
        assert_eq!(learnt(&mut learner, 0..999), [""; 0]);
        let found = learnt(&mut learner, 999..1000);
        assert!(found.contains(&"/orders/<num>/items".to_owned()), "{found:?}");
        assert!(found.contains(&"/".to_owned()) && found.contains(&"/about/us".to_owned()), "{found:?}");
        assert!(!found.iter().any(|group| group.contains("php")), "{found:?}");
        assert_eq!(learnt(&mut learner, 1000..20_000), [""; 0]);
    }

    #[test]
    fn groups_do_not_depend_on_when_they_are_taken() {
        let mut often = GroupLearner::new(&[], 100);
        let by_and_by: Vec<String> =
            (0..30).flat_map(|part| learnt(&mut often, part * 777..(part + 1) * 777)).collect();
        assert_eq!(by_and_by, learnt(&mut GroupLearner::new(&[], 100), 0..30 * 777));
    }

    #[test]
    fn there_are_never_more_than_the_limit() {
        let mut learner = GroupLearner::new(&["/known".to_owned()], 3);
        (0..100_000u64)
            .for_each(|number| learner.note(format!("/page{}/x", (number / 50) % 40).as_bytes(), true));
        (0..100_000u64)
            .for_each(|number| learner.note([&b"/one"[..], b"/two", b"/six"][number as usize % 3], true));
        let found = learner.take();
        assert_eq!(found.len(), 2, "{found:?}");
    }

    #[test]
    fn a_part_that_is_new_is_found_later() {
        let mut learner = GroupLearner::new(&["/".to_owned()], 100);
        (0..200_000).for_each(|_| learner.note(b"/", false));
        (0..20_000u64).for_each(|number| learner.note(format!("/new/{number}").as_bytes(), number % 3 == 0));
        assert_eq!(learner.take(), ["/new/<num>"]);
    }
}
