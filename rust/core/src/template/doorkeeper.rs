//! Who is let in when room is scarce: whoever comes a second time.

/// Bits of the filter; a power of two.
const BITS: usize = 1 << 18;
/// After so many keys it is emptied, so that few are taken for known by chance (1 in 100).
const KEYS: usize = BITS / 16;

/// Remembers keys roughly: a Bloom filter with two bits a key that is emptied when full, as the
/// doorkeeper of `TinyLFU` (Einziger, Friedman, Manes 2017).
#[derive(Debug, Clone, Default)]
pub struct Doorkeeper {
    words: Vec<u64>,
    keys: usize,
}

impl Doorkeeper {
    /// Notes a key; answers whether it was probably noted before.
    pub fn notes(&mut self, key: u64) -> bool {
        if self.words.is_empty() || self.keys >= KEYS {
            self.words = vec![0; BITS / 64];
            self.keys = 0;
        }
        let mut is_known = true;
        for bit in [key as usize % BITS, (key >> 32) as usize % BITS] {
            let word = &mut self.words[bit / 64];
            is_known &= *word >> (bit % 64) & 1 == 1;
            *word |= 1 << (bit % 64);
        }
        self.keys += usize::from(!is_known);
        is_known
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::token::mix;

    #[test]
    fn keys_are_known_the_second_time() {
        let mut doorkeeper = Doorkeeper::default();
        let known = (0..1000).filter(|&key| doorkeeper.notes(mix(key, 1))).count();
        assert!(known <= 5, "{known}");
        assert!((0..1000).all(|key| doorkeeper.notes(mix(key, 1))));
    }
}
