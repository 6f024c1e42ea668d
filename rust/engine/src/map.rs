//! Memory-mapped windows that survive their file being cut while it is mapped.
//!
//! Touching a page beyond the end of a file raises SIGBUS. The handler here maps zero pages over
//! the rest of the window and marks it as cut; reading goes on and the window is discarded
//! afterwards. It only sees cuts of whole pages: the caller must verify the file in any case.
//!
//! Beside `tail/lease.rs`, this is the only module of the crate with unsafe code.

use std::fs::File;
use std::mem;
use std::ops::Range;
use std::os::fd::AsRawFd;
use std::ptr;
use std::slice;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering, fence};

use libc::{c_int, c_void, siginfo_t};

/// A mapped window as the signal handler finds it.
struct Slot {
    /// `FREE`, or `CLAIMED` while nothing is mapped; else the number of the first page above
    /// `PAGES_BITS` bits of the number of pages. One word, so that the handler, which looks at the
    /// windows of all threads, never sees halves of two windows.
    extent: AtomicU64,
    cut: AtomicBool,
}

const FREE: u64 = 0;
const CLAIMED: u64 = 1;

/// Windows have less than 2^20 pages; 44 bits remain for the number of the first one.
const PAGES_BITS: u32 = 20;

/// Windows at one time; further ones are refused, and read by copying.
const MAX_WINDOWS: usize = 128;

static SLOTS: [Slot; MAX_WINDOWS] =
    [const { Slot { extent: AtomicU64::new(FREE), cut: AtomicBool::new(false) } }; MAX_WINDOWS];

/// Set before the handler is installed.
static PAGE_BYTES: AtomicUsize = AtomicUsize::new(0);

/// What SIGBUS did before the handler was installed; `None` if it could not be.
static PREVIOUS: OnceLock<Option<libc::sigaction>> = OnceLock::new();

/// A part of a file in memory.
pub(crate) struct Window {
    address: *mut c_void,
    mapped_bytes: usize,
    /// Bytes between the page's beginning and the window's.
    lead_bytes: usize,
    length: usize,
    slot: &'static Slot,
}

/// What became of a window while it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WindowState {
    /// No page of it was missing.
    Present,
    /// Pages were missing, and were read as zeros.
    Cut,
}

impl Window {
    /// Maps `length` bytes (at least 1) of `file` from `offset` on.
    ///
    /// `None` when that is not possible or not safe now: the file cannot be mapped, too many
    /// windows are open, or another SIGBUS handler was installed over ours.
    pub(crate) fn map(file: &File, offset: u64, length: usize) -> Option<Window> {
        if !guard_in_force() {
            return None;
        }
        let page_bytes = PAGE_BYTES.load(Ordering::Relaxed);
        let lead_bytes = offset as usize % page_bytes;
        let mapped_bytes = (lead_bytes + length).next_multiple_of(page_bytes);
        if mapped_bytes / page_bytes >= 1 << PAGES_BITS {
            return None;
        }
        let slot = Slot::claim()?;
        let aligned = libc::off_t::try_from(offset - lead_bytes as u64).ok();
        let address = aligned.map(|aligned| {
            // SAFETY: a new mapping at an address of the kernel's choice touches no other memory.
            unsafe {
                libc::mmap(
                    ptr::null_mut(),
                    mapped_bytes,
                    libc::PROT_READ,
                    libc::MAP_SHARED,
                    file.as_raw_fd(),
                    aligned,
                )
            }
        });
        let Some(address) = address.filter(|&address| address != libc::MAP_FAILED) else {
            slot.extent.store(FREE, Ordering::Release);
            return None;
        };
        // From the page cache as fast as without advice, and faster than populating the window at
        // once (21 against 25 CPU ms for 511 MB); from a disk it reads further ahead.
        // SAFETY: the range is the mapping just made; the advice changes no content.
        unsafe { libc::madvise(address, mapped_bytes, libc::MADV_SEQUENTIAL) };
        slot.cut.store(false, Ordering::Relaxed);
        let first_page = (address as usize / page_bytes) as u64;
        let pages = (mapped_bytes / page_bytes) as u64;
        slot.extent.store(first_page << PAGES_BITS | pages, Ordering::SeqCst);
        Some(Window { address, mapped_bytes, lead_bytes, length, slot })
    }

