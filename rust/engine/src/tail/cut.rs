//! Cutting a window of content into whole lines.

use memchr::{memchr, memchr_iter, memrchr};

use super::LineState;

const LF: u8 = b'\n';

/// What the beginning of some content is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// So many bytes of whole lines.
    Lines(usize),
    /// So many bytes of a line that is too long; what follows belongs to it.
    Oversize(usize),
    /// So many bytes that were counted already, or NULs before a line; and what follows them.
    Skip(usize, LineState),
    /// The beginning of a line that may end within the limit. Nothing can be consumed yet.
    Partial,
    /// Nothing but NULs so far: a hole, or space that was set aside. Nothing can be consumed yet.
    Nuls,
}

/// Cuts off the beginning of `text`, which is not empty.
///
/// NULs before a line are no part of it: a writer that does not append leaves a hole when its file
/// is truncated, and goes on where it was.
pub(super) fn cut(text: &[u8], state: LineState, max_line_bytes: usize) -> Cut {
    if state == LineState::WithinCounted {
        return match memchr(LF, text) {
            Some(end) => Cut::Skip(end + 1, LineState::Start),
            None if text.iter().all(|&byte| byte == 0) => Cut::Nuls,
            None => Cut::Skip(text.len(), LineState::WithinCounted),
        };
    }
    if text[0] == 0 {
        return match text.iter().position(|&byte| byte != 0) {
            Some(nuls) => Cut::Skip(nuls, LineState::Start),
            None => Cut::Nuls,
        };
    }
    let reach = &text[..text.len().min(max_line_bytes + 1)];
    match memrchr(LF, reach) {
        Some(last) => Cut::Lines(before_nuls(&reach[..=last])),
        None if reach.len() > max_line_bytes => Cut::Oversize(reach.len()),
        None => Cut::Partial,
    }
}

/// Bytes of the lines in `block` before the first one that begins with NUL.
fn before_nuls(block: &[u8]) -> usize {
    memchr_iter(0, block).find(|&at| at > 0 && block[at - 1] == LF).unwrap_or(block.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use LineState::{Start, WithinCounted};

    #[test]
    fn cuts() {
        for (text, state, expected) in [
            (&b"a\nb\nc"[..], Start, Cut::Lines(4)),
            (b"a\n", Start, Cut::Lines(2)),
            (b"\n\n\n", Start, Cut::Lines(3)),
            (b"abcd", Start, Cut::Partial),
            (b"abcd\ne", Start, Cut::Lines(5)),
            (b"abcde", Start, Cut::Oversize(5)),
            (b"abcde\n", Start, Cut::Oversize(5)),
            (b"a\nabcdefgh\n", Start, Cut::Lines(2)),
            (b"abcde", WithinCounted, Cut::Skip(5, WithinCounted)),
            (b"abcde\nf\n", WithinCounted, Cut::Skip(6, Start)),
            (b"\0\0", WithinCounted, Cut::Nuls),
            (b"\0\0", Start, Cut::Nuls),
            (b"\0\0a", Start, Cut::Skip(2, Start)),
            (b"\0\0\n", Start, Cut::Skip(2, Start)),
            (b"a\n\0b\n", Start, Cut::Lines(2)),
            (b"a\0\nb\n", Start, Cut::Lines(5)),
        ] {
            assert_eq!(cut(text, state, 4), expected, "{text:?} {state:?}");
        }
    }
}
