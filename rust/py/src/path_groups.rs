//! Groups of paths that are at hand.

use logagent_core::template::{GroupLearner, path_group_regex};
use pyo3::prelude::*;

use crate::enter::without_gil;

/// Groups, at most `limit`, of counted paths: each with the regex that it means.
#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "what Python hands over is owned")]
pub fn path_groups(py: Python<'_>, paths: Vec<(String, u64)>, limit: usize) -> Vec<(String, String)> {
    without_gil(py, || {
        let mut learner = GroupLearner::new(&[], limit).in_one_window();
        for (path, count) in &paths {
            (0..*count).for_each(|_| learner.note(path.as_bytes(), true));
        }
        learner.settle();
        let ruled = |group: String| {
            let regex = path_group_regex(&group);
            (group, regex)
        };
        learner.take().into_iter().map(ruled).collect()
    })
}
