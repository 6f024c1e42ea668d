//! File descriptors that Python hands over by number.

use std::fs::File;
use std::io;
use std::os::fd::{BorrowedFd, RawFd};

/// A file that writes to the open file that `fd` stands for, with a descriptor of its own.
///
/// # Errors
/// When `fd` is not open.
pub(crate) fn duplicate(fd: RawFd) -> io::Result<File> {
    if fd < 0 {
        return Err(io::Error::from_raw_os_error(9)); // EBADF, as the system would say
    }
    // SAFETY: the descriptor is only borrowed for the call that duplicates it; if it is not open,
    // that call answers EBADF.
    let borrowed = unsafe { BorrowedFd::borrow_raw(fd) };
    Ok(File::from(borrowed.try_clone_to_owned()?))
}
