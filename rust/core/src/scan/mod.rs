//! From a line to a record: the compiled form of a format, chosen once, run on borrowed bytes.

pub mod json;
pub mod record;

pub use json::JsonScanner;
pub use record::{Mismatch, Reason, Record, RecordSink, Span};
