//! What is stored of a followed file: one line of JSON that people can read.

use serde::{Deserialize, Serialize};

/// One generation of a file, and how far it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// Name of the source that the file belongs to.
    pub source: String,
    /// The path under which it was found first. Bytes that are not UTF-8 are replaced.
    pub path: String,
    /// What has become of it.
    pub stage: Stage,
    /// Content up to here was counted: a byte position in the content, decompressed if need be.
    pub offset: u64,
    /// What the content at `offset` begins with.
    #[serde(default, skip_serializing_if = "LineState::is_start")]
    pub at: LineState,
    /// How the content is stored.
    #[serde(default, skip_serializing_if = "Encoding::is_plain")]
    pub encoding: Encoding,
    /// Number of the device.
    pub device: u64,
    /// Number of the inode.
    pub inode: u64,
    /// When the inode was made, in nanoseconds since 1970; 0 where the file system does not tell.
    pub birth_ns: u64,
    /// By which its content is known again.
    #[serde(flatten)]
    pub print: Fingerprint,
    /// When this record last changed or its file was last seen (to within an hour).
    pub updated_unix_ms: u64,
}

/// Hashes (XXH3, 64 bits) of parts of a content that was consumed up to an offset.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// So many first bytes are hashed in `head_hash`; grows to 1,024 with the file.
    pub head_bytes: u64,
    /// Hash of the first `head_bytes` bytes.
    pub head_hash: u64,
    /// So many bytes before the offset are hashed in `tail_hash`; at most 256.
    pub tail_bytes: u64,
    /// Hash of the `tail_bytes` bytes before the offset.
    pub tail_hash: u64,
    /// The k-th is the hash of the 256 bytes before position 256 · 4^k, for every such position
    /// that does not exceed the offset. By them, a shorter copy is told from a file that merely
    /// begins alike.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<u64>,
}

/// What has become of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Followed.
    Open,
    /// Renamed or unlinked; followed until nobody writes to it any more.
    Rotated,
    /// Overwritten or gone before its end was read; continued if it or a copy of it turns up.
    Lost,
    /// Read to its end. Kept so that neither the file nor a copy of it is counted again.
    Finished,
}

/// What the content at an offset begins with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineState {
    /// A line that was not counted.
    #[default]
    Start,
    /// The rest of a line that was counted already: an oversize one, or one that was the last,
    /// without line feed, when the file was finished.
    WithinCounted,
}

/// How content is stored. Recognised by its first bytes, never by a name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// As it is.
    #[default]
    Plain,
    /// Compressed by gzip.
    Gzip,
    /// Compressed by Zstandard.
    Zstd,
}

impl LineState {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
    fn is_start(&self) -> bool {
        *self == LineState::Start
    }
}

impl Encoding {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
    fn is_plain(&self) -> bool {
        *self == Encoding::Plain
    }
}
