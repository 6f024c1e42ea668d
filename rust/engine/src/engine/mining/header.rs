//! The header of lines that come one by one: tried anew while there are few to tell it by.

use logagent_core::template::{Header, Miner, Reader};

use super::model::Model;

/// So many lines tell a header for certain.
const ENOUGH_LINES: usize = 256;
/// What is kept of the first lines until then.
const MOST_BYTES: usize = 256 << 10;

/// Reads lines by the header that the first of them have.
#[derive(Debug)]
pub(super) struct HeaderTrial {
    pub(super) reader: Reader,
    year: i16,
    /// The first lines; `None` once the header is certain.
    first: Option<Vec<Box<[u8]>>>,
    held_bytes: usize,
}

impl HeaderTrial {
    /// For lines of a file that begins with `head`.
    pub(super) fn begin(miner: &mut Miner, head: &[u8], year: i16) -> HeaderTrial {
        let header = miner.header_of(head);
        let is_known = miner.headers().any(|known| *known == header);
        let is_certain = is_known || memchr::memchr_iter(b'\n', head).count() >= ENOUGH_LINES;
        if is_certain {
            miner.note_header(&header);
        }
        let first = (!is_certain).then(Vec::new);
        HeaderTrial { reader: Reader::new(header, year), year, first, held_bytes: 0 }
    }

    /// Has a model know the header, if it is certain.
    pub(super) fn note(&self, miner: &mut Miner) {
        if self.first.is_none() {
            miner.note_header(self.reader.header());
        }
    }

    /// Looks at a line before it is learnt from. When the first lines prove to have another header, it
    /// is gone by from now on; a model that knows nothing but them learns them anew.
    #[inline]
    pub(super) fn watch(&mut self, model: &mut Model, line: &[u8]) {
        if self.first.is_some() {
            self.look(model, line);
        }
    }

    #[cold]
    fn look(&mut self, model: &mut Model, line: &[u8]) {
        let Some(first) = &mut self.first else { return };
        let is_whole = first.len() < ENOUGH_LINES && self.held_bytes + line.len() <= MOST_BYTES;
        if !is_whole || first.len().is_power_of_two() {
            let header = Header::learn(first.iter().map(|line| &**line));
            if header != *self.reader.header() {
                self.reader = Reader::new(header, self.year);
                if model.miner.lines() == first.len() as u64 {
                    model.learn_anew(&mut self.reader, first);
                }
            }
        }
        if is_whole {
            self.held_bytes += line.len();
            first.push(line.into());
        } else {
            model.miner.note_header(self.reader.header());
            self.first = None;
        }
    }
}