    /// The window's bytes. They may change while they are looked at, when the file does.
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: the range stays mapped and readable as long as `self` lives: pages that the file
        // loses are replaced by the signal handler. Other processes may change the bytes; all
        // readers are bounds-checked code that copes with any content, and what was read is
        // discarded unless the file proves unchanged.
        unsafe {
            let first = self.address.cast::<u8>().add(self.lead_bytes);
            slice::from_raw_parts(first, self.length)
        }
    }

    /// Unmaps the window and tells whether pages of it were missing.
    pub(crate) fn close(self) -> WindowState {
        fence(Ordering::SeqCst); // every read of the window comes before the question
        if self.slot.cut.load(Ordering::Relaxed) { WindowState::Cut } else { WindowState::Present }
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        // The handler must not touch these addresses once they may belong to others.
        self.slot.extent.store(CLAIMED, Ordering::SeqCst);
        // SAFETY: the mapping is this window's own and nothing borrows from it any more.
        unsafe { libc::munmap(self.address, self.mapped_bytes) };
        self.slot.extent.store(FREE, Ordering::Release);
    }
}

impl Slot {
    fn claim() -> Option<&'static Slot> {
        SLOTS.iter().find(|slot| {
            let (order, failed) = (Ordering::Acquire, Ordering::Relaxed);
            slot.extent.compare_exchange(FREE, CLAIMED, order, failed).is_ok()
        })
    }

    /// The addresses of the window's first byte and of the byte after its last; empty if none.
    fn addresses(&self, page_bytes: usize) -> Range<usize> {
        let extent = self.extent.load(Ordering::SeqCst);
        if extent <= CLAIMED {
            return 0..0;
        }
        let first_page = (extent >> PAGES_BITS) as usize;
        let pages = (extent & ((1 << PAGES_BITS) - 1)) as usize;
        first_page * page_bytes..(first_page + pages) * page_bytes
    }
}

/// Lets SIGBUS reach this thread: a fault while it is blocked kills the process.
pub(crate) fn unblock_sigbus() {
    // SAFETY: the set is initialised by sigemptyset before it is used, and lives on this stack.
    unsafe {
        let mut set: libc::sigset_t = mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, libc::SIGBUS);
        libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const set, ptr::null_mut());
    }
}

/// Installs the handler, once per process, and tells whether it is the one in force.
///
/// A handler that was installed over ours, such as that of Python's faulthandler, is left alone:
/// replacing it again would make each the other's predecessor.
fn guard_in_force() -> bool {
    PREVIOUS.get_or_init(install).is_some()
        && current_action().is_some_and(|action| action.sa_sigaction == handler_address())
}

fn install() -> Option<libc::sigaction> {
    // SAFETY: sysconf has no preconditions.
    let page_bytes = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    PAGE_BYTES.store(usize::try_from(page_bytes).ok()?, Ordering::SeqCst);
    let previous = current_action()?;
    // SAFETY: the action is fully initialised, and the handler is async-signal-safe: it uses
    // atomics and system calls only.
    let result = unsafe {
        let mut action: libc::sigaction = mem::zeroed();
        action.sa_sigaction = handler_address();
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        libc::sigemptyset(&raw mut action.sa_mask);
        libc::sigaction(libc::SIGBUS, &raw const action, ptr::null_mut())
    };
    (result == 0).then_some(previous)
}

fn current_action() -> Option<libc::sigaction> {
    // SAFETY: only asks; the kernel fills in the action.
    unsafe {
        let mut action: libc::sigaction = mem::zeroed();
        let result = libc::sigaction(libc::SIGBUS, ptr::null(), &raw mut action);
        (result == 0).then_some(action)
    }
}

fn handler_address() -> usize {
    on_sigbus as *const () as usize
}

/// The SIGBUS handler. Async-signal-safe: atomics and system calls only.
extern "C" fn on_sigbus(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel passes a valid siginfo (SA_SIGINFO); errno belongs to this thread.
    unsafe {
        let errno = *libc::__errno_location();
        // Only a fault of the kernel's (positive code) carries an address.
        let healed = (*info).si_code > 0 && replace_missing_pages((*info).si_addr() as usize);
        *libc::__errno_location() = errno;
        if !healed {
            chain(signal, info, context);
        }
    }
}

