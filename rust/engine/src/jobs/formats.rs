//! The formats of a run's inputs, and what reads them: every job opens its inputs here.

use std::sync::{Arc, Mutex};

use logagent_core::format::Format;
use logagent_core::scan::{CompileError, Scanner};

use super::detections::{Detection, Detections};
use super::lock;
use crate::{HEAD_BYTES, Input};

/// What a job reads the lines of one format with.
pub trait Reads {
    /// What reads the fields.
    fn scanner(&self) -> &Scanner;
}

impl Reads for Scanner {
    fn scanner(&self) -> &Scanner {
        self
    }
}

/// The formats of a run's inputs, each read with an `R`.
#[derive(Debug)]
pub(super) struct Formats<R> {
    /// As it was asked for; it may have to be settled for each input.
    asked: Format,
    /// Of the last input: many small files are mostly in one format, and compiling takes longer than reading one.
    latest: Mutex<Option<(Format, Arc<R>)>>,
    detections: Detections,
}

/// What one input is read with.
#[derive(Debug)]
pub struct Opened<R> {
    pub(super) reader: Arc<R>,
    pub(super) detection: Option<Arc<Detection>>,
}

impl<R: Reads> Formats<R> {
    /// For inputs in the format `asked`, which may be `Auto`.
    pub(super) fn new(asked: Format) -> Formats<R> {
        Formats { asked, latest: Mutex::new(None), detections: Detections::default() }
    }

    /// As it was asked for.
    pub(super) fn asked(&self) -> &Format {
        &self.asked
    }

    /// How much of an input's beginning has to be seen.
    pub(super) fn head_bytes(&self) -> usize {
        if self.asked.is_settled() { 0 } else { HEAD_BYTES }
    }

    /// Settles the format of an input that begins with `head`. `compile` makes what reads it, unless what read
    /// the last input serves.
    ///
    /// # Errors
    /// In words: no format is found, or it lacks what the job wants.
    pub(super) fn open(
        &self,
        input: &Input,
        head: &[u8],
        compile: impl FnOnce(&Format) -> Result<Arc<R>, CompileError>,
    ) -> Result<Opened<R>, String> {
        let resolved = self.asked.resolve(head)?;
        let detection = self.detections.add(input, resolved.detected);
        if let Some(reader) = self.known(&resolved.format) {
            return Ok(Opened { reader, detection });
        }
        let reader = compile(&resolved.format).map_err(|error| error.to_string())?;
        // Else it holds what the lines of its own input said last.
        if !reader.scanner().needs_order() {
            *lock(&self.latest) = Some((resolved.format, Arc::clone(&reader)));
        }
        Ok(Opened { reader, detection })
    }

    fn known(&self, format: &Format) -> Option<Arc<R>> {
        let latest = lock(&self.latest);
        let (known, reader) = latest.as_ref()?;
        (known == format).then(|| Arc::clone(reader))
    }

    /// Inputs whose format was detected: input and what was found, in words.
    pub(super) fn detections(&self) -> Vec<(String, String)> {
        self.detections.sorted()
    }
}

impl<R: Reads> Opened<R> {
    /// What reads the fields.
    pub(super) fn scanner(&self) -> &Scanner {
        self.reader.scanner()
    }

    /// Whether the input has to be read from its beginning by one thread.
    pub(super) fn needs_order(&self) -> bool {
        self.scanner().needs_order()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMON: &[u8] = b"192.0.2.1 - - [21/Nov/2026:10:15:32 +0000] \"GET / HTTP/1.1\" 200 5\n";

    fn opened(formats: &Formats<Scanner>, head: &[u8]) -> Arc<Scanner> {
        let compile = |format: &Format| Scanner::compile(format, &["status"]).map(Arc::new);
        formats.open(&Input::Stdin, head, compile).expect("a format").reader
    }

    #[test]
    fn inputs_of_one_format_share_a_reader_unless_their_lines_change_it() {
        let formats = Formats::new(Format::Auto);
        let first = opened(&formats, COMMON);
        assert!(Arc::ptr_eq(&first, &opened(&formats, COMMON)));
        assert!(!Arc::ptr_eq(&first, &opened(&formats, b"{\"status\":200}\n")));
        let columns = b"#Fields: date time sc-status\n2026-11-21 10:15:32 200\n";
        assert!(!Arc::ptr_eq(&opened(&formats, columns), &opened(&formats, columns)));
        assert_eq!(formats.detections().len(), 5);
    }
}
