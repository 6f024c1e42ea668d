//! Categories: ordered rules that give a record one value each.

/// The values that the categories gave one record, by category; used again for the next record.
#[derive(Debug, Clone, Default)]
pub struct Values {
    text: Vec<u8>,
    /// End of each category's value in `text`.
    ends: Vec<usize>,
}

impl Values {
    /// Forgets the values of the last record.
    #[inline(always)]
    pub fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    /// Notes the value of the next category.
    #[inline(always)]
    pub fn push(&mut self, value: &[u8]) {
        self.text.extend_from_slice(value);
        self.ends.push(self.text.len());
    }

    /// The value of category `category`; empty when it has none.
    #[inline(always)]
    pub fn get(&self, category: usize) -> &[u8] {
        let start = if category == 0 { 0 } else { self.ends[category - 1] };
        &self.text[start..self.ends[category]]
    }
}
