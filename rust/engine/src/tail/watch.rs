//! Notifications of changes, where the operating system gives them.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs::File;
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use rustix::fs::fstatfs;
use rustix::fs::inotify::{ReadFlags, Reader, WatchFlags, add_watch, remove_watch};

use super::{FileId, Waiter};

/// File systems whose other clients' writes are not notified here: NFS, SMB (three numbers), FUSE,
/// 9P, Ceph, AFS, Coda. From statfs(2) and the kernel's `magic.h`.
const REMOTE: [i64; 9] = [
    0x6969,
    0x517b,
    0xfe53_4d42,
    0xff53_4d42,
    0x6573_5546,
    0x0102_1997,
    0x00c3_6400,
    0x5346_414f,
    0x7375_7245,
];

/// What was notified.
#[derive(Debug, Default)]
pub(super) struct Notices {
    /// Files that changed.
    pub files: BTreeSet<FileId>,
    /// Files appeared, went or were renamed.
    pub is_scan_due: bool,
    /// Notices were lost: anything may have changed.
    pub is_incomplete: bool,
}

/// Watches on files and directories.
#[derive(Debug)]
pub(super) struct Watches {
    waiter: Waiter,
    files: HashMap<i32, FileId>,
    numbers: HashMap<FileId, i32>,
    directories: HashMap<PathBuf, i32>,
}

impl Watches {
    pub(super) fn new(waiter: Waiter) -> Watches {
        Watches { waiter, files: HashMap::new(), numbers: HashMap::new(), directories: HashMap::new() }
    }

    /// Watches a file, under whatever names; whether its changes will be notified.
    pub(super) fn watch(&mut self, file: FileId, open: &File) -> bool {
        let is_local = fstatfs(open).is_ok_and(|system| !REMOTE.contains(&system.f_type));
        let Some(changes) = self.waiter.changes().filter(|_| is_local) else { return false };
        // A watch belongs to the inode, so it is reached by way of the descriptor.
        let path = format!("/proc/self/fd/{}", open.as_raw_fd());
        let events = WatchFlags::MODIFY | WatchFlags::ATTRIB | WatchFlags::MOVE_SELF;
        match add_watch(changes, path, events) {
            Ok(number) => {
                if let Some(before) = self.files.insert(number, file) {
                    self.numbers.remove(&before);
                }
                self.numbers.insert(file, number);
                true
            }
            Err(_) => false,
        }
    }

    pub(super) fn unwatch(&mut self, file: FileId) {
        if let Some(number) = self.numbers.remove(&file) {
            self.files.remove(&number);
            self.remove(number);
        }
    }

    /// Watches these directories and no others; whether all of them will be notified.
    pub(super) fn watch_directories(&mut self, wanted: &BTreeSet<PathBuf>) -> bool {
        let gone: Vec<_> = self.directories.keys().filter(|path| !wanted.contains(*path)).cloned().collect();
        for path in gone {
            if let Some(number) = self.directories.remove(&path) {
                // Another path may lead to the same directory.
                if !self.directories.values().any(|&other| other == number) {
                    self.remove(number);
                }
            }
        }
        let Some(changes) = self.waiter.changes() else { return false };
        let events = WatchFlags::CREATE
            | WatchFlags::DELETE
            | WatchFlags::MOVED_FROM
            | WatchFlags::MOVED_TO
            | WatchFlags::DELETE_SELF
            | WatchFlags::MOVE_SELF
            | WatchFlags::ATTRIB
            | WatchFlags::ONLYDIR;
        let mut are_all_watched = true;
        for path in wanted {
            // Again each time: another directory may be there now.
            match add_watch(changes, path, events) {
                Ok(number) => _ = self.directories.insert(path.clone(), number),
                Err(_) => are_all_watched = false,
            }
            are_all_watched &= is_local(path);
        }
        are_all_watched
    }

    /// What was notified since the last call.
    pub(super) fn notices(&mut self) -> Notices {
        let mut notices = Notices::default();
        let Some(changes) = self.waiter.changes() else { return notices };
        let mut buffer = [MaybeUninit::uninit(); 16 << 10];
        let mut reader = Reader::new(changes, &mut buffer);
        let mut ignored = HashSet::new();
        while let Ok(event) = reader.next() {
            let what = event.events();
            if what.contains(ReadFlags::QUEUE_OVERFLOW) {
                notices.is_incomplete = true;
            } else if what.contains(ReadFlags::IGNORED) {
                ignored.insert(event.wd());
            } else if let Some(&file) = self.files.get(&event.wd()) {
                notices.files.insert(file);
                notices.is_scan_due |= what != ReadFlags::MODIFY;
            } else {
                notices.is_scan_due = true;
            }
        }
        self.directories.retain(|_, number| !ignored.contains(number));
        notices
    }

    fn remove(&self, number: i32) {
        if let Some(changes) = self.waiter.changes() {
            let _ = remove_watch(changes, number); // gone already if the inode is
        }
    }
}

fn is_local(path: &Path) -> bool {
    rustix::fs::statfs(path).is_ok_and(|system| !REMOTE.contains(&system.f_type))
}
