"""The last lines of files that a row of a table was counted from."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

_TAIL_BYTES = 8 << 20
_PART_LINES = 100
"""So few lines hold no more values than any table keeps exactly."""


def last_lines(
    paths: Iterable[str], holds: Callable[[Sequence[bytes]], bool], *, limit: int
) -> tuple[list[bytes], int]:
    """The last lines that belong to a row, the newest last, and how many were looked at.

    `holds` says whether any of some lines belongs to it. Looked at is the end of each file.
    """
    found: list[bytes] = []
    count = 0
    for path in paths:
        newest_first = tail_of(path, _TAIL_BYTES).lines[::-1]
        for start in range(0, len(newest_first), _PART_LINES):
            part = newest_first[start : start + _PART_LINES]
            count += len(part)
            found += _those(part, holds)
            if len(found) >= limit:
                return found[:limit][::-1], count
    return found[::-1], count


def _those(lines: Sequence[bytes], holds: Callable[[Sequence[bytes]], bool]) -> Iterator[bytes]:
    """The lines that belong to it, found by halving: most parts hold none, or only such."""
    if not lines or not holds(lines):
        return
    if len(lines) == 1:
        yield lines[0]
        return
    middle = len(lines) // 2
    yield from _those(lines[:middle], holds)
    yield from _those(lines[middle:], holds)


class Tail(NamedTuple):
    """The end of a file."""

    lines: Sequence[bytes]
    """Whole lines, with their line feeds."""
    is_cut: bool
    """Whether there are lines before them."""


def tail_of(path: str, size_bytes: int) -> Tail:
    """The whole lines among the last bytes of a file; none of one that cannot be read."""
    try:
        with Path(path).open("rb") as file:
            start = max(file.seek(0, os.SEEK_END) - size_bytes, 0)
            file.seek(start)
            content = file.read(size_bytes)
    except OSError:
        return Tail([], is_cut=False)
    if start:
        content = content[content.find(b"\n") + 1 :]
    # Not `splitlines`: a carriage return ends no line of a log.
    return Tail([line + b"\n" for line in content.split(b"\n")[:-1]], is_cut=start > 0)