/// Maps zero pages from the faulting one to the end of its window; false if no window has it.
fn replace_missing_pages(address: usize) -> bool {
    let page_bytes = PAGE_BYTES.load(Ordering::Relaxed);
    for slot in &SLOTS {
        let window = slot.addresses(page_bytes);
        if !window.contains(&address) {
            continue;
        }
        let page = address - address % page_bytes;
        // SAFETY: the range lies within a mapping of ours: the thread that faulted reads it, so
        // it cannot be unmapped before this handler returns.
        let mapped = unsafe {
            libc::mmap(
                page as *mut c_void,
                window.end - page,
                libc::PROT_READ,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        slot.cut.store(true, Ordering::SeqCst);
        return mapped != libc::MAP_FAILED;
    }
    false
}

/// Hands a signal that is not ours to whoever had it before.
///
/// # Safety
/// To be called from the handler, with the handler's own arguments.
unsafe fn chain(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    type WithInfo = extern "C" fn(c_int, *mut siginfo_t, *mut c_void);
    type Plain = extern "C" fn(c_int);

    let previous = PREVIOUS.get().copied().flatten();
    let address = previous.map_or(libc::SIG_DFL, |action| action.sa_sigaction);
    // SAFETY: an address other than SIG_DFL and SIG_IGN is a function of the type that SA_SIGINFO
    // tells, because sigaction accepted it as such. The rest are async-signal-safe calls.
    unsafe {
        match previous {
            Some(action) if address != libc::SIG_DFL && address != libc::SIG_IGN => {
                if action.sa_flags & libc::SA_SIGINFO == 0 {
                    mem::transmute::<usize, Plain>(address)(signal);
                } else {
                    mem::transmute::<usize, WithInfo>(address)(signal, info, context);
                }
            }
            // The kernel does not let a true fault be ignored either.
            _ if address == libc::SIG_IGN && (*info).si_code <= 0 => {}
            _ => {
                libc::signal(signal, libc::SIG_DFL);
                libc::raise(signal); // blocked until this handler returns; then it kills
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::thread;

    static FOREIGN_SIGNALS: AtomicUsize = AtomicUsize::new(0);

    extern "C" fn count_signal(_: c_int) {
        FOREIGN_SIGNALS.fetch_add(1, Ordering::SeqCst);
    }

    /// Installs `count_signal` for SIGBUS; returns what was installed before.
    fn install_foreign_handler() -> libc::sigaction {
        // SAFETY: the handler only counts in an atomic.
        unsafe {
            let mut action: libc::sigaction = mem::zeroed();
            action.sa_sigaction = count_signal as *const () as usize;
            let mut previous = mem::zeroed();
            libc::sigaction(libc::SIGBUS, &raw const action, &raw mut previous);
            previous
        }
    }

    fn file_of_pages(pages: u64) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&vec![b'x'; (pages * 4096) as usize]).unwrap();
        file
    }

    fn block_sigbus() {
        // SAFETY: the set is initialised before it is used.
        unsafe {
            let mut set: libc::sigset_t = mem::zeroed();
            libc::sigemptyset(&raw mut set);
            libc::sigaddset(&raw mut set, libc::SIGBUS);
            libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, ptr::null_mut());
        }
    }

    /// Everything about signals in one test: their handlers belong to the whole process.
    #[test]
    fn cut_windows_are_read_as_zeros_beside_other_handlers() {
        install_foreign_handler();

        let file = file_of_pages(8);
        let window = Window::map(&file, 100, 8 * 4096 - 100).unwrap();
        assert!(window.bytes().iter().all(|&byte| byte == b'x'));
        assert_eq!(window.close(), WindowState::Present);

        let window = Window::map(&file, 100, 8 * 4096 - 100).unwrap();
        file.set_len(4096).unwrap();
        let kept = window.bytes().iter().take_while(|&&byte| byte == b'x').count();
        assert_eq!(kept, 4096 - 100);
        assert!(window.bytes()[kept..].iter().all(|&byte| byte == 0));
        assert_eq!(window.close(), WindowState::Cut);

        // A signal that is not ours goes to the handler before ours.
        // SAFETY: the signal has a handler.
        unsafe { libc::raise(libc::SIGBUS) };
        assert_eq!(FOREIGN_SIGNALS.load(Ordering::SeqCst), 1);

        // Threads that inherit a mask without SIGBUS can be helped.
        thread::scope(|scope| {
            scope.spawn(|| {
                block_sigbus();
                unblock_sigbus();
                let file = file_of_pages(2);
                let window = Window::map(&file, 0, 2 * 4096).unwrap();
                file.set_len(0).unwrap();
                assert_eq!(window.bytes()[5000], 0);
                assert_eq!(window.close(), WindowState::Cut);
            });
        });

        // No more windows than slots; closed ones make room.
        let file = file_of_pages(1);
        let mut windows: Vec<_> = (0..MAX_WINDOWS).map_while(|_| Window::map(&file, 0, 10)).collect();
        assert_eq!(windows.len(), MAX_WINDOWS);
        assert!(Window::map(&file, 0, 10).is_none());
        windows.pop();
        assert!(Window::map(&file, 0, 10).is_some());
        drop(windows);

        // Where another handler was installed over ours, nothing is mapped.
        let ours = install_foreign_handler();
        assert!(Window::map(&file, 0, 10).is_none());
        // SAFETY: brings back the action that was in force.
        unsafe { libc::sigaction(libc::SIGBUS, &raw const ours, ptr::null_mut()) };
        assert!(Window::map(&file, 0, 10).is_some());
    }
}
