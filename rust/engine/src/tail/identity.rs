//! Which file it is, and whether it changed.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::time::UNIX_EPOCH;

use super::FileRecord;

/// One life of an inode. ext4 gives the same inode again at once after unlink and create (49 times
/// of 49); the birth time then differed each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Identity {
    pub device: u64,
    pub inode: u64,
    /// Nanoseconds since 1970; 0 where the file system does not tell.
    pub birth_ns: u64,
}

impl Identity {
    pub(super) fn of(metadata: &Metadata) -> Identity {
        let born = metadata.created().ok().and_then(|born| born.duration_since(UNIX_EPOCH).ok());
        let birth_ns = born.and_then(|born| u64::try_from(born.as_nanos()).ok()).unwrap_or(0);
        Identity { device: metadata.dev(), inode: metadata.ino(), birth_ns }
    }

    pub(super) fn recorded(record: &FileRecord) -> Identity {
        Identity { device: record.device, inode: record.inode, birth_ns: record.birth_ns }
    }
}

/// What changes whenever a file's content does; that it is the same proves nothing where clocks
/// are coarse.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Bytes as stored.
    pub size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    pub(super) fn of(metadata: &Metadata) -> Stamp {
        Stamp {
            size: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}
