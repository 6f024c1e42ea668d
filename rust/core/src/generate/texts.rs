//! A table of texts in one piece of memory.

/// Texts by index.
#[derive(Debug)]
pub struct Texts {
    bytes: Box<[u8]>,
    /// Where each text starts, and where the last one ends.
    bounds: Box<[u32]>,
}

impl Texts {
    /// Takes what `write` appends for each of `items` as its text.
    pub fn new<T>(items: impl IntoIterator<Item = T>, mut write: impl FnMut(T, &mut Vec<u8>)) -> Texts {
        let mut bytes = Vec::new();
        let mut bounds = vec![0];
        for item in items {
            write(item, &mut bytes);
            bounds.push(bytes.len() as u32);
        }
        Texts { bytes: bytes.into(), bounds: bounds.into() }
    }

    /// The text at `index`.
    #[inline]
    pub fn get(&self, index: usize) -> &[u8] {
        &self.bytes[self.bounds[index] as usize..self.bounds[index + 1] as usize]
    }
}
