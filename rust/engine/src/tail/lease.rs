//! Asking whether anybody has a file open for writing.
//!
//! Beside `map.rs` the only module of this crate with unsafe code: no safe wrapper has leases.

use std::fs::File;
use std::os::fd::AsRawFd;

use libc::c_int;

/// Who may still write to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writers {
    /// Nobody has it open for writing.
    None,
    /// Somebody has.
    Some,
    /// The operating system does not tell: the file belongs to somebody else, or its file system
    /// has no leases.
    Unknown,
}

/// Which signal a broken lease sends. From the kernel's `asm-generic/fcntl.h`; `libc` lacks it.
const F_SETSIG: c_int = 10;

/// Takes a read lease, which is granted only when no writer has the file open, and gives it back.
pub(super) fn writers(file: &File) -> Writers {
    // A writer that opens the file in between has SIGIO sent to the holder, which would end this
    // process; SIGURG is ignored unless somebody asks for it.
    if control(file, F_SETSIG, libc::SIGURG).is_err() {
        return Writers::Unknown;
    }
    match control(file, libc::F_SETLEASE, libc::F_RDLCK) {
        Ok(()) => {
            // It cannot fail while the descriptor is open; closing it would give the lease back too.
            let _ = control(file, libc::F_SETLEASE, libc::F_UNLCK);
            Writers::None
        }
        Err(libc::EAGAIN) => Writers::Some,
        Err(_) => Writers::Unknown,
    }
}

/// `Err` has the number of the error.
fn control(file: &File, command: c_int, argument: c_int) -> Result<(), c_int> {
    // SAFETY: these commands take an integer and touch no memory of this process.
    let result = unsafe { libc::fcntl(file.as_raw_fd(), command, argument) };
    if result == -1 { Err(std::io::Error::last_os_error().raw_os_error().unwrap_or(0)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::OpenOptions;

    #[test]
    fn sees_writers() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        let writer = OpenOptions::new().create(true).append(true).open(&path).unwrap();
        let reader = File::open(&path).unwrap();
        // Our own file: told exactly, wherever the file system has leases at all.
        if writers(&reader) == Writers::Unknown {
            return;
        }
        assert_eq!(writers(&reader), Writers::Some);
        drop(writer);
        assert_eq!(writers(&reader), Writers::None);
        // The lease was given back: opening for writing does not wait.
        drop(OpenOptions::new().append(true).open(&path).unwrap());
    }
}
