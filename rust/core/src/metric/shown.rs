//! Label values as they are shown, where a table keeps them so.

use crate::value::label::{is_label_value, push_label_value};

/// How a table keeps label values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelForm {
    /// As they are logged; an exposition merges those that look the same.
    AsLogged,
    /// As [`label_value`](crate::value::label::label_value) shows them: a series of the table is one
    /// of an exposition, also after what is shown was stored and read back.
    Shown,
}

/// One set of label values in their shown form, in memory that is used again.
#[derive(Debug, Clone, Default)]
pub struct ShownLabels {
    text: Vec<u8>,
    /// Where each value ends.
    ends: Vec<usize>,
}

impl ShownLabels {
    /// Takes the shown form of `labels` values. Answers false if they have it already; nothing is
    /// taken then.
    pub fn fill<'a>(&mut self, labels: usize, text: impl Fn(usize) -> &'a [u8]) -> bool {
        if (0..labels).all(|label| is_label_value(text(label))) {
            return false;
        }
        self.text.clear();
        self.ends.clear();
        for label in 0..labels {
            push_label_value(&mut self.text, text(label));
            self.ends.push(self.text.len());
        }
        true
    }

    /// The value of a label.
    pub fn text(&self, label: usize) -> &[u8] {
        let start = label.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[label]]
    }
}
