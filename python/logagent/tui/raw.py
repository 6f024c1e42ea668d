"""The last lines of files that a row of a table was counted from."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

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
        lines = _tail(path)
        newest_first = lines[::-1]
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


def _tail(path: str) -> list[bytes]:
    """The whole lines at the end of a file; none of a file that cannot be read."""
    try:
        with Path(path).open("rb") as file:
            size = file.seek(0, 2)
            start = max(size - _TAIL_BYTES, 0)
            file.seek(start)
            content = file.read(_TAIL_BYTES)
    except OSError:
        return []
    if start:
        content = content[content.find(b"\n") + 1 :]
    # Not `splitlines`: a carriage return ends no line of a log.
    return [line + b"\n" for line in content.split(b"\n")[:-1]]
