//! Which formats were found by looking at inputs, and which inputs change theirs later on.

use std::sync::{Arc, Mutex};

use logagent_core::format::{Detected, detect};

use super::lock;
use crate::Input;

/// Refused lines of an input that are kept to be looked at, in bytes.
pub(crate) const SAMPLE_BYTES: usize = 64 << 10;
/// Fewer refused lines are no other format.
pub(crate) const FEWEST_LINES: usize = 20;

/// Inputs whose format was found by looking at them: input and what was found, in words.
#[derive(Debug, Default)]
pub(super) struct Detections(Mutex<Vec<Arc<Detection>>>);

/// What was found in one input, and the first lines that are not so.
#[derive(Debug)]
pub(super) struct Detection {
    input: String,
    found: String,
    refused: Mutex<Vec<u8>>,
}

impl Detections {
    /// Takes note of what was found, if anything had to be.
    pub(super) fn add(&self, input: &Input, found: Option<String>) -> Option<Arc<Detection>> {
        let detection = Detection { input: input.to_string(), found: found?, refused: Mutex::default() };
        let detection = Arc::new(detection);
        lock(&self.0).push(Arc::clone(&detection));
        Some(detection)
    }

    /// Input and format; once more with `later …` for an input whose refused lines are in another one.
    pub(super) fn sorted(&self) -> Vec<(String, String)> {
        let mut all = Vec::new();
        for detection in &*lock(&self.0) {
            all.push((detection.input.clone(), detection.found.clone()));
            all.extend(detection.later().map(|later| (detection.input.clone(), later)));
        }
        all.sort();
        all
    }
}

impl Detection {
    /// Whether more refused lines are wanted.
    pub(super) fn has_room(&self) -> bool {
        lock(&self.refused).len() < SAMPLE_BYTES
    }

    /// Adds refused lines, each with a line feed, in the order of the input.
    pub(super) fn add_refused(&self, lines: &[u8]) {
        let mut refused = lock(&self.refused);
        let room = SAMPLE_BYTES.saturating_sub(refused.len());
        refused.extend_from_slice(whole_lines(lines, room));
    }

    /// The other format that nearly all of the refused lines are in.
    fn later(&self) -> Option<String> {
        let found = other_format(&self.found, &lock(&self.refused))?;
        let Detected { matched, lines, .. } = found;
        Some(format!("later {} ({matched} of {lines} lines that it refuses match)", found.title()))
    }
}

/// Refused lines of one input, which tell whether it is in another format later on.
#[derive(Debug, Default)]
pub(super) struct Sample {
    /// What was found in the input; without, nothing is kept.
    pub(super) detection: Option<Arc<Detection>>,
    /// Each with a line feed.
    pub(super) refused: Vec<u8>,
}

impl Sample {
    /// Takes lines of the input of which this was found, from now on.
    pub(super) fn begin(&mut self, detection: Option<&Arc<Detection>>) {
        self.detection = detection.cloned();
    }

    /// What takes refused lines, each with a line feed, while there is room.
    pub(super) fn wanted(&mut self) -> Option<&mut Vec<u8>> {
        let has_room = self.detection.as_ref().is_some_and(|detection| detection.has_room());
        has_room.then_some(&mut self.refused)
    }

    /// Adds what comes behind it, if it can: where both hold lines, they have to be of one input.
    pub(super) fn append(&mut self, next: &mut Sample) -> bool {
        if next.refused.is_empty() {
            return true;
        }
        let is_same = match (&self.detection, &next.detection) {
            (Some(own), Some(other)) => Arc::ptr_eq(own, other),
            (None, None) => true,
            _ => false,
        };
        if !is_same && !self.refused.is_empty() {
            return false;
        }
        self.detection = next.detection.take();
        self.refused.append(&mut next.refused);
        true
    }

    /// Forgets what is too much.
    pub(super) fn trim(&mut self) {
        let kept = whole_lines(&self.refused, SAMPLE_BYTES).len();
        self.refused.truncate(kept);
    }

    /// Hands over what is kept, once those before it in the input have been.
    pub(super) fn hand_over(&self) {
        if let Some(detection) = &self.detection {
            detection.add_refused(&self.refused);
        }
    }
}

/// The format other than the one `found`, in words, that nearly all of the `refused` lines are in.
pub(crate) fn other_format(found: &str, refused: &[u8]) -> Option<Detected> {
    let other = detect(refused)?;
    let is_other = !found.starts_with(&format!("{} (", other.title()));
    let is_sure = other.lines >= FEWEST_LINES && other.matched * 10 >= other.lines * 9;
    (is_other && is_sure).then_some(other)
}

/// The first whole lines of `lines`, at most `room` bytes.
pub(crate) fn whole_lines(lines: &[u8], room: usize) -> &[u8] {
    let lines = &lines[..lines.len().min(room)];
    &lines[..memchr::memrchr(b'\n', lines).map_or(0, |feed| feed + 1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMON: &str = "192.0.2.1 - - [21/Nov/2026:10:15:32 +0000] \"GET / HTTP/1.1\" 200 5\n";

    fn later(found: &str, refused: &str) -> Option<String> {
        let detections = Detections::default();
        let detection = detections.add(&Input::Stdin, Some(found.to_owned())).unwrap();
        assert!(detection.has_room());
        detection.add_refused(refused.as_bytes());
        detections.sorted().into_iter().map(|(_, found)| found).find(|found| found.starts_with("later"))
    }

    #[test]
    fn another_format_later_on_is_told() {
        let found = later("combined (5 of the first 5 lines match)", &COMMON.repeat(30));
        assert_eq!(found.as_deref(), Some("later common (30 of 30 lines that it refuses match)"));
    }

    #[test]
    fn few_lines_or_garbage_or_the_same_format_are_not() {
        assert_eq!(later("combined (1 of 1)", &COMMON.repeat(10)), None);
        assert_eq!(later("combined (1 of 1)", &format!("{COMMON}garbage\n").repeat(30)), None);
        assert_eq!(later("common (1 of 1)", &COMMON.repeat(30)), None);
    }

    #[test]
    fn what_is_kept_is_bounded_and_whole() {
        let kept = |refused: Vec<u8>| {
            let mut sample = Sample { detection: None, refused };
            sample.trim();
            sample.refused
        };
        let lines = kept(COMMON.repeat(5000).into_bytes());
        assert!(lines.len() <= SAMPLE_BYTES && lines.ends_with(b"\n"));
        assert!(kept(vec![b'a'; 2 * SAMPLE_BYTES]).is_empty());
    }
}
