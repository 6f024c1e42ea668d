"""Datagrams that the kernel dropped, as /proc tells (proc(5), udp)."""

from collections.abc import Iterable, Iterator
from pathlib import Path

_TABLES = ("/proc/net/udp", "/proc/net/udp6")
_INODE_COLUMN = 9
_DROPS_COLUMN = 12


def dropped_datagrams(inodes: Iterable[int], tables: Iterable[str] = _TABLES) -> int | None:
    """How many datagrams these sockets lost as their buffers were full; None if not to be had."""
    wanted = set(inodes)
    try:
        return sum(drops for inode, drops in _rows(tables) if inode in wanted)
    except (OSError, ValueError, IndexError):
        return None


def _rows(tables: Iterable[str]) -> Iterator[tuple[int, int]]:
    for table in tables:
        path = Path(table)
        if not path.exists():
            continue  # no IPv6
        for line in path.read_text().splitlines()[1:]:
            cells = line.split()
            yield int(cells[_INODE_COLUMN]), int(cells[_DROPS_COLUMN])
